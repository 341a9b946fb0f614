"""Two agents, one visitor: the same messages, two databases, names hidden until the vote; and the head to head behind it."""

import asyncio
import random
import re
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gradio as gr
import numpy as np
import pytest

from tarl_app import wiring
from tarl_app.agents.scripted import NullAgent, ScriptedAgent
from tarl_app.core.errors import AgentError, Cancelled, ConfigError, ConversationError
from tarl_app.core.protocols import Agent
from tarl_app.core.sound.audio import Audio
from tarl_app.core.spoken import PLAIN_SPEECH, Spoken
from tarl_app.core.types import AgentTurn, Task, Turn, UserTurn
from tarl_app.evaluation.comparison.compare import folder_name, head_to_head, versus
from tarl_app.jobs import launch
from tarl_app.jobs.liveness import held
from tarl_app.speech import Voice
from tarl_app.ui.access.ballot import OF_ONE
from tarl_app.ui.calls.live_calls import LiveCalls
from tarl_app.ui.calls.match import MATCH, Matches
from tarl_app.ui.calls.side_by_side import SideBySide, SideBySides
from tarl_app.ui.services import AgentChoice, Comparing, Services
from tarl_app.ui.tabs import compare
from tarl_app.ui.tabs.compare import Handlers, view
from tarl_app.ui.tabs.compare.page import Page

Make = Callable[..., Services]
PAIR = ("scripted", "null")


class SlowAgent:
    """Thinks until it is told to stop."""

    name = "slow"

    def reply(self, turns: Sequence[Turn], on_text=None, cancelled=None) -> AgentTurn:
        while not (cancelled and cancelled()):
            time.sleep(0.005)
        raise Cancelled("stopped")


@pytest.fixture
def services(make_services: Make) -> Services:
    domain = make_services().domain

    def agent(name: str, task: Task) -> Agent:
        if name == "missing":
            raise AgentError("There is no agent named 'missing'.")
        return {"null": NullAgent, "slow": SlowAgent}.get(name, lambda: ScriptedAgent(task, domain, 0))()

    return make_services(make_agent=agent)


@pytest.fixture
def side_by_side(services: Services) -> Iterator[SideBySide]:
    side_by_sides = SideBySides(LiveCalls(services), random.Random(0))
    made = side_by_sides.of("tab")
    yield made
    settle(made)
    side_by_sides.leave("tab")


def settle(side_by_side: SideBySide) -> None:
    end = time.monotonic() + 60
    while side_by_side.active and time.monotonic() < end:
        for side in side_by_side.sides:
            if side.screen:
                side.screen.apply_due()
        time.sleep(0.005)
    assert not side_by_side.active
    side_by_side.rest()


def tell(side_by_side: SideBySide, text: str, pair: tuple[str, str] = PAIR, blind: bool = False) -> None:
    if side_by_side.agents is None:
        side_by_side.pick(side_by_side.services.tasks[0], *pair, blind=blind)
    side_by_side.say(text)
    settle(side_by_side)


def said(side_by_side: SideBySide) -> list[list[str]]:
    return [[t.text for t in side.episode.turns if isinstance(t, UserTurn)] for side in side_by_side.sides if side.episode]


def test_one_message_reaches_both_agents_each_in_a_call_and_a_database_of_its_own(side_by_side: SideBySide) -> None:
    tell(side_by_side, "Hello, I need help.")
    tell(side_by_side, "It is about my order.")
    assert said(side_by_side) == [["Hello, I need help.", "It is about my order."]] * 2
    left, right = (side.conversation for side in side_by_side.sides)
    assert left is not None
    assert right is not None
    assert (left.episode.agent, right.episode.agent) == PAIR
    assert left.episode.id != right.episode.id
    calls = left.episode.task.gold
    assert calls
    for own in (left, right):  # what was cancelled in one database can still be cancelled in the other
        assert not any(own.tools.call(call).is_error for call in calls)
    assert any(left.tools.call(call).is_error for call in calls)
    assert side_by_side.messages == 2


def test_nothing_is_loaded_before_there_is_a_message(side_by_side: SideBySide) -> None:
    side_by_side.pick(side_by_side.services.tasks[0], "missing", "null", blind=False)
    assert side_by_side.notice == ""
    side_by_side.say("Hello?")
    settle(side_by_side)
    assert "missing" in side_by_side.notice
    assert side_by_side.agents is None


