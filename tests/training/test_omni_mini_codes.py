"""What has no sense for the ear: codes of letters, and numbers whose digits are called double and triple."""

import re
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from tarl_app.domains import load_domain
from tarl_app.domains.retail.recipe.codes import codes
from tarl_app.domains.retail.recipe.dictation import held_out as customers_of_the_evaluation
from tarl_app.language.spoken.inverse_text_normalization import normalise_heard
from tarl_app.language.spoken.spelling import called_double, spelled_words
from tarl_app.recipes.omni_mini.data.held_out import about

DIGITS = st.text("0123456789", min_size=5, max_size=12)


@given(DIGITS)
def test_a_number_with_digits_called_double_is_that_number(digits: str) -> None:
    said = called_double(digits)
    again = re.sub(r"(double|triple) (\d)", lambda match: match[2] * {"double": 2, "triple": 3}[match[1]], said)
    assert again.replace(" ", "") == digits
    assert not re.search(r"(\d) ?\1(?!.*(?:double|triple))", re.sub(r"(?:double|triple) \d", "", said))


def test_runs_are_called_and_the_rest_stays_together() -> None:
    assert called_double("2809221333") == "2809 double 2 1 triple 3"
    assert called_double("1111123") == "triple 1 double 1 23"
    assert called_double("12345") == "12345"


def test_codes_are_of_any_letters_and_numbers_are_said_in_both_ways() -> None:
    said = codes(1500, 0)
    spelled = [word for one in said for word in spelled_words(one)]
    assert len(spelled) > 400
    letters = Counter("".join(spelled).upper())
    assert len(letters) == 26
    assert max(letters.values()) < 2 * min(letters.values())  # no letter is likelier than another
    called = [one for one in said if re.search(r"(double|triple) \d", one)]
    apart = [one for one in said if re.search(r"(\d)\1", one)]
    assert len(called) > len(apart) > 200


def test_a_number_that_is_called_so_is_an_order_number_again_when_it_was_heard() -> None:
    orders = [one for one in codes(600, 1) if re.search(r"W.*(double|triple) \d", one) and "zip" not in one.lower()]
    assert len(orders) > 50
    assert all(re.search(r"#W\d{7}\b", normalise_heard(one, load_domain("retail").spoken)) for one in orders)


def test_the_same_seed_gives_the_same_sentences_and_none_is_about_those_held_out() -> None:
    assert codes(50, 1) == codes(50, 1) != codes(50, 2)
    held_out = customers_of_the_evaluation()
    told = about(held_out)
    assert any(map(told, codes(2000, 0)))
    assert not any(map(told, codes(2000, 0, held_out)))
