"""Conversations in which a learner speaks and the expert corrects it."""

import json

import pytest

from tarl_app.agents.scripted import ScriptedAgent
from tarl_app.core.errors import AgentError
from tarl_app.core.protocols import Agent
from tarl_app.core.types import AgentTurn, Task, ToolCall, UserTurn
from tarl_app.domains import load_domain
from tarl_app.recipes.omni_mini.config import DialogueConfig
from tarl_app.recipes.omni_mini.data.corrected import CorrectedAgent, says_the_same
from tarl_app.recipes.omni_mini.data.error_injection import StumblingAgent
from tarl_app.recipes.omni_mini.stages.dialogues import Dialogue, converse, roll_part

DOMAINS = ("retail", "airline")


def expert(domain: str, task: Task) -> ScriptedAgent:
    return ScriptedAgent(task, load_domain(domain), varied=False)


def clumsy(domain: str, task: Task, seed: int) -> Agent:
    """An agent that is often wrong."""
    made = load_domain(domain)
    assert made.recipe is not None
    assert made.recipe.mistakes is not None
    assert made.expert is not None
    return StumblingAgent(expert(domain, task), made.recipe.mistakes, made.expert.wordings, 0.9, seed)


@pytest.fixture(scope="module", params=DOMAINS)
def made(request: pytest.FixtureRequest) -> list[Dialogue]:
    tasks = load_domain(request.param).tasks("train")[:60:3]
    return [
        converse(request.param, task, seed, learner=clumsy(request.param, task, seed)) for seed, task in enumerate(tasks)
    ]


def test_what_is_wrong_is_corrected_or_stays_without_loss_and_the_call_ends_well(made: list[Dialogue]) -> None:
    assert sum(one.corrected for one in made) > 10
    assert sum(len(one.stumbles) for one in made) > 10
    assert sum(one.episode.verdict is not None and one.episode.verdict.passed for one in made) >= 0.8 * len(made)


def test_what_stays_writes_nothing_and_hands_nobody_over(made: list[Dialogue]) -> None:
    domain = load_domain(made[0].episode.task.domain)
    for one in made:
        assert len(one.stumbles) <= 2
        for index in one.stumbles:
            turn = one.episode.turns[index]
            assert isinstance(turn, AgentTurn)
            assert not any(domain.writes(call.name) or call.name == domain.transfer_tool for call in turn.tool_calls)


@pytest.mark.parametrize("domain", DOMAINS)
def test_who_says_what_the_expert_says_is_never_corrected_and_teaches_nothing(domain: str) -> None:
    task = load_domain(domain).tasks("train")[0]
    plain = converse(domain, task, 3)
    again = converse(domain, task, 3, learner=expert(domain, task))
    assert not again.corrected
    assert not again.stumbles
    said = [[(turn.text, turn.tool_calls) for _, turn in one.episode.agent_turns] for one in (plain, again)]
    assert said[0] == said[1]
    config = DialogueConfig(domain=domain, distraction=0.0, rollouts=2, hard_rollouts=2)
    assert roll_part((config, "train", 0), lambda seed: expert(domain, task)) == []
    lines = roll_part((config, "train", 0), lambda seed: clumsy(domain, task, seed))
    assert all(json.loads(line)["episode"]["verdict"]["passed"] for line in lines)


class Mute:
    """Has no answer."""

    name = "mute"

    def reply(self, turns: object, on_text: object = None, cancelled: object = None) -> AgentTurn:
        raise AgentError("The dialogue has become too long.")


def test_a_learner_without_an_answer_leaves_the_turn_to_the_expert() -> None:
    task = load_domain("retail").tasks("train")[0]
    agent = CorrectedAgent(expert("retail", task), Mute(), lambda name: True, 0)
    assert agent.reply([UserTurn(text="Hello.")]).text
    assert not agent.stumbles


def test_a_broken_call_or_nothing_at_all_never_stays() -> None:
    task = load_domain("retail").tasks("train")[0]

    class Broken:
        name = "broken"

        def reply(self, turns: object, on_text: object = None, cancelled: object = None) -> AgentTurn:
            return AgentTurn(text="", malformed="{")

    agent = CorrectedAgent(expert("retail", task), Broken(), lambda name: True, 0, kept=1.0)
    assert agent.reply([UserTurn(text="Hello.")]).malformed is None
    assert agent.corrected == [1]
    wrong = AgentTurn(tool_calls=(ToolCall(id="1", name="get_user_details", arguments={"user_id": "x"}),))
    assert not says_the_same(wrong, AgentTurn(text="Hello."))
    assert says_the_same(AgentTurn(text="How  can I\nhelp?"), AgentTurn(text="how can I help?"))