def test_blind_the_names_are_hidden_until_the_vote_and_both_orders_occur(side_by_side: SideBySide) -> None:
    orders = set()
    for _ in range(12):
        side_by_side.pick(side_by_side.services.tasks[0], *PAIR, blind=True)
        side_by_side.say("Hello.")
        settle(side_by_side)
        assert not side_by_side.named
        orders.add(side_by_side.agents)
    assert orders == {PAIR, PAIR[::-1]}
    side_by_side.cast("b")
    assert side_by_side.named
    assert side_by_side.vote is not None
    assert (side_by_side.vote.a, side_by_side.vote.b) == side_by_side.agents


def test_a_vote_is_stored_with_both_calls_and_cannot_be_cast_twice(side_by_side: SideBySide) -> None:
    tell(side_by_side, "Hello.", blind=True)
    side_by_side.cast("tie")
    [vote] = side_by_side.services.votes.list()
    assert (vote.choice, vote.blind, vote.messages, vote.task) == ("tie", True, 1, side_by_side.services.tasks[0].id)
    assert [side_by_side.services.store.get(one).agent for one in vote.episodes] == [vote.a, vote.b]
    with pytest.raises(ConversationError, match="have voted"):
        side_by_side.cast("a")


def test_a_vote_beyond_the_rate_is_refused_in_words_and_not_stored(side_by_side: SideBySide) -> None:
    tell(side_by_side, "Hello")
    for _ in range(OF_ONE):
        side_by_side.services.ballot.admit(side_by_side.key)
    with pytest.raises(ConversationError, match="faster here than two calls can be read"):
        side_by_side.cast("a")
    assert [*side_by_side.services.votes.list()] == []
    assert side_by_side.can_vote  # later


def test_nobody_votes_before_both_have_answered(side_by_side: SideBySide) -> None:
    side_by_side.pick(side_by_side.services.tasks[0], *PAIR, blind=True)
    with pytest.raises(ConversationError, match="Say something to both"):
        side_by_side.cast("a")
    assert [*side_by_side.services.votes.list()] == []


def test_an_agent_against_itself_is_refused(side_by_side: SideBySide) -> None:
    with pytest.raises(ConversationError, match="two different agents"):
        side_by_side.pick(side_by_side.services.tasks[0], "null", "null", blind=True)


def test_stopping_takes_the_message_back_on_both_sides(side_by_side: SideBySide) -> None:
    side_by_side.pick(side_by_side.services.tasks[0], "scripted", "slow", blind=False)
    side_by_side.say("Hello.")
    end = time.monotonic() + 60
    while not side_by_side.sides[1].busy and time.monotonic() < end:
        time.sleep(0.005)
    side_by_side.stop()
    settle(side_by_side)
    assert said(side_by_side) == [[], []]
    assert "taken back" in side_by_side.notice
    assert side_by_side.messages == 0


class Ears:
    """Hears the same words in every sound, and counts how often it listened."""

    name = "fixed"

    def __init__(self, text: str) -> None:
        self.text, self.listened = text, 0

    def transcribe(self, audio: Audio, spoken: Spoken = PLAIN_SPEECH) -> str:
        self.listened += 1
        return self.text


def test_a_spoken_message_is_heard_once_and_both_are_given_the_same_sound(make_services: Make, home: Path) -> None:
    ears = Ears("Where is my order?")
    domain = make_services().domain
    made = make_services(ears=lambda: ears, make_agent=lambda name, task: ScriptedAgent(task, domain, 0))
    side_by_side = SideBySides(LiveCalls(made)).of("tab")
    side_by_side.pick(made.tasks[0], *PAIR, blind=False)
    side_by_side.say_aloud(Audio((0.1 * np.sin(np.arange(8000) / 5)).astype(np.float32), 8000).wav())
    settle(side_by_side)
    left, right = (side.episode.turns[0] for side in side_by_side.sides if side.episode)
    assert isinstance(left, UserTurn)
    assert left == right
    assert (left.text, left.heard) == ("Where is my order?", "Where is my order?")
    assert left.audio is not None
    assert ears.listened == 1


