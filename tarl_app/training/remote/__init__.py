"""The trainer's client for rollout servers."""
