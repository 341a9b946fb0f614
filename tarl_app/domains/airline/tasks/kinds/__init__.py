"""The kinds of calls about trips."""
