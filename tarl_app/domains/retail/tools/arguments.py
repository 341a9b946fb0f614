"""The types of the tools' arguments: what is accepted, how it is completed, and when two values mean the same."""

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field
from pydantic.config import JsonDict

from tarl_app.sandbox.tools.service_tools import Line, one_line


def _order_id(text: str) -> str:
    # Speech and small models lose the sign and the case; nothing else is guessed.
    bare = re.sub(r"\s", "", text).upper().lstrip("#")
    return f"#{bare}"


def _id(text: str) -> str:
    return text.strip()


def _zip(text: str) -> str:
    digits = re.sub(r"\s", "", text)
    if not re.fullmatch(r"[0-9]{5}", digits):
        raise ValueError("must have five digits")
    return digits


# For decoding, not for validation (``agents.omni.decoding``): the form of a value, ids that only tools can have told, what
# has to be in somebody's words (or in the shop's, where those are alike), and numbers that may be put in several ways
# ("W 123 4567", "one two three"), and sums of amounts that can be known.
_SHOWN: JsonDict = {"x-shown": True}
_SAID: JsonDict = {"x-said": True}
_SPELLED: JsonDict = {"x-spelled": True}
_SAID_OR_NONE: JsonDict = {"x-said": True, "examples": [""]}
_SAID_OR_USA: JsonDict = {"x-said": True, "examples": ["USA"]}

OrderId = Annotated[
    str,
    AfterValidator(_order_id),
    Field(description="such as '#W0000000'", json_schema_extra=_SPELLED | {"pattern": "^#W[0-9]{7}$", "x-prefix": "#W"}),
]
Sum = Annotated[str, Field(description="such as '2 * (3.5 + 1)'", json_schema_extra={"x-amounts": True})]
UserId = Annotated[
    str,
    AfterValidator(_id),
    Field(description="such as 'first_last_0000'", json_schema_extra=_SHOWN | {"pattern": "^[a-z_]+_[0-9]{4}$"}),
]
ProductId = Annotated[
    str,
    AfterValidator(_id),
    Field(description="the product's id, not an item's", json_schema_extra=_SHOWN | {"pattern": "^[0-9]{10}$"}),
]
PaymentMethodId = Annotated[
    str,
    AfterValidator(_id),
    Field(
        description="such as 'gift_card_0000000' or 'credit_card_0000000', from the user's account",
        json_schema_extra=_SHOWN | {"pattern": "^(gift_card|credit_card|paypal)_[0-9]{7}$"},
    ),
]
_ItemId = Annotated[str, AfterValidator(_id), Field(json_schema_extra=_SHOWN | {"pattern": "^[0-9]{10}$"})]
ItemIds = Annotated[list[_ItemId], Field(min_length=1, max_length=50, description="item ids in the order")]
NewItemIds = Annotated[
    list[_ItemId], Field(min_length=1, max_length=50, description="the new item ids, in the same sequence as item_ids")
]
CancelReason = Literal["no longer needed", "ordered by mistake"]
Zip = Annotated[
    str, AfterValidator(_zip), Field(description="five digits", json_schema_extra=_SPELLED | {"pattern": "^[0-9]{5}$"})
]
Said = Annotated[Line, Field(json_schema_extra=_SAID)]
FirstName = Annotated[Line, Field(json_schema_extra=_SAID | {"x-lexicon": "first names", "x-person": "first"})]
LastName = Annotated[Line, Field(json_schema_extra=_SAID | {"x-lexicon": "last names", "x-person": "last"})]
City = Annotated[Line, Field(json_schema_extra=_SAID | {"x-lexicon": "cities"})]
SaidOrEmpty = Annotated[
    str,
    AfterValidator(one_line),
    Field(description="apartment or suite; '' if none", json_schema_extra=_SAID_OR_NONE),
]
Country = Annotated[Line, Field(json_schema_extra=_SAID_OR_USA)]
Email = Annotated[
    str,
    AfterValidator(lambda text: re.sub(r"\s", "", text).lower()),
    Field(json_schema_extra=_SAID | {"pattern": "^[^@ ]+@[^@ ]+$", "format": "email", "x-lexicon": "e-mail hosts"}),
]

_SAME_WORDS = {
    "st": "street",
    "ave": "avenue",
    "av": "avenue",
    "rd": "road",
    "ln": "lane",
    "dr": "drive",
    "ct": "court",
    "blvd": "boulevard",
    "apartment": "apt",
    "ste": "suite",
    "us": "usa",
}
_SAME_COUNTRIES = re.compile(r"\b(united states of america|united states|u\.s\.a\.?|u\.s\.?)(?!\w)")


def fold(text: str) -> str:
    """A form in which two texts that mean the same in an address or an id are equal: case, blanks, abbreviations."""
    plain = _SAME_COUNTRIES.sub("usa", text.casefold())
    words = re.sub(r"[,;]|\.(?!\w)", " ", plain).split()
    return " ".join(_SAME_WORDS.get(word, word) for word in words)


def comparable(arguments: dict[str, Any]) -> dict[str, Any]:
    """Validated arguments in a form in which two calls that do the same are equal; the order of items does not matter."""
    folded = {name: fold(value) if isinstance(value, str) else value for name, value in arguments.items()}
    if "item_ids" in folded:
        old = folded.pop("item_ids")
        new = folded.pop("new_item_ids", None)
        folded["items"] = sorted(old) if new is None else sorted(zip(old, new, strict=False))
    return folded
