"""What the scripted user does next: wishes in order, facts given when asked, consent only to what was wanted.

``Agenda`` is the state of one replay (see ``scripted``); each reaction is a list of acts, which ``scripted`` puts into words,
or None when the user hangs up.
"""

import re
from dataclasses import dataclass, field
from random import Random

from tarl_app.sandbox.users import scripted_values as values
from tarl_app.sandbox.users.scripted_checks import Mismatch, mismatches, wrong_values
from tarl_app.sandbox.users.scripted_reading import Reading
from tarl_app.types import Task, Wish

REPEATS = 3
"""The same agent words in a row after which the user gives up."""
STALLS = 5
"""Reactions without progress in a row after which the user gives up."""
_IDENTITY = ("email", "name", "zip", "identity", "user_id")
_IN_QUESTION = ("lookup", "transfer")
_ORDER_REVEALED = {"plain": 0.55, "chatty": 0.65, "impatient": 0.8, "hesitant": 0.35, "terse": 0.0}
_DETAILS = {"plain": 0.35, "chatty": 0.7, "impatient": 0.4, "hesitant": 0.2, "terse": 0.0}


@dataclass(frozen=True)
class Act:
    """One thing to say: a rule of the phrasing table, its slots, and acts that go into its slot ``rest``."""

    rule: str
    slots: dict[str, str] = field(default_factory=dict)
    rest: tuple["Act", ...] = ()


Acts = list[Act]


