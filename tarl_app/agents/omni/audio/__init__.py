"""From sound to what the thinker hears, and to text by CTC."""
