"""How an ideal agent serves the airline's customers."""

from tarl_app.core.domain import Expert
from tarl_app.core.types import Task
from tarl_app.domains.airline.expert.plan import decide
from tarl_app.domains.airline.expert.state import State
from tarl_app.domains.airline.expert.wordings import WORDS


def _state(task: Task) -> State:
    return State()


EXPERT = Expert(state=_state, decide=decide, wordings=WORDS)
