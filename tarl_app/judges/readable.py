"""A judge for tests of training: is the agent's text readable? A random model can learn that within seconds.

     1  at least half of the characters are printable ASCII
     0  a turn that says nothing, or mostly other characters

It knows no policy and finds no deviations; with it the training loop can be tested on a random model.
"""

import time

from tarl_app.core.domain import Domain
from tarl_app.core.types import Episode, Judgement, TurnScore


class ReadableJudge:
    """Scores the readability of each turn in any domain."""

    name = "readable"

    def __init__(self, domain: Domain) -> None:
        self.domain = domain

    def judge(self, episode: Episode) -> Judgement:
        """One score for each agent turn."""
        started = time.perf_counter()
        scores = tuple(
            TurnScore(turn=index, score=1, reason="readable")
            if readable(turn.text)
            else TurnScore(turn=index, score=0, reason="nothing that could be read", rule="unreadable")
            for index, turn in episode.agent_turns
        )
        return Judgement(judge=self.name, scores=scores, seconds=time.perf_counter() - started)


def readable(text: str) -> bool:
    """Whether at least half of the characters are printable ASCII; an empty text is not readable."""
    return bool(text) and 2 * sum(" " <= character <= "~" for character in text) >= len(text)
