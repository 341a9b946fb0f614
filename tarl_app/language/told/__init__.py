"""What counts as told, and which values a text names: sums of money, numbers, ids, dates and words.

Used by the verifier, the judge and the simulated customer. A fact is told by a statement of its value, compared by its
type: 12.50 is not told by "112.50", an id not by its first digits, and nothing by a question, a denial, a doubt or a
list of alternatives. The forms are data (``tables``); a domain declares its own words (``FactWords``).
"""

from tarl_app.language.told.facts import could_tell, tells
from tarl_app.language.told.ids import forms_in, ids_in, unspell
from tarl_app.language.told.money import cents_in, without_amounts
from tarl_app.language.told.numbers import final_number
from tarl_app.language.told.plain import plain, spelling
from tarl_app.language.told.words import names, stated

__all__ = [
    "cents_in",
    "could_tell",
    "final_number",
    "forms_in",
    "ids_in",
    "names",
    "plain",
    "spelling",
    "stated",
    "tells",
    "unspell",
    "without_amounts",
]
