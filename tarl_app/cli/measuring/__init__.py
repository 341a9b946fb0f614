"""Commands that measure agents, judges and tasks."""
