"""Which items of an order a request means, and what is wanted instead of them, given all that was said."""

import re
from collections.abc import Sequence

from tarl_app.domains.retail.expert.nlu import articles, values
from tarl_app.domains.retail.expert.nlu import understanding as hearing
from tarl_app.domains.retail.expert.nlu.articles import Json
from tarl_app.domains.retail.expert.requests import Request
from tarl_app.language.clauses import affirmed

FULL = ("options", "confirm")  # questions whose answers are about the new options
_NEW = re.compile(r"\b(?:for|to|into) (?:one|ones|something|another|an?)\b.*|\binstead\b", re.I | re.S)


def chosen(request: Request, order: Json) -> tuple[list[Json], bool]:
    """The items meant, as last said, and whether that is unclear; what only identified the order does not count."""
    if len(order["items"]) == 1:
        return list(order["items"]), False
    seen: tuple[list[Json], bool] = ([], False)
    pick = ""
    for asked, text in reversed(request.said):
        names_order = asked == "content" or (asked == "order" and request.searching)
        if (names_order or asked == "options") and not values.order_id(text):
            continue
        if asked == "confirm" and not _corrects(text):
            continue
        found, unclear = articles.items(affirmed(_before_new(text)), order)
        if asked == "which" and (unclear or not found):
            pick = pick or text
            continue
        if unclear and pick and (picked := articles.pointed_out(pick, found)):
            return picked, False
        if found and not unclear:
            return found, False
        seen = seen if seen[0] else (found, unclear)
    return seen


def _corrects(text: str) -> bool:
    """Whether an answer to a proposal may name other items than it did: a mere yes or a question does not."""
    if re.match(r"\W*(no|nope|not|wait|yes|and|also|actually)\b", text, re.I):
        return True
    return "?" not in text and hearing.answer(text) is not True


def wanted(request: Request, item: Json, items: Sequence[Json], product: Json | None) -> Json | None:
    """The new options of one item, as last said; None where nothing was said, {} where it was not understood.

    A correction of a proposal changes what it names and keeps the rest.
    """
    variants = list(product["variants"].values()) if product else []
    merged: Json = {}
    heard = False
    for asked, text in request.said:
        direct = asked in FULL
        segment = text if direct else _new(text)
        loose = not direct and not segment
        if loose and asked in ("", "identity", "order", "items", "payment"):
            segment = _described(text, item, items)
        if not segment or (asked == "confirm" and re.fullmatch(r"[\w\s,.!]{0,25}", text) and not merged):
            heard = heard or bool(segment)
            continue
        said = affirmed(_about(segment, item, items))
        found = articles.options(said, variants, bare=asked == "options")
        changed = {key: value for key, value in found.items() if item["options"].get(key) != value}
        heard = heard or not loose or bool(changed)
        if asked == "confirm" and merged:
            kept = {key: value for key, value in merged.items() if key not in found}
            merged = {**kept, **changed} or merged
        elif changed:
            merged = changed
    return merged or ({} if heard or (product is None and _hints(request)) else None)


def _hints(request: Request) -> bool:
    """Whether a colour, a size or the like was named before the product's options are known."""
    return any(
        re.search(r"\b(in|with|size|color|colour|want|need|get|into)\b", text.lower())
        for asked, text in request.said
        if not asked
    )


def _new(text: str) -> str:
    """The part of an unprompted sentence that says what is wanted instead."""
    parts = []
    for sentence in re.split(r"(?<=[.?!])\s+", text):
        found = _NEW.search(sentence)
        if found and found[0].lower() == "instead":
            parts.append(sentence)
        elif found:
            parts.append(found[0])
    return " ".join(parts)


def _before_new(text: str) -> str:
    """The part of the text that says which items are meant."""
    text = " ".join(
        part
        for part in re.split(r"(?<=[.?!])\s+", text)
        if not re.search(r"\binstead\b", part, re.I) or re.search(r"\b(my|the)\b", part, re.I)
    )
    return re.sub(r"\b(?:for|to|into) (?:one|ones|something|another|an?)\b.*?(?=[.?!]|$)", " ", text, flags=re.I)


def _described(text: str, item: Json, items: Sequence[Json]) -> str:
    """An unprompted text as far as it can say what is wanted: not where the item is described by what it is."""
    return text if len(items) == 1 or articles.mentions(text, item["name"]) else ""


def _about(segment: str, item: Json, items: Sequence[Json]) -> str:
    """Of "color red for the mug and size 8 for the shoes", what belongs to this item."""
    if len(items) < 2:
        return segment
    names = "|".join(re.escape(other["name"].lower()) for other in items)
    for found in re.finditer(rf"(.*?)\bfor (?:the |my )?({names})s?\b", segment.lower(), re.S):
        if found[2] == item["name"].lower():
            return found[1]
    pieces = re.split(r"[,;.?!]|\band\b", segment)
    own: list[str] = []
    current: str | None = None
    for piece in pieces:
        named = [other["name"] for other in items if articles.mentions(piece, other["name"])]
        current = named[0] if len(named) == 1 else current
        if current in (None, item["name"]) and len(named) < 2:
            own.append(piece)
    return ", ".join(own) if any(articles.mentions(piece, item["name"]) for piece in own) else segment