def test_two_agents_that_hear_need_no_recogniser_and_a_stopped_message_goes(make_services: Make, home: Path) -> None:
    class Hearing:
        name = "hearing"

        def __init__(self, waits: bool) -> None:
            self.waits = waits

        def reply(self, turns: Sequence[Turn], on_text=None, cancelled=None) -> AgentTurn:
            while self.waits and len(turns) > 1:
                if cancelled and cancelled():
                    raise Cancelled("stopped")
                time.sleep(0.005)
            return AgentTurn(text="Hello.", heard="own words")

    made = make_services(hears=lambda name: True, make_agent=lambda name, task: Hearing(name == PAIR[1]))
    side_by_side = SideBySides(LiveCalls(made)).of("tab")
    side_by_side.pick(made.tasks[0], *PAIR, blind=False)
    said_aloud = Audio((0.1 * np.sin(np.arange(8000) / 5)).astype(np.float32), 8000).wav()
    side_by_side.say_aloud(said_aloud)
    settle(side_by_side)
    texts = [side.episode.turns[0].text for side in side_by_side.sides if side.episode]
    assert texts == ["own words"] * 2
    side_by_side.say_aloud(said_aloud)
    while not (side_by_side.sides[1].busy):
        time.sleep(0.005)
    side_by_side.stop()
    settle(side_by_side)
    assert [len(side.episode.turns) for side in side_by_side.sides if side.episode] == [2, 2]


def test_a_replay_shows_stored_calls_and_the_live_ones_come_back(side_by_side: SideBySide, tmp_path: Path) -> None:
    tell(side_by_side, "Hello.")
    live = [side.episode for side in side_by_side.sides]
    config = versus(*PAIR, limit=1)
    [pair] = head_to_head(config, wiring.compare_parts(config), tmp_path).pairs
    side_by_side.show(pair, 1)
    assert not side_by_side.open
    assert not side_by_side.can_vote
    assert [side.episode for side in side_by_side.sides] == [pair.a, pair.b]
    side_by_side.back_to_live()
    assert [side.episode for side in side_by_side.sides] == live


def test_a_tab_that_is_closed_takes_its_calls_with_it(services: Services) -> None:
    live_calls = LiveCalls(services)
    side_by_sides = SideBySides(live_calls)
    tell(side_by_sides.of("tab"), "Hello.")
    assert len(live_calls) == 2
    side_by_sides.leave("tab")
    assert len(live_calls) == 0
    assert {one.agent for one in services.store.list()} == set(PAIR)


# --- head to head -----------------------------------------------------------------------------------------------------


@pytest.fixture
def comparing(tmp_path: Path) -> Comparing:
    agents = tuple(AgentChoice(name, name) for name in PAIR)
    return Comparing(lambda: agents, wiring.compare_parts, lambda name: "", tmp_path)


def test_a_head_to_head_runs_behind_the_page_and_its_result_is_shown_with_where_they_differ(comparing: Comparing) -> None:
    matches = Matches(comparing)
    matches.start(versus(*PAIR, limit=2))
    with pytest.raises(ConversationError, match="already running"):
        matches.start(versus(*PAIR, limit=1))
    assert matches.wait(120)
    match = matches.current
    assert match is not None
    assert match.state == "finished"
    shown = view.outcome(match)
    assert "Finished: 4 of 4 calls" in shown
    assert "only A 2" in shown
    assert "may be luck" in shown
    assert shown.count('class="bo-span"') >= 4  # intervals below their figures
    items = view.pair_items(match.result)
    assert len(items) == 2
    assert "differ first at turn 2" in items[0][1]


def test_a_head_to_head_that_was_stopped_goes_on(comparing: Comparing) -> None:
    matches = Matches(comparing)
    matches.start(versus(*PAIR, limit=40))
    matches.stop()
    assert matches.wait(120)
    assert matches.current is not None
    assert matches.current.state == "stopped"
    matches.start(versus(*PAIR, limit=1))
    assert matches.wait(120)
    assert matches.current.state == "finished"


def recalled(comparing: Comparing) -> Matches:
    """Those of the next process, which has read what the last one left."""
    matches = Matches(comparing)
    while matches.recalling:
        time.sleep(0.01)
    return matches


