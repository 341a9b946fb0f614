"""What a domain declares, in parts: the world, its guard, its customer, its expert, how it is judged, the judge's exam.

    Domain     policy, tools, tasks and a way to open a fresh environment; the parts below are optional
    Guard      what an agent may do now, by policy and dialogue
    Customer   how simulated customers of this domain think and talk
    Expert     how an ideal agent serves them
    Judging    what the rule-based judge has to know about it
    Exam       dialogues with planted faults, to measure judges
    Labels     titles of its tools, tasks and goals for people
    Spoken     how its ids are spoken and recognised
    RecipeData its part of the training data of a small model

Engines (``users``, ``agents``, ``judges``) read these parts and are independent of any domain. A domain's folder builds
them (``docs/new-domain.md``).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from tarl_app.core.domain.actions import Action
from tarl_app.core.domain.acts import Act, Effect, Say, Sayings, Use, in_words
from tarl_app.core.domain.customer import (
    OWN_PHRASINGS,
    PLAIN_MANNER,
    Agenda,
    Customer,
    CustomerKind,
    Lifelike,
    Manner,
    Phrasings,
    PhrasingSet,
    PhrasingTable,
    Wordings,
)
from tarl_app.core.domain.exam import Exam, ExamPart, ExamSplit, Planter, Wording
from tarl_app.core.domain.expert import Expert, ExpertState
from tarl_app.core.domain.guard import NO_GUARD, Guard
from tarl_app.core.domain.judging import NO_JUDGING, Judging
from tarl_app.core.domain.labels import PLAIN, Labels
from tarl_app.core.domain.recipe import RecipeData
from tarl_app.core.fact_words import NO_WORDS, FactWords
from tarl_app.core.protocols import Environment
from tarl_app.core.spoken import PLAIN_SPEECH, Spoken
from tarl_app.core.types import Episode, Goal, Task, ToolCall, ToolSpec, Verdict

__all__ = [
    "OWN_PHRASINGS",
    "PLAIN_MANNER",
    "Act",
    "Action",
    "Agenda",
    "Customer",
    "CustomerKind",
    "Domain",
    "Effect",
    "Exam",
    "ExamPart",
    "ExamSplit",
    "Expert",
    "ExpertState",
    "Guard",
    "Judging",
    "Labels",
    "Lifelike",
    "Manner",
    "PhrasingSet",
    "PhrasingTable",
    "Phrasings",
    "Planter",
    "RecipeData",
    "Say",
    "Sayings",
    "Split",
    "Spoken",
    "Use",
    "Wording",
    "Wordings",
    "in_words",
]

Split = Literal["train", "dev", "test"]


def _as_given(call: ToolCall) -> dict[str, Any]:
    return call.arguments


def _loosely(text: str) -> str:
    return " ".join(text.casefold().split())


def _called(call: ToolCall) -> Effect:
    return Effect(f"The tool {call.name}", "was", "called", f" with {call.arguments}")


def _is_explicit(goal: Goal) -> bool:
    return True


def _no_calls(task: Task) -> tuple[ToolCall, ...]:
    return ()


@dataclass(frozen=True)
class Domain:
    """A static description; ``open`` gives one task's private, single-use environment.

    ``policy`` is the full text an agent and a judge are given; ``policy_brief`` is the same in a few lines, for models
    whose context or speed is small. ``normalise`` gives a call's arguments in a form in which two calls that do the
    same are equal, ``fold`` does it for one text of the database, and ``describe`` says in words what a call that
    writes did. ``free`` makes the free-talk task of a seed, if the domain has free talk. ``adopt`` imports a file of
    the user's own tasks for a split (``ConfigError`` says why a file cannot be used). ``unwanted`` lists the writes
    that a task's user was refused or decided against; none of them may happen. ``about`` are the look-ups whose results
    hold plausible wrong values for a task. ``explicit`` says whether a goal's details leave nothing to find out;
    training runs start with such goals. ``verdict`` judges an episode by the domain's own rules, where a benchmark has
    some, instead of ``sandbox.verifier``. ``rehearsal`` opens an environment that answers without any effect, for domains
    whose tools act on a server of somebody else: nothing is replayed there, and only the recorded calls are verified, as
    its state is not ours. ``fact_words`` are the words of its facts, to decide what was told.
    ``transfer_tool`` hands the customer to a person and ends the conversation, in domains that have such a tool;
    ``scratch_tools`` look nothing up (a calculator, a notepad).
    """

    name: str
    policy: str
    policy_brief: str
    tools: tuple[ToolSpec, ...]
    tasks: Callable[[Split], tuple[Task, ...]]
    open: Callable[[], Environment]
    normalise: Callable[[ToolCall], dict[str, Any]] = _as_given
    fold: Callable[[str], str] = _loosely
    describe: Callable[[ToolCall], Effect] = _called
    free: Callable[[int], Task] | None = None
    adopt: Callable[[Path, Split], tuple[Task, ...]] | None = None
    unwanted: Callable[[Task], tuple[ToolCall, ...]] = _no_calls
    about: Callable[[Task], tuple[ToolCall, ...]] = _no_calls
    explicit: Callable[[Goal], bool] = _is_explicit
    verdict: Callable[[Episode], Verdict] | None = None
    rehearsal: Callable[[], Environment] | None = None
    lexicons: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    fact_words: FactWords = NO_WORDS
    transfer_tool: str | None = None
    scratch_tools: tuple[str, ...] = ()
    labels: Labels = PLAIN
    spoken: Spoken = PLAIN_SPEECH
    guard: Guard = NO_GUARD
    customer: Customer | None = None
    expert: Expert | None = None
    judging: Judging = NO_JUDGING
    exam: Exam | None = None
    recipe: RecipeData | None = None

    @property
    def remote(self) -> bool:
        """Whether its tools act on a server of somebody else, so that no call can be undone or made again."""
        return self.rehearsal is not None

    def rehearse(self) -> Environment:
        """An environment for trying calls out: one without effect where the domain is ``remote``."""
        return (self.rehearsal or self.open)()

    def tool(self, name: str) -> ToolSpec | None:
        """The tool of that name."""
        return next((tool for tool in self.tools if tool.name == name), None)

    def transfer_call(self, why: str, call_id: str = "transfer") -> ToolCall | None:
        """The call that transfers the customer to a person, with ``why`` in every text argument; None without such a
        tool.
        """
        tool = self.tool(self.transfer_tool) if self.transfer_tool else None
        if tool is None:
            return None
        return ToolCall(id=call_id, name=tool.name, arguments=dict.fromkeys(tool.parameters.get("required", ()), why))

    def writes(self, name: str) -> bool:
        """Whether that tool changes the database."""
        tool = self.tool(name)
        return tool is not None and tool.writes
