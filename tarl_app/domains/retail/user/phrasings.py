"""The three disjoint sets of the customers' wordings."""

from tarl_app.core.domain import PhrasingSet, PhrasingTable
from tarl_app.domains.retail.user.phrasings_held_out import HELD_OUT
from tarl_app.domains.retail.user.phrasings_seen import SEEN
from tarl_app.domains.retail.user.phrasings_test import TEST

PHRASINGS: dict[PhrasingSet, PhrasingTable] = {"seen": SEEN, "held_out": HELD_OUT, "test": TEST}
