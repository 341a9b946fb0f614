"""The recorded pair of the first screen."""

import re
from pathlib import Path

import pytest
import soundfile
from starlette.applications import Starlette
from starlette.testclient import TestClient

from tarl_app.evaluation.reward import succeeded
from tarl_app.ui import example

LARGEST = 2_000_000


@pytest.fixture(scope="module")
def pair() -> example.Pair:
    found = example.load()
    assert found is not None
    return found


def test_the_pair_is_one_customer_and_only_the_second_call_reaches_the_goal(pair: example.Pair) -> None:
    before, after = pair.both
    assert before.episode.task == after.episode.task
    assert before.episode.task.split == "dev"
    assert before.episode.turns[0] == after.episode.turns[0]
    assert (succeeded(before.episode), succeeded(after.episode)) == (False, True)
    assert before.wrong is not None
    assert after.wrong is None
    assert after.rewards[-1] > before.rewards[-1]


def test_the_sounds_are_as_long_as_the_turns_say_and_small(pair: example.Pair) -> None:
    for call in pair.both:
        assert len(call.starts) == len(call.episode.turns) == len(call.rewards)
        assert sorted(call.starts) == list(call.starts)
        assert soundfile.info(example.FOLDER / call.sound).duration == pytest.approx(call.seconds, abs=0.2)
    assert sum(path.stat().st_size for path in example.FOLDER.iterdir()) < LARGEST


def test_the_section_marks_the_turn_that_goes_wrong(pair: example.Pair) -> None:
    html = example.html(pair)
    assert html.count("ex-wrong") == 1
    assert re.search(r"ex-wrong.{0,400}ex-why", html)
    assert html.count("data-sound=") == 2
    assert len(html) < 20_000


def test_without_a_recording_the_way_on_is_shown_alone(tmp_path: Path) -> None:
    assert example.load(tmp_path) is None
    assert "data-example" not in example.html(None)
    assert "data-go" in example.html(None)


def test_only_the_sounds_of_the_pair_are_served(pair: example.Pair) -> None:
    client = TestClient(Starlette(routes=[*example.routes(pair)]))
    answer = client.get("/" + pair.url(pair.before), headers={"Range": "bytes=0-99"})
    assert (answer.status_code, len(answer.content)) == (206, 100)
    for name in ("pair.json", "..%2f..%2fpage.css", "other.mp3"):
        assert client.get(f"/tarl/example/{pair.version}/{name}").status_code == 404
    assert client.get(f"/tarl/example/old/{pair.before.sound}").status_code == 404
