"""What the airline's policy lets an agent do, decided from the dialogue.

Who calls (``identity``), what was read back and agreed to (``permits``, ``agreed``, ``wording``), and what fares, insurance
and time allow (``allowed``). Where the dialogue leaves something open nothing is forbidden: a right agent is never held up.
"""

from collections.abc import Sequence

from tarl_app.core.domain import Guard
from tarl_app.core.types import ToolCall, Turn
from tarl_app.domains.airline.guard.agreed import agreed, unlike_proposal
from tarl_app.domains.airline.guard.allowed import against_policy
from tarl_app.domains.airline.guard.identity import customer, unknown_person
from tarl_app.domains.airline.guard.permits import permits
from tarl_app.domains.airline.tools.look_ups import toolbox
from tarl_app.sandbox.tools.toolbox import RefusalError


def forbids(call: ToolCall, turns: Sequence[Turn]) -> str:
    """Why this call may not be made now; empty where it may, and for arguments that the tool itself refuses."""
    try:
        arguments = toolbox.validated(call)
    except RefusalError:
        return ""
    if why := unknown_person(call.name, arguments, turns):
        return why
    own = customer(turns)
    if own is None or not toolbox.writes(call.name):
        return ""  # ``permits`` lets nobody unknown change anything
    return against_policy(call.name, arguments, own, turns) or unlike_proposal(call.name, arguments, own, turns)


GUARD = Guard(agreed=agreed, permits=permits, forbids=forbids)
"""The airline's guard."""
