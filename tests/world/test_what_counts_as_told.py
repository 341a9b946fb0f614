"""What counts as told: the forms are in ``what_counts_as_told.toml``, here also the ones that are made up at random."""

import ast
import re
import tomllib
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from num2words import num2words

from tarl_app.core.types import AgentTurn, Episode, ToldFact, UserTurn
from tarl_app.domains import load_domain
from tarl_app.domains.retail.goals import ShopGoal
from tarl_app.domains.retail.user.reading import read
from tarl_app.judges.reference.judge import ReferenceJudge
from tarl_app.language import told
from tarl_app.language.spoken.numerals import DIGITS, digit_by_digit, in_digits
from tarl_app.sandbox.checks import gold_episode
from tarl_app.sandbox.verifier import verify
from tarl_app.users.scripted import ScriptedUser

RETAIL = load_domain("retail")
TABLE = tomllib.loads((Path(__file__).parent / "what_counts_as_told.toml").read_text("utf-8"))["fact"]


def fact(kind: str, value: str) -> ToldFact:
    return ToldFact.model_validate({"label": "it", "kind": kind, "value": value})


def tells(kind: str, value: str, text: str) -> bool:
    return told.tells(text, fact(kind, value), RETAIL.fact_words)


def rows(column: str):
    return [
        pytest.param(one["kind"], one["value"], text, id=f"{one['value']}: {text}") for one in TABLE for text in one[column]
    ]


@pytest.mark.parametrize(("kind", "value", "text"), rows("told"))
def test_it_is_told_in_every_form_that_people_use(kind: str, value: str, text: str):
    assert tells(kind, value, text)


@pytest.mark.parametrize(("kind", "value", "text"), rows("not_told"))
def test_another_value_a_question_a_denial_a_doubt_or_a_choice_does_not_tell_it(kind: str, value: str, text: str):
    assert not tells(kind, value, text)


# --- at random --------------------------------------------------------------------------------------------------------

AMOUNTS = st.integers(0, 9_999_999).map(lambda cents: Decimal(cents) / 100)


def in_words(amount: Decimal, one: str = "one") -> str:
    """1083.50 -> one thousand and eighty-three dollars and fifty cents."""
    dollars, cents = divmod(int(amount * 100), 100)
    words = num2words(dollars).replace(",", "")
    said = f"{one}{words.removeprefix('one')}" if words.startswith(("one hundred", "one thousand")) else words
    return f"{said} dollar{'' if dollars == 1 else 's'}" + (f" and {num2words(cents)} cents" if cents else "")


FORMS = {
    "sign": lambda a: f"${a:,.2f}",
    "sign, no commas": lambda a: f"${a:.2f}",
    "US sign": lambda a: f"US${a:,.2f}",
    "code before": lambda a: f"USD {a:,.2f}",
    "code after": lambda a: f"{a:,.2f} USD",
    "dollars after": lambda a: f"{a:.2f} dollars",
    "bare": lambda a: f"{a:.2f}",
    "dollars and cents": lambda a: f"{int(a):,} dollars and {int(a * 100) % 100} cents",
    "words": in_words,
    "words with a": lambda a: in_words(a, "a"),
    "words without and": lambda a: in_words(a).replace(" and ", " ").replace("dollars ", "dollars and "),
    "no-break blank": lambda a: f"$\u00a0{a:,.2f}",
    "bold": lambda a: f"**${a:,.2f}**",
}
FRAMES = ("It was {}.", "No, it was {}.", "You paid {} in total, anything else?", "The balance is {}", "{} it is.")


@given(AMOUNTS, AMOUNTS, st.sampled_from(sorted(FORMS)), st.sampled_from(FRAMES))
def test_a_sum_in_any_form_tells_that_sum_and_no_other(amount: Decimal, other: Decimal, form: str, frame: str):
    text = frame.format(FORMS[form](amount))
    assert tells("money", f"{amount:.2f}", text)
    assert told.cents_in(text) == {int(amount * 100)}
    assume(other != amount)
    assert not tells("money", f"{other:.2f}", text)


@given(AMOUNTS, st.sampled_from(sorted(FORMS)))
def test_a_sum_that_is_asked_denied_or_one_of_two_is_not_told(amount: Decimal, form: str):
    said = FORMS[form](amount)
    for frame in ("Was it {}?", "It was not {}.", "It was {} or $0.01.", "Maybe {}.", "It was $0.01 instead of {}."):
        assume(amount != Decimal("0.01"))
        assert not tells("money", f"{amount:.2f}", frame.format(said))


