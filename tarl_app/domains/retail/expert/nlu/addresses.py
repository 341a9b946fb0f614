"""Postal addresses as people type them: with or without commas, states in full, "apartment 6", parts in corrections."""

import re

from tarl_app.domains.retail.goals import Address

_SINGLE_WORDS = """
Alabama AL Alaska AK Arizona AZ Arkansas AR California CA Colorado CO Connecticut CT Delaware DE Florida FL Georgia
GA Hawaii HI Idaho ID Illinois IL Indiana IN Iowa IA Kansas KS Kentucky KY Louisiana LA Maine ME Maryland MD
Massachusetts MA Michigan MI Minnesota MN Mississippi MS Missouri MO Montana MT Nebraska NE Nevada NV Ohio OH
Oklahoma OK Oregon OR Pennsylvania PA Tennessee TN Texas TX Utah UT Vermont VT Virginia VA Washington WA Wisconsin
WI Wyoming WY
"""
_STATES = _SINGLE_WORDS.split()
STATES: dict[str, str] = dict(zip((name.lower() for name in _STATES[::2]), _STATES[1::2], strict=True)) | {
    "new hampshire": "NH",
    "new jersey": "NJ",
    "new mexico": "NM",
    "new york": "NY",
    "north carolina": "NC",
    "north dakota": "ND",
    "rhode island": "RI",
    "south carolina": "SC",
    "south dakota": "SD",
    "west virginia": "WV",
    "district of columbia": "DC",
}
"""Postal abbreviations by name."""
_STATE = "|".join(sorted((*STATES, *(code.lower() for code in STATES.values())), key=len, reverse=True))
_KIND = r"(?:street|avenue|lane|road|drive|court|boulevard|way|place|circle|terrace|st|ave|ln|rd|dr|ct|blvd)\b\.?"
_FULL = {"st": "Street", "ave": "Avenue", "ln": "Lane", "rd": "Road", "dr": "Drive", "ct": "Court", "blvd": "Boulevard"}
_UNIT = r"(?:apt|apartment|suite|ste|unit|floor|room)\b\.?(?: ?(?:number|no\.?|#))? ?#?(?=\w*\d|[a-z]\b)[\w-]+"
_STREET = rf"\d{{1,6}} [A-Za-z][\w'-]*(?: [\w'-]+){{0,3}}? {_KIND}"
_END = (
    rf"(?P<city>[A-Za-z][A-Za-z .'-]+?),?\s+(?P<state>{_STATE})\b\.?,?\s+(?P<zip>\d{{5}})\b"
    r"(?:,\s*(?P<country>u\.?s\.?a?\b|united states\b|canada|mexico|united kingdom|germany|france))?"
)
_WITH_KIND = re.compile(rf"(?P<street>{_STREET}),?\s+(?:(?P<unit>{_UNIT}),?\s+)?{_END}", re.I)
_WITH_COMMAS = re.compile(rf"(?P<street>\d{{1,6}} [A-Za-z][\w .'-]*?),\s*(?:(?P<unit>{_UNIT}),\s*)?{_END}", re.I)
_ZIP_IS = re.compile(r",?\s*(?:and )?(?:the )?(?:zip|postal)(?: ?code)?(?:'s| is|:)?\s+(?=\d{5}\b)", re.I)
_LABEL = re.compile(r"\b(?:street|city|state|zip|zip code|country)(?: is)?:\s*", re.I)
_IN = re.compile(rf"(?<=\s)(?:in|over in|at)\s+(?=[A-Za-z .'-]+?,?\s+(?:{_STATE})\b)", re.I)
_NO_UNIT = re.compile(r"\bno (?:apartment|apt|unit|suite|second line|second address line|flat)\b|\bit's a house\b", re.I)


def address(text: str) -> Address | None:
    """A complete postal address, or None."""
    found = _found(text)
    if found is None:
        return None
    country = found["country"] or ""
    known = "USA" if not country or re.match(r"(?i)u\.?s|united states", country) else country.title()
    state = found["state"].lower()
    return Address(
        address1=_street(found["street"]),
        address2=_unit(found["unit"] or ""),
        city=_titled(found["city"].strip(" ,")),
        state=STATES.get(state, state.upper()),
        country=known,
        zip=found["zip"],
    )


def _found(text: str) -> re.Match[str] | None:
    plain = _IN.sub("", _ZIP_IS.sub(" ", _LABEL.sub("", text)))
    return _WITH_KIND.search(plain) or _WITH_COMMAS.search(plain)


def without(text: str) -> str:
    """The text without the address in it, if there is a complete one."""
    found = _found(text)
    return text if found is None else found.string[: found.start()] + found.string[found.end() :]


def corrected(text: str, before: Address) -> Address:
    """The address with the parts that a text corrects: "it's apartment 6", "no, 43262", "no second line"."""
    changed: dict[str, str] = {}
    unit, street = re.search(rf"(?<!no )\b{_UNIT}", text, re.I), re.search(rf"\b{_STREET}", text, re.I)
    code = re.findall(r"(?<![\w#-])\d{5}(?![\w-])(?! [A-Za-z]+ (?:street|avenue|lane|road|drive|court|boulevard))", text)
    if street:
        changed["address1"] = _street(street[0])
    if unit:
        changed["address2"] = _unit(unit[0])
    elif _NO_UNIT.search(text):
        changed["address2"] = ""
    if code:
        changed["zip"] = code[-1]
    return before.model_copy(update=changed)


def _street(said: str) -> str:
    words = _titled(said.strip(" ,.")).split(" ")
    return " ".join([*words[:-1], _FULL.get(words[-1].lower().rstrip("."), words[-1])])


def _unit(said: str) -> str:
    if not said:
        return ""
    kind, number = said.split(maxsplit=1) if " " in said else re.findall(r"[A-Za-z.]+|#?[\w-]+$", said)[:2]
    number = re.sub(r"^(?:number|no\.?)\s*|#", "", number.strip(), flags=re.I)
    name = kind.strip(".").capitalize()
    return f"{'Apt' if name == 'Apartment' else 'Suite' if name == 'Ste' else name} {number.upper()}"


def _titled(words: str) -> str:
    """Words that were typed without capitals, with them."""
    return " ".join(word[:1].upper() + word[1:] if word.islower() else word for word in words.split())
