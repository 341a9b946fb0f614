"""The recipe's commands one after the other, and what they refuse to take for their own."""

import gzip
import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from tarl_app.agents.omni.agent import OmniAgent
from tarl_app.agents.omni.model.adapters import SAID, read_weights
from tarl_app.agents.omni.model.assemble import load_thinker, save_quietly, tiny_random_thinker
from tarl_app.agents.omni.model.checkpoint import load_checkpoint
from tarl_app.agents.omni.model.layout import language_model
from tarl_app.core.errors import ConfigError
from tarl_app.core.types import UserTurn
from tarl_app.domains import load_domain
from tarl_app.domains.retail.recipe.dictation import dictation
from tarl_app.domains.retail.recipe.dictation import held_out as customers_of_the_evaluation
from tarl_app.recipes.omni_mini.__main__ import main
from tarl_app.recipes.omni_mini.config import LANGUAGE_LORA, PRESETS, DialogueConfig, SftConfig, StageConfig
from tarl_app.recipes.omni_mini.data.dataset import Pack, Speech, Utterance
from tarl_app.recipes.omni_mini.data.held_out import about
from tarl_app.recipes.omni_mini.stages.dialogues import origin, read
from tarl_app.recipes.omni_mini.stages.fingerprint import note
from tarl_app.recipes.omni_mini.stages.speak import speak

SMALL = DialogueConfig(
    tasks=2,
    rollouts=1,
    hard_rollouts=1,
    longest=4000,
    spoken_share=1.0,
    extra_utterances=6,
    codes=12,
    bulk_voices=("pico:en-US",),
    voices=("pico:en-GB",),
    bulk_share=1.0,
    beside=("airline", "math"),
    natural=1,
    expected=5,
    dev_spoken_share=1.0,
    dev_voice="pico:en-GB",
)
SFT = SftConfig(
    stages=(
        StageConfig("text", steps=2, learning_rate=1e-2, text_tokens=4000),
        StageConfig("align", steps=2, learning_rate=1e-2, ctc_utterances=4),
        StageConfig("listen", steps=2, learning_rate=1e-2, text_tokens=4000, speech_tokens=4000, ctc_utterances=2),
    ),
    lora=(LANGUAGE_LORA.model_copy(update={"rank": 4, "alpha": 8.0}),),
    micro_tokens=4000,
    longest=4000,
    projector=(16, 1),
    save_every=1,
    probed=1,
)


