"""Who plays the customer and who judges: what a visitor may choose, and what the choice does to a call."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from tarl_app import assets
from tarl_app.core.domain import Manner
from tarl_app.core.errors import ConfigError
from tarl_app.core.protocols import Agent, UserSimulator
from tarl_app.core.types import CustomerKind, Guards, Task
from tarl_app.domains import load_domain
from tarl_app.judges.llm import LLMJudge
from tarl_app.llm import LLM, Endpoint
from tarl_app.ui.calls.live_call import LiveCall
from tarl_app.ui.models import (
    CUSTOMERS,
    GUARDS,
    JUDGES,
    REFERENCE,
    SCRIPTED,
    SIMULATORS,
    Chosen,
    Models,
    customer_of,
    guard_of,
)
from tarl_app.ui.readiness import Loader
from tarl_app.ui.services import Services
from tarl_app.users.customers import make_customer
from tarl_app.users.llm import LLMUser
from tarl_app.users.spoken import SpokenUser
from tests.llm.endpoint import KEY, Refuse, serving

RETAIL = load_domain("retail")
HERE = "http://127.0.0.1:9/v1"


def at(endpoint: Endpoint | None) -> LLM:
    assert endpoint is not None
    return LLM(replace(endpoint, attempts=1, backoff=0.01))


def models(configured: bool = False, by_page: bool = True) -> Models:
    return Models(
        user=lambda name, task, spoken, endpoint: LLMUser(task, RETAIL, at(endpoint)),
        judge=lambda name, domain, endpoint: LLMJudge(at(endpoint), domain),
        agent=lambda name, task, endpoint: None,
        configured=configured,
        by_page=by_page,
    )


def choose(before: Chosen = Chosen(), by: Models | None = None, **given: str) -> Chosen:  # noqa: B008
    fields = {"simulator": "llm", "judge": "llm-live", "address": HERE, "model": "m", "key": ""} | given
    return (by or models()).choose(before, **fields)


class TestChoosing:
    def test_an_endpoint_is_what_was_given(self):
        chosen = choose(key=f" {KEY} ")
        assert chosen == Chosen("llm", "llm-live", Endpoint(HERE, "m", SecretStr(KEY)))

    def test_the_key_is_kept_for_the_same_server_and_sent_to_no_other(self):
        first = choose(key=KEY)
        again, moved = choose(first, model="other"), choose(first, address="http://127.0.0.1:8/v1")
        assert again.endpoint is not None
        assert again.endpoint.api_key.get_secret_value() == KEY
        assert moved.endpoint is not None
        assert moved.endpoint.api_key.get_secret_value() == ""

    def test_the_key_is_not_shown(self):
        assert KEY not in repr(choose(key=KEY))

    def test_a_model_needs_an_endpoint_unless_the_owner_has_set_one(self):
        with pytest.raises(ConfigError, match="needs an endpoint"):
            choose(address="", model="")
        assert choose(by=models(configured=True), address="", model="").endpoint is None
        assert choose(simulator=SCRIPTED, judge=REFERENCE, address="", model="") == Chosen()

    def test_on_a_public_page_nobody_gives_an_endpoint(self):
        with pytest.raises(ConfigError, match="owner"):
            choose(by=models(configured=True, by_page=False))

    @pytest.mark.parametrize(
        "wrong", [{"simulator": "x"}, {"judge": "x"}, {"address": "nowhere"}, {"model": ""}, {"address": "", "key": KEY}]
    )
    def test_what_is_unknown_or_incomplete_is_refused(self, wrong: dict[str, str]):
        with pytest.raises(ConfigError) as caught:
            choose(**wrong)
        assert KEY not in str(caught.value)


class TestCalls:
    def wait(self, live_call: LiveCall) -> None:
        until = time.monotonic() + 30
        while live_call.active and time.monotonic() < until:
            if live_call.screen is not None:
                live_call.screen.apply_due(everything=True)
            time.sleep(0.01)
        live_call.rest()

    def test_the_call_has_the_chosen_customer_and_judge(self, home: Path, make_services: Callable[..., Services]):
        services = make_services(models=models())
        with serving(otherwise=lambda body: Refuse(503, f"down {KEY}")) as server:
            live_call = LiveCall(services)
            live_call.chosen = choose(address=server.url, key=KEY)
            live_call.begin(services.showpiece, "scripted")
            live_call.simulate()
            self.wait(live_call)
            assert server.keys[0] == f"Bearer {KEY}"
        episode = live_call.episode
        assert episode is not None
        assert not episode.counts
        assert "user simulator: m at http://127.0.0.1" in (episode.failure or "")
        stored = " ".join(one.model_dump_json() for one in services.store.list())
        assert KEY not in stored + live_call.notice
        live_call.leave()

    def test_without_models_the_choice_changes_nothing(self, make_services: Callable[..., Services]):
        services = make_services()
        chosen = Chosen("llm", "llm", Endpoint(HERE, "m"))
        assert services.user_of("scripted", services.showpiece, False, chosen).name == "scripted"
        assert services.judge_of(services.domain, chosen).name == "reference"
        assert services.agent_of("scripted", services.showpiece, chosen).name == "scripted"


def test_the_names_on_the_page_are_the_wirings() -> None:
    from tarl_app import wiring

    assert {name for _, name in SIMULATORS} == set(wiring.USERS)
    assert {name for _, name in JUDGES} == set(wiring.JUDGES)


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The app's services under given settings."""
    from tarl_app.core.settings import settings

    def make(loading: Sequence[Loader] | None = None, **given: str) -> Services:
        for name, value in given.items():
            monkeypatch.setenv(name, value)
        settings.cache_clear()
        import app

        return app.services(loading)

    yield make
    settings.cache_clear()


