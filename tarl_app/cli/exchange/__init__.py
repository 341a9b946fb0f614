"""Commands for what comes from elsewhere and goes there."""
