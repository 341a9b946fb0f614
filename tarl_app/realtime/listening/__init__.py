"""The sound that comes in, and where the caller's turns are in it."""