def test_a_public_page_offers_models_only_if_its_owner_set_an_endpoint(fresh: Any, tmp_path: Path) -> None:
    public = {"TARL_HOME": str(tmp_path), "SPACE_ID": "a/b", "TARL_AGENT": "scripted"}
    assert fresh(**public).models is None
    owned = fresh(**public, TARL_LLM_BASE_URL=HERE, TARL_LLM_MODEL="m")
    assert owned.models is not None
    assert (owned.models.configured, owned.models.by_page) == (True, False)


def test_a_private_page_offers_them_always(fresh: Any, tmp_path: Path) -> None:
    services = fresh(TARL_HOME=str(tmp_path), TARL_AGENT="scripted")
    assert services.models is not None
    assert services.models.by_page
    assert "chat" in {agent.name for agent in services.agents}


def test_a_call_is_held_by_the_guard_that_the_visitor_chose(make_services: Callable[..., Services]) -> None:
    made: list[Guards] = []

    def guarded(name: str, task: Task, guard: Guards) -> Agent:
        made.append(guard)
        return services.make_agent(name, task)

    services = make_services()
    live_call = LiveCall(replace(services, make_guarded=guarded, default_guard=lambda name: "schema"))
    choices: tuple[tuple[Guards | None, Guards], ...] = ((None, "schema"), ("policy", "policy"))
    for chosen, held_by in choices:
        live_call.chosen = Chosen(guard=chosen)
        live_call.begin(services.showpiece, "scripted")
        assert live_call.episode is not None
        assert live_call.episode.guard == made[-1] == held_by
    live_call.leave()


def test_what_is_no_guard_cannot_be_chosen() -> None:
    assert [guard_of(name) for _, name in GUARDS] == [None, "off", "schema", "policy"]
    with pytest.raises(ConfigError, match="no such guard"):
        guard_of("strict")


def lifelike_services(services: Services, made: list[str]) -> Services:
    def customer(task: Task, spoken: bool, kind: CustomerKind) -> UserSimulator:
        made.append(kind)
        return make_customer(task, services.domain_of(task), manner=Manner(kind))

    return replace(services, make_customer=customer, default_customer=lambda name: "lifelike", pause=0.0)


def test_the_first_call_has_a_plain_customer_and_others_one_that_the_agent_copes_with(
    make_services: Callable[..., Services],
) -> None:
    services = lifelike_services(make_services(), [])
    other = next(task for task in services.tasks if task.id != services.showpiece.id)
    unchosen = Chosen()
    assert services.customer_of("scripted", services.showpiece, unchosen) == "plain"
    assert services.customer_of("scripted", other, unchosen) == "lifelike"
    weak = replace(services, default_customer=lambda name: "plain")
    assert weak.customer_of("scripted", other, unchosen) == "plain"
    for kind in ("plain", "lifelike"):
        assert weak.customer_of("scripted", services.showpiece, Chosen(customer=customer_of(kind))) == kind


def test_a_watched_call_has_the_customer_that_was_chosen_and_says_so(make_services: Callable[..., Services]) -> None:
    made: list[str] = []
    live_call = LiveCall(lifelike_services(make_services(), made))
    live_call.aloud = False
    live_call.chosen = Chosen(customer="lifelike")
    live_call.begin(live_call.services.showpiece, "scripted")
    live_call.simulate()
    TestCalls().wait(live_call)
    assert live_call.conversation is not None
    assert live_call.conversation.episode.customer == "lifelike"
    assert made == ["lifelike"]
    live_call.leave()


def test_what_is_no_manner_cannot_be_chosen() -> None:
    assert [customer_of(name) for _, name in CUSTOMERS] == [None, "plain", "lifelike"]
    with pytest.raises(ConfigError, match="no such customer"):
        customer_of("rude")


def having(fresh: Any, tmp_path: Path, *parts: str) -> Services:
    """The app's services on a machine on which these parts can be loaded, and nothing else; they are loaded."""
    import app

    loading = [one for one in app.loaders("scripted") if one.name in parts]
    services = fresh(loading, TARL_HOME=str(tmp_path), TARL_AGENT="scripted", TARL_OFFLINE="1")
    services.readiness.load()
    return services


def test_a_simulated_customer_speaks_with_a_voice_alone_and_writes_without_one(fresh: Any, tmp_path: Path) -> None:
    assets.fetch("kokoro-82m")  # from the usual home
    speaking, writing = having(fresh, tmp_path, "voice"), having(fresh, tmp_path)
    assert speaking.ears() is None  # nothing recognises what is said
    assert speaking.voice() is not None
    makes: list[Callable[[Services], UserSimulator]] = [
        lambda services: services.make_user(services.showpiece, True),
        lambda services: services.user_of("scripted", services.showpiece, True, Chosen()),
    ]
    for make in makes:
        written, said = make(writing).speak(()), make(speaking).speak(())
        assert written is not None
        assert said is not None
        assert written.audio is None
        assert said.audio is not None
        assert said.heard is None  # an agent that takes no sound reads what was meant


def test_the_first_words_of_the_first_call_are_spoken_before_anybody_asks_for_them(fresh: Any, tmp_path: Path) -> None:
    assets.fetch("kokoro-82m")  # from the usual home
    services = having(fresh, tmp_path, "voice")
    for task, prepared in ((services.showpiece, True), (services.following(services.showpiece), False)):
        user = services.user_of("scripted", task, True, Chosen())
        assert isinstance(user, SpokenUser)
        turn = user.inner.speak(())
        assert turn is not None
        first, again = (next(iter(user.tts.stream(turn.text, user.voice))) for _ in range(2))
        assert (first is again) == prepared
