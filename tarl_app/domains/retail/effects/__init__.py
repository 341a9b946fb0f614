"""What calls change, in words, and which changes nobody asked for."""
