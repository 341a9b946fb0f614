"""A copy is read as data, whatever is in it, and becomes domains that everything else can use."""

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tarl_app import wiring
from tarl_app.cli import main
from tarl_app.conversation import Conversation
from tarl_app.core.domain import Domain
from tarl_app.core.errors import ConfigError, DomainError
from tarl_app.core.types import AgentTurn, Episode, StopReason, Task, ToolTurn, UserTurn
from tarl_app.domains import domain_names, labels_of, load_domain
from tarl_app.domains.tau.copy.check import DIGITS, check
from tarl_app.domains.tau.copy.importing import import_copy
from tarl_app.domains.tau.copy.literals import assigned
from tarl_app.domains.tau.domain import imported
from tarl_app.sandbox.checks import gold_episode, null_episode
from tarl_app.sandbox.verifier import verify
from tarl_app.users.first_person import first_person
from tests.domains.tau.copies import make_copy

SHOP = "tau-retail"


@pytest.fixture
def copy(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_copy(tmp_path_factory.mktemp("copy"))


@pytest.fixture
def domain(copy: Path) -> Iterator[Domain]:
    assert import_copy(copy) == ("tau-retail", "tau-airline")
    return load_domain(SHOP)


def ask(capfd: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> Any:
    assert main([*arguments, "--json"]) == code
    return json.loads(capfd.readouterr().out)


# --- reading --------------------------------------------------------------------------------------------------------------


def test_an_import_brings_policy_tasks_and_data(domain: Domain) -> None:
    assert domain.policy == "# The rules of our small retail\n\nBe kind.\n"
    assert [len(domain.tasks(split)) for split in wiring.SPLITS] == [3, 3, 3]
    first = domain.tasks("test")[0]
    assert (first.id, first.user_id, first.kind) == ("tau-retail-test-000", "ada_north_1001", "one_change")
    assert [call.name for call in first.gold] == ["get_order_details", "cancel_pending_order"]
    assert [(fact.kind, fact.value) for fact in first.must_tell] == [("money", "17.1")]
    assert wiring.find_task(first.id) == (first, domain)
    assert len(load_domain("tau-airline").tasks("test")) == 1
    assert load_domain("tau-airline").tasks("dev") == ()


def test_the_copy_may_go_and_may_be_given_at_any_of_its_levels(copy: Path) -> None:
    names = import_copy(copy / "tau_bench" / "envs")
    assert import_copy(copy / "tau_bench") == names
    for path in sorted(copy.rglob("*.json")):
        path.unlink()
    assert verify(gold_episode(load_domain(SHOP).tasks("test")[0], load_domain(SHOP)), load_domain(SHOP)).passed


def test_nothing_of_a_copy_is_run(copy: Path) -> None:
    witness = copy / "witness"
    evil = f"import pathlib\npathlib.Path({str(witness)!r}).write_text('run')\n"
    for path in sorted(copy.rglob("*.py")):
        path.write_text(evil + path.read_text("utf-8"), encoding="utf-8")
    import_copy(copy)
    assert not witness.exists()


@pytest.mark.parametrize(
    ("file", "text", "why"),
    [
        (
            "tasks_test.py",
            "TASKS_TEST = [Task(user_id=open('x').read())]",
            "line 1: a value that is written out is expected",
        ),
        ("tasks_test.py", "x = 1\n\nTASKS_TEST = [Task(]", "line 3: this is not Python"),
        ("tasks_test.py", "OTHER = []", "nothing is assigned to TASKS_TEST"),
        ("tasks_test.py", "", "nothing is assigned to TASKS_TEST"),
        ("tasks_test.py", "TASKS_TEST = [Task(user_id='a')]", "0.instruction"),
        ("tasks_test.py", "TASKS_TEST = " + "[" * 3000, "this is not Python that can be read"),
        ("data/users.json", "{", "is not JSON that can be read"),
        ("data/users.json", "[]", "is not a table of tau-bench"),
        ("data/users.json", '{"a": {"name": 1}}', "the record 'a' has no field 'email'"),
        ("data/users.json", None, "cannot be read"),
        ("wiki.md", None, "cannot be read"),
    ],
)
def test_what_cannot_be_read_is_told_and_the_former_import_stays(copy: Path, file: str, text: str | None, why: str) -> None:
    import_copy(copy)
    before = load_domain(SHOP).tasks("test")
    place = copy / "tau_bench" / "envs" / "retail" / file
    place.unlink() if text is None else place.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=why.replace("[", r"\[")) as error:
        import_copy(copy)
    assert str(place) in str(error.value)
    assert load_domain(SHOP).tasks("test") == before
    assert [path.name for path in (place.parents[0]).glob(".tau*")] == []


def test_a_folder_that_is_no_copy_is_told(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["import", "tau-bench", str(home)]) == 2
    assert "is no copy of tau-bench" in capsys.readouterr().err


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(VALUES)
def test_what_is_written_out_is_read_as_it_is(tmp_path: Path, value: Any) -> None:
    path = tmp_path / "a.py"
    path.write_bytes(f"NAME = {value!r}\nOTHER = Thing(a={value!r})\n".encode("utf-8", "surrogatepass"))
    assert assigned(path, "NAME", "OTHER") == [value, {"a": value}]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200) | st.text("NAME=[](){}'\"\\:,\n0x1-*#abc", max_size=60).map(str.encode))