class Agenda:
    """Where one user stands; ``open`` first, then ``react`` to each agent utterance."""

    def __init__(self, task: Task, rng: Random) -> None:
        self.task, self.rng = task, rng
        self.place = 0
        self.wish: Wish | None = task.wishes[0] if task.wishes else None
        self.corrected: set[str] = set()  # facts remembered wrongly and put right
        self.given: set[str] = set()
        self.heard: list[str] = []
        self.acts: list[tuple[str, ...]] = []
        self.stalls = 0
        self.leaving = False
        self._reset()

    def _reset(self) -> None:
        self.insisted = self.objected = self.reminded = self.asked_items = 0
        self.fall_back = self.consented = False

    # --- entry points -------------------------------------------------------------------------------------------------

    def open(self) -> Acts:
        """The opening: a greeting, the first wish, now and then who is calling."""
        if self.wish is None:
            return [Act("hello"), Act("say", {"text": "What can you do for me?"})]
        acts = [Act("hello"), *self._state(self.wish)]
        if self.rng.random() < {"impatient": 0.3, "chatty": 0.25, "plain": 0.12}.get(self.task.persona.style, 0.0):
            acts += self._identity({"identity"})
        return acts

    def react(self, reading: Reading) -> Acts | None:
        """What the user does when the agent has said this; None hangs up."""
        if self.leaving:
            return None
        self.heard.append(reading.text)
        last = self.heard[-REPEATS:]
        if len(last) == REPEATS and len(set(last)) == 1:
            return self._leave("give_up")
        acts, progress = self._react(reading)
        self.acts.append(tuple(act.rule for act in acts))
        progress = progress and len(set(self.acts[-REPEATS:])) > 1 or len(self.acts) < REPEATS
        self.stalls = 0 if progress else self.stalls + 1
        return self._leave("give_up") if self.stalls >= STALLS else acts

    # --- reactions, in order of precedence ----------------------------------------------------------------------------

    def _react(self, r: Reading) -> tuple[Acts, bool]:
        wish = self.wish
        if not r.text:
            return [Act("repeat")], False
        if wish is None:
            return self._without_wish(r)
        wrong = wrong_values(r, self._beliefs(), self.task.wishes)
        if r.not_found:
            return self._not_found(r, wrong), bool(wrong or self._outdated())
        if wrong and not r.proposes:
            return [Act("no", rest=tuple(self._correction(wrong[0])))], True
        if r.unavailable and wish.kind in ("exchange_items", "modify_items"):
            return self._unavailable(wish), True
        if r.done and not r.proposes and (self.consented or not r.refuses) and wish.kind not in _IN_QUESTION:
            return self._next(thanks=True), True
        return self._requests(r, wish, wrong)

    def _requests(self, r: Reading, wish: Wish, wrong: list[Mismatch]) -> tuple[Acts, bool]:
        identity = r.asks & set(_IDENTITY)
        if r.refuses and not identity and not r.asks & {"order", "reason"}:
            return self._refused(r, wish), True
        if r.proposes:
            return self._proposal(r, wish, wrong), True
        if r.asks and not (wish.kind in _IN_QUESTION and self._answered(r, wish)):
            return self._give(r, wish), True
        if wish.kind in _IN_QUESTION and self._answered(r, wish):
            return self._next(thanks=True), True
        if r.done:
            return self._next(thanks=True), True
        if r.helps:
            return self._state(wish), False
        if r.more:
            return self._reminder(wish), False
        if r.transfers or r.holds or r.states:
            return [Act("ok")], False
        return [Act("repeat")], False

    def _without_wish(self, r: Reading) -> tuple[Acts, bool]:
        if r.asks & set(_IDENTITY):
            return self._identity(set(r.asks)), True
        if r.proposes:
            return [Act("decline")], False
        return self._leave("bye"), True

    def _not_found(self, r: Reading, wrong: list[Mismatch]) -> Acts:
        outdated = self._outdated()
        if outdated and not re.search(r"\border\b", r.text):
            self.corrected |= outdated
            asked = {"email"} if "email" in outdated else {"name", "zip"}
            return [Act("oops", rest=tuple(self._identity(asked)))]
        if wrong:
            return [Act("no", rest=tuple(self._correction(wrong[0])))]
        wish = self.wish
        asks = set(r.asks)
        about_order = re.search(r"\border\b", r.text) and not asks & set(_IDENTITY)
        if wish and about_order and wish.order_id:
            return [Act("again", rest=tuple(self._order(wish)))]
        known = {"email", "name", "zip"} if asks >= {"email", "name"} or not asks else asks
        return [Act("again", rest=tuple(self._identity(known or {"identity"})))]

    def _unavailable(self, wish: Wish) -> Acts:
        if any(choice.first_options for choice in wish.choices) and not self.fall_back:
            self.fall_back = True
            return [Act("fallback", {"new": values.new_said(wish.choices, True, self.rng)})]
        if wish.expect == "refused" or self.objected >= 2:
            return self._refused(Reading(text="unavailable"), wish)
        self.objected += 1
        return [Act("give.new", {"new": values.new_said(wish.choices, self.fall_back, self.rng)})]

    def _refused(self, r: Reading, wish: Wish) -> Acts:
        if wish.expect == "transferred" and r.transfers:
            return [Act("yes")] if r.proposes else [Act("ok")]
        if self.insisted < max(wish.insists, int(wish.expect != "refused")):
            self.insisted += 1
            return [Act("insist")]
        return self._drop(wish)

    def _drop(self, wish: Wish) -> Acts:
        """Gives the wish up for what the user wants instead, or for the next one."""
        if wish.instead is not None:
            self._switch(wish.instead)
            return [Act("then"), *self._state(wish.instead)]
        return [Act("accept"), *self._next(thanks=False)]

    def _proposal(self, r: Reading, wish: Wish, wrong: list[Mismatch]) -> Acts:
        if r.transfers and wish.expect != "transferred":
            return [Act("decline")]
        if self._identifies(r):
            return self._identity_check(r, wrong)
        if wish.changes_mind and wish.instead is not None:
            self._switch(wish.instead)
            return [Act("change_mind"), *self._state(wish.instead)]
        if wish.changes_mind:
            return [Act("change_mind"), *self._next(thanks=False)]
        found = [*wrong, *mismatches(r, wish, self.fall_back)]
        serious = [m for m in found if not m.missing or self.objected < 2]
        if serious:
            self.objected += 1
            return [Act("no", rest=tuple(self._correction(serious[0])))]
        self.consented = True
        return [Act("yes"), *(self._give(r, wish) if r.asks else [])]

    def _identifies(self, r: Reading) -> bool:
        """Whether the question is only who is speaking."""
        return not r.order_ids and bool(
            re.search(r"\bspeaking (with|to)|talking (with|to)|your (name|e-?mail|zip)|zip code", r.text)
        )

    def _identity_check(self, r: Reading, wrong: list[Mismatch]) -> Acts:
        if wrong:
            return [Act("no", rest=tuple(self._correction(wrong[0])))]
        named = r.emails or r.zips
        if not named and self.task.facts.get("last_name", "").lower() not in r.text:
            return [Act("no", rest=tuple(self._identity({"name"})))]
        return [Act("yes")]

    # --- answers ------------------------------------------------------------------------------------------------------

    def _give(self, r: Reading, wish: Wish) -> Acts:
        asks = set(r.asks)
        acts: Acts = []
        if "address" in asks and wish.address is not None:
            asks.discard("zip")
        if asks & set(_IDENTITY):
            acts += self._identity(asks)
        if "order" in asks:
            acts += self._order(wish)
        if "reason" in asks:
            acts += self._reason(wish)
        if "items" in asks and "order" not in asks:
            acts += self._items(wish)
        if "options" in asks and wish.kind in ("exchange_items", "modify_items"):
            acts.append(Act("give.new", {"new": values.new_said(wish.choices, self.fall_back, self.rng)}))
        if "payment" in asks and not asks & set(_IDENTITY):
            acts.append(Act("give.payment", {"payment": wish.payment_said or "the payment method I used for the order"}))
        if "address" in asks and "email" not in asks:
            acts += self._address(wish)
        if not acts and "options" in asks:
            acts += self._items(wish)
        return acts or [Act("unknown")]

    def _identity(self, asks: set[str]) -> Acts:
        facts, by = self._beliefs(), self.task.persona.authenticates_by
        email = [Act("give.email", {"email": facts["email"]})] if "email" in facts else []
        name = f"{facts.get('first_name', '')} {facts.get('last_name', '')}".strip()
        both = [Act("give.name_zip", {"name": name, "zip": facts["zip"]})] if "zip" in facts else []
        preferred = email if by == "email" and email else both or email
        asked_name, asked_zip = "name" in asks, "zip" in asks
        if "email" in asks and not (asked_name or asked_zip or "identity" in asks):
            if not email:
                return [Act("no_email", rest=tuple(both))] if both else [Act("unknown")]
            # An outdated e-mail is only ever given for a wish to be found by it, so a wrong answer stays the persona's.
            return email
        if "email" in asks or not (asked_name or asked_zip):
            if asks == {"user_id"}:
                user_id = self.task.facts.get("user_id")
                return [Act("say", {"text": f"It's {user_id}."})] if user_id else [Act("unknown"), *preferred]
            return preferred or [Act("give.name", {"name": name})]
        if asked_zip and "zip" not in facts:
            return [Act("unknown"), *email]
        if asked_name and asked_zip:
            return both
        return [Act("give.zip", {"zip": facts["zip"]})] if asked_zip else [Act("give.name", {"name": name})]

    def _order(self, wish: Wish) -> Acts:
        if wish.order_id and wish.knows_order_id:
            acts = [Act("give.order", {"order_id": values.order_said(wish.order_id, self.rng)})]
            return acts + self._details(wish, 0.5)
        if wish.choices:
            return [Act("no_order", {"items": values.items_said(wish.choices[:1], False, self.rng)})]
        return [Act("unknown"), *self._state(wish)]

    def _reason(self, wish: Wish) -> Acts:
        if wish.reason in ("no longer needed", "ordered by mistake"):
            return [Act(f"give.reason.{wish.reason.replace(' ', '_')}")]
        return (
            [Act("say", {"text": f"{wish.reason[0].upper()}{wish.reason[1:]}."})]
            if wish.reason
            else [Act("give.reason.other")]
        )

    def _items(self, wish: Wish) -> Acts:
        if not wish.choices:
            return self._state(wish)
        self.asked_items += 1
        items = values.items_said(wish.choices, self.asked_items > 1, self.rng)
        return [Act("give.items", {"items": items})]

    def _address(self, wish: Wish) -> Acts:
        if wish.address is None:
            return [Act("unknown")]
        return [Act("give.address", {"address": values.address_said(wish.address)})]

    def _correction(self, wrong: Mismatch) -> Acts:
        wish, facts = self.wish, self._beliefs()
        value = {"zip": facts.get("zip"), "email": facts.get("email"), "order": wish and wish.order_id}.get(wrong.what)
        if wrong.what == "order" and wish and wish.order_id and not wish.knows_order_id:
            return self._items(wish)
        if value or wish is None:
            return [Act("correct", {"value": value or ""})]
        if wrong.what == "action":
            return [Act("correct.action", {"action": self._action(wish)})]
        if wrong.what == "reason":
            return self._reason(wish)
        if wrong.what == "payment":
            return [Act("give.payment", {"payment": wish.payment_said or ""})]
        if wrong.what == "address":
            return self._address(wish)
        if wrong.what == "new":
            return [Act("give.new", {"new": values.new_said(wish.choices, self.fall_back, self.rng)})]
        return self._items(wish)

    # --- wishes -------------------------------------------------------------------------------------------------------

    def _state(self, wish: Wish) -> Acts:
        """The wish in words; look-ups, refused wishes and transfers have their own sentence."""
        if wish.question and (wish.kind in _IN_QUESTION or wish.expect != "done"):
            return [Act("say", {"text": wish.question})]
        style = self.task.persona.style
        order = values.order_named(wish, self.rng.random() < _ORDER_REVEALED[style], self.rng)
        detailed = self.rng.random() < _DETAILS[style] or wish.kind == "modify_items"
        items = values.items_said(wish.choices, False, self.rng) if wish.choices and detailed else "something"
        return [Act(f"want.{wish.kind}", {"order": order, "items": items}), *self._details(wish, 0.35)]

    def _details(self, wish: Wish, share: float) -> Acts:
        """What a talkative user adds unasked."""
        if wish.expect != "done" or self.rng.random() > share * _DETAILS[self.task.persona.style] * 2:
            return []
        if wish.kind == "cancel_order":
            return self._reason(wish)
        if wish.kind in ("exchange_items", "modify_items") and len(wish.choices) == 1:
            return [Act("instead", {"new": values.new_said(wish.choices, self.fall_back, self.rng)})]
        if wish.payment_said:
            return [Act("with", {"payment": wish.payment_said})]
        return []

    def _action(self, wish: Wish) -> str:
        order = wish.order_id if wish.order_id and wish.knows_order_id else "my order"
        items = values.items_said(wish.choices, False, self.rng) if wish.choices else "it"
        return {
            "cancel_order": f"cancel {order}",
            "return_items": f"return {items}",
            "exchange_items": f"exchange {items}",
            "modify_items": f"change {items}",
            "modify_payment": f"change the payment method of {order}",
            "modify_order_address": f"change the delivery address of {order}",
            "modify_user_address": "change the address in my account",
        }.get(wish.kind, "get an answer to my question")

    def _answered(self, r: Reading, wish: Wish) -> bool:
        """Whether the agent's words can be the answer to a question; whether it is right the user cannot know."""
        if wish.kind == "transfer" or r.proposes:
            return False
        shapes = {
            "money": r"\$ ?\d|\d\.\d\d\b|\bdollars?\b",
            "number": r"\d|\b(one|two|three|four|five|six|seven|eight|nine|ten)\b",
        }
        shapes |= {
            "id": r"\d{4}",
            "date": r"\d",
            "text": r"\b(pending|processed|delivered|cancell?ed|requested|gift|paypal|card|paid|status)\b",
        }
        return bool(wish.tell) and all(re.search(shapes[fact.kind], r.text) for fact in wish.tell)

    def _reminder(self, wish: Wish) -> Acts:
        if self.reminded:
            return self._drop(wish)
        self.reminded += 1
        return [Act("still"), *self._state(wish)]

    def _switch(self, wish: Wish) -> None:
        self.wish = wish
        self._reset()

    def _next(self, thanks: bool) -> Acts:
        """On to the next wish, or goodbye."""
        self.place += 1
        if self.place >= len(self.task.wishes):
            return self._leave("bye")
        self._switch(self.task.wishes[self.place])
        assert self.wish is not None
        return [*([Act("next")] if thanks else []), *self._state(self.wish)]

    def _leave(self, rule: str) -> Acts:
        self.leaving = True
        self.wish = None
        return [Act(rule)]

    def _beliefs(self) -> dict[str, str]:
        """The facts as the user remembers them now."""
        rng = Random(f"{self.task.id}/{self.task.seed}/memory")
        wrong = self._outdated()
        return {
            name: values.misremembered(value, rng) if name in wrong else value for name, value in self.task.facts.items()
        }

    def _outdated(self) -> set[str]:
        return set(self.task.persona.misremembers) - self.corrected
