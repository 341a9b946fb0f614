"""Episodes in a dictionary: for tests, and for pages that must leave nothing behind."""

import threading
from collections.abc import Iterable

from tarl_app.errors import StorageError
from tarl_app.types import Episode


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

    def list(self, limit: int = 100, agent: str | None = None) -> Iterable[Episode]:
        """The newest first."""
        with self._lock:
            episodes = [e for e in self._episodes.values() if agent is None or e.agent == agent]
        return sorted(episodes, key=lambda e: (e.created_at, e.id), reverse=True)[: max(0, limit)]

    def delete(self, episode_id: str) -> None:
        """Forgets the episode; a missing one is not an error."""
        with self._lock:
            self._episodes.pop(episode_id, None)
