from dataclasses import dataclass

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tarl_app.conversation import Rewound, Scored, SpeechPiece, Stopped, TextPiece, TurnAdded
from tarl_app.core.sound.audio import Audio
from tarl_app.core.types import AgentTurn, AudioRef, Episode, StopReason, Task, TurnScore, UserTurn
from tarl_app.ui.calls.screen import Changed, Screen, Waiting


@dataclass
class Clock:
    now: float = 100.0

    def __call__(self) -> float:
        return self.now


def a_screen(paced: bool) -> tuple[Screen, Clock]:
    clock = Clock()
    task = Task(id="t", domain="retail", split="dev", kind="lookup", instruction="")
    screen = Screen(Episode(id="e", task=task, agent="a", user="u"), lambda sound: f"piece/{sound.seconds:.0f}", clock)
    screen.begin(paced)
    return screen, clock


def sound(seconds: float) -> Audio:
    return Audio(np.zeros(int(seconds * 100), np.float32), 100)


SPOKEN = UserTurn(text="Hi", audio=AudioRef(path="aa/x.wav", seconds=4.0, sample_rate=100))


def test_a_typing_person_sees_every_event_at_once() -> None:
    screen, _ = a_screen(paced=False)
    for event in (TurnAdded(0, UserTurn(text="Hi")), TextPiece("Hel"), TextPiece("lo")):
        screen.post(event)
    assert screen.apply_due()
    assert (screen.live, len(screen.episode.turns), screen.drained) == ("Hello", 1, True)


def test_the_agents_answer_waits_until_the_customer_has_been_heard() -> None:
    screen, clock = a_screen(paced=True)
    screen.post(TurnAdded(0, SPOKEN))
    screen.post(TextPiece("Hello"))
    screen.apply_due()
    assert (screen.sounds[0].who, screen.sounds[0].url, screen.live) == ("customer", "tarl/sound/aa/x.wav", "")
    clock.now += 3.9
    assert not screen.apply_due()
    clock.now += 0.5
    assert screen.apply_due()
    assert screen.live == "Hello"


def test_a_voice_that_is_late_is_told_until_it_is_heard() -> None:
    screen, clock = a_screen(paced=True)
    screen.begin(True, aloud=True)
    screen.post(TextPiece("Hello"))
    screen.apply_due()
    clock.now += 3
    assert screen.apply_due()  # nothing came, and there is something new to be shown
    assert (screen.live, screen.told) == ("Hello", "The voice is being made…")
    assert not screen.apply_due()
    screen.post(SpeechPiece(1, sound(2.0)))
    assert screen.apply_due()
    assert screen.told == ""
    clock.now += 2.3
    assert not screen.apply_due()
    clock.now += 1.5
    assert screen.apply_due()
    screen.pause()
    assert screen.told == ""  # the visitor's pause, and no delay


def test_without_a_voice_none_is_waited_for() -> None:
    screen, clock = a_screen(paced=True)
    screen.post(TextPiece("Hello"))
    clock.now += 60
    screen.apply_due()
    assert screen.told == ""


def test_the_customer_waits_until_the_agent_has_been_heard() -> None:
    screen, clock = a_screen(paced=True)
    screen.post(SpeechPiece(1, sound(2.0)))
    screen.post(SpeechPiece(1, sound(3.0)))
    screen.post(TurnAdded(2, SPOKEN))
    screen.apply_due()
    assert [one.who for one in screen.sounds] == ["agent", "agent"]  # sentences do not wait for one another
    assert screen.ahead
    clock.now += 4.0
    assert not screen.apply_due()
    clock.now += 2.0
    screen.apply_due()
    assert not screen.ahead


def test_the_end_of_the_call_waits_for_the_last_word() -> None:
    screen, clock = a_screen(paced=True)
    screen.post(SpeechPiece(1, sound(2.0)))
    screen.post(Stopped(StopReason.USER_DONE, None))
    screen.apply_due()
    assert screen.episode.stop is None
    clock.now += 3.0
    screen.apply_due()
    assert screen.episode.stop is StopReason.USER_DONE


def test_a_persons_own_recording_is_not_played_back() -> None:
    screen, _ = a_screen(paced=False)
    screen.post(TurnAdded(0, SPOKEN))
    screen.apply_due()
    assert screen.sounds == []


