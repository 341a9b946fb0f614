"""Prefill, sampling and constrained tool calls, for one dialogue or many at once."""
