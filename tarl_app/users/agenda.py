"""What a scripted customer does next: goals in order, facts given when asked, consent only to what was wanted.

``ScriptedAgenda`` is the state of one replay (see ``users.scripted``). Each reaction is a list of acts, which ``scripted``
puts into words, or None when the customer hangs up. A domain derives its own, which says how an agent's words are read and
what is wrong about them.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import replace
from random import Random
from typing import Any, ClassVar, Generic, TypeVar

from tarl_app.core.domain import Say, Sayings
from tarl_app.core.fact_words import NO_WORDS, FactWords
from tarl_app.core.types import Task
from tarl_app.language.told import could_tell
from tarl_app.users.reading import Reading
from tarl_app.users.replies import SPOKEN, GoalT, Mismatch, ReadingT, Replies

REPEATS = 3
"""The same agent words, or the same answers, in a row after which the customer loses patience."""
STALLS = 5
"""Reactions without progress in a row after which the customer gives up."""
RepliesT = TypeVar("RepliesT", bound=Replies[Any, Any])


class ScriptedAgenda(ABC, Generic[GoalT, ReadingT, RepliesT]):
    """Where one customer stands; ``open`` first, then ``react`` to each agent utterance."""

    subject: ClassVar[str]
    """The name under which ``read`` reports that the agent asks what the goal is about: which booking, which account."""
    introduces: ClassVar[Mapping[str, float]] = {}
    """Style -> how often the customer says at once who is calling."""
    beside_an_answer: ClassVar[frozenset[str]] = frozenset()
    """What an agent may ask for in the same breath as it answers a question."""
    fact_words: ClassVar[FactWords] = NO_WORDS

    def __init__(self, task: Task, rng: Random, goals: tuple[GoalT, ...], replies: RepliesT) -> None:
        self.task, self.rng, self.goals, self.replies = task, rng, goals, replies
        self.place = 0
        self.goal: GoalT | None = None
        self.heard: list[str] = []
        self.said: list[tuple[str, ...]] = []
        self.stalls = 0
        self.leaving = False
        self.reminders = 1  # how often an agent that takes a goal for settled is reminded of it
        self._switch(goals[0] if goals else None)

    def _switch(self, goal: GoalT | None) -> None:
        self.goal = goal
        self.insisted = self.objected = self.reminded = 0
        self.consented = False
        self.replies.begin()

    # --- what a domain knows ------------------------------------------------------------------------------------------

    @abstractmethod
    def read(self, said: str) -> ReadingT:
        """What the agent's words mean."""

    def wrong_values(self, r: ReadingT) -> Sequence[Mismatch]:
        """Values that the agent reads back and that are not the customer's."""
        return ()

    @abstractmethod
    def mismatches(self, r: ReadingT, goal: GoalT) -> Sequence[Mismatch]:
        """Everything in a proposal that does not fit the goal, the gravest first."""

    def objects(self, mismatch: Mismatch) -> bool:
        """Whether the customer says no to a proposal because of this."""
        return True

    def about_subject(self, r: ReadingT) -> bool:
        """Whether "nothing was found" is said of what the goal is about, and not of the customer's account."""
        return False

    def unavailable(self, r: ReadingT, goal: GoalT, wrong: Sequence[Mismatch]) -> Sayings | None:
        """The answer to that what was asked for is not to be had; None where this is not said. Precedes all else."""
        return None

    def confirms_identity(self, r: ReadingT, goal: GoalT, wrong: Sequence[Mismatch]) -> Sayings | None:
        """The answer to a proposal that asks only whether this is the right person; None for any other."""
        return None

    # --- entry points -------------------------------------------------------------------------------------------------

    def open(self) -> Sayings:
        """The opening: a greeting, the first goal, now and then who is calling."""
        if self.goal is None:
            return [Say("hello"), Say("say", {"text": "What can you do for me?"})]
        acts = [Say("hello"), *self.replies.state(self.goal)]
        if self.rng.random() < self.introduces.get(self.task.persona.style, 0.0):
            acts += self.replies.identity({"identity"})
        return acts

    def react(self, said: str) -> Sayings | None:
        """What the customer does when the agent has said this; None hangs up."""
        return None if self.leaving else self.hear(self.read(said))

    def hear(self, reading: ReadingT) -> Sayings | None:
        """``react`` to words that were read already."""
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

    def _react(self, r: ReadingT) -> tuple[Sayings, bool]:
        goal = self.goal
        if not r.text:
            return [Say("repeat")], False
        if goal is None:
            return self._without_goal(r)
        wrong = self.wrong_values(r)
        if (answer := self.unavailable(r, goal, wrong)) is not None:
            return answer, True
        if r.not_found:
            return self._not_found(r, goal, wrong), bool(wrong or self.replies.outdated)
        if wrong and not r.proposes:
            return self._object(wrong[0], goal), True
        if r.done and not r.proposes and (self.consented or not r.refuses) and goal.kind not in SPOKEN:
            return self._next(thanks=True), True
        return self._requests(r, goal, wrong)

    def _requests(self, r: ReadingT, goal: GoalT, wrong: Sequence[Mismatch]) -> tuple[Sayings, bool]:
        if r.refuses and not r.asks & {*self.replies.identity_facts, self.subject, "reason"}:
            return self.refused(r, goal), True
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

    def _without_goal(self, r: ReadingT) -> tuple[Sayings, bool]:
        if r.asks & self.replies.identity_facts:
            return self.replies.identity(r.asks), True
        return ([Say("decline")], False) if r.proposes else (self._leave("bye"), True)

    def _object(self, wrong: Mismatch, goal: GoalT) -> Sayings:
        return [Say("no", rest=tuple(self.replies.correction(wrong, goal)))]

    def _not_found(self, r: ReadingT, goal: GoalT, wrong: Sequence[Mismatch]) -> Sayings:
        about_subject, outdated, identity = self.about_subject(r), self.replies.outdated, self.replies.identity_facts
        if outdated and not about_subject:
            self.replies.corrected |= outdated
            return [Say("oops", rest=tuple(self.replies.put_right(outdated)))]
        if wrong:
            return [Say("no", rest=tuple(self.replies.correction(wrong[0], goal, unfound=True)))]
        if r.asks and not r.asks & {*identity, self.subject}:
            return self.replies.give(r, goal)
        if about_subject and self.replies.subject_id(goal) and not r.asks & identity:
            return [Say("again", rest=tuple(self.replies.subject(goal)))]
        return [Say("again", rest=tuple(self.replies.again(r.asks)))]

    def refused(self, r: Reading, goal: GoalT) -> Sayings:
        """The answer to a refusal: the customer insists, as often as the goal says, and then gives the goal up."""
        if goal.expect == "transferred" and r.transfers:
            return [Say("yes" if r.proposes else "ok")]
        if self.insisted < max(goal.insists, int(goal.expect != "refused")):
            self.insisted += 1
            return [Say("insist")]
        return self._drop(goal)

    def _drop(self, goal: GoalT) -> Sayings:
        """Gives the goal up for what the customer wants instead, or for the next one."""
        if instead := self._instead(goal):
            return [Say("then"), *instead]
        return [Say("accept"), *self._next(thanks=False)]

    def _instead(self, goal: GoalT) -> Sayings:
        """What is wanted instead of it, as the goal from now on; nothing where there is no such thing."""
        rest = goal.chain[1:]
        if not rest:
            return []
        self._switch(rest[0])
        return self.replies.state(rest[0])

    def _proposal(self, r: ReadingT, goal: GoalT, wrong: Sequence[Mismatch]) -> Sayings:
        if r.transfers and goal.expect != "transferred":
            return [Say("decline")]
        if (answer := self.confirms_identity(r, goal, wrong)) is not None:
            return answer
        if goal.changes_mind:
            return [Say("change_mind"), *(self._instead(goal) or self._next(thanks=False))]
        serious = [one for one in (*wrong, *self.mismatches(r, goal)) if self.objects(one)]
        if serious:
            self.objected += 1
            return self._object(serious[0], goal)
        self.consented = True
        return [Say("yes"), *(self.replies.give(r, goal) if r.asks else [])]

    def _answered(self, r: ReadingT, goal: GoalT) -> bool:
        """Whether the agent's words can be the answer to a question; whether it is right the customer cannot know."""
        if goal.kind != "lookup" or r.asks - self.beside_an_answer:
            return False
        return bool(goal.tell) and all(could_tell(r.text, fact, self.fact_words) for fact in goal.tell)

    # --- from goal to goal --------------------------------------------------------------------------------------------

    def _reminder(self, goal: GoalT) -> Sayings:
        if self.reminded >= self.reminders:
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

    def gets_ahead(self, r: ReadingT) -> bool:
        """Whether the agent has done what was wanted and speaks of the next goal already, which is then the one."""
        if self.goal is None or self.place + 1 >= len(self.goals) or not (r.asks or r.proposes):
            return False
        if not (r.done and self.consented) and not self._answered(replace(r, asks=frozenset()), self.goal):
            return False
        self.place += 1
        self._switch(self.goals[self.place])
        return True

    def _leave(self, rule: str) -> Sayings:
        self.leaving, self.goal = True, None
        return [Say(rule)]
