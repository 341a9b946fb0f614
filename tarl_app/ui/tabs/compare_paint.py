"""One visitor's comparison as updates of the Compare tab's components; only what changed is sent."""

from html import escape
from typing import Any

import gradio as gr

from tarl_app.errors import TarlError
from tarl_app.types import Episode
from tarl_app.ui import episode_view
from tarl_app.ui.duel import LETTERS, Duel
from tarl_app.ui.match import Matches
from tarl_app.ui.screen import cut
from tarl_app.ui.tabs import compare_view
from tarl_app.ui.tabs.compare_page import VOTES, Page
from tarl_app.ui.visit import Visit

PIECES = 24  # sounds of each side named to the page at once; it has heard all but the newest
EMPTY = (
    '<div class="ev-empty"><p><strong>Two agents, one customer: you.</strong></p><p>Send a message: both agents get it, '
    "each with its own copy of the shop's database.</p></div>"
)


class Painter:
    """Remembers what one handler has painted, so that the next frame carries the differences alone."""

    def __init__(self, page: Page, duel: Duel, matches: Matches) -> None:
        self._page, self._duel, self._matches = page, duel, matches
        self._painted: dict[str, Any] = {}
        self._standings = ("", None)

    def changed(self) -> dict[Any, Any]:
        """Updates for every component that differs from what this painter painted last."""
        return self._new(self._state() | self.match_state())

    def match_changed(self) -> dict[Any, Any]:
        """The same for the head to head alone."""
        return self._new(self.match_state())

    def _new(self, state: dict[str, dict[str, Any]]) -> dict[Any, Any]:
        new = {name: update for name, update in state.items() if self._painted.get(name) != update}
        self._painted.update(new)
        return {getattr(self._page, name): gr.update(**update) for name, update in new.items()}

    def _state(self) -> dict[str, dict[str, Any]]:
        duel = self._duel
        state: dict[str, dict[str, Any]] = {
            "voice": {"value": self._voice()},
            "notice": {"value": self._notice()},
            "scenario": {"value": self._scenario()},
            "standings": {"value": self._votes()},
            "new": {"interactive": not duel.active},
            "stop": {"interactive": duel.active},
            "back": {"visible": duel.replay is not None},
            **{f"vote_{choice}": {"interactive": duel.can_vote} for choice in VOTES},
        }
        for index, side in enumerate(("a", "b")):
            state |= self._side(index, side)
        return state

    def match_state(self) -> dict[str, dict[str, Any]]:
        """The components of the head to head."""
        match = self._matches.current
        items = compare_view.pair_items(match.result if match else None)
        call = f"{match.config.a.agent}/{match.config.b.agent}" if match else None
        return {
            "outcome": {"value": compare_view.outcome(match)},
            "pairs": {"value": {"call": call, "items": items}},
            "start": {"interactive": self._duel.owner and not self._matches.running},
            "halt": {"interactive": self._matches.running and (self._duel.owner or self._matches.begun_by(self._duel.key))},
            "timer": {"active": self._matches.running},
        }

    def _side(self, index: int, side: str) -> dict[str, dict[str, Any]]:
        duel, visit = self._duel, self._duel.sides[index]
        agents = duel.agents or (duel.plan[1:] if duel.plan else None)
        name, note, named = (agents[index] if agents else None), "", duel.named
        if duel.replay is not None:
            name, named = (duel.replay.a.agent, duel.replay.b.agent)[index], True
        elif duel.vote is not None:
            note = _praise(duel.vote.choice, side)
        episode = self._episode(index)
        dialogue: list[episode_view.Item] = [("empty", EMPTY)]
        evidence: list[episode_view.Item] = []
        call = None
        if episode is not None and (duel.agents is not None or duel.replay is not None):
            live = visit.screen if duel.replay is None else None
            waiting = live.waiting if live and visit.active else ""
            call = episode.id + ("-replay" if duel.replay else "")
            dialogue = episode_view.dialogue(episode, live.live if live else "", waiting) or dialogue
            evidence = episode_view.evidence(episode, live.changes if live else ())[1:]  # the scenario is above both
        return {
            f"name_{side}": {"value": compare_view.name(LETTERS[index], name, named, note)},
            f"transcript_{side}": {"value": {"call": call, "items": dialogue}},
            f"evidence_{side}": {"value": {"call": call, "items": evidence}},
        }

    def _scenario(self) -> dict[str, Any]:
        duel = self._duel
        task = duel.replay.task if duel.replay else duel.plan[0] if duel.plan else None
        if task is None:
            return {"call": None, "items": []}
        return {"call": task.id, "items": [episode_view.scenario_section(task, human=duel.replay is None)]}

    def _episode(self, index: int) -> Episode | None:
        duel = self._duel
        if duel.replay is None:
            return duel.sides[index].episode
        episode = (duel.replay.a, duel.replay.b)[index]
        return episode if duel.shown >= len(episode.turns) else cut(episode, duel.shown)

    def _voice(self) -> dict[str, Any]:
        duel, services = self._duel, self._duel.services
        if duel.replay is not None:
            off = "Replay"
        elif services.ears() is None:
            off = services.readiness.why_not(("hearing",)) and "Hearing is loading…"
            off = off or "No speech recognition"
        else:
            off = "" if duel.open or duel.plan is None else "Calls ended"
        left, right = duel.sides
        return {
            "epoch": f"{left.key[:8]}-{left.epoch}-{right.epoch}",
            "pieces": [] if duel.replay else [*_pieces(left), *_pieces(right)],  # left has spoken before right begins
            "off": off,
        }

    def _notice(self) -> str:
        duel = self._duel
        text = duel.notice or next((side.notice for side in duel.sides if side.notice), "")
        if text:
            return f'<p class="no-text" role="alert">{escape(text)}</p>'
        if duel.replay is not None:
            return f'<p class="no-stored" role="status">Replay of {escape(duel.replay.task.id)}, from where they differ.</p>'
        return f'<p class="no-stored" role="status">{escape(duel.waiting)}</p>' if duel.waiting else ""

    def _votes(self) -> str:
        """Read from the store once a handler, and again after this visitor's vote."""
        key = self._duel.vote.id if self._duel.vote else "before"
        if self._standings[0] != key:
            try:
                html = compare_view.standings_table(self._duel.services.poll.table())
            except TarlError as error:
                html = f'<p class="no-text" role="alert">{escape(str(error))}</p>'
            self._standings = (key, html)
        return str(self._standings[1])


def _pieces(visit: Visit) -> list[dict[str, str]]:
    sounds = visit.screen.sounds[-PIECES:] if visit.screen else []
    return [{"id": sound.id, "url": sound.url, "who": sound.who} for sound in sounds]


def _praise(choice: str, side: str) -> str:
    if choice == side:
        return "your choice"
    return {"tie": "a tie", "both_bad": "both bad"}.get(choice, "")
