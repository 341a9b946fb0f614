"""The kinds of change that a domain's tools make, and the words for each."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Action:
    """One kind of change, such as cancelling.

    ``stem`` is its part in names of tools and kinds of goals: the "cancel" of ``cancel_booking``. The words are
    alternatives of a regular expression over folded text: ``named`` mentions it ("cancelling"), ``done`` says that it
    has happened ("cancelled"), ``noun`` is what is requested or processed ("cancellation"). Without ``done`` it cannot
    be claimed.

    ``participle`` is the claim in words for people; ``shown`` is the value in the data that says that it has happened.
    An action that ``covers_all`` is any change: one call that writes makes it true. An ``unmistakable`` action is
    always meant when it is named ("returned" is also said of money).
    """

    stem: str
    named: str
    done: str = ""
    noun: str = ""
    participle: str = "done"
    shown: str = ""
    covers_all: bool = False
    unmistakable: bool = False
