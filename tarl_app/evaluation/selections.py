"""Every number of a report has a key that selects its episodes.

all  counted  passed  failed  deviation  unsupported  tool_errors  malformed  refusals  refusals_broken
    failure  user_fault  user_drafts  fault  no_fault
kind:cancel  writes:2  task:math-dev-004  stop:limit  first:3 (the -1 falls on the third agent turn)
heard:right  heard:nearly  heard:badly  (how well the episode's turns were recognised)
"""

from collections.abc import Callable, Iterable, Iterator

from tarl_app.core.errors import ConfigError
from tarl_app.core.types import Episode, Goal, StopReason
from tarl_app.domains import load_domain
from tarl_app.evaluation.measures.support import unsupported
from tarl_app.evaluation.measures.word_errors import heard_class
from tarl_app.evaluation.reward import scores_of, succeeded
from tarl_app.sandbox.verifier import NOTHING_ELSE

Test = Callable[[Episode], bool]


def select(episodes: Iterable[Episode], key: str) -> tuple[Episode, ...]:
    """The episodes of that key, in their order. Raises ``ConfigError`` for an unknown key."""
    test = _test(key)
    return tuple(episode for episode in episodes if test(episode))


def _test(key: str) -> Test:
    if key in _PLAIN:
        return _PLAIN[key]
    name, _, value = key.partition(":")
    if name not in _WITH_VALUE or not value:
        raise ConfigError(f"There is no selection of episodes named {key!r}.")
    found = _WITH_VALUE[name]
    return lambda episode: episode.counts and found(episode) == value


def written(episode: Episode) -> int:
    """How many writes the task demands: its gold calls that change the database."""
    domain = load_domain(episode.task.domain)
    return sum(domain.writes(call.name) for call in episode.task.gold)


def first_deviation(episode: Episode) -> int | None:
    """The number of the agent turn (from 1) that was scored -1; None without any."""
    scores = scores_of(episode)
    return scores.index(-1) + 1 if -1 in scores else None


def refuses(episode: Episode) -> bool:
    """Whether the policy demands a refusal somewhere in the task."""
    return any(goal.expect == "refused" for goal in _goals(episode.task.goals))


def refusal_broken(episode: Episode) -> bool:
    """Whether the agent did what it should have refused, or anything else that was not asked for."""
    checks = episode.verdict.checks if episode.verdict else ()
    return refuses(episode) and any(check.name == NOTHING_ELSE and not check.passed for check in checks)


def _goals(goals: Iterable[Goal]) -> Iterator[Goal]:
    for goal in goals:
        yield goal
        yield from _goals((goal.instead,) if goal.instead else ())


def tool_errors(episode: Episode) -> int:
    """Calls that a tool refused."""
    return sum(result.is_error and not result.broke_down for _, result in episode.calls)


def faults(episode: Episode) -> int:
    """Calls that met a fault on purpose."""
    return sum(result.fault is not None for _, result in episode.calls)


def malformed(episode: Episode) -> int:
    """Calls that could not be read."""
    return sum(turn.malformed is not None for _, turn in episode.agent_turns)


_PLAIN: dict[str, Test] = {
    "all": lambda episode: True,
    "counted": lambda episode: episode.counts,
    "passed": lambda episode: episode.counts and succeeded(episode),
    "failed": lambda episode: episode.counts and not succeeded(episode),
    "deviation": lambda episode: episode.counts and -1 in scores_of(episode),
    "unsupported": lambda episode: episode.counts and bool(unsupported(episode)),
    "tool_errors": lambda episode: episode.counts and tool_errors(episode) > 0,
    "fault": lambda episode: episode.counts and faults(episode) > 0,
    "no_fault": lambda episode: episode.counts and not faults(episode),
    "malformed": lambda episode: episode.counts and malformed(episode) > 0,
    "refusals": lambda episode: episode.counts and refuses(episode),
    "refusals_broken": lambda episode: episode.counts and refusal_broken(episode),
    "failure": lambda episode: episode.stop is StopReason.FAILURE,
    "user_drafts": lambda episode: episode.counts and bool(episode.user_faults),
    "user_fault": lambda episode: episode.stop is StopReason.USER_FAULT,
}
_WITH_VALUE: dict[str, Callable[[Episode], str]] = {
    "kind": lambda episode: episode.task.kind,
    "writes": lambda episode: str(written(episode)),
    "task": lambda episode: episode.task.id,
    "stop": lambda episode: str(episode.stop),
    "first": lambda episode: str(first_deviation(episode)),
    "heard": lambda episode: str(heard_class(episode)),
}
