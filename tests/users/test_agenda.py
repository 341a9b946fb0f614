"""The agenda of scripted customers, and what it says where a domain says nothing else: tried on the library."""

from random import Random

import pytest

from tarl_app.core.domain import Say
from tarl_app.core.types import Goal, Persona, Task
from tarl_app.users.agenda import REPEATS, STALLS
from tarl_app.users.replies import Mismatch, Replies, misremembered
from tarl_app.users.wordings.courtesies import COURTESIES
from tarl_app.users.wordings.phrasings import phrase, variants
from tests.domains.library.domain import library
from tests.domains.library.members import Agenda, task

LIBRARY = library()
LEND, EXTEND, LOOKUP = task("train", 1), task("train", 3), task("train", 0)
TITLE = LEND.goals[0].details["book_title"]
PROPOSAL = f"Shall I lend you {TITLE}?"


def agenda(given: Task = LEND, **changes) -> Agenda:
    made = Agenda(given.model_copy(update=changes), Random(0))
    made.open()
    return made


def rules(acts: list[Say] | None) -> list[str] | None:
    return None if acts is None else [act.rule for act in acts]


def both_goals() -> tuple[Goal, ...]:
    return (*LEND.goals, *EXTEND.goals)


def test_it_opens_with_a_greeting_and_the_goal():
    assert rules(Agenda(LEND, Random(0)).open()) == ["hello", "want.lend"]
    assert rules(Agenda(LEND.model_copy(update={"goals": ()}), Random(0)).open()) == ["hello", "say"]


def test_consent_is_given_to_what_was_wanted_and_to_nothing_else():
    assert rules(agenda().react(PROPOSAL)) == ["yes"]
    assert rules(agenda().react("Shall I lend you Moby-Dick?")) == ["no"]
    assert rules(agenda().react("Shall I transfer you to a human agent?")) == ["decline"]


def test_done_leads_to_the_next_goal_and_then_to_goodbye():
    two = agenda(goals=both_goals())
    two.react(PROPOSAL)
    assert rules(two.react("That is done.")) == ["next", "want.extend"]
    two.react(f"Shall I extend {EXTEND.goals[0].details['book_title']}?")
    assert rules(two.react("That is done, too.")) == ["bye"]
    assert two.react("Goodbye!") is None


def test_a_refusal_is_accepted_after_insisting_as_often_as_the_goal_says():
    stubborn = agenda(goals=(LEND.goals[0].model_copy(update={"expect": "refused", "insists": 1}),))
    assert rules(stubborn.react("I'm afraid that is not possible.")) == ["insist"]
    assert rules(stubborn.react("It really is not possible.")) == ["accept", "bye"]


def test_what_comes_instead_follows_a_refusal_or_a_change_of_mind():
    refused = LEND.goals[0].model_copy(update={"expect": "refused", "instead": EXTEND.goals[0]})
    assert rules(agenda(goals=(refused,)).react("I'm afraid that is not possible.")) == ["then", "want.extend"]
    fickle = LEND.goals[0].model_copy(update={"changes_mind": True})
    assert rules(agenda(goals=(fickle,)).react(PROPOSAL)) == ["change_mind", "bye"]
    fickle = fickle.model_copy(update={"instead": EXTEND.goals[0]})
    assert rules(agenda(goals=(fickle,)).react(PROPOSAL)) == ["change_mind", "want.extend"]


def test_facts_are_given_when_asked_and_once_more_when_nothing_was_found():
    card = LEND.facts["card_number"]
    assert agenda().react("What is your card number?") == [Say("give.card_number", {"card_number": card})]
    (again,) = agenda().react("I could not find an account.") or ()
    assert (again.rule, rules(list(again.rest))) == ("again", ["give.card_number"])


def test_a_fact_that_is_remembered_wrongly_is_put_right_when_it_is_not_found():
    wrong = agenda(persona=Persona(misremembers=("card_number",)))
    (first,) = wrong.react("What is your card number?") or ()
    assert first.slots["card_number"] != LEND.facts["card_number"]
    (oops,) = wrong.react("I could not find an account.") or ()
    assert (oops.rule, oops.rest[0].slots) == ("oops", {"card_number": LEND.facts["card_number"]})


def test_only_words_that_can_be_the_answer_end_a_question():
    due = LOOKUP.must_tell[0].value
    assert rules(agenda(LOOKUP).react(f"It is due on {due}.")) == ["bye"]
    assert rules(agenda(LOOKUP).react("It is a lovely book.")) == ["ok"]


def test_the_same_words_again_and_again_are_given_up():
    bored = agenda()
    said = [rules(bored.react("Our library is the oldest one of the county.")) for _ in range(REPEATS + 1)]
    assert said == [["ok"]] * (REPEATS - 1) + [["give_up"], None]


def test_reactions_without_progress_are_given_up():
    bored = agenda()
    said = [rules(bored.react(f"Our library has {n} rooms and {n} cats.")) for n in range(1, STALLS + 2)]
    assert said.index(["give_up"]) < STALLS
    assert said[-1] is None


def test_a_goal_that_was_forgotten_is_reminded_of_once():
    forgotten = agenda()
    assert rules(forgotten.react("Is there anything else?")) == ["still", "want.lend"]
    assert rules(forgotten.react("Well, anything else?")) == ["accept", "bye"]


def test_an_unknown_style_adds_no_details_and_corrections_state_the_goal():
    replies = Replies(LEND, Random(0), {"card_number"})
    assert rules(replies.state(LEND.goals[0])) == ["want.lend"]
    assert rules(replies.correction(Mismatch("book"), LEND.goals[0])) == ["want.lend"]


@pytest.mark.parametrize("number", ["C204817", "1123", "77777", "abc", "9"])
def test_a_number_that_is_misremembered_is_another_one(number):
    assert all(misremembered(number, Random(seed)) != number for seed in range(20))


@pytest.mark.parametrize("wordings", ["seen", "held_out"])
def test_there_are_words_for_whatever_a_customer_does(wordings):
    """Utterances in random order: every act that comes of them can be said."""
    said = (
        "",
        "Hm.",
        "One moment.",
        PROPOSAL,
        "Shall I go on?",
        "No account was found.",
        "I can't.",
        "Done.",
        "What is your card?",
        "Anything else?",
        "Which book?",
        "How can I help you?",
        "I'll transfer you to a human.",
        "Shall I transfer you?",
    )
    table, seen = LIBRARY.customer.phrasings[wordings], set()
    for seed in range(200):
        rng = Random(seed)
        goal = LEND.goals[0].model_copy(update={"changes_mind": seed % 3 == 0, "instead": EXTEND.goals[0]})
        persona = Persona(misremembers=("card_number",) if seed % 2 else ())
        one = Agenda(LEND.model_copy(update={"goals": (goal, *LOOKUP.goals), "persona": persona}), rng)
        acts = one.open()
        while acts is not None:
            for act in (inner for outer in acts for inner in (outer, *outer.rest) if inner.rule != "say"):
                seen.add(act.rule)
                phrase(table, act.rule, rng, **act.slots, **({"rest": "Well."} if act.rest else {}))
            acts = one.react(rng.choice(said))
    assert seen >= COURTESIES[wordings].keys() - {"unknown"}


def test_the_courtesies_of_both_sets_have_the_same_rules_and_no_sentence_in_common():
    seen, held_out = COURTESIES["seen"], COURTESIES["held_out"]
    assert seen.keys() == held_out.keys()

    def sentences(table):
        return {one for texts in table.values() for text in texts for one in variants(text)}

    assert not sentences(seen) & sentences(held_out)
