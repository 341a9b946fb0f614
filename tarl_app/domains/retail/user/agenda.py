"""What the scripted user does next: goals in order, facts given when asked, consent only to what was wanted.

``Agenda`` is the state of one replay (see ``scripted``); each reaction is a list of acts, which ``scripted`` puts into
words, or None when the user hangs up.
"""

import re
from random import Random

from tarl_app.core.domain import Say, Sayings
from tarl_app.core.types import Task
from tarl_app.domains.retail.fact_words import FACT_WORDS
from tarl_app.domains.retail.goals import ShopGoal
from tarl_app.domains.retail.user import values
from tarl_app.domains.retail.user.checks import Mismatch, mismatches, wrong_values
from tarl_app.domains.retail.user.reading import ShopReading, read
from tarl_app.domains.retail.user.replies import IDENTITY, SPOKEN, SWAPS, Replies
from tarl_app.language.told import could_tell

REPEATS = 3
"""The same agent words, or the same answers, in a row after which the user loses patience."""
STALLS = 5
"""Reactions without progress in a row after which the user gives up."""
_CALLS_WITH_NAME = {"impatient": 0.3, "chatty": 0.25, "plain": 0.12}


class Agenda:
    """Where one user stands; ``open`` first, then ``react`` to each agent utterance."""

    def __init__(self, task: Task, rng: Random) -> None:
        self.task, self.rng, self.replies = task, rng, Replies(task, rng)
        self.goals = ShopGoal.all_of(task.goals)
        self.place = 0
        self.goal: ShopGoal | None = self.goals[0] if self.goals else None
        self.heard: list[str] = []
        self.said: list[tuple[str, ...]] = []
        self.stalls = 0
        self.leaving = False
        self._switch(self.goal)

    def _switch(self, goal: ShopGoal | None) -> None:
        self.goal = goal
        self.insisted = self.objected = self.reminded = 0
        self.consented = self.replies.fall_back = False
        self.replies.asked_items = 0

    # --- entry points -------------------------------------------------------------------------------------------------

    def open(self) -> Sayings:
        """The opening: a greeting, the first goal, now and then who is calling."""
        if self.goal is None:
            return [Say("hello"), Say("say", {"text": "What can you do for me?"})]
        acts = [Say("hello"), *self.replies.state(self.goal)]
        if self.rng.random() < _CALLS_WITH_NAME.get(self.task.persona.style, 0.0):
            acts += self.replies.identity({"identity"})
        return acts

    def react(self, said: str) -> Sayings | None:
        """What the user does when the agent has said this; None hangs up."""
        if self.leaving:
            return None
        reading = read(said)
        self.heard.append(reading.text)
        if self._same(self.heard):
            return self._leave("give_up")
        acts, progress = self._react(reading)
        self.said.append(tuple(act.rule for act in acts))
        self.stalls = 0 if progress and not self._same(self.said) else self.stalls + 1
        return self._leave("give_up") if self.stalls >= STALLS else acts

    @staticmethod
    def _same(things: list) -> bool:
        return len(things) >= REPEATS and len(set(things[-REPEATS:])) == 1

    # --- reactions, in order of precedence; each says whether the conversation gets on ---------------------------------

    def _react(self, r: ShopReading) -> tuple[Sayings, bool]:
        goal = self.goal
        if not r.text:
            return [Say("repeat")], False
        if goal is None:
            return self._without_wish(r)
        wrong = wrong_values(r, self.replies.beliefs, self.goals)
        if r.not_found:
            return self._not_found(r, wrong), bool(wrong or self.replies.outdated)
        if wrong and not r.proposes:
            return self._object(wrong[0], goal), True
        if r.unavailable and goal.kind in SWAPS:
            return self._unavailable(goal), True
        if r.done and not r.proposes and (self.consented or not r.refuses) and goal.kind not in SPOKEN:
            return self._next(thanks=True), True
        return self._requests(r, goal, wrong)

    def _requests(self, r: ShopReading, goal: ShopGoal, wrong: list[Mismatch]) -> tuple[Sayings, bool]:
        if r.refuses and not r.asks & {*IDENTITY, "order", "reason"}:
            return self._refused(r, goal), True
        if r.proposes:
            return self._proposal(r, goal, wrong), True
        if self._answered(r, goal):
            return self._next(thanks=True), True
        if r.asks:
            return self.replies.give(r, goal), True
        if r.done:
            return self._next(thanks=True), True
        if r.helps:
            return self.replies.state(goal), False
        if r.more:
            return self._reminder(goal), False
        return [Say("ok" if r.transfers or r.holds or r.states else "repeat")], False

    def _without_wish(self, r: ShopReading) -> tuple[Sayings, bool]:
        if r.asks & IDENTITY:
            return self.replies.identity(set(r.asks)), True
        return ([Say("decline")], False) if r.proposes else (self._leave("bye"), True)

    def _object(self, wrong: Mismatch, goal: ShopGoal) -> Sayings:
        return [Say("no", rest=tuple(self.replies.correction(wrong, goal)))]

    def _not_found(self, r: ShopReading, wrong: list[Mismatch]) -> Sayings:
        about_order = re.search(r"\border\b", r.text) is not None
        outdated = self.replies.outdated
        if outdated and not about_order:
            self.replies.corrected |= outdated
            asked = {"email"} if "email" in outdated else {"name", "zip"}
            return [Say("oops", rest=tuple(self.replies.identity(asked)))]
        assert self.goal is not None
        if wrong and wrong[0].what == "email":
            return [Say("no", rest=tuple(self.replies.spelled({"email"})))]
        if wrong:
            return self._object(wrong[0], self.goal)
        if r.asks and not r.asks & {*IDENTITY, "order"}:
            return self.replies.give(r, self.goal)
        if about_order and self.goal.order_id and not r.asks & IDENTITY:
            return [Say("again", rest=tuple(self.replies.order(self.goal)))]
        asked = set(r.asks & IDENTITY) or {"identity"}
        return [Say("again", rest=tuple(self.replies.spelled(asked)))]

    def _unavailable(self, goal: ShopGoal) -> Sayings:
        if any(choice.first_options for choice in goal.choices) and not self.replies.fall_back:
            self.replies.fall_back = True
            return [Say("fallback", {"new": values.new_said(goal.choices, True, self.rng)})]
        if goal.expect == "refused" or self.objected >= 2:
            return self._refused(ShopReading(text=""), goal)
        self.objected += 1
        return [self.replies.new(goal)]

    def _refused(self, r: ShopReading, goal: ShopGoal) -> Sayings:
        if goal.expect == "transferred" and r.transfers:
            return [Say("yes" if r.proposes else "ok")]
        if self.insisted < max(goal.insists, int(goal.expect != "refused")):
            self.insisted += 1
            return [Say("insist")]
        return self._drop(goal)

    def _drop(self, goal: ShopGoal) -> Sayings:
        """Gives the goal up for what the user wants instead, or for the next one."""
        if goal.instead is not None:
            self._switch(goal.instead)
            return [Say("then"), *self.replies.state(goal.instead)]
        return [Say("accept"), *self._next(thanks=False)]

    def _proposal(self, r: ShopReading, goal: ShopGoal, wrong: list[Mismatch]) -> Sayings:
        if r.transfers and goal.expect != "transferred":
            return [Say("decline")]
        if not r.order_ids and re.search(r"\bspeaking (with|to)|talking (with|to)|your (name|e-?mail|zip)|zip code", r.text):
            mistake = self.replies.identified_wrongly(r, wrong)
            return self._object(mistake, goal) if mistake else [Say("yes")]
        if goal.changes_mind and goal.instead is not None:
            self._switch(goal.instead)
            return [Say("change_mind"), *self.replies.state(goal.instead)]
        if goal.changes_mind:
            return [Say("change_mind"), *self._next(thanks=False)]
        serious = [m for m in (*wrong, *mismatches(r, goal, self.replies.fall_back)) if not m.missing or self.objected < 2]
        if serious:
            self.objected += 1
            return self._object(serious[0], goal)
        self.consented = True
        return [Say("yes"), *(self.replies.give(r, goal) if r.asks else [])]

    def _answered(self, r: ShopReading, goal: ShopGoal) -> bool:
        """Whether the agent's words can be the answer to a question; whether it is right the user cannot know."""
        if goal.kind != "lookup" or r.asks - {"payment"}:
            return False
        return bool(goal.tell) and all(could_tell(r.text, fact, FACT_WORDS) for fact in goal.tell)

    # --- from goal to goal --------------------------------------------------------------------------------------------

    def _reminder(self, goal: ShopGoal) -> Sayings:
        if self.reminded:
            return self._drop(goal)
        self.reminded += 1
        return [Say("still"), *self.replies.state(goal)]

    def _next(self, thanks: bool) -> Sayings:
        """On to the next goal, or goodbye."""
        self.place += 1
        if self.place >= len(self.goals):
            return self._leave("bye")
        goal = self.goals[self.place]
        self._switch(goal)
        return [*([Say("next")] if thanks else []), *self.replies.state(goal)]

    def _leave(self, rule: str) -> Sayings:
        self.leaving, self.goal = True, None
        return [Say(rule)]
