"""The recorded pair: two episodes with one sound file each, made by ``docs/record_pair.py``."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Route

from tarl_app.core.types import Episode
from tarl_app.evaluation.reward import judgement_of, price, trajectory_reward

FOLDER = Path(__file__).parents[1] / "static" / "example"
"""``pair.json`` and the sound files."""
_FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff"}


class Recorded(BaseModel):
    """One call: ``starts`` has for each turn the second of the sound at which it begins, ``seconds`` is the whole."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    episode: Episode
    sound: str
    starts: tuple[float, ...]
    seconds: float

    @property
    def wrong(self) -> int | None:
        """The index of the turn that the judge scored -1."""
        judgement = judgement_of(self.episode)
        return next((one.turn for one in judgement.scores if one.score < 0), None) if judgement else None

    @property
    def rewards(self) -> tuple[float, ...]:
        """The reward so far after each turn; after the last one that of the whole call."""
        judgement = judgement_of(self.episode)
        scores = {one.turn: one.score for one in judgement.scores} if judgement else {}
        seen: list[int] = []
        sums: list[float] = []
        for index in range(len(self.episode.turns)):
            seen += [scores[index]] if index in scores else []
            sums.append(price(False, seen))
        return (*sums[:-1], trajectory_reward(self.episode)) if sums else ()


class Opening(BaseModel):
    """A task, and a sentence of its customer to which the two agents were seen to answer differently."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    task: str
    text: str


@dataclass(frozen=True)
class Pair:
    """The call that goes wrong, and the one that does not; ``version`` changes with their sounds."""

    before: Recorded
    after: Recorded
    version: str
    opening: Opening

    @property
    def agents(self) -> tuple[str, str]:
        """The base and the tuned one."""
        return self.before.episode.agent, self.after.episode.agent

    @property
    def both(self) -> tuple[Recorded, Recorded]:
        """In the order in which they are played."""
        return self.before, self.after

    def url(self, call: Recorded) -> str:
        """Where the page finds the call's sound, relative to itself."""
        return f"tarl/example/{self.version}/{call.sound}"


def load(folder: Path = FOLDER) -> Pair | None:
    """The pair in ``folder``; None if nothing was recorded there."""
    path = folder / "pair.json"
    if not path.is_file():
        return None
    told = json.loads(path.read_text("utf-8"))
    before, after = (Recorded.model_validate(told[name]) for name in ("before", "after"))
    digest = hashlib.sha256(b"".join((folder / one.sound).read_bytes() for one in (before, after)))
    return Pair(before, after, digest.hexdigest()[:12], Opening.model_validate(told["opening"]))


def routes(pair: Pair | None, folder: Path = FOLDER) -> Sequence[BaseRoute]:
    """The route of the sounds; a player may ask for parts of them."""

    def sound(request: Request) -> Response:
        known = {one.sound for one in pair.both} if pair else set()
        name = request.path_params["name"]
        if pair is None or name not in known or request.path_params["version"] != pair.version:
            return Response("There is no such sound.", 404)
        return FileResponse(folder / name, media_type="audio/mpeg", headers=_FOR_EVER)

    return [Route("/tarl/example/{version}/{name}", sound)]
