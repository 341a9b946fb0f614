"""What can be done to an order or an account, and the words for it."""

from tarl_app.core.domain import Action

ACTIONS = (
    Action(
        "cancel",
        named=r"cancel\w*",
        done=r"cancell?ed",
        noun=r"cancell?ation",
        participle="cancelled",
        shown="cancelled",
        unmistakable=True,
    ),
    Action(
        "return",
        named=r"return\w*|send(?:ing)? (?:it|them|that|this) back|refund\w*",
        done=r"returned|refunded",
        noun=r"return|refund",
        participle="returned",
        shown="return requested",
    ),
    Action(
        "exchange",
        named=r"exchang\w*|swap\w*|replac\w*|switch\w*",
        done=r"exchanged|swapped|replaced",
        noun="exchange",
        participle="exchanged",
        shown="exchange requested",
        unmistakable=True,
    ),
    Action(
        "modify",
        named=r"modif\w*|chang\w*|updat\w*|switch\w*|swap\w*|replac\w*|"
        r"mov(?:e|ing)\b|pay\w*|charg\w*|set\b|deliver\w*|ship\w*|us(?:e|ing)\b",
        done=r"modified|changed|updated|switched",
        noun=r"change|update|modification",
        participle="changed",
        shown="modified",
        covers_all=True,
    ),
    # The shop books nothing, so a claim that something is booked is invented.
    Action("book", named=r"book\w*|reserv\w*", done=r"booked|reserved", noun="booking"),
)
