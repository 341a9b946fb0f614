"""The thinker's weights: assembling, loading, adapters, several checkpoints on one base."""
