"""Hearing, projector, adapters and checkpoint files, on tiny random models."""

import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file
from transformers import Qwen2_5OmniThinkerForConditionalGeneration

from tarl_app import wiring
from tarl_app.agents.omni.agent import OmniAgent
from tarl_app.agents.omni.audio.encoder_input import audio_positions, forward_checked, hear, log_mel
from tarl_app.agents.omni.audio.projector import AudioProjector, attach_projector
from tarl_app.agents.omni.model.adapters import (
    SAID,
    LoraSettings,
    OmniConfig,
    attach_lora,
    collect_weights,
    merge_weights,
    read_weights,
    save_checkpoint,
)
from tarl_app.agents.omni.model.assemble import tiny_random_thinker
from tarl_app.agents.omni.model.checkpoint import best_dtype, load_checkpoint, projector_of, shared_checkpoint
from tarl_app.agents.omni.model.checkpoint_files import locate_checkpoint, read_config
from tarl_app.agents.omni.model.layout import audio_tower, language_model
from tarl_app.core.errors import AgentError, ConfigError
from tarl_app.core.settings import settings
from tarl_app.core.sound.audio import Audio
from tarl_app.domains import load_domain
from tests.agents.full_omni import tiny_full_omni
from tests.agents.omni_parts import DIALOGUE, LETTERS, SHOP, tone

LORA = (
    LoraSettings(targets=r"model\.language_model\.layers\.\d+\.\w+\.(q_proj|down_proj)", rank=4, alpha=8),
    LoraSettings(targets=r"model\.audio_tower\.layers\.\d+\.(self_attn\.)?(q_proj|fc1)", rank=2, alpha=8),
)
PAD = 4


def noise(seconds: float, rate: int = 16_000, seed: int = 0) -> Audio:
    return Audio((0.1 * np.random.default_rng(seed).normal(size=int(seconds * rate))).astype(np.float32), rate)


def described(base: str) -> OmniConfig:
    return OmniConfig(name="tuned", base=base, lora=LORA, ctc_letters=LETTERS, projector_inner=24)


def tuned(seed: int = 0) -> Qwen2_5OmniThinkerForConditionalGeneration:
    thinker, tokenizer = tiny_random_thinker(3)
    attach_projector(thinker, LETTERS, tokenizer.spans, inner=24, seed=seed)
    attach_lora(thinker, LORA)
    torch.manual_seed(seed)
    with torch.no_grad():
        for name, parameter in thinker.named_parameters():
            if ".lora_" in name or "audio_tower.proj." in name:
                parameter.copy_((0.3 * torch.randn_like(parameter)).bfloat16())
    return thinker


def base_directory(folder: Path) -> Path:
    thinker, tokenizer = tiny_random_thinker(3)
    thinker.save_pretrained(folder)
    tokenizer.save(folder)
    return folder


def logits_of(thinker: Qwen2_5OmniThinkerForConditionalGeneration) -> torch.Tensor:
    features = [log_mel(noise(0.6))]
    ids = torch.tensor([[1, 60, 61, *[PAD] * len(hear(thinker, features)[0]), 70]])
    with torch.no_grad():
        return forward_checked(thinker, ids, features, attention_mask=torch.ones_like(ids)).logits[:, -1]


class TestHearing:
    @pytest.mark.parametrize(
        ("rate", "seconds"), [(16_000, 1.0), (24_000, 1.0), (8_000, 0.73), (16_000, 0.001), (16_000, 31)]
    )
    def test_positions_are_what_the_tower_makes_of_the_frames(self, rate: int, seconds: float) -> None:
        thinker, _ = tiny_random_thinker()
        features = log_mel(noise(seconds, rate))
        assert features.shape == (80, max(10, round(seconds * 100)))
        assert len(hear(thinker, [features])[0]) == audio_positions(features.shape[1]) > 0

    def test_sounds_in_one_batch_are_heard_as_alone(self) -> None:
        thinker, _ = tiny_random_thinker()
        features = [log_mel(noise(s, seed=i)) for i, s in enumerate((0.3, 1.1, 0.62))]
        for together, feature in zip(hear(thinker, features), features, strict=True):
            assert torch.allclose(together, hear(thinker, [feature])[0], atol=1e-6)

    def test_a_forward_pass_without_its_sounds_is_refused(self) -> None:
        thinker, _ = tiny_random_thinker()
        ids = torch.tensor([[1, PAD, PAD, 60]])
        assert thinker(input_ids=ids).logits.shape[1] == 4  # transformers itself does not notice
        with pytest.raises(AgentError, match="2 audio placeholders, but 0"):
            forward_checked(thinker, ids)
        with pytest.raises(AgentError, match="2 audio placeholders"):
            forward_checked(thinker, ids, [log_mel(noise(1.0))])


