"""What a person could say next, to click."""

from tarl_app.core.errors import TarlError
from tarl_app.core.types import Episode
from tarl_app.ui.services import Services

MOST = 4
"""Most sentences at once."""
ANSWERS = ("Yes, please.", "No, thank you. That is all.")
"""What fits most of an agent's questions in free talk."""


class Sentences:
    """The sentences of one visitor's call; thought up once a turn."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._known: tuple[tuple[str, int], tuple[str, ...]] = ("", 0), ()

    def of(self, episode: Episode) -> tuple[str, ...]:
        """With a task, what its scripted customer would say now; in free talk, how to begin and how to answer."""
        place = episode.id, len(episode.turns)
        if self._known[0] != place:
            self._known = place, self._think_up(episode)
        return self._known[1]

    def _think_up(self, episode: Episode) -> tuple[str, ...]:
        task = episode.task
        if not task.verifiable:
            return ANSWERS if episode.agent_turns else self._services.domain_of(task).labels.openers(task)[:MOST]
        try:
            turn = self._services.make_user(task, False).speak(episode.turns)
        except TarlError:
            return ()
        return (turn.text,) if turn is not None and turn.text else ()
