"""The recipe's stages, each an output of its own."""
