"""Natural-language understanding: what the words of the airline's customers mean to the scripted agent."""
