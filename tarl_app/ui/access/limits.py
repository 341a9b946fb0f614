"""What one person may ask of the machine at once, whoever it is: a slip of a finger must not cost a day."""

MOST_AGENTS = 12
"""Agents of one measurement."""
MOST_CHANNELS = 8
"""Channels of one measurement: one more than there are in the list."""
MOST_COMBINATIONS = 24
"""Evaluations that one press of a button starts; they are measured one after the other."""
MOST_TASKS = 1_000
"""Tasks of one measurement: more than any split has."""
MOST_TRIALS = 16
"""Trials of each task: pass^16 is beyond what is reported anywhere, and takes 16 times as long as pass^1."""
MOST_WORKERS = 64
"""Calls side by side: more are not decoded faster on any one device."""
MOST_PARTS = 4
"""Parts of a channel, ``phone+noise15``: each is one more pass over every sound."""
