"""The form of the Train tab: its components, and their values as a mapping and back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import gradio as gr
import yaml

from tarl_app.core import documents
from tarl_app.core.errors import ConfigError, DocumentError
from tarl_app.ui.components import widgets
from tarl_app.ui.components.values import growing
from tarl_app.ui.training_service import Choices, TrainingService, Values

ALGORITHM_TITLES = {"grpo": "GRPO", "rloo": "RLOO", "ppo": "PPO", "sft": "Imitate passed calls (a control)"}
SCHEME_TITLES = {
    "tarl": "TARL: goal and turns, one reward",
    "tarl_per_turn": "TARL: a reward for each turn",
    "terminal": "Goal only (baseline)",
}
PRESET_TITLES = {
    "cpu-quick": "Quick: a short run on two cores",
    "cpu": "Thorough: hours on two cores",
    "gpu-lora": "Qwen2.5-Omni on one GPU",
    "cluster": "Qwen2.5-Omni on several machines",
    "tiny": "Tiny: a random model, to see that it runs",
}
JUDGE_TITLES = {
    "reference": "Rules (free)",
    "readable": "Readable text (for the tiny model)",
    "llm": "Language model",
    "llm-live": "Language model, turn by turn",
    "llm-gold-free": "Language model without gold calls",
    "llm-live-gold-free": "Turn by turn without gold calls",
}
CUSTOMER_TITLES = (
    ("Plain: they answer what is asked", "plain"),
    ("Lifelike: they talk as people do", "lifelike"),
    ("As each source has them", "mixed"),
)
LARGEST_YAML = 20_000
OPENING = '<p role="status">The settings are being loaded…</p>'


@dataclass(frozen=True)
class Setting:
    """A setting under "Advanced"."""

    name: str
    title: str
    kind: Literal["whole", "number", "switch"]
    about: str = ""


ADVANCED = (
    Setting("groups", "Tasks a step", "whole"),
    Setting("temperature", "Temperature", "number", "higher: more varied rollouts"),
    Setting("max_agent_turns", "Agent turns at most", "whole"),
    Setting("checkpoint_every", "Checkpoint every … steps", "whole"),
    Setting("samples", "Rollouts kept a step", "whole", "to read and hear below"),
    Setting("seed", "Seed", "whole"),
    Setting("medium_difficulty", "Prefer tasks of medium difficulty", "switch"),
    Setting("dynamic_sampling", "Replace groups whose rewards are all equal", "switch"),
    Setting("intervene", "Let the judge intervene (the paper finds it harmful)", "switch"),
    Setting("shuffle_rewards", "Shuffle rewards (a control that must not learn)", "switch"),
)


@dataclass(frozen=True)
class Form:
    """Every component of the form; ``inputs`` are those that hold values, in the order of ``read``."""

    name: gr.Textbox
    preset: gr.Dropdown
    fields: Mapping[str, Any]
    mix: Mapping[str, gr.Slider]
    rest: gr.Code
    outlook: gr.HTML
    start: gr.Button

    @property
    def inputs(self) -> list[Any]:
        """The components that ``read`` is given the values of."""
        return [*self.fields.values(), *self.mix.values(), self.rest]

    def read(self, given: Sequence[Any]) -> Values:
        """Plain values from what the components hold; raises ``ConfigError``."""
        fields = dict(zip(self.fields, given, strict=False))
        mix = dict(zip(self.mix, given[len(self.fields) : -1], strict=True))
        if missing := [name for name, value in fields.items() if value is None or value == ""]:
            raise ConfigError("The training configuration is wrong: " + "; ".join(f"{one}: fill this in" for one in missing))
        whole = {"steps", "group_size", *(one.name for one in ADVANCED if one.kind == "whole")}
        for name in whole & {*fields}:
            if float(fields[name]) != int(fields[name]):
                raise ConfigError(f"The training configuration is wrong: {name}: a whole number")
            fields[name] = int(fields[name])
        return {**fields, "mix": {name: float(share or 0) for name, share in mix.items()}, "rest": read_yaml(given[-1])}

    def show(self, values: Values) -> dict[Any, Any]:
        """Updates that make the form hold these values."""
        updates: dict[Any, Any] = {made: gr.update(value=values[name]) for name, made in self.fields.items()}
        updates |= {made: gr.update(value=round(values["mix"].get(name, 0.0), 2)) for name, made in self.mix.items()}
        return {**updates, self.rest: gr.update(value=yaml.safe_dump(dict(values["rest"]), sort_keys=False))}

    def offer(self, desk: TrainingService, chosen: Choices) -> dict[Any, Any]:
        """Updates that fill the lists to choose from."""

        def choices(names: Sequence[str], titles: Mapping[str, str]) -> Any:
            return gr.update(choices=[(titles.get(name, name), name) for name in names])

        return {
            self.preset: choices([*desk.presets], PRESET_TITLES),
            self.fields["base"]: gr.update(choices=[*chosen.bases]),
            self.fields["algorithm"]: choices(chosen.algorithms, ALGORITHM_TITLES),
            self.fields["scheme"]: choices(chosen.schemes, SCHEME_TITLES),
            self.fields["judge"]: choices(chosen.judges, JUDGE_TITLES),
        }


def read_yaml(text: str | None) -> dict[str, Any]:
    """The settings that have no component; raises ``ConfigError``."""
    if len(text or "") > LARGEST_YAML:
        raise ConfigError("The other settings are too long.")
    try:
        found = documents.parse_yaml(text or "") or {}
    except DocumentError as error:
        raise ConfigError(f"The other settings are `name: value`, one a line. {error}") from error
    if not isinstance(found, dict):
        raise ConfigError("The other settings are `name: value`, one a line.")
    return found


def share_out(shares: Mapping[str, float], moved: str) -> dict[str, float]:
    """The shares after one was moved: the others keep their proportions and all sum to 1 (in hundredths)."""
    kept = min(1.0, max(0.0, round(float(shares[moved] or 0), 2)))
    others = {name: max(0.0, float(share or 0)) for name, share in shares.items() if name != moved}
    if not others:
        return {moved: 1.0}
    total, left = sum(others.values()), 1 - kept
    new = {name: round(left * (share / total if total else 1 / len(others)), 2) for name, share in others.items()}
    last = next(reversed(new))
    new[last] = round(max(0.0, new[last] + left - sum(new.values())), 2)
    return {name: kept if name == moved else new[name] for name in shares}


def lay_out_form(domains: Sequence[str]) -> Form:
    """Creates the components, empty; called inside a column."""
    fields: dict[str, Any] = {}
    with gr.Row(elem_classes="tr-fields"):
        preset = growing(gr.Dropdown([], label="Preset", elem_id="train-preset", scale=5, min_width=200))
        name = gr.Textbox(label="Name", placeholder="run", max_length=80, elem_id="train-name", scale=3, min_width=110)
    widgets.fold("What is trained, and how", "train-fields", "train-options")
    with gr.Column(elem_id="train-fields"):
        with gr.Row(elem_classes="tr-fields"):
            fields["base"] = gr.Dropdown(
                [], label="Base checkpoint", allow_custom_value=True, elem_id="train-base", scale=5, min_width=150
            )
            fields["judge"] = growing(gr.Dropdown([], label="Judge", elem_id="train-judge", scale=3, min_width=130))
        with gr.Row(elem_classes="tr-fields"):
            fields["scheme"] = growing(gr.Dropdown([], label="Reward", elem_id="train-scheme", scale=5, min_width=200))
            fields["algorithm"] = growing(
                gr.Dropdown([], label="Algorithm", elem_id="train-algorithm", scale=3, min_width=100)
            )
        mix = {}
        with gr.Row(elem_classes="tr-fields", elem_id="train-mix"):
            for domain in domains:
                mix[domain] = _share(domain.capitalize(), f"train-mix-{domain}")
            fields["speech"] = _share("Spoken", "train-speech")
        fields["customer"] = gr.Dropdown(
            [*CUSTOMER_TITLES], value="plain", label="How customers talk", elem_id="train-customer", min_width=200
        )
        with gr.Row(elem_classes="tr-fields"):
            fields["steps"] = gr.Number(label="Steps", precision=0, elem_id="train-steps", min_width=80)
            fields["group_size"] = gr.Number(label="Group size", precision=0, elem_id="train-group", min_width=80)
            fields["learning_rate"] = gr.Number(label="Learning rate", elem_id="train-rate", min_width=100, step=1e-6)
        with gr.Accordion("Advanced", open=False, elem_id="train-advanced"):
            with gr.Row(elem_classes="tr-fields"):
                for one in ADVANCED:
                    fields[one.name] = _component(one)
            rest = gr.Code(language="yaml", label="Everything else", max_lines=14, elem_id="train-rest", interactive=True)
    outlook = gr.HTML(OPENING, elem_id="train-outlook", apply_default_css=False, js_on_load=widgets.FIELDS)
    start = gr.Button("Start training", variant="primary", elem_id="train-start", interactive=False)
    return Form(name, preset, fields, mix, rest, outlook, start)


def _share(label: str, elem_id: str) -> gr.Slider:
    return gr.Slider(0, 1, 0.0, step=0.01, buttons=[], label=label, elem_id=elem_id, min_width=110)


def _component(one: Setting) -> Any:
    if one.kind == "switch":
        return gr.Checkbox(label=one.title, elem_id=f"train-{one.name}", min_width=240)
    precision = 0 if one.kind == "whole" else None
    return gr.Number(
        label=one.title, info=one.about or None, precision=precision, elem_id=f"train-{one.name}", min_width=130
    )
