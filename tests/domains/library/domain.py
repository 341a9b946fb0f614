"""The library put together: every part that engines read."""

from tarl_app.core.domain import Action, Customer, Domain, Effect, Expert, Judging, Labels
from tarl_app.core.domain.judging import Finding, Identity, JudgedWords, ReadBack, Shows
from tarl_app.core.spoken import IdForm, Spoken
from tarl_app.core.types import AgentTurn
from tarl_app.judges.reference.evidence import Evidence
from tarl_app.language.told.dates import days
from tarl_app.sandbox.environment import DatabaseEnvironment
from tarl_app.sandbox.tools.service_tools import TRANSFER
from tests.domains.library.expert import WORDINGS, State, decide
from tests.domains.library.members import HELD_OUT, MEMBERS, SEEN, TEST, Agenda, task
from tests.domains.library.world import TEMPLATE, toolbox

POLICY = """\
Ask for the card number first and find the member. At most 3 loans; a loan lasts 28 days and can be extended once.
Before you lend, return or extend, name the book with its id and wait for a yes. Refuse what is not allowed.
Lost books: tell when the book is due, then transfer to a person. Transfer nobody else. Today is 2026-05-04.
"""
DONE = {"lend_book": "lent", "return_book": "returned", "extend_loan": "extended"}
TITLES = {"find_member": "Opened the account", "find_book": "Looked up a book", TRANSFER: "Handed over to a person",
          "lend_book": "Lent a book", "return_book": "Took a book back", "extend_loan": "Extended a loan"}  # fmt: skip


def invented_day(evidence: Evidence, turn: AgentTurn) -> Finding | None:
    """Every day that the agent names was said by the member, shown by a tool, or is in the policy."""
    known = {day[1:] for text in (evidence.said, evidence.shown, POLICY) for day in days(text)}
    return (-1, "told a date that no tool has shown") if any(day[1:] not in known for day in days(turn.text)) else None


JUDGING = Judging(
    actions=(Action("lend", "lend|lent|borrow", "lent"), Action("return", "return|brought back", "returned"),
             Action("extend", "extend|extension|renew", "extended|renewed")),
    identity=Identity(("find_member",), lambda call, _: call.arguments["card_number"], "card_number", asked="card"),
    read_back=ReadBack(targets=("book_id",)), text_rules=(("wrong_date", invented_day),),
    shows=lambda call, _: Shows(owner=call.arguments.get("card_number")),
    words=JudgedWords(wanted="borrow|lend|return|back|keep|extend|renew|due|lost|missing"),
)  # fmt: skip


def library() -> Domain:
    return Domain(
        name="library", policy=POLICY, policy_brief=POLICY, tools=toolbox.specs, transfer_tool=TRANSFER,
        tasks=lambda split: tuple(task(split, member) for member in MEMBERS[split]),
        open=lambda: DatabaseEnvironment(TEMPLATE, toolbox, TRANSFER), about=lambda task: task.gold[:1],
        describe=lambda call: Effect(f"The book {call.arguments.get('book_id')}", "was", DONE.get(call.name, "touched")),
        customer=Customer(agenda=Agenda, phrasings={"seen": SEEN, "held_out": HELD_OUT, "test": TEST}),
        expert=Expert(state=State, decide=decide, wordings=WORDINGS), judging=JUDGING,
        labels=Labels(tools=TITLES, goal=lambda goal: f"{goal.kind} {goal.details['book_title']}"),
        spoken=Spoken(prompt="Card C204807, book B500002.", ids=(IdForm("C", 6), IdForm("B", 6))),
    )  # fmt: skip
