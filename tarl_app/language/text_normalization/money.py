"""Amounts of money: ``$-12.50``, ``US$183``, ``12 EUR``, ``$1.5 million``, ``$5-7``, ``50¢``."""

import re

from tarl_app.language.text_normalization.numbers import AMOUNT, DIGITS, NO_NUMBER_BEFORE, Rule, apart, quantity, rule, words

# singular, plural, and the same of a hundredth
_NAMES: dict[str, tuple[str, str, str, str]] = {
    "$": ("dollar", "dollars", "cent", "cents"),
    "€": ("euro", "euros", "cent", "cents"),
    "£": ("pound", "pounds", "penny", "pence"),
    "¥": ("yen", "yen", "sen", "sen"),
    "₹": ("rupee", "rupees", "paisa", "paise"),
    "Fr": ("franc", "francs", "centime", "centimes"),
}
_COUNTRIES = {"US": "U S", "CA": "Canadian", "C": "Canadian", "AU": "Australian", "A": "Australian", "NZ": "New Zealand"}
_COUNTRIES |= {"HK": "Hong Kong", "MX": "Mexican", "SG": "Singapore"}
_CODES = {"USD": "US$", "EUR": "€", "GBP": "£", "JPY": "¥", "INR": "₹", "CAD": "CA$", "AUD": "AU$", "CHF": "Fr"}
_SCALES = {"k": "thousand", "m": "million", "mn": "million", "bn": "billion", "b": "billion"}

_SIGNS = "$€£¥₹"
_SIGN = f"[{_SIGNS}]"
_COUNTRY = "|".join(sorted(_COUNTRIES, key=len, reverse=True))
_SCALE = r"(?:([kKmMbB]|[bm]n)(?!\w)| (hundred|thousand|million|billion|trillion)\b)?"
_UNARY = r"(?<![\w)$€£¥₹.])-"  # a minus with nothing before it to subtract from


def _name(currency: str) -> tuple[tuple[str, str, str, str], str]:
    """The names, and the country before them: ``US$`` -> (dollar, ...), "U S "."""
    symbol = currency if currency in _NAMES else currency[-1]
    country = _COUNTRIES.get(currency.removesuffix("$"), "")
    return _NAMES[symbol], f"{country} " if country else ""


def _said(currency: str, amount: str, scale: str) -> str:
    (one, many, cent, cents), country = _name(currency)
    whole, _, fraction = amount.replace(",", "").partition(".")
    if scale or len(fraction) > 2:
        return f"{quantity(amount)} {f'{scale} ' if scale else ''}{country}{many}"
    number, hundredths = int(whole or "0"), int(fraction.ljust(2, "0"))
    parts = []
    if number or not hundredths:
        parts.append(f"{words(number)} {country}{one if number == 1 else many}")
    if hundredths:
        parts.append(f"{words(hundredths)} {cent if hundredths == 1 else cents}")
    return " and ".join(parts)


def _before(match: re.Match[str]) -> str:
    """The currency stands before the amount."""
    minus, country, sign, minus_within, amount, letter, scale = match.groups()
    said = _said(f"{country or ''}{sign}", amount, scale or _SCALES.get((letter or "").lower(), ""))
    return apart(match, f"{'minus ' if minus or minus_within else ''}{said}")


def _code_before(match: re.Match[str]) -> str:
    return apart(match, f"{'minus ' if match[2] else ''}{_said(_CODES[match[1]], match[3], '')}")


def _after(match: re.Match[str]) -> str:
    """The currency stands after the amount; a comma before two digits is a decimal point there."""
    minus, amount, currency = match.groups()
    amount = re.sub(r",(?=\d\d$)", ".", amount)
    return apart(match, f"{'minus ' if minus else ''}{_said(_CODES.get(currency, currency), amount, '')}")


def _range(match: re.Match[str]) -> str:
    """``$5-7`` -> five to seven dollars."""
    (_, many, _, _), country = _name(f"{match[1] or ''}{match[2]}")
    return f" {quantity(match[3])} to {quantity(match[4])} {country}{many} "


def _cents(match: re.Match[str]) -> str:
    return f" {words(int(match[1]))} cent{'' if int(match[1]) == 1 else 's'} "


RULES: tuple[Rule, ...] = (
    rule(rf"(?<={_SIGN}) ?\.(?=\d)", "0.", DIGITS, _SIGNS),
    rule(
        rf"(?<!\w)({_COUNTRY})?({_SIGN}) ?({AMOUNT}) ?[-–] ?({AMOUNT})(?![\d%])(?! ?=)",
        _range,
        DIGITS,
        _SIGNS,
        "-–",
    ),
    rule(rf"({_UNARY})?(?:\b({_COUNTRY})(?=\$))?({_SIGN}) ?(-)? ?({AMOUNT}){_SCALE}", _before, DIGITS, _SIGNS),
    rule(rf"\b({'|'.join(_CODES)}) ?(-)?({AMOUNT})(?!\d)", _code_before, DIGITS, "DRPYF"),
    rule(
        rf"({_UNARY})?{NO_NUMBER_BEFORE}(\d{{1,9}},\d\d(?!\d)|{AMOUNT}) ?({'|'.join(_CODES)}|[€£¥₹])(?!\w)",
        _after,
        DIGITS,
        f"{_SIGNS}DRPYF",
    ),
    rule(rf"{NO_NUMBER_BEFORE}(\d{{1,9}}) ?¢", _cents, DIGITS, "¢"),
)
