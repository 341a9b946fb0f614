"""Usage, cost and limits."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from pydantic import Field

from tarl_app.core.errors import BudgetExceeded
from tarl_app.core.settings import settings
from tarl_app.core.types import Frozen


class Usage(Frozen):
    """Tokens and money; ``estimated`` where the endpoint did not say how many."""

    input_tokens: int = Field(default=0, ge=0)
    output_tokens: int = Field(default=0, ge=0)
    cost_usd: float = Field(default=0.0, ge=0)
    estimated: bool = False

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            input_tokens=self.input_tokens + other.input_tokens,
            output_tokens=self.output_tokens + other.output_tokens,
            cost_usd=self.cost_usd + other.cost_usd,
            estimated=self.estimated or other.estimated,
        )


NOTHING = Usage()


class Budget:
    """A limit in tokens and in money, safe to share between threads; 0 is no limit.

    Every request first reserves the most it can cost, so that parallel requests cannot exceed the limit together.
    """

    def __init__(self, max_tokens: int = 0, max_usd: float = 0.0) -> None:
        self.max_tokens, self.max_usd = max_tokens, max_usd
        self._spent, self._held = Usage(), Usage()
        self._lock = threading.Lock()

    @property
    def spent(self) -> Usage:
        """Everything so far."""
        return self._spent

    @contextmanager
    def reserved(self, most: Usage) -> Iterator[list[Usage]]:
        """Reserves ``most``; usage that is appended to the list is spent, whether or not the request succeeds.

        Raises:
            BudgetExceeded: there is not that much left.
        """
        with self._lock:
            after = self._spent + self._held + most
            tokens = after.input_tokens + after.output_tokens
            if (self.max_tokens and tokens > self.max_tokens) or (self.max_usd and after.cost_usd > self.max_usd):
                raise BudgetExceeded(f"The budget for models behind endpoints is spent: {self.words}. {_MORE}")
            self._held += most
        used: list[Usage] = []
        try:
            yield used
        finally:
            with self._lock:
                for one in used:
                    self._spent += one
                self._held = Usage(
                    input_tokens=self._held.input_tokens - most.input_tokens,
                    output_tokens=self._held.output_tokens - most.output_tokens,
                    cost_usd=max(0.0, self._held.cost_usd - most.cost_usd),
                )

    @property
    def words(self) -> str:
        """Spent and limit, in words."""
        tokens = self._spent.input_tokens + self._spent.output_tokens
        of_tokens = f" of {self.max_tokens:,}" if self.max_tokens else ""
        of_money = f" of ${self.max_usd:.2f}" if self.max_usd else ""
        return f"{tokens:,}{of_tokens} tokens, ${self._spent.cost_usd:.4f}{of_money}"


_MORE = "What a request could use at most is counted before it is sent. Raise TARL_LLM_MAX_TOKENS or TARL_LLM_MAX_USD."


@cache
def shared_budget() -> Budget:
    """The budget of this process, from the settings."""
    return Budget(settings().llm_max_tokens, settings().llm_max_usd)
