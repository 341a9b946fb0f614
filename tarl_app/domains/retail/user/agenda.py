"""What the shop's customer does next, where it is not what every customer does (``users.agenda``)."""

import re
from collections.abc import Sequence
from random import Random
from typing import ClassVar

from tarl_app.core.domain import Say, Sayings
from tarl_app.core.types import Task
from tarl_app.domains.retail.goals import ShopGoal
from tarl_app.domains.retail.user import checks, reading, values
from tarl_app.domains.retail.user.reading import ShopReading
from tarl_app.domains.retail.user.replies import IDENTITY, SWAPS, ShopReplies
from tarl_app.domains.retail.words.fact_words import FACT_WORDS
from tarl_app.users.agenda import ScriptedAgenda
from tarl_app.users.replies import Mismatch


class Agenda(ScriptedAgenda[ShopGoal, ShopReading, ShopReplies]):
    """Where one customer of the shop stands."""

    subject = "order"
    introduces: ClassVar = {"impatient": 0.3, "chatty": 0.25, "plain": 0.12}
    beside_an_answer = frozenset(("payment",))
    fact_words = FACT_WORDS

    def __init__(self, task: Task, rng: Random) -> None:
        super().__init__(task, rng, ShopGoal.all_of(task.goals), ShopReplies(task, rng, IDENTITY))

    def read(self, said: str) -> ShopReading:
        """With order numbers, e-mail addresses and zip codes."""
        return reading.read(said)

    def wrong_values(self, r: ShopReading) -> list[Mismatch]:
        """Order number, zip code, e-mail."""
        return checks.wrong_values(r, self.replies.beliefs, self.goals)

    def mismatches(self, r: ShopReading, goal: ShopGoal) -> list[Mismatch]:
        """Of the action, the order, the items, the reason, the payment and the address."""
        found = checks.mismatches(r, goal, self.replies.fall_back)
        return [*checks.beside(r.text, goal), *found] if self.replies.attentive else found

    def objects(self, mismatch: Mismatch) -> bool:
        """Asks for what was left out twice, and for what is wrong as often as needed."""
        return not mismatch.missing or self.objected < 2

    def about_subject(self, r: ShopReading) -> bool:
        """Whether an order was not found."""
        return re.search(r"\border\b", r.text) is not None

    def unavailable(self, r: ShopReading, goal: ShopGoal, wrong: Sequence[Mismatch]) -> Sayings | None:
        """A variant is sold out: the second choice, or once more what is wanted."""
        if not r.unavailable or r.not_found or goal.kind not in SWAPS or (wrong and not r.proposes):
            return None
        if any(choice.first_options for choice in goal.choices) and not self.replies.fall_back:
            self.replies.fall_back = True
            return [Say("fallback", {"new": values.new_said(goal.choices, True, self.rng)})]
        if goal.expect == "refused" or self.objected >= 2:
            return self.refused(ShopReading(text=""), goal)
        self.objected += 1
        return [self.replies.new(goal)]

    def confirms_identity(self, r: ShopReading, goal: ShopGoal, wrong: Sequence[Mismatch]) -> Sayings | None:
        """Yes, or what was read back wrongly."""
        if r.order_ids or not re.search(r"\bspeaking (with|to)|talking (with|to)|your (name|e-?mail|zip)|zip code", r.text):
            return None
        mistake = self.replies.identified_wrongly(r, wrong)
        return [Say("no", rest=tuple(self.replies.correction(mistake, goal)))] if mistake else [Say("yes")]
