"""Shared parts of all tabs: events, values, widgets, served files."""
