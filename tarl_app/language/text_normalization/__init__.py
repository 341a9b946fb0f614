"""The kinds of written forms and how each is said: English rules, in the order in which ``speech.pronounce`` applies them.

A kind is a tuple of ``Rule``: a pattern and its words. Patterns begin at the edge of what they look for and are bounded, so
that the work grows with the length of a text and no faster. What a rule writes is nothing that a rule looks for.
"""
