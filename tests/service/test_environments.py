"""What clients may see and do, and what becomes of environments."""

import base64
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tarl_app import wiring, wiring_service
from tarl_app.core.errors import StorageError
from tarl_app.core.sound import audio
from tarl_app.core.types import Episode, StopReason
from tarl_app.domains import load_domain
from tarl_app.sandbox.checks import gold_episode
from tarl_app.service.access import Access
from tarl_app.service.limits import Limits, Pace
from tarl_app.service.problems import Problem
from tarl_app.service.registry import LEFT, Registry
from tarl_app.speech.pico import Pico
from tarl_app.storage.memory import MemoryEpisodeStore
from tests.service.foreign import FAST, GRADER, TASKS, create, over_http, play, service

AS_GRADER = {"Authorization": f"Bearer {GRADER}"}
TASK = TASKS[0]


def code(answer: Any) -> str:
    """The code of a refusal, which always has a sentence as well."""
    error = answer.json()["error"]
    assert error["message"].endswith((".", "?"))
    return error["code"]


# --- what an agent must not know ------------------------------------------------------------------------------------------


def test_what_the_customer_wants_and_the_gold_calls_are_for_graders() -> None:
    task, _ = wiring.find_task(TASK)
    secrets = [task.instruction, *(str(value) for value in task.gold[-1].arguments.values() if len(str(value)) > 6)]
    with service() as client:
        env = create(client, TASK)
        pages = ["/domains", "/domains/retail", "/domains/retail/tasks", f"/tasks/{TASK}", f"/environments/{env}"]
        for page in pages:
            told = client.get(page)
            assert told.status_code == 200, page
            assert not [secret for secret in secrets if secret in told.text], page
            assert '"gold"' not in told.text
        graded = client.get(f"/tasks/{TASK}", headers=AS_GRADER).json()["full"]
        assert graded["gold"] == [call.model_dump() for call in task.gold]
        assert client.get("/domains/retail/tasks", headers=AS_GRADER).json()["tasks"][3]["full"]["id"] == TASK


def test_a_verdict_before_the_end_is_for_graders_and_its_words_always_are() -> None:
    with service() as client:
        env = create(client, TASK)
        say, _ = over_http(client, env)
        say("")
        say("Hello.")
        for what in ("verify", "judge"):
            assert code(client.post(f"/environments/{env}/{what}")) == "not_ended"
        early = client.post(f"/environments/{env}/verify", headers=AS_GRADER).json()
        assert not early["passed"]
        assert any(not check["passed"] and check["detail"] for check in early["full"])
        client.post(f"/environments/{env}/finish")
        late = client.post(f"/environments/{env}/verify").json()
        assert late["full"] is None
        assert late["checks_passed"] < late["checks"]
        assert [one["reason"] for one in client.post(f"/environments/{env}/judge").json()["scores"]] == [None]
        graded = client.post(f"/environments/{env}/judge", headers=AS_GRADER).json()["scores"]
        assert graded[0]["reason"]


# --- isolation ------------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_fifty_environments_at_once_each_end_in_their_own_gold_state() -> None:
    tasks = [*load_domain("retail").tasks("test")[:30], *load_domain("airline").tasks("test")[:20]]
    with service() as client:
        envs = [create(client, task.id) for task in tasks]
        waiting = threading.Barrier(len(tasks))

        def drive(env: str, task_id: str) -> None:
            waiting.wait()
            play(task_id, *over_http(client, env))

        with ThreadPoolExecutor(len(tasks)) as pool:
            list(pool.map(drive, envs, [task.id for task in tasks]))
        for env, task in zip(envs, tasks, strict=True):
            gold = _gold_changes(task.id)
            found = client.get(f"/environments/{env}/difference").json()["changes"]
            assert found == gold, task.id
            assert client.post(f"/environments/{env}/verify").json()["passed"], task.id


def _gold_changes(task_id: str) -> list[dict[str, Any]]:
    task, domain = wiring.find_task(task_id)
    with_gold = domain.open()
    for call, _ in gold_episode(task, domain).calls:
        with_gold.call(call)
    changes = [change.model_dump() for change in with_gold.changes()]
    with_gold.close()
    return changes


# --- tokens, limits, time -------------------------------------------------------------------------------------------------


def test_tokens() -> None:
    with service(access=Access(token="let-me-in", grader=GRADER)) as client:
        assert code(client.get("/domains")) == "token_missing"
        for wrong in ("let-me", "let-me-in2", "é", ""):
            answer = client.get("/domains", headers=[(b"authorization", f"Bearer {wrong}".encode())])
            assert (answer.status_code, code(answer)) == (401, "wrong_token")
        assert code(client.get("/domains", headers={"Authorization": "Basic let-me-in"})) == "wrong_token"
        for right in ("let-me-in", GRADER):
            assert client.get("/domains", headers={"Authorization": f"Bearer {right}"}).status_code == 200
        assert code(client.post("/mcp/x", headers={"Authorization": "Bearer no"}, json={})) == "wrong_token"


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.7", "::", "example.org"])
def test_where_others_can_reach_it_there_is_a_token(home: Path, host: str) -> None:
    assert len(wiring_service.make_access(host).token) >= 30
    assert wiring_service.make_access(host, "chosen").token == "chosen"
    assert wiring_service.make_access("127.0.0.1").token == wiring_service.make_access("[::1]").token == ""


