"""What the shop's customer tells: facts as remembered, goals, corrections; the agenda decides when."""

from collections.abc import Sequence, Set
from random import Random
from typing import ClassVar

from tarl_app.core.domain import Say, Sayings
from tarl_app.domains.retail.goals import ShopGoal
from tarl_app.domains.retail.user import values
from tarl_app.domains.retail.user.reading import ShopReading
from tarl_app.language.spoken import spelling
from tarl_app.users.replies import SPOKEN, Mismatch, Replies

SWAPS = ("exchange_items", "modify_items")
_ORDER_REVEALED = {"plain": 0.55, "chatty": 0.65, "impatient": 0.8, "hesitant": 0.35, "terse": 0.0}
_KNOWN_REASONS = ("no longer needed", "ordered by mistake")


IDENTITY = frozenset(("email", "name", "zip", "identity", "user_id"))
"""What an agent may ask in order to find the account."""


class ShopReplies(Replies[ShopGoal, ShopReading]):
    """The acts by which one customer of the shop answers."""

    talkative: ClassVar = {"plain": 0.35, "chatty": 0.7, "impatient": 0.4, "hesitant": 0.2, "terse": 0.0}
    asked_items = 0
    """How often the items of the goal were asked for."""

    def begin(self) -> None:
        """Another goal is up."""
        super().begin()
        self.asked_items = 0

    # --- who is calling -----------------------------------------------------------------------------------------------

    def misremembered(self, value: str, rng: Random) -> str:
        """An old provider for an e-mail address."""
        return values.old_email(value) if "@" in value else super().misremembered(value, rng)

    def put_right(self, outdated: Set[str]) -> Sayings:
        """The e-mail address, or name and zip code."""
        return self.identity({"email"} if "email" in outdated else {"name", "zip"})

    def again(self, asks: Set[str]) -> Sayings:
        """Letter by letter."""
        return self.spelled(asks & IDENTITY or {"identity"})

    def identity(self, asks: Set[str]) -> Sayings:
        """Who is calling: what was asked, or what the user prefers where there is a choice."""
        facts = self.beliefs
        name = f"{facts.get('first_name', '')} {facts.get('last_name', '')}".strip()
        email = [Say("give.email", {"email": facts["email"]})] if "email" in facts else []
        both = [Say("give.name_zip", {"name": name, "zip": facts["zip"]})] if "zip" in facts else []
        preferred = (email or both) if self.task.persona.authenticates_by == "email" else (both or email)
        asked = asks & {"email", "name", "zip", "identity"}
        if asks & IDENTITY == {"user_id"}:
            known = self.task.facts.get("user_id")
            return [Say("say", {"text": f"It's {known}."})] if known else [Say("unknown"), *preferred]
        if asked == {"email"}:
            return email or [Say("no_email", rest=tuple(both))]
        if asked == {"name"}:
            return [Say("give.name", {"name": name})]
        if asked == {"zip"}:
            return [Say("give.zip", {"zip": facts["zip"]})] if "zip" in facts else [Say("unknown"), *email]
        if asked == {"name", "zip"}:
            return both or [Say("unknown"), *email]
        return preferred or [Say("give.name", {"name": name})]

    def spelled(self, asks: Set[str]) -> Sayings:
        """``identity`` spelled letter by letter, after a look-up that failed."""
        facts = self.beliefs
        first, last = facts.get("first_name", ""), facts.get("last_name", "")
        names = {"first": first, "name": f"{first} {last}".strip()}
        names |= {"first_letters": spelling.letters(first), "last_letters": spelling.letters(last)}
        acts = Sayings()
        for act in self.identity(asks):
            if act.rule in ("give.name", "give.name_zip") and first and last:
                act = Say(act.rule.replace("give", "spell"), act.slots | names)
            elif act.rule == "give.email":
                act = Say("spell.email", {"email_letters": spelling.spelled_email(act.slots["email"])})
            acts.append(act)
        return acts

    # --- what is asked about a goal -----------------------------------------------------------------------------------

    def give(self, r: ShopReading, goal: ShopGoal) -> Sayings:
        """Everything the agent asked for, and nothing else."""
        asks, acts = set(r.asks), Sayings()
        if "address" in asks and goal.address is not None:
            asks.discard("zip")
        if asks & IDENTITY:
            acts += self.identity(asks)
        if "order" in asks:
            acts += self.subject(goal)
        if "reason" in asks and (goal.kind == "cancel_order" or not self.attentive):
            acts += self.reason(goal)
        if "items" in asks and "order" not in asks:
            acts += self.items(goal, r)
        if "options" in asks and goal.kind in SWAPS:
            acts.append(self.new(goal))
        if "payment" in asks and not asks & IDENTITY:
            acts.append(Say("give.payment", {"payment": goal.payment_said or "the payment method I used for the order"}))
        if "address" in asks and "email" not in asks:
            acts += self.address(goal)
        if not acts and "options" in asks:
            acts += self.items(goal, r)
        return acts or [Say("unknown")]

    def subject_id(self, goal: ShopGoal) -> str | None:
        """The order number."""
        return goal.order_id

    def subject(self, goal: ShopGoal) -> Sayings:
        """The order number, or what was in the order."""
        if goal.order_id and goal.knows_order_id:
            acts = [Say("give.order", {"order_id": values.order_said(goal.order_id, self.rng)})]
            return acts + self.details(goal, 0.5)
        if goal.choices:
            return [Say("no_order", {"items": values.items_said(goal.choices[:1], self.rng, article="the")})]
        return [Say("unknown"), *self.state(goal)]

    def reason(self, goal: ShopGoal) -> Sayings:
        """Why an order should be cancelled."""
        if goal.reason in _KNOWN_REASONS:
            return [Say(f"give.reason.{goal.reason.replace(' ', '_')}")]
        return (
            [Say("say", {"text": f"{goal.reason[0].upper()}{goal.reason[1:]}."})]
            if goal.reason
            else [Say("give.reason.other")]
        )

    def items(self, goal: ShopGoal, r: ShopReading | None = None) -> Sayings:
        """Which items; with their options from the second time on, or where the agent sees several of a product."""
        if not goal.choices:
            return self.state(goal)
        self.asked_items += 1
        several = r is not None and any(r.text.count(choice.product.lower()) > 1 for choice in goal.choices)
        return [Say("give.items", {"items": values.items_said(goal.choices, self.rng, self.asked_items > 1 or several)})]

    def new(self, goal: ShopGoal) -> Say:
        """What the user wants instead."""
        return Say("give.new", {"new": values.new_said(goal.choices, self.fall_back, self.rng)})

    def address(self, goal: ShopGoal) -> Sayings:
        """The new address."""
        return [Say("give.address", {"address": values.address_said(goal.address)})] if goal.address else [Say("unknown")]

    def correction(self, wrong: Mismatch, goal: ShopGoal, unfound: bool = False) -> Sayings:
        """The right value instead of the one that the agent named; an e-mail address that was not found is spelled."""
        facts = self.beliefs
        if wrong.what == "email" and unfound:
            return self.spelled({"email"})
        if wrong.what == "name":
            return self.identity({"name"})
        if wrong.what in ("zip", "email"):
            return [Say("correct", {"value": facts[wrong.what]})]
        if wrong.what == "order" and goal.order_id and goal.knows_order_id:
            return [Say("correct", {"value": values.order_said(goal.order_id, self.rng)})]
        if wrong.what == "action" and goal.kind in SPOKEN:
            return self.state(goal)
        if wrong.what == "action":
            return [Say("correct.action", {"action": self._action(goal)})]
        if wrong.what == "payment":
            return [Say("give.payment", {"payment": goal.payment_said or ""})]
        if wrong.what == "new":
            return [self.new(goal)]
        return {"reason": self.reason, "address": self.address}.get(wrong.what, self.items)(goal)

    # --- the goal itself ----------------------------------------------------------------------------------------------

    def wanted(self, goal: ShopGoal) -> Say:
        """By order, with or without its items."""
        order = values.order_named(goal, self.rng.random() < _ORDER_REVEALED[self.style], self.rng)
        named = goal.choices and (self.rng.random() < self.talkative[self.style] or goal.kind == "modify_items")
        items = values.items_said(goal.choices, self.rng) if named else self.rng.choice(("something", "an item"))
        if len(goal.choices) > 1 and not named:
            items = self.rng.choice(("some items", "a few things"))
        return Say(f"want.{goal.kind}", {"order": order, "items": items})

    def added(self, goal: ShopGoal) -> Sayings:
        """The reason, what is wanted instead, or the payment method."""
        if goal.kind == "cancel_order":
            return self.reason(goal)
        if goal.kind in SWAPS and len(goal.choices) == 1:
            return [Say("instead", {"new": values.new_said(goal.choices, self.fall_back, self.rng)})]
        return [Say("with", {"payment": goal.payment_said})] if goal.payment_said else []

    def identified_wrongly(self, r: ShopReading, wrong: Sequence[Mismatch]) -> Mismatch | None:
        """What is wrong about "am I speaking with ...?"; None where it is right."""
        if wrong:
            return wrong[0]
        named = r.emails or r.zips or self.task.facts.get("last_name", "").lower() in r.text
        return None if named else Mismatch("name")

    def _action(self, goal: ShopGoal) -> str:
        order = goal.order_id if goal.order_id and goal.knows_order_id else "my order"
        items = values.items_said(goal.choices, self.rng) if goal.choices else "it"
        actions = {
            "cancel_order": f"cancel {order}",
            "return_items": f"return {items}",
            "exchange_items": f"exchange {items}",
        }
        actions |= {"modify_items": f"change {items}", "modify_payment": f"change the payment method of {order}"}
        actions |= {"modify_order_address": f"change the delivery address of {order}"}
        return actions.get(goal.kind, "change the address in my account")
