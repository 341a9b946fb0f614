"""The recipe's training data."""