def test_the_next_process_shows_a_finished_head_to_head_and_goes_on_with_an_interrupted_one(comparing: Comparing) -> None:
    finished = versus(*PAIR, limit=1)
    assert recalled(comparing).current is None
    matches = Matches(comparing)
    matches.start(finished)
    assert matches.wait(120)
    after = recalled(comparing)
    assert after.current is not None
    assert (after.current.config, after.current.state) == (finished, "finished")
    assert "Finished: 2 of 2 calls" in view.outcome(after.current)
    with pytest.raises(ConversationError, match="press Start"):
        after.go_on()
    config = versus(*PAIR, limit=3)
    folder = comparing.folder / folder_name(config)
    launch.write_json(folder / MATCH, {"config": config.model_dump(mode="json"), "state": "running"})
    after = recalled(comparing)
    told = view.outcome(after.current)
    assert "Interrupted, as the app was restarted, after 2 of 6 calls. What was played is kept" in told
    assert len(view.pair_items(after.current.result if after.current else None)) == 1
    other = Matches(replace(comparing, revision=lambda name: "newer"))
    while other.recalling:
        time.sleep(0.01)
    with pytest.raises(ConversationError, match="another one by now"):
        other.go_on()
    after.go_on("somebody")
    assert after.wait(120)
    assert after.current is not None
    assert "Finished: 6 of 6 calls" in view.outcome(after.current)
    assert after.begun_by("somebody")


@pytest.mark.parametrize("kept", ["", "[]", '{"config": {"a": 1}, "state": "running"}', '{"state": 3}'])
def test_a_folder_that_holds_no_head_to_head_is_passed_over(comparing: Comparing, kept: str) -> None:
    (comparing.folder / "odd").mkdir()
    (comparing.folder / "odd" / MATCH).write_text(kept)
    assert recalled(comparing).current is None


def test_a_head_to_head_of_another_process_is_left_alone(comparing: Comparing) -> None:
    config = versus(*PAIR, limit=1)
    folder = comparing.folder / folder_name(config)
    folder.mkdir()
    launch.write_json(folder / MATCH, {"config": config.model_dump(mode="json"), "state": "running"})
    assert recalled(comparing).current is not None
    with held(folder):
        assert recalled(comparing).current is None


def test_what_goes_wrong_in_the_background_is_told(comparing: Comparing) -> None:
    matches = Matches(comparing)
    matches.start(versus("nobody <b>", "null", limit=1))
    assert matches.wait(120)
    assert matches.current is not None
    assert matches.current.state == "failed"
    assert "no agent named &#x27;nobody &lt;b&gt;&#x27;" in view.outcome(matches.current)


def test_a_public_page_limits_the_tasks_of_a_head_to_head(comparing: Comparing) -> None:
    matches = Matches(comparing, most=3)
    for limit in (4, None):
        with pytest.raises(ConfigError, match="At most 3"):
            matches.start(versus(*PAIR, limit=limit))
    assert matches.current is None


def test_four_trials_show_pass_hat_1_to_4_with_the_paired_difference_its_interval_and_p_value(comparing: Comparing) -> None:
    matches = Matches(comparing)
    matches.start(versus(*PAIR, limit=2, trials=4))
    assert matches.wait(120)
    shown = view.outcome(matches.current)
    for k in range(1, 5):
        row = re.search(rf'<th scope="row">pass\^{k}</th>(.*?)</tr>', shown)
        assert row is not None
        told = " ".join(re.sub("<[^>]*>", " ", row[1]).split())
        assert told == "100 % 34 to 100 of 2 tasks only 0 % 0 to 66 of 2 tasks only"
    assert "−100 points of pass^1 (95 % interval over tasks: −100 to −7), of 2 tasks only" in shown
    assert "p = 0.500" in shown


def test_a_click_replays_both_episodes_from_the_turn_in_which_they_differ(services: Services, comparing: Comparing) -> None:
    page: Any = SimpleNamespace(**{field.name: field.name for field in fields(Page)})  # handlers use components as keys
    matches = Matches(comparing)
    matches.start(versus(*PAIR, limit=1))
    assert matches.wait(120)
    side_by_sides = SideBySides(LiveCalls(services))
    do = Handlers(side_by_sides, page, comparing, matches)

    async def watch() -> list[int]:
        request: Any = SimpleNamespace(session_hash="tab")
        event: Any = SimpleNamespace(id="0")
        return [side_by_sides.of("tab").shown async for _ in do.replay(event, request)]

    with ThreadPoolExecutor(1) as pool:  # in this thread an event loop may run already: that of the browser tests
        shown = pool.submit(asyncio.run, watch()).result()
    replay = side_by_sides.of("tab").replay
    assert replay is not None
    assert replay.parts_at == 1
    assert shown == [*range(1, max(len(replay.a.turns), len(replay.b.turns)) + 1)]


