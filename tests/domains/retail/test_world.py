import hashlib
import json
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
import sqlalchemy.exc

from tarl_app.core.errors import DomainError
from tarl_app.domains import load_domain
from tarl_app.domains.retail.models import Address, Base, User
from tarl_app.domains.retail.world import FIRST_NAMES, LAST_NAMES, STATUSES, generate, template, world
from tarl_app.sandbox.database import Template

DIGEST = "0889a16d52dadfd1ec49a643ff1314e93b96eaac788063b8da58a79546b50912"


def digest() -> str:
    rows = {name: sorted(map(list, table.values()), key=repr) for name, table in template().rows.items()}
    return hashlib.sha256(json.dumps(rows, sort_keys=True).encode()).hexdigest()


def test_the_world_is_the_pinned_one():
    # Tasks, checkpoints and stored episodes refer to these rows: a change here makes them all worthless.
    assert digest() == DIGEST


def test_another_process_with_another_hash_seed_makes_the_same_world():
    code = "from tarl_app.domains.retail.world import generate; print(*generate().orders)"
    environment = {**os.environ, "PYTHONHASHSEED": "7"}
    root = Path(__file__).parents[3]
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment, cwd=root
    )
    assert found.stdout.split() == list(world().orders)


def test_another_seed_makes_another_world():
    assert generate(1).orders.keys().isdisjoint(set(list(world().orders)[:50]))


def test_the_world_is_large_enough_and_has_orders_in_every_state():
    made = world()
    assert len(made.users) >= 500
    assert len(made.products) == 50
    assert len(made.variants) >= 500
    assert len(made.orders) >= 1000
    counted = Counter(order.status for order in made.orders.values())
    assert set(counted) == set(STATUSES)
    assert min(counted.values()) >= 50
    assert len(set(FIRST_NAMES)) == len(FIRST_NAMES) >= 120
    assert len(set(LAST_NAMES)) == len(LAST_NAMES) >= 160


def test_ids_have_their_documented_forms():
    made = world()
    assert all(re.fullmatch(r"#W[0-9]{7}", key) for key in made.orders)
    assert all(re.fullmatch(r"[0-9]{10}", key) for key in (*made.variants, *made.products))
    assert all(re.fullmatch(r"[a-z]+_[a-z]+_[0-9]{4}", key) for key in made.users)
    methods = [m for user in made.users.values() for m in user.payment_methods]
    assert all(re.fullmatch(rf"{m.source}_[0-9]{{7}}", m.payment_method_id) for m in methods)
    assert all(re.fullmatch(r"[0-9]{5}", user.address.zip) for user in made.users.values())


def test_every_customer_is_found_by_email_and_by_name_and_zip_alone():
    users = world().users.values()
    assert len({user.email for user in users}) == len(users)
    assert len({(user.first_name.lower(), user.last_name.lower(), user.address.zip) for user in users}) == len(users)


def test_every_product_can_be_exchanged_and_some_variants_are_out_of_stock():
    made = world()
    for product in made.products.values():
        assert sum(v.available for v in product.variants) >= 3
        assert len({tuple(sorted(v.options.items())) for v in product.variants}) == len(product.variants)
    assert sum(not v.available for v in made.variants.values()) > 50


def test_every_order_is_paid_in_full_by_its_own_customer():
    for order in world().orders.values():
        assert order.payments[0].amount_cents == sum(item.price_cents for item in order.items)
        assert order.payments[0].payment_method_id in {m.payment_method_id for m in order.user.payment_methods}
        assert len(order.payments) == (2 if order.status == "cancelled" else 1)
        assert bool(order.fulfilments) == (order.status in ("processed", "delivered"))
        assert all((item.parcel is not None) == bool(order.fulfilments) for item in order.items)


def test_rows_that_contradict_the_schema_are_refused():
    def lost() -> list[Base]:
        return [User(user_id="a_b_1", first_name="A", last_name="B", email="a@example.com", address_id="nowhere")]

    def doubled() -> list[Base]:
        lines = {
            "address1": "1 Elm Street",
            "address2": "",
            "city": "Austin",
            "state": "TX",
            "country": "USA",
            "zip": "78701",
        }
        homes = [Address(address_id=name, **lines) for name in ("a", "b")]
        same = {"first_name": "A", "last_name": "B", "email": "a@example.com"}
        return [*homes, *(User(user_id=name, address_id=name, **same) for name in ("a", "b"))]

    for rows in (lost, doubled):
        with pytest.raises(sqlalchemy.exc.IntegrityError):
            Template(Base, rows)


def test_an_unknown_domain_is_refused_with_the_known_ones():
    with pytest.raises(DomainError, match="retail"):
        load_domain("groceries")


def test_the_policy_fits_its_readers():
    domain = load_domain("retail")
    assert 450 <= len(domain.policy.split()) <= 750
    assert len(domain.policy_brief.split()) <= 120
