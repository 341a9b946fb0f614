"""What pages leave in memory, measured over a few of them."""

from tests.benchmarks.scripts import run


def test_pages_are_opened_and_closed_and_the_servers_memory_is_told():
    found = run("page_memory", "--pages", "4", "--ways", "closed")
    assert found["pages"] == 4
    closed = found["closed"]
    assert 50 < closed["before_mb"] <= closed["half_mb"] + 50
    assert {"before_mb", "half_mb", "after_mb", "kb_per_page"} == {*closed}
