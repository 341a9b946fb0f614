"""The recipe's stages."""
