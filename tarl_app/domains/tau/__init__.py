"""The retail and airline domains of tau-bench, and of tau2-bench (``two``), from the user's own copy, with our tools.

Nothing of the benchmark is part of this project: data, policy and tasks stay under ``TARL_HOME/domains``. The tools answer
with the same text as the benchmark's own, errors included, and leave the same data.
"""
