"""What a small model learns the airline from: clumsy and distracted calls that still pass, and what is hard to hear."""

import re
from itertools import combinations
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tarl_app.core.types import AgentTurn, ToolTurn, UserTurn
from tarl_app.domains import load_domain
from tarl_app.domains.airline.recipe.codes import codes
from tarl_app.domains.airline.recipe.dictation import dictation, held_out
from tarl_app.domains.airline.recipe.vocabulary import ordinary
from tarl_app.domains.airline.world.vocabulary import AIRPORTS, FIRST_NAMES, LAST_NAMES
from tarl_app.judges.reference.judge import ReferenceJudge
from tarl_app.language import told
from tarl_app.language.consent import says_yes
from tarl_app.language.spoken.inverse_text_normalization import normalise_heard
from tarl_app.recipes.omni_mini.data.held_out import about
from tarl_app.recipes.omni_mini.data.typos import typed
from tarl_app.recipes.omni_mini.stages.dialogues import Dialogue, converse
from tarl_app.users.wordings.phrasings import variants

AIRLINE = load_domain("airline")
TOPICS = AIRLINE.recipe.off_script
SETS = ("seen", "held_out", "test")


@pytest.fixture(scope="module")
def dialogues() -> list[Dialogue]:
    """Tasks of many kinds with a clumsy agent and a talkative customer."""
    tasks = AIRLINE.tasks("train")[:150:10]
    return [converse("airline", task, seed, 0.4, distraction=0.3) for seed, task in enumerate(tasks)]


def passed(one: Dialogue) -> bool:
    return one.episode.verdict is not None and one.episode.verdict.passed


def sentences(name: str) -> set[str]:
    return {sentence for templates in TOPICS.said[name].values() for one in templates for sentence in variants(one)}


def test_most_calls_with_mistakes_and_asides_pass(dialogues: list[Dialogue]) -> None:
    stumbled = [one for one in dialogues if one.stumbles]
    assert len(stumbled) > len(dialogues) / 3
    assert sum(map(passed, stumbled)) >= 0.8 * len(stumbled)
    assert sum(bool(one.asides) for one in dialogues) > 0.6 * len(dialogues)


def test_no_mistake_writes_anything(dialogues: list[Dialogue]) -> None:
    for one in dialogues:
        for index in one.stumbles:
            turn = one.episode.turns[index]
            assert isinstance(turn, AgentTurn)
            if any(AIRLINE.writes(call.name) for call in turn.tool_calls):
                answer = one.episode.turns[index + 1]
                assert isinstance(answer, ToolTurn)
                assert all(result.is_error for result in answer.results)


def test_to_a_wrong_proposal_customers_say_no_and_get_what_they_want() -> None:
    refused = kept = wrong = 0
    for kind in ("book", "change_flights", "change_cabin"):
        for task in [task for task in AIRLINE.tasks("train") if task.kind == kind][:6]:
            made = converse("airline", task, 7, 0.4)
            for index in made.stumbles:
                turn, answer = made.episode.turns[index], made.episode.turns[index + 1]
                if isinstance(turn, AgentTurn) and turn.text.startswith("To confirm") and isinstance(answer, UserTurn):
                    wrong += 1
                    refused += not says_yes(answer.text)
                    kept += passed(made) and not says_yes(answer.text)
    assert wrong > 5
    assert refused >= 0.8 * wrong
    assert kept >= 2 / 3 * refused


def test_a_customer_number_that_was_misheard_is_told_and_said_again() -> None:
    for seed, task in enumerate([task for task in AIRLINE.tasks("train") if "user_id" in task.facts][:5]):
        made = converse("airline", task, seed, mishearing=1.0)
        assert passed(made), task.id
        if made.stumbles:
            (index,) = made.stumbles
            looked, answer, said = made.episode.turns[index : index + 3]
            assert isinstance(looked, AgentTurn)
            assert isinstance(answer, ToolTurn)
            assert answer.results[0].is_error
            assert isinstance(said, AgentTurn)
            assert looked.tool_calls[0].arguments["user_id"] in said.text


def test_the_judge_finds_nothing_wrong_with_the_answers_to_asides(dialogues: list[Dialogue]) -> None:
    judge = ReferenceJudge(AIRLINE)
    for one in dialogues:
        scores = {score.turn: score for score in judge.judge(one.episode).scores}
        after = [scores[index + 1] for index in one.asides]
        assert all(score.score == 1 or score.rule == "consequence" for score in after), one.episode.task.id


def test_no_aside_says_yes_or_holds_an_id_and_the_three_sets_share_none() -> None:
    every = {name: sentences(name) for name in SETS}
    for sentence in set().union(*every.values()):
        assert not says_yes(sentence), sentence
        assert not told.ids_in(sentence), sentence
    assert [one & other for one, other in combinations(every.values(), 2)] == [set()] * 3
    assert all(TOPICS.said[name].keys() == TOPICS.answers.keys() for name in SETS)


def test_what_is_dictated_names_every_city_and_nobody_of_dev_or_test() -> None:
    said = dictation(1500, 0, held_out())
    assert dictation(50, 1) == dictation(50, 1) != dictation(50, 2)
    text = " ".join(said)
    assert all(f"from {city} to" in text or f"From {city} to" in text for _, city, *_ in AIRPORTS)
    tells = about(held_out())
    assert any(map(tells, dictation(6000, 0)))
    assert not any(map(tells, said))
    assert not any(map(tells, codes(2000, 0, held_out())))


def test_numbers_with_digits_called_double_are_customer_numbers_again_when_they_were_heard() -> None:
    called = [one for one in codes(900, 1) if re.search(r"number.*(double|triple) \d", one)]
    assert len(called) > 50
    assert all(re.search(r"\bM\d{7}\b", normalise_heard(one, AIRLINE.spoken)) for one in called)


@given(st.sampled_from(FIRST_NAMES), st.sampled_from(LAST_NAMES), st.sampled_from(AIRPORTS), st.integers(0, 9_999_999))
def test_typing_errors_touch_nothing_that_a_call_depends_on(first: str, last: str, airport: tuple, number: int) -> None:
    values = [f"M{number:07d}", f"{first} {last}", airport[1], "basic economy", "cheapest direct", "gift card"]
    text = "Hello, I would like to change this, please: " + ", really, ".join(values) + ". Thank you, goodbye."
    mistyped = typed(text, Random(number), ordinary())
    assert all(value in mistyped for value in values)


def test_most_sentences_of_somebody_who_mistypes_differ() -> None:
    assert (
        len({typed("Hello, I would like to change my trip, please.", Random(seed), ordinary()) for seed in range(40)}) > 20
    )
