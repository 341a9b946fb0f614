"""Sentences whose letters are said with words: ``K-A-S`` -> ``K as in king, A, S for sugar``.

The ear has to hear the words around the letters, too. The words are those that callers use: of the NATO alphabet, first
names, everyday things. ``benchmarks/names.py`` measures with others.
"""

import re
from collections.abc import Iterable
from random import Random

_WORDS = """
alpha apple adam alice albert able arm august american ant alfred april
bravo boy bob baker ball banana betty benjamin book bear bread barbara bird
charlie cat carol car cold coffee christmas cookie carl canada chair city
delta dog david dan donald door daddy duck denver dance doctor danger
echo easy edward egg elephant eric eagle ear earth emily edgar east
foxtrot frank fox fred father fish food friday flag france fire fun
golf george good girl green gold gary goat garden game glass grace
hotel house henry harry happy hat horse help hello home hand hospital
india ice island ivan ink isaac indigo irene igor idea iron
juliet john jack jacob july january james jump joe jelly judy jury
kilo king kevin kite karen key kangaroo kitchen kate kitten kentucky
lima lion larry lucy love lincoln lamp linda light lake london laura leaf
mike mary michael mother money monday mouse martin monkey moon milk man
november nancy nora nick nine night nose north nothing nut nurse norman
oscar orange ocean oliver open otto october office oak oil ohio old
papa peter paul pizza pink paris police pig people party paper panda
quebec queen quick quiet quarter question quincy queue
romeo robert red roger rabbit rose rain richard river radio roof robin
sierra sam sugar susan snake sun steven summer salt sally school star south
tango tom tiger tree texas today tuesday train two toy ted thomas
uniform uncle under up union unicorn ulysses united
victor victoria vincent van vegas vase video village very vera violin
whiskey william water winter west walter wendy wood world wolf white
x-ray xavier xenia
yankee yellow yes yoga young york yesterday yolanda year
zulu zebra zoo zero zoe zack zone zurich
"""
_WORDS_OF: dict[str, list[str]] = {}
for _word in _WORDS.split():
    _WORDS_OF.setdefault(_word[0], []).append(_word)
LETTER_WORDS = frozenset(word for words in _WORDS_OF.values() for word in words)
_SPELLED = re.compile(r"\b[A-Za-z](?:-[A-Za-z])+\b")
_LINKS = ("as in", "as in", "as in", "for", "like")


def with_words(sentence: str, rng: Random, share: float = 0.6) -> str:
    """The sentence with a word for that share of the letters of each spelled word; others are said alone."""
    link = rng.choice(_LINKS)

    def said(letter: str) -> str:
        if rng.random() >= share:
            return letter.upper()
        word_for = "as in" if letter in "AaIi" else link  # "I like ..." is another sentence
        return f"{letter.upper()} {word_for} {rng.choice(_WORDS_OF[letter.lower()])}"

    return _SPELLED.sub(lambda match: ", ".join(said(letter) for letter in match[0].split("-")), sentence)


def some_with_words(sentences: Iterable[str], share: float, seed: int) -> list[str]:
    """The sentences, that share of those with spelled letters said with words; the same for the same seed."""
    rng = Random(f"letter words {seed}")
    return [with_words(one, rng) if _SPELLED.search(one) and rng.random() < share else one for one in sentences]
