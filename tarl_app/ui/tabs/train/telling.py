"""What is wrong with the form, or only unwise, at the field that it is about and in that field's words."""

import re
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from tarl_app.core.errors import ConfigError
from tarl_app.ui.tabs.train.form import Form

_PREFIX = "The training configuration is wrong: "


def refusals(error: Exception, form: Form) -> list[tuple[str, str]]:
    """(name of the field, sentence) for each part of the message; the name is empty where it is about none."""
    parts = str(error).removeprefix(_PREFIX).split("; ") if str(error).startswith(_PREFIX) else [str(error)]
    return [_told(part, form) for part in parts]


def _told(text: str, form: Form) -> tuple[str, str]:
    place, _, rest = text.partition(": ")
    if place in form.fields and rest:
        return place, f"{_label(form, place)}: {rest}"
    text = text.removeprefix("configuration: ")
    named = [name for name in form.fields if re.search(rf"\b{name}\b", text)]
    for name in named:
        if "_" in name:
            text = re.sub(rf"\b{name}\b", _label(form, name).lower(), text)
    return (named[0], f"{_label(form, named[0])}: {text}") if named else ("", text)


def html(form: Form, outlook: str, warnings: Mapping[str, str]) -> str:
    """The estimate and the warnings; ``static/fields.js`` shows each of these at its field, too."""
    told = [(name, f"{_label(form, name)}: {words}") for name, words in warnings.items()]
    return f"<p>{escape(outlook)}</p>" + _listed(told, form, "warned")


def refused_html(form: Form, told: Sequence[tuple[str, str]]) -> str:
    """Why the form cannot be started."""
    return _listed(told, form, "refused")


def _listed(told: Sequence[tuple[str, str]], form: Form, kind: str) -> str:
    return "".join(
        f'<p class="no-text" data-kind="{kind}" data-field="{escape(_place(form, name))}">{escape(text)}</p>'
        for name, text in told
    )


def _component(form: Form, name: str) -> Any:
    return form.fields.get(name)


def _place(form: Form, name: str) -> str:
    return getattr(_component(form, name), "elem_id", None) or ""


def _label(form: Form, name: str) -> str:
    return getattr(_component(form, name), "label", None) or name.replace("_", " ").capitalize()


def in_words(error: Exception, form: Form) -> str:
    """The message with the fields' own titles."""
    return (
        " ".join(f"{text.rstrip('.')}." for _, text in refusals(error, form))
        if isinstance(error, ConfigError)
        else str(error)
    )
