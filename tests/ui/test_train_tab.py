"""The Train tab without a browser: the form's values, curves, and a run's directory as HTML."""

import asyncio
import json
import os
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest
import yaml
from gradio.blocks import BlockFunction
from hypothesis import given
from hypothesis import strategies as st

from tarl_app.conversation import Conversation
from tarl_app.core.errors import ConfigError
from tarl_app.core.types import AgentTurn, Episode, Task, UserTurn
from tarl_app.jobs import launch, run_record
from tarl_app.jobs.runs import Runs
from tarl_app.ui.tabs import train
from tarl_app.ui.tabs.train import curves, view
from tarl_app.ui.tabs.train import page as train_page
from tarl_app.ui.tabs.train.form import read_yaml, share_out
from tarl_app.ui.training_service import Training

CONFIG = {
    "base": "omni-mini",
    "algorithm": {"name": "grpo"},
    "scheme": "tarl",
    "groups": 2,
    "group_size": 4,
    "judge": "reference",
}


def write_run(root: Path, name: str, steps: int = 3, state: str = "stopped", message: str = "") -> None:
    Runs(root).create(name, CONFIG)
    folder = root / name
    rows = [
        {"step": n, "reward": n - 1.5, "success": n / 10, "pass/retail": 0.5, "seconds": 60.0} for n in range(1, steps + 1)
    ]
    (folder / "metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    launch.write_json(folder / "status.json", {"state": state, "step": steps, "steps": 10, "message": message})


def html_of(root: Path, name: str = "mine") -> dict[str, str]:
    return dict(view.run_view(Runs(root).get(name), {}))


@given(st.dictionaries(st.sampled_from("abcde"), st.floats(0, 1), min_size=1), st.data())
def test_shares_sum_to_one_whichever_is_moved(shares, data):
    moved = data.draw(st.sampled_from(sorted(shares)))
    found = share_out(shares, moved)
    assert sum(found.values()) == pytest.approx(1, abs=0.011 * len(shares))
    assert all(0 <= share <= 1 for share in found.values())
    if len(shares) > 1:
        assert found[moved] == pytest.approx(shares[moved], abs=0.006)


@pytest.mark.parametrize("text", ["a: [", "- a", "!!python/object/apply:os.getcwd []", "a" * 30_000])
def test_other_settings_that_are_no_settings_are_refused(text):
    with pytest.raises(ConfigError):
        read_yaml(text)


def test_other_settings_are_plain_values():
    assert read_yaml("warmup_steps: 3\nreward: {success: 10}") == {"warmup_steps": 3, "reward": {"success": 10}}
    assert read_yaml("") == {}


def test_a_curve_has_a_line_for_each_run_and_names_its_newest_value():
    rows = [{"step": n, "reward": -float(n)} for n in range(1, 6)]
    html = curves.picture(curves.MAIN[0], {"one": rows, "two": rows[:2]})
    assert html.count("<polyline") == 2
    assert 'data-name="two"' in html
    assert "<b>−5.00</b>" in html


def test_a_metric_that_is_not_a_number_or_not_there_draws_nothing():
    rows = [{"step": 1, "reward": None}, {"step": 2, "reward": float("nan")}, {"step": 3, "reward": True}, {"step": 4}]
    assert curves.picture(curves.MAIN[0], {"one": rows}) == ""


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=700))
def test_every_curve_stays_inside_its_picture_and_is_no_longer_than_allowed(values):
    rows = [{"step": n, "reward": value} for n, value in enumerate(values, 1)]
    html = curves.picture(curves.MAIN[0], {"one": rows})
    for points in re.findall(r' points="([^"]+)"', html):
        places = [tuple(map(float, point.split(","))) for point in points.split()]
        assert len(places) <= curves.POINTS
        assert all(0 <= x <= curves.WIDTH and 0 <= y <= curves.HEIGHT for x, y in places)


