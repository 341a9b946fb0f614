"""The guard at work: the scripted agent is never held up, and what the exam plants is stopped."""

from contextlib import closing

import pytest

from tarl_app.agents.scripted import ReplayAgent, ScriptedAgent
from tarl_app.conversation import Conversation
from tarl_app.core.domain import PhrasingSet
from tarl_app.core.types import AgentTurn, Task, ToolCall, UserTurn
from tarl_app.exam.generate import ExamCase, generate
from tarl_app.sandbox.tools.guarded import forbidden
from tarl_app.sandbox.verifier import verify
from tarl_app.users.scripted import scripted_user
from tests.domains.airline.airline_cases import AIRLINE


def held_up(task: Task, phrasings: PhrasingSet) -> list[str]:
    """What the guard answered the scripted agent; a call that fails is named, too."""
    user, agent = scripted_user(task, AIRLINE, 2, phrasings), ScriptedAgent(task, AIRLINE, seed=2)
    with closing(Conversation(task, AIRLINE, agent, user=user, seed=2, guard="policy")) as conversation:
        episode = conversation.run()
    failed = [] if episode.verdict is not None and episode.verdict.passed else [task.id]
    return failed + [result.content for _, result in episode.calls if "not allowed" in result.content]


@pytest.mark.parametrize("phrasings", ["seen", "held_out"])
def test_the_expert_is_never_held_up_on_dev(phrasings):
    assert [why for task in AIRLINE.tasks("dev") for why in held_up(task, phrasings)] == []


@pytest.mark.parametrize(("phrasings", "first"), [("seen", 0), ("held_out", 6)])
def test_the_expert_is_never_held_up_on_every_twelfth_task_of_train(phrasings, first):
    assert [why for task in AIRLINE.tasks("train")[first::12] for why in held_up(task, phrasings)] == []


def writes(case: ExamCase) -> list[tuple[int | None, str]]:
    """The calls of a case that write, each with its true score and why it is forbidden."""
    scored = [*zip(case.truth, case.episode.agent_turns, strict=True)]
    fault = next((n for n, (score, _) in enumerate(scored) if score in (-1, None)), len(scored))
    return [
        (score, forbidden(AIRLINE, call, case.episode.turns[: place + 1]))
        for score, (place, turn) in scored[: fault + 1]  # what follows a fault is neither right nor wrong
        for call in turn.tool_calls
        if AIRLINE.writes(call.name)
    ]


@pytest.mark.parametrize(("split", "limit"), [("held_out", 60), ("development", 30)])
def test_faulty_writes_of_the_exam_are_stopped_and_right_ones_are_not(split, limit):
    found = [one for case in generate(AIRLINE, split, limit) for one in writes(case)]
    faulty, right = [why for score, why in found if score == -1], [why for score, why in found if score == 1]
    assert len(faulty) > 8
    assert len(right) > 8
    assert sum(map(bool, faulty)) >= 0.95 * len(faulty)
    assert not any(right), [why for why in right if why]


def test_a_hasty_write_is_answered_in_one_sentence_and_changes_nothing():
    task = next(task for task in AIRLINE.tasks("dev") if task.kind == "cancel" and "user_id" in task.facts)
    look_up = ToolCall(id="a", name="get_user_details", arguments={"user_id": task.user_id})
    write = next(call for call in task.gold if AIRLINE.writes(call.name))
    trip = ToolCall(id="b", name="get_reservation_details", arguments=write.arguments)
    replies = [AgentTurn(tool_calls=(call,)) for call in (look_up, trip, write)]
    agent = ReplayAgent([*replies, AgentTurn(text="Done.")])
    with closing(Conversation(task, AIRLINE, agent, guard="policy")) as conversation:
        conversation.say(UserTurn(text=f"I am {task.user_id}, cancel {write.arguments['reservation_id']}, I am ill."))
        episode = conversation.episode
    answer = episode.calls[-1][1]
    assert answer.is_error
    assert answer.content.startswith("Error: not allowed now: ")
    assert answer.content.count(". ") == 0
    assert verify(episode, AIRLINE).changes == ()