def test_any_bytes_are_read_or_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.py"
    path.write_bytes(data)
    with suppress(ConfigError):
        assert len(assigned(path, "NAME")) == 1


# --- the check ------------------------------------------------------------------------------------------------------------


def test_the_check_compares_with_the_hashes_of_a_reference(copy: Path, capfd: pytest.CaptureFixture[str]) -> None:
    told = ask(capfd, "import", "tau-bench", str(copy), "--check")["domains"][SHOP]["test"]
    assert (told["tasks"], told["gold_states_equal"], told["null_passed"]) == (3, None, 1)
    parts = imported(wiring.settings().domains / SHOP, SHOP)
    key = f"{parts.manifest.data[:DIGITS]}/{parts.manifest.tasks['test'][:DIGITS]}"
    hashes = [one[:DIGITS] for one in told["hashes"]]
    assert check(parts, {key: hashes})["test"].gold_states_equal == 3
    damaged = check(parts, {key: ["0" * DIGITS, *hashes[1:]]})["test"]
    assert (damaged.gold_states_equal, damaged.different) == (2, ("tau-retail-test-000",))
    assert check(parts, {key[:-1] + "-": hashes})["test"].gold_states_equal is None  # of other tasks
    assert len(set(told["hashes"])) == 2
    assert told["hashes"][1] == parts.manifest.data


# --- the verdict ----------------------------------------------------------------------------------------------------------


def say(episode: Episode, text: str) -> Episode:
    return episode.model_copy(update={"turns": (*episode.turns[:-2], AgentTurn(text=text), episode.turns[-1])})


def test_the_solution_passes_and_doing_nothing_passes_where_nothing_is_asked(domain: Domain) -> None:
    tasks = domain.tasks("test")
    assert [verify(gold_episode(task, domain), domain).passed for task in tasks] == [True, True, True]
    assert [verify(null_episode(task, domain), domain).passed for task in tasks] == [False, True, False]


def test_outputs_are_parts_of_texts_by_the_benchmark_and_values_by_the_strict_rules(domain: Domain) -> None:
    cancelled, _, counted = map(gold_episode, domain.tasks("test"), [domain] * 3)
    for episode, text, passed, strict in (
        (cancelled, "You get $17.10 back.", True, True),
        (cancelled, "You get 3,117.16 back.", True, False),
        (cancelled, "You get your money back.", False, False),
        (counted, "There are 3 of them.", True, True),
        (counted, "There are three of them.", False, True),
        (counted, "There are 13 of them.", True, False),
        (counted, "It costs $3.", True, True),
    ):
        verdict = verify(say(episode, text), domain)
        assert (verdict.passed, verdict.strict) == (passed, strict), text


def test_words_that_accompany_a_call_do_not_count(domain: Domain) -> None:
    episode = say(gold_episode(domain.tasks("test")[2], domain), "Hm.")
    turn = episode.turns[1]
    assert isinstance(turn, AgentTurn)
    spoken = turn.model_copy(update={"text": "There are 3."})
    assert not verify(episode.model_copy(update={"turns": (episode.turns[0], spoken, *episode.turns[2:])}), domain).passed


