"""Calls that run behind a page, single or side by side."""
