"""The retail tasks: written by machine from the world, the same on every machine."""

from tarl_app.domains.retail.tasks.generate import free_task, tasks

__all__ = ["free_task", "tasks"]
