"""The recipe on a tiny random thinker: it learns from text and from sound, and goes on where it stopped."""

import json
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import Qwen2_5OmniThinkerForConditionalGeneration

from tarl_app.agents.omni.audio.projector import attach_projector
from tarl_app.agents.omni.model.adapters import SAID, LoraSettings, merge_weights, read_weights
from tarl_app.agents.omni.model.assemble import tiny_random_thinker
from tarl_app.agents.omni.model.checkpoint_files import read_config
from tarl_app.recipes.omni_mini.config import LANGUAGE_LORA, TOWER_LORA, SftConfig, StageConfig
from tarl_app.recipes.omni_mini.data.dataset import Example, Pack, Speech, Utterance, digest, token_batches, widen
from tarl_app.recipes.omni_mini.stages.learner import Learner
from tarl_app.recipes.omni_mini.stages.sft import Trainer, run
from tarl_app.training.batch.audio_batch import log_mel, pad_waves

WORDS = ("l", "r")


def sound(word: str, seed: int) -> np.ndarray:
    """A low or a high tone with a little noise: int16 [8000] at 16 kHz."""
    time = np.arange(8000) / 16_000
    noise = np.random.default_rng(seed).normal(0, 300, 8000)
    return (8000 * np.sin(2 * np.pi * (300 if word == "l" else 2000) * time) + noise).astype(np.int16)


def tones(folder: Path) -> Pack:
    """A user says l or r, typed or spoken; the agent repeats it. The pack lies in ``folder``, with its sound."""
    _, tokenizer = tiny_random_thinker()
    special = tokenizer.special
    examples, utterances = [], []
    for i in range(16):
        word = WORDS[i % 2]
        answer = [*tokenizer.encode(word), special.im_end]
        typed = [special.im_start, *tokenizer.encode(word), special.im_end, *answer]
        spoken = [special.im_start, special.audio_bos, special.audio_pad, special.audio_eos, special.im_end, *answer]
        for ids, slots in ((typed, ()), (spoken, ((2, i),))):
            learn = np.zeros(len(ids), bool)
            learn[-len(answer) :] = True
            examples.append(Example(np.array(ids, np.int32), learn, slots))
        utterances.append(Utterance(word, "tone", tuple(tokenizer.encode(word))))
    made = Pack(tuple(examples), tuple(utterances))
    made.save(folder)
    waves = [sound(WORDS[i % 2], i) for i in range(16)]
    lengths = np.array([len(w) for w in waves])
    of = np.array(digest((i, one.text, one.voice) for i, one in enumerate(utterances)))
    np.savez(folder / "speech-0000.npz", samples=np.concatenate(waves), lengths=lengths, index=np.arange(16), of=of)
    return made


@pytest.fixture
def pack(tmp_path: Path) -> Pack:
    return tones(tmp_path)


@torch.no_grad()
def scale(thinker: Qwen2_5OmniThinkerForConditionalGeneration) -> None:
    """Random weights are too small: adapters could hardly move tied logits, and the tower would hear its positions only."""
    thinker.get_input_embeddings().weight.mul_(30)
    for convolution in (thinker.model.audio_tower.conv1, thinker.model.audio_tower.conv2):
        convolution.weight.mul_(10)


def trainer(
    folder: Path,
    *stages: StageConfig,
    lora: tuple[LoraSettings, ...] = (LANGUAGE_LORA, TOWER_LORA),
    work: str = "sft",
    save_every: int = 5,
    seed: int = 0,
    clock: Callable[[], float] = time.monotonic,
) -> Trainer:
    thinker, tokenizer = tiny_random_thinker()
    scale(thinker)
    small = tuple(entry.model_copy(update={"rank": 8, "alpha": 16.0}) for entry in lora)
    config = SftConfig(stages=stages, lora=small, micro_tokens=400, longest=400, save_every=save_every, seed=seed)
    torch.manual_seed(0)
    loaded = Pack.load(folder)
    learner = Learner(thinker, tokenizer, [one.text for one in loaded.utterances], config.lora, torch.device("cpu"))
    return Trainer(learner, loaded, Speech(folder), config, folder / work, clock)


