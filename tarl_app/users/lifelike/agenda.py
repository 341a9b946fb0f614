"""The agenda of a lifelike customer: a plain one whose answers pass through the behaviours.

What is told stays what the plain agenda knows. An answer put off by a question of the customer's own is given as soon as
the agent has answered that, whether it repeats its question or not.
"""

from collections import Counter
from dataclasses import replace
from random import Random
from typing import Any

from tarl_app.core.domain import Lifelike, Say, Sayings
from tarl_app.core.types import Goal
from tarl_app.users.agenda import ScriptedAgenda
from tarl_app.users.lifelike.behaviours import BEHAVIOURS, Scene, names
from tarl_app.users.lifelike.rates import happens
from tarl_app.users.reading import Reading

_LAST = ("bye", "give_up")
_REMINDERS = 2
"""How often people remind an agent that takes their goal for settled."""
_MOST_MISLED = 2
"""How often people say what they want to an agent that refuses something else."""


class LifelikeAgenda:
    """``open`` first, then ``react`` to each agent utterance, as ``users.agenda`` does."""

    def __init__(self, inner: ScriptedAgenda[Any, Any, Any], traits: Lifelike, register: str, rng: Random) -> None:
        self.inner, self.traits, self.register, self.rng = inner, traits, register, rng
        self.detours: Counter[str] = Counter()
        self.told: set[str] = set()
        self.named: list[str] = []
        self.cut: set[str] = set()
        self.pending = Sayings()
        self.aside = False  # the last message had a question of the customer's own
        self.lost = 0  # how often the agent asked for what has nothing to do with the goal
        self.misled = 0  # how often it refused what was not asked for
        inner.reminders, inner.replies.attentive = _REMINDERS, True
        self.mentioned = 1  # goals that the agent has been told
        self.done: Counter[str] = Counter()
        """How often each behaviour happened."""
        self.chances: Counter[str] = Counter()
        """How often it could have."""

    def open(self) -> Sayings:
        """The opening."""
        hello, *rest = self.inner.open()
        if self.inner.goal is None:
            return [hello, *rest]
        acts = self._alive(rest, None, "")
        return [hello, *acts] if happens("greeting", self.register, self.rng) else acts

    def react(self, said: str) -> Sayings | None:
        """The answer to what the agent said; None: the customer hangs up."""
        if self.inner.leaving:
            return None
        reading = self.inner.read(said)
        if self.aside:
            reading = _without_refusal(reading)
        self.aside = False
        if self.pending and not _wants_something(reading):
            acts, self.pending = [Say("go_on", rest=tuple(self.pending))], Sayings()
            return acts
        self.pending = Sayings()
        if self.mentioned > self.inner.place + 1 and self.inner.gets_ahead(reading):
            reading = replace(reading, done=False)
        place, goal = self.inner.place, self.inner.goal
        acts = self.inner.hear(reading)
        if acts is None or acts[-1].rule in _LAST:
            return acts
        if goal is self.inner.goal and goal is not None:
            acts = self._puts_right(acts, reading, goal)
        if place < self.inner.place < self.mentioned:
            thanks, *goal = acts if acts[0].rule == "next" else [Say("next"), *acts]
            acts = [thanks, Say("next.mentioned", rest=tuple(goal))]
        return self._alive(acts, reading, said)

    def _puts_right(self, acts: Sayings, reading: Reading, goal: Goal) -> Sayings:
        """Says what is wanted to an agent that asks for something, or refuses something, that has nothing to do with it."""
        if acts[-1].rule == "unknown":
            self.lost += 1
            if self.lost > 1 or happens("restates", self.register, self.rng):
                return [*acts, *self.inner.replies.state(goal)]
        if acts[-1].rule == "insist" and goal.expect == "done" and self.misled < _MOST_MISLED:
            wrong = next((one for one in self.inner.mismatches(reading, goal) if one.what == "action"), None)
            if wrong is not None:
                self.misled += 1
                return [Say("no", rest=tuple(self.inner.replies.correction(wrong, goal)))]
        return acts

    def _alive(self, acts: Sayings, reading: Reading | None, said: str) -> Sayings:
        before = (self.told, self.named, self.detours, self.cut)
        scene = Scene(acts, reading, self.inner, self.traits, self.rng, said, *before, mentioned=self.mentioned)
        for name, one in BEHAVIOURS.items():
            if not one.fits(scene):
                continue
            self.chances[name] += 1
            if happens(name, self.register, self.rng):
                scene.acts = one.play(scene)
                self.done[name] += 1
        self.mentioned = scene.mentioned
        self.pending = scene.pending
        self.aside = bool(scene.pending) or scene.acts[-1].rule.startswith(("side.", "back.", "person"))
        if scene.pending:
            self.inner.heard.pop()  # the agent may well say the same again
        else:
            self.told |= {act.rule for act in scene.acts if act.rule.startswith("give.")}
        subject = self.inner.replies.subject_id(self.inner.goal) if self.inner.goal is not None else None
        if subject and not scene.pending and names(scene.acts, subject):
            self.named.append(subject)
        return scene.acts


def _without_refusal(reading: Reading) -> Reading:
    """A refusal after an aside is the answer to that, not to the goal."""
    return replace(reading, refuses=False, unavailable=False)


def _wants_something(reading: Reading) -> bool:
    return bool(reading.asks) or reading.proposes or reading.done or reading.not_found
