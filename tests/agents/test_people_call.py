"""People who type freely call the scripted agent, with the real tools and the verifier."""

import pytest

from tests.people import call, people, served

LEAST = {("retail", "develop"): 15, ("retail", "kept"): 11, ("airline", "develop"): 8, ("airline", "kept"): 8}
"""How many of them are served at least."""


@pytest.mark.parametrize(("domain", "half"), LEAST)
def test_at_least_so_many_are_served(domain, half):
    failed = [person["task"] for number, person in enumerate(people(domain, half)) if not served(domain, half, number)]
    assert len(people(domain, half)) - len(failed) >= LEAST[domain, half], failed


@pytest.mark.parametrize(("domain", "half"), LEAST)
def test_no_call_breaks_off(domain, half):
    for number in range(len(people(domain, half))):
        assert call(domain, half, number).failure is None


def test_the_two_halves_share_no_task():
    for domain in ("retail", "airline"):
        halves = [{person["task"] for person in people(domain, half)} for half in ("develop", "kept")]
        assert not halves[0] & halves[1]
