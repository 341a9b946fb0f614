"""Whether what the agent says fits what the user wants: wrong details are found by comparison with the goal."""

import re
from collections import Counter
from collections.abc import Mapping

from tarl_app.domains.retail.goals import Address, Choice, ShopGoal
from tarl_app.domains.retail.user.reading import ShopReading
from tarl_app.domains.retail.user.values import wanted
from tarl_app.language import told
from tarl_app.users.replies import SPOKEN, Mismatch

_SWAPS = ("exchange_items", "modify_items")
_ACTIONS = {"cancel": r"\bcancel", "return": r"\breturn(?!ed\b|s? label)", "swap": r"\bexchang|\bswap"}
_CHANGES = (*_ACTIONS.values(), r"\bi (will )?(change|send|move)\b", r"\baddress of your account becomes")
_ACTION_OF = {"cancel_order": "cancel", "return_items": "return", "exchange_items": "swap", "modify_items": "swap"}
_REASONS = {"no longer needed": r"no longer need|not need|don't need", "ordered by mistake": r"mistake|accident"}
_ORIGINAL = r"original (payment|form|method|card)|same (payment|method|card)|(used|paid|placed) (for|with|to pay)|original"


def wrong_values(reading: ShopReading, facts: Mapping[str, str], goals: tuple[ShopGoal, ...]) -> list[Mismatch]:
    """Values that the agent reads back and that are not the user's: order number, zip code, e-mail."""
    found: list[Mismatch] = []
    known = {w.order_id for goal in goals for w in (goal, goal.instead) if w and w.order_id}
    blind = any(not w.knows_order_id for w in goals)
    if len(reading.order_ids) == 1 and known and not blind and not reading.order_ids & known:
        found.append(Mismatch("order"))
    zips = {facts.get("zip")} | {w.address.zip for goal in goals for w in (goal, goal.instead) if w and w.address}
    if (
        reading.zips
        and "zip" in facts
        and "zip" in reading.text
        and not reading.zips & zips
        and "address" not in reading.text
    ):
        found.append(Mismatch("zip"))
    ours = {mail for mail in reading.emails if not re.search(r"support|service|help|shop", mail)}
    if ours and "email" in facts and facts["email"].lower() not in ours:
        found.append(Mismatch("email"))
    return found


def mismatches(reading: ShopReading, goal: ShopGoal, fall_back: bool) -> list[Mismatch]:
    """Everything in a proposal that does not fit the goal, the gravest first."""
    text = reading.text
    found = [*_action(text, goal), *_order(reading, goal), *_items(reading, goal, fall_back)]
    if goal.reason in _REASONS:
        named = {reason for reason, pattern in _REASONS.items() if re.search(pattern, text)}
        if named and goal.reason not in named:
            found.append(Mismatch("reason"))
    if goal.payment_said and not _same_payment(text, goal.payment_said):
        found.append(Mismatch("payment"))
    if goal.address and reading.zips and not (goal.address.zip in reading.zips and _says_place(text, goal.address)):
        found.append(Mismatch("address"))
    return found


def _action(text: str, goal: ShopGoal) -> list[Mismatch]:
    named = {action for action, pattern in _ACTIONS.items() if re.search(pattern, text)}
    mine = _ACTION_OF.get(goal.kind)
    wrong = bool(named) and ((mine is not None and mine not in named) or (mine is None and goal.kind.startswith("modify")))
    if goal.kind == "modify_order_address" and re.search(
        r"address (of|in|on) your account|account address|default address", text
    ):
        wrong = True
    if goal.kind == "modify_user_address" and re.search(r"\border #?w?\d", text):
        wrong = True
    return [Mismatch("action")] if wrong else []


def beside(text: str, goal: ShopGoal) -> list[Mismatch]:
    """What only those notice who listen well: a change where nothing is to be changed, an item too many."""
    if goal.kind in SPOKEN:
        return [Mismatch("action")] if any(re.search(pattern, text) for pattern in _CHANGES) else []
    wanted = Counter(choice.product.lower() for choice in goal.choices)
    return [Mismatch("items")] if any(text.count(f"the {product} ") > n for product, n in wanted.items()) else []


def _order(reading: ShopReading, goal: ShopGoal) -> list[Mismatch]:
    if goal.order_id and goal.knows_order_id and reading.order_ids and goal.order_id not in reading.order_ids:
        return [Mismatch("order")]
    return []


def _items(reading: ShopReading, goal: ShopGoal, fall_back: bool) -> list[Mismatch]:
    if goal.kind not in ("return_items", *_SWAPS):
        return []
    named = [choice for choice in goal.choices if names(reading.text, choice)]
    detailed = bool(reading.order_ids) or "$" in reading.text or len(reading.text.split()) > 14
    if len(named) < len(goal.choices) and (named or detailed):
        return [Mismatch("items", missing=not named)]
    if goal.kind in _SWAPS and named and detailed:
        for choice in goal.choices:
            if not all(_says(reading.text, option, value) for option, value in wanted(choice, fall_back).items()):
                return [Mismatch("new", missing=True)]
    return []


def names(text: str, choice: Choice) -> bool:
    """Whether the lower-case text names the product, by its full name or its last word."""
    head = choice.product.lower().split()[-1]
    return choice.product.lower() in text or re.search(rf"\b{re.escape(head.rstrip('s'))}", text) is not None


def _says(text: str, option: str, value: str) -> bool:
    """Whether the lower-case text names that value of an option: whole, and not as a part of an id or an amount.

    "Yes" and "no" are said in many ways, so of those only the plain contrary counts.
    """
    value = value.lower()
    if value in ("yes", "no"):
        contrary = "no" if value == "yes" else "yes"
        return not re.search(rf"\b{re.escape(option.lower())}\W+{contrary}\b", text)
    return told.names(text, value)


def _says_place(text: str, place: Address) -> bool:
    """Whether the house, the street's name, the apartment and the city are there; "Street" and "St." are equal."""
    words = place.address1.lower().split()
    named = [word for word in words[:-1] or words if not word[0].isdigit()] or words[-1:]
    numbers = re.findall(r"\d+", f"{words[0]} {place.address2}")
    wanted = [*named, *numbers, place.city.lower()]
    return all(re.search(rf"(?<!\w){re.escape(part)}(?!\w)", text) for part in wanted)


def _same_payment(text: str, said: str) -> bool:
    """Whether the text names no payment method, or the one the user wants."""
    said = said.lower()
    endings = set(re.findall(r"(?<![\d$.#w])\d{4}(?!\d|\.\d)", text))
    ending = re.search(r"\d{4}", said)
    if re.search(_ORIGINAL, said):
        return True
    if ending and endings:
        return ending[0] in endings
    kinds = {
        "gift card": r"gift ?card",
        "paypal": r"pay ?pal",
        "card": r"visa|mastercard|amex|american express|credit card|debit card",
    }
    named = {kind for kind, pattern in kinds.items() if re.search(pattern, text)}
    mine = {kind for kind, pattern in kinds.items() if re.search(pattern, said)}
    return not named or bool(named & mine)
