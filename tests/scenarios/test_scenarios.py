"""Scenarios: what a file may say, what is expected of a call, and what the command makes of it."""

import json
import time
import xml.etree.ElementTree as ET
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tarl_app import wiring
from tarl_app.cli import main
from tarl_app.core.errors import AgentError, ConfigError
from tarl_app.core.types import (
    AgentTurn,
    Change,
    Episode,
    StopReason,
    Timing,
    ToolCall,
    ToolResult,
    ToolSpec,
    ToolTurn,
    UserTurn,
)
from tarl_app.domains import load_domain
from tarl_app.scenarios import patterns
from tarl_app.scenarios.expectations import alike, answers, failures
from tarl_app.scenarios.model import Expectation, Scenario
from tarl_app.scenarios.play import Parts, play
from tarl_app.scenarios.preparing import Prepared, fitted_all, prepare
from tarl_app.scenarios.reading import find, read
from tarl_app.scenarios.reports import status, write_junit
from tarl_app.wiring_scenarios import scenario_parts
from tests.domains.library import domain as library

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples" / "scenarios"
RETAIL = load_domain("retail")
TASK = "retail-dev-000"
GOOD = f"task: {TASK}\nexpect:\n  - passes: true\n"


def written(folder: Path, text: str, name: str = "one.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def prepared(folder: Path, text: str) -> Prepared:
    (one,) = read([written(folder, text)])
    return prepare(one, wiring.find_task, load_domain)


def faults(folder: Path, text: str) -> list[str]:
    """The errors about a file, without its name."""
    path = written(folder, text)
    with pytest.raises(ConfigError) as caught:
        [prepare(one, wiring.find_task, load_domain) for one in read([path])]
    lines = str(caught.value).splitlines()
    assert all(line.startswith(f"{path}, line ") for line in lines), lines
    return [line.removeprefix(f"{path}, line ") for line in lines]


# --- files ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("", 1, "empty"),
        ("hello", 1, "mapping"),
        (f"task: {TASK}\nexpects:\n  - passes: true\n", 2, "did you mean 'expect'"),
        (f"task: {TASK}\n", 1, "expect is missing"),
        (f"task: {TASK}\nexpect: []\n", 2, "expect"),
        (f"task: {TASK}\nseed: many\n{'expect:'}\n  - passes: true\n", 2, "integer"),
        (f"task: {TASK}\nexpect:\n  - pases: true\n", 3, "did you mean 'passes'"),
        (f"task: {TASK}\nexpect:\n  - passes: true\n    unchanged: true\n", 3, "two expectations"),
        (f"task: {TASK}\nexpect:\n  - turn: 1\n", 3, "nothing is expected"),
        (f"task: {TASK}\nexpect:\n  - turn: first\n    says: hello\n", 3, "any, every or last"),
        (f"task: {TASK}\nexpect:\n  - turn: 1\n    passes: true\n", 3, "turn goes with"),
        (f"task: {TASK}\nexpect:\n  - with: {{order_id: a}}\n", 3, "go with call"),
        (f"task: {TASK}\nexpect:\n  - matches: '('\n", 3, "not a regular expression"),
        (f"task: {TASK}\nexpect:\n  - call: cancel_pending_orders\n", 3, "did you mean 'cancel_pending_order'"),
        (f"task: {TASK}\nexpect:\n  - no_call: cancel\n", 3, "there is no tool"),
        (f"task: {TASK}\nexpect:\n  - calls_in_order: [think, thinking]\n", 3, "there is no tool 'thinking'"),
        (f"task: {TASK}\nexpect:\n  - call: think\n    with: {{thoughts: a}}\n", 4, "did you mean 'thought'"),
        ("task: retail-dev-999\nexpect:\n  - passes: true\n", 1, "no task"),
        ("domain: retial\nsay: [Hello]\nexpect:\n  - ends: user_done\n", 1, "no domain"),
        ("domain: retail\nsay: [Hello]\nexpect:\n  - passes: true\n", 4, "nothing can be verified"),
        ("domain: retail\nsay: [Hello]\nexpect:\n  - turn: 2\n    says: hello\n", 4, "no answer 2"),
        ("domain: retail\nexpect:\n  - unchanged: true\n", 1, "nobody calls"),
        ("domain: retail\ngoal: A refund\nexpect:\n  - unchanged: true\n", 1, "played by a model"),
        ("domain: retail\nsay: [a]\ngoal: b\nexpect:\n  - unchanged: true\n", 1, "choose one"),
        ("domain: retail\nsay:\n  - Cancel order #W1590803.\nexpect:\n  - unchanged: true\n", 3, "comment in YAML"),
        (f"task: {TASK}\ncustomer:\n  maner: plain\nexpect:\n  - passes: true\n", 3, "did you mean 'manner'"),
        (f"task: {TASK}\nfaults: fail=2\nexpect:\n  - passes: true\n", 2, "fail"),
        (f"task: {TASK}\nfaults: {{fial: 0.1}}\nexpect:\n  - passes: true\n", 2, "did you mean 'fail'"),
        (f"task: {TASK}\npass_rate: 0\nexpect:\n  - passes: true\n", 2, "greater than 0"),
        (f"domain: airline\n{GOOD}", 1, "of the domain 'retail'"),
        (f"- task: {TASK}\n  expect: [{{passes: true}}]\n- task: {TASK}\n  expekt: []\n", 4, "did you mean 'expect'"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(tmp_path: Path, text: str, line: int, words: str) -> None:
    told = faults(tmp_path, text)
    assert any(one.startswith(f"{line}: ") and words in one for one in told), told


def test_all_faults_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    first = written(tmp_path, f"task: {TASK}\nsed: 1\nexpekt: 2\n", "a.yaml")
    second = written(tmp_path, "task: [", "b.yaml")
    with pytest.raises(ConfigError) as caught:
        read([first, second])
    assert [part in str(caught.value) for part in ("'seed'", "'expect'", "b.yaml", "line 1")] == [True] * 4


@given(st.text(st.sampled_from("task: -[]{}#'\"\nexpect passes true 1 é\x00")))
@settings(max_examples=60)
def test_any_file_is_scenarios_or_an_error(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.getbasetemp() / "any.yaml"
    path.write_text(text, encoding="utf-8")
    with suppress(ConfigError):
        assert isinstance(read([path]), list)


def test_texts_stay_as_they_are_written(tmp_path: Path) -> None:
    one = prepared(
        tmp_path, "domain: retail\nsay: [no, 007]\ngold:\n  - name: think\n    arguments: {thought: 12}\n" + GOOD[20:]
    )
    assert one.scenario.say == ("no", "007")
    assert one.task.gold[0].arguments == {"thought": "12"}


def test_gold_arguments_have_the_types_of_the_tools_schema() -> None:
    kinds = {"i": "integer", "n": "number", "b": "boolean", "s": "string"}
    properties: dict[str, Any] = {name: {"type": kind} for name, kind in kinds.items()}
    properties["l"] = {"type": "array", "items": {"type": "integer"}}
    properties["o"] = {"anyOf": [{"type": "integer"}, {"type": "null"}]}
    tool = ToolSpec(name="t", description="", parameters={"type": "object", "properties": properties})
    given = {"i": "3", "n": "0.5", "b": "true", "s": "3", "l": ["1", "2"], "o": "null", "new": "3"}
    typed = {"i": 3, "n": 0.5, "b": True, "s": "3", "l": [1, 2], "o": None, "new": "3"}
    assert fitted_all(given, tool) == typed
    assert fitted_all({"i": "three"}, tool) == {"i": "three"}


def test_a_folder_stands_for_its_files_and_nothing_for_nothing(tmp_path: Path) -> None:
    assert find([str(EXAMPLES)]) == sorted(EXAMPLES.glob("*.yaml"))
    with pytest.raises(ConfigError, match="no file"):
        find([str(tmp_path)])


# --- words and patterns -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "words", "found"),
    [
        ("It is 12 dollars.", "12", True),
        ("It is 1200 dollars.", "12", False),
        ("It’s  done", "it's done", True),
        ("order #W15.", "#W15", True),
        ("order #W1590", "#w15", False),
        ("cancelled", "cancel", False),
        ("a", "", False),
    ],
)
def test_words_are_whole_ones_in_any_spelling(text: str, words: str, found: bool) -> None:
    assert patterns.says(text, words) is found


@given(st.text(max_size=30), st.text(min_size=1, max_size=10))
def test_what_stands_alone_in_a_text_is_said_in_it(text: str, words: str) -> None:
    if patterns.fold(words):
        assert patterns.says(f"{text} {words} {text}", words)


def test_a_pattern_that_would_take_for_ever_is_an_error() -> None:
    started = time.monotonic()
    with pytest.raises(ConfigError, match="too long"):
        patterns.matches(r"(?:a|aa)+$", "a" * 5000 + "!")
    assert time.monotonic() - started < 60


@pytest.mark.parametrize("pattern", ["((a{100}){100}){100}", "(?R)", "(a)(?1)", "a" * 300, "", "[", "x{1,2000}", "*"])
def test_patterns_that_would_take_all_memory_are_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"pattern|expression"):
        Expectation.model_validate({"matches": pattern})


@given(st.text(st.sampled_from("a(){}[]|*+?\\1,30R:^$.<=!"), max_size=20), st.text(max_size=40))
@settings(max_examples=80)
def test_any_pattern_is_matched_or_refused(pattern: str, text: str) -> None:
    with suppress(ValueError, ConfigError):
        one = Expectation.model_validate({"matches": pattern})
        assert patterns.matches(one.matches or "", text) in (True, False)


def test_a_question_is_a_sentence_with_a_question_mark() -> None:
    text = "Thank you. What is your zip code? I look it up."
    assert patterns.asks(text, "zip code")
    assert patterns.asks(text, "true")
    assert not patterns.asks(text, "look")
    assert not patterns.asks("I look it up.", "true")


# --- expectations -----------------------------------------------------------------------------------------------------

WRITE = "cancel_pending_order"
LOOK = "get_order_details"


def episode() -> Episode:
    """Two answers; a look-up that fails, one that succeeds, and a change."""

    def turns(call: ToolCall, error: bool = False) -> tuple[AgentTurn, ToolTurn]:
        made = AgentTurn(tool_calls=(call,), timing=Timing(total=0.5))
        content = "Error: there is no such order" if error else "{}"
        result = ToolResult(call_id=call.id, name=call.name, content=content, is_error=error)
        return made, ToolTurn(results=(result,), seconds=0.25)

    cancel = ToolCall(id="c3", name=WRITE, arguments={"order_id": "#W1", "reason": "No longer needed"})
    return Episode(
        id="e",
        task=wiring.find_task(TASK)[0],
        agent="a",
        user="u",
        turns=(
            UserTurn(text="Hi"),
            AgentTurn(text="What is your zip code?", timing=Timing(total=1.0, voice=0.4)),
            UserTurn(text="1"),
            *turns(ToolCall(id="c1", name=LOOK, arguments={"order_id": "#W2"}), error=True),
            *turns(ToolCall(id="c2", name=LOOK, arguments={"order_id": "#W1"})),
            *turns(cancel),
            AgentTurn(text="Your order has been cancelled.", timing=Timing(total=1.0, voice=0.75)),
        ),
        stop=StopReason.USER_DONE,
    )


CHANGES = (Change(table="orders", key="#W1", column="status", before="pending", after="cancelled"),)


def unmet(**expected: Any) -> list[str]:
    one = Expectation.model_validate(expected)
    return [failure.text for failure in failures([one], episode(), CHANGES, RETAIL)]


@pytest.mark.parametrize(
    "expected",
    [
        {"says": "zip code"},
        {"turn": 1, "asks": "zip"},
        {"turn": 2, "says": ["order", "cancelled"], "does_not_say": "zip"},
        {"turn": "last", "matches": r"\bcancell?ed\b"},
        {"turn": "every", "does_not_match": r"refund"},
        {"turn": "every", "matches": "your"},
        {"call": WRITE, "with": {"order_id": "#w1"}},
        {"call": LOOK, "times": 1},
        {"call": LOOK, "at_most": 1},
        {"call": "think", "times": 0},
        {"no_call": "transfer_to_human_agents"},
        {"calls_in_order": [LOOK, WRITE]},
        {"state": {"table": "orders", "row": "#W1", "column": "status", "is": "Cancelled"}},
        {"ends": "user_done"},
        {"answers_at_most": 2},
        {"answers_at_least": 2},
        {"turn": 1, "reply_within": 1, "sound_within": 0.5},
        {"turn": 2, "reply_within": 3.3, "sound_within": 3.1, "strict": True},
        {"passes": False},
        {"no_deviation": "true"},
    ],
)
def test_what_happened_meets_the_expectation(expected: dict[str, Any]) -> None:
    assert unmet(**expected) == []


@pytest.mark.parametrize(
    ("expected", "told"),
    [
        ({"says": "refund"}, "no answer does: answer 1: 'What is your zip code?' / answer 2"),
        ({"turn": 1, "says": "email"}, "answer 1: does not say 'email'; it is: 'What is your zip code?'"),
        ({"turn": 3, "says": "email"}, "there is no such answer: the agent answered 2 times"),
        ({"turn": "every", "asks": "true"}, "answer 2: asks nothing"),
        ({"does_not_say": "been cancelled"}, "answer 2: says 'been cancelled', which it should not"),
        ({"turn": 2, "matches": "^Sorry"}, "answer 2: does not match"),
        ({"call": WRITE, "with": {"order_id": "#W2"}}, "at least once, and did not at all; found: turn 7"),
        ({"call": LOOK, "times": 2}, "twice, and did once; found: turn 3"),
        ({"call": WRITE, "at_most": 0}, "at most not at all, and did once"),
        ({"call": "think"}, "it was never called; calls: get_order_details, get_order_details, cancel_pending_order"),
        ({"no_call": LOOK}, "turn 3: 'get_order_details(order_id=#W2)' was called, which should not be (it failed)"),
        ({"calls_in_order": [WRITE, LOOK]}, "get_order_details is not where it should be; found: get_order_details, cancel"),
        ({"unchanged": "true"}, "orders #W1, status: 'pending' -> 'cancelled'"),
        ({"state": {"table": "orders", "row": "#W1", "column": "status", "is": "pending"}}, "and is 'cancelled'"),
        (
            {"state": {"table": "orders", "row": "#W9", "column": "status", "is": "pending"}},
            "not changed; changed: orders #W1",
        ),
        ({"ends": "transferred"}, "should end as transferred, and ended as user_done"),
        ({"answers_at_most": 1}, "at most, and answered 2 times"),
        ({"reward_at_least": 10}, "the reward should be 10 at least"),
        ({"passes": True}, "the verifier should pass it"),
        ({"turn": 2, "reply_within": 3}, "after 3.25 s, not within 3 s"),
        ({"turn": 2, "sound_within": 2.5}, "its first sound came after 3.00 s"),
    ],
)
def test_a_failure_says_where_and_what_was_found(expected: dict[str, Any], told: str) -> None:
    assert told in unmet(**expected)[0]


def test_being_slow_is_told_and_fails_only_where_it_is_strict() -> None:
    slow = failures([Expectation(turn=2, reply_within=1)], episode(), (), RETAIL)
    strict = failures([Expectation(turn=2, reply_within=1, strict=True)], episode(), (), RETAIL)
    assert [one.slow for one in (*slow, *strict)] == [True, False]


def test_answers_are_counted_by_what_the_customer_said() -> None:
    turns = (
        AgentTurn(text="Welcome."),
        UserTurn(text="a"),
        AgentTurn(text="One."),
        AgentTurn(text="Two."),
        UserTurn(text="b"),
    )
    assert [(one.number, one.text) for one in answers(turns)] == [(1, "Welcome. One. Two.")]


@pytest.mark.parametrize(
    ("expected", "found", "same"),
    [
        ("20", 20.0, True),
        ("20", "20", True),
        ("true", True, True),
        ("true", "yes", False),
        ("null", None, True),
        (["a", "b"], ["a", "B"], True),
        (["a"], ["a", "b"], False),
        ({"x": "1"}, {"x": 1, "y": 2}, True),
        ({"x": "1"}, [1], False),
        ("x", 1, False),
    ],
)
def test_values_are_compared_as_what_they_are(expected: Any, found: Any, same: bool) -> None:
    assert alike(expected, found) is same


# --- trials -----------------------------------------------------------------------------------------------------------


class Moody:
    """Says goodbye with some seeds, and is not reachable with others."""

    name = "moody"

    def __init__(self, seed: int, down: bool = False) -> None:
        self.seed, self.down = seed, down

    def reply(self, turns: Any, on_text: Any = None, cancelled: Any = None) -> AgentTurn:
        if self.down:
            raise AgentError("the server does not answer")
        return AgentTurn(text="Goodbye." if self.seed % 4 else "Hello, how are you?")


def moody(down: bool = False) -> Parts:
    scripted = scenario_parts("scripted")
    return Parts(lambda task, domain, seed: Moody(seed, down), scripted.user, scripted.judge, scripted.voice)


LINES = "domain: retail\nsay: [Hello]\ntrials: 4\npass_rate: {rate}\nexpect:\n  - turn: 1\n    says: goodbye\n"


@pytest.mark.parametrize(("rate", "passed"), [("0.75", True), ("0.76", False)])
def test_enough_trials_have_to_pass(tmp_path: Path, rate: str, passed: bool) -> None:
    result = play(prepared(tmp_path, LINES.format(rate=rate)), moody())
    assert [one.seed for one in result.trials] == [0, 1, 2, 3]
    assert (result.count, result.rate, result.passed) == (3, 0.75, passed)
    assert status([result]) == (0 if passed else 1)


def test_an_agent_that_cannot_be_reached_is_an_error_and_no_failure(tmp_path: Path) -> None:
    result = play(prepared(tmp_path, LINES.format(rate="0.5")), moody(down=True))
    assert "does not answer" in result.error
    assert len(result.trials) == 1
    assert status([result]) == 2


def test_junit_holds_whatever_was_said(tmp_path: Path) -> None:
    text = 'domain: retail\nsay: ["a\\x07 <b> ]]> \U0001f600"]\nexpect:\n  - turn: 1\n    says: ["<never> & \\x01"]\n'
    result = play(prepared(tmp_path, text), moody())
    write_junit([result], "x\x00", tmp_path / "deep" / "out.xml")
    root = ET.fromstring((tmp_path / "deep" / "out.xml").read_text(encoding="utf-8"))
    (suite,) = root
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("1", "1", "0")
    failure = suite[0].find("failure")
    assert failure is not None
    assert r"<never> & \x01" in (failure.get("message") or "")
    assert "a? <b> ]]>" in (suite[0].findtext("system-out") or "")


# --- the command ------------------------------------------------------------------------------------------------------


@pytest.fixture
def test(home: Path, capfd: pytest.CaptureFixture[str]) -> Any:
    def run(*arguments: str) -> tuple[int, str, str]:
        code = main(["test", *arguments])
        out, err = capfd.readouterr()
        return code, out, err

    return run


def test_the_examples_pass_with_the_scripted_agent(test: Any, tmp_path: Path) -> None:
    code, out, err = test(str(EXAMPLES), "--agent", "scripted", "--junit", str(tmp_path / "out.xml"), "--json")
    told = json.loads(out)
    assert (code, told["failed"], told["errors"]) == (0, 0, 0), err
    assert told["passed"] == len(told["scenarios"]) == 6
    cases = ET.parse(tmp_path / "out.xml").getroot().iter("testcase")
    assert [case.get("name") for case in cases] == [one["name"] for one in told["scenarios"]]
    assert "trial 3/3" in err


def test_an_agent_that_does_nothing_fails_and_the_status_says_so(test: Any) -> None:
    code, out, _ = test(str(EXAMPLES / "lines.yaml"), str(EXAMPLES / "refusal.yaml"), "--agent", "null", "--trials", "2")
    assert code == 1
    assert "FAILED Three lines and a yes (0 of 2 trials)" in out
    assert "answer 1: asks nothing; it is: 'Thank you for calling." in out
    assert "1 of 2 scenarios passed" in out


def test_a_file_that_is_wrong_is_an_error_before_anything_is_played(test: Any, tmp_path: Path) -> None:
    good, bad = (
        written(tmp_path, GOOD, "good.yaml"),
        written(tmp_path, "task: x-dev-0\nexpect: [{passes: true}]\n", "bad.yaml"),
    )
    code, out, err = test(str(good), str(bad), "--agent", "scripted")
    assert (code, out) == (2, "")
    assert "bad.yaml, line 1" in err


@pytest.mark.parametrize("agent", ["nobody", "chat:x"])
def test_an_agent_that_there_is_not_is_an_error(test: Any, tmp_path: Path, agent: str) -> None:
    code, _, err = test(str(written(tmp_path, GOOD)), "--agent", agent)
    assert code == 2, err


def test_calls_are_kept_where_it_is_asked_for(test: Any, tmp_path: Path) -> None:
    wiring.make_store.cache_clear()
    test(str(written(tmp_path, GOOD)), "--agent", "null", "--save")
    assert [one.agent for one in wiring.make_store().list()] == ["null"]
    wiring.make_store.cache_clear()


def test_a_domain_never_heard_of_can_be_tested(tmp_path: Path) -> None:
    domain = library.library()
    path = written(tmp_path, "domain: library\nsay: [Hello]\nexpect:\n  - unchanged: true\n  - call: lend_bok\n")
    (one,) = read([path])
    with pytest.raises(ConfigError, match="there is no tool 'lend_bok'"):
        prepare(one, wiring.find_task, lambda name: domain)


def test_every_field_is_in_the_page_about_scenarios() -> None:
    page = (EXAMPLES.parents[1] / "scenarios.md").read_text(encoding="utf-8")
    fields = [*Scenario.model_fields, *Expectation.model_fields]
    assert [name for name in fields if f"`{'with' if name == 'arguments' else name}`" not in page] == []
