"""The judge on dialogues of the scripted pair: what is done right is not marked down."""

from contextlib import closing

import pytest

from tarl_app.agents.scripted import NullAgent, ScriptedAgent, TransferAgent
from tarl_app.conversation import Conversation
from tarl_app.core.types import Episode, Task
from tarl_app.domains import free_task, load_domain
from tarl_app.judges.reference.judge import ReferenceJudge
from tarl_app.users.scripted import ScriptedUser

DOMAIN = load_domain("retail")
JUDGE = ReferenceJudge(DOMAIN)


def played(task: Task, agent=None, phrasings="held_out") -> Episode:
    user = ScriptedUser(task, DOMAIN, phrasings=phrasings)
    with closing(Conversation(task, DOMAIN, agent or ScriptedAgent(task, DOMAIN), user=user)) as conversation:
        episode = conversation.run()
    return episode.model_copy(update={"judgements": (JUDGE.judge(episode),)})


def deviations(episodes: list[Episode]) -> list[str]:
    return [f"{one.task.id}: {score.reason}" for one in episodes for score in one.judgements[0].scores if score.score == -1]


def test_gold_dialogues_of_every_kind_have_no_deviation():
    first = {task.kind: task for task in reversed(DOMAIN.tasks("dev"))}
    passed = [one for task in first.values() if (one := played(task)).verdict.passed]
    assert len(passed) > 10
    assert deviations(passed) == []


@pytest.mark.slow
@pytest.mark.parametrize("phrasings", ["seen", "held_out", "test"])
def test_at_most_one_in_a_hundred_gold_dialogues_has_a_deviation(phrasings):
    tasks = [*DOMAIN.tasks("dev"), *DOMAIN.tasks("test")]
    passed = [one for task in tasks if (one := played(task, phrasings=phrasings)).verdict.passed]
    assert len(passed) >= 0.95 * len(tasks)
    assert len(deviations(passed)) <= 0.01 * len(passed)


@pytest.mark.parametrize("agent", [NullAgent(), TransferAgent(DOMAIN)])
def test_an_agent_of_no_use_deviates_once_in_every_failed_call(agent):
    for task in DOMAIN.tasks("dev")[:12]:
        episode = played(task, agent)
        if not episode.verdict.passed:
            assert [score.score for score in episode.judgements[0].scores].count(-1) == 1


def test_scores_do_not_change_while_a_call_goes_on():
    for task in DOMAIN.tasks("dev")[:8]:
        seen: dict[int, tuple[int, str]] = {}
        episode = played(task)
        for end in range(1, len(episode.turns) + 1):
            if episode.turns[end - 1].kind == "agent" and episode.turns[end - 1].tool_calls:
                continue  # its results are not there yet
            part = episode.model_copy(update={"turns": episode.turns[:end], "stop": None, "verdict": None})
            for score in JUDGE.judge(part).scores:
                assert seen.setdefault(score.turn, (score.score, score.reason)) == (score.score, score.reason)


def test_free_talk_with_the_scripted_pair_has_no_deviation():
    for seed in range(4):
        assert deviations([played(free_task("retail", seed))]) == []