def test_environments_of_a_client_are_limited_and_dropping_one_makes_room() -> None:
    with service(limits=Limits(environments=3, each=2, rate=1e6, burst=10**6)) as client:
        first, _ = create(client, TASK), create(client, TASK)
        refused = client.post("/environments", json={"task": TASK})
        assert (refused.status_code, code(refused)) == (429, "too_many")
        assert "Retry-After" in refused.headers
        assert client.delete(f"/environments/{first}").status_code == 204
        create(client, TASK)


def test_an_environment_that_cannot_be_made_takes_no_room() -> None:
    with service(limits=Limits(environments=1, each=1, rate=1e6, burst=10**6)) as client:
        assert code(client.post("/environments", json={"task": "retail-dev-9999"})) == "not_found"
        create(client, TASK)
        refused = client.post("/environments", json={"task": TASK})
        assert (refused.status_code, code(refused)) == (503, "full")


def test_requests_are_limited_per_client() -> None:
    now = [0.0]
    pace = Pace(rate=2, burst=3, clock=lambda: now[0])
    for _ in range(3):
        pace.admit("a")
    with pytest.raises(Problem, match="More than 2 requests a second"):
        pace.admit("a")
    pace.admit("b")
    now[0] = 0.6
    pace.admit("a")
    with pytest.raises(Problem):
        pace.admit("a")
    with service(limits=Limits(rate=0.001, burst=2)) as client:
        answers = [client.get("/domains/math/tasks") for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200, 200, 429]
        assert code(answers[-1]) == "too_fast"


def test_an_expired_environment_is_told_so_and_its_call_is_kept() -> None:
    now, store = [0.0], MemoryEpisodeStore()
    with service(store) as client:
        sandbox: Any = client.app
        sandbox.service.registry = Registry(FAST, clock=lambda: now[0])
        begun, untouched = create(client, TASK, idle_seconds=60), create(client, TASK, idle_seconds=60)
        say, _ = over_http(client, begun)
        say("")
        now[0] = 59.0
        say("Hello.")
        now[0] = 100.0  # the one that was used has a new minute
        assert client.get(f"/environments/{begun}").json()["expires_in"] == 19.0 + 41.0
        assert code(client.get(f"/environments/{untouched}")) == "expired"
        now[0] = 1000.0
        gone = client.post(f"/environments/{begun}/user", json={"text": "Are you there?"})
        assert (gone.status_code, code(gone)) == (410, "expired")
        assert code(client.post(f"/mcp/{begun}", json={})) == "expired"
        assert code(client.get("/environments/never-was")) == "not_found"
        (episode,) = store.list()
        assert episode.stop is StopReason.FAILURE
        assert episode.failure == LEFT
        assert not episode.counts


def test_environments_end_when_the_service_does() -> None:
    store = MemoryEpisodeStore()
    with service(store) as client:
        say, _ = over_http(client, create(client, TASK))
        say("")
        say("Hello.")
        create(client, TASK)
    assert [episode.stop for episode in store.list()] == [StopReason.FAILURE]


class _FullDisk(MemoryEpisodeStore):
    """A store that cannot be written at first."""

    full = True

    def save(self, episode: Episode) -> None:
        if self.full:
            raise StorageError("The calls cannot be written: the disk is full; free some space.")
        super().save(episode)


def test_a_call_that_cannot_be_stored_is_not_lost() -> None:
    store = _FullDisk()
    with service(store) as client:
        env = create(client, TASK)
        refused = client.post(f"/environments/{env}/finish")
        assert (refused.status_code, code(refused)) == (503, "not_stored")
        store.full = False
        assert client.post(f"/environments/{env}/finish").status_code == 200
    assert len(store.list()) == 1


class _Broken(MemoryEpisodeStore):
    """A store with a bug."""

    def save(self, episode: Episode) -> None:
        raise ZeroDivisionError


def test_a_call_that_cannot_be_ended_reaches_no_other_client(caplog: pytest.LogCaptureFixture) -> None:
    now = [0.0]
    with service(_Broken()) as client:
        sandbox: Any = client.app
        sandbox.service.registry = Registry(FAST, clock=lambda: now[0])
        broken = create(client, TASK, idle_seconds=60)
        say, _ = over_http(client, broken)
        say("")
        say("Hello.")
        answer = client.post(f"/environments/{broken}/finish")
        assert (answer.status_code, code(answer)) == (500, "bug")
        now[0] = 100.0
        create(client, TASK)
        assert code(client.get(f"/environments/{broken}")) == "expired"
    assert "could not be ended" in caplog.text
    assert broken not in caplog.text


# --- turns that are not possible ------------------------------------------------------------------------------------------


