"""Users and judges with a time limit and retries, after which the episode is given up.

They may be models on another machine. A call that exceeds its time is abandoned in its thread; a later answer is
discarded.
"""

import threading
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from typing import TypeVar

from tarl_app.core.errors import Cancelled, ConversationError, TarlError, UserFault
from tarl_app.core.protocols import Judge, UserSimulator
from tarl_app.core.types import Episode, Judgement, Turn, UserTurn

T = TypeVar("T")


def in_time(call: Callable[[], T], seconds: float, retries: int, what: str) -> T:
    """The result of ``call``, tried at most ``1 + retries`` times.

    Raises:
        ConversationError: the last try took longer than ``seconds``.
        TarlError: what the last try raised; a bug (any other exception) and ``UserFault`` are raised at once.
    """
    for left in range(retries, -1, -1):
        try:
            return _try(call, seconds, what)
        except (Cancelled, UserFault):
            raise
        except TarlError:
            if not left:
                raise
    raise AssertionError("retries is at least 0")


def _try(call: Callable[[], T], seconds: float, what: str) -> T:
    answers: SimpleQueue[tuple[T | None, BaseException | None]] = SimpleQueue()

    def run() -> None:
        try:
            answers.put((call(), None))
        except BaseException as error:
            answers.put((None, error))

    threading.Thread(target=run, daemon=True, name=what).start()
    try:
        answer, error = answers.get(timeout=seconds)
    except Empty:
        raise ConversationError(f"{what} did not answer within {seconds:g} s.") from None
    if error is not None:
        raise error
    return answer  # pyright: ignore[reportReturnType] - without an error it is what `call` answered


class TimedUser:
    """A ``UserSimulator`` with a time limit."""

    def __init__(self, inner: UserSimulator, seconds: float, retries: int) -> None:
        self.inner, self.seconds, self.retries = inner, seconds, retries
        self.name = inner.name

    def speak(self, turns: Sequence[Turn]) -> UserTurn | None:
        """What ``inner`` says; raises like ``in_time``."""
        return in_time(lambda: self.inner.speak(turns), self.seconds, self.retries, "the user")


class TimedJudge:
    """A ``Judge`` with a time limit."""

    def __init__(self, inner: Judge, seconds: float, retries: int) -> None:
        self.inner, self.seconds, self.retries = inner, seconds, retries
        self.name = inner.name

    def judge(self, episode: Episode) -> Judgement:
        """The judgement of ``inner``; raises like ``in_time``."""
        return in_time(lambda: self.inner.judge(episode), self.seconds, self.retries, "the judge")
