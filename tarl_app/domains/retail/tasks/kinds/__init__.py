"""The kinds of calls about orders."""