IDS = st.from_regex(r"[0-9]{4,12}", fullmatch=True)
JOINTS = st.sampled_from(["", " ", "-", "–", "—", "\u2011", "\u2212", ".", " - "])


@given(IDS, IDS, JOINTS, st.integers(1, 4), st.booleans())
def test_an_id_in_any_grouping_tells_that_id_and_no_other(code: str, other: str, joint: str, size: int, spelled: bool):
    groups = [code[at : at + size] for at in range(0, len(code), size)]
    said = joint.join(groups)
    if spelled:
        said = " ".join(DIGITS[int(digit)] for digit in code)
    for text in (f"It ends in {said}.", f"No, it is {said}, from May."):
        assert tells("id", code, text)
        assume(other != code)
        assert not tells("id", other, text) or other in re.findall(r"\d+", text)
        assert not tells("id", code + "7", text)
        assert not tells("id", code[:-1], text) or code[:-1] in re.findall(r"\d+", text)
    assert not tells("id", code, f"Is it {said}?")


@given(
    st.dates(), st.dates(), st.sampled_from(["%Y-%m-%d", "%B %d, %Y", "%d %b %Y", "%m/%d/%Y", "%d-%b-%Y", "the %d of %B %Y"])
)
def test_a_day_in_any_form_tells_that_day_and_no_other(day, other, form: str):
    assume(day.year >= 1000 and other != day)
    text = f"It was on {day.strftime(form)}."
    assert tells("date", day.isoformat(), text)
    assert not tells("date", other.isoformat(), text)


@given(st.integers(0, 9999), st.integers(0, 9999), st.booleans())
def test_a_count_tells_that_count_and_no_other(count: int, other: int, words: bool):
    text = f"There are {num2words(count).replace(',', '') if words else f'{count:,}'} variants."
    assert tells("number", str(count), text)
    assume(other != count)
    assert not tells("number", str(other), text)


STATES = RETAIL.fact_words.rivals["status"]


@given(
    st.permutations(STATES),
    st.sampled_from(["It is {}, {} or {}.", "{}, {}, {}.", "{}. {}. {}.", "{}/{}/{}", "{}, {}, or {}"]),
)
def test_who_lists_the_states_has_told_none(states: list[str], frame: str):
    text = frame.format(*states[:3])
    assert not any(tells("text", state, text) for state in STATES)


@given(st.sampled_from(STATES), st.sampled_from(STATES))
def test_a_correction_tells_the_second_state_alone(wrong: str, right: str):
    assume(wrong != right)
    for frame in ("It is not {}, it is {}.", "No, it's not {} but {}.", "It isn't {}; it is {}."):
        text = frame.format(wrong, right)
        assert tells("text", right, text)
        assert not tells("text", wrong, text)


@given(st.text(max_size=120), st.sampled_from(["money", "number", "id", "date", "text"]), st.text(max_size=12))
def test_any_text_can_be_asked_for_any_fact(text: str, kind: str, value: str):
    tells(kind, value, text)
    told.could_tell(text, fact(kind, value), RETAIL.fact_words)
    told.without_amounts(text)
    told.ids_in(text)


def test_what_is_read_takes_no_time_however_long_and_odd_it_is():
    for piece in (
        "not pending ",
        "is it pending ",
        "$1 or ",
        "1.23, ",
        "4 2 ",
        "may 3 or ",
        "pending, ",
        "no, ",
        "a hundred and ",
    ):
        for kind, value in (("money", "1.24"), ("number", "5"), ("id", "42"), ("date", "2026-01-01"), ("text", "delivered")):
            assert not tells(kind, value, piece * 1_500)


# --- who asks here ----------------------------------------------------------------------------------------------------

CANCELLED = next(
    task for task in RETAIL.tasks("train") if task.kind == "lookup" and [f.value for f in task.must_tell] == ["cancelled"]
)
ORDER = ShopGoal.of(CANCELLED.goals[0]).order_id or ""


def answered(text: str) -> Episode:
    """The ideal path of a question for a status, with this for an answer."""
    episode = gold_episode(CANCELLED, RETAIL)
    turns = [AgentTurn(text=text) if isinstance(turn, AgentTurn) and turn.text else turn for turn in episode.turns]
    return episode.model_copy(update={"turns": tuple(turns)})


