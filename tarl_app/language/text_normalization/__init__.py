"""English rules for speaking written forms, a module for each kind; ``spoken_form`` applies them.

A kind is a tuple of ``Rule``: a pattern and its words. Patterns begin at an edge and are bounded, so that the work is
linear in the length of a text. No rule produces text that another rule matches.
"""
