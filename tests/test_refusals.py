"""Refusals of a validator, in words of ours."""

from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tarl_app.core import refusals


class Form(BaseModel):
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)
    steps: int = Field(ge=1)
    rate: float = Field(default=1.0, gt=0, le=9)
    kind: Literal["a", "b"] = "a"


def told(**values: object) -> str:
    with pytest.raises(ValidationError) as caught:
        Form.model_validate(values)
    return "; ".join(refusals.with_place(one, "form") for one in caught.value.errors())


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"steps": 0}, "steps: at least 1"),
        ({"steps": 1, "rate": 0}, "rate: more than 0.0"),
        ({"steps": 1, "rate": 10}, "rate: at most 9.0"),
        ({"steps": "many"}, "steps: a whole number"),
        ({"steps": 1, "rate": float("nan")}, "rate: a finite number"),
        ({"steps": 1, "kind": "c"}, "kind: one of 'a' or 'b'"),
        ({"steps": 1, "foo": 2}, "foo: there is no such setting"),
        ({}, "steps: is missing"),
    ],
)
def test_a_limit_is_told_in_words(values: dict[str, object], words: str) -> None:
    assert told(**values) == words


VALUES = st.none() | st.integers() | st.text() | st.lists(st.none())


@given(st.dictionaries(st.sampled_from(["steps", "rate", "kind", "x"]), VALUES))
def test_no_sentence_of_the_library_comes_through(values: dict[str, object]) -> None:
    told: list[str] = []
    try:
        Form.model_validate(values)
    except ValidationError as error:
        told = [refusals.with_place(one, "form") for one in error.errors()]
    assert "Input should" not in "; ".join(told)
