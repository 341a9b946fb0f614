"""The two lists in which a task is chosen: the domain, and the tasks of that domain."""

from typing import Any

import gradio as gr

from tarl_app.core.types import Task
from tarl_app.ui import words
from tarl_app.ui.services import Services

FREE = "Free talk · no goal, no verdict at the end"


def pickers(services: Services, prefix: str, scale: int, first: Task | None = None) -> tuple[gr.Dropdown, gr.Dropdown]:
    """The domain (hidden if there is only one) and the task, at first that one or the showpiece; called inside a row."""
    first = first or services.showpiece
    named = [(domain.name.capitalize(), domain.name) for domain in services.domains]
    domain = gr.Dropdown(
        named,
        value=first.domain,
        label="Domain",
        visible=len(named) > 1,
        scale=1,
        min_width=150,
        elem_id=f"{prefix}-domain",
    )
    task = gr.Dropdown(
        _choices(services, first.domain),
        value=first.id,
        label="Task of the customer",
        filterable=True,
        scale=scale,
        min_width=260,
        elem_id=f"{prefix}-task",
    )
    return domain, task


def picked(services: Services, task: Task) -> tuple[dict[str, Any], dict[str, Any]]:
    """Updates of both, to show that task."""
    return gr.update(value=task.domain), gr.update(choices=_choices(services, task.domain), value=task.id)


def _choices(services: Services, domain: str) -> list[tuple[str, str]]:
    free = services.free_tasks.get(domain)
    return [*([(FREE, free.id)] if free else []), *words.task_choices(services.tasks_of(domain))]
