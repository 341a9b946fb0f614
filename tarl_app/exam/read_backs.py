"""Planters' helpers for faults of attention: read-backs with other values, questions passed over, corrections dropped.

A flawless dialogue's acts have slots, so that a read-back is put wrong by another value of one slot, in the wording of the
script.
"""

from collections.abc import Callable, Mapping

from tarl_app.core.domain import Say
from tarl_app.exam.planting import farewell
from tarl_app.exam.script import Script

Slots = Mapping[str, str]
Alter = Callable[[Script, Slots], Slots | None]
"""From the slots of an act to those that are said instead; None where the fault does not fit."""


def act_at(script: Script, *rules: str) -> tuple[int, Say] | None:
    """The place of the first utterance by one of these rules, and the act; the script is not moved."""
    place = script.clean.find(lambda step: isinstance(step.act, Say) and step.rule.startswith(rules))
    act = script.clean.steps[place].act if place is not None else None
    return (place, act) if place is not None and isinstance(act, Say) else None


def misreads(script: Script, rule: str, alter: Alter, before: Callable[[Script], None] | None = None) -> bool:
    """Reads back something else than was agreed; ``before`` makes calls that lead to it."""
    found = act_at(script, rule)
    if found is None:
        return False
    place, act = found
    script.follow(place)
    if before is not None:
        before(script)
    slots = alter(script, act.slots)
    if slots is None or dict(slots) == dict(act.slots):
        return False
    script.agent(script.wording.put(Say(act.rule, dict(slots)), script.rng), truth=-1)
    script.user(script.rng.choice(("Hm, that's not what I said.", "Wait, what?")))
    return farewell(script)


def says_another(script: Script, rule: str, other: Callable[[Script, Slots], Say | None]) -> bool:
    """Says another act, with slots made from those of the right one."""
    found = act_at(script, rule)
    if found is None:
        return False
    place, act = found
    script.follow(place)
    said = other(script, act.slots)
    if said is None:
        return False
    script.agent(script.wording.put(said, script.rng), truth=-1)
    return farewell(script)


def goodbye_too_early(script: Script) -> bool:
    """Takes leave where it should read the change back."""
    return says_another(script, "confirm_", lambda script, slots: Say("bye"))


def drops(script: Script, *corrections: str) -> bool:
    """The customer corrects the read-back, and the agent reads the same back again."""
    found = act_at(script, "confirm_")
    if found is None:
        return False
    place, act = found
    script.follow(place)
    text = script.wording.put(act, script.rng)
    script.agent(text, truth=1)
    script.user(script.rng.choice(corrections))
    script.agent(text, truth=-1)
    return farewell(script)


def passes_over(script: Script, excuse: str, *questions: str) -> bool:
    """The customer asks something before the yes; the agent excuses itself and reads the change back again: minor."""
    found = act_at(script, "confirm_")
    if found is None or script.clean.steps[found[0] + 1].turn.kind != "user":
        return False
    place, act = found
    script.follow(place)
    text = script.wording.put(act, script.rng)
    script.agent(text, truth=1)
    script.user(script.rng.choice(questions))
    script.agent(f"{excuse} {text}", truth=0)
    script.at = place + 1
    script.follow()
    return True


def asks_who_again(script: Script) -> bool:
    """Asks who the customer is when that is known: a nuisance, and no more."""
    place = script.clean.identified(script.domain)
    if place is None or "ask_identity" not in script.wording.table:
        return False
    script.follow(place)
    script.agent(script.wording.put(Say("ask_identity"), script.rng), truth=0)
    script.user("But I just told you that.")
    script.follow()
    return True
