"""A share of the customers of dev and test has a name or an e-mail host that no lexicon has; train has none."""

import pytest

from tarl_app.core.domain import Domain
from tarl_app.core.types import ToolCall
from tarl_app.domains import load_domain
from tarl_app.domains.airline.tasks import customers as travelers
from tarl_app.domains.airline.world import unlisted as unlisted_travelers
from tarl_app.domains.airline.world import world as airline_world
from tarl_app.domains.retail.tasks import customers as shoppers
from tarl_app.domains.retail.world import unlisted as unlisted_shoppers
from tarl_app.domains.retail.world import world as shop_world

RETAIL, AIRLINE = load_domain("retail"), load_domain("airline")
PARTS = {
    "retail": (RETAIL, shoppers, shop_world, unlisted_shoppers),
    "airline": (AIRLINE, travelers, airline_world, unlisted_travelers),
}
EVERY_DOMAIN = pytest.mark.parametrize("name", PARTS)


def is_listed(domain: Domain, first_name: str, last_name: str, email: str) -> bool:
    values = {"first names": first_name, "last names": last_name, "e-mail hosts": email.partition("@")[2]}
    return all(value in domain.lexicons[lexicon] for lexicon, value in values.items())


@EVERY_DOMAIN
def test_a_quarter_of_the_customers_of_dev_and_test_is_in_no_lexicon_and_nobody_of_train(name):
    domain, customers, world, _ = PARTS[name]
    outside = {}
    for split in ("train", "dev", "test"):
        people = [world().users[one.id] for one in customers(split)]
        odd = {one.user_id for one in people if not is_listed(domain, one.first_name, one.last_name, one.email)}
        outside[split] = len(odd) / len(people)
        if split != "train":
            calling = [task.user_id in odd for task in domain.tasks(split)]
            assert 0.15 <= sum(calling) / len(calling) <= 0.35
    assert outside["train"] == 0
    assert 0.2 <= outside["dev"] <= 0.3
    assert 0.2 <= outside["test"] <= 0.3


@EVERY_DOMAIN
def test_what_is_not_listed_is_in_no_lexicon(name):
    domain, _, _, unlisted = PARTS[name]
    listed = {word.lower() for words in domain.lexicons.values() for word in words}
    names = [*unlisted.FIRST_NAMES, *unlisted.LAST_NAMES, *unlisted.EMAIL_HOSTS]
    assert not {one.lower() for one in names} & listed
    assert len(set(names)) == len(names)
    assert {"'", "-"} <= set("".join(names))
    reserved = (".example", ".test", ".example.com", ".example.net", ".example.org")
    assert all(host.endswith(reserved) for host in unlisted.EMAIL_HOSTS)


@EVERY_DOMAIN
def test_train_tells_only_of_names_in_the_lexicons(name):
    domain, _, _, _ = PARTS[name]
    tasks = domain.tasks("train")
    assert {task.facts["first_name"] for task in tasks} <= set(domain.lexicons["first names"])
    assert {task.facts["last_name"] for task in tasks} <= set(domain.lexicons["last names"])


@EVERY_DOMAIN
def test_no_two_customers_have_the_same_name_where_one_of_them_is_not_listed(name):
    domain, _, world, _ = PARTS[name]
    people = list(world().users.values())
    odd = [one for one in people if not is_listed(domain, one.first_name, one.last_name, "x@example.com")]
    names = [(one.first_name, one.last_name) for one in people]
    assert all(names.count((one.first_name, one.last_name)) == 1 for one in odd)


def test_the_look_ups_of_a_task_have_the_names_that_its_customer_knows():
    people = shop_world().users
    for split in ("dev", "test"):
        for task in RETAIL.tasks(split):
            user = people[task.user_id or ""]
            known = {"first_name": user.first_name, "last_name": user.last_name, "email": user.email}
            assert task.facts.items() >= {"first_name": user.first_name, "last_name": user.last_name}.items()
            found = [call for call in task.gold if call.name.startswith("find_")]
            assert found
            assert all(call.arguments.get(key, value) == value for call in found for key, value in known.items())


def test_reservations_have_their_customer_by_name_and_their_passengers_in_order():
    made = airline_world()
    for code, people in made.passengers.items():
        user = made.users[made.reservations[code].user_id]
        assert (user.first_name, user.last_name, user.date_of_birth) in {
            (one.first_name, one.last_name, one.date_of_birth) for one in people
        }
        names = [(one.last_name.lower(), one.first_name.lower()) for one in people]
        assert names == sorted(names)
        assert [one.position for one in people] == list(range(len(people)))


@pytest.mark.parametrize("said", [str, str.upper, lambda name: name.replace("'", ""), lambda name: name.replace("'", "’")])
def test_a_customer_is_found_however_the_apostrophes_and_hyphens_of_the_name_are_written(said):
    user = next(one for one in shop_world().users.values() if "'" in one.first_name + one.last_name)
    names = {"first_name": said(user.first_name), "last_name": said(user.last_name)}
    call = ToolCall(id="1", name="find_user_id_by_name_zip", arguments={**names, "zip": user.address.zip})
    with RETAIL.open() as shop:
        found = shop.call(call)
    assert not found.is_error, found.content
    assert user.user_id in found.content
