"""What counts as told, and what a text names: sums of money, numbers, ids, dates and words, in all the forms people use.

One home for it: the verifier, the judge and the simulated customer all ask here. A fact is told by a statement of its value,
compared by its type: 12.50 is not told by "112.50", an id not by its first digits, and nothing by a question, a denial, a
doubt or a list of what it could be. The forms are data (``tables``); what a domain's own words are it declares itself
(``FactWords``).
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