def test_a_pack_reads_back_as_it_was_written(pack: Pack, tmp_path: Path):
    loaded = Pack.load(tmp_path)
    assert loaded.utterances == pack.utterances
    for ours, theirs in zip(loaded.examples, pack.examples, strict=True):
        assert np.array_equal(ours.ids, theirs.ids)
        assert np.array_equal(ours.learn, theirs.learn)
        assert ours.slots == theirs.slots


def test_packs_of_several_folders_count_their_sentences_on(pack: Pack, tmp_path: Path):
    other = tmp_path / "other"
    other.mkdir()
    Pack(pack.spoken[:1], pack.utterances[:2]).save(other)
    stored = {"samples": np.arange(3, dtype=np.int16), "lengths": np.array([3]), "index": np.array([0])}
    np.savez(other / "speech-0000.npz", **stored, of=np.array(digest([(0, pack.utterances[0].text, "tone")])))
    joined, speech = Pack.load_all([tmp_path, other]), Speech(tmp_path, other)
    assert joined.utterances == (*pack.utterances, *pack.utterances[:2])
    ((place, utterance),) = joined.examples[-1].slots
    assert (place, utterance) == (pack.spoken[0].slots[0][0], len(pack.utterances) + pack.spoken[0].slots[0][1])
    assert speech[len(pack.utterances)].tolist() == [0, 1, 2]
    assert len(speech) == len(pack.utterances) + 1


def test_a_placeholder_widens_to_the_positions_of_its_sound():
    example = Example(np.array([1, 9, 2, 9, 3], np.int32), np.array([0, 0, 0, 0, 1], bool), ((1, 0), (3, 1)))
    ids, learn = widen(example, [3, 1], pad=9)
    assert ids.tolist() == [1, 9, 9, 9, 2, 9, 3]
    assert learn.tolist() == [False] * 6 + [True]


def test_batches_hold_every_example_once_an_epoch_and_never_too_many_tokens():
    lengths = [3, 10, 7, 2, 9, 4]
    batches = token_batches(lengths, 14, np.random.default_rng(0))
    seen: list[int] = []
    while len(seen) < len(lengths):
        batch = next(batches)
        assert max(lengths[i] for i in batch) * len(batch) <= 14
        seen += batch
    assert sorted(seen) == list(range(len(lengths)))


def test_a_forward_without_its_sound_is_an_error(pack: Pack, tmp_path: Path):
    made = trainer(tmp_path)
    ids = torch.tensor(pack.spoken[0].ids[None].astype(np.int64))
    with pytest.raises(ValueError, match="1 audio placeholders, 0 audio embeddings"):
        made.learner.hidden(ids, None)


def test_text_training_lowers_the_loss_on_text(pack: Pack, tmp_path: Path):
    made = trainer(tmp_path, StageConfig("text", steps=60, learning_rate=3e-2, text_tokens=400, warmup=1))
    before = made.probe("before", pack.text)["loss"]
    run(made)
    assert made.probe("after", pack.text)["loss"] < 0.7 * before


