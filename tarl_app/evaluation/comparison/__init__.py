"""Two agents on the same tasks: figures, votes, and the significance of the difference."""