def test_a_constant_line_is_smoothed_to_itself():
    assert [round(value, 9) for _, value in curves.smooth([(n, 2.0) for n in range(40)])] == [2.0] * 40


def test_a_run_shows_progress_time_left_and_pass_rates_of_its_domains(tmp_path):
    write_run(tmp_path, "mine")
    html = html_of(tmp_path)
    assert "step 3 of 10" in html["head"]
    assert 'aria-valuenow="3"' in html["head"]
    assert "Goal reached: retail" in html["curves"]
    assert "left" not in html["head"]  # nothing is going on


def test_pass_rates_of_sources_are_unfolded_apart_from_those_of_domains():
    rows = [{"step": n, "reward": 1.0, "pass/retail": 0.5, "pass/easy": 0.7} for n in (1, 2)]
    main, further = curves.curves_of({"mine": rows}, {"retail"})
    assert "Goal reached: retail" in [curve.title for curve in main]
    assert "Goal reached in “easy”" in [curve.title for curve in further]
    assert not any("easy" in curve.title for curve in main)


def test_the_time_left_is_told_of_a_live_run(tmp_path):
    write_run(tmp_path, "mine", state="running")
    launch.record(tmp_path / "mine", launch.describe(os.getpid()))
    run = Runs(tmp_path).get("mine")
    assert view.seconds_left(run, run_record.metrics(run.folder)) == 7 * 60
    assert "about 7 min left" in html_of(tmp_path)["head"]


def test_a_failed_run_says_what_happened_and_what_to_do(tmp_path):
    write_run(tmp_path, "mine", state="failed", message="[Errno 28] No space left on device")
    html = html_of(tmp_path)
    assert "No space left" in html["error"]
    assert "Free some space" in html["error"]
    assert "<details" in html["log"]
    assert " open" in html["log"]


def test_a_run_that_died_without_a_word_says_so(tmp_path):
    write_run(tmp_path, "mine", state="running")
    assert "killed" in html_of(tmp_path)["error"]


def test_what_a_log_or_an_error_says_is_never_markup(tmp_path):
    write_run(tmp_path, "mine", state="failed", message="<img src=x onerror=alert(1)>")
    (tmp_path / "mine" / "log.txt").write_text("<script>alert(2)</script>")
    config = {**CONFIG, "name": "mine", "base": "<b>x</b>"}
    (tmp_path / "mine" / "config.yaml").write_text(yaml.safe_dump(config))
    html = "".join(html_of(tmp_path).values())
    for markup in ("<img", "<script", "<b>x"):
        assert markup not in html


def test_a_sampled_rollout_can_be_read_with_verdicts_and_arithmetic(tmp_path, make_services):
    services = make_services()
    task = services.showpiece
    talk = Conversation(
        task,
        services.domain,
        services.make_agent("scripted", task),
        services.make_user(task, False),
        judge=services.make_judge(services.domain),
    )
    write_run(tmp_path, "mine")
    episode = talk.run()
    row = {"step": 3, "reward": 14.3, "explained": "10 × 1 + 5/7 × 6 − 0 = 14.3", "episode": episode.model_dump(mode="json")}
    (tmp_path / "mine" / "samples.jsonl").write_text("broken\n" + json.dumps(row) + "\n" + '{"step": 4, "rew')
    html = html_of(tmp_path)[f"s{episode.id}-3"]
    assert "10 × 1 + 5/7 × 6 − 0 = 14.3" in html
    assert "ev-agent" in html
    assert "step 3" in html
    assert "Head start" not in html


