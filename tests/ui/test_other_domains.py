import dataclasses
import time
from collections.abc import Callable

import pytest

from tarl_app.agents.scripted import ScriptedAgent
from tarl_app.core.errors import ConversationError
from tarl_app.domains import load_domain
from tarl_app.ui.calls.live_call import LiveCall
from tarl_app.ui.components.tasks import picked
from tarl_app.ui.episode_view import scenario
from tarl_app.ui.services import Services
from tarl_app.ui.words import task_choices
from tarl_app.users.scripted import scripted_user

MATH = load_domain("math")
TASK = MATH.tasks("dev")[3]


def both(make_services: Callable[..., Services]) -> Services:
    return make_services(
        tasks=(*load_domain("retail").tasks("dev")[:3], TASK),
        others=(MATH,),
        make_agent=lambda name, task: ScriptedAgent(task, load_domain(task.domain)),
        make_user=lambda task, spoken: scripted_user(task, load_domain("retail")),
    )


def test_a_task_is_played_and_judged_in_its_own_domain(make_services: Callable[..., Services]) -> None:
    services = both(make_services)
    live_call = LiveCall(services)
    live_call.begin(services.task(TASK.id), "scripted")
    live_call.simulate()
    live_call.hush()
    end = time.monotonic() + 30
    while live_call.active and time.monotonic() < end:
        if live_call.screen:
            live_call.screen.apply_due()
        time.sleep(0.005)
    live_call.rest()
    episode = live_call.episode
    assert episode is not None
    assert episode.verdict is not None
    assert episode.verdict.passed
    assert episode.judgements[0].scores[0].reason.startswith("answered ")


def test_tasks_of_the_main_domain_and_free_talk_stay_there(make_services: Callable[..., Services]) -> None:
    services = both(make_services)
    assert services.domain_of(TASK) is MATH
    assert {services.domain_of(task).name for task in (*services.tasks[:3], services.free_task)} == {"retail"}
    assert services.showpiece.domain == "retail"


def test_the_list_offers_math_by_level_and_question(make_services: Callable[..., Services]) -> None:
    labels = {task_id: label for label, task_id in task_choices(both(make_services).tasks)}
    assert labels[TASK.id].startswith("Math level 4 · Ask: ")


def test_the_scenario_does_not_tell_the_answer() -> None:
    shown = scenario(TASK)
    assert TASK.goals[0].question is not None
    assert TASK.goals[0].question.split(".")[0] in shown
    assert TASK.must_tell[0].worked not in shown


def test_each_domain_offers_its_own_tasks_and_free_talk_where_it_has_any(make_services: Callable[..., Services]) -> None:
    services = both(make_services)
    assert [domain.name for domain in services.domains] == ["retail", "math"]
    assert [task.id for task in services.tasks_of("math")] == [TASK.id]
    assert {*services.free_tasks} == {"retail"}
    assert services.showpiece_of("math") == TASK
    domain, chosen = picked(services, TASK)
    assert domain["value"] == "math"
    assert [task_id for _, task_id in chosen["choices"]] == [TASK.id]
    _, chosen = picked(services, services.free_task)
    assert chosen["choices"][0][1] == services.free_task.id


def test_an_agent_is_not_talked_to_in_a_domain_that_it_was_not_trained_for(make_services: Callable[..., Services]) -> None:
    def untrained(agent: str, domain: str) -> str:
        return f"{agent} was trained for retail, not for {domain}." if domain == "math" else ""

    live_call = LiveCall(dataclasses.replace(both(make_services), untrained=untrained))
    live_call.begin(live_call.services.showpiece, "scripted")
    with pytest.raises(ConversationError, match=r"trained for retail, not for math\. Choose another agent"):
        live_call.begin(TASK, "scripted")
    assert live_call.conversation is not None
    assert live_call.conversation.domain.name == "retail"
