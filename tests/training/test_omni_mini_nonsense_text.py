"""Sentences without sense: any words in any order, and always the same ones."""

from collections import Counter

import pytest

from tarl_app.core.spoken import IdForm
from tarl_app.domains import load_domain
from tarl_app.domains.retail.recipe.dictation import dictation
from tarl_app.recipes.omni_mini.data.nonsense_text import babble, whole_words

WORDS = whole_words(["a", "Ġthe", "Ġ", "Ġof", "Ġevening", "Ġ42", "Ġcafé", "Ġtable", "ing", "ĠPurple", "Ġrunning"])


def test_words_are_whole_and_in_small_letters_the_most_common_first() -> None:
    assert WORDS == ["the", "evening", "table", "running"]


def test_the_same_seed_gives_the_same_sentences_and_another_one_others() -> None:
    assert babble(50, 1, WORDS) == babble(50, 1, WORDS) != babble(50, 2, WORDS)


def test_sentences_have_words_numbers_spelled_words_and_addresses() -> None:
    said = babble(400, 0, WORDS, load_domain("retail").spoken.ids)
    assert all(sentence[-1] in ".?!" and sentence[0] == sentence[0].upper() for sentence in said)
    for sign in ("evening", "#W", "-", " dot ", "Avenue", "Suite"):
        assert sum(sign in sentence for sentence in said) > 5, sign


def test_numbers_look_like_the_ids_of_the_domain_or_like_none() -> None:
    assert any("HAT" in sentence for sentence in babble(400, 0, WORDS, [IdForm("HAT", 3)]))
    assert not any("#" in sentence for sentence in babble(400, 0, WORDS))


def test_what_comes_next_can_be_guessed_less_than_in_what_customers_say() -> None:
    """Of pairs of words in a row, a smaller share is among those that come more than once."""
    words = [f"w{number}" for number in range(2000)]

    def repeated(sentences: list[str]) -> float:
        pairs = Counter(pair for one in sentences for pair in zip(one.split(), one.split()[1:], strict=False))
        return sum(count for count in pairs.values() if count > 1) / pairs.total()

    assert repeated(babble(600, 0, words)) < 0.5 * repeated(dictation(600, 0))


def test_without_words_there_is_no_sentence() -> None:
    with pytest.raises(ValueError, match="words"):
        babble(1, 0, [])
