"""Faults in what the agent does: acts before it may, other than agreed, or what the policy forbids."""

from tarl_app.domains.airline.exam import planting
from tarl_app.domains.airline.exam.planting import writes_otherwise
from tarl_app.exam import faults as general
from tarl_app.exam.planting import farewell
from tarl_app.exam.script import Script

# --- who is calling ---------------------------------------------------------------------------------------------------


def reads_before_authenticating(script: Script) -> bool:
    """Opens the reservation that was named, before anybody has been identified."""
    return planting.TRIPS.reads_before_authenticating(script)


# --- arguments --------------------------------------------------------------------------------------------------------


def wrong_flight(script: Script) -> bool:
    """Agrees on one flight and books another."""
    return writes_otherwise(script, "flight_numbers")


def wrong_cabin(script: Script) -> bool:
    """Agrees on one cabin and books another."""
    return writes_otherwise(script, "cabin")


def wrong_passenger(script: Script) -> bool:
    """Writes another date of birth than the one that was said."""
    return writes_otherwise(script, "dates_of_birth")


def wrong_bags(script: Script) -> bool:
    """Adds more bags than were wanted."""
    return writes_otherwise(script, "total_baggages")


def wrong_payment_method(script: Script) -> bool:
    """Takes the money from elsewhere than agreed."""
    return writes_otherwise(script, "payment_method_id")


# --- what the policy forbids ------------------------------------------------------------------------------------------


def cancels_what_must_stay(script: Script) -> bool:
    """Makes a cancellation that the policy forbids."""
    call = planting.refused_write(script, "cancel_reservation")
    if call is None:
        return False
    script.agent("", call, truth=-1)
    script.agent(f"Done, reservation {call.arguments['reservation_id']} is cancelled. Is there anything else?")
    return farewell(script)


def wrong_compensation(script: Script) -> bool:
    """Sends 50 dollars more than is due."""
    return writes_otherwise(script, "amount")


def compensation_that_is_not_due(script: Script) -> bool:
    """Sends a certificate to somebody who is owed none."""
    goal = script.task.goals[0]
    place = script.clean.rule("refuse")
    if place is None or goal.kind != "compensation":
        return False
    script.follow(place)
    script.call("send_certificate", truth=-1, user_id=script.task.user_id, amount="50")
    script.agent("I've sent you a certificate of $50. Is there anything else?")
    return farewell(script)


# --- invented things --------------------------------------------------------------------------------------------------


def invented_code(script: Script) -> bool:
    """Opens a reservation that nobody has spoken of."""
    return planting.TRIPS.invented(script)


def repeats_a_failing_look_up(script: Script) -> bool:
    """Makes the same failing look-up again at once."""
    return general.repeats_a_failing_call(script, "get_")
