"""Commands that train and serve models."""
