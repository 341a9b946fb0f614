import json
import re
from html import unescape

from hypothesis import given
from hypothesis import strategies as st

from tarl_app.core.types import (
    AgentTurn,
    AudioRef,
    Change,
    Check,
    Episode,
    Judgement,
    StopReason,
    Task,
    Timing,
    ToolCall,
    ToolResult,
    ToolTurn,
    TurnScore,
    UserTurn,
    Verdict,
)
from tarl_app.domains import load_domain
from tarl_app.judges.reference.rules.calls import CALL_RULES
from tarl_app.judges.reference.rules.described import demands
from tarl_app.judges.reference.rules.texts import TEXT_RULES
from tarl_app.ui import words
from tarl_app.ui.components import heard
from tarl_app.ui.episode_view import dialogue, evidence


def an_episode(text: str = "Hello", score: int = 1, **more: object) -> Episode:
    call = ToolCall(id="c", name="get_order_details", arguments={"order_id": text})
    fields = {
        "id": "e",
        "task": Task(id="t", domain="retail", split="dev", kind="lookup", instruction=text, facts={"first_name": text}),
        "agent": "a",
        "user": "human",
        "turns": (
            UserTurn(text=text, heard=text + "?", audio=AudioRef(path="ab/c.wav", seconds=1, sample_rate=1)),
            AgentTurn(tool_calls=(call,), malformed=text, timing=Timing(total=0.94, first_token=0.5, tokens=12)),
            ToolTurn(results=(ToolResult(call_id="c", name=call.name, content=json.dumps({"status": text})),)),
            AgentTurn(text=text),
        ),
        "judgements": (
            Judgement(
                judge="j",
                scores=(
                    TurnScore.model_validate({"turn": 1, "score": score, "reason": text}),
                    TurnScore(turn=3, score=1, reason="told it"),
                ),
            ),
        ),
        **more,
    }
    return Episode.model_validate(fields)


ENDED = {
    "stop": StopReason.USER_DONE,
    "failure": "why",
    "verdict": Verdict(
        passed=False,
        checks=(Check(name="told the total", passed=False, detail="never said"),),
        changes=(Change(table="orders", key="#W1", column="status", before="pending", after="cancelled"),),
    ),
}


def html_of(items: list[tuple[str, str]]) -> str:
    return "".join(html for _, html in items)


@given(st.text(max_size=60))
def test_no_text_of_a_person_or_a_model_becomes_markup(text: str) -> None:
    attack = f"<img src=x onerror=alert(1)>\"'{text}<script>"
    episode = an_episode(attack, **ENDED | {"failure": attack})
    html = html_of(dialogue(episode, attack)) + html_of(evidence(episode))
    assert not re.search(r"<\s*(img|script)", html)
    tags = set(re.findall(r"<([a-zA-Z][a-zA-Z0-9]*)", html))
    known = "button dd del details div dl dt h3 h4 h5 i ins li ol p path pre section span strong sub summary svg thead"
    assert tags <= {*known.split(), *["table", "tbody", "td", "tfoot", "th", "tr", "ul"]}
    for quoted in re.findall(r'="([^"]*)"', html):
        assert "<" not in quoted


def test_each_agent_turn_carries_its_verdict_and_latency() -> None:
    first = dict(dialogue(an_episode("x", score=-1)))["t1"]
    assert "−1" in first
    assert "0.9 s" in first
    assert "12 tokens" in first


def test_a_tool_turn_is_shown_within_the_call_it_answers() -> None:
    items = dialogue(an_episode("#W1"))
    assert [key for key, _ in items] == ["t0", "t1", "t3"]
    assert "Opened the order" in items[1][1]


def test_what_the_agent_heard_is_shown_with_the_words_that_differ_marked() -> None:
    assert "transcribed from speech" in dict(dialogue(an_episode("Hi")))["t0"]  # "Hi?" has the same words
    sound = AudioRef(path="ab/c.wav", seconds=1, sample_rate=1)
    said = UserTurn(text="Cancel order W17, please.", heard="Cancel order W 70 please.", audio=sound)
    known = an_episode("x", turns=(said, AgentTurn(text="Yes.", heard="Cancel order W17 please")))
    row = dict(dialogue(known.model_copy(update={"user": "scripted, spoken"})))["t0"]
    assert "heard as it was said" in row  # by the agent's own ear; the other recogniser is a detail
    assert re.search(r"<details.*Another recogniser.*<mark[^>]*>W 70</mark> please\..*</details>", row)
    same = said.model_copy(update={"heard": None})
    live = an_episode("x", turns=(same, AgentTurn(text="Yes.", heard=same.text))).model_copy(update={"user": "human"})
    assert "by the agent's ear" in dict(dialogue(live))["t0"]  # a person's words are known from hearing alone
    row = dict(dialogue(an_episode("x", turns=(said, AgentTurn(text="Yes.", heard="Cancel order W19")))))["t0"]
    assert "the agent heard: “Cancel order <mark" in row
    assert 'title="said: W17, please."' in row


@given(st.text(max_size=40), st.text(max_size=40))
def test_marking_differences_keeps_every_word_and_makes_no_markup(said: str, heard_: str) -> None:
    made = heard.marked(said, heard_)
    assert unescape(re.sub(r"</?mark[^>]*>", "", made)).replace("…", "").split() == heard_.replace("…", "").split()
    assert set(re.findall(r"<(\w+)", made)) <= {"mark"}
    assert heard.same(said, said)


