"""What planters of any domain use, tried on a domain that has no exam of its own: the library."""

from dataclasses import replace
from random import Random

import pytest

from tarl_app.core.domain import Wording
from tarl_app.exam.faults import sends_away, writes_after_a_no
from tarl_app.exam.planting import Alterations, gold_write
from tarl_app.exam.script import Script, record
from tests.domains.library.domain import library
from tests.domains.library.expert import WORDINGS
from tests.domains.library.world import BOOKS

LIBRARY = library()
WORDING = Wording(WORDINGS, (("Bye.", "Goodbye."),))


def script_of(kind, domain=LIBRARY):
    task = next(task for split in ("train", "dev") for task in domain.tasks(split) if task.kind == kind)
    clean = record(task, domain, "seen")
    assert clean is not None
    return Script(clean, domain, WORDING, Random(1))


def other_books(script, value):
    """One that is not there, the very same in other signs, one on loan, one that can be lent, and another such one."""
    return ("B999999", value, BOOKS[0], BOOKS[6], BOOKS[5])


def test_a_write_is_made_with_the_first_other_value_that_works_and_reported():
    script = script_of("lend")
    assert Alterations({"book_id": other_books}).write(script, "card_number", "book_id")
    assert script.planted is not None
    assert script.turns[script.planted].tool_calls[0].arguments["book_id"] == BOOKS[6]
    assert script.turns[-1].text == "Goodbye."


def test_nothing_is_altered_where_no_other_value_works_or_the_call_has_no_such_argument():
    script = script_of("lend")
    place, write = gold_write(script)
    script.follow(place)
    assert Alterations({"book_id": lambda *_: ("B999999",)}).call(script, write, "book_id") is None
    assert Alterations({"title": lambda *_: ("Moby-Dick",)}).call(script, write, "title", "book_id") is None
    assert not Alterations({"title": lambda *_: ("Moby-Dick",)}).write(script_of("lend"), "title")
    assert not Alterations({"book_id": other_books}).write(script_of("lookup"), "book_id")


@pytest.mark.parametrize(("names", "looked_up"), [(("book_id",), 1), (("card_number",), 0), (("title",), 0)])
def test_a_look_up_shows_other_values_before_an_argument_that_stands_in_the_write_is_altered(names, looked_up):
    found = []
    others = {"book_id": other_books, "title": other_books}
    Alterations(others, look_ups={"book_id": found.append, "title": found.append}).write(script_of("lend"), *names)
    assert len(found) == looked_up


def test_a_write_after_a_no_is_the_fault_and_its_report_no_second_one():
    script = script_of("lend")
    assert writes_after_a_no(script)
    assert list(script.truth.values()).count(-1) == 1
    assert script.turns[script.planted].tool_calls[0].name == "lend_book"


def test_a_needless_transfer_is_planted_only_where_a_tool_hands_over():
    script = script_of("refusal")
    assert sends_away(script)
    assert [call.name for call in script.turns[script.planted].tool_calls] == [LIBRARY.transfer_tool]
    assert not sends_away(script_of("refusal", replace(LIBRARY, transfer_tool=None)))
    assert not sends_away(script_of("transfer"))  # who has lost a book needs a person
