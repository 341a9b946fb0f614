"""What lifelike customers do with an answer before it is put into words: each behaviour is a unit with a rate.

A ``Scene`` is one message in the making. ``BEHAVIOURS`` says of each where it fits, and what it makes of the message.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

from tarl_app.core.domain import Lifelike, Say, Sayings
from tarl_app.users.agenda import ScriptedAgenda
from tarl_app.users.lifelike.choosing import short_answer
from tarl_app.users.lifelike.rates import MOST_DETOURS
from tarl_app.users.reading import Reading


@dataclass
class Scene:
    """One message in the making: ``reading`` is what it answers, None at the opening.

    ``pending`` is set to the answer that a detour puts off; ``told`` are rules of facts given before, ``named`` the ids of
    subjects that were named.
    """

    acts: Sayings
    reading: Reading | None
    inner: ScriptedAgenda[Any, Any, Any]
    traits: Lifelike
    rng: Random
    said: str = ""
    told: set[str] = field(default_factory=set)
    named: list[str] = field(default_factory=list)
    detours: Counter[str] = field(default_factory=Counter)
    cut: set[str] = field(default_factory=set)
    pending: Sayings = field(default_factory=list)
    mentioned: int = 1

    @property
    def opening(self) -> bool:
        """Whether nothing was said before."""
        return self.reading is None

    @property
    def answering(self) -> bool:
        """Whether it gives facts that were asked for."""
        asked = self.reading is not None and bool(self.reading.asks)
        return asked and any(act.rule.startswith("give.") for act in self.acts)

    @property
    def agreeing(self) -> bool:
        """Whether it says yes to a proposal."""
        return self.reading is not None and self.reading.proposes and bool(self.acts) and self.acts[0].rule == "yes"

    @property
    def correcting(self) -> bool:
        """Whether it says no, and what is right."""
        return bool(self.acts) and self.acts[0].rule == "no" and bool(self.acts[0].rest)


@dataclass(frozen=True)
class Behaviour:
    """Where it fits, and what it makes of the message."""

    fits: Callable[[Scene], bool]
    play: Callable[[Scene], Sayings]


def unasked(scene: Scene) -> Sayings:
    """True facts that nobody has asked for: who is calling, what the goal is about, what can be added to it."""
    replies, goal = scene.inner.replies, scene.inner.goal
    if goal is None:
        return []
    found = [*replies.identity({"identity"})]
    if replies.subject_id(goal):
        found += replies.subject(goal)[:1]
    if goal.expect == "done" and not goal.changes_mind:
        found += replies.added(goal)
    here = {act.rule for act in scene.acts} | scene.told
    fresh = {act.rule: act for act in found if act.rule not in here and act.rule not in ("say", "unknown")}
    return list(fresh.values())


# --- goals --------------------------------------------------------------------------------------------------------------


def _hintable(scene: Scene, act: Say) -> bool:
    return act.rule.startswith("want.") and f"{act.rule}.indirect" in scene.traits.rules


def _hints(scene: Scene) -> bool:
    return scene.opening and any(_hintable(scene, act) for act in scene.acts)


def _hint(scene: Scene) -> Sayings:
    return [replace(act, rule=f"{act.rule}.indirect") if _hintable(scene, act) else act for act in scene.acts]


def _own_sentence(scene: Scene, act: Say) -> bool:
    goal = scene.inner.goal
    return act.rule == "say" and goal is not None and act.slots.get("text") == goal.question


def _question_of(scene: Scene) -> Say | None:
    goal = scene.inner.goal
    return scene.traits.question(goal, scene.rng) if goal is not None and goal.kind == "lookup" else None


def _asks_own(scene: Scene) -> bool:
    return any(_own_sentence(scene, act) for act in scene.acts) and _question_of(scene) is not None


def _reword(scene: Scene) -> Sayings:
    own = _question_of(scene)
    return [own if own and _own_sentence(scene, act) else act for act in scene.acts]


def _stated(scene: Scene) -> bool:
    return any(_own_sentence(scene, act) for act in scene.acts)


def _hedge(scene: Scene) -> Sayings:
    return [Say("hedge", dict(act.slots)) if _own_sentence(scene, act) else act for act in scene.acts]


def _has_second(scene: Scene) -> bool:
    return scene.opening and len(scene.inner.goals) > 1 and not scene.inner.goals[0].changes_mind


def _second(scene: Scene) -> Sayings:
    scene.mentioned = 2
    return [*scene.acts, Say("also", rest=tuple(scene.inner.replies.state(scene.inner.goals[1])))]


# --- facts --------------------------------------------------------------------------------------------------------------


def _facts_first(scene: Scene) -> Sayings:
    facts = unasked(scene)
    chosen = scene.rng.sample(facts, min(len(facts), scene.rng.choice((1, 1, 2, 3))))
    at = scene.rng.randint(0, len(chosen))
    return [*chosen[:at], *scene.acts, *chosen[at:]]


def _more(scene: Scene) -> Sayings:
    return [*scene.acts, scene.rng.choice(unasked(scene))]


def _can_be_less(scene: Scene) -> bool:
    return scene.answering and any(act.rule in scene.traits.shorter and act.rule not in scene.cut for act in scene.acts)


def _less(scene: Scene) -> Sayings:
    act = next(act for act in scene.acts if act.rule in scene.traits.shorter and act.rule not in scene.cut)
    scene.cut.add(act.rule)
    return [replace(act, rule=scene.traits.shorter[act.rule])]


def _bare(act: Say) -> Say:
    values = list(act.slots.values())
    return (
        Say("say", {"text": values[0]})
        if (act.rule == "correct" or act.rule.startswith("give.")) and len(values) == 1
        else act
    )


def _only_value(scene: Scene) -> bool:
    return scene.answering and len(scene.acts) == 1 and _bare(scene.acts[0]) is not scene.acts[0]


def _brief(scene: Scene) -> Sayings:
    return [_bare(act) for act in scene.acts]


def _shortest(scene: Scene) -> str | None:
    values = list(scene.acts[0].slots.values()) if len(scene.acts) == 1 else []
    return short_answer(scene.said, values[0], scene.traits.same) if len(values) == 1 else None


def _elides(scene: Scene) -> bool:
    return scene.answering and _shortest(scene) is not None


def _ellipsis(scene: Scene) -> Sayings:
    rule = _shortest(scene)
    return [Say(rule)] if rule else scene.acts


def _refers(scene: Scene) -> bool:
    return any(_pronoun_at(scene, n) for n in range(len(scene.acts)))


def _pronoun_at(scene: Scene, at: int) -> bool:
    """Whether that act's subject was named just before: earlier in this message, or as the goal before."""
    act, goal = scene.acts[at], scene.inner.goal
    mine = scene.inner.replies.subject_id(goal) if goal is not None else None
    if mine is None or not act.rule.startswith(("want.", "ask.")) or not act.slots.keys() & scene.traits.pronouns.keys():
        return False
    return names(scene.acts[:at], mine) or (not scene.opening and scene.named[-1:] == [mine])


