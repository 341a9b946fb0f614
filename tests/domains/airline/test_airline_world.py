import os
import subprocess
import sys
from pathlib import Path

from tarl_app.domains.airline.clock import NOW, TODAY
from tarl_app.domains.airline.rules import free_bags
from tarl_app.domains.airline.tasks.travel import network
from tarl_app.domains.airline.words.heard import codes
from tarl_app.domains.airline.world import template, world
from tarl_app.domains.retail.world import template as retail_template


def test_the_world_is_as_large_as_promised():
    made = world()
    assert len(made.users) >= 500
    assert len(made.flights) == 300
    assert len(made.dates) == 300 * 30
    assert len(made.reservations) >= 2000
    assert len({user.membership for user in made.users.values()}) == 3


def test_another_process_with_another_hash_seed_makes_the_same_world():
    code = "from tarl_app.domains.airline.world import generate; print(*generate().reservations)"
    environment = {**os.environ, "PYTHONHASHSEED": "7"}
    root = Path(__file__).parents[3]
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment, cwd=root
    )
    assert found.stdout.split() == list(world().reservations)


def test_a_copy_is_about_as_large_as_that_of_the_shop():
    assert len(template().image) < 1.5 * len(retail_template().image)


def test_reservations_agree_with_the_policy():
    for customer in network().customers:
        for trip in customer.trips:
            free = free_bags(customer.membership, trip.cabin, len(trip.passengers))
            assert trip.nonfree == max(0, trip.bags - free)
            assert trip.created <= NOW
            fares = sum(trip.fares) * len(trip.passengers)
            assert trip.paid == fares + 40 * trip.nonfree + 25 * len(trip.passengers) * trip.insured


def test_what_is_past_has_been_flown_and_what_is_to_come_has_not():
    for offer in network().offers.values():
        if offer.date < TODAY:
            assert offer.status in ("landed", "cancelled")
        if offer.date > TODAY:
            assert offer.status in ("scheduled", "delayed", "cancelled")


def test_every_code_is_recognised_as_one():
    for code in world().reservations:
        assert codes(f"It is {code}.") == [code]
