"""What a model thinks is neither spoken nor taken for its answer, however its server marks it."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from tarl_app.agents.chat import ChatAgent, Speech
from tarl_app.conversation import Conversation, TextPiece
from tarl_app.core.errors import UnusableAnswer
from tarl_app.core.types import AgentTurn, StopReason, UserTurn
from tarl_app.domains import load_domain
from tarl_app.judges.llm import LLMJudge
from tarl_app.llm import LLM, structured
from tarl_app.llm.answers.thoughts import parts
from tests.world.hostile_endpoint import chunk, hostile, streamed, talk, whole

RETAIL = load_domain("retail")
TASK = RETAIL.tasks("dev")[0]
HELLO = (UserTurn(text="Hello."),)
ASK = [{"role": "user", "content": "How many?"}]
DRAFT = 'Say {"count": 9}?'

SAID_OF = {
    "Hello.": "Hello.",
    "<think>hm</think>Hello.": "Hello.",
    "hm\n</think>\n\nHello.": "Hello.",
    "hm</think></think>Hello.": "Hello.",
    "hm</think>Hello.</think> Bye.": "Hello. Bye.",
    "a<think>b</think>c</think>Hello.": "Hello.",
    "Well, hm. </think>Hello <think>or not": "Hello",
    "<think>a<think>b</think>c</think>Hello.": "Hello.",
    "<think>the tag <think> means that.</think>Hello.": "Hello.",
    "<think>a</think>Hello.<think>b</think> Bye.": "Hello. Bye.",
    "<think>never closed": "",
    "<thinking>hm</thinking>Hello.": "Hello.",
    "<THINK>hm</THINK >Hello.": "Hello.",
    "< think >hm</ think>Hello.": "Hello.",
    "[THINK]hm[/THINK]Hello.": "Hello.",
    "\u25c1think\u25b7hm\u25c1/think\u25b7Hello.": "Hello.",
    "<seed:think>hm</seed:think>Hello.": "Hello.",
    "<reasoning>hm</reasoning>Hello.": "Hello.",
    'hm <tool_call>{"name": "think"}</tool_call> hm</think>Hello.': "Hello.",
    "I will write <tool_call> next.</think>Hello.": "Hello.",
    "<|channel|>analysis<|message|>hm<|end|><|start|>assistant<|channel|>final<|message|>Hello.<|return|>": "Hello.",
    "<|channel|>final<|message|>Hello.": "Hello.",
    "It is < 5 and [so on": "It is < 5 and [so on",
    "Hello.</tool_call>": "Hello.",
}


@pytest.mark.parametrize("text", SAID_OF)
def test_of_a_text_that_alone_is_said_which_is_no_thought(text: str):
    assert "".join(parts(text).said).strip() == SAID_OF[text]


@pytest.mark.parametrize("text", SAID_OF)
@pytest.mark.parametrize("size", [1, 3, 7, 1000])
def test_and_of_its_stream_no_more(text: str, size: int):
    said: list[str] = []
    speech = Speech(said.append)
    for at in range(0, len(text), size):
        speech.add(text[at : at + size])
    speech.finish(" ".join("".join(parts(text).said).split()))
    assert "".join(said).split() == SAID_OF[text].split()


@pytest.mark.parametrize("text", [text for text in SAID_OF if not parts(text).unopened])
def test_once_it_is_known_that_thoughts_are_opened_the_stream_is_spoken_as_it_comes(text: str):
    said: list[str] = []
    speech = Speech(said.append, hold=False)
    for sign in text:
        speech.add(sign)
    early = "".join(said)
    speech.finish(" ".join("".join(parts(text).said).split()))
    assert "".join(said).split() == SAID_OF[text].split()
    assert SAID_OF[text].startswith(early.strip())
    if text.startswith(("Hello", "<think>hm")):
        assert early.startswith("Hello")


@settings(max_examples=300)
@given(
    st.lists(
        st.sampled_from(["<think>", "</think>", "<tool_call>", "</tool_call>", "{", "a ", "<", "think>", "<|", "[THINK]"])
    )
)
def test_no_thought_goes_out_however_a_text_is_cut_up(pieces: list[str]):
    whole_text = "".join(pieces)
    said: list[str] = []
    speech = Speech(said.append)
    for piece in pieces:
        speech.add(piece)
    meant = " ".join("".join(parts(whole_text).said).split())
    speech.finish(meant)
    assert "".join("".join(said).split()) == "".join(meant.split())


def test_a_thinker_without_an_opening_is_heard_only_where_it_answers_from_the_first_word_on():
    spoken: list[str] = []
    text = "The customer greets me. I greet back.\n</think>\n\nHello, how can I help?"
    with hostile(lambda body: streamed(*talk(text), chunk({}, "stop"))) as server:
        agent = ChatAgent(LLM(server.endpoint()), RETAIL)
        conversation = Conversation(
            TASK, RETAIL, agent, on_event=lambda event: spoken.append(event.text) if isinstance(event, TextPiece) else None
        )
        conversation.say(UserTurn(text="Hello."))
        episode = conversation.say(UserTurn(text="Hello?"))
        conversation.close()
    assert "".join(spoken) == "Hello, how can I help?" * 2
    assert [turn.text for _, turn in episode.agent_turns] == ["Hello, how can I help?"] * 2


def test_a_thought_that_was_cut_off_is_not_said_once_the_model_is_known():
    answers = iter([("Hm.</think>Hello.", "stop"), ("Hm. The customer wants", "length")])
    with hostile(lambda body: (lambda text, why: whole({"content": text}, why))(*next(answers))) as server:
        agent = ChatAgent(LLM(server.endpoint()), RETAIL)
        assert agent.reply(HELLO).text == "Hello."
        assert agent.reply(HELLO).text == ""


# --- answers in a form ----------------------------------------------------------------------------------------------------


class Count(BaseModel):
    count: int


def counted(*answers: Any) -> int:
    queue = list(answers)
    with hostile(lambda body: queue.pop(0) if len(queue) > 1 else queue[0]) as server:
        return structured(LLM(server.endpoint()), ASK, Count).value.count


@pytest.mark.parametrize(
    "message",
    [
        {"content": f'{DRAFT}\n</think>\n\n{{"count": 3}}'},
        {"content": f'<think>{DRAFT}</think>{{"count": 3}}'},
        {"content": f'<think>a<think>b</think>{DRAFT}</think>{{"count": 3}}'},
        {"content": '{"count": 3}', "reasoning_content": DRAFT, "reasoning": DRAFT},
        {"content": [{"type": "thinking", "thinking": DRAFT}, {"type": "text", "text": '{"count": 3}'}]},
        {"content": f"<|channel|>analysis<|message|>{DRAFT}<|end|><|channel|>final<|message|>" + '{"count": 3}'},
    ],
    ids=["closing tag alone", "tags", "nested", "apart", "parts", "channels"],
)
def test_the_answer_is_taken_and_not_a_draft_of_it_among_the_thoughts(message: dict[str, Any]):
    assert counted(whole(message)) == 3


@pytest.mark.parametrize("message", [{"content": f"Well. {DRAFT} But"}, {"content": f"<think>{DRAFT}"}])
def test_drafts_of_an_answer_that_was_cut_off_are_none(message: dict[str, Any]):
    assert counted(whole(message, "length"), whole({"content": '{"count": 3}'})) == 3


def test_an_answer_that_was_all_thought_is_asked_for_again_and_given_up():
    with pytest.raises(UnusableAnswer, match="no usable answer in 3 attempts"):
        counted(whole({"content": None, "reasoning_content": '{"count": 9}'}))


def test_an_answer_that_begins_at_once_may_be_cut_off_behind_its_end():
    assert counted(whole({"content": '{"count": 3}\n\n\n'}, "length")) == 3


def test_a_judge_scores_by_its_verdict_and_not_by_what_it_considered():
    def scores(score: int) -> str:
        return json.dumps({"scores": [{"turn": 1, "reason": "so \ud83d it is", "score": score}]})

    with hostile(lambda body: whole({"content": f"Perhaps {scores(-1)}?\n</think>\n{scores(1)}"})) as server:
        conversation = Conversation(TASK, RETAIL, _Polite(), judge=LLMJudge(LLM(server.endpoint()), RETAIL))
        conversation.say(UserTurn(text="Hello."))
        conversation.finish()
        episode = conversation.episode
        conversation.close()
    assert episode.stop is StopReason.USER_DONE
    assert [score.score for score in episode.judgements[0].scores] == [1]
    episode.model_dump_json().encode()


class _Polite:
    name = "polite"

    def reply(self, turns: Any, on_text: Any = None, cancelled: Any = None) -> AgentTurn:
        return AgentTurn(text="Good day.")
