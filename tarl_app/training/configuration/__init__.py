"""The configuration of a run: its fields, presets, form and plan."""