def test_a_wrong_change_is_told_in_words(domain: Domain) -> None:
    task = domain.tasks("test")[0]
    other = {"order_id": "#W0000003", "reason": "ordered by mistake"}
    wrong = task.model_copy(update={"gold": (task.gold[1].model_copy(update={"arguments": other}),)})
    episode = gold_episode(wrong, domain).model_copy(update={"task": task})
    verdict = verify(episode, domain)
    assert not verdict.passed
    assert "orders #W0000003, status: 'cancelled' instead of unchanged" in verdict.checks[0].detail


def test_what_comes_after_a_transfer_is_not_played(domain: Domain) -> None:
    task = domain.tasks("test")[1]
    episode = gold_episode(task, domain)
    late = domain.tasks("test")[0].gold[1]
    result = domain.open().call(late)
    further = (*episode.turns, AgentTurn(tool_calls=(late,)), ToolTurn(results=(result,)))
    assert verify(episode.model_copy(update={"turns": further}), domain).passed


# --- played ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [0, 1, 2])
def test_the_scripted_pair_plays_every_task(domain: Domain, number: int) -> None:
    task = domain.tasks("dev")[number]
    agent, user = wiring.make_agent("scripted", task, domain), wiring.make_user(task)
    conversation = Conversation(task, domain, agent, user, wiring.make_judge(domain), seed=0, id="call")
    try:
        episode = conversation.run()
    finally:
        conversation.close()
    assert episode.verdict is not None
    assert (episode.verdict.passed, episode.verdict.strict) == (True, True)
    assert episode.stop == (StopReason.TRANSFERRED if number == 1 else StopReason.USER_DONE)


def test_the_customer_answers_what_is_asked_agrees_and_leaves(domain: Domain) -> None:
    task = domain.tasks("test")[0]
    user = wiring.make_user(task)
    first = user.speak(())
    assert first is not None
    assert first.text.startswith("I am Ada North in 90001. I want to cancel order #W0000001")
    turns: list[Any] = [first]
    for said, answer in (
        ("Which order is it?", "cancel order #W0000001"),
        ("Shall I cancel it?", ""),
        ("Done. Is there anything else?", ""),
    ):
        turns.append(AgentTurn(text=said))
        spoken = user.speak(turns)
        assert isinstance(spoken, UserTurn)
        assert answer in spoken.text
        turns.append(spoken)
    assert user.speak([*turns, AgentTurn(text="Goodbye.")]) is None


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ("You are Ada. you're in a hurry and want your money.", "I am Ada. I'm in a hurry and want my money."),
        ("If the agent asks you for yourself, you hang up.", "If the agent asks me for myself, I hang up."),
    ],
)
def test_instructions_are_told_in_the_first_person(told: str, said: str) -> None:
    assert first_person(told) == said


def test_an_evaluation_has_the_strict_share_and_both_controls(domain: Domain, capfd: pytest.CaptureFixture[str]) -> None:
    told = ask(capfd, "evaluate", "--domain", SHOP, "--agent", "scripted", "--split", "test")
    assert (told["pass_hat"], told["strict"]) == ({"1": 1.0}, 1.0)
    assert told["controls"]["gold"] == {"pass_hat": {"1": 1.0}, "strict": 1.0}
    assert round(told["controls"]["null"]["pass_hat"]["1"], 2) == 0.33
    assert main(["evaluate", "--domain", "tau-airline", "--agent", "scripted"]) == 2
    assert "no tasks in the split dev; it has: test" in capfd.readouterr().err


# --- offered --------------------------------------------------------------------------------------------------------------


def test_imported_domains_are_offered_with_the_tasks_they_have(domain: Domain) -> None:
    names = [one.name for one in wiring.playable()]
    assert names[-2:] == ["tau-airline", "tau-retail"] == list(domain_names())[-2:]
    assert [task.split for task in wiring.shown_tasks(load_domain("tau-airline"))] == ["test"]
    assert {task.split for task in wiring.shown_tasks(domain)} == {"dev"}
    assert "tau-bench" in labels_of(SHOP).scene


def test_a_damaged_import_is_left_out_and_told_when_it_is_asked_for(domain: Domain) -> None:
    folder = wiring.settings().domains / SHOP
    (folder / "domain.json").write_text('{"format": "tau-bench", "kind": "none"}', encoding="utf-8")
    assert SHOP not in [one.name for one in wiring.playable()]
    with pytest.raises(DomainError, match="'tau-retail' is damaged"):
        load_domain(SHOP)
    (folder / "domain.json").write_text('{"format": "other"}', encoding="utf-8")
    with pytest.raises(DomainError, match="'tau-retail' is damaged"):
        load_domain(SHOP)
    assert labels_of(SHOP) == labels_of("nobody")


