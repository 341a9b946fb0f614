"""The shop's guard: what its policy allows at a point of the dialogue."""
