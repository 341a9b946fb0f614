"""The LoRA layer gives what PEFT's own gives, forward and backward, in every state an adapter can be in."""

from collections.abc import Callable

import pytest
import torch
from peft import LoraConfig, inject_adapter_in_model
from peft.tuners.lora import Linear
from torch import Tensor, nn

from tarl_app.agents.omni.model.adapters import LoraSettings, attach_lora
from tarl_app.agents.omni.model.lora import LoraLinear
from tarl_app.training.configuration.config import LANGUAGE_TARGETS
from tests.agents.omni_parts import tiny_loaded


class Two(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Linear(24, 40), nn.Linear(40, 12, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.second(nn.functional.silu(self.first(x)))


def adapted(ours: bool, dtype: torch.dtype = torch.float32) -> Two:
    torch.manual_seed(3)
    model = Two().to(dtype).requires_grad_(False)
    config = LoraConfig(target_modules=["first", "second"], r=4, lora_alpha=8)
    if ours:
        config._register_custom_module({nn.Linear: LoraLinear})
    inject_adapter_in_model(config, model)
    for number, parameter in enumerate(p for name, p in model.named_parameters() if ".lora_" in name):
        parameter.data = torch.randn(parameter.shape, generator=torch.Generator().manual_seed(number)) * 0.2
        parameter.requires_grad_()
    return model


def test_adapters_of_a_thinker_are_of_this_kind() -> None:
    thinker = tiny_loaded().thinker
    attach_lora(thinker, [LoraSettings(targets=LANGUAGE_TARGETS, rank=4, alpha=8)])
    assert {type(module) for module in thinker.modules() if isinstance(module, Linear)} == {LoraLinear}


def outcome(model: Two, x: Tensor, half: bool = False) -> list[Tensor]:
    x = x.clone().requires_grad_()
    with torch.autocast("cpu", torch.bfloat16, enabled=half):
        y = model(x)
    (y.float() ** 2).sum().backward()
    found = [y.detach(), x.grad, *(p.grad for p in model.parameters() if p.requires_grad)]
    return [one for one in found if one is not None]


X = torch.randn(2, 7, 24, generator=torch.Generator().manual_seed(9))


def test_output_and_all_gradients_are_those_of_pefts_layer() -> None:
    ours, peft = adapted(True), adapted(False)
    assert (type(ours.first), type(peft.first)) == (LoraLinear, Linear)
    found, expected = outcome(ours, X), outcome(peft, X)
    assert len(found) == len(expected) == 6
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one, other)


def test_in_bfloat16_the_adapter_stays_float32_and_differs_by_rounding_alone() -> None:
    ours, peft = adapted(True, torch.bfloat16), adapted(False, torch.bfloat16)
    found, expected = outcome(ours, X.bfloat16(), True), outcome(peft, X.bfloat16(), True)
    assert {one.dtype for one in found[2:]} == {torch.float32}
    for one, other in zip(found, expected, strict=True):
        assert (one.float() - other.float()).norm() < 0.02 * other.float().norm()


def switched_off(model: Two) -> None:
    for layer in (model.first, model.second):
        layer.enable_adapters(False)  # pyright: ignore


def merged(model: Two) -> None:
    for layer in (model.first, model.second):
        layer.merge()  # pyright: ignore


@pytest.mark.parametrize("change", [switched_off, merged])
def test_an_adapter_that_is_off_or_merged_is_not_added(change: Callable[[Two], None]) -> None:
    ours, peft = adapted(True), adapted(False)
    change(ours)
    change(peft)
    torch.testing.assert_close(ours(X), peft(X))


def test_a_layer_that_is_trained_itself_gets_its_gradient() -> None:
    ours = adapted(True)
    weight = ours.first.base_layer.weight.requires_grad_()  # pyright: ignore
    outcome(ours, X)
    assert weight.grad is not None
    assert weight.grad.abs().sum() > 0


def test_gradients_agree_with_finite_differences() -> None:
    model = adapted(True).double()
    x = torch.randn(3, 24, dtype=torch.double, generator=torch.Generator().manual_seed(1)).requires_grad_()
    assert torch.autograd.gradcheck(model, (x,))
