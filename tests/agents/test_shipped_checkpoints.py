"""What this repository ships to talk to and to compare: small enough for a plain push, with a card, on the right base."""

from pathlib import Path

import pytest

from tarl_app import wiring
from tarl_app.agents.omni.checkpoint import check_lineage, locate_checkpoint

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
