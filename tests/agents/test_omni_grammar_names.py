"""Names in a call: typed, spelled, misspelled and misheard."""

from typing import Any

import pytest

from tarl_app.agents.omni.audio.keyword_spotting import Recognition, written_scores
from tarl_app.agents.omni.decoding.call_schema import call_schema
from tarl_app.core.types import AgentTurn, AudioRef, Guards, ToolCall, ToolResult, ToolTurn, UserTurn
from tests.agents.grammar_parts import GRAMMAR, MINI, RETAIL, SPOKEN, argument, call, names_of


def named(text: str, *, heard: bool) -> tuple[set[str], set[str]]:
    """First and last names that can be looked up after that was said."""
    sound = AudioRef(path="a.wav", seconds=1.0, sample_rate=16_000) if heard else None
    return names_of(
        call_schema(RETAIL, [UserTurn(text=text, audio=sound)], (lambda _: Recognition(text)) if heard else None)
    )


def whole_names(schema: dict[str, Any] | None) -> set[tuple[str, str]]:
    """The whole names of the lexicons that are offered."""
    found = set()
    for tool in schema["anyOf"] if schema else ():
        first, last = (tool["properties"]["arguments"]["properties"].get(f"{part}_name", {}) for part in ("first", "last"))
        if len(first.get("enum", ())) == len(last.get("enum", ())) == 1:
            found.add((first["enum"][0], last["enum"][0]))
    known = {word for words in RETAIL.lexicons.values() for word in words}
    return {name for name in found if known.issuperset(name)}


def spotted(text: str) -> set[tuple[str, str]]:
    """The whole names that are offered for what was heard."""
    sound = AudioRef(path="a.wav", seconds=1.0, sample_rate=16_000)
    return whole_names(call_schema(RETAIL, [UserTurn(text=text, audio=sound)], lambda _: Recognition(text)))


def test_a_name_of_the_shop_that_was_misheard_or_misspelled_can_still_be_looked_up() -> None:
    first, last = named("it's havier sal a czar, zip 89174", heard=True)
    assert ("Javier" in first, "Salazar" in last) == (True, True)
    first, last = named("I am Javeir Salazr, zip 89174", heard=False)
    assert ("Javier" in first, "Salazar" in last) == (True, True)


@pytest.mark.parametrize(
    "said",
    [
        "I'll Say is loley. Leter by leater, my name, J-a-v-i-e-r, s-a-l-a-z-a-r, 89174.",
        "surname S-A-L-A-Z-A-R, Javier, 89174",
        "J-A-V-I-E-R-S-A-L-A-Z-A-R 89174",
    ],
)
def test_of_a_name_that_is_spelled_aloud_the_whole_name_is_offered_and_no_sentence(said: str) -> None:
    assert ("Javier", "Salazar") in spotted(said)
    assert not any(" " in name for names in named(said, heard=True) for name in names)


def test_a_name_that_was_said_twice_beats_one_that_something_else_once_sounded_like() -> None:
    sound = AudioRef(path="a.wav", seconds=1.0, sample_rate=16_000)
    words = iter(("what was the postal total please, teo raw, 95847", "the ter name go R-A-O, given name thio, T-H-E-O"))
    said = [UserTurn(text=text, audio=sound.model_copy(update={"path": text})) for text in words]
    spelled = {("Theo", "Rao"), ("Rao", "Theo")}  # as it was heard, in whatever order
    assert whole_names(call_schema(RETAIL, said, lambda ref: Recognition(ref.path))) == spelled


def test_a_name_that_is_lost_in_the_text_is_found_in_what_was_heard_of_its_letters() -> None:
    """The likeliest letters say "ben", the next ones "sven"."""
    text = "my name is ben kamara, 83706"
    scores = written_scores(text)
    for place, letter in ((22, "s"), (23, "v")):
        scores[place, ord(letter) - ord("a")] = -0.5
    turns = [UserTurn(text="x", audio=AudioRef(path="a.wav", seconds=1.0, sample_rate=16_000))]
    assert whole_names(call_schema(RETAIL, turns, lambda _: Recognition(text, scores))) == {("Sven", "Kamara")}
    assert whole_names(call_schema(RETAIL, turns, lambda _: Recognition(text))) != {("Sven", "Kamara")}


