"""Where transformers keeps the parts of Qwen2.5-Omni's thinker.

Since 5.20 or 5.21 they all lie below ``thinker.model`` (``language_model``, ``audio_tower``, ``visual``); before,
``thinker.model`` was the language model and the others lay beside it. Checkpoints and configurations always use the newer
names.
"""

from typing import TYPE_CHECKING, cast

from torch import nn

if TYPE_CHECKING:  # transformers takes seconds to import, and configurations of training need names alone
    from transformers import Qwen2_5OmniThinkerForConditionalGeneration as Thinker
    from transformers.models.qwen2_5_omni.modeling_qwen2_5_omni import Qwen2_5OmniAudioEncoder, Qwen2_5OmniThinkerTextModel

LANGUAGE = "model.language_model."
TOWER = "model.audio_tower."
_OLDER = ((LANGUAGE, "model."), (TOWER, "audio_tower."), ("model.visual.", "visual."))


def is_newer(thinker: nn.Module) -> bool:
    """Whether the parts lie below ``thinker.model``."""
    return hasattr(thinker.get_submodule("model"), "language_model")


def audio_tower(thinker: "Thinker") -> "Qwen2_5OmniAudioEncoder":
    """The audio encoder."""
    return cast("Qwen2_5OmniAudioEncoder", thinker.get_submodule(own_name(thinker, TOWER).rstrip(".")))


def language_model(thinker: "Thinker") -> "Qwen2_5OmniThinkerTextModel":
    """The decoder without its output layer."""
    return cast("Qwen2_5OmniThinkerTextModel", thinker.get_submodule(own_name(thinker, LANGUAGE).rstrip(".")))


def own_name(thinker: nn.Module, name: str) -> str:
    """The name that this version of transformers gives to a module or parameter."""
    if not is_newer(thinker):
        for newer, older in _OLDER:
            if name.startswith(newer):
                return older + name.removeprefix(newer)
    return name


def newer_name(thinker: nn.Module, name: str) -> str:
    """The opposite of ``own_name``."""
    if not is_newer(thinker):
        for newer, older in _OLDER:
            if name.startswith(older):
                return newer + name.removeprefix(older)
    return name
