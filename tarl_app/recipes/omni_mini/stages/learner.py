"""The model being tuned: assembled thinker, projector and adapters."""

import json
import os
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import Literal

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn
from transformers import Qwen2_5OmniThinkerForConditionalGeneration

from tarl_app.agents.omni.audio.ctc_decoder import CharacterModel
from tarl_app.agents.omni.audio.projector import attach_projector
from tarl_app.agents.omni.model import layout
from tarl_app.agents.omni.model.adapters import (
    MINI,
    SAID,
    LoraSettings,
    OmniConfig,
    attach_lora,
    fill_lora,
    merge_weights,
    read_weights,
    save_checkpoint,
)
from tarl_app.agents.omni.prompt.tokens import OmniTokenizer
from tarl_app.core.domain import CustomerKind
from tarl_app.core.errors import AgentError

STATE = "trained.safetensors"
"""The file of ``Learner.save``: the trained weights by name, the optimiser's moments as ``optimiser/KEY/NAME``."""
_MOMENTS = "optimiser/"
_LAYERS = f"{layout.LANGUAGE}layers"


class Learner:
    """Frozen base in its own dtype; trained weights (adapters or layers, projector) in float32, under autocast."""

    def __init__(
        self,
        thinker: Qwen2_5OmniThinkerForConditionalGeneration,
        tokenizer: OmniTokenizer,
        said: Iterable[str],
        lora: Sequence[LoraSettings],
        device: torch.device,
        projector: tuple[int, int] = (768, 0),
        expected: Iterable[str] = (),
        base: str = MINI,
        whole: bool = False,
        domains: Sequence[str] = (),
        customers: Sequence[CustomerKind] = (),
    ) -> None:
        """``said``: the customers' sentences; their characters are the CTC letters, and the n-gram is counted on them.

        ``projector``: its width, and its number of blocks that see neighbouring states. ``expected``: further sentences
        for the n-gram. ``base``: the name of ``thinker``, as in ``OmniConfig.base``. ``whole``: all weights of its
        layers are trained (``layer_pruning``). ``domains`` and ``customers``: the domains of its tasks, and how their
        customers talk.
        """
        self.device = device
        self.expected = tuple(sorted(set(expected)))
        self.said = tuple(sorted({*said, *self.expected}))
        letters = "".join(sorted({letter for sentence in self.said for letter in sentence}))
        self.checkpoint = OmniConfig(
            name="omni-mini",
            lora=tuple(lora),
            base=base,
            modules=(_LAYERS,) if whole else (),
            ctc_letters=letters,
            projector_inner=projector[0],
            projector_context=projector[1],
            domains=tuple(domains),
            customers=tuple(customers),
        )
        special = tokenizer.special
        self.audio_pad, self.call_token, self.end_token = special.audio_pad, special.call_open, special.im_end
        trained = attach_lora(thinker, lora)
        if whole:
            trained += layout.language_model(thinker).layers.parameters()
        self.tower = layout.audio_tower(thinker)
        self.projector = attach_projector(thinker, letters, tokenizer.spans, *projector)
        self.projector.language = CharacterModel(self.said)
        self.thinker = thinker
        thinker.to(device)  # pyright: ignore[reportArgumentType]
        for parameter in [*trained, *self.projector.parameters()]:
            parameter.requires_grad_()
            parameter.data = parameter.data.float()

    def autocast(self) -> torch.autocast:
        """Matrix products in the dtype of the frozen base: bfloat16 with float32 adapters, or all in float32."""
        return torch.autocast(self.device.type, torch.bfloat16, enabled=self.thinker.dtype == torch.bfloat16)

    def parameters(self, hearing_only: bool = False) -> list[list[nn.Parameter]]:
        """The trained parameters: those of the projector and audio tower, then (unless ``hearing_only``) the language
        model's.
        """
        trained = [(n, p) for n, p in self.thinker.named_parameters() if p.requires_grad]
        hearing = [p for n, p in trained if "audio_tower" in n]
        language = [p for n, p in trained if "audio_tower" not in n]
        return [hearing] if hearing_only else [hearing, language]

    def hidden(self, ids_BT: Tensor, audio_ND: Tensor | None) -> Tensor:
        """Last hidden states [B, T, D] of right-padded rows; audio embeddings fill the audio placeholders in order.

        Raises:
            ValueError: the number of placeholders and of audio embeddings differ (a forward without its sound raises no
                error in transformers and silently shifts the log-probabilities).
        """
        embeds_BTD = self.thinker.get_input_embeddings()(ids_BT)
        slots_BT = ids_BT == self.audio_pad
        given = 0 if audio_ND is None else len(audio_ND)
        if int(slots_BT.sum()) != given:
            raise ValueError(f"{int(slots_BT.sum())} audio placeholders, {given} audio embeddings.")
        if audio_ND is not None:
            embeds_BTD = embeds_BTD.masked_scatter(slots_BT[..., None], audio_ND.to(embeds_BTD.dtype))
        return layout.language_model(self.thinker)(inputs_embeds=embeds_BTD, use_cache=False).last_hidden_state

    def ship(self, folder: Path, name: str) -> list[Path]:
        """Writes the checkpoint: its configuration and adapters, in files below 10 MB, and the n-gram's sentences."""
        files = save_checkpoint(folder, self.thinker, self.checkpoint.model_copy(update={"name": name}))
        (folder / SAID).write_text("".join(f"{line}\n" for line in self.said), encoding="utf-8")
        return [*files, folder / SAID]

    # --- state ------------------------------------------------------------------------------------------------------

    def trained(self) -> dict[str, Tensor]:
        """Names and values of the trained weights, on the CPU."""
        return {n: p.detach().cpu().contiguous() for n, p in self.thinker.named_parameters() if p.requires_grad}

    def save(self, folder: Path, progress: dict[str, object], optimiser: torch.optim.Optimizer | None = None) -> None:
        """Writes weights, progress and, within a stage, moments, atomically: a kill at any moment leaves the old or the
        new files.
        """
        folder.mkdir(parents=True, exist_ok=True)
        tensors = self.trained()
        for name, parameter in self.thinker.named_parameters():
            for key, value in (optimiser.state.get(parameter, {}) if optimiser else {}).items():
                tensors[f"{_MOMENTS}{key}/{name}"] = value.detach().cpu().contiguous()
        about = {"progress": json.dumps(progress), "letters": self.checkpoint.ctc_letters}
        save_file(tensors, folder / "trained.part", metadata=about)
        os.replace(folder / "trained.part", folder / STATE)

    def hear_like(self, folder: Path) -> None:
        """Takes the projector of a checkpoint of ours.

        Raises:
            AgentError: its files are wrong, or it is of another shape.
        """
        prefix = f"{layout.TOWER}proj."
        merge_weights(
            self.thinker,
            self.checkpoint.model_copy(update={"lora": ()}),
            {name: tensor for name, tensor in read_weights(folder).items() if name.startswith(prefix)},
        )

    def speak_like(self, folder: Path) -> None:
        """Takes the language adapters of a checkpoint of ours; raises ``AgentError`` where they are of another form."""
        fill_lora(self.thinker, read_weights(folder))

    def keep_below(self, layer: int) -> None:
        """Freezes the language adapters of the layers below that one."""
        for block in layout.language_model(self.thinker).layers[:layer]:
            block.requires_grad_(False)

    def take(self, folder: Path, parts: Collection[Literal["hearing", "language"]]) -> None:
        """Copies parts of another run's weights in ``folder``: those of the audio tower, or the others.

        Raises:
            AgentError: there are none, or they have another shape or other letters.
        """
        own = dict(self.thinker.named_parameters())
        try:
            with safe_open(folder / STATE, "pt") as file, torch.no_grad():
                letters = (file.metadata() or {}).get("letters", self.checkpoint.ctc_letters)
                if "hearing" in parts and letters != self.checkpoint.ctc_letters:
                    raise AgentError(
                        f"The ear in {folder} was trained for the letters {letters!r}, this one is for "
                        f"{self.checkpoint.ctc_letters!r}: take the packs, or the --ear, that it was made with."
                    )
                for name in file.keys():  # noqa: SIM118
                    if not name.startswith(_MOMENTS) and ("hearing" if "audio_tower" in name else "language") in parts:
                        own[name].copy_(file.get_tensor(name))
        except (OSError, SafetensorError, KeyError, RuntimeError) as error:
            raise AgentError(f"{folder} is not the state of a run like this one: {error}") from error

    def load_state(self, folder: Path) -> dict | None:
        """Reads weights that ``save`` wrote and returns their progress; None when there are none.

        Raises like ``take``.
        """
        if not (folder / STATE).is_file():
            return None
        self.take(folder, ("hearing", "language"))
        with safe_open(folder / STATE, "pt") as file:
            return json.loads(file.metadata()["progress"])

    def load_moments(self, folder: Path, optimiser: torch.optim.Optimizer) -> None:
        """Gives a fresh optimiser the moments that ``save`` wrote with the weights."""
        own = dict(self.thinker.named_parameters())
        with safe_open(folder / STATE, "pt") as file:
            for stored in file.keys():  # noqa: SIM118
                if stored.startswith(_MOMENTS):
                    key, name = stored.removeprefix(_MOMENTS).split("/", 1)
                    value = file.get_tensor(stored)
                    optimiser.state[own[name]][key] = value if key == "step" else value.to(own[name].device)
