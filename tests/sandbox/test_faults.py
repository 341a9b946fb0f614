"""Tools that break down on purpose: always the same ones, and nobody is blamed for it."""

import time
from collections.abc import Callable
from contextlib import closing, suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tarl_app.agents.scripted import NO_ANSWER, ReplayAgent, ScriptedAgent
from tarl_app.conversation import Conversation
from tarl_app.core.errors import Cancelled, ConfigError
from tarl_app.core.types import (
    AgentTurn,
    Episode,
    FaultKind,
    StopReason,
    Task,
    ToolCall,
    ToolResult,
    ToolTurn,
    Turn,
    UserTurn,
)
from tarl_app.domains import load_domain
from tarl_app.judges.reference.judge import ReferenceJudge
from tarl_app.sandbox.faults import KINDS, NO_FAULTS, Faults, FaultyTools, parse_faults
from tarl_app.sandbox.tools.agreement import untransferable
from tarl_app.sandbox.verifier import verify
from tarl_app.users.scripted import scripted_user

RETAIL = load_domain("retail")
CANCEL: Task = next(
    task for task in RETAIL.tasks("dev") if task.kind == "cancel" and task.gold[0].name == "find_user_id_by_name_zip"
)
FIND, READ, WRITE = CANCEL.gold[0], CANCEL.gold[-2], CANCEL.gold[-1]
ORDER = WRITE.arguments["order_id"]
SOME, MANY = Faults(fail=0.15, nonsense=0.15), Faults(fail=0.25, nonsense=0.25)
shares = st.integers(0, 333).map(lambda number: number / 1000)


def conversation(task: Task, faults: Faults, seed: int = 0, agent: Any = None) -> Conversation:
    domain = load_domain(task.domain)
    user = scripted_user(task, domain, seed, "held_out")
    agent = agent or ScriptedAgent(task, domain, seed)
    return Conversation(task, domain, agent, user, ReferenceJudge(domain), seed=seed, faults=faults, id="e")


def converse(task: Task, faults: Faults, seed: int = 0) -> Episode:
    with closing(conversation(task, faults, seed)) as one:
        return one.run()


def told(episode: Episode) -> list[Any]:
    """All that happened, without times."""
    turns = [one.model_copy(update={"timing": None, "seconds": None}) for one in episode.turns]
    scores = [one.scores for one in episode.judgements]
    return [turns, episode.verdict, scores, episode.stop]


# --- which calls ------------------------------------------------------------------------------------------------------


def test_without_rates_nothing_changes_to_the_letter():
    for task in RETAIL.tasks("dev")[:5]:
        with closing(conversation(task, NO_FAULTS)) as plain, closing(conversation(task, Faults(delay=7))) as none:
            assert told(plain.run()) == told(none.run())
            assert '"fault"' not in plain.episode.model_dump_json()


def test_a_dialogue_always_meets_the_same_faults_and_another_seed_others():
    task = RETAIL.tasks("dev")[1]
    assert told(converse(task, SOME)) == told(converse(task, SOME))
    drawn = {tuple(SOME.drawn(task.id, seed, place) for place in range(20)) for seed in range(5)}
    assert len(drawn) == 5


