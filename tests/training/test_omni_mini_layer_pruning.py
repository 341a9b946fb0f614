"""A base of fewer layers: what is kept of the whole one, and that its layers learn, are stored and are served."""

from pathlib import Path

import pytest
import torch

from tarl_app.agents.omni.model.adapters import SAID
from tarl_app.agents.omni.model.assemble import load_thinker, save_quietly, tiny_random_thinker
from tarl_app.agents.omni.model.checkpoint import load_checkpoint
from tarl_app.agents.omni.model.layout import language_model
from tarl_app.agents.omni.prompt.tokens import OmniTokenizer
from tarl_app.core.errors import ConfigError
from tarl_app.recipes.omni_mini.__main__ import main
from tarl_app.recipes.omni_mini.stages.layer_pruning import prune_layers
from tarl_app.recipes.omni_mini.stages.learner import STATE, Learner

SAYINGS = ("one", "two")
IDS = torch.arange(40, 60)[None]


@pytest.fixture
def base(tmp_path: Path) -> Path:
    thinker, tokenizer = tiny_random_thinker()
    folder = tmp_path / "whole"
    save_quietly(thinker.to(torch.bfloat16), folder)
    tokenizer.save(folder)
    return folder


def learner(folder: Path) -> Learner:
    thinker = load_thinker(folder, torch.bfloat16)
    tokenizer = OmniTokenizer.load(folder)
    return Learner(thinker, tokenizer, SAYINGS, (), torch.device("cpu"), (32, 0), base=str(folder), whole=True)


@torch.no_grad()
def logits(thinker: torch.nn.Module) -> torch.Tensor:
    with torch.autocast("cpu", torch.bfloat16):
        return thinker(input_ids=IDS, use_cache=False).logits.float()


def test_all_layers_cut_nothing_and_one_is_the_one_that_was_asked_for(base: Path, tmp_path: Path):
    whole = load_thinker(base, torch.bfloat16)
    assert torch.equal(logits(load_thinker(prune_layers(base, (0, 1), tmp_path / "all"), torch.bfloat16)), logits(whole))
    second = load_thinker(prune_layers(base, (1,), tmp_path / "second"), torch.bfloat16)
    (kept,) = language_model(second).layers
    for name, value in language_model(whole).layers[1].state_dict().items():
        assert torch.equal(kept.state_dict()[name], value), name
    language_model(whole).layers = language_model(whole).layers[1:]
    assert torch.equal(logits(second), logits(whole))


@pytest.mark.parametrize("layers", [(), (1, 0), (0, 0), (2,), (-1,)])
def test_layers_that_are_not_there_or_out_of_order_are_an_error(base: Path, tmp_path: Path, layers: tuple[int, ...]):
    with pytest.raises(ConfigError, match="ascending order"):
        prune_layers(base, layers, tmp_path / "cut")
    assert not (tmp_path / "cut").exists()


def test_the_layers_of_a_cut_base_learn_and_what_is_shipped_says_the_same(base: Path, tmp_path: Path):
    made = learner(prune_layers(base, (1,), tmp_path / "cut"))
    trained = set(made.trained())
    assert {name for name in trained if "audio_tower" not in name} == {
        name for name, _ in made.thinker.named_parameters() if "language_model.layers." in name
    }
    before = logits(made.thinker)
    optimiser = torch.optim.SGD(made.parameters()[1], lr=1.0)
    with made.autocast():
        made.thinker(input_ids=IDS).logits.float().log_softmax(-1)[..., 7].mean().neg().backward()
    optimiser.step()
    after = logits(made.thinker)
    assert not torch.allclose(after, before, atol=0.05)
    made.ship(tmp_path / "shipped", "small")
    served = load_checkpoint(tmp_path / "shipped", torch.bfloat16)
    assert torch.allclose(logits(served.thinker), after, atol=0.1, rtol=0.05)


def test_it_hears_like_the_checkpoint_whose_ear_it_takes(base: Path, tmp_path: Path):
    other = learner(base)
    with torch.no_grad():
        for parameter in other.projector.parameters():
            parameter.add_(0.5)
    other.ship(tmp_path / "other", "other")
    assert (tmp_path / "other" / SAID).read_text().split() == sorted(SAYINGS)
    made = learner(prune_layers(base, (1,), tmp_path / "cut"))
    language = [p.clone() for p in made.parameters()[1]]
    made.hear_like(tmp_path / "other")
    for (name, ours), theirs in zip(made.projector.named_parameters(), other.projector.parameters(), strict=True):
        assert torch.allclose(ours, theirs, atol=0.01), name
    assert all(torch.equal(a, b) for a, b in zip(language, made.parameters()[1], strict=True))


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (("--ear", "nobody"), "There is no checkpoint nobody."),
        (("--ear", "omni-mini-tarl"), "omni-mini-tarl has no ear of its own"),
        (("--adapters", "nobody"), "There is no checkpoint nobody."),
        ((), "The preset ten-layers trains no ear: say whose it has, by --ear CHECKPOINT or --hearing WORK."),
    ],
)
def test_a_checkpoint_that_cannot_be_begun_with_is_an_error_that_says_why(
    home: Path, capsys: pytest.CaptureFixture[str], asked: tuple[str, ...], told: str
):
    assert main(["sft", "--preset", "ten-layers", "--out", str(home), *asked]) == 2
    assert told in capsys.readouterr().err


def test_a_run_that_began_with_an_ear_goes_on_without_being_told_whose(home: Path, capsys: pytest.CaptureFixture[str]):
    """It is asked for its packs, not for its ear."""
    (home / "sft" / "state").mkdir(parents=True)
    (home / "sft" / "state" / STATE).touch()
    assert main(["sft", "--preset", "ten-layers", "--out", str(home)]) == 2
    assert "There are no packs" in capsys.readouterr().err
