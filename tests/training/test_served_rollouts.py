"""Rollouts whose replies come over HTTP are those that the trainer's own model gives, whichever servers are left."""

import threading
from pathlib import Path

import numpy as np
import pytest

from tarl_app.core.errors import ConfigError, LLMError
from tarl_app.core.types import StopReason
from tarl_app.training.configuration.config import Servers
from tarl_app.training.distributed.processes import Processes
from tarl_app.training.remote.server_pool import open_fleet, unreachable
from tarl_app.training.rollouts.lines import Job, Outcome
from tarl_app.training.rollouts.play import Rollouts
from tests.training import tiny_parts
from tests.training.served_parts import config_for, fleet_for, rollouts_with, running, tuned
from tests.training.tiny_parts import SPOKEN, WRITTEN

NOWHERE = "http://127.0.0.1:9"
JOBS: list[Job] = [*tiny_parts.jobs(WRITTEN, 3), *tiny_parts.jobs(SPOKEN, 2)]


def same(served: list[Outcome], local: list[Outcome]) -> bool:
    """Whether the tokens are the same; then everything else has to be, too."""
    pairs = [(one.rollout, other.rollout) for one, other in zip(served, local, strict=True)]
    if not all(one is not None and other is not None and np.array_equal(one.ids, other.ids) for one, other in pairs):
        return False
    for one, other in pairs:
        assert one is not None
        assert other is not None
        assert np.array_equal(one.chosen, other.chosen)
        assert np.array_equal(one.turn, other.turn)
        assert np.abs(one.logprobs - other.logprobs).max() < 1e-4
        assert one.reward == other.reward
    return True


@pytest.mark.parametrize(("count", "temperature"), [(1, 1.0), (2, 1.0), (2, 0.05)])
def test_rollouts_from_servers_are_those_of_the_trainers_own_model(tmp_path: Path, count: int, temperature: float) -> None:
    with running(tmp_path, count) as servers:
        made = config_for(servers, temperature=temperature)
        policy = tuned(tiny_parts.policy(tmp_path, made))
        local = Rollouts(policy, tiny_parts.parts(tmp_path)).play(JOBS)
        with fleet_for(tmp_path, made, policy) as fleet:
            served = rollouts_with(fleet, policy, tmp_path).play(JOBS)
            assert all(fleet.answered[server.url] >= 3 for server in servers)
    assert same(served, local)
    assert any(one.rollout is not None and one.rollout.sounds for one in served)


def test_a_new_adapter_changes_the_answers_as_it_does_at_hand(tmp_path: Path) -> None:
    with running(tmp_path) as (server,):
        made = config_for([server])
        policy = tiny_parts.policy(tmp_path, made)
        local, jobs = Rollouts(policy, tiny_parts.parts(tmp_path)), JOBS[:4]
        with fleet_for(tmp_path, made, policy) as fleet:
            served = rollouts_with(fleet, policy, tmp_path)
            before, first = served.play(jobs), fleet.adapter
            assert same(before, local.play(jobs))
            tuned(policy)
            assert same(served.play(jobs), before)  # not before it is published
            fleet.publish(1)
            after = served.play(jobs)
            assert same(after, local.play(jobs))
            assert not same(after, before)
            assert list(server.engine.adapters) == [fleet.adapter] != [first]
            fleet.publish(2)
            fleet.publish(3)
            assert len([path for path in (tmp_path / "run" / "adapters").iterdir() if path.is_dir()]) == 2


def test_the_requests_of_a_server_that_is_killed_go_to_the_other(tmp_path: Path) -> None:
    with running(tmp_path, 2) as servers:
        made = config_for(servers, max_new_tokens=20)
        policy = tuned(tiny_parts.policy(tmp_path, made))
        local = Rollouts(policy, tiny_parts.parts(tmp_path)).play(JOBS)
        killed = threading.Event()
        with fleet_for(tmp_path, made, policy) as fleet:

            def check() -> None:
                if not killed.is_set() and servers[1].engine.replies >= 2:
                    servers[1].engine.close()  # in the middle of others: their answers are 503
                    killed.set()

            served = rollouts_with(fleet, policy, tmp_path, check=check).play(JOBS)
            assert killed.is_set()
    assert same(served, local)


def test_without_any_server_episodes_are_marked_and_nobody_waits(tmp_path: Path) -> None:
    with running(tmp_path, 2) as servers:
        made = config_for(servers)
        policy = tiny_parts.policy(tmp_path, made)
        with fleet_for(tmp_path, made, policy) as fleet:
            for server in servers:
                server.engine.close()
            outcomes = rollouts_with(fleet, policy, tmp_path).play(JOBS[:3])
            assert [one.rollout for one in outcomes] == [None] * 3
            assert {one.episode.stop for one in outcomes} == {StopReason.FAILURE}
            assert all("No rollout server gave a reply in 2 attempts" in (one.episode.failure or "") for one in outcomes)


def test_a_server_that_was_started_again_is_given_the_adapter(tmp_path: Path) -> None:
    with running(tmp_path) as (server,):
        made = config_for([server])
        policy = tuned(tiny_parts.policy(tmp_path, made))
        with fleet_for(tmp_path, made, policy) as fleet:
            server.engine.unload(fleet.adapter)
            outcomes = rollouts_with(fleet, policy, tmp_path).play(JOBS[:1])
            assert list(server.engine.adapters) == [fleet.adapter]
    assert outcomes[0].rollout is not None


def test_a_server_that_cannot_be_reached_is_told_and_the_others_work(tmp_path: Path) -> None:
    with running(tmp_path) as (server,):
        made = config_for([server])
        made = made.model_copy(update={"servers": made.servers.model_copy(update={"urls": (NOWHERE, server.url)})})
        policy = tiny_parts.policy(tmp_path, made)
        with fleet_for(tmp_path, made, policy) as fleet:
            assert NOWHERE in fleet.check()[0]
            assert all(one.rollout is not None for one in rollouts_with(fleet, policy, tmp_path).play(JOBS[:2]))
        assert [NOWHERE in line for line in unreachable(made.servers.urls)] == [True]


def test_without_any_server_a_run_does_not_begin(tmp_path: Path) -> None:
    made = tiny_parts.config(servers=Servers(urls=(NOWHERE,), retries=0))
    with pytest.raises(LLMError, match="No rollout server can be reached"):
        open_fleet(made, tmp_path, tiny_parts.policy(tmp_path, made), Processes("cpu"))


def test_a_server_of_another_base_is_refused(tmp_path: Path) -> None:
    with running(tmp_path) as (server,):
        made = config_for([server], base="somebody/else")
        with pytest.raises(ConfigError, match="'tiny-random' with other weights"):
            open_fleet(made, tmp_path, tiny_parts.policy(tmp_path, made), Processes("cpu"))
