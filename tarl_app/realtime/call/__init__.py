"""The conversation of one connection, in a thread of its own."""
