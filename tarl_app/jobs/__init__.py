"""Background runs: directories, detached processes and their records."""
