"""Rollout servers, as a trainer sees them."""