def test_the_adapters_of_the_layers_that_are_kept_stay_as_they_were(pack: Pack, tmp_path: Path):
    made = trainer(tmp_path, StageConfig("text", steps=3, learning_rate=1e-2, text_tokens=200, warmup=1))
    lower = [name for name in made.learner.trained() if ".layers.0." in name and "language_model" in name]
    before = {name: value.clone() for name, value in made.learner.thinker.named_parameters()}
    config = replace(made.config, first_tuned=1)
    made = Trainer(made.learner, made.pack, made.speech, config, tmp_path / "kept")
    assert lower
    assert not set(lower) & set(made.learner.trained())
    run(made)
    changed = {name for name, value in made.learner.thinker.named_parameters() if not torch.equal(value, before[name])}
    assert changed
    assert not changed & set(lower)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_products_are_computed_in_the_dtype_of_the_base(pack: Pack, tmp_path: Path, dtype: torch.dtype):
    thinker, tokenizer = tiny_random_thinker()
    learner = Learner(thinker.to(dtype), tokenizer, ["a"], (LANGUAGE_LORA,), torch.device("cpu"))
    ids = torch.tensor(pack.text[0].ids[None].astype(np.int64))
    with torch.no_grad(), learner.autocast():
        assert learner.thinker.lm_head(learner.hidden(ids, None)).dtype == dtype


def test_who_practises_with_peoples_own_words_leaves_the_ear_as_it_is(pack: Pack, tmp_path: Path):
    """And reads what it hears without the wordings of the customers; these are expected again afterwards."""
    made = trainer(tmp_path, StageConfig("own", steps=3, learning_rate=1e-2, speech_tokens=400, warmup=1, own_words=True))
    before = {name: value.clone() for name, value in made.learner.trained().items()}
    usual = made.learner.projector.language
    heard: list[object] = []
    made.learner.projector.ctc.register_forward_hook(lambda *_: heard.append(made.learner.projector.language))
    run(made)
    after = made.learner.trained()
    changed = {name for name, value in after.items() if not torch.equal(value, before[name])}
    assert changed
    assert not any("audio_tower" in name for name in changed)
    assert heard
    assert usual not in heard
    assert made.learner.projector.language is usual


@pytest.mark.parametrize("lora", [(LANGUAGE_LORA, TOWER_LORA), (LANGUAGE_LORA,)], ids=["tower", "frozen tower"])
@pytest.mark.parametrize("stage", ["align", "listen"])
def test_what_is_trained_on_is_roughened_and_what_is_looked_at_is_not(
    pack: Pack, tmp_path: Path, lora: tuple[LoraSettings, ...], stage: str
):
    sort = {"ctc_utterances": 4} if stage == "align" else {"speech_tokens": 400}
    made = trainer(tmp_path, StageConfig(stage, steps=2, learning_rate=1e-3, **sort), lora=lora)
    clean = [log_mel(*pad_waves([torch.from_numpy(wave / np.float32(32768))]))[0][0] for wave in made.speech.waves.values()]
    heard: list[torch.Tensor] = []

    def is_clean(mel: torch.Tensor) -> bool:
        return any(mel.shape == one.shape and torch.allclose(mel.float(), one, atol=0.02) for one in clean)

    made.learner.tower.conv1.register_forward_pre_hook(lambda _, inputs: heard.extend(inputs[0]))
    run(made)
    assert len(heard) >= 4
    assert not any(map(is_clean, heard))
    heard.clear()
    made.probe("clean", pack.spoken[:3])
    assert len(heard) == 3
    assert all(map(is_clean, heard))


@pytest.mark.slow
def test_the_sound_decides_the_answer_after_training_and_swapped_sounds_do_not(pack: Pack, tmp_path: Path):
    made = trainer(
        tmp_path,
        StageConfig("align", steps=40, learning_rate=4e-3, ctc_utterances=8, warmup=5),
        StageConfig("listen", steps=80, learning_rate=1e-2, speech_tokens=400, ctc_utterances=8, warmup=5),
    )
    run(made)
    right = made.probe("right sound", pack.spoken)
    made.speech.waves = {i: sound(WORDS[(i + 1) % 2], i) for i in range(16)}  # the control: the other word's sound
    wrong = made.probe("wrong sound", pack.spoken)
    assert right["turns_exact"] > 0.9
    assert wrong["turns_exact"] < 0.25


