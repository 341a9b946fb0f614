"""What the scripted user does next: goals in order, facts given when asked, consent only to what was wanted.

``Agenda`` is the state of one replay; each reaction is a list of acts, or None when the user hangs up.
"""

import re
from random import Random

from tarl_app.core.domain import Say, Sayings
from tarl_app.core.types import Task
from tarl_app.domains.airline.fact_words import FACT_WORDS
from tarl_app.domains.airline.goals import AirlineGoal
from tarl_app.domains.airline.user import values
from tarl_app.domains.airline.user.checks import Mismatch, mismatches, wrong_values
from tarl_app.domains.airline.user.reading import AirlineReading, read
from tarl_app.domains.airline.user.replies import IDENTITY, SPOKEN, Replies
from tarl_app.language.told import could_tell

REPEATS = 3
"""The same agent words, or the same answers, in a row after which the user loses patience."""
STALLS = 5
"""Reactions without progress in a row after which the user gives up."""
_CALLS_WITH_NUMBER = {"impatient": 0.3, "chatty": 0.2, "plain": 0.12}
_ABOUT_FLIGHTS = re.compile(r"\b(flight|connection|seat)s?\b")


class Agenda:
    """Where one user stands; ``open`` first, then ``react`` to each agent utterance."""

    def __init__(self, task: Task, rng: Random) -> None:
        self.task, self.rng, self.replies = task, rng, Replies(task, rng)
        self.goals = AirlineGoal.all_of(task.goals)
        self.place = 0
        self.goal: AirlineGoal | None = self.goals[0] if self.goals else None
        self.heard: list[str] = []
        self.said: list[tuple[str, ...]] = []
        self.stalls = 0
        self.leaving = False
        self._switch(self.goal)

    def _switch(self, goal: AirlineGoal | None) -> None:
        self.goal = goal
        self.insisted = self.objected = self.reminded = 0
        self.consented = self.replies.fall_back = False

    # --- entry points -------------------------------------------------------------------------------------------------

    def open(self) -> Sayings:
        """The opening: a greeting, the first goal, now and then the customer number."""
        if self.goal is None:
            return [Say("hello"), Say("say", {"text": "What can you do for me?"})]
        acts = [Say("hello"), *self.replies.state(self.goal)]
        if self.rng.random() < _CALLS_WITH_NUMBER.get(self.task.persona.style, 0.0):
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

    def _react(self, r: AirlineReading) -> tuple[Sayings, bool]:
        goal = self.goal
        if not r.text:
            return [Say("repeat")], False
        if goal is None:
            return self._without_goal(r)
        wrong = wrong_values(r, self.replies.beliefs, self.goals)
        if self._is_full(r, goal):
            return self._full(goal), True
        if r.not_found:
            return self._not_found(r, goal, wrong), bool(wrong or self.replies.outdated)
        if wrong and not r.proposes:
            return self._object(wrong[0], goal), True
        if r.done and not r.proposes and (self.consented or not r.refuses) and goal.kind not in SPOKEN:
            return self._next(thanks=True), True
        return self._requests(r, goal, wrong)

    def _requests(self, r: AirlineReading, goal: AirlineGoal, wrong: list[Mismatch]) -> tuple[Sayings, bool]:
        if r.refuses and not r.asks & {*IDENTITY, "reservation", "reason"}:
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

    def _without_goal(self, r: AirlineReading) -> tuple[Sayings, bool]:
        if r.asks & IDENTITY:
            return self.replies.identity(set(r.asks)), True
        return ([Say("decline")], False) if r.proposes else (self._leave("bye"), True)

    def _object(self, wrong: Mismatch, goal: AirlineGoal) -> Sayings:
        return [Say("no", rest=tuple(self.replies.correction(wrong, goal)))]

    def _not_found(self, r: AirlineReading, goal: AirlineGoal, wrong: list[Mismatch]) -> Sayings:
        about_trip = re.search(r"\b(reservation|booking|trip)\b", r.text) is not None and not r.user_ids
        if self.replies.outdated and not about_trip:
            self.replies.corrected |= self.replies.outdated
            return [Say("oops", rest=tuple(self.replies.identity({"user_id"})))]
        if wrong:
            return self._object(wrong[0], goal)
        if r.asks and not r.asks & {*IDENTITY, "reservation"}:
            return self.replies.give(r, goal)
        if about_trip and goal.reservation_id and not r.asks & IDENTITY:
            return [Say("again", rest=tuple(self.replies.trip(goal)))]
        asked = set(r.asks & {*IDENTITY, "reservation"}) or {"identity"}
        return [Say("again", rest=tuple(self.replies.identity(asked) or [Say("unknown")]))]

    def _is_full(self, r: AirlineReading, goal: AirlineGoal) -> bool:
        """Whether the flights asked for are not to be had."""
        none = r.unavailable or ((r.not_found or r.refuses) and _ABOUT_FLIGHTS.search(r.text) is not None)
        return bool(goal.first_journeys) and not self.replies.fall_back and none and not r.asks & IDENTITY

    def _full(self, goal: AirlineGoal) -> Sayings:
        self.replies.fall_back = True
        return [Say("fallback", {"new": values.fall_back_said(goal)})]

    def _refused(self, r: AirlineReading, goal: AirlineGoal) -> Sayings:
        if goal.expect == "transferred" and r.transfers:
            return [Say("yes" if r.proposes else "ok")]
        if self.insisted < max(goal.insists, int(goal.expect != "refused")):
            self.insisted += 1
            return [Say("insist")]
        return self._drop(goal)

    def _drop(self, goal: AirlineGoal) -> Sayings:
        """Gives the goal up for what the user wants instead, or for the next one."""
        if goal.instead is not None:
            self._switch(goal.instead)
            return [Say("then"), *self.replies.state(goal.instead)]
        return [Say("accept"), *self._next(thanks=False)]

    def _proposal(self, r: AirlineReading, goal: AirlineGoal, wrong: list[Mismatch]) -> Sayings:
        if r.transfers and goal.expect != "transferred":
            return [Say("decline")]
        if re.search(r"\b(speaking|talking) (with|to)\b|\b(is your|are you) (name|customer number|date of birth)", r.text):
            last = self.task.facts.get("last_name", "").lower()
            return [Say("yes")] if last in r.text or r.user_ids else self.replies.identity({"name"})
        if goal.changes_mind and goal.instead is not None:
            self._switch(goal.instead)
            return [Say("change_mind"), *self.replies.state(goal.instead)]
        if goal.changes_mind:
            return [Say("change_mind"), *self._next(thanks=False)]
        serious = [m for m in (*wrong, *mismatches(r, goal, self.replies.fall_back)) if self.objected < 3]
        if serious:
            self.objected += 1
            return self._object(serious[0], goal)
        self.consented = True
        return [Say("yes"), *(self.replies.give(r, goal) if r.asks else [])]

    def _answered(self, r: AirlineReading, goal: AirlineGoal) -> bool:
        """Whether the agent's words can be the answer to a question; whether it is right the user cannot know."""
        if goal.kind != "lookup" or r.asks - {"payment", "choice", "bags"}:
            return False
        return bool(goal.tell) and all(could_tell(r.text, fact, FACT_WORDS) for fact in goal.tell)

    # --- from goal to goal --------------------------------------------------------------------------------------------

    def _reminder(self, goal: AirlineGoal) -> Sayings:
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
