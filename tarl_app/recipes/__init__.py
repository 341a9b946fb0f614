"""How the models that we ship are made."""
