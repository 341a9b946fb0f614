"""The types of the tools' arguments: what is accepted, how it is completed, and when two values mean the same.

Every argument is a text or a list of texts. What belongs together in several lists (flight numbers and dates, names and
dates of birth) stands at the same place of each.
"""

import re
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic.config import JsonDict

from tarl_app.sandbox.tools.service_tools import Line


def _code(text: str) -> str:
    # Speech and small models lose the case and insert blanks or dashes between letters; nothing else is guessed.
    return re.sub(r"[\s#-]", "", text).upper()


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text.strip()).isoformat()
    except ValueError:
        raise ValueError("must be a date such as 2026-05-20") from None


def _yes_or_no(text: str) -> str:
    if (plain := text.strip().lower()) not in ("yes", "no"):
        raise ValueError("must be 'yes' or 'no'")
    return plain


def _digits(value: Any) -> Any:
    # Models write counts as numbers too.
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _count(text: str) -> str:
    if not re.fullmatch(r"\$?[0-9]{1,4}", text.strip()):
        raise ValueError("must be a whole number")
    return str(int(text.strip().lstrip("$")))


# For decoding, not for validation: ids that only tools can have told, what has to be in somebody's words, and codes and
# numbers that may be put in several ways ("K 3 Q X 7 P", "one two three").
_SHOWN: JsonDict = {"x-shown": True}
_SAID: JsonDict = {"x-said": True}
_SPELLED: JsonDict = {"x-spelled": True}

USER_ID = "^M[0-9]{7}$"
RESERVATION_ID = "^[A-Z0-9]{6}$"
FLIGHT_NUMBER = "^JN[0-9]{4}$"
PAYMENT_METHOD_ID = "^(credit_card|gift_card|certificate)_[0-9]{7}$"
DAY = "^20[0-9]{2}-[0-9]{2}-[0-9]{2}$"

UserId = Annotated[
    str,
    AfterValidator(_code),
    Field(
        description="customer number, such as 'M0000000'", json_schema_extra=_SPELLED | {"pattern": USER_ID, "x-prefix": "M"}
    ),
]
ReservationId = Annotated[
    str,
    AfterValidator(_code),
    Field(description="such as 'K3QX7P'", json_schema_extra=_SAID | {"pattern": RESERVATION_ID}),
]
Airport = Annotated[
    str,
    AfterValidator(_code),
    Field(description="three letters, such as 'DEN'", json_schema_extra={"pattern": "^[A-Z]{3}$"}),
]
Day = Annotated[str, AfterValidator(_day), Field(description="such as '2026-05-20'", json_schema_extra={"pattern": DAY})]
FlightType = Literal["one_way", "round_trip"]
Cabin = Literal["basic_economy", "economy", "business"]
YesNo = Annotated[
    str, AfterValidator(_yes_or_no), Field(description="'yes' or 'no'", json_schema_extra={"pattern": "^(yes|no)$"})
]
_FlightNumber = Annotated[str, AfterValidator(_code), Field(json_schema_extra=_SHOWN | {"pattern": FLIGHT_NUMBER})]
_Date = Annotated[str, AfterValidator(_day), Field(json_schema_extra={"pattern": DAY})]
FlightNumbers = Annotated[
    list[_FlightNumber], Field(min_length=1, max_length=8, description="every flight of the trip, in the order flown")
]
Dates = Annotated[list[_Date], Field(min_length=1, max_length=8, description="the date of each flight")]
_FirstName = Annotated[Line, Field(json_schema_extra=_SAID | {"x-lexicon": "first names"})]
_LastName = Annotated[Line, Field(json_schema_extra=_SAID | {"x-lexicon": "last names"})]
FirstNames = Annotated[list[_FirstName], Field(min_length=1, max_length=9, description="first name of each passenger")]
LastNames = Annotated[list[_LastName], Field(min_length=1, max_length=9, description="last name of each passenger")]
DatesOfBirth = Annotated[list[_Date], Field(min_length=1, max_length=9, description="date of birth of each passenger")]
PaymentMethodId = Annotated[
    str,
    AfterValidator(str.strip),
    Field(
        description="such as 'gift_card_0000000' or 'credit_card_0000000', from the user's account",
        json_schema_extra=_SHOWN | {"pattern": PAYMENT_METHOD_ID},
    ),
]
_AnyPaymentMethodId = Annotated[
    str, AfterValidator(str.strip), Field(json_schema_extra=_SHOWN | {"pattern": PAYMENT_METHOD_ID})
]
PaymentMethodIds = Annotated[
    list[_AnyPaymentMethodId],
    Field(min_length=1, max_length=6, description="certificates and gift cards pay first, up to their balance"),
]
Count = Annotated[
    str,
    BeforeValidator(_digits),
    AfterValidator(_count),
    Field(description="a whole number, such as '2'", json_schema_extra={"pattern": "^[0-9]{1,2}$"}),
]
Dollars = Annotated[
    str,
    BeforeValidator(_digits),
    AfterValidator(_count),
    Field(description="whole dollars, such as '150'", json_schema_extra={"pattern": "^[0-9]{1,4}$"}),
]
Sum = Annotated[str, Field(description="such as '2 * (150 + 25)'", json_schema_extra={"x-amounts": True})]

_TOGETHER = (("flights", ("flight_numbers", "dates")), ("passengers", ("first_names", "last_names", "dates_of_birth")))


def fold(text: str) -> str:
    """A form in which two texts that mean the same are equal: case and blanks do not matter."""
    return " ".join(text.casefold().split())


def comparable(arguments: dict[str, Any]) -> dict[str, Any]:
    """Validated arguments in a form in which two calls that do the same are equal.

    The order of passengers and of payment methods does not matter; that of flights does.
    """
    folded: dict[str, Any] = {
        name: fold(value) if isinstance(value, str) else [fold(part) for part in value] for name, value in arguments.items()
    }
    for name, parts in _TOGETHER:
        if all(isinstance(folded.get(part), list) for part in parts):
            lists = [folded.pop(part) for part in parts]
            rows = [list(row) for row in zip(*lists, strict=False)]
            folded[name] = [rows if name == "flights" else sorted(rows), [len(one) for one in lists]]
    if isinstance(folded.get("payment_method_ids"), list):
        folded["payment_method_ids"] = sorted(folded["payment_method_ids"])
    return folded
