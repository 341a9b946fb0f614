"""Background runs: directories, detached processes, and what is recorded of them."""
