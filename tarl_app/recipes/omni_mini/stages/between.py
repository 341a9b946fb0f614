"""A checkpoint between two of one line of training: weaker and less certain than the later one, at no cost of training.

What lies on the line between the weights of two fine-tuned models of one origin works as they do (Wortsman et al. 2021,
"Robust fine-tuning of zero-shot models", arXiv 2109.01903). As a base for reinforcement learning it has what neither end
has: tasks that it passes sometimes.
"""

import shutil
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from tarl_app.agents.omni.model.adapters import OmniConfig, read_weights
from tarl_app.core.errors import AgentError


def between(earlier: Path, later: Path, share: float, folder: Path, name: str) -> Path:
    """Writes the checkpoint ``folder`` with language adapters (1 - share) * earlier + share * later, of each matrix; all
    else, such as the ear, is the later one's.

    Raises:
        AgentError: the two have adapters of other layers or another rank, or a file is broken.
    """
    first, second = ({key: value for key, value in read_weights(one).items() if ".lora_" in key} for one in (earlier, later))
    if {key: one.shape for key, one in first.items()} != {key: one.shape for key, one in second.items()}:
        raise AgentError(f"{earlier.name} and {later.name} have adapters of other layers or ranks: nothing lies between.")
    shutil.copytree(later, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("README.md"))
    for path in folder.glob("weights-*.safetensors"):
        mixed = {
            key: torch.lerp(first[key].float(), value.float(), share).to(value.dtype) if key in first else value
            for key, value in load_file(path).items()
        }
        save_file(mixed, path)
    config = OmniConfig.model_validate_json((folder / "config.json").read_text(encoding="utf-8"))
    shown = config.model_copy(update={"name": name}).model_dump_json(indent=1)
    (folder / "config.json").write_text(f"{shown}\n", encoding="utf-8")
    return folder
