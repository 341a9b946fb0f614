from collections.abc import Iterator
from typing import Any

import pytest

from tarl_app.core.domain import Domain
from tarl_app.core.types import ToolCall
from tarl_app.domains.airline.tasks.travel import Customer, Offer, network, seats
from tarl_app.sandbox.environment import DatabaseEnvironment
from tests.domains.airline.airline_cases import AIRLINE, a_trip, answer, card, owner, refusal, run


@pytest.fixture
def environment() -> Iterator[DatabaseEnvironment]:
    found = AIRLINE.open()
    assert isinstance(found, DatabaseEnvironment)
    yield found
    found.close()


def an_offer(count: int = 2) -> Offer:
    offers = network().offers.values()
    return next(one for one in offers if one.bookable and min(one.seats.values()) >= count and one.date > "2026-05-20")


def booking(customer: Customer, offer: Offer, **changed: Any) -> dict[str, Any]:
    """The arguments of a booking for one passenger in economy."""
    me = customer.person
    return {
        "user_id": customer.id,
        "origin": offer.origin,
        "destination": offer.destination,
        "flight_type": "one_way",
        "cabin": "economy",
        "flight_numbers": [offer.number],
        "dates": [offer.date],
        "first_names": [me.first_name],
        "last_names": [me.last_name],
        "dates_of_birth": [me.date_of_birth],
        "payment_method_ids": [card(customer)],
        "total_baggages": "0",
        "nonfree_baggages": "0",
        "insurance": "no",
        **changed,
    }


def a_customer(**balances: tuple[int, int]) -> Customer:
    """A customer with a payment method of each of these kinds whose balance lies between those."""
    return next(
        customer
        for customer in network().customers
        if all(any(low <= p.balance <= high for p in customer.kind(kind)) for kind, (low, high) in balances.items())
    )


class TestReads:
    def test_there_are_fourteen_tools(self):
        names = {tool.name for tool in AIRLINE.tools}
        assert len(names) == 14
        assert {tool.name for tool in AIRLINE.tools if tool.writes} == {
            "book_reservation",
            "cancel_reservation",
            "update_reservation_flights",
            "update_reservation_baggages",
            "update_reservation_passengers",
            "send_certificate",
        }

    @pytest.mark.parametrize("form", ["{}", "{:.3} {}", "spelled", "lower"])
    def test_a_code_may_be_spelled_in_many_ways(self, environment, form):
        trip = a_trip(bool)
        said = {"{}": trip.id, "{:.3} {}": f"{trip.id[:3]} {trip.id[3:]}", "spelled": "-".join(trip.id)}
        found = answer(environment, "get_reservation_details", reservation_id=said.get(form, trip.id.lower()))
        assert found["reservation_id"] == trip.id
        assert [leg["status"] for leg in found["flights"]] == [leg.status for leg in trip.legs]

    def test_a_search_finds_only_scheduled_flights_to_come(self, environment):
        for day in ("2026-05-15", "2026-05-16"):
            for origin, destination in list(network().routes)[:40]:
                for one in answer(environment, "search_direct_flight", origin=origin, destination=destination, date=day):
                    known = network().offers[one["flight_number"], day]
                    assert known.status == "scheduled"
                    assert known.leaves > "2026-05-15T15:00"

    def test_the_two_flights_of_a_connection_can_be_reached(self, environment):
        found = answer(environment, "search_onestop_flight", origin="BOS", destination="SEA", date="2026-05-20")
        assert found
        for one, other in found:
            assert one["destination"] == other["origin"]
            assert one["arrival"] < other["departure"]

    def test_unknown_codes_and_customers_are_refused(self, environment):
        assert "no such reservation" in refusal(environment, "get_reservation_details", reservation_id="AAAAAA")
        assert "no such customer" in refusal(environment, "get_user_details", user_id="M0000000")


