from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tarl_app import wiring
from tarl_app.core.errors import AssetError
from tarl_app.ui import example
from tarl_app.ui.readiness import Loader, Readiness
from tarl_app.ui.services import AgentChoice, Comparing, Services
from tarl_app.ui.tabs.compare.page import default_pair

Make = Callable[..., Services]


def test_the_task_to_begin_with_changes_the_database(make_services: Make) -> None:
    services = make_services()
    assert any(services.domain.writes(call.name) for call in services.showpiece.gold)


def test_without_tasks_one_begins_with_free_talk(make_services: Make) -> None:
    services = replace(make_services(), tasks=())
    assert services.showpiece is services.free_task


def test_an_id_that_is_not_offered_means_free_talk(make_services: Make) -> None:
    services = make_services()
    assert services.task("retail-test-000") is services.free_task


def test_an_agent_is_used_once_what_it_needs_is_ready_and_the_demo_agent_until_then(make_services: Make) -> None:
    readiness = Readiness([Loader("agent", "omni-mini", lambda tell: "model")])
    agents = (AgentChoice("omni-mini", "omni-mini", ("agent",)), AgentChoice("scripted", "Scripted demo"))
    services = make_services(agents=agents, first_agent="omni-mini", readiness=readiness)
    assert services.usable_agent("omni-mini") == "scripted"
    readiness.load()
    assert services.usable_agent("omni-mini") == "omni-mini"


def test_an_agent_that_failed_to_load_is_replaced_by_the_demo_agent(make_services: Make) -> None:
    def load(tell: object) -> None:
        raise AssetError("no weights")

    readiness = Readiness([Loader("agent", "omni-mini", load)])
    readiness.load()
    agents = (AgentChoice("omni-mini", "omni-mini", ("agent",)), AgentChoice("scripted", "Scripted demo"))
    assert make_services(agents=agents, readiness=readiness).usable_agent("omni-mini") == "scripted"


def test_an_agent_that_is_not_offered_is_the_demo_agent(make_services: Make) -> None:
    assert make_services().choice("null").name == "scripted"


EARLY, TUNED = AgentChoice("early", "early"), AgentChoice("tuned", "tuned", base="early")
ORPHAN = AgentChoice("orphan", "orphan", base="gone")


def test_the_untrained_agent_is_the_base_where_that_is_offered_and_there_is_none_for_the_demo_agent(
    make_services: Make,
) -> None:
    services = make_services(agents=(AgentChoice("scripted", "Demo"), EARLY, TUNED, ORPHAN, AgentChoice("best", "best")))
    assert [services.untuned(name) for name in ("tuned", "best", "orphan", "early", "scripted")] == [
        *("early", "early", "early"),
        *("", ""),
    ]


def test_the_task_that_follows_is_of_another_kind_and_after_the_last_comes_the_first(make_services: Make) -> None:
    services = make_services()
    tasks = services.tasks_of("retail")
    for task in (tasks[0], tasks[-1]):
        following = services.following(task)
        assert following in tasks
        assert following.kind != task.kind
    alone = replace(services, tasks=(tasks[0],))
    assert alone.following(tasks[0]) == tasks[0]


@pytest.mark.parametrize(
    ("first", "others", "pair"),
    [
        ("mini", (EARLY, TUNED), ("early", "tuned")),
        ("mini", (TUNED, EARLY, AgentChoice("other", "other", base="mini")), ("early", "tuned")),
        ("other", (EARLY, TUNED, AgentChoice("other", "other", base="early")), ("early", "other")),
        ("mini", (ORPHAN, EARLY), ("mini", "orphan")),
        ("mini", (), ("mini", "scripted")),
        ("scripted", (EARLY, TUNED), ("scripted", "mini")),  # no weights are loaded
    ],
)
def test_what_was_trained_is_compared_with_its_base_first(
    make_services: Make, tmp_path: Path, first: str, others: tuple[AgentChoice, ...], pair: tuple[str, str]
) -> None:
    agents = (AgentChoice("mini", "mini"), *others, AgentChoice("scripted", "Scripted demo"))
    agents = tuple(replace(one, needs=("agent",)) if one.name == first != "scripted" else one for one in agents)
    comparing = Comparing(lambda: agents, wiring.compare_parts, lambda name: "", tmp_path)
    assert default_pair(make_services(agents=agents, first_agent=first), comparing) == pair


def test_the_recorded_pair_is_compared_first_unless_the_agent_of_the_page_was_trained_itself(
    make_services: Make, tmp_path: Path
) -> None:
    recorded = example.load()
    assert recorded is not None
    base, tuned = (AgentChoice(name, name) for name in recorded.agents)
    own = AgentChoice("own", "own", needs=("agent",), base=base.name)
    agents = (AgentChoice("scripted", "Scripted demo"), base, tuned, own)
    for first, offered, pair in (
        ("scripted", agents, recorded.agents),
        ("own", agents, (base.name, "own")),
        ("scripted", agents[:2], ("scripted", base.name)),
    ):
        comparing = Comparing(lambda offered=offered: offered, wiring.compare_parts, lambda name: "", tmp_path)
        assert default_pair(make_services(agents=agents, first_agent=first), comparing, recorded) == pair


def test_the_first_task_has_a_plain_caller_with_a_name_of_the_lexicons(make_services: Callable[..., Services]) -> None:
    services = make_services()
    known = {name.lower() for lexicon in services.domain.lexicons.values() for name in lexicon}
    caller = services.showpiece
    assert caller.persona.style == "plain"
    assert {caller.facts["first_name"].lower(), caller.facts["last_name"].lower()} <= known
    others = tuple(task for task in services.tasks if task.persona.style != "plain")
    assert make_services(tasks=others).showpiece.kind == caller.kind  # where nobody is plain, one of the same kind
