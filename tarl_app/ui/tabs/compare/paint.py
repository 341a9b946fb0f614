"""One visitor's comparison as updates of the Compare tab's components; only what changed is sent."""

from html import escape
from typing import Any

import gradio as gr

from tarl_app.core.errors import TarlError
from tarl_app.core.types import Episode
from tarl_app.evaluation.reward import judgement_of
from tarl_app.ui import episode_view, example
from tarl_app.ui.calls.live_call import LiveCall
from tarl_app.ui.calls.match import BROKEN_OFF, Matches
from tarl_app.ui.calls.screen import cut
from tarl_app.ui.calls.side_by_side import LETTERS, SideBySide
from tarl_app.ui.example import Pair as Recordings
from tarl_app.ui.tabs.compare import view
from tarl_app.ui.tabs.compare.page import VOTES, Page

PIECES = 24  # sounds of each side named to the page at once; it has played all but the newest
EMPTY = (
    '<div class="ev-empty"><p><strong>Two agents, one customer: you.</strong></p><p>Send a message: both agents get it, '
    "each with its own copy of the database.</p></div>"
)


class Painter:
    """Remembers what one handler has painted, so that the next frame contains only the differences."""

    def __init__(self, page: Page, side_by_side: SideBySide, matches: Matches, recorded: Recordings | None = None) -> None:
        self._page, self._side_by_side, self._matches = page, side_by_side, matches
        self._recorded = recorded
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
        side_by_side = self._side_by_side
        state: dict[str, dict[str, Any]] = {
            "voice": {"value": self._voice()},
            "notice": {"value": self._notice()},
            "scenario": {"value": self._scenario()},
            "prepared": {"value": {"call": None, "items": view.prepared(self._recorded) if self._untouched else []}},
            "standings": {"value": self._votes()},
            "new": {"interactive": not side_by_side.active},
            "stop": {"interactive": side_by_side.active},
            "back": {"visible": side_by_side.replay is not None},
            **{f"vote_{choice}": {"interactive": side_by_side.can_vote} for choice in VOTES},
        }
        for index, side in enumerate(("a", "b")):
            state |= self._side(index, side)
        return state

    def match_state(self) -> dict[str, dict[str, Any]]:
        """The components of the head to head."""
        match = self._matches.current
        items = view.pair_items(match.result if match else None)
        call = f"{match.config.a.agent}/{match.config.b.agent}" if match else None
        return {
            "outcome": {"value": view.outcome(match)},
            "pairs": {"value": {"call": call, "items": items}},
            "start": {"interactive": self._side_by_side.owner and not self._matches.running},
            "halt": {
                "interactive": self._matches.running
                and (self._side_by_side.owner or self._matches.begun_by(self._side_by_side.key))
            },
            "resume": {
                "visible": self._side_by_side.owner and match is not None and match.state in BROKEN_OFF,
            },
            "timer": {"active": self._matches.running or self._matches.recalling},
        }

    def _side(self, index: int, side: str) -> dict[str, dict[str, Any]]:
        side_by_side, live_call = self._side_by_side, self._side_by_side.sides[index]
        agents = side_by_side.agents or (side_by_side.plan[1:] if side_by_side.plan else None)
        name, note, named = (agents[index] if agents else None), "", side_by_side.named
        if side_by_side.replay is not None:
            name, named = (side_by_side.replay.a.agent, side_by_side.replay.b.agent)[index], True
        elif side_by_side.vote is not None:
            note = _praise(side_by_side.vote.choice, side)
        episode = self._episode(index)
        dialogue: list[episode_view.Item] = [("empty", EMPTY)]
        evidence: list[episode_view.Item] = []
        call = None
        if episode is not None and (side_by_side.agents is not None or side_by_side.replay is not None):
            live = live_call.screen if side_by_side.replay is None else None
            waiting = live.told if live and live_call.active else ""
            call = episode.id + ("-replay" if side_by_side.replay else "")
            dialogue = episode_view.dialogue(episode, live.live if live else "", waiting) or dialogue
            evidence = episode_view.evidence(episode, live.changes if live else ())[1:]  # the scenario is above both
        return {
            f"name_{side}": {"value": view.name(LETTERS[index], name, named, note)},
            f"transcript_{side}": {"value": {"call": call, "items": dialogue, "at": self._wrong(episode)}},
            f"evidence_{side}": {"value": {"call": call, "items": evidence}},
        }

    def _wrong(self, episode: Episode | None) -> str | None:
        """The item of the turn that went wrong in a replay that is over: it is brought into view."""
        if self._side_by_side.replay is None or episode is None or episode.stop is None:
            return None
        judgement = judgement_of(episode)
        return next((f"t{one.turn}" for one in (judgement.scores if judgement else ()) if one.score < 0), None)

    def _scenario(self) -> dict[str, Any]:
        side_by_side = self._side_by_side
        task = side_by_side.replay.task if side_by_side.replay else side_by_side.plan[0] if side_by_side.plan else None
        if task is None:
            return {"call": None, "items": []}
        return {"call": task.id, "items": [episode_view.scenario_section(task, human=side_by_side.replay is None)]}

    @property
    def _untouched(self) -> bool:
        """Whether nothing has been said or shown yet."""
        one = self._side_by_side
        return one.agents is None and one.replay is None and not one.active

    def _episode(self, index: int) -> Episode | None:
        side_by_side = self._side_by_side
        if side_by_side.replay is None:
            return side_by_side.sides[index].episode
        episode = (side_by_side.replay.a, side_by_side.replay.b)[index]
        return episode if side_by_side.shown >= len(episode.turns) else cut(episode, side_by_side.shown)

    def _voice(self) -> dict[str, Any]:
        side_by_side, services = self._side_by_side, self._side_by_side.services
        if side_by_side.replay is not None:
            off = "Replay"
        elif services.ears() is None and not side_by_side.hear:
            off = services.readiness.told(("hearing",)) or "No speech recognition"
        else:
            off = "" if side_by_side.open or side_by_side.plan is None else "Calls ended"
        left, right = side_by_side.sides
        return {
            "epoch": f"{left.key[:8]}-{left.epoch}-{right.epoch}",
            "pieces": []
            if side_by_side.replay
            else [*_pieces(left), *_pieces(right)],  # left has finished before right begins
            "off": off,
        }

    def _notice(self) -> str:
        side_by_side = self._side_by_side
        text = side_by_side.notice or next((side.notice for side in side_by_side.sides if side.notice), "")
        if text:
            return f'<p class="no-text" role="alert">{escape(text)}</p>'
        if side_by_side.replay is not None:
            pair, recorded = side_by_side.replay, self._recorded
            told = f"Replay of {escape(pair.task.id)}, from where they differ."
            if recorded is not None and pair.a is recorded.before.episode:
                told = f"Two calls of one customer, from where they differ. {escape(example.CHOSEN)}"
            return f'<p class="no-stored" role="status">{told}</p>'
        return f'<p class="no-stored" role="status">{escape(side_by_side.waiting)}</p>' if side_by_side.waiting else ""

    def _votes(self) -> str:
        """Read from the store once a handler, and again after this visitor's vote."""
        key = self._side_by_side.vote.id if self._side_by_side.vote else "before"
        if self._standings[0] != key:
            try:
                html = view.standings_table(self._side_by_side.services.poll.table())
            except TarlError as error:
                html = f'<p class="no-text" role="alert">{escape(str(error))}</p>'
            self._standings = (key, html)
        return str(self._standings[1])


def _pieces(live_call: LiveCall) -> list[dict[str, str]]:
    sounds = live_call.screen.sounds[-PIECES:] if live_call.screen else []
    return [{"id": sound.id, "url": sound.url, "who": sound.who} for sound in sounds]


def _praise(choice: str, side: str) -> str:
    if choice == side:
        return "your choice"
    return {"tie": "a tie", "both_bad": "both bad"}.get(choice, "")
