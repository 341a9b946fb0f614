"""What the service answers when it refuses something: a status, a code for programs and a sentence for people."""

from tarl_app.core.errors import (
    AssetError,
    ConfigError,
    ConversationError,
    DomainError,
    SpeechError,
    StorageError,
    TarlError,
)


class Problem(TarlError):
    """A refusal with its HTTP ``status`` and its ``code``; ``wait``: seconds after which it may be tried again."""

    def __init__(self, status: int, code: str, message: str, wait: int = 0) -> None:
        super().__init__(message)
        self.status, self.code, self.wait = status, code, wait


_OF: tuple[tuple[type[TarlError], int, str], ...] = (
    (DomainError, 404, "not_found"),
    (ConversationError, 409, "not_now"),
    (SpeechError, 422, "speech"),
    (ConfigError, 422, "invalid"),
    (AssetError, 503, "weights_missing"),
    (StorageError, 503, "not_stored"),
)


def problem_of(error: TarlError) -> Problem:
    """The refusal that stands for an error of the app."""
    if isinstance(error, Problem):
        return error
    status, code = next(((status, code) for kind, status, code in _OF if isinstance(error, kind)), (503, "unavailable"))
    return Problem(status, code, str(error))


def body_of(problem: Problem) -> dict[str, dict[str, str]]:
    """The JSON of a refusal."""
    return {"error": {"code": problem.code, "message": str(problem)}}
