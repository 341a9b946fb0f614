"""The episodes of a file, verified again: nothing that the file says of a verdict is believed."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from pydantic import ValidationError

from tarl_app.core.domain import Domain
from tarl_app.core.errors import DomainError
from tarl_app.core.types import Episode, Task
from tarl_app.sandbox.verifier import verify


@dataclass
class Checked:
    """Counts, and why episodes were not taken (the first ones)."""

    read: int = 0
    verified: int = 0
    refused: int = 0
    reasons: list[str] = field(default_factory=list)

    def refuse(self, why: str) -> None:
        """Counts an episode that is not taken."""
        self.refused += 1
        if len(self.reasons) < 10:
            self.reasons.append(why)


def checked(texts: Iterable[str], find_task: Callable[[str], tuple[Task, Domain]], found: Checked) -> Iterator[Episode]:
    """The episodes of known tasks, each once, whose recorded verdict is what the verifier says now.

    ``found`` is filled in on the way. A task that differs from the one of that id here is refused: its gold calls may be
    somebody's own.
    """
    seen: set[str] = set()
    for text in texts:
        try:
            episode = Episode.model_validate_json(text)
        except (ValidationError, RecursionError) as error:
            found.read += 1
            found.refuse(f"an episode cannot be read: {str(error).splitlines()[0][:200]}")
            continue
        if episode.id in seen:
            continue
        seen.add(episode.id)
        found.read += 1
        if why := _wrong(episode, find_task):
            found.refuse(f"{episode.id[:64]}: {why}")
        else:
            found.verified += 1
            yield episode


def _wrong(episode: Episode, find_task: Callable[[str], tuple[Task, Domain]]) -> str:
    try:
        task, domain = find_task(episode.task.id)
    except DomainError as error:
        return str(error)
    if task != episode.task:
        return f"its task is not {episode.task.id} as it is here"
    verdict = verify(episode, domain) if task.verifiable else None
    if verdict != episode.verdict:
        return "the verifier says otherwise now"
    return ""