def test_silencing_shows_what_is_waiting_and_plays_nothing_more() -> None:
    screen, _ = a_screen(paced=True)
    screen.post(TurnAdded(0, SPOKEN))
    screen.apply_due()
    screen.post(SpeechPiece(1, sound(2.0)))
    screen.post(TurnAdded(1, AgentTurn(text="Hello")))
    screen.hush()
    screen.apply_due()
    assert screen.drained
    assert screen.sounds == []
    assert len(screen.episode.turns) == 2


def test_scores_are_shown_as_they_come_and_a_changed_score_replaces_the_old() -> None:
    screen, _ = a_screen(paced=False)
    for score in (TurnScore(turn=1, score=1, reason="good"), TurnScore(turn=1, score=0, reason="not quite")):
        screen.post(Scored(score))
    screen.apply_due()
    assert [score.reason for score in screen.episode.judgements[0].scores] == ["not quite"]


def test_rewinding_removes_turns_and_their_scores() -> None:
    screen, _ = a_screen(paced=False)
    for index, turn in enumerate((UserTurn(text="Hi"), AgentTurn(text="Hello"))):
        screen.post(TurnAdded(index, turn))
    screen.post(Scored(TurnScore(turn=1, score=1, reason="good")))
    screen.post(Rewound(0))
    screen.apply_due()
    assert screen.episode.turns == ()
    assert screen.episode.judgements[0].scores == ()


def test_sounds_have_names_that_never_repeat() -> None:
    screen, _ = a_screen(paced=False)
    for _ in range(3):
        screen.post(SpeechPiece(1, sound(1.0)))
    screen.apply_due()
    screen.hush()
    screen.begin(paced=False)
    screen.post(SpeechPiece(1, sound(1.0)))
    first = {one.id for one in screen.sounds}
    screen.apply_due()
    assert first.isdisjoint({one.id for one in screen.sounds})


@given(st.lists(st.sampled_from(["text", "speech", "user", "agent", "note", "rewind"]), max_size=30), st.booleans())
def test_every_event_is_shown_in_the_end(kinds: list[str], paced: bool) -> None:
    screen, clock = a_screen(paced)
    make = {
        "text": TextPiece("x"),
        "speech": SpeechPiece(0, sound(1.0)),
        "user": TurnAdded(0, SPOKEN),
        "agent": TurnAdded(0, AgentTurn(text="Hello")),
        "note": Waiting("…"),
        "rewind": Rewound(0),
    }
    for kind in kinds:
        screen.post(make[kind])
    screen.post(Changed(()))
    for _ in range(40):
        clock.now += 10.0
        screen.apply_due()
    assert screen.drained


def test_in_a_pause_nothing_is_shown_and_afterwards_everything_is_due_as_much_later() -> None:
    screen, clock = a_screen(paced=True)
    screen.post(TurnAdded(0, SPOKEN))
    screen.post(TextPiece("Hello"))
    screen.apply_due()
    clock.now += 3.0
    screen.pause()
    clock.now += 60.0
    assert not screen.apply_due()
    screen.go_on()
    clock.now += 1.2
    assert not screen.apply_due()
    assert not screen.quiet
    clock.now += 0.1
    assert screen.apply_due()
    assert screen.quiet


def test_what_the_agent_recognised_becomes_the_words_of_a_turn_of_sound() -> None:
    screen, _ = a_screen(paced=False)
    screen.post(TurnAdded(0, SPOKEN.model_copy(update={"text": ""})))
    screen.post(TurnAdded(1, AgentTurn(text="Hi!", heard="Hello.")))
    screen.apply_due()
    assert [getattr(turn, "text", "") for turn in screen.episode.turns] == ["Hello.", "Hi!"]


def test_in_a_hurry_everything_is_shown_at_once_and_nothing_is_played() -> None:
    screen, _ = a_screen(paced=True)
    screen.post(TurnAdded(0, UserTurn(text="Hello", audio=AudioRef(path="a.wav", seconds=5.0, sample_rate=8_000))))
    screen.apply_due()
    assert screen.sounds
    screen.post(SpeechPiece(1, sound(3.0)))
    screen.post(TurnAdded(1, AgentTurn(text="Yes?")))
    screen.apply_due()
    assert len(screen.episode.turns) == 1
    screen.hurry(True)
    screen.apply_due()
    assert len(screen.episode.turns) == 2
    assert screen.sounds == []
    screen.hurry(False)
    screen.post(SpeechPiece(2, sound(3.0)))
    screen.apply_due()
    assert screen.sounds
