"""Routes for files: sounds, a call as a zip, and the modules of a live call.

Stored sounds are named by the sha256 of their content, spoken sentences by the key of their visitor, so that only
someone with the link can load them.
"""

import io
import re
import zipfile

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Route

from tarl_app.core.errors import SpeechError, StorageError
from tarl_app.core.sound import audio
from tarl_app.core.types import AudioRef, Episode
from tarl_app.ui import example
from tarl_app.ui.calls.live_call import LiveCall
from tarl_app.ui.calls.live_calls import LiveCalls
from tarl_app.ui.components import widgets

_NAME = re.compile(r"[0-9a-f]{2}/[0-9a-f]{64}\.wav")
_FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff"}
_HEADERS = {"Cache-Control": "private, max-age=3600", "X-Content-Type-Options": "nosniff"}


def archive(episode: Episode) -> bytes:
    """The episode as a zip: ``episode.json`` and the WAV file of every turn, in order. A missing sound is left out."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as folder:
        folder.writestr("episode.json", episode.model_dump_json(indent=2))
        for index, turn in enumerate(episode.turns):
            ref = getattr(turn, "audio", None)
            if not isinstance(ref, AudioRef):
                continue
            try:
                folder.write(audio.locate(ref), f"{index:02d}-{turn.kind}.wav")
            except SpeechError:
                continue
    return buffer.getvalue()


def routes(live_calls: LiveCalls) -> list[BaseRoute]:
    """The routes below ``/tarl``."""

    def stored(request: Request) -> Response:
        name = request.path_params["name"]
        if not _NAME.fullmatch(name):
            return Response("There is no such sound.", 404)
        try:
            path = audio.locate(AudioRef(path=name, seconds=0, sample_rate=1))
        except SpeechError:
            return Response("There is no such sound.", 404)
        return FileResponse(path, media_type="audio/wav", headers=_HEADERS)

    def piece(request: Request) -> Response:
        live_call = _live_call(live_calls, request)
        data = live_call.pieces.get(request.path_params["name"]) if live_call else None
        if data is None:
            return Response("There is no such sound.", 404)
        return Response(data, media_type="audio/wav", headers=_HEADERS)

    def episode(request: Request) -> Response:
        live_call = _live_call(live_calls, request)
        found = _episode(live_call, request.path_params["id"]) if live_call else None
        if found is None:
            return Response("There is no such call.", 404)
        disposition = {"Content-Disposition": f'attachment; filename="call-{found.id[:8]}.zip"'}
        return Response(archive(found), media_type="application/zip", headers=disposition)

    def module(request: Request) -> Response:
        found = widgets.LIVE.get(request.path_params["name"])
        if found is None or request.path_params["version"] != widgets.LIVE_VERSION:
            return Response("There is no such module.", 404)
        return Response(found, media_type="text/javascript", headers=_FOR_EVER)

    return [
        Route("/tarl/static/{version}/{name}", module),
        Route("/tarl/sound/{name:path}", stored),
        Route("/tarl/piece/{key}/{name}", piece),
        Route("/tarl/episode/{key}/{id}.zip", episode),
        *example.routes(example.load()),
    ]


def _live_call(live_calls: LiveCalls, request: Request) -> LiveCall | None:
    key = request.path_params["key"]
    return live_calls.with_key(key) if key.isascii() else None  # keys are ASCII; other text cannot be compared


def _episode(live_call: LiveCall, episode_id: str) -> Episode | None:
    live = live_call.conversation.episode if live_call.conversation else None
    if live is not None and live.id == episode_id:
        return live
    if live_call.services.public and episode_id not in live_call.own:
        return None
    try:
        return live_call.services.store.get(episode_id)
    except StorageError:
        return None
