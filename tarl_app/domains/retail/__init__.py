"""The retail domain: an online shop's customer service."""
