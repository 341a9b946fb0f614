"""Two candidates on the same tasks: figures, votes, and what can be said of the difference."""
