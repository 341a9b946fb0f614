"""What can be done to a trip, and the words for it. Stems are parts of the tools' names."""

from tarl_app.core.domain import Action

ACTIONS = (
    Action(
        "book",
        named=r"book\w*|reserv(?:e|ing)\b|buy\w*|one[- ]way|round[- ]trip|jn ?\d{4}",
        done=r"booked",
        noun=r"booking",
        participle="booked",
        unmistakable=True,
    ),
    Action(
        "cancel",
        named=r"cancel\w*|refund\w*",
        done=r"cancell?ed|refunded",
        noun=r"cancell?ation|refund",
        participle="cancelled",
        shown="cancelled",
        unmistakable=True,
    ),
    # Words for any change of a trip; each of the three tools has its own noun below.
    Action(
        "update",
        named=r"(?!)",
        done=r"changed|updated|modified|switched|swapped|replaced|moved|rebooked|rescheduled|upgraded|added",
        noun=r"change|update|upgrade",
        participle="changed",
        covers_all=True,
    ),
    Action("flights", named=r"flights?\b|fly\b|flying|cabins?\b|business|economy|jn ?\d{4}"),
    Action("baggages", named=r"(?<!pay for )(?:bags?\b|baggage|luggage|suitcases?)"),
    Action("passengers", named=r"passengers?\b|travel\w*|instead of|in place of|takes? the place|seat of|names?\b|born\b"),
    Action(
        "send",
        named=r"send\w*|certificates?|compensat\w*|vouchers?|issu\w+",
        done=r"issued|compensated",
        noun=r"certificate|compensation",
        participle="sent",
    ),
)
