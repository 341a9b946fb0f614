import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from tarl_app.core.sound import audio
from tarl_app.core.sound.audio import Audio
from tarl_app.core.types import AudioRef, Episode, UserTurn
from tarl_app.ui.calls.live_calls import LiveCalls
from tarl_app.ui.components import sounds, widgets
from tarl_app.ui.services import Services

BEEP = Audio(np.full(800, 0.1, np.float32), 8000)


@pytest.fixture
def live_calls(make_services: Callable[..., Services], home: Path) -> LiveCalls:
    return LiveCalls(make_services())


@pytest.fixture
def client(live_calls: LiveCalls) -> TestClient:
    return TestClient(Starlette(routes=sounds.routes(live_calls)))


def test_a_stored_sound_is_given_out_by_its_name(client: TestClient) -> None:
    ref = audio.save(BEEP)
    answer = client.get(f"/tarl/sound/{ref.path}")
    assert answer.status_code == 200
    assert answer.content == BEEP.wav()
    assert answer.headers["content-type"] == "audio/wav"


@pytest.mark.parametrize(
    "name",
    [
        "../episodes.sqlite",
        "..%2Fepisodes.sqlite",
        "aa/../../secret.wav",
        "aa/" + "0" * 64 + ".wav",
        "",
        "%00",
        "/etc/passwd",
    ],
)
def test_nothing_but_stored_sounds_is_given_out(client: TestClient, home: Path, name: str) -> None:
    (home / "episodes.sqlite").write_bytes(b"secret")
    (home / "secret.wav").write_bytes(b"secret")
    answer = client.get(f"/tarl/sound/{name}")
    assert answer.status_code == 404
    assert b"secret" not in answer.content


def test_a_spoken_sentence_needs_its_visitors_key(client: TestClient, live_calls: LiveCalls) -> None:
    live_call = live_calls.of("tab")
    url = live_call.pieces.publish(BEEP)
    assert client.get(f"/{url}").content == BEEP.wav()
    assert client.get(f"/{url.replace(live_call.key, live_calls.of('other').key)}").status_code == 404
    live_calls.leave("tab")
    assert client.get(f"/{url}").status_code == 404


def an_episode(services: Services, *refs: AudioRef) -> Episode:
    turns = tuple(UserTurn(text="Hi", audio=ref) for ref in refs)
    return Episode(id="e1", task=services.tasks[0], agent="scripted", user="human", turns=turns)


def test_a_call_is_given_out_as_json_and_wav_files(client: TestClient, live_calls: LiveCalls) -> None:
    gone = AudioRef(path="aa/gone.wav", seconds=1, sample_rate=1)
    episode = an_episode(live_calls.services, audio.save(BEEP), gone)
    live_calls.services.store.save(episode)
    answer = client.get(f"/tarl/episode/{live_calls.of('tab').key}/e1.zip")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as folder:
        assert folder.namelist() == ["episode.json", "00-user.wav"]
        assert Episode.model_validate(json.loads(folder.read("episode.json"))) == episode
        assert folder.read("00-user.wav") == BEEP.wav()


def test_a_call_needs_a_visitors_key(client: TestClient, live_calls: LiveCalls) -> None:
    live_calls.services.store.save(an_episode(live_calls.services))
    assert client.get("/tarl/episode/guess/e1.zip").status_code == 404
    assert client.get(f"/tarl/episode/{live_calls.of('tab').key}/e2.zip").status_code == 404


def test_on_a_public_page_only_ones_own_calls_are_given_out(make_services: Callable[..., Services], home: Path) -> None:
    live_calls = LiveCalls(make_services(public=True))
    live_calls.services.store.save(an_episode(live_calls.services))
    public = TestClient(Starlette(routes=sounds.routes(live_calls)))
    live_call = live_calls.of("tab")
    assert public.get(f"/tarl/episode/{live_call.key}/e1.zip").status_code == 404
    live_call.own.add("e1")
    assert public.get(f"/tarl/episode/{live_call.key}/e1.zip").status_code == 200


def test_the_live_calls_modules_are_given_out_by_their_version(client: TestClient) -> None:
    for name, content in widgets.LIVE.items():
        answer = client.get(f"/tarl/static/{widgets.LIVE_VERSION}/{name}")
        assert answer.content == content
        assert answer.headers["content-type"].startswith("text/javascript")
        assert "immutable" in answer.headers["cache-control"]
    assert set(widgets.LIVE) >= {"call.js", "worklets.js"}
    for path in ("old/call.js", f"{widgets.LIVE_VERSION}/page.css", f"{widgets.LIVE_VERSION}/..%2Fvoice.js"):
        assert client.get(f"/tarl/static/{path}").status_code == 404