def test_rates_are_shares_of_the_calls():
    faults = Faults(fail=0.1, slow=0.2, nonsense=0.3)
    drawn = [faults.drawn(f"t{number % 100}", number // 100, number % 7) for number in range(10_000)]
    for kind, share in (("fail", 0.1), ("slow", 0.2), ("nonsense", 0.3), (None, 0.4)):
        assert drawn.count(kind) / len(drawn) == pytest.approx(share, abs=0.015)


@given(shares, shares, shares, st.floats(0.001, 30).map(lambda number: round(number, 3)))
def test_rates_are_read_as_they_are_written(fail: float, slow: float, nonsense: float, delay: float):
    faults = Faults(fail=fail, slow=slow, nonsense=nonsense, delay=delay)
    again = parse_faults(str(faults))
    assert (again.fail, again.slow, again.nonsense) == (fail, slow, nonsense)
    assert again.delay == delay or not slow


@pytest.mark.parametrize(
    "text",
    ["fail", "fail=", "fail=x", "fail=-1", "fail=1.5", "fail=0.6,slow=0.6", "late=0.1", "fail=.1,fail=.1", "delay=31", ","],
)
def test_what_are_no_rates_is_told_in_a_sentence(text: str):
    with pytest.raises(ConfigError, match=r"fail|delay"):
        parse_faults(text)


@given(st.text(max_size=40))
def test_any_text_is_rates_or_an_error(text: str):
    with suppress(ConfigError):
        assert isinstance(parse_faults(text), Faults)


# --- what happens to a call -------------------------------------------------------------------------------------------


def always(kind: FaultKind) -> FaultyTools:
    return FaultyTools(RETAIL, Faults.model_validate({kind: 1.0, "delay": 0.15}), CANCEL.id, 0)


def meet(kind: FaultKind, *calls: ToolCall, gone: Callable[[], bool] = lambda: False) -> tuple[list[ToolResult], bool]:
    """The results, and whether anything was changed."""
    faulty = always(kind)
    with closing(RETAIL.open()) as environment:
        results = [faulty.call(call, place, environment.call, gone) for place, call in enumerate(calls)]
        return results, bool(environment.changes())


@pytest.mark.parametrize("kind", ["fail", "nonsense"])
def test_a_call_that_breaks_down_is_not_made(kind: FaultKind):
    results, changed = meet(kind, *[call for call in (READ, WRITE) for _ in range(20)])
    assert not changed
    assert all(result.is_error and result.broke_down and result.fault == kind for result in results)
    errors = [result.content.startswith("Error: ") for result in results]
    assert all(errors) if kind == "fail" else not any(errors)


def test_nonsense_is_cut_off_or_of_another_type():
    results, _ = meet("nonsense", *[READ] * 40)
    whole = RETAIL.open().call(READ).content
    cut = [one for one in results if whole.startswith(one.content)]
    assert 5 < len(cut) < 35
    assert all(0 < len(one.content) <= 60 for one in results)


def test_a_slow_call_is_made_and_its_answer_comes_late():
    started = time.monotonic()
    results, changed = meet("slow", WRITE)
    assert time.monotonic() - started >= 0.15
    assert changed
    assert not results[0].is_error
    assert not results[0].broke_down


def test_nobody_waits_for_a_slow_call_when_nobody_listens():
    faulty = FaultyTools(RETAIL, Faults(slow=1, delay=30), CANCEL.id, 0)
    with closing(RETAIL.open()) as environment:
        faulty.call(READ, 0, environment.call, lambda: True)  # would otherwise take half a minute


def test_a_person_who_stops_during_a_slow_call_gets_the_dialogue_back():
    agent = ReplayAgent([AgentTurn(tool_calls=(FIND,)), AgentTurn(text="I see.")])
    with closing(conversation(CANCEL, Faults(slow=1, delay=30), agent=agent)) as one:
        with pytest.raises(Cancelled):
            one.say(UserTurn(text="Hello"), cancelled=lambda: bool(one.episode.agent_turns))
        assert one.episode.turns == ()


def test_a_notepad_never_breaks_down():
    for name in RETAIL.scratch_tools:
        results, _ = meet("fail", ToolCall(id="c", name=name, arguments={}))
        assert results[0].fault is None


def test_undo_makes_the_database_what_was_really_done():
    for seed in range(8):
        with closing(conversation(CANCEL, Faults(fail=0.3, nonsense=0.3), seed)) as one:
            one.run()
            changes = one.tools.changes()
            one.undo()
            one.run()
            assert one.tools.changes() == changes


# --- verdicts ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["retail", "airline"])
def test_the_expert_tries_again_and_passes_and_no_turn_of_it_is_a_deviation(name: str):
    tasks = load_domain(name).tasks("dev")[:8]
    episodes = [converse(task, MANY) for task in tasks]
    plain = [converse(task, NO_FAULTS) for task in tasks]
    assert sum(any(result.broke_down for _, result in one.calls) for one in episodes) >= 6
    for one, other in zip(episodes, plain, strict=True):
        assert one.verdict is not None
        assert other.verdict is not None
        assert one.verdict.passed >= other.verdict.passed, one.verdict
        assert verify(one, load_domain(name)) == one.verdict
        assert -1 not in [score.score for score in one.judgements[-1].scores], one.judgements[-1]


def test_when_nothing_works_the_expert_says_so():
    episode = converse(CANCEL, Faults(fail=1))
    assert any(turn.text == NO_ANSWER for _, turn in episode.agent_turns)
    assert episode.verdict is not None
    assert not episode.verdict.passed
    assert not episode.verdict.changes
    assert -1 not in [score.score for score in episode.judgements[-1].scores]


class Dialogue:
    """What an agent does in a call that the customer begins; calls named in ``breaks`` break down."""

    def __init__(self, kind: FaultKind = "fail") -> None:
        self.kind: FaultKind = kind
        self.turns: list[Turn] = []
        self.environment = RETAIL.open()
        facts = CANCEL.facts
        self.user(f"Please cancel order {ORDER}.").agent("Your name and zip code, please?")
        self.user(f"{facts['first_name']} {facts['last_name']}, {facts['zip']}.")

    def user(self, text: str) -> "Dialogue":
        self.turns.append(UserTurn(text=text))
        return self

    def agent(self, text: str) -> "Dialogue":
        self.turns.append(AgentTurn(text=text))
        return self

    def calls(self, call: ToolCall, broken: bool = False) -> "Dialogue":
        made = (
            always(self.kind).call(call, 0, self.environment.call, lambda: False) if broken else self.environment.call(call)
        )
        self.turns += [AgentTurn(tool_calls=(call,)), ToolTurn(results=(made,))]
        return self

    def agreed(self) -> "Dialogue":
        self.calls(FIND).calls(READ)
        reason = WRITE.arguments["reason"]
        return self.agent(f"I can cancel order {ORDER} as {reason}. Shall I go ahead?").user("Yes, please.")

    def ended(self) -> Episode:
        self.environment.close()
        episode = Episode(id="e", task=CANCEL, agent="a", user="u", turns=tuple(self.turns), stop=StopReason.USER_DONE)
        return episode.model_copy(update={"verdict": verify(episode, RETAIL)})

    def scores(self) -> list[int]:
        return [score.score for score in ReferenceJudge(RETAIL).judge(self.ended()).scores]


SORRY = f"I'm sorry, our system failed, so I cannot cancel order {ORDER} at the moment. It has not been cancelled."
DONE = f"Order {ORDER} has been cancelled. Is there anything else?"


@pytest.mark.parametrize("kind", ["fail", "nonsense"])
class TestBlame:
    def test_trying_again_is_right(self, kind: FaultKind):
        dialogue = Dialogue(kind).calls(FIND, broken=True).agreed().calls(WRITE, broken=True).calls(WRITE).agent(DONE)
        dialogue.user("No, that is all. Bye.")
        episode = dialogue.ended()
        assert episode.verdict is not None
        assert episode.verdict.passed, episode.verdict
        assert set(dialogue.scores()) == {1}

    def test_an_honest_apology_is_no_deviation(self, kind: FaultKind):
        dialogue = Dialogue(kind).agreed().calls(WRITE, broken=True).agent(SORRY).user("All right, bye.")
        episode = dialogue.ended()
        assert episode.verdict is not None
        assert not episode.verdict.passed
        assert not episode.verdict.changes
        assert -1 not in dialogue.scores()

    def test_neither_is_one_where_nothing_could_be_looked_up(self, kind: FaultKind):
        dialogue = Dialogue(kind).calls(FIND, broken=True).calls(FIND, broken=True).agent(SORRY).user("All right, bye.")
        assert -1 not in dialogue.scores()

    def test_nor_is_a_person_called_for_help(self, kind: FaultKind):
        transfer = RETAIL.transfer_call("The system failed.")
        assert transfer is not None
        dialogue = Dialogue(kind).agreed().calls(WRITE, broken=True)
        assert not untransferable(dialogue.turns) or "refused" not in untransferable(dialogue.turns)
        assert -1 not in dialogue.calls(transfer).scores()

    def test_telling_of_a_success_is_a_lie(self, kind: FaultKind):
        dialogue = Dialogue(kind).agreed().calls(WRITE, broken=True).agent(DONE).user("Bye.")
        assert dialogue.scores()[-1] == -1

    def test_a_breakdown_that_was_overcome_excuses_nothing(self, kind: FaultKind):
        dialogue = Dialogue(kind).calls(FIND, broken=True).calls(FIND).calls(READ, broken=True).calls(READ)
        dialogue.agent("Goodbye.").user("Bye.")
        assert -1 in dialogue.scores()

    def test_nor_does_one_of_something_that_nobody_needed(self, kind: FaultKind):
        unneeded = ToolCall(id="c", name="list_all_product_types", arguments={})
        dialogue = Dialogue(kind).calls(FIND).calls(unneeded, broken=True).agent("Goodbye.").user("Bye.")
        assert -1 in dialogue.scores()


def test_a_refusal_that_came_late_is_still_a_refusal():
    wrong = WRITE.model_copy(update={"arguments": {**WRITE.arguments, "order_id": "#W0000000"}})
    results, _ = meet("slow", wrong)
    assert results[0].is_error
    assert not results[0].broke_down


def test_all_kinds_are_known():
    assert set(KINDS) == set(Faults.model_fields) - {"delay"}
