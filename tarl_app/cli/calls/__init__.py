"""Commands that hold and show calls."""
