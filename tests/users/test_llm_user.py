"""The customer that is a model: it stays in its part, or the draft is thrown away and counted as the user's fault."""

import json
from contextlib import closing
from typing import Any

import pytest

from tarl_app.agents.scripted import ScriptedAgent
from tarl_app.conversation import Conversation
from tarl_app.core.errors import LLMError
from tarl_app.core.types import AgentTurn, StopReason, Task, ToolCall, ToolResult, ToolTurn, Turn, UserTurn
from tarl_app.domains import load_domain
from tarl_app.judges.reference.judge import ReferenceJudge
from tarl_app.llm import LLM, AnswerCache
from tarl_app.users.llm import DRAFTS, MOST_TURNS, LLMUser
from tarl_app.users.llm_checks import fault, too_soon
from tarl_app.users.scripted import ScriptedUser
from tests.llm.endpoint import LLMServer, Refuse, Say, Step, serving

RETAIL = load_domain("retail")
DEV = RETAIL.tasks("dev")
CANCEL = next(task for task in DEV if task.kind == "cancel" and not task.persona.misremembers)
LOOKUP = next(task for task in DEV if task.kind == "lookup")
TRANSFER = next(task for task in DEV if task.must_transfer and not any(RETAIL.writes(c.name) for c in task.gold))
GOLD = CANCEL.gold[-1]
ORDER = GOLD.arguments["order_id"]
HELLO: tuple[Turn, ...] = (UserTurn(text="Hi."), AgentTurn(text="Your name and zip code, please?"))
WRITTEN: tuple[Turn, ...] = (
    *HELLO,
    AgentTurn(tool_calls=(GOLD,)),
    ToolTurn(results=(ToolResult(call_id=GOLD.id, name=GOLD.name, content="{}"),)),
)
TOLD = (*WRITTEN, AgentTurn(text="Your order has been cancelled. Is there anything else?"))


def said(text: str, done: bool = False, thought: str | None = None) -> Say:
    return Say(json.dumps({"say": text, "done": done} | ({} if thought is None else {"thought": thought})))


def user(server: LLMServer, task: Task = CANCEL, **more: Any) -> LLMUser:
    return LLMUser(task, RETAIL, LLM(server.endpoint(attempts=2, input_usd=1.0)), **more)


class TestSpeaking:
    def test_it_says_what_the_model_says_and_what_that_cost(self):
        with serving(said("I want to cancel an order.")) as server:
            turn = user(server).speak(())
        assert turn == UserTurn(text="I want to cancel an order.", cost_usd=10 / 1e6)

    def test_it_hangs_up_once_the_change_has_been_made_and_told(self):
        with serving(said("Bye.", done=True)) as server:
            assert user(server).speak(TOLD) is None

    def test_the_model_sees_its_situation_and_the_agents_words_alone(self):
        with serving(said("Yes.")) as server:
            user(server).speak((*WRITTEN[:3], AgentTurn(text="Is that right?")))
        messages = server.requests[0]["messages"]
        assert [message["role"] for message in messages] == ["system", "user", "assistant", "user"]
        assert CANCEL.instruction in messages[0]["content"]
        assert messages[-1]["content"] == "Your name and zip code, please? Is that right?"
        assert GOLD.name not in json.dumps(messages)

    def test_a_model_that_cannot_write_json_just_says_it(self):
        with serving(Say("I want to cancel an order.")) as server:
            turn = user(server).speak(())
        assert turn is not None
        assert turn.text == "I want to cancel an order."
        assert turn.faults == ()

    def test_the_same_turns_and_seed_give_the_same_words_from_another_object_too(self):
        cache = AnswerCache()
        with serving(said("I want to cancel an order."), said("Cancel it.")) as server:
            first = user(server, cache=cache).speak(())
            assert user(server, cache=cache).speak(()) == first
            assert user(server, cache=cache, seed=1).speak(()) != first

    def test_it_gives_up_after_many_turns_without_asking(self):
        with serving() as server:
            assert user(server).speak(HELLO * MOST_TURNS) is None
            assert server.requests == []

    def test_an_endpoint_that_fails_is_no_user_fault(self):
        with serving(otherwise=lambda body: Refuse(500)) as server, pytest.raises(LLMError):
            user(server).speak(())


class TestReact:
    def test_the_thought_reaches_nobody(self):
        thought = "The agent wants my name; I know it. I will tell it and the zip code, as the situation says."
        with serving(said("Hello.", thought=thought)) as server:
            turn = user(server, strategy="react").speak(())
        assert turn is not None
        assert turn.text == "Hello."
        assert "The agent wants" not in turn.model_dump_json()
        assert "thought" in json.dumps(server.requests[0]["response_format"])

    def test_a_thought_said_aloud_is_a_fault(self):
        thought = "The agent wants my name; I know it. I will tell it and the zip code."
        with serving(said(thought, thought=thought), said("Hello.", thought=thought)) as server:
            turn = user(server, strategy="react").speak(())
        assert turn is not None
        assert (turn.text, len(turn.faults)) == ("Hello.", 1)
        assert "thought aloud" in turn.faults[0]

    @pytest.mark.parametrize("text", ["Thought: I should greet. Say: Hello.", '{"say": "Hello.", "done": false}'])
    def test_an_answer_without_a_separate_thought_is_asked_for_again(self, text: str):
        with serving(Say(text), said("Hello.", thought="hm")) as server:
            turn = user(server, strategy="react").speak(())
        assert turn is not None
        assert (turn.text, turn.faults) == ("Hello.", ())


