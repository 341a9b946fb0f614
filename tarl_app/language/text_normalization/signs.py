"""Signs between and before numbers: arithmetic, ranges, fractions, powers, ratios, minus; phone numbers and other groups."""

import re

from tarl_app.language.text_normalization.numbers import (
    DIGITS,
    NO_NUMBER_BEFORE,
    Rule,
    digit_groups,
    plain,
    quantity,
    rule,
    words,
)

_N = r"\d[\d,]{0,14}(?:\.\d{1,15})?"
_PLAIN = r"(?:\d{1,3}(?:,\d{3}){1,4}(?!,?\d)|\d+)(?:\.\d{1,9})?"
_OPERAND = r"(?=(?:minus )?-?[$€£]?\.?\d|\()"
_COUNTED = (
    "seconds?|minutes?|mins?|hours?|hrs?|days?|nights?|weeks?|months?|years?|business|working|items?|pieces?|people|persons?|"
    "dollars?|percent|%|miles?|inch|inches|feet|times|points?|stars?|units?|degrees?|kg|g|lbs?|oz|cm|mm|km|ml|am|pm|AM|PM"
)
_OPERATION = "times|divided by|plus|minus|equals|to the power of"
_PARTS = {2: "half", 4: "quarter"}
_PARTED_BY = {*range(2, 13), 16, 20, 32, 64, 100}


def _part(over: int, under: int) -> str:
    name = _PARTS.get(under, words(under, "ordinal"))
    many = "halves" if name == "half" else f"{name}s"
    return f"{words(over)} {name if over == 1 else many}"


def _fraction(match: re.Match[str]) -> str:
    """``1/2`` -> one half, ``2 1/2`` -> two and a half, ``10/2`` -> ten divided by two, ``12/27`` -> twelve over ..."""
    whole, over, under = match.groups()
    up, down = int(over), int(under)
    if over.startswith("0") or under.startswith("0"):
        return f" {f'{whole} ' if whole else ''}{plain(over)} slash {plain(under)} "
    if up < down and down in _PARTED_BY:
        part = _part(up, down)
        if whole is None:
            return f" {part} "
        return f" {quantity(whole)} and {part.replace('one ', 'a ', 1)} "
    joint = "divided by" if up >= down else "over"
    return f" {f'{whole} ' if whole else ''}{words(up)} {joint} {words(down)} "


def _dashed(match: re.Match[str]) -> str:
    """Two short numbers are a range (``5-7``), years too, but not ``10-3=7``; else groups of digits (``555-1234``)."""
    groups = re.split("[-–]", match.group())
    before, after = match.string[max(0, match.start() - 12) : match.start()], match.string[match.end() : match.end() + 10]
    if re.search(rf"(?:[=+]|\b(?:{_OPERATION})) *$", before) or re.match(rf" ?(?:[=+]|(?:{_OPERATION})\b)", after):
        return " minus ".join(groups)
    if len(groups) == 2 and _is_range(*groups):
        return f"{groups[0]} to {groups[1]}"
    if all(group.isdecimal() for group in groups):
        return digit_groups(match)
    return " to ".join(groups)


def _is_range(first: str, last: str) -> bool:
    plain_numbers = first.isdecimal() and last.isdecimal()
    if not plain_numbers:
        return True
    if any(len(number) > 1 and number.startswith("0") for number in (first, last)):
        return False
    years = _is_year(first) and (_is_year(last) or len(last) == 2)
    rises = int(first) < int(last)
    return years or max(len(first), len(last)) < 3 or (rises and len(first) <= len(last) < 4)


def _spaced(match: re.Match[str]) -> str:
    """``10 - 3`` is arithmetic; ``5 - 7 days`` and ``2019 - 2023`` are ranges; ``Order 5 - 3 lamps`` is neither."""
    first, dash, last, unit = match.groups()
    rises = _value(first) < _value(last)
    after = match.string[match.end() + len(last) : match.end() + len(last) + 60]
    if re.match(r"[^.!?\n]*[=≈]", after):
        return f"{first} minus "
    if rises and (unit or last.endswith("%") or dash == "–" or (_is_year(first) and _is_year(last))):
        return f"{first} to "
    ends = re.match(rf" ?(?:$|[^\w\s]|(?:is|equals|makes|gives|leaves|and|or|then|{_OPERATION})\b)", after)
    return f"{first} minus " if dash == "-" and ends and not _is_id(first) else f"{first}, "


def _is_id(number: str) -> bool:
    return len(number) > 4 and number.isdecimal()


def _is_year(number: str) -> bool:
    return len(number) == 4 and number[:2] in ("19", "20")


def _value(number: str) -> float:
    return float(number.replace(",", "").strip("$€£%") or 0)


def _power(match: re.Match[str]) -> str:
    exponent = match[1]
    if exponent in ("2", "3"):
        return " squared " if exponent == "2" else " cubed "
    return f" to the power of {exponent.replace('-', ' minus ')} "


def _ratio(match: re.Match[str]) -> str:
    return f"{match[1]} to {match[2]}"


def _phone(match: re.Match[str]) -> str:
    return f"{' plus ' if match.group().startswith('+') else ' '}{digit_groups(match)} "


