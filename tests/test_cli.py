import json
import os
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from tarl_app import assets, wiring
from tarl_app.cli import main
from tarl_app.core.settings import settings

ROOT = Path(__file__).parent.parent
TASK = "retail-dev-000"
CACHED = (settings, wiring.make_store, assets.store)


@dataclass(frozen=True)
class Done:
    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A TARL_HOME of its own, for this process and the ones it starts."""
    monkeypatch.setenv("TARL_HOME", str(tmp_path))
    monkeypatch.setenv("TARL_OFFLINE", "1")
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    for cached in CACHED:
        cached.cache_clear()
    yield tmp_path
    for cached in CACHED:
        cached.cache_clear()


@pytest.fixture
def tarl(home, capfd):
    """Runs a command in this process; stdout and stderr are taken below Python, as a shell would see them."""

    def run(*arguments: str) -> Done:
        try:
            code = main(arguments)
        except SystemExit as stop:  # argparse
            code = int(stop.code or 0)
        out, err = capfd.readouterr()
        return Done(code, out, err)

    return run


def process(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, env=os.environ, capture_output=True, text=True, timeout=120, check=False
    )


def one_object(done: Done | subprocess.CompletedProcess[str]) -> dict:
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("\n") == 1
    return json.loads(done.stdout)


def test_the_help_names_every_command(tarl):
    done = tarl("--help")
    assert done.returncode == 0
    assert all(name in done.stdout for name in ("simulate", "evaluate", "tasks", "episodes", "assets", "home"))


def test_simulate_prints_turns_verdicts_reward_checks_and_changes_and_keeps_the_episode(tarl):
    done = tarl("simulate", "--task", TASK, "--agent", "scripted")
    assert done.returncode == 0, done.stderr
    for part in (
        "user   ",
        "agent  ",
        "agent  > find_user_id_by",
        "tool   = ",
        "[+1] turn 1: ",
        "reward: 10 × 1 + 5/",
        "verifier: passed",
        "database:",
    ):
        assert part in done.stdout
    shown = tarl("episodes", "show", done.stdout.strip().splitlines()[-1].split()[1].rstrip(":"))
    assert "verifier: passed" in shown.stdout
    assert "[+1] turn 1: " in shown.stdout


def test_simulate_as_json_is_one_episode_with_its_reward(tarl):
    episode = one_object(tarl("simulate", "--task", TASK, "--agent", "scripted", "--json", "--no-save"))
    assert episode["task"]["id"] == TASK
    assert episode["verdict"]["passed"] is True
    assert episode["reward"]["arithmetic"].endswith("= 15.0")


def test_episodes_are_listed_and_exported(tarl, tmp_path):
    made = one_object(tarl("simulate", "--task", TASK, "--agent", "null", "--json"))
    listed = one_object(tarl("episodes", "list", "--agent", "null", "--json"))["episodes"]
    assert [row["id"] for row in listed] == [made["id"]]
    assert listed[0]["passed"] is False
    target = tmp_path / "call.zip"
    assert tarl("episodes", "export", made["id"], "--to", str(target)).returncode == 0
    with zipfile.ZipFile(target) as archive:
        assert json.loads(archive.read("episode.json"))["id"] == made["id"]


def test_evaluate_as_json_is_one_object_and_progress_goes_to_stderr(tarl, home):
    arguments = ("evaluate", "--agent", "scripted", "--split", "dev", "--limit", "2", "--trials", "2", "--json")
    done = tarl(*arguments)
    report = one_object(done)
    assert (report["tasks"], report["trials"], report["infrastructure_failures"]) == (2, 2, 0)
    assert set(report["pass_hat"]) == {"1", "2"}
    assert "4/4 done" in done.stderr
    folder = Path(report["folder"])
    assert folder.is_relative_to(home)
    written = (folder / "episodes.jsonl").read_bytes()
    assert one_object(tarl(*arguments))["pass_hat"] == report["pass_hat"]
    assert (folder / "episodes.jsonl").read_bytes() == written


def test_evaluate_refuses_a_name_that_leaves_its_folder(tarl):
    done = tarl("evaluate", "--agent", "null", "--limit", "1", "--name", "../outside")
    assert done.returncode == 2
    assert "cannot be a folder's name" in done.stderr


def test_tasks_check_as_json_has_the_counts(tarl):
    report = one_object(tarl("tasks", "check", "--domain", "retail", "--split", "dev", "--limit", "4", "--json"))
    assert report["tasks"] == report["gold_passed"] == 4
    assert report["mutations"] == report["mutations_caught"] > 0
    assert {"null_passed", "transfer_only_passed"} <= set(report)


def test_tasks_are_listed_and_shown(tarl):
    listed = one_object(tarl("tasks", "list", "--split", "dev", "--limit", "3", "--json"))["tasks"]
    assert len(listed) == 3
    assert one_object(tarl("tasks", "show", listed[0]["id"], "--json"))["instruction"] == listed[0]["instruction"]


def test_home_shows_where_things_are_written(tarl, home):
    assert one_object(tarl("home", "--json"))["home"] == str(home)
    assert str(home) in tarl("home").stdout


def test_assets_are_listed_offline(tarl):
    listed = one_object(tarl("assets", "list", "--json"))["assets"]
    assert {"smollm2-135m-instruct", "whisper-tiny.en"} <= {row["name"] for row in listed}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("simulate", "--task", "retail-dev-999", "--agent", "scripted"), "There is no task"),
        (("simulate", "--task", "nonsense", "--agent", "scripted"), "There is no task"),
        (("simulate", "--task", TASK, "--agent", "nobody"), "nobody"),
        (("episodes", "show", "nonsense"), "no stored call"),
        (("episodes", "show"), "Which episode?"),
        (("tasks", "show"), "Which task?"),
        (("assets", "fetch", "nonsense"), "nonsense"),
    ],
)
def test_errors_are_told_in_one_line_without_a_traceback(tarl, arguments, message):
    done = tarl(*arguments)
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout.startswith(("", "retail"))


def test_an_unknown_option_shows_the_usage(tarl):
    done = tarl("evaluate", "--agent", "null", "--trials", "0")
    assert done.returncode == 2
    assert "must be at least 1" in done.stderr


def test_text_commands_load_neither_torch_nor_gradio(home):
    program = (
        "import sys; from tarl_app.cli import main;"
        f"main(['simulate', '--task', '{TASK}', '--agent', 'scripted', '--json', '--no-save']);"
        "sys.exit('torch' in sys.modules or 'gradio' in sys.modules)"
    )
    done = process("-c", program)
    assert done.returncode == 0, done.stderr


def test_the_module_runs_as_a_program(home):
    done = process("-m", "tarl_app", "home", "--json")
    assert one_object(done)["home"] == str(home)


def test_what_a_library_prints_below_python_does_not_reach_stdout_with_json(home):
    program = (
        "import os; from tarl_app.cli.output import Output;"
        "out = Output(only_json=True).__enter__(); print('noise'); os.write(1, b'noise'); os.system('echo noise');"
        "out.line('text'); out.result({'a': 1}); out.__exit__(None, None, None); print('after')"
    )
    done = process("-c", program)
    assert done.stdout == '{"a": 1}\nafter\n'
    assert done.stderr.count("noise") == 3


def test_an_error_of_the_program_has_exit_code_2_and_no_traceback(home):
    done = process("-m", "tarl_app", "simulate", "--task", "nonsense")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: There is no task 'nonsense'.")


def test_simulate_notes_the_guard_that_was_chosen_or_is_the_agents_own(tarl):
    chosen = one_object(tarl("simulate", "--task", TASK, "--agent", "scripted", "--guard", "policy", "--json", "--no-save"))
    own = one_object(tarl("simulate", "--task", TASK, "--agent", "scripted", "--json", "--no-save"))
    assert (chosen["guard"], own["guard"]) == ("policy", "off")
    assert chosen["verdict"]["passed"]


def test_a_comparison_holds_both_sides_by_the_chosen_guard(tarl):
    done = tarl("compare", "null", "scripted", "--limit", "1", "--guard", "policy", "--json")
    assert one_object(done)["guard"] == "policy"
