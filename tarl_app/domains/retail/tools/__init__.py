"""The shop's tools, their arguments and what they answer."""
