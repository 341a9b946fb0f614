"""Slips of the keyboard touch ordinary words only, and spelled or said values are read back."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from tarl_app.domains.retail.recipe.dictation import dictation
from tarl_app.domains.retail.recipe.vocabulary import ordinary
from tarl_app.domains.retail.world.vocabulary import EMAIL_HOSTS, FIRST_NAMES, LAST_NAMES, PRODUCTS
from tarl_app.language.spoken import spelling
from tarl_app.recipes.omni_mini.data.typos import misspelled, typed

NAMES = st.tuples(st.sampled_from(FIRST_NAMES), st.sampled_from(LAST_NAMES))


@given(NAMES, st.integers(0, 9_999_999), st.sampled_from(PRODUCTS), st.integers(0, 1000))
def test_ids_names_emails_and_options_are_never_misspelled(who, number, product, seed):
    option = "".join(f"{key} {values[seed % len(values)]}" for key, values in list(product[2].items())[:1])
    values = [
        f"W{number:07d}",
        f"{who[0]} {who[1]}",
        f"{who[0]}.{who[1]}{number}@example.com".lower(),
        f"{number % 100_000:05d}",
        product[0],
        option,
        "gift card",
        spelling.letters(who[1]),
    ]
    text = "Hello, I would like to change this order please, " + ", really, ".join(values) + ", before it ships. Thanks."
    mistyped = typed(text, Random(seed), ordinary())
    assert all(value in mistyped for value in values)


def test_most_turns_of_somebody_who_mistypes_differ_and_stay_alike():
    text = "Hello, I would like to cancel my order, please."
    made = {typed(text, Random(seed), ordinary()) for seed in range(40)}
    assert len(made) > 20
    assert all(abs(len(one) - len(text)) < 6 for one in made)


@given(st.sampled_from(sorted(ordinary())), st.integers(0, 99))
def test_a_slip_keeps_the_first_letter_and_nearly_the_length(word, seed):
    slipped = misspelled(word, Random(seed))
    assert slipped[0] == word[0]
    assert abs(len(slipped) - len(word)) <= 1


@given(NAMES, st.integers(0, 9999), st.sampled_from(EMAIL_HOSTS), st.sampled_from(("{0}.{1}{2}", "{0}{1}{2}", "{0}_{1}{2}")))
def test_what_is_spelled_or_said_can_be_written_again(who, number, host, form):
    email = f"{form.format(who[0].lower(), who[1].lower(), f'{number:04d}')}@{host}"
    assert spelling.spelled_emails(f"It's {spelling.spelled_email(email)}.") == [email]
    assert spelling.spelled_words(f"It's {spelling.letters(who[0])}, {spelling.letters(who[1])}.") == list(who)


def test_the_ear_practises_spelling_and_every_word_of_the_shop():
    sentences = dictation(2700, 0)
    spelled = [one for one in sentences if spelling.spelled_words(one) or (" at " in one and " dot " in one)]
    assert 0.2 < len(spelled) / len(sentences) < 0.3
    text = " ".join(sentences)
    for name, _, options in PRODUCTS:
        assert name in text
        assert all(f"{key} {value}" in text.lower() for key, values in options.items() for value in values)


def test_a_customer_of_the_evaluation_is_not_dictated():
    assert not any("Mei Kovacs" in one for one in dictation(400, 1, without=["Mei Kovacs"]))
