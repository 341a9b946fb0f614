"""TARL training, from top to bottom in ``main``: choose tasks, play them, compute rewards, update, record.

    python -m tarl_app train run.yaml | --preset tiny|cpu-quick|cpu|gpu-lora|cluster

All random numbers depend on the seed and the step, so a run that was stopped or killed continues with the same result.
"""

import json
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from random import Random
from types import FrameType
from typing import Any

import torch

from tarl_app.core.errors import ConfigError, Diverged
from tarl_app.core.settings import settings
from tarl_app.training.algorithms import make_algorithm
from tarl_app.training.configuration.config import TrainConfig
from tarl_app.training.curriculum import Curriculum
from tarl_app.training.distributed.processes import Processes
from tarl_app.training.distributed.shard import shard
from tarl_app.training.policy import Policy
from tarl_app.training.remote.remote_decoder import RemoteDecoder
from tarl_app.training.remote.server_pool import open_fleet
from tarl_app.training.rewards import arithmetic
from tarl_app.training.rollouts import held_out
from tarl_app.training.rollouts.branches import branches, described
from tarl_app.training.rollouts.groups import play_groups, teaches
from tarl_app.training.rollouts.lines import Outcome
from tarl_app.training.rollouts.parts import Parts, standard_parts
from tarl_app.training.rollouts.play import Rollouts
from tarl_app.training.rollouts.replay import Kept, ReplayBuffer, kept_by_chance, to_keep
from tarl_app.training.rollouts.rollout_metrics import Facts, describe, facts
from tarl_app.training.rollouts.samples import Batch, Rollout, make_batch
from tarl_app.training.rollouts.shuffle import shuffled
from tarl_app.training.runs.provenance import provenance
from tarl_app.training.runs.run_folder import RunFolder
from tarl_app.training.runs.trackers import open_trackers
from tarl_app.training.update import Learner

PartsOf = Callable[[TrainConfig, bool], Parts]
OnStep = Callable[[int, Mapping[str, Any]], None]


class StopAsked(Exception):
    """The run was asked to stop (SIGTERM, or Ctrl-C)."""


def main(
    config: TrainConfig,
    resume: bool = False,
    parts_of: PartsOf = standard_parts,
    runs: Path | None = None,
    on_step: OnStep = lambda step, row: None,
) -> None:
    """Trains in the folder of that name below ``runs``; returns when the run has finished or was asked to stop.

    Args:
        config: the run; the caller of a resumed run reads it from that folder's ``config.yaml``.
        resume: continue after the last completed step.
        parts_of: users and judges; the second argument says whether the policy takes sound.
        runs: the folder of all runs, by default ``settings().runs``.
        on_step: called after each step, when its state is written, with its number and metrics.

    Raises:
        ConfigError: the folder holds a run already and ``resume`` is false, or the configuration cannot work here.
        TarlError: weights, voices or domains are not available. The run's status is then ``failed``.
    """
    with _stopping() as check:
        processes = Processes(config.device)
        folder = RunFolder((runs or settings().runs) / config.name, config, writes=processes.first)
        if folder.has_state() and not resume:
            raise ConfigError(f"There is a run {config.name!r} already: resume it, or choose another name.")
        with folder.told():
            finished = _train(config, folder, processes, parts_of, check, on_step)
        if finished:  # after a stop, do not wait: leaving in order would wait for the other processes, which may be anywhere
            processes.close()


def _train(
    config: TrainConfig,
    folder: RunFolder,
    processes: Processes,
    parts_of: PartsOf,
    check: Callable[[], None],
    on_step: OnStep,
) -> bool:
    """Every step that is left; False when the run was asked to stop before."""
    torch.set_num_threads(settings().threads)
    policy = Policy.load(config, processes.device, begun=folder.has_state())
    parts = parts_of(config, policy.loaded.config.hears)
    held = held_out.held_out(config, parts.domain)
    curriculum = Curriculum(config, lambda source: held_out.practised(source, parts.domain(source.domain), held))
    buffer = ReplayBuffer(config.replay, config.seed)
    fleet = open_fleet(config, folder.path, policy, processes)
    rollouts = Rollouts(policy, parts, check, None if fleet is None else RemoteDecoder(fleet))
    shard(policy, processes)
    learner = Learner(policy, make_algorithm(config.algorithm), processes, check)
    _restore(folder, learner, curriculum, buffer)
    folder.provenance(provenance(config))
    trackers = open_trackers(config, folder.path) if processes.first else []
    processes.check = check
    try:
        for step in range(folder.step, config.steps):
            folder.status("running")
            begun = time.monotonic()
            if fleet is not None:
                fleet.publish(step)
            apart = held_out.jobs(config, step, held, processes.mine) if held_out.is_due(config, step) else []
            outcomes, equal, measured = play_groups(config, step, curriculum, rollouts, processes, apart)
            again = rollouts.play(branches(config, step, outcomes, processes.mine))
            if fleet is not None:
                fleet.require_replies(step)
            told = processes.gather([facts(one).model_dump_json() for one in outcomes])
            row = describe([Facts.model_validate_json(one) for one in told]) | {
                "groups_equal": equal,
                "rollout_seconds": round(time.monotonic() - begun, 3),
            }
            if config.branch.groups:
                row |= described(again, processes)
            batch = _batch(config, step, [*outcomes, *again])
            replayed = _replayed(config, step, buffer, batch, processes)
            learned = learner.update(batch, step, replayed) if _all_have(batch, processes) else {"loss": 0.0}
            played = row["rollouts"] + row.get("branches", 0)
            row |= learned | {"gradient_share": learned.pop("with_gradient", 0) / max(1, played)}
            if config.replay.share:
                told = processes.gather([one.model_dump_json() for one in _kept(config, step, outcomes)])
                buffer.add([Kept.model_validate_json(one) for one in told])
            seconds, tokens = time.monotonic() - begun, float(processes.total(torch.tensor(float(batch.tokens))))
            row |= {"seconds": round(seconds, 3), "tokens_per_second": round(tokens / seconds, 1)}
            found = _measured(step, measured, processes) if held else []
            folder.append(held_out.FILE, found)
            row |= held_out.share(found)
            folder.append("metrics.jsonl", [{"step": step + 1, **row}])
            shown = _shown(config, outcomes)
            for rollout, _ in shown:
                folder.keep_sounds(rollout.episode)
            folder.append("samples.jsonl", (_sample(config, step + 1, *one) for one in shown))
            for tracker in trackers:
                tracker.log(row, step + 1)
            rest = {"curriculum": curriculum.state(), "replay": buffer.state(), "seed": config.seed}
            folder.save_state(step + 1, learner.state(), rest)
            if folder.step % config.checkpoint_every == 0 or folder.step == config.steps:
                folder.save_checkpoint(policy)
            on_step(step + 1, row)
        if held:  # what the last step brought, too
            if fleet is not None:
                fleet.publish(config.steps)
            played = rollouts.play(held_out.jobs(config, config.steps, held, processes.mine))
            folder.append(held_out.FILE, _measured(config.steps, played, processes))
    except Diverged as error:
        raise folder.diverged(error) from error
    except StopAsked:  # the current step is abandoned, and repeated with the same result when the run is resumed
        folder.status("stopping")
        if _restore(folder, learner, curriculum, buffer):
            folder.save_checkpoint(policy)
        return False
    finally:
        for tracker in trackers:
            tracker.close()
        if fleet is not None:
            fleet.close()
    return True


