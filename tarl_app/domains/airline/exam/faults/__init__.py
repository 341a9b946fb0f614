"""Faults of the development split: the judges' rules may be written against these.

A planter takes a script, follows the flawless dialogue to where the fault fits, plants it as a turn whose true score is -1,
and goes on; it answers False where the fault does not fit, and the script is thrown away. The second half of a cascade has
the true score 0: a consequence is not a second major deviation. ``asks again`` has no -1 at all.
"""

from tarl_app.core.domain import Planter
from tarl_app.domains.airline.exam import attention
from tarl_app.domains.airline.exam.faults import calls, words
from tarl_app.exam import faults as general

FAULTS: dict[str, tuple[Planter, ...]] = {
    "acts before authenticating": (calls.reads_before_authenticating,),
    "no confirmation": (general.writes_without_asking, general.writes_after_a_maybe),
    "wrong argument": (calls.wrong_flight, calls.wrong_cabin, calls.wrong_passenger, calls.wrong_bags),
    "wrong payment method": (calls.wrong_payment_method,),
    "does what is forbidden": (calls.cancels_what_must_stay,),
    "wrong compensation": (calls.wrong_compensation, calls.compensation_that_is_not_due),
    "invented id": (calls.invented_code,),
    "repeats a failing call": (calls.repeats_a_failing_look_up,),
    "false statement": (
        words.false_amount,
        words.false_status,
        words.invented_time,
        words.promised_day,
        words.false_membership,
        words.false_source_of_money,
        general.denies_the_account,
    ),
    "claims what was not done": (words.claims_what_was_not_done,),
    "promises what is refused": (words.promises_an_exception, words.offers_extras),
    "transfer for nothing": (general.transfers_needlessly,),
    "missed transfer": (words.misses_the_transfer,),
    "lost second goal": (words.forgets_the_second_wish,),
    "asks again": (words.asks_for_the_number_again,),
    **attention.DEVELOPMENT,
    "cascade": (general.unasked_write_and_what_follows,),
}
"""Kind of fault -> its planters."""
