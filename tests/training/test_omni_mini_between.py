"""A checkpoint between two shipped ones."""

from pathlib import Path

import pytest
import torch

from tarl_app.agents.omni.model.adapters import SAID, OmniConfig, read_weights
from tarl_app.core.paths import ROOT
from tarl_app.recipes.omni_mini.__main__ import main

EARLIER, LATER = (ROOT / "checkpoints" / name for name in ("omni-mini-early", "omni-mini"))


def made(folder: Path, *more: str, earlier: str = "omni-mini-early") -> int:
    return main(["between", "--out", str(folder), "--name", "mid", "--adapters", earlier, "--ear", "omni-mini", *more])


@pytest.mark.parametrize("share", [0.0, 0.25, 1.0])
def test_the_adapters_lie_between_and_all_else_is_the_later_ones(share: float, tmp_path: Path) -> None:
    assert made(tmp_path, "--share", str(share)) == 0
    mid, first, last = (read_weights(one) for one in (tmp_path / "mid", EARLIER, LATER))
    assert mid.keys() == last.keys()
    for name, value in mid.items():
        wanted = torch.lerp(first[name].float(), last[name].float(), share) if ".lora_" in name else last[name].float()
        assert torch.equal(value, wanted.bfloat16()), name
    assert OmniConfig.model_validate_json((tmp_path / "mid" / "config.json").read_text()).name == "mid"
    assert (tmp_path / "mid" / SAID).read_bytes() == (LATER / SAID).read_bytes()
    assert not (tmp_path / "mid" / "README.md").exists()  # the later one's card tells of the later one


def test_what_has_other_adapters_has_nothing_between(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert made(tmp_path, earlier="omni-mini-tarl") == 2
    assert "nothing lies between" in capsys.readouterr().err


def test_a_share_outside_and_an_end_that_is_missing_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        made(tmp_path, "--share", "1.5")
    assert "--share is between 0 and 1" in capsys.readouterr().err
    assert main(["between", "--out", str(tmp_path), "--adapters", "omni-mini-early"]) == 2
    assert "Name both ends" in capsys.readouterr().err