def test_training_goes_on_where_it_stopped(pack: Pack, tmp_path: Path):
    stages = (
        StageConfig("text", steps=5, learning_rate=1e-2, text_tokens=200),
        StageConfig("align", steps=5, learning_rate=1e-2, ctc_utterances=4),
    )
    first = trainer(tmp_path, *stages)
    run(first, only=("text",))
    second = trainer(tmp_path, *stages)
    run(second)
    rows = [json.loads(line) for line in (tmp_path / "sft" / "metrics.jsonl").read_text().splitlines()]
    assert [row["stage"] for row in rows if row.get("step") == 4] == ["text", "align"]
    weights = first.learner.trained()
    assert any(not torch.equal(weights[name], value) for name, value in second.learner.trained().items())


def test_a_run_begins_with_the_ear_of_one_run_and_the_language_of_another(pack: Pack, tmp_path: Path):
    heard = trainer(tmp_path, StageConfig("align", steps=3, learning_rate=1e-2, ctc_utterances=4, warmup=1))
    run(heard)
    kept = heard.learner.trained()
    fresh = trainer(tmp_path).learner
    before = {name: value.clone() for name, value in fresh.trained().items()}
    fresh.take(tmp_path / "sft" / "state", ("hearing",))
    for name, value in fresh.trained().items():
        assert torch.equal(value, kept[name] if "audio_tower" in name else before[name]), name
    assert any(not torch.equal(value, before[name]) for name, value in kept.items() if "audio_tower" in name)
    fresh.take(tmp_path / "sft" / "state", ("language",))
    assert all(torch.equal(value, kept[name]) for name, value in fresh.trained().items())


def test_a_run_begins_with_the_adapters_of_a_checkpoint(pack: Pack, tmp_path: Path):
    made = trainer(tmp_path, StageConfig("text", steps=3, learning_rate=1e-2, text_tokens=200, warmup=1))
    run(made)
    made.learner.ship(tmp_path / "shipped", "tiny")
    fresh = trainer(tmp_path).learner
    before = {name: value.clone() for name, value in fresh.trained().items()}
    fresh.speak_like(tmp_path / "shipped")
    for name, value in made.learner.trained().items():
        mine = fresh.trained()[name]
        assert torch.allclose(mine, value if "lora_" in name else before[name], atol=0.01), name
    assert any(not torch.equal(value, before[name]) for name, value in fresh.trained().items() if "lora_B" in name)


def test_a_snapshot_keeps_the_state_that_the_stage_had_then(pack: Pack, tmp_path: Path):
    made = trainer(tmp_path, StageConfig("text", steps=4, learning_rate=1e-2, text_tokens=200, warmup=1))
    made.snapshots = [0.0]
    run(made)
    then = trainer(tmp_path).learner
    kept = then.load_state(tmp_path / "sft-0s" / "state")
    assert kept is not None
    assert (kept["stage"], kept["step"]) == ("text", 1)
    now = made.learner.trained()
    assert any(not torch.equal(value, now[name]) for name, value in then.trained().items())


def test_what_is_shipped_loads_into_a_fresh_base_and_says_the_same(pack: Pack, tmp_path: Path):
    made = trainer(tmp_path, StageConfig("listen", steps=3, learning_rate=1e-2, speech_tokens=400, warmup=1))
    run(made)
    made.learner.ship(tmp_path / "shipped", "tiny")
    assert (tmp_path / "shipped" / SAID).read_text().split() == sorted(WORDS)
    config = read_config(tmp_path / "shipped")
    plain, tokenizer = tiny_random_thinker()
    scale(plain)
    attach_projector(plain, config.ctc_letters, tokenizer.spans, config.projector_inner)
    merge_weights(plain, config, read_weights(tmp_path / "shipped"))
    ids = torch.tensor(pack.text[0].ids[None].astype(np.int64))
    with torch.no_grad():
        ours = made.learner.thinker(input_ids=ids).logits
        theirs = plain(input_ids=ids).logits
    assert torch.allclose(ours, theirs, atol=0.05, rtol=0.05)  # shipped as bfloat16
