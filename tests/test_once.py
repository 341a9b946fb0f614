"""What is costly to make is made once, however many ask at the same time."""

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tarl_app.core.process.once import once


def test_threads_that_ask_at_the_same_time_share_one() -> None:
    made: list[int] = []

    @once
    def make(number: int) -> object:
        made.append(number)
        time.sleep(0.05)
        return object()

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(make, [1, 2] * 8))
    assert sorted(made) == [1, 2]
    assert len(set(found)) == 2
    assert make.__name__ == "make"


def test_what_could_not_be_made_is_tried_again() -> None:
    tries: list[int] = []

    @once
    def make() -> str:
        tries.append(1)
        if len(tries) == 1:
            raise ValueError("not yet")
        return "made"

    with pytest.raises(ValueError, match="not yet"):
        make()
    assert make() == make() == "made"
    assert len(tries) == 2


@pytest.mark.parametrize(
    "first",
    [
        "tarl_app.domains.retail.world import template as first",
        "functools import partial; from tarl_app.wiring import scheduler_of\n"
        "first = partial(scheduler_of, 'tiny-random', 4)",
    ],
)
def test_conversations_that_begin_together_share_the_shop_and_the_model(first: str) -> None:
    """In a process of its own, where nobody has asked before."""
    program = f"""
from concurrent.futures import ThreadPoolExecutor
from {first}
with ThreadPoolExecutor(4) as pool:
    asked = [pool.submit(first) for _ in range(4)]
print(len({{id(one.result()) for one in asked}}))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["1"]
