"""What the shop's policy lets an agent write, decided from the dialogue."""