def test_a_new_import_replaces_the_former_one_in_a_running_process(copy: Path, domain: Domain) -> None:
    place = copy / "tau_bench" / "envs" / "retail" / "wiki.md"
    place.write_text("Other rules.", encoding="utf-8")
    import_copy(copy)
    assert (domain.policy, load_domain(SHOP).policy) == ("# The rules of our small retail\n\nBe kind.\n", "Other rules.")


# --- recorded runs --------------------------------------------------------------------------------------------------------


def recorded(task: Task, calls: bool, said: str, reward: float) -> dict[str, Any]:
    """A run as the benchmark writes it."""
    actions = [{"name": call.name, "kwargs": call.arguments} for call in task.gold]
    outputs = [fact.value for fact in task.must_tell]
    info = {"user_id": task.user_id, "instruction": task.instruction, "actions": actions, "outputs": outputs}
    traj: list[dict[str, Any]] = [{"role": "system", "content": "rules"}, {"role": "user", "content": "Hello."}]
    for call in task.gold if calls else ():
        made = {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": json.dumps(call.arguments)}}
        traj.append({"role": "assistant", "content": "17.1 and 3", "tool_calls": [made, made]})
        traj.append({"role": "tool", "tool_call_id": call.id, "name": call.name, "content": "{}"})
    traj += [{"role": "assistant", "content": said}, {"role": "user", "content": "###STOP###"}]
    return {"task_id": int(task.id[-3:]), "reward": reward, "info": {"task": info}, "traj": traj, "trial": 0}


def test_recorded_runs_are_scored_again_and_stored(
    domain: Domain, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    first, second, third = domain.tasks("test")
    runs = [
        recorded(first, True, "You get 17.10.", 1.0),
        recorded(first, True, "Done.", 0.0),
        recorded(first, False, "17.1", 0.0),
        recorded(second, False, "Bye.", 1.0),
        recorded(third, False, "There are 13.", 1.0),
    ]
    cut = recorded(first, True, "You get 17.10.", 0.0)
    runs.append(cut | {"traj": cut["traj"][:-1]})
    runs = [run | {"trial": number} for number, run in enumerate(runs)]
    path = tmp_path / "gpt.json"
    path.write_text(json.dumps(runs), encoding="utf-8")
    told = ask(capfd, "import", "tau-bench-runs", str(path))
    assert (told["domain"], told["runs"], told["same_reward"], told["passed"], told["strict"]) == (SHOP, 6, 6, 3, 2)
    assert (told["stored"], told["other_tasks"]) == (6, 0)
    episode = wiring.make_store().get("gpt-0-0")
    assert episode.agent == "gpt"
    assert [len(turn.tool_calls) for _, turn in episode.agent_turns] == [1, 1, 0]
    path.write_text(json.dumps([runs[0] | {"reward": 0.0}]), encoding="utf-8")
    assert ask(capfd, "import", "tau-bench-runs", str(path), "--check", code=1)["different"] == ["gpt-0-0"]


@pytest.mark.parametrize("text", ["", "{}", '[{"task_id": 1}]', "[" * 5000])
def test_files_without_runs_are_told(domain: Domain, tmp_path: Path, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "runs.json"
    path.write_text(text, encoding="utf-8")
    assert main(["import", "tau-bench-runs", str(path), "--domain", SHOP]) == 2
    assert "holds no recorded runs of tau-bench" in capsys.readouterr().err


def test_a_call_that_broke_down_on_purpose_is_not_replayed(domain: Domain) -> None:
    task = domain.tasks("test")[0]
    gold = gold_episode(task, domain)
    broke: list[Any] = []
    for turn in gold.turns:
        if isinstance(turn, ToolTurn) and domain.writes(turn.results[0].name):
            failed = turn.results[0].model_copy(update={"content": "Error: 503", "is_error": True, "fault": "fail"})
            broke.append(ToolTurn(results=(failed,)))
        else:
            broke.append(turn)
    assert verify(gold, domain).passed
    verdict = verify(gold.model_copy(update={"turns": tuple(broke)}), domain)
    assert not verdict.passed
    assert verdict.changes == ()
