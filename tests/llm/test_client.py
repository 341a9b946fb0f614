"""Requests to models: tried again when that helps, given up in words when not, never beyond the budget, never with a key."""

import json
import logging
import socket
import threading
import time

import pytest
from pydantic import BaseModel, SecretStr

from tarl_app.core.errors import BudgetExceeded, Cancelled, ConfigError, LLMError, PromptTooLong
from tarl_app.core.settings import Settings
from tarl_app.llm import LLM, Budget, Endpoint, Usage, endpoint_of
from tests.llm.endpoint import KEY, Drop, Hang, Raw, Refuse, Say, Step, serving

HELLO = [{"role": "user", "content": "Hello"}]


class Form(BaseModel):
    ok: bool


class TestAnswers:
    def test_text_usage_and_price_are_read(self):
        with serving(Say("Hi.")) as server:
            answer = LLM(server.endpoint(input_usd=2.0, output_usd=10.0)).ask(HELLO)
        assert (answer.text, answer.usage.input_tokens, answer.usage.output_tokens) == ("Hi.", 10, 5)
        assert answer.usage.cost_usd == pytest.approx((10 * 2 + 5 * 10) / 1e6)
        assert server.keys == [f"Bearer {KEY}"]

    def test_what_a_router_says_it_charged_counts(self):
        with serving(Say("Hi.", usage={"prompt_tokens": 1, "completion_tokens": 1, "cost": 0.25})) as server:
            assert LLM(server.endpoint()).ask(HELLO).usage.cost_usd == 0.25

    def test_usage_is_estimated_where_the_endpoint_says_none(self):
        with serving(Say("Hi there.", usage=None)) as server:
            usage = LLM(server.endpoint()).ask(HELLO).usage
        assert usage.estimated
        assert usage.input_tokens > 0
        assert usage.output_tokens > 0

    def test_thinking_is_no_part_of_the_text(self):
        with serving(Say("<think>They said hello.</think>\n\nHi.")) as server:
            assert LLM(server.endpoint()).ask(HELLO).text == "Hi."

    def test_a_stream_is_handed_on_piece_by_piece_with_its_calls(self):
        pieces: list[str] = []
        with serving(Say("Hello there.", calls=(("look", '{"id": "W1"}'), ("think", "{}")))) as server:
            answer = LLM(server.endpoint()).ask(HELLO, on_text=pieces.append)
        assert "".join(pieces) == "Hello there."
        assert len(pieces) > 1
        assert [(call.name, call.arguments) for call in answer.calls] == [("look", '{"id": "W1"}'), ("think", "{}")]
        assert answer.usage == Usage(input_tokens=10, output_tokens=5)
        assert answer.first_token is not None

    def test_an_answer_at_the_limit_of_tokens_is_cut_off(self):
        with serving(Say("Hel", finish="length")) as server:
            assert LLM(server.endpoint()).ask(HELLO).cut_off


