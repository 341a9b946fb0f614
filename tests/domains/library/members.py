"""What the library's members call about (a task each), and how they think and talk. The policy follows from the world."""

from collections.abc import Sequence
from random import Random

from tarl_app.core.domain import Split
from tarl_app.core.types import Goal, Task, ToldFact, ToolCall
from tarl_app.sandbox.tools.service_tools import TRANSFER
from tarl_app.users.agenda import ScriptedAgenda
from tarl_app.users.reading import Reading, read
from tarl_app.users.replies import Mismatch, Replies
from tarl_app.users.wordings.courtesies import COURTESIES
from tests.domains.library.world import BOOKS, CARDS, DAYS, DUE, EXTENSION, NAMES, TITLES, toolbox

PATHS = {"lookup": (), "lend": ("find_book", "lend_book"), "return": ("return_book",), "extend": ("extend_loan",)}
PATHS |= {"transfer": (TRANSFER,)}
WORDINGS = {  # rule: its wordings in the sets "seen", "held_out" and "test"
    "want.lookup": (("When is {book_title} due?",), ("Until when have I {book_title}?",), ("{book_title} is due when?",)),
    "want.lend": (("May I borrow {book_title}?",), ("Could you lend me {book_title}?",), ("I'd take {book_title} home.",)),
    "want.return": (("I have brought back {book_title}.",), ("I return {book_title}.",), ("Take {book_title} back.",)),
    "want.extend": (("Can I keep {book_title} for longer?",), ("Would you renew {book_title}?",), ("Extend {book_title}.",)),
    "want.transfer": (("I have lost {book_title}.",), ("{book_title} has gone missing.",), ("Who stole {book_title}?",)),
    "give.card_number": (("My card is {card_number}.", "{card_number}."), ("I'm {card_number}.",), ("No. {card_number}.",)),
}
SEEN, HELD_OUT, TEST = ({**it, **{r: sets[n] for r, sets in WORDINGS.items()}} for n, it in enumerate(COURTESIES.values()))
MEMBERS: dict[Split, range] = {"train": range(4), "dev": range(4, 8), "test": range(8, 12)}


def task(split: Split, n: int) -> Task:
    goal = [*PATHS][n % len(PATHS)]
    refused = n % 2 == 0 and goal in ("lend", "extend")  # they have three books, and have extended all of them
    place, path = 4 * n + 3 * (goal == "lend"), ("find_member", *(() if refused else PATHS[goal]))
    said, end = HELD_OUT[f"want.{goal}"][0].format(book_title=TITLES[place]), "transferred" if goal == "transfer" else "done"
    known = {"card_number": CARDS[n], "book_id": BOOKS[place], "book_title": TITLES[place], "summary": said}
    gold = ((one.name, {name: known[name] for name in one.parameters["properties"]}) for one in toolbox.specs)
    days = {"lookup": DAYS[n], "lend": DUE, "extend": DAYS[n] + EXTENSION, "transfer": DAYS[n]}
    told = () if refused or goal not in days else (ToldFact(label="due date", kind="date", value=str(days[goal])),)
    return Task(
        id=f"library-{split}-{n}", domain="library", split=split, kind="refusal" if refused else goal,
        instruction=f"You are {NAMES[n]}, your library card is {CARDS[n]}. You say: {said}",
        facts={"name": NAMES[n], "card_number": CARDS[n]}, must_tell=told, must_transfer=goal == "transfer",
        goals=(Goal(kind=goal, expect="refused" if refused else end, question=said, tell=told, details=known),),
        gold=tuple(ToolCall(id=name, name=name, arguments=given) for name, given in gold if name in path),
    )  # fmt: skip


class Agenda(ScriptedAgenda[Goal, Reading, Replies]):
    subject = "book"

    def __init__(self, task: Task, rng: Random) -> None:
        super().__init__(task, rng, task.goals, Replies(task, rng, {"card_number"}))

    def read(self, said: str) -> Reading:
        return read(said, lambda sentence: {"card_number"} if "card" in sentence else set())

    def mismatches(self, r: Reading, goal: Goal) -> Sequence[Mismatch]:
        fits = goal.details["book_title"].lower() in r.text and r.transfers == (goal.kind == "transfer")
        return () if fits else (Mismatch("book"),)
