"""Where a checkpoint lies, what it was tuned from, and whether its files are whole; no model is loaded."""

import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from pydantic import ValidationError

from tarl_app.agents.omni.model.adapters import OmniConfig, read_weights, weights_digest
from tarl_app.core import documents
from tarl_app.core.errors import AgentError, DocumentError
from tarl_app.core.paths import SHIPPED
from tarl_app.core.settings import settings


def locate_checkpoint(name: str) -> Path | None:
    """The directory of a shipped checkpoint, one under ``TARL_HOME``, a run's (``NAME@STEP``), or a path; None if none."""
    run, _, step = name.rpartition("@")
    of_run = (
        settings().runs / run / "checkpoints" / f"step-{int(step):06d}" if re.fullmatch(r"\d{1,9}", step) else Path(name)
    )
    for folder in (SHIPPED / name, settings().home / "checkpoints" / name, of_run, Path(name)):
        with suppress(OSError, ValueError):  # no name that a file could have, or a folder that is closed to us
            if (folder / "config.json").is_file():
                return folder
    return None


def read_config(folder: Path) -> OmniConfig:
    """Reads ``config.json``: ours, or that of a Qwen2.5-Omni directory (which is then its own base).

    Raises:
        AgentError: it is neither.
    """
    try:
        found = documents.read_json(folder / "config.json", Path("/"))  # the hub's cache is made of links
        if isinstance(found, dict) and str(found.get("model_type", "")).startswith("qwen2_5_omni"):
            return OmniConfig(name=folder.name, base=str(folder), prompt="full", context=32768)
        return OmniConfig.model_validate(found)
    except (OSError, DocumentError, ValidationError) as error:
        raise AgentError(f"{folder / 'config.json'} is not the configuration of an omni checkpoint: {error}") from error


def parent_folder(config: OmniConfig, above: tuple[Path, ...] = ()) -> Path:
    """Where the checkpoint lies that this one was tuned from; ``above`` are those that were tuned from this one.

    Raises:
        AgentError: it is not here, is another one than it was, or is among those above.
    """
    parent = locate_checkpoint(config.base)
    if parent is None:
        raise AgentError(f"{config.name} was tuned from the checkpoint {config.base}, which is not here.")
    if parent.resolve() in above:
        raise AgentError(f"{config.name} was tuned from itself: its configuration is wrong.")
    if (found := weights_digest(parent)) != config.base_digest:
        raise AgentError(
            f"{config.name} was tuned from another {config.base}: its weights were {config.base_digest}, now they are "
            f"{found}."
        )
    return parent


def check_lineage(folder: Path) -> None:
    """Raises ``AgentError`` when what a checkpoint was tuned from, however often, is not what it was."""
    list(_lineage(folder))


def _lineage(folder: Path) -> Iterator[tuple[Path, OmniConfig]]:
    """The checkpoint, what it was tuned from, and so on; raises ``AgentError`` like ``parent_folder``."""
    above: tuple[Path, ...] = ()
    while True:
        config = read_config(folder)
        yield folder, config
        if not config.base_digest:
            return
        above = (*above, folder.resolve())
        folder = parent_folder(config, above)


def root_of(folder: Path) -> str:
    """The untuned base that a checkpoint goes back to: ``omni-mini``, ``tiny-random``, a hub id or a directory."""
    return [*_lineage(folder)][-1][1].base


def check_files(folder: Path) -> None:
    """Raises ``AgentError`` when a checkpoint, or what it was tuned from, is not whole or not what it was."""
    for one, config in _lineage(folder):
        weights = {} if config.base == str(one) else read_weights(one)
        if config.lora and not any(name.endswith(".lora_A") for name in weights):
            raise AgentError(f"{one} lacks the weights that its configuration names.")
        if not config.base_digest and (Path(config.base) / "config.json").is_file():
            _check_directory(Path(config.base))


def _check_directory(folder: Path) -> None:
    """Of a Qwen2.5-Omni in transformers' own form."""
    index = folder / "model.safetensors.index.json"
    try:
        named = {*documents.read_json(index, Path("/"))["weight_map"].values()} if index.is_file() else {"model.safetensors"}
    except (OSError, DocumentError, LookupError, TypeError, AttributeError) as error:
        raise AgentError(f"{index} cannot be read: {error}") from error
    missing = [name for name in sorted(map(str, named)) if not (folder / name).is_file()]
    if missing or not (folder / "tokenizer.json").is_file():
        raise AgentError(f"{folder} is not whole: {missing[0] if missing else 'tokenizer.json'} is not there.")


def in_hub_cache(repository: str) -> bool:
    """Whether the model hub's cache has something of it; raises ``AgentError`` for what is no repository's name."""
    from huggingface_hub import try_to_load_from_cache
    from huggingface_hub.errors import HFValidationError

    try:
        return isinstance(try_to_load_from_cache(repository, "config.json"), str)
    except HFValidationError as error:
        raise AgentError(f"{repository} is no name of a model on the hub: {error}") from error
