"""Stage ``dialogues``: the scripted agent serves the scripted user on every train task, several times.

In some of the conversations it makes mistakes and recovers: a model that imitates only perfect ones never sees a
mistake (Ross, Gordon and Bagnell 2011, "A reduction of imitation learning to no-regret online learning"). Or a
checkpoint speaks, and the scripted agent corrects it (``data.corrected``).
"""

import gzip
import json
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from random import Random

import torch

from tarl_app.agents.scripted import ScriptedAgent
from tarl_app.conversation import Conversation
from tarl_app.core.domain import PLAIN_MANNER, Manner, PhrasingSet, Split
from tarl_app.core.protocols import Agent
from tarl_app.core.types import AgentTurn, Episode, Task, UserTurn
from tarl_app.domains import load_domain
from tarl_app.language.consent import says_yes
from tarl_app.recipes.omni_mini.config import DialogueConfig
from tarl_app.recipes.omni_mini.data.corrected import CorrectedAgent
from tarl_app.recipes.omni_mini.data.error_injection import StumblingAgent
from tarl_app.recipes.omni_mini.data.off_script import OffScript
from tarl_app.users.customers import make_customer

__all__ = ["Dialogue", "converse", "origin", "read", "roll_out"]


_APART = 10_000_000
"""Distance between the conversation seeds of consecutive recipe seeds."""


@dataclass(frozen=True)
class Dialogue:
    """A training conversation; ``stumbles`` are the indices of the turns without loss.

    ``asides`` are the indices of off-topic user turns, ``keyed`` those that can only be typed. ``corrected`` counts the
    expert's turns in place of a checkpoint's.
    """

    episode: Episode
    stumbles: tuple[int, ...] = ()
    asides: tuple[int, ...] = ()
    keyed: tuple[int, ...] = ()
    corrected: int = 0


def converse(
    domain_name: str,
    task: Task,
    seed: int,
    clumsiness: float = 0.0,
    distraction: float = 0.0,
    phrasings: PhrasingSet = "seen",
    mishearing: float = 0.0,
    manner: Manner = PLAIN_MANNER,
    learner: Agent | None = None,
) -> Dialogue:
    """One conversation of the scripted pair, with its verdict; ``distraction`` is the probability of an aside a user
    turn.

    ``mishearing`` is the probability that the customer is first looked up under a wrong name or e-mail. ``learner``
    speaks instead of the scripted agent, which corrects it; it makes its own mistakes.
    """
    domain = load_domain(domain_name)
    data, expert = domain.recipe, ScriptedAgent(task, domain, seed=seed, varied=False)
    user = make_customer(task, domain, seed, phrasings, manner)
    if data is None or data.mistakes is None or data.off_script is None or domain.expert is None:
        with closing(Conversation(task, domain, expert, user=user, seed=seed)) as conversation:
            return Dialogue(conversation.run())
    if learner is not None:
        agent = CorrectedAgent(expert, learner, lambda name: not domain.writes(name) and name != domain.transfer_tool, seed)
    else:
        agent = StumblingAgent(expert, data.mistakes, domain.expert.wordings, clumsiness, seed, mishearing)
    pair = OffScript(user, agent, data.off_script, distraction, seed, phrasings)
    with closing(Conversation(task, domain, pair.agent, user=pair.user, seed=seed)) as conversation:
        episode = conversation.run()
        asides = tuple(one.index for one in pair.placed)
        keyed = tuple(one.index for one in pair.placed if one.kind in data.off_script.unspeakable)
        corrected = len(agent.corrected) if isinstance(agent, CorrectedAgent) else 0
        return Dialogue(episode, pair.stumbles(len(episode.turns)), asides, keyed, corrected)


def _agreed_wrongly(made: Dialogue) -> bool:
    """Whether the customer agreed to a wrong proposal: the expert then does something else than was agreed."""
    turns = made.episode.turns
    said = [(turns[index], turns[index + 1]) for index in made.stumbles if index + 1 < len(turns)]
    return any(
        isinstance(turn, AgentTurn) and "?" in turn.text and isinstance(answer, UserTurn) and says_yes(answer.text)
        for turn, answer in said
    )


