"""How an ideal agent serves the library's members: all that it says was said to it, or answered by a tool."""

import json
import re

from tarl_app.core.domain import Act, Say, Use
from tarl_app.core.types import Task, ToolCall, ToolResult
from tarl_app.language import consent, told
from tarl_app.sandbox.tools.service_tools import TRANSFER
from tests.domains.library.world import MOST

WORDINGS = {
    "ask_card": ("Gladly. What is your card number?", "May I have your card number, please?"),
    "ask_book": ("Which book is it about, and what shall I do?",),
    "confirm": ("To confirm: I {what} {book_title}, {book_id}. Is that right?", "Shall I {what} {book_title}, {book_id}?"),
    "confirm_transfer": ("{book_title} is due on {due}. A colleague deals with lost books: shall I connect you?",),
    "returned": ("Thank you, {book_title} has been returned. Is there anything else?",),
    "done": ("That is done: {book_title} is due on {due}. Is there anything else?",),
    "due": ("{book_title} is due on {due}. Is there anything else?", "{book_title} is due on {due}. Anything else?"),
    "refuse": ("I am sorry, that is not possible: {why}. Can I do anything else for you?",),
    "bye": ("You are welcome. Goodbye!", "Thank you for calling. Goodbye!"),
}
GOALS = {  # the first one that is heard counts: (how it is heard, its tool, in a proposal, why it may be refused)
    "transfer": (r"\blost\b|missing|stole", TRANSFER, "", "you do not have this book"),
    "lookup": (r"\bdue\b|when do i|until when", "", "", "you do not have this book"),
    "extend": ("extend|longer|renew", "extend_loan", "extend the loan of", "a loan can be extended only once"),
    "return": (r"\bback\b|return", "return_book", "note the return of", "you do not have this book"),
    "lend": (r"borrow|lend|\btake\b", "lend_book", "lend you", f"the book is on loan, or you have {MOST}"),
    "bye": (r"\bbye\b|that's all|everything", "", "", ""),
}


class State:  # what the dialogue has shown so far; ``books`` are by title
    def __init__(self, task: Task) -> None:
        self.asked = self.card = self.title = self.wants = ""
        self.calls, self.agreed, self.written, self.member, self.books = 0, False, False, {}, {}

    def hear(self, text: str) -> None:
        self.agreed, self.written = self.asked == "confirm" and consent.says_yes(text), False
        card, title = re.search(r"\bC\d{6}\b", told.unspell(text)), re.search(r"[A-Z]\w+ and the [A-Z]\w+", text)
        self.card, self.title = card[0] if card else self.card, title[0] if title else self.title
        self.wants = next((name for name, (heard, *_) in GOALS.items() if re.search(heard, text.lower())), self.wants)

    def observe(self, call: ToolCall, result: ToolResult) -> None:
        self.calls, self.written = self.calls + 1, call.name.startswith(("lend", "return", "extend"))
        if result.is_error:  # there is no such card, or no such book
            self.card, self.title, self.written = self.card if self.member else "", "", False
        elif call.name != TRANSFER:
            found = json.loads(result.content)
            self.member, self.books = (found, {}) if "loans" in found else (self.member, self.books)
            self.books |= {one["book_title"]: one for one in found.get("loans", [found])}


def decide(s: State) -> Act:
    if s.wants == "bye":
        return Say("bye")
    if not s.member:
        return Use("find_member", {"card_number": s.card}) if s.card else Say("ask_card", asks="card")
    if not (s.wants and s.title):
        return Say("ask_book", asks="book")
    book, (_, tool, what, refusal) = s.books.get(s.title, {"book_title": s.title}), GOALS[s.wants]
    if s.written or (s.wants == "lookup" and "due" in book):
        return Say("returned" if "due" not in book else "done" if s.written else "due", book)
    if s.title not in s.books:
        return Use("find_book", {"book_title": s.title})
    allowed = {"lend": book.get("available") and len(s.member["loans"]) < MOST, "extend": book.get("extend_to")}
    if not allowed.get(s.wants, "due" in book):
        return Say("refuse", {"why": refusal})
    if not s.agreed:
        return Say("confirm_transfer" if tool == TRANSFER else "confirm", {**book, "what": what}, asks="confirm")
    known = {"card_number": s.card, "book_id": book["book_id"]}
    return Use(tool, {"summary": f"{s.card} has lost {s.title}."} if tool == TRANSFER else known)