GROUPS: tuple[Rule, ...] = (
    rule(
        r"(?<![\w.+-])(?:\+\d{1,3}[ .-]?|1[ .-])?(?:\(\d{3}\) ?|\d{3}[ .-])\d{3}[ .-]\d{4}(?![\w-])"
        r"|(?<![\w.])\+\d{1,3}(?:[ .-]\d{2,4}){2,5}(?![\w-])|(?<![\w.])\+\d{7,15}(?!\w)",
        _phone,
        DIGITS,
        " .-+",
    ),
    rule(r"#(?=\d)", "number ", DIGITS, "#"),
    rule(r"(?<![\w.,:/-])24/7(?![\w/])", "twenty-four seven", "/", "7"),
)
"""Applied before dates and units."""

RULES: tuple[Rule, ...] = (
    rule(r"(?<=[\d)])(?:\*\*| \*\* )(?=[\d(])", "^", "*"),
    rule(r"(?<=[\w)])\^\(?(-?\d{1,15})\)?", _power, DIGITS, "^*"),
    rule(rf"(?<=[\d)%])(?:\*| \* ){_OPERAND}", " times ", "*"),
    rule(r"(?<![\w*])([A-Za-z\d]) \* (?=[A-Za-z\d](?![\w*]))", r"\1 times ", "*"),
    rule(rf"(?<=[\d)]) ?x ?{_OPERAND}|(?<=\d)[x×](?!\w| ?[\d(])|(?<!\w)[x×](?=\d)", " times ", "x×"),
    rule(r" ?[×·∙] ?", " times ", "×·∙"),
    rule(r" ?÷ ?", " divided by ", "÷"),
    rule(r" ?± ?", " plus or minus ", "±"),
    rule(r" ?≈ ?|(?<!\w)~ ?(?=[$€£]?\d)", " about ", "≈~"),
    rule(r" ?(?:≠|!=|<>) ?", " is not equal to ", "≠=>"),
    rule(r" ?(?:≤|<=) ?", " is less than or equal to ", "≤="),
    rule(r" ?(?:≥|>=) ?", " is greater than or equal to ", "≥="),
    rule(r" ?(?:→|[-=]{1,3}>) ?", " to ", "→>"),
    rule(r"(?<=[\w)]) < (?=[\w($-])", " is less than ", "<"),
    rule(r"<(?=[$€£-]?\d)", " less than ", "<"),
    rule(r"(?<=[\w)]) > (?=[\w($-])", " is greater than ", ">"),
    rule(r">(?=[$€£-]?\d)", " greater than ", ">"),
    rule(r"√ ?", " the square root of ", "√"),
    rule(r"∞", " infinity ", "∞"),
    rule(r"π", " pi ", "π"),
    rule(rf"(?<=[\d)]) / {_OPERAND}|(?<=\))/{_OPERAND}|(?<=\d)/(?=\()", " divided by ", "/"),
    rule(
        rf"(?<![\w.,:/])([$€£]?{_N}%?) ([-–]) (?=([$€£]?{_N}%?)(?!\d)(?: ?({_COUNTED})(?!\w))?)",
        _spaced,
        DIGITS,
        "-–",
    ),
    rule(rf"(?<=[\d)%]) ?- ?(?=\()|(?<=\)) ?- ?{_OPERAND}", " minus ", "-", "()"),
    rule(r"(?<=\d)[-–](?=[$€£]\d)|(?<=%)[-–](?=\d)|(?<=\d(?:st|nd|rd|th))[-–](?=\d)", " to ", DIGITS, "-–", "$€£%tdh"),
)
"""Applied before amounts of money, whose signs stand between others."""

AFTER_MONEY: tuple[Rule, ...] = (
    rule(
        rf"(?:{NO_NUMBER_BEFORE}(\d{{1,4}}) )?(?<![\d.,:/])(\d{{1,6}})/(\d{{1,6}})(?![\d/]|[.,]\d)(?:-(?=[a-z]))?",
        _fraction,
        DIGITS,
        "/",
    ),
    rule(r"(?<=\d)/(?=\d)", " slash ", DIGITS, "/"),
    rule(rf"(?<![\w.,–-]){_PLAIN}(?:[-–]{_PLAIN})+(?![.,]?\d)", _dashed, DIGITS, "-–"),
    rule(r"(?<![\d:])(\d{1,3}):(\d{1,3})(?![\d:])", _ratio, DIGITS, ":"),
    rule(r"(?<=\d)–(?=\d)", " to ", DIGITS, "–"),
    rule(r"(?<=\d)-+(?=\w)|(?<=\w)-+(?=\d)", " ", DIGITS, "-"),
    rule(rf"\b({_OPERATION}) ([1-9]\d{{3,11}})(?![.,]?\d)", lambda match: f"{match[1]} {quantity(match[2])}", DIGITS),
    rule(rf"(?<![\w.,])([1-9]\d{{3,11}})(?= (?:{_OPERATION})\b)", lambda match: quantity(match[1]), DIGITS),
    rule(
        r"(?<![\w.,])[1-9]\d{3,11}(?= [=+])|(?<=[=+] )[1-9]\d{3,11}(?![.,]?\d)",
        lambda match: quantity(match.group()),
        DIGITS,
        "=+",
    ),
)