def test_a_name_that_was_looked_up_in_vain_is_not_offered_again() -> None:
    sound = AudioRef(path="a.wav", seconds=1.0, sample_rate=16_000)
    name = {"first_name": "Javier", "last_name": "Salazar", "zip": "89174"}
    made = ToolCall(id="a", name="find_user_id_by_name_zip", arguments=name)
    refused = ToolTurn(results=(ToolResult(call_id="a", name=made.name, content="Error: no user", is_error=True),))
    turns = [UserTurn(text="x", audio=sound), AgentTurn(tool_calls=(made,)), refused]
    schema = call_schema(RETAIL, turns, lambda _: Recognition("Javier Salazar, zip 89174"))
    assert not any(
        tool["properties"]["arguments"]["properties"].get("first_name") == {"enum": ["Javier"]}
        and tool["properties"]["arguments"]["properties"]["last_name"] == {"enum": ["Salazar"]}
        for tool in (schema or {"anyOf": []})["anyOf"]
    )


def test_names_that_were_typed_right_are_not_doubted_and_names_unlike_them_are_never_offered() -> None:
    first, _ = named("Julia Cruz, 87110", heard=False)
    assert first == {"Julia", "Cruz", "Julia Cruz", "87110"}
    first, last = named("Julia Cruz, 87110", heard=True)
    assert len(first) < 20
    assert "Salazar" not in last
    assert not named("12345", heard=True)[0] - {"12345"}


def test_a_name_is_found_in_what_this_model_has_recognised_itself() -> None:
    for first, last in (("Mei", "Kovacs"), ("Omar", "Haddad")):
        said = f"I am {first} {last}, 12345"
        found = whole_names(call_schema(RETAIL, [SPOKEN], lambda ref, said=said: Recognition(said)))
        assert (first, last) in found
        assert found <= {(first, last), (last, first)}  # as it was heard, in whatever order
    free = argument(call_schema(RETAIL, [SPOKEN], lambda ref: None), "find_user_id_by_name_zip", "first_name")
    assert "enum" not in free


@pytest.mark.parametrize("text", ["It's spelled K-O-V-A-C-S, zip 60614.", "k o v a c s, 60614", "K, O, V, A, C, S. 60614"])
def test_a_name_that_is_spelled_can_be_looked_up_joined(text: str) -> None:
    _, last = named(text, heard=False)
    assert "Kovacs" in last


def test_a_spelled_name_with_a_misheard_letter_is_offered_as_the_shop_writes_it() -> None:
    _, last = named("it's K-O-V-A-C-F, zip 60614", heard=True)
    assert "Kovacs" in last


@pytest.mark.parametrize("guard", ["schema", "policy"])
@pytest.mark.parametrize("said", ["it's Zbigniew Okonkwo, zip 60614", "Z-B-I-G-N-I-E-W, O-K-O-N-K-W-O, 60614"])
def test_a_name_that_no_lexicon_has_can_be_looked_up_as_it_was_heard(said: str, guard: Guards) -> None:
    spoken = UserTurn(text="", audio=AudioRef(path="a", seconds=1.0, sample_rate=16_000))
    schema = call_schema(RETAIL, [spoken], lambda _: Recognition(said), guard)
    matcher = GRAMMAR.matcher(schema or {})
    text = call("find_user_id_by_name_zip", first_name="Zbigniew", last_name="Okonkwo", zip="60614")
    assert all(matcher.consume_token(token) for token in MINI.encode(text))


def test_a_greeting_beside_a_spoken_name_is_no_part_of_it() -> None:
    first, last = named("Hi, this is Zbigniew Okonkwo, zip 60614", heard=True)
    assert "Zbigniew" in first
    assert "Okonkwo" in last
    assert not {"Hi", "this", "is", "hi"} & (first | last)