class TestFaults:
    def test_a_faulty_draft_is_written_again_with_the_reason_and_noted_on_the_turn(self):
        with serving(said("How can I help you today?"), said("I want to cancel an order.")) as server:
            turn = user(server).speak(())
        assert turn is not None
        assert turn.text == "I want to cancel an order."
        assert "you are the customer" in turn.faults[0]
        assert turn.cost_usd == pytest.approx(20 / 1e6)
        assert turn.faults[0] in server.requests[1]["messages"][-1]["content"]

    def test_hanging_up_too_soon_is_a_fault(self):
        with serving(said("Bye.", done=True), said("It's Olga Diaz.")) as server:
            turn = user(server).speak(HELLO)
        assert turn is not None
        assert "may not hang up yet: what you want has not been done" in turn.faults[0]

    def test_a_fault_before_hanging_up_is_not_lost(self):
        with serving(said("As an AI, bye.", done=True), said("Bye.", done=True)) as server:
            turn = user(server).speak(TOLD)
        assert turn is not None
        assert (turn.text, len(turn.faults)) == ("Bye.", 1)

    def test_a_user_that_cannot_be_brought_to_play_its_part_ends_the_episode_and_not_as_the_agents_failure(self):
        with serving(otherwise=lambda body: said("How can I help you?")) as server:
            conversation = Conversation(CANCEL, RETAIL, ScriptedAgent(CANCEL, RETAIL), user(server))
            with closing(conversation):
                episode = conversation.run()
        assert (episode.stop, episode.counts) == (StopReason.USER_FAULT, False)
        assert "you are the customer" in episode.user_faults[0]
        assert len(server.requests) == DRAFTS

    def test_an_endpoint_out_of_reach_is_the_infrastructures_failure_with_the_reason(self):
        with serving(otherwise=lambda body: Refuse(503, "overloaded")) as server:
            conversation = Conversation(CANCEL, RETAIL, ScriptedAgent(CANCEL, RETAIL), user(server))
            with closing(conversation):
                episode = conversation.run()
        assert episode.stop is StopReason.FAILURE
        assert "user simulator: tester at" in (episode.failure or "")
        assert "overloaded" in (episode.failure or "")


def found(text: str, turns: tuple[Turn, ...] = HELLO, task: Task = CANCEL, thought: str = "") -> str:
    return fault(text, False, thought, task, RETAIL, turns)


class TestChecks:
    @pytest.mark.parametrize(
        "text",
        [
            "How may I assist you today?",
            "Could you please provide your order number?",
            "Thank you for calling. Let me look up your order.",
            "I have cancelled your order.",
            "Is there anything else I can help with?",
            "I am a virtual assistant.",
            "As an AI, I cannot say.",
        ],
    )
    def test_the_agents_part_is_not_the_users(self, text: str):
        assert "you are the customer" in found(text)

    @pytest.mark.parametrize(
        "text",
        [
            "<tool_call>{}</tool_call>",
            "Thought: I should say yes.\nYes.",
            '{"say": "Hi."}',
            "My instructions say that I want to cancel.",
            "(role-play) Hello.",
            "Customer: Hello.",
        ],
    )
    def test_only_spoken_words_are_spoken(self, text: str):
        assert "nothing that a customer says" in found(text)

    @pytest.mark.parametrize(
        ("text", "what"),
        [
            ("It is order #W9999999.", "9999999"),
            ("That's W nine nine nine, nine nine nine nine.", "9999999"),
            ("My zip is 99999.", "99999"),
            ("My e-mail is someone.else@example.com.", "someone.else@example.com"),
            ("It is someone dot else 7 at example dot com, that's my e-mail.", "example.com"),
            ("It cost $812.55.", "$812.55"),
            ("My user id is mia_wong_1234.", "mia_wong_1234"),
            ("My name is Bartholomew Quux.", "Bartholomew Quux"),
            ("The card that ends in 4321.", "4321"),
        ],
    )
    def test_facts_outside_the_task_are_invented(self, text: str, what: str):
        assert what in found(text)

    def test_facts_of_the_task_and_of_the_agent_are_not_invented(self):
        name, zip_code = f"{CANCEL.facts['first_name']} {CANCEL.facts['last_name']}", CANCEL.facts["zip"]
        turns = (*HELLO, AgentTurn(text="That is $1,234.50, refunded to the card ending in 8765, user id x_y_1, or a@b.co?"))
        for text in (
            f"My name is {name}, zip {zip_code}, order {ORDER}, {CANCEL.facts.get('email', 'no e-mail')}.",
            f"It's W {' '.join(ORDER[2:])}.",
            "Yes, $1,234.50 to the card ending in 8765, x_y_1, a@b.co.",
            "I have 2 items from 12 May.",
        ):
            assert found(text, turns) == "", text

    def test_who_misremembers_may_say_something_wrong_until_corrected(self):
        task = next(task for task in DEV if "zip" in task.persona.misremembers)
        assert found("My zip is 99999.", task=task) == ""
        assert "99999" in found("My zip is 99999.", (*HELLO, AgentTurn(text="I could not find an account with that.")), task)

    def test_silence_and_speeches_are_faults(self):
        assert "said nothing" in found(" ")
        assert "too long" in found("blah " * 1000)

    @pytest.mark.parametrize("phrasings", ["seen", "held_out", "test"])
    def test_no_words_of_the_scripted_user_are_a_fault(self, phrasings: Any):
        wrong: list[str] = []
        for task in DEV[::3]:
            conversation = Conversation(task, RETAIL, ScriptedAgent(task, RETAIL), ScriptedUser(task, RETAIL, 0, phrasings))
            with closing(conversation):
                turns = conversation.run().turns
            for index, turn in enumerate(turns):
                if isinstance(turn, UserTurn) and (what := fault(turn.text, False, "", task, RETAIL, turns[:index])):
                    wrong.append(f"{turn.text} -> {what}")
            if too := too_soon(task, RETAIL, turns):
                wrong.append(f"{task.id} -> {too}")
        assert wrong == []


