"""The provenance of a run: the code, the base and its origin, the seed, libraries and the machine."""

import hashlib
import platform
import shutil
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import torch
from huggingface_hub import try_to_load_from_cache

import tarl_app
from tarl_app.agents.omni.model.adapters import MINI, PARTS, TINY, weights_digest
from tarl_app.agents.omni.model.checkpoint_files import locate_checkpoint, read_config
from tarl_app.assets.table import ASSETS
from tarl_app.training.configuration.config import TrainConfig

PACKAGE = Path(tarl_app.__file__).parent


def provenance(config: TrainConfig) -> dict[str, Any]:
    """The content of ``provenance.json``; digests are hexadecimal, and empty where there is nothing to digest."""
    base = locate_checkpoint(config.base)
    return {
        "code": tarl_app.__version__,
        "commit": commit(PACKAGE.parent),
        "sources_digest": sources_digest(PACKAGE),
        "base": config.base,
        "base_digest": weights_digest(base) if base is not None else "",
        "root": root(config.base),
        "seed": config.seed,
        "libraries": {name: _version(name) for name in ("torch", "transformers", "peft", "accelerate", "llguidance")},
        "python": platform.python_version(),
        "machine": {"system": platform.platform(), "threads": torch.get_num_threads(), "cuda": torch.cuda.is_available()},
    }


def commit(checkout: Path) -> str:
    """The commit of a git checkout, 40 hexadecimal digits; empty without ``.git`` or without git.

    Files may differ from the commit; ``sources_digest`` covers the code that runs.
    """
    git = shutil.which("git")
    if git is None or not (checkout / ".git").exists():
        return ""
    try:
        asked = subprocess.run(
            [git, "-C", str(checkout), "rev-parse", "HEAD"], capture_output=True, text=True, timeout=10, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return asked.stdout.strip()


def sources_digest(package: Path) -> str:
    """A digest of the Python files below ``package``, 16 hexadecimal digits."""
    digest = hashlib.sha256()
    for path in sorted(package.rglob("*.py")):
        digest.update(path.relative_to(package).as_posix().encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]


def root(base: str) -> dict[str, Any]:
    """The untuned model at the beginning of a base's lineage, and a digest of its weights, if known.

    One of ``adapters.PARTS``: the ``sha256`` of each file it is assembled from. A directory: the ``digest`` of its
    weights. A model of the hub: the commit (``revision``) in the hub's cache.
    """
    above: set[Path] = set()
    while (folder := locate_checkpoint(base)) is not None:
        config = read_config(folder)
        if folder.resolve() in above or config.base == str(folder):
            return {"name": base, "digest": weights_digest(folder)}
        above.add(folder.resolve())
        base = config.base
        if not config.base_digest:  # from here on the name is that of an untuned model, even if a checkpoint has the same
            break
    base = MINI if base == f"{MINI}-base" else base
    if base in PARTS:
        parts = [asset for asset in ASSETS if asset.name in PARTS[base]]
        return {"name": base, "sha256": {f"{one.name}/{file.name}": file.sha256 for one in parts for file in one.files}}
    if base == TINY:
        return {"name": base}
    if Path(base).is_dir():
        return {"name": base, "digest": weights_digest(Path(base))}
    return {"name": base, "revision": _revision(base)}


def _revision(repository: str) -> str:
    """The commit in the hub's cache; empty if the model is not there."""
    found = try_to_load_from_cache(repository, "config.json")
    return Path(found).parent.name if isinstance(found, str) else ""


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""
