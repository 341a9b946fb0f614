"""Who calls, as far as the dialogue shows it, and whose data may be opened."""

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from tarl_app.core.types import ToolTurn, Turn, UserTurn
from tarl_app.domains.airline.rules import Json
from tarl_app.domains.airline.words import heard
from tarl_app.language.spoken.numerals import digit_by_digit, in_digits, ordinals_in_digits
from tarl_app.sandbox.shown import objects
from tarl_app.sandbox.tools.guarded import known_words

_ALIKE = 0.7
"""A name counts as said where a word is so similar: it may have been mistyped."""
_A_BIRTHDAY = re.compile(r"\b(?:19|20)\d\d\b|\b\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}\b")

_ONE_CUSTOMER = "not allowed now: one customer is served in a conversation, and this is another one's account"
_UNSAID_NUMBER = "not allowed now: nobody has given the customer number {}; ask for it"
_UNSAID_CODE = "not allowed now: nobody has given the reservation code {}, and the account does not list it; ask for it"
_NUMBER_FIRST = "not allowed now: look up the customer number that was given before any reservation"
_BIRTHDAY_FIRST = (
    "not allowed now: without a customer number ask for the full name and the date of birth before a reservation is opened"
)


def accounts(turns: Sequence[Turn]) -> list[Json]:
    """The accounts that tools have shown, in their order."""
    return [one for one in objects(turns) if "membership" in one and "user_id" in one]


def trips(turns: Sequence[Turn]) -> dict[str, Json]:
    """The reservations that tools have shown, each as it was shown last, by their codes."""
    return {one["reservation_id"]: one for one in objects(turns) if "reservation_id" in one and "flights" in one}


def speaks(turns: Sequence[Turn]) -> bool:
    """Whether the customer speaks: their ids and names may have been misheard, and are not held against anybody."""
    return any(isinstance(turn, UserTurn) and turn.audio is not None for turn in turns)


def customer(turns: Sequence[Turn]) -> Json | None:
    """The newest state of the account of whom the customer has shown to be; None as long as they have not.

    They have by its number, or by name and date of birth together with a reservation of that account.
    """
    shown = accounts(turns)
    proven = next((one for one in shown if speaks(turns) or _proves(one, turns)), None)
    return None if proven is None else [one for one in shown if one["user_id"] == proven["user_id"]][-1]


def _proves(account: Json, turns: Sequence[Turn]) -> bool:
    said = [text for text in known_words(turns) if text]
    if says_number(said, account["user_id"]):
        return True
    name, born = account["name"], account["date_of_birth"]
    named = says_name(said, name["first_name"]) and says_name(said, name["last_name"])
    return named and says_day(said, born) and any(says_code(said, code) for code in account["reservations"])


# --- what was said ----------------------------------------------------------------------------------------------------


def says_number(said: Sequence[str], number: str) -> bool:
    """Whether a text has the digits of a customer number, in whatever groups or words."""
    return any(number[1:] in re.sub(r"\D", "", form) for text in said for form in (text, digit_by_digit(text)))


def says_code(said: Sequence[str], code: str) -> bool:
    """Whether a text has the signs of a reservation code, in whatever groups."""
    forms = (form for text in said for form in (text, in_digits(text), digit_by_digit(text)))
    return any(code in re.sub(r"[\W_]", "", form).upper() for form in forms)


def says_name(said: Sequence[str], name: str) -> bool:
    """Whether a text has the name, or something like it."""
    known = name.casefold()
    words = (word.casefold() for text in said for word in re.findall(r"[^\W\d_]+", text))
    return any(known == word or SequenceMatcher(None, known, word).ratio() >= _ALIKE for word in words)


def says_day(said: Sequence[str], day: str) -> bool:
    """Whether the texts have the day of the month and the year of a date, in whatever form."""
    numbers = {number for text in said for number in _numbers(text)}
    year, _, number = day.split("-")
    return {year, year[2:]} & numbers != set() and {number, str(int(number))} & numbers != set()


def _numbers(text: str) -> Iterator[str]:
    plain = in_digits(ordinals_in_digits(text.lower()))
    yield from re.findall(r"\d+", plain)
    # "nineteen eighty-five" -> "19 85"
    yield from (first + second for first, second in re.findall(r"\b(19|20) (\d\d)\b", plain))


# --- what may be opened -----------------------------------------------------------------------------------------------


def unknown_person(name: str, arguments: Json, turns: Sequence[Turn]) -> str:
    """Why this account or reservation may not be opened; empty where it may."""
    if name == "get_user_details":
        return _account(arguments["user_id"], turns)
    return _reservation(arguments["reservation_id"], turns) if name == "get_reservation_details" else ""


def _account(number: str, turns: Sequence[Turn]) -> str:
    own = customer(turns)
    if own is not None:
        return "" if own["user_id"] == number else _ONE_CUSTOMER
    said = known_words(turns)
    if None in said or speaks(turns) or any(trip["user_id"] == number for trip in trips(turns).values()):
        return ""
    return "" if says_number([text or "" for text in said], number) else _UNSAID_NUMBER.format(number)


def _reservation(code: str, turns: Sequence[Turn]) -> str:
    if speaks(turns) or None in known_words(turns):
        return ""
    said = [text or "" for text in known_words(turns)]
    own = customer(turns)
    if own is not None:
        known = code in own["reservations"] or code in trips(turns) or says_code(said, code)
        return "" if known else _UNSAID_CODE.format(code)
    if not says_code(said, code):
        return _UNSAID_CODE.format(code)
    if _untried_number(said, turns):
        return _NUMBER_FIRST
    return "" if any(_A_BIRTHDAY.search(in_digits(text)) for text in said) else _BIRTHDAY_FIRST


def _untried_number(said: Sequence[str], turns: Sequence[Turn]) -> bool:
    """Whether a customer number was given, and no look-up of one has failed."""
    results = (result for turn in turns if isinstance(turn, ToolTurn) for result in turn.results)
    failed = any(result.is_error and result.name == "get_user_details" for result in results)
    return not failed and any(map(heard.user_ids, said))