class TestHangingUp:
    def test_not_before_anything_was_said_or_answered(self):
        assert too_soon(LOOKUP, RETAIL, ())
        assert too_soon(LOOKUP, RETAIL, HELLO[:1])

    def test_not_before_the_change_was_made_and_told(self):
        assert too_soon(CANCEL, RETAIL, HELLO)
        assert "told" in too_soon(CANCEL, RETAIL, WRITTEN)
        assert too_soon(CANCEL, RETAIL, TOLD) == ""

    def test_a_refused_write_is_no_write(self):
        refused = ToolTurn(results=(ToolResult(call_id="c", name=GOLD.name, content="Error: no", is_error=True),))
        turns = (*WRITTEN[:-1], refused, AgentTurn(text="It has been cancelled."))
        assert too_soon(CANCEL, RETAIL, turns)

    def test_one_of_two_changes_is_not_enough(self):
        twice = CANCEL.model_copy(update={"gold": (*CANCEL.gold, ToolCall(id="g", name="modify_user_address"))})
        assert too_soon(twice, RETAIL, TOLD)

    def test_after_refusals_or_in_a_circle_they_may(self):
        no = AgentTurn(text="I am sorry, I cannot cancel that order.")
        assert too_soon(CANCEL, RETAIL, (*HELLO, no))
        assert too_soon(CANCEL, RETAIL, (*HELLO, no, UserTurn(text="Please."), no)) == ""
        circle = AgentTurn(text="One moment.")
        assert too_soon(CANCEL, RETAIL, (*HELLO, circle, circle, circle)) == ""

    def test_who_has_to_be_handed_over_waits_for_it(self):
        assert "person" in too_soon(TRANSFER, RETAIL, HELLO)

    def test_a_question_may_end_with_its_answer(self):
        if not LOOKUP.must_transfer:
            assert too_soon(LOOKUP, RETAIL, HELLO) == ""


def following(task: Task) -> Any:
    """A server whose model plays the scripted user: it answers what that one would, read from the dialogue it is shown."""

    def play(body: dict[str, Any]) -> Step:
        turns: list[Turn] = []
        for message in body["messages"][1:]:
            if message["role"] == "assistant":
                turns.append(UserTurn(text=json.loads(message["content"])["say"]))
            elif not message["content"].startswith("("):
                turns.append(AgentTurn(text=message["content"]))
        turn = ScriptedUser(task, RETAIL).speak(turns)
        return said(turn.text if turn else "", done=turn is None, thought="Let me think about that for a moment.")

    return play


@pytest.mark.parametrize("strategy", ["llm", "react"])
@pytest.mark.parametrize("task", [CANCEL, LOOKUP], ids=["cancel", "lookup"])
def test_a_whole_call_passes_and_counts_no_fault(task: Task, strategy: Any):
    with serving(otherwise=following(task)) as server:
        simulator = user(server, task, strategy=strategy)
        conversation = Conversation(task, RETAIL, ScriptedAgent(task, RETAIL), simulator, ReferenceJudge(RETAIL))
        with closing(conversation):
            episode = conversation.run()
    assert episode.failure is None
    assert episode.verdict is not None
    assert episode.verdict.passed
    assert episode.user == f"{strategy}:tester"
    assert episode.user_faults == ()
    assert episode.cost_usd > 0
