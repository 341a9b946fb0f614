"""The rules of the reference judge, by what they look at."""
