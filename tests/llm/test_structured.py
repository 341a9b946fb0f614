"""Answers in a form: read generously, asked for again with the reason, kept by content."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from tarl_app.core.errors import LLMError, UnusableAnswer
from tarl_app.llm import LLM, AnswerCache, Budget, structured
from tarl_app.llm.cache import key_of
from tarl_app.llm.structured import objects
from tests.llm.endpoint import KEY, LLMServer, Refuse, Say, serving

ASK = [{"role": "user", "content": "How many?"}]


class Count(BaseModel):
    count: int


def ask(server: LLMServer, **more: Any) -> Any:
    return structured(LLM(server.endpoint(attempts=2)), ASK, Count, **more)


class TestReading:
    @pytest.mark.parametrize(
        "text",
        [
            '{"count": 3}',
            'Sure! Here it is:\n```json\n{"count": 3}\n```\nAnything else?',
            '{"count": 3,}',
            '<think>maybe {"count": 9}</think>{"count": 3}',
            'Not {this} but {"count": 3}',
            '{"other": 1} {"count": 3}',
        ],
    )
    def test_the_object_is_found_whatever_stands_around_it(self, text: str):
        with serving(Say(text)) as server:
            assert ask(server).value == Count(count=3)

    @given(st.text(max_size=200))
    def test_any_text_can_be_read(self, text: str):
        assert all(isinstance(found, dict) for found in objects(text))

    @given(
        st.text(alphabet="abc }]\n`", max_size=20),
        st.dictionaries(st.text(max_size=5), st.integers(), max_size=3),
        st.text(),
    )
    def test_an_object_is_found_again(self, before: str, thing: dict[str, int], after: str):
        assert next(iter(objects(f"{before}{json.dumps(thing)}{after}"))) == thing

    def test_braces_without_end_take_no_time(self):
        assert list(objects("{" * 5000)) == []


class TestAskingAgain:
    @pytest.mark.parametrize("bad", ["There are three.", "", '{"count": "many"}', '{"count": '])
    def test_an_answer_without_the_form_is_asked_for_again_with_the_reason(self, bad: str):
        with serving(Say(bad), Say('{"count": 3}')) as server:
            found = ask(server)
        assert found.value.count == 3
        assert len(found.invalid) == 1
        assert found.usage.input_tokens == 20
        again = server.requests[1]["messages"]
        assert [message["role"] for message in again] == ["user", "assistant", "user"]
        assert found.invalid[0] in again[2]["content"]

    def test_what_the_check_refuses_is_told_apart_from_what_cannot_be_read(self):
        with serving(Say('{"count": -1}'), Say("hm"), Say('{"count": 3}')) as server:
            found = ask(server, check=lambda value: "no negative numbers" if value.count < 0 else "")
        assert found.rejected == ("no negative numbers",)
        assert len(found.invalid) == 1

    def test_an_answer_that_was_cut_off_is_asked_for_more_briefly(self):
        with serving(Say('{"cou', finish="length"), Say('{"count": 3}')) as server:
            ask(server)
        assert "be brief" in server.requests[1]["messages"][-1]["content"]

    @pytest.mark.parametrize(("text", "rejected"), [("prose", False), ('{"count": 5}', True)])
    def test_it_is_given_up_in_the_end_and_says_why(self, text: str, rejected: bool):
        with serving(otherwise=lambda body: Say(text)) as server:
            with pytest.raises(UnusableAnswer, match="no usable answer in 3 attempts") as caught:
                ask(server, check=lambda value: "too many")
            assert len(server.requests) == 3
        assert caught.value.rejected is rejected

    def test_a_seed_changes_from_attempt_to_attempt(self):
        with serving(Say("prose"), Say('{"count": 3}')) as server:
            ask(server, seed=4)
        assert server.requests[0]["seed"] == 4
        assert server.requests[1]["seed"] != 4


class TestCache:
    @pytest.mark.parametrize("on_disk", [False, True])
    def test_the_same_question_is_asked_once_and_costs_what_it_cost(self, tmp_path: Path, on_disk: bool):
        cache, budget = AnswerCache(tmp_path if on_disk else None), Budget()
        with serving(Say("prose"), Say('{"count": 3}')) as server:
            llm = LLM(server.endpoint(input_usd=1.0), budget)
            first = structured(llm, ASK, Count, cache=cache)
            spent = budget.spent
            second = structured(llm, ASK, Count, cache=AnswerCache(tmp_path) if on_disk else cache)
        assert (second.value, second.usage, second.invalid) == (first.value, first.usage, first.invalid)
        assert second.cached
        assert budget.spent == spent

    @pytest.mark.parametrize("more", [{"seed": 2}, {"temperature": 0.5}, {"max_tokens": 99}])
    def test_another_question_is_another_answer(self, more: dict[str, Any]):
        cache = AnswerCache()
        with serving(Say('{"count": 3}'), Say('{"count": 4}')) as server:
            assert ask(server, cache=cache).value.count == 3
            assert ask(server, cache=cache, **more).value.count == 4

    def test_an_answer_that_could_not_be_used_is_not_kept(self):
        cache = AnswerCache()
        with serving(*[Say("prose")] * 3, Say('{"count": 3}')) as server:
            with pytest.raises(UnusableAnswer):
                ask(server, cache=cache)
            assert ask(server, cache=cache).value.count == 3

    def test_a_broken_file_is_no_answer(self, tmp_path: Path):
        with serving(Say('{"count": 3}'), Say('{"count": 4}')) as server:
            ask(server, cache=AnswerCache(tmp_path))
            (file,) = tmp_path.rglob("*.json")
            file.write_text('{"value": {"count"')
            assert ask(server, cache=AnswerCache(tmp_path)).value.count == 4

    def test_neither_key_nor_question_lies_on_the_disk(self, tmp_path: Path):
        with serving(Say('{"count": 3}')) as server:
            ask(server, cache=AnswerCache(tmp_path))
        text = " ".join(path.read_text() for path in tmp_path.rglob("*.json"))
        assert "How many?" not in text
        assert KEY not in text

    def test_the_order_of_keys_does_not_matter(self):
        assert key_of({"a": 1, "b": [2]}) == key_of({"b": [2], "a": 1})
        assert key_of({"a": 1}) != key_of({"a": 2})


def test_a_dead_endpoint_is_no_unusable_answer():
    with serving(otherwise=lambda body: Refuse(500)) as server, pytest.raises(LLMError) as caught:
        ask(server)
    assert not isinstance(caught.value, UnusableAnswer)
