"""Scores of the agent's turns by judges and people during a conversation."""

from collections.abc import Callable

from tarl_app.conversation.events import Scored
from tarl_app.core.errors import ConversationError, TarlError
from tarl_app.core.human_feedback import with_thumb
from tarl_app.core.protocols import Judge
from tarl_app.core.types import AgentTurn, Episode, Judgement


class Scores:
    """A judge's judgement so far, and people's thumbs, which come before it."""

    def __init__(self, judge: Judge | None, on_scored: Callable[[Scored], None]) -> None:
        self.judge, self._on_scored = judge, on_scored
        self._judgement: Judgement | None = None
        self._people: tuple[Judgement, ...] = ()

    @property
    def judgements(self) -> tuple[Judgement, ...]:
        """All judgements, as stored on the episode."""
        return (*self._people, *((self._judgement,) if self._judgement else ()))

    def judge_now(self, episode: Episode) -> str:
        """Runs the judge and emits each new or changed score; returns why it failed, or an empty string."""
        if self.judge is None:
            return ""
        try:
            judgement = self.judge.judge(episode)
        except TarlError as error:
            return f"judge: {error}"
        known = set(self._judgement.scores) if self._judgement else set()
        self._judgement = judgement
        for score in judgement.scores:
            if score not in known:
                self._on_scored(Scored(score))
        return ""

    def rate(self, episode: Episode, turn: int, up: bool, why: str = "") -> None:
        """A person's thumb; the same one again removes it. Raises ``ConversationError`` if it is not an agent turn."""
        if not (0 <= turn < len(episode.turns) and isinstance(episode.turns[turn], AgentTurn)):
            raise ConversationError("Only what the agent said or did can be rated.")
        self._people = with_thumb(self._people, turn, up, why)

    def cut(self, length: int) -> None:
        """Removes the scores of turns after the first ``length``."""
        self._people = tuple(kept for one in self._people if (kept := _kept(one, length)))
        self._judgement = _kept(self._judgement, length) if self._judgement else None


def _kept(judgement: Judgement, length: int) -> Judgement | None:
    scores = tuple(score for score in judgement.scores if score.turn < length)
    return judgement.model_copy(update={"scores": scores}) if scores else None