class TestBooking:
    def test_it_takes_seats_and_money(self, environment):
        customer, offer = network().customers[0], an_offer()
        made = answer(environment, "book_reservation", **booking(customer, offer))
        assert made["status"] == "active"
        assert made["payment_history"] == [{"payment_method_id": card(customer), "amount": offer.prices["economy"]}]
        found = answer(
            environment, "search_direct_flight", origin=offer.origin, destination=offer.destination, date=offer.date
        )
        left = next(one for one in found if one["flight_number"] == offer.number)
        assert left["available_seats"]["economy"] == offer.seats["economy"] - 1
        account = answer(environment, "get_user_details", user_id=customer.id)
        assert made["reservation_id"] in account["reservations"]

    def test_bags_and_insurance_cost_what_the_policy_says(self, environment):
        customer, offer = network().customers[0], an_offer()
        more = booking(customer, offer, total_baggages="3", nonfree_baggages="2", insurance="yes")
        made = answer(environment, "book_reservation", **more)
        assert made["payment_history"][0]["amount"] == offer.prices["economy"] + 2 * 40 + 25

    def test_a_gift_card_pays_first_and_a_credit_card_the_rest(self, environment):
        customer, offer = a_customer(gift_card=(1, 90)), an_offer()
        gift = customer.kind("gift_card")[0]
        both = booking(customer, offer, payment_method_ids=[card(customer), gift.id])
        paid = {
            p["payment_method_id"]: p["amount"] for p in answer(environment, "book_reservation", **both)["payment_history"]
        }
        assert paid == {gift.id: gift.balance, card(customer): offer.prices["economy"] - gift.balance}
        account = answer(environment, "get_user_details", user_id=customer.id)
        assert account["payment_methods"][gift.id]["balance"] == 0

    def test_the_sequence_of_passengers_and_payment_methods_makes_no_difference(self):
        customer, offer = a_customer(gift_card=(1, 90)), an_offer()
        me, other = customer.person, customer.saved[0]
        lists = []
        for one, two in ((me, other), (other, me)):
            with AIRLINE.open() as environment:  # type: ignore[attr-defined]
                people = {
                    "first_names": [one.first_name, two.first_name],
                    "last_names": [one.last_name, two.last_name],
                    "dates_of_birth": [one.date_of_birth, two.date_of_birth],
                }
                methods = [card(customer), customer.kind("gift_card")[0].id]
                arguments = booking(customer, offer, **people, payment_method_ids=methods[:: 1 if one is me else -1])
                answer(environment, "book_reservation", **arguments)
                lists.append(
                    (environment.changes(), AIRLINE.normalise(ToolCall(id="", name="book_reservation", arguments=arguments)))
                )
        assert lists[0] == lists[1]

    @pytest.mark.parametrize(
        ("changed", "why"),
        [
            ({"flight_numbers": ["JN0000"]}, "no flight"),
            ({"destination": "XXX"}, "do not lead"),
            ({"dates": []}, "dates"),
            ({"flight_type": "round_trip"}, "do not lead"),
            ({"dates_of_birth": ["1990-01-01", "1991-01-01"]}, "equally long"),
            ({"dates_of_birth": ["2030-01-01"]}, "future"),
            ({"nonfree_baggages": "1"}, "no more nonfree"),
            ({"payment_method_ids": ["gift_card_0000000"]}, "no payment method"),
            ({"insurance": "maybe"}, "insurance"),
        ],
    )
    def test_what_cannot_be_booked_is_refused(self, environment, changed, why):
        assert why in refusal(environment, "book_reservation", **booking(network().customers[0], an_offer(), **changed))

    def test_six_passengers_are_too_many(self, environment):
        customer = network().customers[0]
        people = {
            "first_names": list("ABCDEF"),
            "last_names": ["Stone"] * 6,
            "dates_of_birth": ["1990-01-01"] * 6,
        }
        assert "at most 5" in refusal(environment, "book_reservation", **booking(customer, an_offer(), **people))

    def test_money_that_does_not_suffice_is_refused(self, environment):
        customer, offer = a_customer(gift_card=(1, 90)), an_offer()
        gift = booking(customer, offer, payment_method_ids=[customer.kind("gift_card")[0].id])
        assert "not covered" in refusal(environment, "book_reservation", **gift)

    def test_a_payment_method_that_pays_nothing_is_refused(self, environment):
        customer, offer = a_customer(gift_card=(700, 900)), an_offer()
        ids = [customer.kind("gift_card")[0].id, card(customer)]
        assert "would pay nothing" in refusal(
            environment, "book_reservation", **booking(customer, offer, payment_method_ids=ids)
        )

    def test_a_full_cabin_and_a_flight_of_the_past_are_refused(self, environment):
        offers = network().offers.values()
        full = next(one for one in offers if one.bookable and one.seats["economy"] == 0)
        past = next(one for one in offers if one.status == "landed")
        for offer, why in ((full, "not enough seats"), (past, "cannot be booked")):
            assert why in refusal(environment, "book_reservation", **booking(network().customers[0], offer))


