"""Two recorded calls of the same customer, to be played on the first screen without any model."""

from tarl_app.ui.example.pair import FOLDER, Pair, Recorded, load, routes
from tarl_app.ui.example.view import CHOSEN, html

__all__ = ["CHOSEN", "FOLDER", "Pair", "Recorded", "html", "load", "routes"]
