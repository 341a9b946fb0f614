"""The shop's part of the training data of a small model."""

from tarl_app.core.domain.recipe import RecipeData
from tarl_app.domains.retail.recipe.codes import codes
from tarl_app.domains.retail.recipe.dictation import dictation, held_out
from tarl_app.domains.retail.recipe.mistakes import MISTAKES
from tarl_app.domains.retail.recipe.off_script import OFF_SCRIPT
from tarl_app.domains.retail.recipe.vocabulary import ordinary

RECIPE = RecipeData(
    dictation=dictation,
    codes=codes,
    ordinary=ordinary,
    held_out=held_out,
    hard_kinds=(
        "exchange",
        "fall_back",
        "modify_items",
        "modify_payment",
        "refusal",
        "return",
        "several",
        "transfer",
        "unknown_order",
    ),
    off_script=OFF_SCRIPT,
    mistakes=MISTAKES,
)
