"""How the airline's facts, values and tool cards are put into words, and how ids are spoken."""
