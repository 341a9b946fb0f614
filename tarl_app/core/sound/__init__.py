"""Sound as a value, and the reading of sound files."""