def test_whose_turn_it_is() -> None:
    with service() as client:
        env = create(client, TASK, max_turns=2)
        user, call = f"/environments/{env}/user", f"/environments/{env}/call"
        assert client.post(user, json={}).json()["turn"]["kind"] == "user"
        assert code(client.post(user, json={})) == "not_now"
        assert code(client.post(user, json={"text": "  "})) == "not_now"
        assert client.post(call, json={"name": "nothing"}).json()["result"]["is_error"]
        assert code(client.post(user, json={})) == "not_now"
        ended = client.post(user, json={"text": "Hello."}).json()
        assert ended["stop"] == "limit"
        assert [code(client.post(url, json=body)) for url, body in ((user, {"text": "a"}), (call, {"name": "b"}))] == [
            "ended"
        ] * 2
        assert client.post(f"/environments/{env}/finish").json()["stop"] == "limit"
        assert code(client.get(f"/environments/{env}/audio/0")) == "not_found"


# --- by voice -------------------------------------------------------------------------------------------------------------


def test_a_customer_who_speaks_is_heard_and_not_read(home: Path) -> None:
    del home
    with service() as client:
        chosen = {"speech": True, "voice": "pico", "manner": "lifelike", "seed": 5, "channel": "phone"}
        env = create(client, TASK, customer=chosen)
        first = client.post(f"/environments/{env}/user", json={}).json()["turn"]
        assert first["text"] is None
        sound = client.get(f"/environments/{env}/audio/{first['index']}")
        assert sound.headers["content-type"] == "audio/wav"
        assert audio.decode(sound.content).seconds > 1
        assert client.get(f"/environments/{env}").json()["turns"][0]["text"] is None
        more = {"json": {"text": "May I have your email address?"}, "headers": {"Accept": "audio/wav"}}
        answer = client.post(f"/environments/{env}/user", **more)
        assert answer.headers["content-type"] == "audio/wav"
        assert audio.decode(answer.content).seconds > 1


def test_an_agent_may_speak_and_is_transcribed(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    del home
    store = MemoryEpisodeStore()
    with service(store) as client:
        sandbox: Any = client.app
        ear = _Ear("May I have your email address, please?")
        monkeypatch.setattr(sandbox.service, "parts", replace(sandbox.service.parts, hearing=lambda: ear))
        env = create(client, TASK)
        client.post(f"/environments/{env}/user", json={})
        spoken = b"".join(piece.wav() for piece in Pico().stream("May I have your email address?", "en-US"))
        data = base64.b64encode(spoken).decode()
        answer = client.post(f"/environments/{env}/user", json={"audio": data}).json()
        assert answer["heard"] == "May I have your email address, please?"
        assert "@" in answer["turn"]["text"] or "Mori" in answer["turn"]["text"]
        assert code(client.post(f"/environments/{env}/user", json={"audio": "no base64!"})) == "invalid"
        nonsense = base64.b64encode(b"RIFF no sound").decode()
        assert code(client.post(f"/environments/{env}/user", json={"audio": nonsense})) == "speech"
        assert code(client.post(f"/environments/{env}/user", json={"audio": data, "text": "a"})) == "invalid"
        assert client.get(f"/environments/{env}/audio/1").status_code == 200
        client.post(f"/environments/{env}/finish")
    (episode,) = store.list()
    assert len(episode.sounds) == 1


class _Ear:
    """Hears the same whatever is said, so that no weights are needed."""

    name = "fixed"

    def __init__(self, words: str) -> None:
        self._words = words

    def transcribe(self, sound: audio.Audio, spoken: Any = None) -> str:
        assert sound.seconds > 0.5
        return self._words


# --- faults on purpose ------------------------------------------------------------------------------------------------


def test_an_agent_is_not_told_that_a_fault_is_on_purpose_and_whoever_reads_the_stored_call_is() -> None:
    store = MemoryEpisodeStore()
    task, domain = wiring.find_task(TASKS[0])
    look = next(call for call in task.gold if not domain.writes(call.name))
    for kind, error in (("fail", True), ("nonsense", False)):
        with service(store) as client:
            env = create(client, task.id, faults={kind: 1})
            answer = client.post(f"/environments/{env}/call", json={"name": look.name, "arguments": look.arguments}).json()
            assert "fault" not in answer["result"]
            assert answer["result"]["is_error"] is error
            (turn,) = [one for one in client.get(f"/environments/{env}").json()["turns"] if one["kind"] == "tool"]
            assert turn["results"] == [answer["result"]]
            done = client.post(f"/environments/{env}/finish").json()
        assert [result.fault for _, result in store.get(done["episode"]).calls] == [kind]


@pytest.mark.parametrize(
    "faults", [{"slow": 1, "delay": 6}, {"fail": 0.6, "nonsense": 0.6}, {"fail": -1}, {"late": 1}, "fail"]
)
def test_faults_that_cannot_be_are_refused(faults: Any) -> None:
    with service() as client:
        answer = client.post("/environments", json={"task": TASKS[0], "faults": faults})
        assert answer.status_code == 422
        assert answer.json()["error"]["code"] == "invalid"
