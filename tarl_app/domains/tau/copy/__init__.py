"""The user's own copy of the benchmark: read as data, kept under ``TARL_HOME/domains``, and checked; recorded runs."""
