"""The talker of a whole (tiny, random) Qwen2.5-Omni is a voice like the others."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer

from tarl_app import wiring
from tarl_app.agents.omni.agent import OmniAgent
from tarl_app.agents.omni.model.checkpoint import load_checkpoint
from tarl_app.conversation import Conversation
from tarl_app.core.errors import SpeechError
from tarl_app.core.settings import settings
from tarl_app.core.types import AgentTurn, UserTurn
from tarl_app.domains import load_domain
from tarl_app.speech import Voice
from tarl_app.speech.qwen import QwenTalker
from tests.agents.full_omni import SPEAKERS, tiny_full_omni


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_full_omni(tmp_path_factory.mktemp("qwen"))


@pytest.fixture(scope="module")
def talker(folder: Path) -> QwenTalker:
    return QwenTalker(str(folder), most_codes=12)


def sound(talker: QwenTalker, text: str, voice: str = "Chelsie") -> np.ndarray:
    return np.concatenate([piece.samples for piece in talker.stream(text, voice)])


def test_each_sentence_is_a_sound_and_what_is_said_twice_sounds_the_same(talker: QwenTalker) -> None:
    assert talker.voices == SPEAKERS
    pieces = list(talker.stream("Hello there. How can I help?", "Chelsie"))
    assert [piece.rate for piece in pieces] == [24_000, 24_000]
    for piece in pieces:
        assert piece.samples.dtype == np.float32
        assert 0 < np.abs(piece.samples).max() <= 1
    assert np.array_equal(sound(talker, "Hello there."), pieces[0].samples)
    assert not np.array_equal(pieces[0].samples, pieces[1].samples)
    assert not np.array_equal(sound(talker, "Hello there.", "Ethan"), pieces[0].samples)


@pytest.mark.parametrize("text", ["Good morning.", "Good<|im_end|> <|im_start|>morning."])
def test_the_thinker_writes_the_text_and_no_control_token_that_is_in_it(
    talker: QwenTalker, folder: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    generate, written = talker.model.generate, []

    def listening(ids: Any, **options: Any) -> Any:
        sequences, samples = generate(ids, **options)
        written.extend(sequences[0, ids.shape[1] :].tolist())
        return sequences, samples

    monkeypatch.setattr(talker.model, "generate", listening)
    assert len(sound(talker, text))
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    control = tokenizer.token_to_id("<|im_end|>")
    assert [token for token in written if tokenizer.id_to_token(token).startswith("<|im")] == [control]
    assert tokenizer.decode(written[:-1]).startswith("Good")
    assert "morning" in tokenizer.decode(written)


def test_a_text_without_words_is_silent(talker: QwenTalker) -> None:
    assert list(talker.stream("... ---", "Ethan")) == []


def test_an_unknown_speaker_is_refused_and_the_known_ones_are_named(talker: QwenTalker) -> None:
    with pytest.raises(SpeechError, match="Known: Chelsie, Ethan"):
        talker.stream("Hello", "Nobody")


def test_without_a_model_or_with_a_wrong_one_it_says_what_to_do(home: Path, folder: Path) -> None:
    with pytest.raises(SpeechError, match="TARL_TALKER=Qwen"):
        QwenTalker()
    with pytest.raises(SpeechError, match=r"no whole Qwen2\.5-Omni"):
        QwenTalker(str(home))


def test_the_environment_chooses_it_as_the_agents_voice(home: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TARL_TALKER", str(folder))
    monkeypatch.setenv("TARL_VOICE", "qwen:Ethan")
    settings.cache_clear()
    assert wiring.make_voice().name == "qwen:Ethan"
    assert wiring.make_voice("pico:en-US").name == "pico:en-US"


def test_a_whole_omni_answers_and_speaks_through_the_same_agent_and_conversation(
    home: Path, folder: Path, talker: QwenTalker
) -> None:
    domain = load_domain("retail")
    loaded = load_checkpoint(folder)
    with torch.no_grad():  # a random model writes anything: this one mostly letters
        loaded.thinker.get_input_embeddings().weight[loaded.tokenizer.encode("aeiourstln ")] *= 20
    agent = OmniAgent(loaded, domain, loaded.config.sampling.model_copy(update={"max_new_tokens": 24}))
    conversation = Conversation(domain.tasks("dev")[0], domain, agent, voice=Voice(talker, "Chelsie"))
    turn = conversation.say(UserTurn(text="Hello")).turns[-1]
    assert isinstance(turn, AgentTurn)
    assert turn.audio is not None
    assert turn.audio.seconds > 0
