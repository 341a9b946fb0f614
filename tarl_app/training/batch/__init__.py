"""Rows for the model: shared prefixes, sound, log-probabilities of chosen tokens."""