class TestTryingAgain:
    @pytest.mark.parametrize(
        "trouble",
        [
            Refuse(429, "slow down"),
            Refuse(500, "oops"),
            Refuse(503, "loading"),
            Raw(b'{"id": "c", "choices": [{"mess'),
            Raw(b"<html>Bad gateway</html>", "text/html"),
            Raw(b'{"choices": []}'),
            Raw(b"[]"),
            Raw(b""),
            Drop(),
        ],
        ids=lambda step: f"{type(step).__name__} {getattr(step, 'status', '')}{getattr(step, 'body', b'')[:12]!r}",
    )
    @pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
    def test_what_may_pass_is_tried_again(self, trouble: Step, streamed: bool):
        with serving(trouble, trouble, Say("Hi.")) as server:
            answer = LLM(server.endpoint()).ask(HELLO, on_text=(lambda piece: None) if streamed else None)
        assert answer.text == "Hi."
        assert len(server.requests) == 3

    def test_a_hanging_server_is_tried_again(self):
        with serving(Hang(), Say("Hi.")) as server:
            assert LLM(server.endpoint(timeout=0.2)).ask(HELLO).text == "Hi."

    def test_a_stream_that_breaks_off_is_tried_again_and_nothing_is_said_twice(self):
        pieces: list[str] = []
        with serving(Drop(after="Hel"), Say("Hello there.")) as server:
            answer = LLM(server.endpoint()).ask(HELLO, on_text=pieces.append)
        assert answer.text == "Hello there."
        assert "".join(pieces) == "Hel"

    def test_pauses_grow(self):
        with serving(*[Refuse(503)] * 4, Say("Hi.")) as server:
            started = time.monotonic()
            LLM(server.endpoint(backoff=0.08)).ask(HELLO)
        assert time.monotonic() - started > 0.5 * (0.08 + 0.16 + 0.32 + 0.64)

    def test_the_pause_that_the_endpoint_asks_for_is_kept(self):
        with serving(Refuse(429, headers={"retry-after": "0.4"}), Say("Hi.")) as server:
            started = time.monotonic()
            LLM(server.endpoint()).ask(HELLO)
        assert time.monotonic() - started >= 0.4

    def test_a_storm_of_429_is_given_up_after_every_attempt_and_says_what_to_do(self):
        with serving(otherwise=lambda body: Refuse(429, "too many requests")) as server:
            with pytest.raises(LLMError, match=r"too much to do .*too many requests.* Tried 4 times.*TARL_LLM_ATTEMPTS"):
                LLM(server.endpoint(attempts=4)).ask(HELLO)
            assert len(server.requests) == 4

    def test_a_storm_of_429_among_many_threads_ends_when_it_ends(self):
        lock, left = threading.Lock(), [12]

        def stormy(body: dict) -> Step:
            with lock:
                left[0] -= 1
                return Refuse(429) if left[0] >= 0 else Say("Hi.")

        said: list[str] = []
        with serving(otherwise=stormy) as server:
            llm = LLM(server.endpoint(attempts=15))
            threads = [threading.Thread(target=lambda: said.append(llm.ask(HELLO).text)) for _ in range(6)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(20)
        assert said == ["Hi."] * 6

    def test_a_dead_server_is_named(self):
        with socket.socket() as reserved:
            reserved.bind(("127.0.0.1", 0))
            port = reserved.getsockname()[1]
            endpoint = Endpoint(f"http://127.0.0.1:{port}/v1", "tester", attempts=2, backoff=0.01, timeout=2)
            with pytest.raises(
                LLMError, match=rf"tester at http://127.0.0.1:{port}/v1 cannot be reached.*Is the server running"
            ):
                LLM(endpoint).ask(HELLO)


class TestGivingUp:
    @pytest.mark.parametrize(
        ("refusal", "words"),
        [
            (Refuse(401, f"Incorrect API key provided: {KEY}"), "refused the key.*TARL_LLM_API_KEY"),
            (Refuse(403, "forbidden"), "refused the key"),
            (Refuse(404, "no such model"), "not found.*no such model.*/v1"),
            (Refuse(400, "tools are not supported"), "refused the request.*tools are not supported"),
            (Refuse(429, "You exceeded your current quota", code="insufficient_quota"), "quota is used up"),
            (Refuse(429, headers={"retry-after": "3600"}), "3600 s.*Try later"),
        ],
    )
    def test_what_will_not_pass_is_not_tried_again(self, refusal: Refuse, words: str):
        with serving(refusal) as server:
            with pytest.raises(LLMError, match=words):
                LLM(server.endpoint()).ask(HELLO)
            assert len(server.requests) == 1

    def test_a_prompt_that_is_too_long_is_told_apart(self):
        refusal = Refuse(400, "This model's maximum context length is 4096 tokens", code="context_length_exceeded")
        with serving(refusal) as server, pytest.raises(PromptTooLong, match="4096"):
            LLM(server.endpoint()).ask(HELLO)


class TestSmallServers:
    def test_what_the_endpoint_does_not_know_is_left_out_from_then_on(self):
        def picky(body: dict) -> Step:
            for name in ("response_format", "seed", "stream_options", "temperature"):
                if name in body:
                    return Refuse(422, f"Unsupported fields in the request: {{'{name}'}}")
            return Say("Hi.")

        with serving(otherwise=picky) as server:
            llm = LLM(server.endpoint(attempts=1))
            for _ in range(2):
                assert llm.ask(HELLO, form=Form, seed=1, temperature=0.0, on_text=lambda piece: None).text == "Hi."
        assert len(server.requests) == 6
        assert "seed" not in server.requests[-1]

    def test_the_newer_name_of_the_token_limit_is_used_where_it_is_wanted(self):
        def new(body: dict) -> Step:
            return Say("Hi.") if "max_completion_tokens" in body else Refuse(400, "use 'max_completion_tokens' instead")

        with serving(otherwise=new) as server:
            assert LLM(server.endpoint()).ask(HELLO, max_tokens=77).text == "Hi."
        assert server.requests[-1]["max_completion_tokens"] == 77
        assert "max_tokens" not in server.requests[-1]


class TestCancelling:
    @pytest.mark.timeout(60)
    @pytest.mark.parametrize("step", [Hang(600), Say("Hello " * 4000, delay=0.1)], ids=["silent", "speaking"])
    def test_a_request_can_be_walked_away_from(self, step: Step):
        budget = Budget()
        with serving(step) as server:
            started = time.monotonic()
            with pytest.raises(Cancelled):
                LLM(server.endpoint(timeout=600), budget).ask(
                    HELLO, on_text=lambda piece: None, cancelled=lambda: time.monotonic() - started > 0.3
                )
        assert budget.spent.input_tokens > 0
        assert budget.spent.estimated

    @pytest.mark.timeout(60)
    def test_a_pause_can_be_walked_away_from(self):
        with serving(otherwise=lambda body: Refuse(503)) as server:
            started = time.monotonic()
            with pytest.raises(Cancelled):
                LLM(server.endpoint(backoff=600)).ask(HELLO, cancelled=lambda: time.monotonic() - started > 0.3)


class TestBudgets:
    def test_tokens_that_could_be_used_beyond_the_budget_are_not_asked_for(self):
        with serving(otherwise=lambda body: Say("Hi.")) as server:
            llm = LLM(server.endpoint(), Budget(max_tokens=100))
            for _ in range(3):
                llm.ask(HELLO, max_tokens=20)
            with pytest.raises(BudgetExceeded, match=r"45 of 100 tokens.*TARL_LLM_MAX_TOKENS"):
                llm.ask(HELLO, max_tokens=60)
        assert len(server.requests) == 3

    def test_money_too(self):
        with serving(otherwise=lambda body: Say("Hi.")) as server:
            llm = LLM(server.endpoint(output_usd=1000.0), Budget(max_usd=0.02))
            llm.ask(HELLO, max_tokens=10)
            with pytest.raises(BudgetExceeded, match=r"\$0.0050 of \$0.02"):
                llm.ask(HELLO, max_tokens=20)

    def test_requests_side_by_side_stay_within_it_together(self):
        with serving(otherwise=lambda body: Say("Hi.", usage={"prompt_tokens": 20, "completion_tokens": 80})) as server:
            budget = Budget(max_tokens=500)
            llm, refused = LLM(server.endpoint(), budget), []

            def ask() -> None:
                try:
                    llm.ask(HELLO, max_tokens=80)
                except BudgetExceeded as error:
                    refused.append(error)

            threads = [threading.Thread(target=ask) for _ in range(12)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(20)
        assert len(refused) >= 7
        assert budget.spent.input_tokens + budget.spent.output_tokens <= 500

    def test_a_request_that_failed_leaves_nothing_held(self):
        with serving(Refuse(400), Say("Hi.")) as server:
            llm = LLM(server.endpoint(), Budget(max_tokens=100))
            with pytest.raises(LLMError):
                llm.ask(HELLO, max_tokens=80)
            assert llm.ask(HELLO, max_tokens=80).text == "Hi."


class TestKeys:
    def test_the_key_is_in_no_error_no_repr_and_no_log(self, caplog: pytest.LogCaptureFixture):
        caplog.set_level(logging.DEBUG)
        echo = [
            Refuse(401, f"bad key {KEY}"),
            Refuse(400, f"bad key {KEY}"),
            Refuse(400, "Bearer sk-other-987654321 is bad"),
        ]
        shown: list[str] = []
        with serving(*echo) as server:
            llm = LLM(server.endpoint())
            for _ in echo:
                with pytest.raises(LLMError) as caught:
                    llm.ask(HELLO)
                shown.append(str(caught.value))
            shown += [repr(llm), repr(llm.endpoint), str(llm.endpoint)]
        assert KEY not in " ".join([*shown, caplog.text])
        assert "sk-other" not in " ".join(shown)

    def test_the_key_is_not_shown_by_the_settings(self):
        chosen = Settings(llm_api_key=SecretStr(KEY), llm_agent_api_key=SecretStr(KEY))
        assert KEY not in repr(chosen) + chosen.model_dump_json()

    @pytest.mark.parametrize(
        "url", ["", "localhost:8000", "ftp://x/v1", "https://user:secret@x/v1", "https://x/v1?key=secret", "https://[x/v1"]
    )
    def test_an_address_that_cannot_be_asked_or_carries_a_secret_is_refused_without_repeating_it(self, url: str):
        with pytest.raises(ConfigError) as caught:
            Endpoint(url, "m")
        assert "secret" not in str(caught.value)

    def test_another_endpoint_for_agents_does_not_get_the_first_ones_key(self):
        chosen = Settings(
            llm_base_url="https://big.example/v1",
            llm_model="big",
            llm_api_key=SecretStr(KEY),
            llm_agent_base_url="http://localhost:8000/v1",
        )
        agent, judge = endpoint_of("agent", "omni", chosen), endpoint_of("judge", "", chosen)
        assert (agent.base_url, agent.model, agent.api_key.get_secret_value()) == ("http://localhost:8000/v1", "omni", "")
        assert (judge.base_url, judge.model, judge.api_key.get_secret_value()) == ("https://big.example/v1", "big", KEY)

    def test_a_money_budget_without_prices_is_refused_where_bills_are_sent(self):
        chosen = Settings(llm_base_url="https://big.example/v1", llm_model="big", llm_max_usd=1.0)
        with pytest.raises(ConfigError, match="TARL_LLM_INPUT_USD"):
            endpoint_of("judge", "", chosen)
        assert endpoint_of("judge", "", chosen.model_copy(update={"llm_base_url": "http://localhost:1/v1"}))

    def test_without_an_endpoint_the_settings_say_what_to_set(self):
        with pytest.raises(ConfigError, match="TARL_LLM_BASE_URL"):
            endpoint_of("user", "", Settings(llm_base_url=""))


def test_a_schema_is_sent_where_a_form_is_wanted():
    with serving(Say('{"ok": true}')) as server:
        LLM(server.endpoint()).ask(HELLO, form=Form)
    sent = server.requests[0]["response_format"]["json_schema"]
    assert sent["name"] == "Form"
    assert json.dumps(sent["schema"])