@pytest.mark.parametrize("turns", [1, 2, 99])
def test_a_sampled_rollout_shows_where_the_expert_stopped_and_the_policy_went_on(tmp_path, turns):
    write_run(tmp_path, "mine")
    said = [turn for number in range(3) for turn in (UserTurn(text=f"ask {number}"), AgentTurn(text=f"say {number}"))]
    task = Task(id="t", domain="retail", split="train", kind="lookup", instruction="Ask.")
    episode = Episode(id="one", task=task, agent="run", user="scripted", turns=tuple(said))
    row = {"step": 3, "reward": 1.0, "given": turns, "episode": episode.model_dump(mode="json")}
    (tmp_path / "mine" / "samples.jsonl").write_text(json.dumps(row) + "\n")
    html = html_of(tmp_path)["sone-3"]
    if turns == 99:
        assert "Head start" not in html
        return
    before, after = html.split("Head start")
    assert before.count("ev-agent") == turns
    assert f"say {turns - 1}" in before
    assert f"say {turns}" in after


def test_a_checkpoint_is_offered_as_an_agent_once_it_is_complete(tmp_path):
    write_run(tmp_path, "mine")
    for step, name in ((2, "config.json"), (3, "weights-00001.safetensors")):
        folder = tmp_path / "mine" / "checkpoints" / f"step-{step:06d}"
        folder.mkdir(parents=True)
        (folder / name).write_text("{}")
    assert [*run_record.checkpoint_folders(tmp_path)] == ["mine@2"]
    html = html_of(tmp_path)["checkpoints"]
    assert 'href="?agent=mine%402"' in html
    assert 'href="?compare=mine%402&amp;with=omni-mini"' in html
    assert 'href="?evaluate=mine%402"' in html
    assert "mine@3" not in html


def test_of_a_step_done_twice_the_newer_row_counts(tmp_path):
    write_run(tmp_path, "mine")
    with (tmp_path / "mine" / "metrics.jsonl").open("a") as file:
        file.write(json.dumps({"step": 2, "reward": 9.0}) + "\n")
    assert [row["reward"] for row in run_record.metrics(tmp_path / "mine")] == [-0.5, 9.0, 1.5]


def test_the_list_marks_the_chosen_run_and_those_that_are_drawn(tmp_path):
    for name in ("a", "b", "c"):
        write_run(tmp_path, name)
    html = dict(view.runs_list(Runs(tmp_path).list(), "a", ["b"]))
    assert "ru-chosen" in html["a"]
    assert "checked" in html["b"]
    assert "checked" not in html["c"]
    assert dict(view.runs_list((), "", []))["none"] == view.NO_RUNS


def test_what_a_visitor_looks_at_is_changed_by_one_handler_at_a_time(tmp_path):
    """Otherwise a tick that read it before a click writes it back after the click."""
    training = Training(Runs(tmp_path), ("retail",), lambda: pytest.fail("the form is not filled yet"))

    async def touching() -> list[BlockFunction]:  # with a loop running; otherwise Gradio opens one and leaves it open
        with gr.Blocks() as blocks:
            page = train_page.lay_out(training)
            train.connect(page, train.Handlers(training, page), lambda handler: handler)
        return [fn for fn in blocks.fns.values() if page.looking in fn.inputs or page.looking in fn.outputs]

    with ThreadPoolExecutor(1) as pool:  # in this thread a loop may run already: that of the browser tests
        found = pool.submit(asyncio.run, touching()).result()
    assert len(found) > 8
    assert {(fn.concurrency_id, fn.concurrency_limit) for fn in found} == {("train", 1)}


def handlers(root: Path) -> tuple[train.Handlers, Any]:
    page: Any = SimpleNamespace(**{one.name: one.name for one in fields(train_page.Page)})
    return train.Handlers(Training(Runs(root), ("retail",), lambda: pytest.fail("the form is filled")), page), page


def test_a_preset_fills_the_form_once_also_where_only_the_page_remembers_it(tmp_path):
    write_run(tmp_path, "one")
    do, page = handlers(tmp_path)
    looking = do.returned(train_page.LOOKING, "tiny", SimpleNamespace(shown="one", why="asked"))[page.looking]
    assert [*do.preset(looking, "tiny")] == [page.looking]
    with pytest.raises(pytest.fail.Exception, match="the form is filled"):
        do.preset(looking, "cpu")


