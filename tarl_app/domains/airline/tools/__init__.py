"""The airline's tools, their arguments and what they answer."""
