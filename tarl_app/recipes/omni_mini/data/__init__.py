"""What the recipe's training data is made of."""
