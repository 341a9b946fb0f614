"""What is costly to make is made once, however many ask at the same time."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tarl_app.once import once
from tarl_app.sandbox.domains.retail import world


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


def test_the_shop_has_one_database_to_copy_whoever_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    built: list[int] = []

    class Slow(world.Template):
        def __init__(self, *parts) -> None:
            built.append(1)
            super().__init__(*parts)

    monkeypatch.setattr(world, "Template", Slow)
    fresh = once(world.template.__wrapped__)
    with ThreadPoolExecutor(4) as pool:
        assert len({id(one) for one in pool.map(lambda _: fresh(), range(4))}) == 1
    assert built == [1]
