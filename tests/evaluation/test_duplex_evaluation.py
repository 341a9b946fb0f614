"""An evaluation in full duplex: real sessions, and what they say of who had the floor."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tarl_app import wiring
from tarl_app.cli.measuring.evaluate import share
from tarl_app.core.settings import settings
from tarl_app.evaluation.board import command
from tarl_app.evaluation.config import EvaluationConfig, episode_id, folder_name
from tarl_app.evaluation.evaluate import evaluate
from tarl_app.evaluation.report import as_json, as_text, conditions

SPOKEN = EvaluationConfig(agent="scripted", limit=1, speech=True, voice="pico:en-GB", max_agent_turns=2)
DUPLEX = SPOKEN.model_copy(
    update={"duplex": True, "agent_voice": "pico:en-US", "interrupts": 0.5, "backchannels": 0.5, "hesitates": 0.5}
)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    (tmp_path / "cache").symlink_to(settings().cache)
    monkeypatch.setenv("TARL_HOME", str(tmp_path))
    settings.cache_clear()
    yield tmp_path
    settings.cache_clear()


def test_calls_are_held_and_who_had_the_floor_is_reported(home: Path) -> None:
    parts = wiring.evaluation_parts(DUPLEX)
    done = evaluate(DUPLEX, parts, home / "evaluation")
    (episode,) = done.episodes
    assert episode.id == episode_id(DUPLEX, episode.task, 0)
    assert episode.user == "scripted, full duplex"
    assert episode.verdict is not None
    assert episode.judgements
    assert episode.turn_taking is not None
    assert episode.turn_taking.turns >= 1
    assert episode.turn_taking.backchannels is not None
    told = as_json(done)
    assert (told["duplex"], told["interrupts"], told["turn_taking"]["calls"]) == (True, 0.5, 1)
    assert "Response latency" in as_text(done)


def test_the_rates_are_part_of_what_is_measured() -> None:
    assert "full duplex (interrupts 0.5, back-channels 0.5, hesitates 0.5)" in conditions(DUPLEX)
    other = DUPLEX.model_copy(update={"interrupts": 0.1})
    assert len({folder_name(one) for one in (SPOKEN, DUPLEX, other)}) == 3
    task = wiring.evaluation_parts(SPOKEN.model_copy(update={"speech": False})).domain.tasks("dev")[0]
    assert len({episode_id(one, task, 0) for one in (SPOKEN, DUPLEX, other)}) == 3


def test_what_is_not_duplex_keeps_its_identity() -> None:
    assert not {"duplex", "agent_voice", "interrupts", "backchannels", "hesitates"} & SPOKEN.identity.keys()
    assert "duplex" not in folder_name(SPOKEN)


def test_the_page_starts_it_as_the_command_line_does() -> None:
    given = list(command(DUPLEX, "mine", 1))
    assert given[given.index("--speech") + 1] == "duplex"
    assert given[given.index("--interrupts") + 1] == "0.5"
    assert given[given.index("--agent-voice") + 1] == "pico:en-US"
    assert "--interrupts" not in command(SPOKEN, "mine", 1)


def test_a_share_lies_between_nothing_and_all() -> None:
    assert share("0.25") == 0.25
    for text in ("-0.1", "1.5", "much", "nan"):
        with pytest.raises(Exception, match="no share"):
            share(text)
