"""Speech is computed a few sentences at a time, no faster than it is heard, and not at all once nobody listens."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np
import psutil
import pytest

from tarl_app.agents.scripted import ScriptedAgent
from tarl_app.conversation import Conversation
from tarl_app.core.errors import Cancelled, SpeechError
from tarl_app.core.settings import settings
from tarl_app.core.sound import audio
from tarl_app.core.sound.audio import Audio, Recorder
from tarl_app.core.types import AgentTurn, Turn, UserTurn
from tarl_app.domains import free_task, load_domain
from tarl_app.judges.reference.judge import ReferenceJudge
from tarl_app.speech import Voice, load_voice
from tarl_app.speech.phrases import LONGEST_ANSWER, Speaking
from tarl_app.speech.pool import LONGEST_TEXT, Pool, parts, patient, until
from tarl_app.storage.memory import MemoryEpisodeStore
from tarl_app.ui.calls.live_call import LiveCall
from tarl_app.ui.calls.screen import MOST_UNHEARD
from tarl_app.ui.components.pieces import Pieces, Shelf
from tarl_app.ui.services import AgentChoice, Services
from tarl_app.users.scripted import ScriptedUser
from tarl_app.users.spoken import SpokenUser

RATE = 24_000
SENTENCE = "This is a sentence of the answer as any other."
ANSWER = " ".join([SENTENCE] * 40)
DOMAIN = load_domain("retail")


class Drone:
    """A voice that hums for ten seconds, whatever the sentence, and counts."""

    name = "drone"
    voices = ("low",)

    def __init__(self, at_once: int = 2, takes: float = 0.0, seconds: float = 10.0) -> None:
        self.pool = Pool(at_once)
        self.takes, self.seconds = takes, seconds
        self.made = self.together = self.most_together = 0
        self._lock = threading.Lock()

    def stream(self, text: str, voice: str) -> Iterator[Audio]:
        for sentence in parts(text):
            with self.pool.seat(sentence):
                self._count(1)
                time.sleep(self.takes)
                samples = np.full(int(self.seconds * RATE), 0.1, np.float32)
                self._count(-1)
            yield Audio(samples, RATE)

    def _count(self, change: int) -> None:
        with self._lock:
            self.together += change
            self.made += change > 0
            self.most_together = max(self.most_together, self.together)


class Reciter:
    """Says the same whatever it is told."""

    name = "reciter"

    def __init__(self, text: str = ANSWER) -> None:
        self.text = text

    def reply(self, turns: Sequence[Turn], on_text=None, cancelled=None) -> AgentTurn:
        if on_text:
            on_text(self.text)
        return AgentTurn(text=self.text)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("TARL_HOME", str(tmp_path))
    settings.cache_clear()
    yield tmp_path
    settings.cache_clear()


def a_call(drone: Drone, clock: Callable[[], float] = time.monotonic) -> LiveCall:
    services = Services(
        agents=(AgentChoice("reciter", "Reciter"),),
        first_agent="reciter",
        demo_agent="reciter",
        domain=DOMAIN,
        tasks=(),
        free_task=free_task("retail"),
        make_agent=lambda name, task: Reciter(),
        make_user=lambda task, spoken: ScriptedUser(task, load_domain(task.domain)),
        make_judge=ReferenceJudge,
        ears=lambda: None,
        voice=lambda: Voice(drone, "low"),
        store=MemoryEpisodeStore(),
    )
    live_call = LiveCall(services, clock)
    live_call.begin(services.free_task, "reciter")
    return live_call


def soon(true: Callable[[], bool], seconds: float = 20.0) -> bool:
    end = time.monotonic() + seconds
    while not true() and time.monotonic() < end:
        time.sleep(0.01)
    return true()


def rests(drone: Drone) -> int:
    """How many sentences are made once no more are."""
    while True:
        before = drone.made
        time.sleep(0.3)
        if drone.made == before:
            return before


def answer_of(call: Conversation) -> AgentTurn:
    turn = call.say(UserTurn(text="Hello.")).turns[-1]
    assert isinstance(turn, AgentTurn)
    return turn


@contextmanager
def all_seats_of(pool: Pool, seats: int) -> Iterator[None]:
    with ExitStack() as held:
        for _ in range(seats):
            held.enter_context(pool.seat("taken"))
        yield


# --- the pool ---


def test_only_so_many_sentences_are_computed_at_once_and_nobody_is_overtaken() -> None:
    drone, order = Drone(at_once=2, takes=0.005, seconds=0.01), []

    def speak(number: int) -> None:
        order.extend(number for _ in drone.stream("One. Two.", "low"))

    threads = [threading.Thread(target=speak, args=(number,)) for number in range(48)]
    with all_seats_of(drone.pool, 2):
        for before, thread in enumerate(threads):
            thread.start()
            assert soon(lambda before=before: drone.pool.waiting == before + 1)
    for thread in threads:
        thread.join()
    assert drone.most_together == 2
    assert max(order.index(number) for number in range(48)) < 48 + 2  # each its first sentence before any its second
    assert drone.pool.waiting == 0


@pytest.mark.parametrize("name", ["pico:en-US", "flite:rms"])
def test_every_voice_waits_for_its_seat_and_leaves_the_queue_when_nobody_listens(name: str) -> None:
    voice, gone, told = load_voice(name), threading.Event(), []
    pool: Pool = voice.engine.pool  # pyright: ignore[reportAttributeAccessIssue]

    def speak() -> None:
        try:
            with until(gone.is_set):
                told.extend(voice.stream("Hello."))
        except Cancelled as error:
            told.append(error)

    with all_seats_of(pool, pool.free):
        thread = threading.Thread(target=speak)
        thread.start()
        assert soon(lambda: pool.waiting == 1)
        assert told == []
        gone.set()
        thread.join(timeout=5)
        assert [type(one) for one in told] == [Cancelled]
        assert pool.waiting == 0
    assert [piece.seconds > 0.1 for piece in voice.stream("Hello.")] == [True]


def test_what_waits_is_bounded_in_characters_and_in_time() -> None:
    drone = Drone(at_once=1)
    drone.pool = Pool(1, most_waiting=100)
    with drone.pool.seat("taken"):
        first = threading.Thread(
            target=lambda: list(drone.stream("A sentence of sixty characters, more or less, that waits.", "low"))
        )
        first.start()
        assert soon(lambda: drone.pool.waiting == 1)
        with pytest.raises(SpeechError, match="busy with other calls"):
            next(drone.stream("Another sentence of sixty characters, more or less, to wait.", "low"))
        with pytest.raises(SpeechError, match="busy with other calls"):
            next(patient(drone.stream("Short.", "low"), 0.05))
    first.join()
    assert drone.made == 1


def test_a_text_that_takes_many_minutes_to_say_is_refused_before_anything_is_computed() -> None:
    voice = load_voice("pico:en-US")
    with pytest.raises(SpeechError, match=r"100,000 characters; 4,000 are read aloud at most"):
        voice.say("word " * 20_000)
    assert len(voice.say(SENTENCE).samples) > 0
    assert LONGEST_TEXT == 4_000


# --- a call ---


def test_of_a_very_long_answer_the_beginning_is_spoken_and_kept_and_a_note_says_so() -> None:
    drone = Drone(seconds=0.1)
    call = Conversation(free_task("retail"), DOMAIN, Reciter(" ".join([SENTENCE] * 200)), voice=Voice(drone, "low"))
    turn = answer_of(call)
    assert turn.text.count("sentence") == 200
    assert len(call.notes) == 1
    assert "its end is in writing only" in call.notes[0]
    assert turn.audio is not None
    said = LONGEST_ANSWER // (len(SENTENCE) + 1)
    assert drone.made in (said, said - 1)
    assert turn.audio.seconds == pytest.approx(drone.made * 0.1)


def test_who_stops_listening_in_a_phrase_hears_its_rest_next_time() -> None:
    speaking = Speaking(Voice(Drone(seconds=0.1), "low"))
    text = "a" * 300 + ". " + "b" * 300 + "."  # each is one phrase of two sentences
    heard = []
    for _ in range(9):
        heard.extend([sound for _, sound in zip(range(1), speaking.finish(text), strict=False)])
    assert len(heard) == len(list(Speaking(Voice(Drone(seconds=0.1), "low")).finish(text))) > 2


def test_a_busy_voice_leaves_the_answer_in_writing() -> None:
    drone = Drone(at_once=1)
    call = Conversation(free_task("retail"), DOMAIN, Reciter(SENTENCE), voice=Voice(drone, "low", patience=0.05))
    with drone.pool.seat("taken"):
        turn = answer_of(call)
    assert (turn.text, turn.audio, drone.made) == (SENTENCE, None, 0)
    assert "busy with other calls" in call.notes[0]
    assert answer_of(call).audio is not None


def test_a_simulated_customer_who_waits_for_a_voice_stops_waiting_with_the_call(home: Path) -> None:
    drone, task = Drone(at_once=1), DOMAIN.tasks("dev")[0]
    user = SpokenUser(ScriptedUser(task, load_domain(task.domain)), drone, "low", folder=home)
    call = Conversation(task, DOMAIN, ScriptedAgent(task, DOMAIN, 0), user)
    end = time.monotonic() + 0.3
    with drone.pool.seat("taken"), pytest.raises(Cancelled):
        call.step(lambda: time.monotonic() > end)
    assert (drone.made, call.episode.turns, call.episode.stop) == (0, (), None)


def test_speech_is_made_no_faster_than_it_is_heard() -> None:
    drone = Drone(takes=0.05)
    live_call = a_call(drone)
    live_call.say("Hello.")
    most = MOST_UNHEARD / drone.seconds + 1
    assert 1 < rests(drone) <= most
    assert live_call.screen is not None
    for _ in range(3):
        before = drone.made
        live_call.screen.apply_due()
        assert before < rests(drone) <= before + most + 2  # what is made meanwhile may be heard meanwhile
    live_call.stop()
    assert soon(lambda: not live_call.busy)
    assert drone.made < 40


def test_a_call_that_nobody_follows_any_more_ends() -> None:
    drone = Drone(takes=0.01)
    away = [0.0]  # seconds
    live_call = a_call(drone, lambda: time.monotonic() + away[0])
    live_call.say("Hello.")
    assert live_call.screen is not None
    live_call.screen.apply_due()
    rests(drone)
    assert live_call.busy
    away[0] = 1_000.0
    assert soon(lambda: not live_call.busy)
    made = rests(drone)
    assert made < 40
    assert live_call.episode is not None
    live_call.screen.apply_due()
    live_call.rest()
    live_call.say("Are you still there?")  # somebody came back
    assert soon(lambda: drone.made > made)
    live_call.leave()
    assert soon(lambda: not live_call.busy)


def test_forty_eight_calls_that_nobody_hears_take_little_memory() -> None:
    drone = Drone()
    live_calls = [a_call(drone) for _ in range(48)]
    process = psutil.Process()
    before = process.memory_info().rss
    for live_call in live_calls:
        live_call.say("Hello.")
    made = rests(drone)
    grew = (process.memory_info().rss - before) / 2**20
    for live_call in live_calls:
        live_call.leave()
    assert soon(lambda: all(live_call.conversation is None for live_call in live_calls))
    assert made <= 48 * (MOST_UNHEARD / drone.seconds + 1)
    assert rests(drone) <= made + 48
    assert grew < 320  # MB; all that they say are 1,760


def test_sentences_for_all_pages_together_are_bounded_and_each_page_has_its_own() -> None:
    beep = Audio(np.zeros(500, np.float32), 8_000)
    size = len(beep.wav())
    shelf = Shelf(most_bytes=10 * size)
    pages = [Pieces("", shelf) for _ in range(8)]
    names = [[page.publish(beep) for _ in range(5)] for page in pages]
    assert shelf.bytes == 10 * size
    assert pages[0].get(names[0][0]) is None
    assert pages[7].get(names[7][4]) == beep.wav()
    assert pages[6].get(names[7][4]) is None
    pages[7].clear()
    assert shelf.bytes == 5 * size
    for page in pages:
        page.clear()
    assert shelf.bytes == 0


# --- what is kept of it ---


def test_a_sound_recorded_in_pieces_is_the_file_that_it_would_be_as_one(tmp_path: Path) -> None:
    samples = np.random.default_rng(0).uniform(-1.2, 1.2, 30_000).astype(np.float32)
    whole = audio.save(Audio(samples, RATE), tmp_path / "whole")
    recorder = Recorder()
    assert recorder.empty
    for at in range(0, len(samples), 7_000):
        recorder.add(Audio(samples[at : at + 7_000], RATE))
    kept = recorder.keep(tmp_path / "pieces")
    assert kept == whole
    assert audio.locate(kept, tmp_path / "pieces").read_bytes() == audio.locate(whole, tmp_path / "whole").read_bytes()
    with pytest.raises(SpeechError):
        recorder.keep(tmp_path)