class TestChanges:
    def test_a_cancelled_trip_is_refunded_and_its_seats_are_free_again(self, environment):
        trip = a_trip(lambda trip: owner(trip).payment(trip.method).source == "gift_card")
        found = answer(environment, "cancel_reservation", reservation_id=trip.id)
        assert found["status"] == "cancelled"
        assert sum(p["amount"] for p in found["payment_history"]) == 0
        account = answer(environment, "get_user_details", user_id=trip.user_id)
        assert account["payment_methods"][trip.method]["balance"] == owner(trip).payment(trip.method).balance + trip.paid
        freed = {change.key: change for change in environment.changes() if change.table == "flight_dates"}
        assert len(freed) == len(trip.legs)
        assert "cancelled" in refusal(environment, "cancel_reservation", reservation_id=trip.id)

    def test_another_cabin_costs_the_prices_of_now(self, environment):
        trip = a_trip(
            lambda trip: (
                trip.cabin == "economy"
                and all(leg.bookable for leg in trip.legs)
                and seats(trip.legs, "business") >= len(trip.passengers)
            )
        )
        arguments = {
            "reservation_id": trip.id,
            "cabin": "business",
            "flight_numbers": [leg.number for leg in trip.legs],
            "dates": [leg.date for leg in trip.legs],
            "payment_method_id": card(owner(trip)),
        }
        found = answer(environment, "update_reservation_flights", **arguments)
        owed = sum(leg.prices["business"] for leg in trip.legs) - sum(trip.fares)
        assert found["payment_history"][-1]["amount"] == owed * len(trip.passengers)
        assert found["cabin"] == "business"

    def test_flights_that_stay_keep_their_price(self, environment):
        trip = a_trip(lambda trip: trip.round_trip and len(trip.legs) == 2 and trip.cabin == "economy" and _another(trip))
        new = _another(trip)
        arguments = {
            "reservation_id": trip.id,
            "cabin": "economy",
            "flight_numbers": [trip.legs[0].number, new.number],
            "dates": [trip.legs[0].date, new.date],
            "payment_method_id": card(owner(trip)),
        }
        found = answer(environment, "update_reservation_flights", **arguments)
        assert [leg["price"] for leg in found["flights"]] == [trip.fares[0], new.prices["economy"]]
        again = refusal(environment, "update_reservation_flights", **arguments)
        assert "nothing would change" in again

    def test_a_certificate_pays_for_no_change(self, environment):
        trip = a_trip(lambda trip: owner(trip).kind("certificate"))
        bags = {"total_baggages": str(trip.bags + 1), "nonfree_baggages": str(trip.nonfree + 1)}
        certificate = owner(trip).kind("certificate")[0].id
        why = refusal(
            environment,
            "update_reservation_baggages",
            reservation_id=trip.id,
            payment_method_id=certificate,
            **bags,
        )
        assert "new reservations only" in why

    def test_the_number_of_passengers_stays(self, environment):
        trip = a_trip(lambda trip: len(trip.passengers) == 2)
        lists = {"first_names": ["Ana"], "last_names": ["Stone"], "dates_of_birth": ["1990-01-01"]}
        why = refusal(environment, "update_reservation_passengers", reservation_id=trip.id, **lists)
        assert "2 passengers" in why

    def test_counts_may_be_numbers(self, environment):
        trip = a_trip(bool)
        bags = {"total_baggages": trip.bags + 1, "nonfree_baggages": trip.nonfree + 1}
        found = answer(
            environment,
            "update_reservation_baggages",
            reservation_id=trip.id,
            payment_method_id=card(owner(trip)),
            **bags,
        )
        assert found["payment_history"][-1]["amount"] == 40

    def test_certificates_have_different_numbers(self, environment):
        customer = network().customers[0]
        before = set(answer(environment, "get_user_details", user_id=customer.id)["payment_methods"])
        for _ in range(2):
            account = answer(environment, "send_certificate", user_id=customer.id, amount="100")
        new = set(account["payment_methods"]) - before
        assert len(new) == 2
        assert all(account["payment_methods"][one]["balance"] == 100 for one in new)

    def test_after_a_transfer_nothing_can_be_called(self, environment):
        run(environment, "transfer_to_human_agents", summary="A lost bag.")
        assert environment.transferred
        assert "transferred" in refusal(environment, "list_all_airports")


def _another(trip) -> Offer:
    """Another flight back, later than the present one."""
    back = trip.legs[1]
    offers = (network().offers[number, back.date] for number in network().routes[back.origin, back.destination])
    found = (one for one in offers if one.bookable and one.number != back.number)
    return next((one for one in found if one.seats["economy"] >= len(trip.passengers)), None)  # type: ignore[return-value]


def test_what_a_call_did_is_said_in_words():
    domain: Domain = AIRLINE
    call = ToolCall(id="1", name="cancel_reservation", arguments={"reservation_id": "k3q x7p"})
    assert domain.describe(call).done == "The reservation K3QX7P was cancelled"
    wrong = ToolCall(id="1", name="cancel_reservation", arguments={"nothing": 1})
    assert domain.describe(wrong).done.startswith("The reservation")
