"""What the library's members call about (a task each), and how they think and talk. The policy follows from the world."""

from tarl_app.core.domain import Say, Sayings, Split
from tarl_app.core.types import Goal, Task, ToldFact, ToolCall
from tarl_app.language.told import could_tell
from tarl_app.users import reading
from tests.domains.library.world import BOOKS, CARDS, DAYS, DUE, EXTENSION, NAMES, TITLES, TRANSFER, toolbox

GOALS = ("lookup", "lend", "return", "extend", "transfer")
PATHS = {"lend": ("find_book", "lend_book"), "return": ("return_book",), "extend": ("extend_loan",), "transfer": (TRANSFER,)}
WORDINGS = {  # goal or answer: its wordings in the sets "seen", "held_out" and "test"
    "lookup": (("When is {title} due?",), ("Until when may I have {title}?",), ("My {title}: when is it due?",)),
    "lend": (("[May|Can] I borrow {title}?",), ("Could you lend me {title}?",), ("I want to take {title} home.",)),
    "return": (("I have brought back {title}.",), ("{title} is in your box again, I return it.",), ("Take {title} back.",)),
    "extend": (("Can I keep {title} for longer?",), ("Would you renew {title} for me?",), ("Please extend {title}.",)),
    "transfer": (("I have lost {title}.",), ("{title} has gone missing.",), ("Somebody stole {title} from me.",)),
    "card": (("[It's|My card is] {card}.", "{card}."), ("You can find me under {card}.",), ("{card} says my card.",)),
    "yes": (("Yes[, please|].",), ("Sure, go ahead.", "Correct."), ("By all means.",)),
    "bye": (("That's all, [thank you|thanks].", "Thanks, bye."), ("Great, that was everything.",), ("Bye for now.",)),
}
SEEN, HELD_OUT, TEST = ({rule: sets[place] for rule, sets in WORDINGS.items()} for place in range(3))
MEMBERS: dict[Split, range] = {"train": range(4), "dev": range(4, 8), "test": range(8, 12)}


def task(split: Split, n: int) -> Task:
    goal = GOALS[n % len(GOALS)]
    refused = n % 2 == 0 and goal in ("lend", "extend")  # they have three books, and have extended all of them
    place, path = 4 * n + 3 * (goal == "lend"), ("find_member", *(() if refused else PATHS.get(goal, ())))
    said, expect = HELD_OUT[goal][0].format(title=TITLES[place]), "transferred" if goal == "transfer" else "done"
    known = {"card_number": CARDS[n], "book_id": BOOKS[place], "book_title": TITLES[place], "summary": said}
    gold = ((one.name, {name: known[name] for name in one.parameters["properties"]}) for one in toolbox.specs)
    days = {"lookup": DAYS[n], "lend": DUE, "extend": DAYS[n] + EXTENSION, "transfer": DAYS[n]}
    told = () if refused or goal not in days else (ToldFact(label="due date", kind="date", value=str(days[goal])),)
    return Task(
        id=f"library-{split}-{n}", domain="library", split=split, kind="refusal" if refused else goal,
        instruction=f"You are {NAMES[n]}, your library card is {CARDS[n]}. You say: {said}",
        facts={"name": NAMES[n], "card_number": CARDS[n]}, must_tell=told, must_transfer=goal == "transfer",
        goals=(Goal(kind=goal, expect="refused" if refused else expect, question=said, tell=told, details=known),),
        gold=tuple(ToolCall(id=name, name=name, arguments=given) for name, given in gold if name in path),
    )  # fmt: skip


class Agenda:  # one member in one conversation
    def __init__(self, task: Task, _: object) -> None:
        self.goal, self.agreed, self.leaving = task.goals[0], False, False
        self.slots = {"card": task.facts["card_number"], "title": self.goal.details["book_title"]}

    def open(self) -> Sayings:
        return [Say(self.goal.kind, self.slots)]

    def react(self, said: str) -> Sayings | None:
        r = reading.read(said, lambda sentence: {"card"} if "card" in sentence else set())
        if self.leaving:
            return None  # hangs up
        if r.proposes and r.transfers == (self.goal.kind == "transfer"):
            self.agreed = self.slots["title"].lower() in r.text
            return [Say("yes")] if self.agreed else self.open()
        if "card" in r.asks:
            return [Say("card", self.slots)]
        told = self.goal.kind == "lookup" and all(could_tell(said, fact) for fact in self.goal.tell)
        self.leaving = self.agreed or told or r.refuses
        return [Say("bye")] if self.leaving else self.open()
