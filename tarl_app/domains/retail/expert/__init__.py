"""How an ideal agent serves the shop's customers."""
