"""Calls of eighteen kinds of people: one half for writing rules, one that is kept apart for measuring."""
