"""The airline tasks: written by machine from the world, the same on every machine."""

from tarl_app.domains.airline.tasks.plan import customers, free_task, tasks

__all__ = ["customers", "free_task", "tasks"]
