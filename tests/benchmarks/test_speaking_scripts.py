"""The benchmarks that speak, in their smallest modes: they run and say what is documented, and count what was heard."""

from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import torch

from tarl_app.agents.omni.audio.projector import attach_projector
from tarl_app.agents.omni.model.adapters import TINY, OmniConfig, save_checkpoint
from tarl_app.agents.omni.model.assemble import tiny_random_thinker
from tarl_app.core.sound.audio import Audio
from tarl_app.speech import load_voice
from tests.agents.omni_parts import LETTERS
from tests.benchmarks.scripts import call, load

VOICE = ("--voice", "flite:slt")


@pytest.fixture(scope="module")
def agent(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The folder of a random checkpoint that hears letters."""
    folder = tmp_path_factory.mktemp("agent")
    thinker, tokenizer = tiny_random_thinker()
    projector = attach_projector(thinker, LETTERS, tokenizer.spans, inner=24)
    with torch.no_grad():
        projector.ctc.weight *= 10  # hears something definite
    config = OmniConfig(name="tiny", base=TINY, ctc_letters=LETTERS, projector_inner=24)
    sampling = config.sampling.model_copy(update={"max_new_tokens": 8})
    save_checkpoint(folder, thinker, config.model_copy(update={"sampling": sampling}))
    return str(folder)


@pytest.mark.slow
def test_what_is_heard_is_counted_for_each_set_channel_and_listener(agent: str) -> None:
    found = call("hearing", "--agent", agent, *VOICE, "--channel", "clean", "--room", "0.3", "--n", "1")
    assert found.keys() == {"agent", "voice", "room", "n", "sets", "results"}
    rows, sets = found["results"], ("dictation", "talk", "natural", "letters", "words", "repeats")
    assert [(row["set"], row["listener"]) for row in rows] == [
        (name, listener) for name in sets for listener in (agent, "whisper")
    ]
    assert all(row.keys() >= {"channel", "word_error_rate", "cpu_factor"} for row in rows)
    assert rows[6]["spelled names"].keys() == rows[10]["double digits"].keys() == {"right", "of", "interval"}
    assert [*found["sets"]] == [*sets]
    assert all(one.keys() == {"wer", "whisper_wer", "ids"} for one in found["sets"].values())
    assert found["sets"]["talk"]["whisper_wer"] == rows[3]["word_error_rate"]


@pytest.mark.slow
def test_recordings_of_ones_own_are_heard_with_and_without_the_decoder(agent: str, tmp_path: Path) -> None:
    (tmp_path / "one.wav").write_bytes(load_voice("pico:en-GB").say("My order has not come.").wav())
    (tmp_path / "list.tsv").write_text("one.wav\tMy order has not come.\n")
    given = ("--recordings", str(tmp_path / "list.tsv"), "--channel", "clean", "--letters-alone")
    found = call("hearing", "--agent", agent, *given)
    assert [row["listener"] for row in found["results"]] == [agent, "whisper", "letters alone"]
    assert found["sets"]["recordings"]["whisper_wer"] == 0


@pytest.mark.slow
def test_callers_are_looked_for_by_both_sides(agent: str) -> None:
    found = call("names", "--agent", agent, *VOICE, "--n", "1")
    assert found.keys() == {"agent", "voice", "channel", "utterances", "ratio"}
    assert found["utterances"].keys() == {"spotted", "nearest"}
    assert all(len(rows) == 3 and rows[0]["of"] == 1 for rows in found["utterances"].values())


@pytest.mark.slow
def test_two_recognisers_hear_the_same_sentences() -> None:
    found = call("speech_to_text", *VOICE, "--n", "1")
    assert found.keys() == {"channel", "default", "ratio", "results"}
    assert [row["recogniser"] for row in found["results"]] == ["faster-whisper", "openai-whisper"]
    assert found["results"][0].keys() == {
        "recogniser",
        "word_error_rate",
        "facts_exact",
        "cpu_factor",
        "real_time_factor",
        "by_voice",
    }


@pytest.mark.slow
def test_the_time_to_the_first_sound_is_taken_of_three_sides(agent: str) -> None:
    found = call("turn_latency", "--agent", agent, *VOICE, "--agent-voice", "flite:slt", "--tasks", "1", "--turns", "2")
    assert found.keys() == {
        "agent",
        "tasks",
        "threads",
        *(
            f"{side}_{label}{end}"
            for side in ("native", "transcript", "plain")
            for label in ("no_call", "one_call")
            for end in ("", "_turns")
        ),
        *(f"{side}_{label}_ratio" for side in ("transcript", "plain") for label in ("no_call", "one_call")),
    }
    assert found["native_no_call_turns"] >= 1


# --- what counts as heard -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def hearing() -> ModuleType:
    return load("hearing")


@pytest.mark.parametrize(
    ("fact", "heard", "arrived"),
    [
        ("1234567", "my order is #W1234567.", True),
        ("1234567", "my order is w 123 45, 67", True),
        ("1234567", "w one two three four five six seven", True),
        ("1234567", "my order is #W12345678", False),
        ("1234567", "my order is #W01234567", False),
        ("1234567", "my order is #W123456", False),
        ("2233344", "w double two triple three double four", True),
        ("2233344", "w double two double three double four", False),
        ("94601", "zip 94601, please", True),
        ("94601", "zip 946012", False),
        ("mei12@example.com", "it's Mei12@example.com.", True),
        ("mei12@example.com", "it's amei12@example.com.", False),
        ("mei12@example.com", "it's mei12@example.com.au", False),
        ("Kovacs", "it's K-O-V-A-C-S.", True),
        ("Kovacs", "it's k o v a c s", True),
        ("Kovacs", "it's K-O-V-A-C-S-E.", False),
        ("QRTXB", "the code is q-r-t-x-b", True),
        ("QRTXB", "the code is q-r-t-x-p", False),
    ],
)
def test_a_fact_is_heard_when_all_of_it_arrived_and_no_more(
    hearing: ModuleType, fact: str, heard: str, arrived: bool
) -> None:
    assert hearing.arrived(fact, heard) is arrived


@pytest.mark.parametrize("seconds", [0.3, 0.6])
def test_a_room_fades_by_60_decibels_in_its_time(hearing: ModuleType, seconds: float) -> None:
    clap = np.zeros(16_000, np.float32)
    clap[0] = 1.0
    left = np.cumsum(hearing.room(seconds)(Audio(clap, 16_000)).samples[::-1] ** 2)[::-1]
    level = 10 * np.log10(left / left[0] + 1e-12)  # Schroeder's backward integration
    assert 3 * (np.argmax(level < -25) - np.argmax(level < -5)) / 16_000 == pytest.approx(seconds, rel=0.15)


def test_what_is_spoken_holds_its_own_facts(hearing: ModuleType) -> None:
    for name, sentences in hearing.SETS.items():
        if name == "talk":  # plays conversations: the others are made in no time
            continue
        made = sentences(100)
        facts = [(kind, fact, one.text) for one in made for kind, found in one.facts.items() for fact in found]
        assert len(made) == 100
        assert all(hearing.arrived(fact, text) for _, fact, text in facts)
        kinds = {kind for kind, _, _ in facts}
        assert (
            kinds
            == {
                "dictation": {"order ids", "zips", "e-mails"},
                "natural": {"order ids", "zips", "e-mails"},
                "letters": {"spelled names", "spelled codes"},
                "words": {"zips"},
                "repeats": {"double digits", "digit after digit"},
            }[name]
        )


# --- what counts as come back -------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def spoken_forms() -> ModuleType:
    return load("spoken_forms")


@pytest.mark.slow
def test_written_forms_are_counted_that_come_back_from_the_ear() -> None:
    found = call("spoken_forms", *VOICE, "--limit", "1")
    assert found.keys() == {"voice", "speakable", "own reading"}
    for side in ("speakable", "own reading"):
        assert found[side].keys() == {"right", "of", "interval", "kinds"}
        assert found[side]["of"] == 1


@pytest.mark.parametrize(
    ("recovered", "heard", "back"),
    [
        (("no", "blue"), "No, I meant the blue one.", True),
        (("no", "blue"), "Number I meant the blue one.", False),
        (("twelve times three equals thirty-six",), "12 times 3 equals 36.", True),
        (("twelve times three equals thirty-six",), "123 equals 36.", False),
        (("five to seven business days",), "5-7 business days", True),
        (("five to seven business days",), "57 business days", False),
        (("ten thirty p m",), "10.30 p.m.", True),
        (("nine a m",), "At 9 AM.", True),
        (("nine a m",), "At 9 PM.", False),
        (("minus twelve dollars and fifty cents",), "Minus $12.50", True),
        (("minus twelve dollars and fifty cents",), "$12.50", False),
        (("six",), "sixteen", False),
    ],
)
def test_a_form_came_back_when_all_of_it_was_heard(
    spoken_forms: ModuleType, recovered: tuple[str, ...], heard: str, back: bool
) -> None:
    assert spoken_forms.came_back(recovered, heard) is back


def test_a_form_comes_back_from_its_own_words(spoken_forms: ModuleType) -> None:
    for form in spoken_forms.read_forms():
        assert spoken_forms.came_back(form.recovered, spoken_forms.speakable(form.written)), form


def test_a_part_of_the_list_has_many_kinds(spoken_forms: ModuleType) -> None:
    assert len({form.kind for form in spoken_forms.read_forms(20)}) > 10


@pytest.mark.slow
def test_whole_calls_are_counted_for_each_kind_of_words() -> None:
    found = call("spoken_calls", *VOICE, "--n", "1", "--words", "given,normalised")
    assert [(row["words"], row["passed"], row["of"]) for row in found["results"]] == [
        ("given", 1, 1),
        ("normalised", 1, 1),
    ]
    assert all(row["sound_seconds"] > 0 for row in found["results"])


# --- turn-taking --------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_ends_of_turns_and_interruptions_are_counted_beside_plain_silence() -> None:
    found = call("turn_taking", "--voices", "pico:en-GB", "--agent", "scripted", "--limit", "1")
    assert [row["detection"] for row in found["results"]] == ["semantic_vad", "server_vad"]
    assert all((row["finished"], row["of"]) == (1, 1) for row in found["results"])
    assert all(row["end_of_turn_ms"]["p50"] > 100 for row in found["results"])
    (row,) = found["on_top"]
    assert (row["backchannels_and_coughs"], row["interruptions"]) == (2, 1)
