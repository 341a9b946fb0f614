"""Units after a number: ``3.5 kg``, ``16GB``, ``20°C``, ``60 km/h``, ``1500 mAh``, ``5 x 7 in``."""

import re

from tarl_app.language.text_normalization.numbers import AMOUNT, DIGITS, NO_NUMBER_BEFORE, Rule, apart, quantity, rule

_UNITS: dict[str, tuple[str, str]] = {
    written: (one, many)
    for line in """
    kg,kgs: kilogram; g: gram; mg: milligram; lb,lbs: pound; oz: ounce
    km: kilometer; m: meter; cm: centimeter; mm: millimeter; mi: mile; yd,yds: yard; nm: nanometer
    ml,mL: milliliter; l,L: liter; gal: gallon; fl oz: fluid ounce; tsp: teaspoon; tbsp: tablespoon
    W: watt; kW: kilowatt; V: volt; A: amp; mAh: milliamp hour; kWh: kilowatt hour; Wh: watt hour; dB: decibel
    KB,kB: kilobyte; MB: megabyte; GB: gigabyte; TB: terabyte; MP: megapixel; px: pixel
    kbps: kilobit per second; Mbps: megabit per second; Gbps: gigabit per second; Kbps: kilobit per second
    h,hr,hrs: hour; min,mins: minute; sec,secs: second; ms: millisecond; wk,wks: week; yr,yrs: year; mos: month
    pc,pcs: piece; pt,pts: point
    """.strip().splitlines()
    for unit in line.split(";")
    for spellings, one in [unit.strip().split(": ")]
    for many in [re.sub(r"^(\w+)(?= per)|(?<! per)(?<=\w)$", lambda match: f"{match.group()}s", one, count=1)]
    for written in spellings.split(",")
}
_UNITS |= {
    "ft": ("foot", "feet"),
    "Hz": ("hertz", "hertz"),
    "kHz": ("kilohertz", "kilohertz"),
    "MHz": ("megahertz", "megahertz"),
    "GHz": ("gigahertz", "gigahertz"),
    "mph": ("mile per hour", "miles per hour"),
    "km/h": ("kilometer per hour", "kilometers per hour"),
    "kph": ("kilometer per hour", "kilometers per hour"),
    "m/s": ("meter per second", "meters per second"),
    "rpm": ("revolution per minute", "revolutions per minute"),
    "°C": ("degree Celsius", "degrees Celsius"),
    "° C": ("degree Celsius", "degrees Celsius"),
    "°F": ("degree Fahrenheit", "degrees Fahrenheit"),
    "° F": ("degree Fahrenheit", "degrees Fahrenheit"),
    "°": ("degree", "degrees"),
    "%": ("percent", "percent"),
    "sq ft": ("square foot", "square feet"),
    "ft^2": ("square foot", "square feet"),
    "m^2": ("square meter", "square meters"),
    "cm^2": ("square centimeter", "square centimeters"),
    "km^2": ("square kilometer", "square kilometers"),
    "m^3": ("cubic meter", "cubic meters"),
    "cm^3": ("cubic centimeter", "cubic centimeters"),
}
_APART = "AmlhgVWL"  # letters that end model numbers, too
_PER = (
    "month|mo|year|yr|week|wk|day|night|hour|hr|minute|min|second|sec|item|unit|piece|person|order|page|kg|lb|oz|mile|gallon"
)
_FULL_PER = {"mo": "month", "yr": "year", "wk": "week", "hr": "hour", "min": "minute", "sec": "second"}
_LENGTHS = "cm|mm|m|in|inch|inches|ft|feet|foot"
_POWERS = "|".join(re.escape(unit) for unit in _UNITS if "^" in unit)
_UNIT = "|".join(re.escape(unit) for unit in sorted(_UNITS, key=len, reverse=True))


def _measured(match: re.Match[str]) -> str:
    amount, unit = match.groups()
    one, many = _UNITS[unit]
    return apart(match, f"{quantity(amount)} {one if amount == '1' else many}{_stop(match)}")


def _stop(match: re.Match[str]) -> str:
    """The full stop of ``5 oz.``, where it ends the sentence, too."""
    after = match.string[match.end() : match.end() + 3]
    return "." if match.group().endswith(".") and re.match(r" *$| +[A-Z]", after) else ""


def _by(match: re.Match[str]) -> str:
    """``5 x 7 in`` -> 5 by 7 in; ``1920x1080`` -> 1920 by 1080."""
    return re.sub(r"\s?[x×]\s?", " by ", match.group())


def _feet(match: re.Match[str]) -> str:
    inches = f" {match[2]}" if match[2] else ""
    return f" {match[1]} foot{inches} " if inches or match[1] == "1" else f" {match[1]} feet "


def _inches(match: re.Match[str]) -> str:
    return match.group() if match[1] is None else f" {match[1]} inch{'' if match[1] == '1' else 'es'} "


BEFORE_SIGNS: tuple[Rule, ...] = (
    rule(r"(?<![\w)\]^%$€£¥₹])-(?=\.?\d)", "minus ", DIGITS, "-"),  # nothing stands before it to subtract from
    rule(
        rf"{NO_NUMBER_BEFORE}{AMOUNT}(?: ?[x×] ?{AMOUNT}){{1,2}}(?= ?(?:{_LENGTHS}|\")(?!\w))",
        _by,
        DIGITS,
        "x×",
    ),
    rule(rf"{NO_NUMBER_BEFORE}({AMOUNT} ?(?:{_LENGTHS})) ?[x×] ?(?=\d)", r"\1 by ", DIGITS, "x×"),
    rule(r"(?<![\w.,])\d{3,5}[x×]\d{3,5}(?!\w)", _by, DIGITS, "x×"),
    rule(r"(?<![\w.,])(\d{1,2})' ?(\d{1,2})(?:\"|'')", _feet, DIGITS, "'"),
    rule(rf"(?<![^\s(])\"[^\"\n]{{1,300}}\"|{NO_NUMBER_BEFORE}({AMOUNT})\"", _inches, DIGITS, '"'),
    rule(rf"{NO_NUMBER_BEFORE}({AMOUNT}) ?in(?:\.(?!\w)|(?= x ))", r"\1 inches", DIGITS, "i"),
    rule(
        rf"(?<=\d)((?: [a-z]{{2,12}})?) ?/ ?({_PER})(?![\w/])",
        lambda match: f"{match[1]} per {_FULL_PER.get(match[2], match[2])}",
        DIGITS,
        "/",
    ),
    rule(rf"{NO_NUMBER_BEFORE}({AMOUNT}) ?({_POWERS})(?!\w)", _measured, DIGITS, "^"),
)
"""Applied before their signs are taken for arithmetic."""

RULES: tuple[Rule, ...] = (
    rule(
        rf"{NO_NUMBER_BEFORE}(?<![A-Za-z]-)({AMOUNT})(?: ?(?![{_APART}](?!\w))| )({_UNIT})(?:\.(?= |$))?(?![\w°^/])",
        _measured,
        DIGITS,
    ),
)
"""The number before a unit is a quantity, whatever its length. A unit in words (``5 inches``) is left alone."""
