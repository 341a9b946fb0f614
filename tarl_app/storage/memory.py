"""Episodes and votes in memory: for tests, and for pages that must store nothing."""

import threading
from collections.abc import Collection, Iterable

from tarl_app.core.errors import StorageError
from tarl_app.core.types import Episode, Vote


class MemoryEpisodeStore:
    """An ``EpisodeStore`` that forgets everything when the process ends."""

    def __init__(self) -> None:
        self._episodes: dict[str, Episode] = {}
        self._lock = threading.Lock()

    def save(self, episode: Episode) -> None:
        """Stores or replaces the episode under its id."""
        with self._lock:
            self._episodes[episode.id] = episode

    def get(self, episode_id: str) -> Episode:
        """Raises ``StorageError`` when there is none."""
        with self._lock:
            episode = self._episodes.get(episode_id)
        if episode is None:
            raise StorageError(f"There is no stored call with the id {episode_id}.")
        return episode

    def list(self, limit: int = 100, agent: str | None = None, only: Collection[str] | None = None) -> Iterable[Episode]:
        """The newest first."""
        with self._lock:
            episodes = [e for e in self._episodes.values() if agent is None or e.agent == agent]
        episodes = [e for e in episodes if only is None or e.id in only]
        return sorted(episodes, key=lambda e: (e.created_at, e.id), reverse=True)[: max(0, limit)]

    def delete(self, episode_id: str) -> None:
        """Forgets the episode; a missing one is not an error."""
        with self._lock:
            self._episodes.pop(episode_id, None)


class MemoryVoteStore:
    """A ``VoteStore`` that forgets everything when the process ends."""

    def __init__(self) -> None:
        self._votes: dict[str, Vote] = {}
        self._lock = threading.Lock()

    def save(self, vote: Vote) -> None:
        """Stores or replaces the vote under its id."""
        with self._lock:
            self._votes[vote.id] = vote

    def list(self, limit: int = 10_000) -> Iterable[Vote]:
        """The newest first."""
        with self._lock:
            votes = [*self._votes.values()]
        return sorted(votes, key=lambda one: (one.created_at, one.id), reverse=True)[: max(0, limit)]

    def delete(self, vote_id: str) -> None:
        """Forgets the vote; a missing one is not an error."""
        with self._lock:
            self._votes.pop(vote_id, None)
