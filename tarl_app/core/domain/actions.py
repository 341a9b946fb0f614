"""The kinds of change that a domain's tools make, and the words that speak of each."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Action:
    """One kind of change, such as cancelling.

    ``stem`` is how names of tools and kinds of goals call it: the "cancel" of ``cancel_booking``. The words are
    alternatives of a regular expression over folded text: ``named`` speaks of it ("cancelling"), ``done`` says that it
    has happened ("cancelled"), ``noun`` is what is requested or processed ("cancellation"). Without ``done`` nobody can
    claim it.

    ``participle`` tells a person what is claimed, ``shown`` is how the data say that it has happened. An action that
    ``covers_all`` is any change at all: one call that writes makes it true. One that is ``unmistakable`` is what
    somebody means who names it ("returned" is also said of money).
    """

    stem: str
    named: str
    done: str = ""
    noun: str = ""
    participle: str = "done"
    shown: str = ""
    covers_all: bool = False
    unmistakable: bool = False