def test_a_verdict_opens_to_its_rule_its_evidence_and_an_answer_in_one_click() -> None:
    episode = an_episode("x", score=-1)
    row = dict(dialogue(episode, rated=True))["t1"]
    assert 'data-open="why1"' in row
    assert 'data-marks="t0 t1"' in row
    assert row.count('data-pick="verdict|1|') == 3  # agree, or one of two objections
    assert "verdict|" not in dict(dialogue(episode))["t1"]  # where nobody can answer
    after = dict(dialogue(an_episode("x"), rated=True))["t3"]
    assert 'data-marks="t0 t1 t3"' in after  # what was said, what was looked up, and the turn itself


def test_an_opened_verdict_says_what_its_rule_demands_and_marks_the_turn_with_what_it_names() -> None:
    call = ToolCall(id="c", name="get_order_details", arguments={"order_id": "#W1234567"})
    result = ToolResult(call_id="c", name=call.name, content='{"order_id": "#W1234567", "total": 12.5}')
    turns = (
        UserTurn(text="It is about #W1234567."),
        AgentTurn(tool_calls=(call,)),
        ToolTurn(results=(result,)),
        AgentTurn(text="Which one?"),
        UserTurn(text="I said so."),
        AgentTurn(text="Order #W1234567 cost $99.00."),
    )

    def row(rule: str, reason: str) -> str:
        score = TurnScore(turn=5, score=0, reason=reason, rule=rule)
        judged = (Judgement(judge="reference", scores=(score,)),)
        return dict(dialogue(an_episode("x", turns=turns, judgements=judged), rated=True))["t5"]

    named = row("asked_again", "asked for #W1234567, which the customer had already given")
    assert 'data-marks="t0 t4 t5"' in named
    assert "What the user has given is not asked for again" in named
    assert 'data-marks="t1 t4 t5"' in row("wrong_amount", "told the customer $99.00; it is $12.5, 'total'")  # a look-up
    assert 'data-marks="t4 t5"' in row("of_another_version", "no")


def test_every_rule_says_what_it_demands() -> None:
    for name in ("retail", "airline"):
        judging = load_domain(name).judging
        for rule, _ in (*CALL_RULES, *TEXT_RULES, *judging.call_rules, *judging.text_rules):
            assert len(demands(rule, judging)) > 20, rule


def test_a_call_that_does_not_count_is_not_called_failed() -> None:
    for stop in (StopReason.USER_FAULT, StopReason.FAILURE):
        episode = an_episode("x", **ENDED | {"stop": stop})
        shown = html_of(dialogue(episode)) + html_of(evidence(episode))
        assert "never said" not in shown  # a failed check
        assert "Goal not reached" not in shown
        assert "not counted" in words.episode_title(episode)
    assert "never said" in html_of(evidence(an_episode("x", **ENDED)))


def test_an_end_says_what_it_came_to_and_leads_on() -> None:
    html = dict(dialogue(an_episode("x", **ENDED), onward=(("next|watch", "Watch another"), ("?task=t", "Share"))))["end"]
    assert re.search(r"<strong>-?−?\d+\.\d of 15</strong> never said", html)
    assert 'data-pick="next|watch"' in html
    assert 'data-copy="?task=t"' in html
    fault = dict(dialogue(an_episode("x", **ENDED | {"stop": StopReason.USER_FAULT})))["end"]
    assert "Goal not reached" not in fault  # a failed customer is not the agent's failure


def test_the_running_text_is_shown_until_its_turn_is_complete() -> None:
    items = dialogue(an_episode("x"), live="One mom")
    assert items[-1][0] == "live"
    assert 'aria-hidden="true"' in items[-1][1]  # it is read out once, when it is whole


def test_a_spoken_turn_whose_words_are_not_known_yet_is_shown() -> None:
    turn = UserTurn(text="", audio=AudioRef(path="ab/c.wav", seconds=1, sample_rate=1))
    assert "…" in dict(dialogue(an_episode("x", turns=(turn,))))["t0"]


def test_the_reward_is_told_in_words_and_as_arithmetic() -> None:
    shown = dict(evidence(an_episode("x", score=-1, **ENDED)))["reward"]
    assert "1 of 2 turns correct" in shown
    assert "A major mistake" in shown
    assert "−2.5" in shown
    assert "10 × 0 + 5/2 × 1 − 5 = −2.5" in shown


def test_the_verifier_names_each_failed_check() -> None:
    shown = dict(evidence(an_episode("x", **ENDED)))["verifier"]
    assert "told the total" in shown
    assert "never said" in shown


def test_the_database_difference_reads_before_and_after() -> None:
    shown = dict(evidence(an_episode("x", **ENDED)))["database"]
    assert "Order #W1" in shown
    assert "<del>pending</del>" in shown
    assert "<ins>cancelled</ins>" in shown


def test_a_new_row_is_called_new_and_a_removed_one_removed() -> None:
    new = Change(table="payments", key="1", column="amount", before=None, after="$5.00")
    gone = Change(table="items", key="2", column="price", before="$1.00", after=None)
    shown = dict(evidence(an_episode("x"), (new, gone)))["database"]
    assert ">new<" in shown
    assert ">removed<" in shown


def test_free_talk_has_no_reward_and_nothing_to_verify() -> None:
    free = Task(id="f", domain="retail", split="free", kind="free", instruction="Ask what you like.")
    shown = dict(evidence(an_episode("x", task=free)))
    assert "no reward" in shown["reward"]
    assert "Nothing to verify" in shown["verifier"]


def test_the_scenario_speaks_to_the_reader_when_they_are_the_customer() -> None:
    assert "What you want" in dict(evidence(an_episode("x"), human=True))["scenario"]
    assert "What the customer wants" in dict(evidence(an_episode("x"), human=False))["scenario"]
