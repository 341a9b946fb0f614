"""Foundations of the app: types, protocols, errors, settings, sound."""
