"""Arguments of a call: what the dialogue has brought up, and how it may have been said."""