def _restore(folder: RunFolder, learner: Learner, curriculum: Curriculum, buffer: ReplayBuffer) -> bool:
    """Restores the last completed step; False when there is none."""
    stored = folder.load_state()
    if stored is None:
        return False
    learner.restore(stored[0])
    curriculum.restore(stored[1].get("curriculum"))
    buffer.restore(stored[1].get("replay"))
    return True


@contextmanager
def _stopping() -> Iterator[Callable[[], None]]:
    """Signals only set a flag; the yielded function raises ``StopAsked`` once it is set."""
    asked = threading.Event()

    def check() -> None:
        if asked.is_set():
            raise StopAsked

    def handle(_number: int, _frame: FrameType | None) -> None:
        asked.set()

    if threading.current_thread() is not threading.main_thread():  # signals are not ours to handle
        yield check
        return
    before = {number: signal.signal(number, handle) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield check
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _kept(config: TrainConfig, step: int, outcomes: Sequence[Outcome]) -> list[Kept]:
    """The rollouts to be replayed in later steps."""
    by_chance = Random(f"{config.seed}/{step}/kept")
    return kept_by_chance(outcomes, by_chance) if config.shuffle_rewards else to_keep(outcomes)


def _measured(step: int, outcomes: Sequence[Outcome], processes: Processes) -> list[dict[str, Any]]:
    """The rows of a measurement of all processes."""
    return [json.loads(one) for one in processes.gather([json.dumps(row) for row in held_out.rows(step, outcomes)])]


# --- what is learned from ------------------------------------------------------------------------------------------------


def _all_have(batch: Batch, processes: Processes) -> bool:
    """Whether every process has something to learn from; otherwise the step is skipped by all."""
    return int(processes.total(torch.tensor(float(len(batch) > 0)))) == processes.count


def _batch(config: TrainConfig, step: int, outcomes: Sequence[Outcome]) -> Batch:
    """The training batch: valid rollouts, without groups that teach nothing if those were to be replaced."""
    groups: dict[str, list[Outcome]] = {}
    for one in outcomes:
        if one.rollout is not None:
            groups.setdefault(one.job.group, []).append(one)
    wanted = [group for group in groups.values() if not config.dynamic_sampling or teaches(config, group)]
    rollouts = [one.rollout for group in wanted for one in group if one.rollout is not None]
    return make_batch(shuffled(config, step, rollouts) if config.shuffle_rewards else rollouts)


def _replayed(config: TrainConfig, step: int, buffer: ReplayBuffer, batch: Batch, processes: Processes) -> Batch | None:
    """This process's share of the rollouts of earlier steps that are imitated in this one; None: no process has any."""
    if not config.replay.share:
        return None
    learned = int(processes.total(torch.tensor(float(len(batch)))))
    drawn = buffer.draw(step, learned)
    return make_batch([one for number, one in enumerate(drawn) if processes.mine(number)])


# --- what is written down -------------------------------------------------------------------------------------------------


def _shown(config: TrainConfig, outcomes: Sequence[Outcome]) -> list[tuple[Rollout, int]]:
    """A few sampled rollouts with the number of turns they were given: the best, the worst, then others."""
    counted = [(one.rollout, one.job.given) for one in outcomes if one.rollout is not None]
    counted.sort(key=lambda one: -one[0].reward)
    return [*counted[:1], *counted[:0:-1]][: config.samples]


def _sample(config: TrainConfig, step: int, one: Rollout, given: int) -> dict[str, Any]:
    explained = arithmetic(one.episode, config.scheme, config.reward)
    told = {"step": step, "reward": one.reward, "explained": explained, "given": given}
    return {**told, "episode": one.episode.model_dump(mode="json")}
