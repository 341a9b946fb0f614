"""The recipes of the shipped models."""
