"""Validates the values of all events, those that a browser sends and those that are sent to it.

A page can send anything for any component: null when its own state was lost, another type when somebody writes requests
by hand. Invalid values are replaced by the component's initial value, so that handlers receive only valid ones.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any
from weakref import WeakSet

import gradio as gr

from tarl_app.core.characters import all_whole, whole

Updates = dict[Any, Any]
LARGEST = 2**53
"""Larger numbers are not exact in a browser, and too large for the event encoder."""
_growing: WeakSet[Any] = WeakSet()


def growing(component: gr.Dropdown) -> gr.Dropdown:
    """Marks a list whose choices change while the page is open; the handlers have to check its value."""
    _growing.add(component)
    return component


# --- in ---------------------------------------------------------------------------------------------------------------


def fitting(component: Any, value: Any) -> Any:
    """The value if it is valid for the component, otherwise the component's initial value."""
    if isinstance(component, gr.State):
        return value  # stored on the server: no browser sends it
    if isinstance(component, gr.Checkbox):
        return value if isinstance(value, bool) else component.value
    if isinstance(component, gr.Number | gr.Slider | gr.Timer):
        return _number(component, value)
    if isinstance(component, gr.CheckboxGroup):
        return _choices(component, value)
    if isinstance(component, gr.Dropdown):
        return _choices(component, value) if component.multiselect else _choice(component, value)
    if isinstance(component, gr.Radio):
        return _choice(component, value)
    if isinstance(component, gr.UploadButton):
        path = value.get("path") if isinstance(value, Mapping) else None
        return path if isinstance(path, str) else None
    return whole(value) if isinstance(value, str) else component.value or ""


def _number(component: Any, value: Any) -> float | None:
    """Within the component's bounds; an empty field is None, but a slider or a timer is never empty."""
    empty = None if isinstance(component, gr.Number) else component.value
    if isinstance(value, bool) or not isinstance(value, int | float):
        return empty
    if math.isnan(value) or (isinstance(component, gr.Timer) and value <= 0):
        return empty
    low, high = (getattr(component, name, None) for name in ("minimum", "maximum"))
    bounded = min(max(value, -LARGEST if low is None else low), LARGEST if high is None else high)
    precision = getattr(component, "precision", None)
    return bounded if precision is None else round(bounded, precision or None)


def _choice(component: Any, value: Any) -> Any:
    if isinstance(value, str):
        value = whole(value)
        if component in _growing or getattr(component, "allow_custom_value", False):
            return value
    return value if any(type(one) is type(value) and one == value for _, one in component.choices) else component.value


def _choices(component: Any, value: Any) -> list[Any]:
    if not isinstance(value, list):
        return [*(component.value or ())]
    free = component in _growing or getattr(component, "allow_custom_value", False)
    known = {one for _, one in component.choices}
    return [whole(one) for one in value if isinstance(one, str) and (free or one in known)]


def lost(components: Sequence[Any], values: Sequence[Any]) -> bool:
    """Whether the page has lost its state: no component that cannot be empty has a value."""
    told = [value for one, value in zip(components, values, strict=True) if _never_empty(one)]
    return bool(told) and all(value is None for value in told)


def _never_empty(component: Any) -> bool:
    kinds = gr.Checkbox | gr.Radio | gr.Slider | gr.Timer | gr.Dropdown
    return isinstance(component, kinds) and component.value is not None and component.value != []


# --- out --------------------------------------------------------------------------------------------------------------


def beginning(components: Sequence[Any]) -> Updates:
    """Updates that reset every component to its initial value or label, except those that are painted completely."""
    painted = gr.HTML | gr.State | gr.UploadButton
    having = [one for one in components if hasattr(one, "value") and not isinstance(one, painted)]
    return {one: gr.update(value=one.value) for one in having}


def joined(first: Updates, then: Updates) -> Updates:
    """Both updates merged; later ones take precedence."""
    merged = {**first}
    for one, update in then.items():
        over = isinstance(update, dict) and isinstance(merged.get(one), dict) and update.get("__type__") == "update"
        merged[one] = {**merged[one], **update} if over else update
    return merged


def offering(choices: Sequence[Any], value: Any = None) -> Any:
    """An update of a list's choices; without a value the selection is kept, even if it changes meanwhile."""
    return gr.update(choices=choices) if value is None else gr.update(choices=choices, value=value)


def painted(updates: Any, components: Sequence[Any]) -> Updates:
    """A handler's updates by component, valid for a browser; nothing that would empty a component by accident.

    An update by name (``gr.update(value=None)``) empties on purpose; a bare None, or no frame at all, never does.
    """
    if not isinstance(updates, Mapping) or not any(one in updates for one in components):
        if len(components) == 1:
            updates = {components[0]: updates}
        else:
            updates = dict(zip(components, updates, strict=False)) if isinstance(updates, list | tuple) else {}
    return {one: _sendable(one, update) for one, update in updates.items() if update is not None}


def _sendable(component: Any, update: Any) -> Any:
    update = _within(all_whole(update))
    if not isinstance(component, gr.Timer):
        return update
    if isinstance(update, dict):  # a timer without a period would fire continuously
        return {key: value for key, value in update.items() if key != "value" or _is_period(value)}
    return update if _is_period(update) else gr.skip()


def _is_period(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < math.inf


def _within(value: Any) -> Any:
    if isinstance(value, int) and abs(value) > LARGEST:
        return float(value) if abs(value) < 10**300 else math.copysign(1e300, value)
    if isinstance(value, dict):
        return {key: _within(one) for key, one in value.items()}
    return [_within(one) for one in value] if isinstance(value, list | tuple) else value