def spell(text: str) -> tuple[list[int], list[tuple[int, int]]]:
    """A token for every two letters, with the space before the text in the first; its id is that of its letters' codes."""
    spans = [(0, min(3, len(text))), *((start, min(start + 2, len(text))) for start in range(3, len(text), 2))]
    return [sum(map(ord, text[start:end])) % 100 for start, end in spans], spans


def spelling_projector(rows: torch.nn.Embedding) -> AudioProjector:
    """One whose letters are the states' own: two logits of "a", "b" and blank in each."""
    projector = AudioProjector(6, rows, "ab", spell, inner=6)
    projector.hidden = lambda x, counts=None: x
    with torch.no_grad():
        projector.ctc.weight.copy_(torch.eye(6))
        projector.ctc.bias.zero_()
    return projector


def path(letters: str) -> torch.Tensor:
    """States [len / 2, 6] in which those letters are heard, two a state ("-" is the blank)."""
    return 9 * torch.eye(3)[["ab-".index(letter) for letter in letters]].view(-1, 6)


class TestProjector:
    def test_letters_become_the_embeddings_of_the_tokens_that_they_spell(self) -> None:
        states = torch.cat([path("-aa-ab--"), path("----"), path("ab--b-")])
        embeddings = torch.nn.Embedding(100, 8)
        projector = spelling_projector(embeddings)
        heard = projector.compress(states, torch.tensor([4, 2, 3]))
        rows = embeddings.weight
        assert heard.tokens == (tuple(spell(" aab")[0]), (), tuple(spell(" abb")[0]))
        assert heard.counts.tolist() == [2, 1, 2]
        assert torch.allclose(heard.embeds[:2], rows[list(heard.tokens[0])])
        assert heard.embeds[2].abs().max() == 0  # silence keeps a position, with nothing in it
        assert torch.allclose(heard.embeds[3:], rows[list(heard.tokens[2])])
        assert torch.equal(heard.logits, states.view(-1, 3))

    def test_a_token_has_the_residual_of_the_states_that_it_was_heard_in(self) -> None:
        states = path("-aa---ab")
        embeddings = torch.nn.Embedding(100, 8)
        projector = spelling_projector(embeddings)
        torch.nn.init.normal_(projector.residual.weight)
        heard = projector.compress(states, torch.tensor([4]))
        rows = embeddings.weight[list(heard.tokens[0])]
        first, second = states[[0, 1, 2, 3]].mean(0), states[3]  # "aa" begins in state 0 and ends in 3, where "b" is, too
        assert torch.allclose(heard.embeds - rows, projector.residual(torch.stack([first, second])), atol=1e-5)

    @pytest.mark.parametrize("context", [0, 2])
    def test_compressing_together_is_compressing_alone(self, context: int) -> None:
        projector = AudioProjector(6, torch.nn.Embedding(100, 8), "abc", spell, inner=12, context=context)
        torch.nn.init.normal_(projector.residual.weight)
        states = [3 * torch.randn(n, 6) for n in (5, 1, 9)]
        together = projector.compress(torch.cat(states), torch.tensor([5, 1, 9]))
        for number, (piece, one) in enumerate(zip(together.embeds.split(together.counts.tolist()), states, strict=True)):
            alone = projector.compress(one, torch.tensor([len(one)]))
            assert torch.allclose(piece, alone.embeds, atol=1e-5)
            assert together.tokens[number] == alone.tokens[0]

    def test_with_context_a_state_is_heard_with_those_beside_it(self) -> None:
        states = torch.randn(15, 6)
        changed = states.clone()
        changed[7] = torch.randn(6)
        for context, reach in ((0, 0), (1, 1), (2, 3)):
            projector = AudioProjector(6, torch.nn.Embedding(100, 8), "abc", spell, inner=12, context=context)
            moved = (projector.ctc_logits(changed) - projector.ctc_logits(states)).view(15, -1).abs().amax(-1) > 1e-6
            assert moved.nonzero()[:, 0].tolist() == list(range(7 - reach, 8 + reach))

    def test_embeddings_are_neither_trained_nor_stored_by_it(self) -> None:
        embeddings = torch.nn.Embedding(100, 8)
        projector = AudioProjector(6, embeddings, "abc", spell, inner=12)
        projector.compress(torch.randn(5, 6), torch.tensor([5])).embeds.sum().backward()
        assert embeddings.weight.grad is None
        assert projector.residual.weight.grad is not None
        assert sum(p.numel() for p in projector.parameters()) < 100 * 8
        assert not any(p is embeddings.weight for p in projector.parameters())

    @given(st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), max_size=20), st.data())
    def test_any_path_is_spelled_by_the_tokenizer_and_positions_fit(self, said: str, data: st.DataObject) -> None:
        letters = "".join(dict.fromkeys(said)) or "a"
        _, tokenizer = tiny_random_thinker()
        blank = len(letters)
        states = data.draw(st.lists(st.tuples(st.integers(0, blank), st.integers(0, blank)), min_size=1, max_size=20))
        classes, width = [letter for two in states for letter in two], 2 * (blank + 1)
        projector = AudioProjector(width, torch.nn.Embedding(tokenizer.size, 8), letters, tokenizer.spans, inner=width)
        projector.hidden = lambda x, counts=None: x
        with torch.no_grad():
            projector.ctc.weight.copy_(torch.eye(width))
            projector.ctc.bias.zero_()
            heard = projector.compress(torch.eye(blank + 1)[classes].view(-1, width), torch.tensor([len(states)]))
        kept = [one for before, one in pairwise([blank, *classes]) if one not in (before, blank)]
        text = "".join(letters[one] for one in kept).strip(" ")
        assert tokenizer.decode(heard.tokens[0]) == (f" {text}" if text else "")
        assert len(heard.embeds) == heard.counts.sum() == max(1, len(heard.tokens[0]))

    def test_sound_reaches_the_logits(self) -> None:
        thinker, tokenizer = tiny_random_thinker(3)
        attach_projector(thinker, LETTERS, tokenizer.spans, inner=24).ctc.weight.data *= 10
        last = []
        for seed in (1, 2):
            features = [log_mel(noise(0.5, seed=seed))]
            ids = torch.tensor([[1, *[PAD] * len(hear(thinker, features)[0]), 70]])
            with torch.no_grad():
                last.append(forward_checked(thinker, ids, features, attention_mask=torch.ones_like(ids)).logits[0, -1])
        assert (last[0] - last[1]).abs().max() > 1e-4


