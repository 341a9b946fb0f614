"""The judge scores what an agent did with what its own ear had given it."""

import json

import pytest

from tarl_app.core.types import AgentTurn, Episode, StopReason, ToolCall, UserTurn, Verdict
from tarl_app.judges.llm_prompt import dialogue
from tarl_app.judges.reference.judge import ReferenceJudge
from tests.judges.judge_dialogue import DOMAIN, Dialogue, task_of

ASKS = "Could you give me your name and zip code, please?"


class Call(Dialogue):
    """A call by voice: ``said`` is what was meant, and what the agent's ear made of it goes with its next turn."""

    ear: str | None = None

    def said(self, text: str, ear: str | None = None, recogniser: str | None = None) -> "Call":
        self.turns.append(UserTurn(text=text, heard=recogniser))
        self.ear = ear
        return self

    def agent(self, text: str = "", *calls: object, malformed: str | None = None) -> "Call":
        super().agent(text, *calls, malformed=malformed)  # type: ignore[arg-type]
        place = max(n for n, turn in enumerate(self.turns) if isinstance(turn, AgentTurn))
        self.turns[place] = self.turns[place].model_copy(update={"heard": self.ear})
        self.ear = None
        return self


@pytest.fixture
def call() -> Call:
    return Call(task_of("cancel"))


def name_and_zip(call: Call) -> str:
    facts = call.task.facts
    return f"{facts['first_name']} {facts['last_name']}, {facts['zip']}."


def test_asking_for_what_its_own_ear_had_is_a_fault_whatever_the_others_wrote(call: Call) -> None:
    call.said("Mm.", ear=f"{call.goal} {name_and_zip(call)}", recogniser="M.").agent(ASKS)
    assert (call.last().score, call.last().rule) == (0, "asked_again")


def test_asking_for_what_its_ear_missed_is_none(call: Call) -> None:
    call.said(f"{call.goal} {name_and_zip(call)}", ear=call.goal, recogniser=f"{call.goal} {name_and_zip(call)}")
    assert call.agent(ASKS).last().score == 1


def test_what_it_may_not_have_been_given_is_not_held_against_an_agent_without_an_ear_of_its_own(call: Call) -> None:
    call.said(f"{call.goal} {name_and_zip(call)}", recogniser=call.goal).agent(ASKS)
    assert call.last().score == 1
    again = Call(call.task).said(f"{call.goal} {name_and_zip(call)}", recogniser=f"{call.goal} {name_and_zip(call)}")
    assert again.agent(ASKS).last().rule == "asked_again"


def test_a_wish_that_the_ear_missed_need_not_be_answered_by_asking_who_calls(call: Call) -> None:
    call.said(call.goal, ear="hm the").agent("Good morning, how can I help you?")
    assert call.last().score == 1
    assert Call(call.task).said(call.goal, ear=call.goal).agent("Good morning, how can I help you?").last().score == 0


def proposed(call: Call, ear: str | None = None, named: str = "") -> Call:
    """Identified, read the order, proposed to cancel it or the one ``named``."""
    order = named or call.order_id
    call.said(f"Please cancel order {call.order_id}.", ear=ear or f"please cancel order {order}").agent(ASKS)
    call.said(name_and_zip(call), ear=name_and_zip(call)).agent("", call.task.gold[0])
    call.agent("", ("get_order_details", {"order_id": order}))
    return call.agent(f"I can cancel order {order} as {call.task.gold[-1].arguments['reason']}. Shall I go ahead?")


@pytest.mark.parametrize(("said", "ear", "score"), [("No.", "yes", 1), ("Yes.", "no", -1)])
def test_consent_is_what_the_ear_heard(call: Call, said: str, ear: str, score: int) -> None:
    proposed(call).said(said, ear=ear).agent("", call.task.gold[-1])
    assert call.last().score == score


def other_order(call: Call) -> str | None:
    """Another order of the customer's that can be cancelled; None where there is none."""
    environment = DOMAIN.open()
    user = environment.call(ToolCall(id="u", name="get_user_details", arguments={"user_id": call.task.user_id}))
    for one in json.loads(user.content)["orders"]:
        found = environment.call(ToolCall(id="o", name="get_order_details", arguments={"order_id": one}))
        if one != call.order_id and json.loads(found.content)["status"] == "pending":
            return one
    return None


def test_a_change_of_what_was_misheard_and_agreed_to_is_minor_and_so_is_what_stayed_undone() -> None:
    tasks = [task for task in DOMAIN.tasks("dev") if task.kind == "cancel" and task.gold[0].name.endswith("name_zip")]
    called = ((task, Call(task)) for task in tasks)
    task, call, other = next((task, call, other) for task, call in called if (other := other_order(call)))
    wrong = ToolCall(id="w", name="cancel_pending_order", arguments={**task.gold[-1].arguments, "order_id": other})
    proposed(call, named=other).said("Yes.", ear="yes").agent("", wrong)
    assert (call.last().score, call.last().rule) == (0, "wrong_write")
    call.agent(f"Order {other} has been cancelled.").said("Thanks, bye.", ear="thanks bye")
    ended = call.scores(StopReason.USER_DONE, Verdict(passed=False))
    assert all(score.score >= 0 for score in ended)
    assert any("its ear did not get" in score.reason for score in ended)
    typed = Call(task)
    proposed(typed, ear=f"please cancel order {call.order_id}", named=other).said("Yes.", ear="yes").agent("", wrong)
    assert any(score.score == -1 for score in typed.scores())  # it had heard the right one


def test_a_judge_that_is_a_model_reads_what_the_agents_ear_wrote() -> None:
    turns = (UserTurn(text="Cancel it.", heard="Handle it."), AgentTurn(text="Sure.", heard="cancel bit"))
    episode = Episode(id="e", task=task_of("cancel"), agent="a", user="u", turns=turns)
    assert "<heard_by_the_agent>cancel bit<" in dialogue(episode)
    assert "Handle" not in dialogue(episode)
    without = episode.model_copy(update={"turns": (turns[0], AgentTurn(text="Sure."))})
    assert "<heard_by_the_agent>Handle it.<" in dialogue(without)


def test_typed_calls_are_judged_by_their_text() -> None:
    call = Call(task_of("cancel"))
    call.identify()
    episode = call.episode()
    assert [one.score for one in ReferenceJudge(DOMAIN).judge(episode).scores] == [1, 1]
