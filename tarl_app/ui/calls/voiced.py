"""What a visitor said aloud: the turns whose recording can be given (``storage.recordings``)."""

from tarl_app.core.types import UserTurn

MOST = 30


class Voiced:
    """The last turns of a visit with the visitor's own voice; safe to use from any thread."""

    def __init__(self) -> None:
        self._turns: dict[str, UserTurn] = {}

    def add(self, turn: UserTurn) -> None:
        """Notes a turn, if it has a sound."""
        if turn.audio is not None:
            self._turns = dict([*self._turns.items(), (turn.audio.path, turn)][-MOST:])

    @property
    def turns(self) -> tuple[UserTurn, ...]:
        """The last ones, the newest first."""
        return tuple(reversed(self._turns.values()))

    def of(self, path: str) -> UserTurn | None:
        """The turn with that sound; None for anything that the visitor did not say here."""
        return self._turns.get(path)
