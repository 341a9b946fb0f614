"""The reference judge: turn scores by rules."""