def test_a_visit_whose_memory_was_lost_asks_the_page_what_it_shows_and_shows_that(tmp_path):
    for name in ("one", "two", "three"):
        write_run(tmp_path, name)
    do, page = handlers(tmp_path)
    asked = do.tick(train_page.LOOKING)
    assert [*asked] == [page.returning]
    assert asked != do.tick(train_page.LOOKING)
    shown = do.returned(train_page.LOOKING, None, SimpleNamespace(shown="one\ntwo\nnobody", why="asked"))
    assert shown[page.view]["value"]["call"] == "one"
    assert {name: shown[page.looking][name] for name in ("run", "drawn", "filled")} == {
        **{"run": "one", "drawn": ["two"]},
        "filled": True,  # what the visitor has typed stays
    }
    assert [*do.tick(shown[page.looking])] == [page.looking]
    nothing = do.returned(train_page.LOOKING, None, SimpleNamespace(shown="", why="restarted"))
    assert nothing[page.looking]["seen"]
    assert not nothing[page.looking]["filled"]


def test_a_run_that_is_gone_says_so(tmp_path):
    write_run(tmp_path, "two")
    do, page = handlers(tmp_path)
    shown = do.returned(train_page.LOOKING, None, SimpleNamespace(shown="<one>", why="restarted"))
    assert "The run &lt;one&gt; is gone" in shown[page.notice]["value"]
    assert shown[page.view]["value"]["call"] == "two"


def held_out_rows(*measurements: str) -> str:
    rows = [
        {"step": step, "task": f"t{n}", "kind": "k", "passed": letter == "x", "reward": 1.0}
        for step, letters in enumerate(measurements)
        for n, letter in enumerate(letters)
    ]
    return "".join(json.dumps(row) + "\n" for row in rows)


def test_beside_the_curves_stands_what_was_learned_for_calls_that_are_never_practised(tmp_path):
    write_run(tmp_path, "mine")
    assert "of the calls that the run practises" in html_of(tmp_path)["curves"]
    (tmp_path / "mine" / "held_out.jsonl").write_text(held_out_rows("." * 20, "x" * 10 + "." * 10, "x" * 20) + '{"step": 4')
    html = html_of(tmp_path)["curves"]
    assert "20 tasks that are never practised" in html
    assert "0.00, in the last 1.00: +1.00" in html
    assert "p = 5e-05" in html
    assert "Goal reached in other calls" in html
    assert 'data-range="0 2 0 1"' in html  # before the first step, too


def test_a_run_that_will_be_measured_on_other_calls_says_so_before_it_was(tmp_path):
    Runs(tmp_path).create("mine", {**CONFIG, "held_out": {"tasks": 4}})
    (tmp_path / "mine" / "metrics.jsonl").write_text('{"step": 1, "reward": 2.0}\n')
    launch.write_json(tmp_path / "mine" / "status.json", {"state": "stopped", "step": 1, "steps": 9, "message": ""})
    assert "what was learned for them follows" in html_of(tmp_path)["curves"]


@given(st.binary(max_size=200))
def test_whatever_the_file_of_held_out_tasks_holds_it_is_read(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("run")
    (folder / "held_out.jsonl").write_bytes(b'{"step": 1, "task": "t", "passed": true}\n' + data)
    assert run_record.held_out(folder)[1]["t"] in (True, False)


def test_every_curve_says_what_it_is_and_what_good_looks_like() -> None:
    for curve in (*curves.MAIN, *curves.MORE):
        assert len(curve.meaning) > 50, curve.key
        html = curves.picture(curve, {"a": [{"step": 1, curve.key: 0.5}]})
        assert f'aria-label="What is {curve.title}?"' in html
    assert sum("Watch this one" in curve.meaning for curve in curves.MAIN) == 1
