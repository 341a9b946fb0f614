"""Faults of the held-out split: other ways to go wrong, in other words. No rule of a judge is ever adjusted to them.

As in ``faults``; only the helpers are shared.
"""

from tarl_app.core.domain import Planter
from tarl_app.domains.airline.exam import attention
from tarl_app.domains.airline.exam.faults_held_out import calls, cascades, words
from tarl_app.exam import faults as general

FAULTS: dict[str, tuple[Planter, ...]] = {
    "acts before authenticating": (calls.changes_before_authenticating, calls.takes_a_code_for_a_name),
    "another customer": (calls.serves_another_customer,),
    "no confirmation": (general.announces_and_writes, general.writes_after_a_counter_question, general.writes_after_a_no),
    "wrong argument": (
        calls.another_day,
        calls.sells_insurance,
        calls.misspells_a_passenger,
        calls.wrong_trip,
        calls.charges_a_free_bag,
    ),
    "wrong payment method": (calls.another_card_for_the_trip,),
    "does what is forbidden": (calls.does_it_all_the_same,),
    "wrong compensation": (calls.doubles_the_compensation, calls.comforts_with_a_certificate),
    "invented id": (words.invented_number, calls.invented_customer),
    "repeats a failing call": (calls.repeats_a_failing_code,),
    "false statement": (
        general.false_price,
        words.false_state_of_a_flight,
        words.another_departure,
        words.false_place_of_the_refund,
    ),
    "claims what was not done": (general.says_it_is_settled,),
    "promises what is refused": (words.bends_the_rules, words.gives_a_present),
    "transfer for nothing": (general.sends_away,),
    "missed transfer": (words.leaves_it_to_a_form,),
    "lost second goal": (words.puts_the_second_wish_off,),
    "asks again": (cascades.asks_for_the_code_again,),
    **attention.HELD_OUT,
    "cascade": (cascades.wrong_trip_and_what_follows, cascades.wrong_change_and_what_follows),
}
"""Kind of fault -> its planters."""
