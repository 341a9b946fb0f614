"""Who may ask: a token for clients, another for graders, who may also see what agents must not know."""

import hmac
import secrets
from dataclasses import dataclass

from tarl_app.service.problems import Problem


def new_token() -> str:
    """A token that nobody can guess."""
    return secrets.token_urlsafe(24)


@dataclass(frozen=True)
class Who:
    """One client: ``name`` tells clients apart for the limits."""

    name: str
    grader: bool = False


@dataclass(frozen=True)
class Access:
    """The tokens; an empty ``token`` lets everybody in, an empty ``grader`` makes nobody a grader."""

    token: str = ""
    grader: str = ""

    def who(self, authorization: str | None, host: str) -> Who:
        """The client behind an ``Authorization: Bearer`` header. Raises ``Problem`` 401."""
        scheme, _, given = (authorization or "").partition(" ")
        given = given.strip() if scheme.lower() == "bearer" else ""
        if self.grader and _same(given, self.grader):
            return Who(host, grader=True)
        if authorization and not (self.token and _same(given, self.token)):
            raise Problem(401, "wrong_token", "This token is not the one of this sandbox: ask who runs it.")
        if self.token and not authorization:
            told = "This sandbox asks for a token: send the header Authorization: Bearer TOKEN."
            raise Problem(401, "token_missing", told)
        return Who(host)


def _same(given: str, wanted: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "replace"), wanted.encode("utf-8"))