class TestCheckpoint:
    def test_what_is_saved_is_what_is_loaded_with_adapters_merged(self, tmp_path: Path) -> None:
        config = described(str(base_directory(tmp_path / "base")))
        thinker = tuned()
        save_checkpoint(tmp_path / "tuned", thinker, config)
        loaded = load_checkpoint(tmp_path / "tuned", torch.float32)
        assert loaded.config == config
        assert torch.allclose(logits_of(loaded.thinker), logits_of(thinker), atol=1e-4)
        untuned = load_checkpoint(tmp_path / "base", torch.float32)
        assert (logits_of(untuned.thinker) - logits_of(thinker)).abs().max() > 0.01
        assert not any(".lora_" in name for name, _ in loaded.thinker.named_parameters())
        assert projector_of(loaded.thinker) is not None
        assert projector_of(untuned.thinker) is None

    def test_the_ear_expects_what_the_checkpoint_says_is_said(self, tmp_path: Path) -> None:
        save_checkpoint(tmp_path / "tuned", tuned(), described(str(base_directory(tmp_path / "base"))))
        plain = projector_of(load_checkpoint(tmp_path / "tuned", torch.float32).thinker)
        (tmp_path / "tuned" / SAID).write_text("where is my order\ncaf\u00e9\n", encoding="utf-8")
        told = projector_of(load_checkpoint(tmp_path / "tuned", torch.float32).thinker)
        assert plain is not None
        assert plain.language is None
        assert told is not None
        assert told.language is not None
        assert told.language.logprob("where is m", "y") > told.language.logprob("where is m", "x")

    def test_files_stay_small_and_old_ones_go(self, tmp_path: Path) -> None:
        thinker, config = tuned(), described("omni-mini")
        (tmp_path / "weights-00007.safetensors").write_bytes(b"old")
        (tmp_path / "README.md").write_text("card")
        files = save_checkpoint(tmp_path, thinker, config)
        assert all(path.stat().st_size < 10_000_000 for path in files)
        assert sorted(path.name for path in tmp_path.iterdir()) == ["README.md", "config.json", "weights-00001.safetensors"]

    def test_large_adapters_are_spread_over_files(self, tmp_path: Path) -> None:
        thinker, _ = tiny_random_thinker()
        wide = LoraSettings(targets=r"model\.language_model\.layers\.\d+\.mlp\.\w+_proj", rank=24_000, alpha=1.0)
        attach_lora(thinker, [wide])
        files = save_checkpoint(tmp_path, thinker, OmniConfig(name="wide", lora=(wide,)))
        assert len(files) > 2
        assert all(path.stat().st_size < 9_500_000 for path in files)
        assert len(read_weights(tmp_path)) == 12

    def test_a_tensor_too_large_for_any_file_is_refused(self, tmp_path: Path) -> None:
        thinker, _ = tiny_random_thinker()
        huge = LoraSettings(targets=r"model\.language_model\.layers\.0\.mlp\.up_proj", rank=150_000, alpha=1.0)
        attach_lora(thinker, [huge])
        with pytest.raises(ConfigError, match="does not fit"):
            save_checkpoint(tmp_path, thinker, OmniConfig(name="huge", lora=(huge,)))

    def test_whole_modules_can_be_stored(self, tmp_path: Path) -> None:
        base = base_directory(tmp_path / "base")
        thinker, _ = tiny_random_thinker(9)
        config = OmniConfig(name="tower", base=str(base), modules=("model.audio_tower",))
        save_checkpoint(tmp_path / "tower", thinker, config)
        loaded = load_checkpoint(tmp_path / "tower", torch.float32).thinker
        expected = audio_tower(thinker).conv1.weight.bfloat16().float()
        assert torch.equal(audio_tower(loaded).conv1.weight, expected)
        with pytest.raises(ConfigError, match="no module"):
            collect_weights(thinker, OmniConfig(name="x", modules=("model.ear",)))

    def test_adapters_that_the_configuration_does_not_describe_are_not_saved(self) -> None:
        thinker = tuned()
        with pytest.raises(ConfigError, match="does not describe"):
            collect_weights(thinker, described("x").model_copy(update={"lora": LORA[:1]}))
        wrong = LORA[0].model_copy(update={"alpha": 99.0})
        with pytest.raises(ConfigError, match="scaling"):
            collect_weights(thinker, described("x").model_copy(update={"lora": (wrong, LORA[1])}))

    @pytest.mark.parametrize("damage", ["shape", "unknown", "lacking", "no adapters", "alien pair"])
    def test_weights_that_do_not_fit_are_refused(self, damage: str) -> None:
        weights, config = collect_weights(tuned(), described("x")), described("x")
        proj = "model.audio_tower.proj.up.weight"
        if damage == "shape":
            weights[proj] = weights[proj][:3]
        elif damage == "unknown":
            weights["model.alien"] = weights[proj]
        elif damage == "lacking":
            del weights[proj]
        elif damage == "no adapters":
            weights = {name: tensor for name, tensor in weights.items() if ".lora_" not in name}
        else:
            weights["model.alien.lora_A"] = weights["model.alien.lora_B"] = weights[proj]
        thinker, tokenizer = tiny_random_thinker(3)
        attach_projector(thinker, LETTERS, tokenizer.spans, inner=24)
        with pytest.raises(AgentError):
            merge_weights(thinker, config, weights)

    def test_a_broken_file_is_refused(self, tmp_path: Path) -> None:
        config = described(str(base_directory(tmp_path / "base")))
        save_checkpoint(tmp_path / "tuned", tuned(), config)
        path = tmp_path / "tuned" / "weights-00001.safetensors"
        path.write_bytes(path.read_bytes()[:1000])
        with pytest.raises(AgentError, match="cannot be read"):
            load_checkpoint(tmp_path / "tuned", torch.float32)

    def test_conversations_share_one_copy_of_a_model(self, tmp_path: Path) -> None:
        folder = str(base_directory(tmp_path / "base"))
        assert shared_checkpoint(folder) is shared_checkpoint(folder)

    @pytest.mark.parametrize(
        ("avx512", "amx", "dtype"),
        [
            (False, False, torch.float32),
            (True, False, torch.bfloat16),
            (False, True, torch.bfloat16),
            (True, True, torch.bfloat16),
        ],
    )
    def test_weights_are_bfloat16_where_the_cpu_multiplies_it(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, avx512: bool, amx: bool, dtype: torch.dtype
    ) -> None:
        monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: avx512)
        monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: amx)
        assert best_dtype() is dtype
        assert shared_checkpoint(str(base_directory(tmp_path / "base"))).thinker.dtype is dtype

    def test_an_agent_computes_with_as_many_threads_as_the_settings_say(
        self, home: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        before, domain = torch.get_num_threads(), load_domain("retail")
        folder = str(base_directory(home / "base"))
        try:
            for threads in (3, 1):
                monkeypatch.setenv("TARL_THREADS", str(threads))
                settings.cache_clear()
                wiring.make_agent(folder, domain.tasks("dev")[0], domain)
                assert torch.get_num_threads() == settings().threads == threads
        finally:
            torch.set_num_threads(before)

    def test_an_unknown_name_names_the_known_ones(self) -> None:
        assert locate_checkpoint("no-such-checkpoint") is None
        with pytest.raises(AgentError, match="omni-mini-base"):
            load_checkpoint("no-such-checkpoint")

    @pytest.mark.parametrize("text", ["", "[]", '{"nme": 1}', '{"name": "x", "prompt": "loud"}'])
    def test_a_wrong_configuration_is_refused(self, tmp_path: Path, text: str) -> None:
        (tmp_path / "config.json").write_text(text)
        with pytest.raises(AgentError, match=r"config\.json"):
            read_config(tmp_path)

    def test_fresh_adapters_change_nothing(self) -> None:
        thinker, tokenizer = tiny_random_thinker(3)
        attach_projector(thinker, LETTERS, tokenizer.spans, inner=24)
        before = logits_of(thinker)
        parameters = attach_lora(thinker, LORA)
        assert torch.allclose(logits_of(thinker), before, atol=1e-6)
        trained = {name for name, p in thinker.named_parameters() if p.requires_grad}
        assert trained
        assert all(".lora_" in name for name in trained)
        assert len(parameters) == len(trained)


def test_a_full_qwen_omni_checkpoint_is_driven_by_the_same_code(tmp_path: Path) -> None:
    folder = tiny_full_omni(tmp_path / "qwen")
    assert json.loads((folder / "config.json").read_text())["model_type"] == "qwen2_5_omni"
    stored = {n: t for path in folder.glob("*.safetensors") for n, t in load_file(path).items()}
    loaded = load_checkpoint(folder, torch.float32)
    found = [t for n, t in stored.items() if n.startswith("thinker.") and n.endswith("layers.1.mlp.up_proj.weight")]
    assert torch.equal(found[0], language_model(loaded.thinker).get_parameter("layers.1.mlp.up_proj.weight"))
    assert (loaded.config.prompt, loaded.tokenizer.special.response_open) == ("full", None)
    loaded.ear.folder = tmp_path
    agent = OmniAgent(loaded, SHOP, loaded.config.sampling.model_copy(update={"max_new_tokens": 5}))
    heard = DIALOGUE[0].model_copy(update={"audio": tone(tmp_path, 300)})
    turn = agent.reply([heard])
    assert turn.timing is not None
    assert turn.timing.tokens
    assert agent.reply([heard, turn, *DIALOGUE[2:]]).timing is not None


def test_adapters_on_a_full_qwen_omni_checkpoint_round_trip(tmp_path: Path) -> None:
    folder = tiny_full_omni(tmp_path / "qwen")
    thinker = load_checkpoint(folder, torch.float32).thinker
    attach_lora(thinker, LORA[:1])
    torch.manual_seed(1)
    with torch.no_grad():
        for name, parameter in thinker.named_parameters():
            if ".lora_B" in name:
                parameter.copy_(torch.randn_like(parameter))
    config = OmniConfig(name="tuned", base=str(folder), prompt="full", lora=LORA[:1])
    save_checkpoint(tmp_path / "tuned", thinker, config)
    ids = torch.tensor([[60, 61, 62]])
    loaded = load_checkpoint(tmp_path / "tuned", torch.float32)
    with torch.no_grad():
        difference = (loaded.thinker(input_ids=ids).logits - thinker(input_ids=ids).logits).abs().max()
        base = load_checkpoint(folder, torch.float32).thinker(input_ids=ids).logits
        assert difference < 0.1 < (base - thinker(input_ids=ids).logits).abs().max()


def test_a_directory_that_is_no_omni_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"model_type": "qwen2_5_omni"}')
    save_file({"x": torch.zeros(1)}, tmp_path / "other.safetensors")
    with pytest.raises(AgentError, match=r"No Qwen2\.5-Omni checkpoint"):
        load_checkpoint(tmp_path, torch.float32)