@pytest.mark.parametrize(
    ("text", "right"),
    [
        (f"Order {ORDER} is canceled.", True),
        (f"No, it's cancelled. That is order {ORDER[:5]}–{ORDER[5:]}.", True),
        ("It has been canceled, anything else?", True),
        ("It is not canceled.", False),
        ("Is it canceled?", False),
        ("It is pending, delivered or canceled.", False),
        ("It is delivered.", False),
    ],
)
def test_the_verifier_passes_who_told_it_and_nobody_else(text: str, right: bool):
    assert verify(answered(text), RETAIL).passed is right


@pytest.mark.parametrize(
    ("text", "minus"),
    [
        (f"Order {ORDER} is canceled.", False),
        (f"Order {ORDER} is cancelled.", False),
        (f"Order {ORDER[:5]}\u2011{ORDER[5:]} is delivered.", True),
        (f"Order {ORDER} is delivered.", True),
        (f"Order {ORDER} was a hundred thousand and eighty-three dollars.", True),
        (f"Order {ORDER} was US$100083.", True),
        (f"Order {ORDER} was 100,083 USD.", True),
    ],
)
def test_the_judge_reads_states_and_sums_as_the_verifier_does(text: str, minus: bool):
    scores = [score.score for score in ReferenceJudge(RETAIL).judge(answered(text)).scores]
    assert (min(scores) == -1) is minus


@pytest.mark.parametrize(
    "text", ["No, it's canceled.", "It was called off.", f"Order {ORDER} is canceled.", "It has already shipped."]
)
def test_the_simulated_customer_takes_any_state_for_an_answer_to_a_question_for_it(text: str):
    assert replies(text)[-1] is None


@pytest.mark.parametrize("text", [f"I found order {ORDER}.", "Everything is all right with that one."])
def test_the_simulated_customer_waits_for_a_state(text: str):
    assert replies(text)[-1] is not None


def replies(text: str) -> list[UserTurn | None]:
    """What the customer says first, when asked who they are, to this answer, and to a goodbye after it."""
    user, turns, said = ScriptedUser(CANCELLED, RETAIL), [], []
    for utterance in ("Could you give me your name, e-mail address and zip code?", text, "Goodbye!", None):
        said.append(user.speak(turns))
        if said[-1] is None or utterance is None:
            return said
        turns += [said[-1], AgentTurn(text=utterance)]
    return said


@pytest.mark.parametrize(
    "form", ["#W{}", "W{0[0]}{0[1]}{0[2]}–{0[3]}{0[4]}{0[5]}{0[6]}", "W {0[0]} {0[1]} {0[2]} {0[3]} {0[4]} {0[5]} {0[6]}"]
)
def test_the_simulated_customer_knows_an_order_by_its_number_in_any_grouping(form: str):
    assert read(f"I look at order {form.format('4821359')} now.").order_ids == {"#W4821359"}


@pytest.mark.parametrize("text", ["so it is 183 dollars", "so it is US$183", "so it is a hundred and eighty-three dollars"])
def test_a_sum_that_the_customer_named_is_one_that_an_agent_may_say(text: str):
    turns = gold_episode(CANCELLED, RETAIL).turns
    assert "183.00" not in RETAIL.guard.amounts(turns)
    assert "183.00" in RETAIL.guard.amounts((*turns, UserTurn(text=text)))


def test_no_module_of_what_counts_as_told_has_words_of_the_shop():
    own = {word.lower() for group in RETAIL.fact_words.rivals.values() for value in group for word in value.split()}
    for module in Path(told.__file__).parent.glob("*.py"):
        tree = ast.parse(module.read_text("utf-8"))
        shown = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}  # docstrings
        texts = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in shown]
        found = own & set(re.findall(r"[a-z]+", " ".join(text for text in texts if isinstance(text, str))))
        assert not found, module.name


# --- numbers in words -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("a hundred and five", "105"),
        ("a thousand", "1000"),
        ("5 hundred and twenty", "520"),
        ("2.5 million", "2500000"),
        ("a few hundred", "a few hundred"),
        ("half a million", "half a million"),
        ("the total of a hundred", "the total of 100"),
    ],
)
def test_hundreds_are_read_with_an_article_or_digits_and_not_when_they_are_vague(text: str, digits: str):
    assert in_digits(text) == digits


@given(st.from_regex(r"[0-9]{2,12}", fullmatch=True))
def test_digits_that_are_read_out_one_by_one_are_read_back(code: str):
    for oh in ("zero", "oh"):
        said = " ".join(oh if digit == "0" else DIGITS[int(digit)] for digit in code)
        assert digit_by_digit(said).replace(" ", "") == code
