"""The airline tasks: written by machine from the world, the same on every machine."""

from tarl_app.domains.airline.tasks.generate import free_task, tasks

__all__ = ["free_task", "tasks"]
