"""Natural-language understanding: what the words of the shop's customers mean to the scripted agent."""