def names(acts: Iterable[Say], subject: str) -> bool:
    """Whether one of the acts says the id of a subject."""
    return any(_signs(subject) in _signs(value) for act in acts for value in act.slots.values()) or any(
        names(act.rest, subject) for act in acts if act.rest
    )


def _signs(value: str) -> str:
    """Letters and digits of an id, without the letter that people leave out."""
    return "".join(one for one in value.upper() if one.isalnum()).lstrip("W")


def _pronoun(scene: Scene) -> Sayings:
    acts = list(scene.acts)
    for n, act in enumerate(acts):
        if _pronoun_at(scene, n):
            put = {slot: scene.rng.choice(scene.traits.pronouns[slot]) for slot in act.slots.keys() & scene.traits.pronouns}
            acts[n] = replace(act, slots={**act.slots, **put})
    return acts


# --- corrections --------------------------------------------------------------------------------------------------------


def _right_value_alone(scene: Scene) -> bool:
    return scene.correcting and any(_bare(act) is not act for act in scene.acts[0].rest)


def _correct_briefly(scene: Scene) -> Sayings:
    return [replace(scene.acts[0], rest=tuple(_bare(act) for act in scene.acts[0].rest)), *scene.acts[1:]]


# --- detours ------------------------------------------------------------------------------------------------------------


def _may(name: str, scene: Scene) -> bool:
    return scene.detours[name] < MOST_DETOURS[name] and not scene.pending


def _detour(scene: Scene, name: str, rule: str, instead: float) -> Sayings:
    scene.detours[name] += 1
    if not scene.opening and scene.rng.random() < instead:
        scene.pending = list(scene.acts)
        return [Say(rule)]
    return [*scene.acts, Say(rule)]


def _ask_back(scene: Scene) -> Sayings:
    return _detour(scene, "question_back", "back.decide" if scene.agreeing else "back.fact", 0.6)


def _ask_aside(scene: Scene) -> Sayings:
    return _detour(scene, "side_question", f"side.{scene.rng.choice(scene.traits.topics)}", 0.35)


def _ask_for_person(scene: Scene) -> Sayings:
    return _detour(scene, "person", "person", 1.0)


BEHAVIOURS: Mapping[str, Behaviour] = {
    "reworded": Behaviour(_asks_own, _reword),
    "hedge": Behaviour(_stated, _hedge),
    "two_goals": Behaviour(_has_second, _second),
    "facts_first": Behaviour(lambda scene: scene.opening and bool(unasked(scene)), _facts_first),
    "pronoun": Behaviour(_refers, _pronoun),
    "indirect": Behaviour(_hints, _hint),
    "less": Behaviour(_can_be_less, _less),
    "ellipsis": Behaviour(_elides, _ellipsis),
    "brief": Behaviour(_only_value, _brief),
    "more": Behaviour(lambda scene: scene.answering and bool(unasked(scene)), _more),
    "correction_brief": Behaviour(_right_value_alone, _correct_briefly),
    "correction_more": Behaviour(lambda scene: scene.correcting and bool(unasked(scene)), _more),
    "question_back": Behaviour(
        lambda scene: _may("question_back", scene) and (scene.answering or scene.agreeing), _ask_back
    ),
    "side_question": Behaviour(
        lambda scene: (
            _may("side_question", scene)
            and bool(scene.traits.topics)
            and (scene.opening or scene.answering or scene.agreeing)
        ),
        _ask_aside,
    ),
    "person": Behaviour(lambda scene: _may("person", scene) and (scene.opening or scene.answering), _ask_for_person),
}
"""Name (as in ``rates.RATES``) -> behaviour, in the order in which they are tried."""