def test_the_last_state_of_a_comparison_is_painted_again(services: Services, comparing: Comparing) -> None:
    page: Any = SimpleNamespace(**{field.name: field.name for field in fields(Page)})
    side_by_sides = SideBySides(LiveCalls(services))
    do = Handlers(side_by_sides, page, comparing, Matches(comparing))
    request: Any = SimpleNamespace(session_hash="tab")
    side_by_side = side_by_sides.of("tab")
    side_by_side.pick(services.showpiece, *PAIR, blind=False)
    side_by_side.say("Hello.")
    while side_by_side.active:
        side_by_side.advance()
    side_by_side.rest()

    async def settle(begin: bool) -> list[dict]:
        found = []
        async for frame in do.settled(request):
            found.append(frame)
            if begin:
                side_by_side.say("And now?")
        return found

    with ThreadPoolExecutor(1) as pool:
        (frame,) = pool.submit(asyncio.run, settle(False)).result()
        assert frame["stop"]["interactive"] is False
        assert any("ev-agent" in html for _, html in frame["transcript_a"]["value"]["items"])
        assert not side_by_side.overpainted
        pool.submit(asyncio.run, settle(True)).result()
    assert side_by_side.overpainted  # whoever follows the answer paints once more
    while side_by_side.busy:
        time.sleep(0.01)


def test_whatever_is_followed_on_the_compare_tab_is_painted_again_at_its_end(
    services: Services, comparing: Comparing
) -> None:
    async def connected() -> set[str]:
        with gr.Blocks() as blocks:
            compare.build(blocks, LiveCalls(replace(services, comparing=comparing)))
        fns = blocks.fns.values()
        after = {fn.trigger_after for fn in fns if fn.name == "settled"}
        return {str(fn.name) for fn in fns if fn._id in after}

    with ThreadPoolExecutor(1) as pool:
        found = pool.submit(asyncio.run, connected()).result()
    assert {"new", "say", "spoken", "vote", "replay", "prepared"} <= found


class Tones:
    """A ``TextToSpeech`` that notes what it was asked to say in which voice."""

    name, voices = "tones", ("one", "two")

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []

    def stream(self, text: str, voice: str) -> Iterator[Audio]:
        self.asked.append((voice, text))
        yield Audio(np.full(80, 0.1, np.float32), 8000)


def test_both_sides_speak_with_the_same_voice(make_services: Make, home: Path) -> None:
    engine = Tones()
    domain = make_services().domain
    made = make_services(voice=lambda: Voice(engine, "two"), make_agent=lambda name, task: ScriptedAgent(task, domain, 0))
    side_by_side = SideBySides(LiveCalls(made)).of("tab")
    tell(side_by_side, "Hello.")
    said = [
        text for side in side_by_side.sides if side.episode for _, turn in side.episode.agent_turns for text in [turn.text]
    ]
    assert len(said) == 2
    assert {voice for voice, _ in engine.asked} == {"two"}
    assert all(text in " ".join(asked for _, asked in engine.asked) for text in said)


def test_the_customer_has_the_same_voice_and_line_on_both_sides_of_a_head_to_head() -> None:
    config = versus(*PAIR, speech=True, voice="pico:en-GB", channel="phone")
    assert (config.a.voice, config.a.channel) == (config.b.voice, config.b.channel) == ("pico:en-GB", "phone")


def test_names_of_agents_are_escaped() -> None:
    assert "<img" not in view.name("A", "<img src=x>", named=True)
    assert "secret" not in view.name("A", "secret", named=False)


@pytest.mark.parametrize("manner", ["plain", "lifelike"])
def test_a_head_to_head_has_the_customers_that_were_chosen(services: Services, comparing: Comparing, manner: str) -> None:
    page: Any = SimpleNamespace()
    side_by_sides = SideBySides(LiveCalls(services))
    do = Handlers(side_by_sides, page, comparing, Matches(comparing))
    config = do.config("retail", *PAIR, "dev", 2, 1, False, manner)
    assert (config.a.customer, config.b.customer) == (manner, manner)
    with pytest.raises(ConfigError, match="no such customer"):
        do.config("retail", *PAIR, "dev", 2, 1, False, "rude")
