"""What this repository ships to talk to and to compare: small enough for a plain push, with a card, on the right base."""

import re
from pathlib import Path

import pytest
import torch

from tarl_app import wiring
from tarl_app.agents.omni.agent import OmniAgent
from tarl_app.agents.omni.audio.attention_decoder import AttentionDecoder
from tarl_app.agents.omni.audio.encoder_input import listen, log_mel
from tarl_app.agents.omni.model.adapters import LoraSettings, OmniConfig
from tarl_app.agents.omni.model.checkpoint import hears_like_whisper, projector_of, shared_checkpoint
from tarl_app.agents.omni.model.checkpoint_files import check_lineage, locate_checkpoint
from tarl_app.core.types import AgentTurn, ToolTurn, Turn, UserTurn
from tarl_app.domains import load_domain
from tarl_app.evaluation.measures.word_errors import word_edits
from tarl_app.speech import load_voice

FOLDERS = sorted(path.parent for path in (Path(__file__).parents[2] / "checkpoints").glob("*/config.json"))


def test_the_agent_its_early_self_and_what_training_made_of_that_are_shipped() -> None:
    names = {folder.name for folder in FOLDERS}
    assert names >= {"omni-mini", "omni-mini-early", "omni-mini-tarl"}
    assert names <= set(wiring.agent_names())


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_shipped_checkpoint_is_found_by_its_name_and_fits_a_push(folder: Path) -> None:
    assert locate_checkpoint(folder.name) == folder
    check_lineage(folder)  # raises where the base is another one than it was made from
    assert (folder / "README.md").read_text(encoding="utf-8").startswith("---\nlicense: ")
    files = [path for path in folder.iterdir() if path.suffix not in (".md", ".json", ".txt")]
    assert files
    assert all(path.suffix == ".safetensors" and path.stat().st_size < 10_000_000 for path in files)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_asked_about_an_order_without_its_number_omni_mini_asks_and_invents_none() -> None:
    domain = load_domain("retail")
    lookup = next(call for task in domain.tasks("dev") for call in task.gold if call.name == "find_user_id_by_email")
    agent, environment = OmniAgent(shared_checkpoint("omni-mini"), domain), domain.open()
    turns: list[Turn] = []
    for said in ("I'd like to cancel my order, please.", f"My e-mail is {lookup.arguments['email']}."):
        turns.append(UserTurn(text=said))
        while (turn := agent.reply(turns)).tool_calls:
            shown = " ".join(result.content for one in turns if isinstance(one, ToolTurn) for result in one.results)
            for call in turn.tool_calls:
                assert call.arguments.get("order_id", "") in shown
            turns += [turn, ToolTurn(results=tuple(environment.call(call) for call in turn.tool_calls))]
        assert turn.malformed is None
        assert turn.text.endswith("?")
        turns.append(turn)
    calls = [call.name for turn in turns if isinstance(turn, AgentTurn) for call in turn.tool_calls]
    assert "find_user_id_by_email" in calls  # the customer was found, and still nothing was cancelled
    assert environment.changes() == ()
    environment.close()


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_ear_of_omni_mini_writes_english_words_and_leaves_ids_as_they_were_heard() -> None:
    thinker = shared_checkpoint("omni-mini").thinker
    projector = projector_of(thinker)
    assert projector is not None
    decoder = projector.attention
    assert isinstance(decoder, AttentionDecoder)
    said = ("Oh no no, I don't want it cancelled! Just after the tracking number for it.", "My order is W4817020.")
    sounds = [log_mel(load_voice("flite:slt").say(text)) for text in said]

    def heard() -> list[str]:
        with torch.inference_mode():
            found = [one.recognition for one in listen(thinker, sounds)]
        assert all(found)
        return [one.text for one in found if one is not None]

    joint = heard()
    projector.attention = None
    try:
        letters_alone = heard()
    finally:
        projector.attention = decoder
    wrong, before = (word_edits(said[0], texts[0])[0] for texts in (joint, letters_alone))
    assert wrong <= 1 < before
    ids = [re.findall(r"W\d{7}\b", texts[1]) for texts in (joint, letters_alone)]
    assert len(ids[0]) == 1
    assert ids[0] == ids[1]


def test_an_ear_whose_tower_was_tuned_has_no_decoder_of_whispers() -> None:
    tuned = LoraSettings(targets=r"model\.audio_tower\.layers\.\d+\.fc1", rank=4, alpha=8)
    language = LoraSettings(targets=r"model\.language_model\.layers\.0\.\w+\.q_proj", rank=4, alpha=8)
    assert hears_like_whisper(OmniConfig(name="x", base="omni-mini", lora=(language,)))
    assert not hears_like_whisper(OmniConfig(name="x", base="omni-mini", lora=(language, tuned)))
    assert not hears_like_whisper(OmniConfig(name="x", base="tiny-random", lora=(language,)))
