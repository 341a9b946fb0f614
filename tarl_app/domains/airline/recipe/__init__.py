"""The airline's part of the training data of a small model."""

from tarl_app.core.domain.recipe import RecipeData
from tarl_app.domains.airline.recipe.codes import codes
from tarl_app.domains.airline.recipe.dictation import dictation, held_out
from tarl_app.domains.airline.recipe.mistakes import MISTAKES
from tarl_app.domains.airline.recipe.off_script import OFF_SCRIPT
from tarl_app.domains.airline.recipe.vocabulary import ordinary

RECIPE = RecipeData(
    dictation=dictation,
    codes=codes,
    ordinary=ordinary,
    held_out=held_out,
    hard_kinds=(
        "book",
        "change_cabin",
        "change_flights",
        "change_passenger",
        "compensation",
        "fall_back",
        "refusal",
        "several",
        "transfer",
        "unknown_code",
    ),
    off_script=OFF_SCRIPT,
    mistakes=MISTAKES,
)