def roll_part(job: tuple[DialogueConfig, Split, int], learner: Callable[[int], Agent] | None = None) -> list[str]:
    """The passed conversations about one task, as lines of ``roll_out``; those with ``learner`` only where it was wrong."""
    config, split, index = job
    task = load_domain(config.domain).tasks(split)[index]
    count = 1 if split != "train" else config.hard_rollouts if task.kind in hard_kinds(config) else config.rollouts
    lines = []
    for k in range(count):
        clumsy = split == "train" and k % 2 == 1
        distraction = config.distraction if split == "train" else 0.0
        clumsiness = config.clumsiness if clumsy else 0.0
        mishearing = config.mishearing if split == "train" else 0.0
        seed = _APART * config.seed + 1000 * index + k
        manner = PLAIN_MANNER
        if split == "train" and Random(f"manner {seed}").random() < config.lifelike:
            manner, distraction = Manner("lifelike"), 0.0  # such customers have their own remarks
        spoken = learner(seed) if learner else None
        made = converse(config.domain, task, seed, clumsiness, distraction, "seen", mishearing, manner, spoken)
        passed = made.episode.verdict is not None and made.episode.verdict.passed
        if passed and not _agreed_wrongly(made) and (learner is None or made.corrected or made.stumbles):
            row = {"episode": made.episode.model_dump(mode="json"), "stumbles": made.stumbles, "asides": made.asides}
            lines.append(json.dumps(row | {"keyed": made.keyed}))
    return lines


def hard_kinds(config: DialogueConfig) -> tuple[str, ...]:
    """The kinds of task that are learned last, from the configuration or its domain."""
    recipe = load_domain(config.domain).recipe
    return config.hard_kinds if config.hard_kinds is not None else recipe.hard_kinds if recipe else ()


def origin(config: DialogueConfig, split: Split) -> dict[str, object]:
    """The part of the configuration that determines the output of ``roll_out``."""
    names = ["domain", "tasks", "seed"]
    if split == "train":
        names += [
            "rollouts",
            "hard_kinds",
            "hard_rollouts",
            "clumsiness",
            "distraction",
            "mishearing",
            "lifelike",
            "speaker",
        ]
    known = {**vars(config), "hard_kinds": hard_kinds(config)}
    return {name: known[name] for name in names}


def roll_out(config: DialogueConfig, split: Split, out: Path, processes: int = 2, seconds: float | None = None) -> int:
    """Writes the passed conversations, one JSON object a line (gzip), in task order; returns their number.

    With ``seconds`` a speaker begins no further conversation after that time. Raises ``AgentError`` where there is no
    checkpoint of the name ``config.speaker``.
    """
    jobs: list[tuple[DialogueConfig, Split, int]] = [
        (config, split, i) for i in range(len(load_domain(config.domain).tasks(split)[: config.tasks]))
    ]
    temporary = out.with_suffix(".part")
    count = 0
    with gzip.open(temporary, "wt", encoding="utf-8", compresslevel=3) as file:
        for lines in _rolled(jobs, config, split, processes, seconds):
            file.writelines(line + "\n" for line in lines)
            count += len(lines)
    temporary.replace(out)
    return count


def _rolled(
    jobs: Sequence[tuple[DialogueConfig, Split, int]],
    config: DialogueConfig,
    split: Split,
    processes: int,
    seconds: float | None,
) -> Iterator[list[str]]:
    """``roll_part`` of each job, in their order: in processes, or with a speaker in threads that share its model."""
    domain = load_domain(config.domain)
    if not config.speaker or split != "train" or domain.recipe is None:
        with ProcessPoolExecutor(processes) as pool:
            yield from pool.map(roll_part, jobs, chunksize=8)
        return
    from tarl_app.agents.omni.model.checkpoint import shared_checkpoint
    from tarl_app.agents.omni.serving.scheduler import ScheduledAgent, Scheduler

    loaded = shared_checkpoint(config.speaker, "cuda" if torch.cuda.is_available() else "cpu")
    scheduler = Scheduler(loaded, config.together, loaded.config.sampling)
    started = time.monotonic()

    def part(job: tuple[DialogueConfig, Split, int]) -> list[str]:
        late = seconds is not None and time.monotonic() - started > seconds
        return [] if late else roll_part(job, lambda seed: ScheduledAgent(scheduler, domain, seed))

    with ThreadPoolExecutor(config.together) as pool:
        yield from pool.map(part, jobs)


def read(path: Path) -> Iterator[Dialogue]:
    """The conversations of a file that ``roll_out`` wrote."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            row = json.loads(line)
            stumbles, asides, keyed = (tuple(row.get(name, ())) for name in ("stumbles", "asides", "keyed"))
            yield Dialogue(Episode.model_validate(row["episode"]), stumbles, asides, keyed)
