"""The retail tasks: written by machine from the world, the same on every machine."""

from tarl_app.domains.retail.tasks.plan import customers, free_task, tasks

__all__ = ["customers", "free_task", "tasks"]