class Recipe:
    """``python -m tarl_app.recipes.omni_mini`` on a tiny base."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.out, self.base, self.monkeypatch = folder / "out", folder / "base", monkeypatch
        thinker, tokenizer = tiny_random_thinker()
        save_quietly(thinker.to(torch.bfloat16), self.base)
        tokenizer.save(self.base)
        self.preset(SMALL)

    def preset(self, config: DialogueConfig) -> None:
        self.monkeypatch.setitem(PRESETS, "tiny", (config, SFT))

    def __call__(self, stage: str, *more: str, out: Path | None = None) -> int:
        given = ("--preset", "tiny", "--processes", "1", "--device", "cpu", "--base", str(self.base))
        return main([stage, *given, "--out", str(out or self.out), *more])


@pytest.fixture
def recipe(home: Path, monkeypatch: pytest.MonkeyPatch) -> Recipe:
    return Recipe(home, monkeypatch)


def no_dialogues(out: Path, config: DialogueConfig) -> None:
    """Files of no conversations, as the first stage would leave them."""
    out.mkdir(exist_ok=True)
    for split in ("train", "dev"):
        path = out / f"dialogues-{split}.jsonl.gz"
        note(path, origin(config, split))
        gzip.open(path, "wt").close()


@pytest.mark.slow
def test_the_commands_make_a_checkpoint_that_answers(recipe: Recipe) -> None:
    for stage in ("dialogues", "pack", "speak", "sft"):
        assert recipe(stage, *(("--name", "tiny") if stage == "sft" else ())) == 0
    packs = {path.parent.name: Pack.load(path.parent) for path in recipe.out.glob("*/pack.npz")}
    assert set(packs) == {"train", "train-airline", "train-math", "train-natural", "dev", "dev-airline"}
    assert packs["train"].spoken
    assert not packs["train-airline"].spoken  # what stands beside is typed
    assert packs["train-airline"].text
    assert len(Speech(recipe.out / "train")) == len(Pack.load(recipe.out / "train").utterances)
    rows = [json.loads(line) for line in (recipe.out / "sft" / "metrics.jsonl").read_text().splitlines()]
    probes = [row["probe"] for row in rows if "probe" in row]
    probed = ("dev/text", "dev/speech", "dev-airline/text")
    assert probes == [f"{stage.name}/{one}" for stage in SFT.stages for one in probed]
    said = (recipe.out / "tiny" / SAID).read_text().splitlines()
    assert set((recipe.out / "expected.txt").read_text().splitlines()) <= set(said)
    loaded = load_checkpoint(recipe.out / "tiny", torch.float32)
    assert loaded.config.base == str(recipe.base.resolve())
    assert loaded.config.domains == ("retail", "airline", "math")
    assert loaded.config.customers == ("plain",)
    agent = OmniAgent(loaded, load_domain("retail"))
    turn = agent.reply([UserTurn(text="Where is my order?")])
    assert turn.text or turn.tool_calls or turn.malformed is not None
    assert any(re.search(r"(double|triple) \d", one) for one in said)
    goes_on_with_its_ear(recipe)
    speaks_and_is_corrected(recipe)


def speaks_and_is_corrected(recipe: Recipe) -> None:
    """What the scripted agent says in the place of the checkpoint is packed for another run."""
    out = recipe.out.with_name("corrected")
    speaker = replace(SMALL, tasks=1, beside=(), natural=0, longest=20_000, spoken_share=0.0, together=2)
    recipe.preset(replace(speaker, speaker=str(recipe.out / "tiny")))
    for stage in ("dialogues", "pack"):
        assert recipe(stage, out=out) == 0
    assert Pack.load(out / "train").text
    assert recipe("dialogues", out=out) == 0
    late = recipe.out.with_name("late")
    assert recipe("dialogues", "--deadline", "dialogues=0", out=late) == 0
    assert [*read(late / "dialogues-train.jsonl.gz")] == []
    recipe.preset(speaker)
    assert recipe("pack", out=out) == 2  # not those of the scripted agent


def goes_on_with_its_ear(recipe: Recipe) -> None:
    """Nothing but the ear changes, what it expected is expected still, and no customer of the evaluation."""
    made, held_out = recipe.out / "tiny", min(customers_of_the_evaluation())
    (made / SAID).write_text(f"{(made / SAID).read_text()}It's {held_out}.\nOh my.\n")
    given = ("--stages", "align", "--ear", str(made), "--adapters", str(made), "--work", "again", "--name", "again")
    assert recipe("sft", *given) == 0
    before, after = read_weights(made), read_weights(recipe.out / "again")
    changed = {name for name, tensor in before.items() if not torch.equal(tensor, after[name])}
    assert changed
    assert all("audio_tower.proj" in name for name in changed)
    said = (recipe.out / "again" / SAID).read_text()
    assert "Oh my." in said
    assert held_out not in said


def test_assembling_says_where_the_base_lies_and_cuts_what_the_preset_cuts(
    recipe: Recipe, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert recipe("assemble") == 0
    assert str(recipe.base) in capsys.readouterr().err
    monkeypatch.setitem(PRESETS, "tiny", (SMALL, replace(SFT, lora=(), layers=(1,))))
    assert recipe("assemble") == 0
    assert str(recipe.out / "base") in capsys.readouterr().err
    assert len(language_model(load_thinker(recipe.out / "base", torch.bfloat16)).layers) == 1


def test_dialogues_that_are_there_are_kept_and_those_of_another_preset_refused(
    recipe: Recipe, capsys: pytest.CaptureFixture[str]
) -> None:
    words = replace(SMALL, domain="math", beside=())
    recipe.preset(words)
    assert recipe("dialogues") == 0
    made = (recipe.out / "dialogues-train.jsonl.gz").read_bytes()
    assert recipe("dialogues") == 0
    assert (recipe.out / "dialogues-train.jsonl.gz").read_bytes() == made
    recipe.preset(replace(words, voices=()))
    assert recipe("dialogues") == 0  # what the dialogues do not depend on may change
    recipe.preset(replace(words, rollouts=3))
    for stage in ("dialogues", "pack"):
        assert recipe(stage) == 2
        told = capsys.readouterr().err
        assert "was made with rollouts 1; asked for is rollouts 3. Choose another --out, or delete the file." in told
    (recipe.out / "dialogues-train.jsonl.gz").unlink()
    assert recipe("dialogues") == 0
    (recipe.out / "dialogues-train.jsonl.gz.from.json").unlink()
    assert recipe("dialogues") == 2
    assert "was made with domain unknown" in capsys.readouterr().err


def test_dialogues_can_be_made_one_domain_at_a_time(recipe: Recipe, capsys: pytest.CaptureFixture[str]) -> None:
    recipe.preset(replace(SMALL, domain="math", beside=("retail",)))
    assert recipe("dialogues", "--only", "dev-retail") == 0
    assert [path.name for path in recipe.out.glob("*.gz")] == ["dialogues-dev-retail.jsonl.gz"]
    assert recipe("dialogues", "--only", "dev-retail,train-shoes") == 2
    assert "there is no train-shoes. Choose from train, dev, train-retail, dev-retail." in capsys.readouterr().err


def test_a_pack_without_dialogues_or_beside_another_presets_is_refused(
    recipe: Recipe, capsys: pytest.CaptureFixture[str]
) -> None:
    assert recipe("pack") == 2
    assert "run the stage dialogues first" in capsys.readouterr().err
    typed = replace(SMALL, beside=(), natural=0)
    recipe.preset(typed)
    no_dialogues(recipe.out, typed)
    (recipe.out / "train-babble").mkdir()
    Pack((), (Utterance("Hm.", "pico:en-US", (1,)),)).save(recipe.out / "train-babble")
    assert recipe("pack") == 2
    assert "train-babble is of another preset" in capsys.readouterr().err


def test_training_without_packs_is_refused(recipe: Recipe, capsys: pytest.CaptureFixture[str]) -> None:
    assert recipe("sft") == 2
    assert "There are no packs" in capsys.readouterr().err


def test_nobody_dictates_the_name_or_e_mail_of_a_customer_of_the_evaluation(recipe: Recipe) -> None:
    held_out = customers_of_the_evaluation()
    told = about(held_out)
    assert any(map(told, dictation(3000, 0)))  # who does not look dictates them
    config = replace(SMALL, beside=(), natural=500, extra_utterances=3000, codes=3000, expected=3000)
    recipe.preset(config)
    no_dialogues(recipe.out, config)
    assert recipe("pack") == 0
    expected = (recipe.out / "expected.txt").read_text().splitlines()
    spoken = [u.text for name in ("train", "train-natural") for u in Pack.load(recipe.out / name).utterances]
    assert len(expected) == 6000
    assert len(spoken) > 5000
    assert [sentence for sentence in (*expected, *spoken) if told(sentence)] == []


@pytest.mark.slow
def test_the_same_seed_makes_the_same_dialogues_and_packs_and_another_one_others(recipe: Recipe, tmp_path: Path) -> None:
    recipe.preset(replace(SMALL, beside=(), natural=0))
    outs = [tmp_path / name for name in ("default", "zero", "one")]
    for out, seed in zip(outs, ((), ("--seed", "0"), ("--seed", "1")), strict=True):
        assert recipe("dialogues", *seed, out=out) == 0
        assert recipe("pack", *seed, out=out) == 0
    said, tokens, sentences = [], [], []
    for out in outs:
        turns = [[turn.model_dump(exclude={"timing", "seconds"}) for turn in one.episode.turns] for one in read_all(out)]
        said.append(turns)
        with np.load(out / "train" / "pack.npz") as stored:
            tokens.append({name: stored[name].tolist() for name in stored.files})
        sentences.append((out / "train" / "utterances.json").read_bytes())
    for made in (said, tokens, sentences):
        assert made[0] == made[1] != made[2]


def read_all(out: Path) -> list:
    return [one for split in ("train", "dev") for one in read(out / f"dialogues-{split}.jsonl.gz")]


def test_a_negative_seed_is_no_seed(recipe: Recipe, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        recipe("dialogues", "--seed", "-1")
    assert "--seed cannot be negative" in capsys.readouterr().err


def test_after_another_pack_what_is_said_otherwise_is_spoken_again(tmp_path: Path) -> None:
    def packed(*texts: str) -> None:
        Pack((), tuple(Utterance(text, "pico:en-US", (1,)) for text in texts)).save(tmp_path)

    def shards() -> dict[str, int]:
        return {path.name: path.stat().st_mtime_ns for path in tmp_path.glob("speech-*.npz")}

    packed("Yes.", "No.", "It's #W4821359, please.")
    speak(tmp_path, 1, shard=2)
    first, sound = shards(), Speech(tmp_path)[2]
    assert sorted(first) == ["speech-0000.npz", "speech-0001.npz"]
    speak(tmp_path, 1, shard=2)
    assert shards() == first
    packed("Yes.", "No.", "Hello.")
    with pytest.raises(ConfigError, match=r"speech-0001\.npz is the sound of other sentences.*run speak again"):
        Speech(tmp_path)
    speak(tmp_path, 1, shard=2)
    assert shards()["speech-0000.npz"] == first["speech-0000.npz"]
    assert len(Speech(tmp_path)[2]) < len(sound)
    packed("Yes.", "No.")
    speak(tmp_path, 1, shard=2)
    assert list(shards()) == ["speech-0000.npz"]
    assert len(Speech(tmp_path)) == 2


def test_a_shard_of_nobody_knows_what_is_spoken_again(tmp_path: Path) -> None:
    Pack((), (Utterance("Yes.", "pico:en-US", (1,)),)).save(tmp_path)
    np.savez(tmp_path / "speech-0000.npz", samples=np.zeros(9, np.int16), lengths=np.array([9]), index=np.array([0]))
    speak(tmp_path, 1, shard=2)
    assert len(Speech(tmp_path)[0]) > 1000


@pytest.mark.parametrize("name", PRESETS)
def test_nobody_trains_with_the_voices_of_the_evaluation(name: str) -> None:
    config = PRESETS[name][0]
    speakers = {part for voice in (*config.voices, *config.bulk_voices) for part in re.split(r"[:+]", voice)}
    assert speakers
    assert not speakers & {"slt", "jf_nezumi"}
    assert config.dev_voice == "kokoro:jf_nezumi"
