"""Calls that go on behind a page: alone or side by side, followed by whoever opened them."""
