"""Several checkpoints on one model: what is shared, what is switched, and that each computes as if it were alone."""

from pathlib import Path

import pytest
import torch

from tarl_app.agents.omni.agent import OmniAgent
from tarl_app.agents.omni.model.adapters import (
    LoraSettings,
    OmniConfig,
    attach_lora,
    read_weights,
    save_checkpoint,
    weights_digest,
)
from tarl_app.agents.omni.model.checkpoint import LoadedOmni, load_checkpoint, shared_checkpoint
from tarl_app.agents.omni.model.checkpoint_files import read_config
from tarl_app.core.errors import AgentError
from tarl_app.core.settings import settings
from tarl_app.core.types import UserTurn
from tests.agents.omni_parts import DIALOGUE, SHOP

LORA = (LoraSettings(targets=r"model\.language_model\.layers\.\d+\.\w+\.(q_proj|down_proj)", rank=2, alpha=4),)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TARL_HOME", str(tmp_path))
    settings.cache_clear()
    yield tmp_path
    settings.cache_clear()


def tune(home: Path, name: str, base: str, seed: int) -> Path:
    """A checkpoint with random adapters upon the tiny model, or upon another checkpoint."""
    parent = home / "checkpoints" / base
    ours = parent.is_dir()
    loaded = load_checkpoint(base, dtype=torch.float32)
    parameters = attach_lora(loaded.thinker, LORA)
    with torch.no_grad():
        for parameter in parameters:
            parameter.copy_(0.3 * torch.randn(parameter.shape, generator=torch.Generator().manual_seed(seed)))
    folder = home / "checkpoints" / name
    digest = weights_digest(parent) if ours else ""
    fields = loaded.config.model_dump(exclude={"name", "base", "base_digest", "lora"})
    save_checkpoint(folder, loaded.thinker, OmniConfig(**fields, name=name, base=base, base_digest=digest, lora=LORA))
    return folder


def logits(loaded: LoadedOmni) -> torch.Tensor:
    ids = torch.tensor([loaded.template.render(DIALOGUE, SHOP, reply=True).ids])
    with loaded.lock, torch.inference_mode():
        return loaded.thinker(input_ids=ids).logits[0, -1].float()


@pytest.fixture
def family(home: Path) -> dict[str, LoadedOmni]:
    """A base with two children and a grandchild, all on one model."""
    tune(home, "base", "tiny-random", 1)
    tune(home, "left", "base", 2)
    tune(home, "right", "base", 3)
    tune(home, "grandchild", "left", 4)
    base = load_checkpoint("base", dtype=torch.float32)
    found = {"base": base}
    for name, parent in (("left", "base"), ("right", "base"), ("grandchild", "left")):
        folder = home / "checkpoints" / name
        found[name] = found[parent].tuned(read_config(folder), read_weights(folder))
    return found


def test_each_computes_what_it_computes_merged_and_alone_in_any_order(family: dict[str, LoadedOmni]) -> None:
    alone = {name: logits(load_checkpoint(name, dtype=torch.float32)) for name in family}
    assert not torch.allclose(alone["left"], alone["right"], atol=1e-2)
    for name in ("left", "right", "base", "grandchild", "left", "base"):
        torch.testing.assert_close(logits(family[name]), alone[name], atol=2e-4, rtol=1e-3)


def test_a_second_checkpoint_costs_its_adapters_and_no_copy_of_the_model(family: dict[str, LoadedOmni]) -> None:
    assert len({id(loaded.thinker) for loaded in family.values()}) == 1
    own = sum(pair.nbytes for tuning in family["left"].lock.tunings for both in tuning.pairs.values() for pair in both)
    model = sum(parameter.nbytes for parameter in family["base"].thinker.parameters())
    assert own < model / 10


def test_tensors_stored_whole_are_exchanged_and_given_back(family: dict[str, LoadedOmni]) -> None:
    base = family["base"]
    name, parameter = next((n, p) for n, p in base.thinker.named_parameters() if n.endswith("language_model.norm.weight"))
    before = parameter.data_ptr()
    plain = logits(base)
    other = base.tuned(OmniConfig(name="norm", base="base"), {name: parameter.detach() * 2})
    assert not torch.allclose(logits(other), plain)
    torch.testing.assert_close(logits(base), plain)
    assert parameter.data_ptr() == before


def test_two_agents_take_turns_on_one_model_and_answer_as_they_would_alone(
    family: dict[str, LoadedOmni], home: Path
) -> None:
    turns = (UserTurn(text="Where is my order?"),)
    alone = {n: OmniAgent(load_checkpoint(n, dtype=torch.float32), SHOP).reply(turns).text for n in ("left", "right")}
    together = {n: OmniAgent(family[n], SHOP) for n in ("left", "right")}
    for _ in range(2):
        assert {name: agent.reply(turns).text for name, agent in together.items()} == alone


def test_shared_checkpoints_of_one_family_share_the_model_of_their_base(home: Path) -> None:
    tune(home, "shared-base", "tiny-random", 1)
    tune(home, "shared-left", "shared-base", 2)
    left = shared_checkpoint("shared-left")
    assert left.thinker is shared_checkpoint("shared-base").thinker
    assert left.config.name == "shared-left"


def test_a_checkpoint_of_another_base_than_it_says_is_refused(home: Path) -> None:
    tune(home, "other-base", "tiny-random", 1)
    tune(home, "other-left", "other-base", 2)
    tune(home, "other-base", "tiny-random", 9)
    with pytest.raises(AgentError, match="tuned from another other-base"):
        shared_checkpoint("other-left")


def test_adapters_that_do_not_fit_are_refused(family: dict[str, LoadedOmni]) -> None:
    config = OmniConfig(name="wrong", base="base", lora=LORA)
    with pytest.raises(AgentError, match="lacks the adapters"):
        family["base"].tuned(config, {})
    module = "model.language_model.layers.0.self_attn.q_proj"
    wrong = {f"{module}.lora_A": torch.zeros(2, 7), f"{module}.lora_B": torch.zeros(32, 2)}
    with pytest.raises(AgentError, match="shape"):
        family["base"].tuned(config, wrong)
    with pytest.raises(AgentError, match="does not fit"):
        family["base"].tuned(OmniConfig(name="wrong", base="base"), {"nowhere.weight": torch.zeros(1)})
