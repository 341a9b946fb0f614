"""One visitor's state as updates of the Talk tab's components; only what changed is sent."""

from html import escape
from typing import Any
from urllib.parse import urlencode

import gradio as gr

from tarl_app.core.types import Episode, UserTurn
from tarl_app.ui import episode_view, words
from tarl_app.ui.calls.live_call import LiveCall
from tarl_app.ui.tabs.talk.page import OPEN_ONE, Page

PIECES = 24  # sounds named to the page at once; it has played all but the newest
EMPTY = (
    '<div class="ev-empty"><p><strong>The line is open.</strong></p><p>Press the microphone and talk, type a '
    "message, click a sentence, or let the simulator take over.</p></div>"
)


class Painter:
    """Remembers what one handler has painted, so that the next frame contains only the differences."""

    def __init__(self, page: Page, live_call: LiveCall) -> None:
        self._page, self._live_call = page, live_call
        self._painted: dict[str, Any] = {}

    def changed(self) -> dict[Any, Any]:
        """Updates for every component that differs from what this painter painted last.

        The buttons, and that the call has taken the place of the first visit's words, are part of every update: a page
        that is still being built when somebody clicks can lose the frame that said them first.
        """
        live_call = self._live_call
        new = self._new(self._state())
        if new:
            new |= self._updates(self._buttons())
        if new and (live_call.conversation or live_call.stored or live_call.notice):
            new |= {self._page.hero: gr.update(visible=False), self._page.work: gr.update(visible=True)}
        return new

    def stored(self) -> dict[Any, Any]:
        """The same for the list of stored calls alone."""
        return self._new(self._stored())

    def _new(self, state: dict[str, dict[str, Any]]) -> dict[Any, Any]:
        new = {name: update for name, update in state.items() if self._painted.get(name) != update}
        self._painted.update(new)
        return self._updates(new)

    def _updates(self, state: dict[str, dict[str, Any]]) -> dict[Any, Any]:
        return {getattr(self._page, name): gr.update(**update) for name, update in state.items()}

    def _state(self) -> dict[str, dict[str, Any]]:
        return {
            "transcript": {"value": self._transcript()},
            "evidence": {"value": self._evidence()},
            "voice": {"value": self._voice()},
            "notice": {"value": self.notice()},
            "download": {"value": self._download()},
            "text": {"interactive": self._writable},
            "send": {"interactive": self._writable},
            **self._buttons(),
            **self._stored(),
        }

    def _transcript(self) -> dict[str, Any]:
        live_call, episode = self._live_call, self._live_call.episode
        if episode is None:
            return {"call": None, "items": []}
        live = live_call.screen if live_call.stored is None else None
        told, waiting = (live.live, live.told if live_call.active else "") if live else ("", "")
        items = episode_view.dialogue(episode, told, waiting, rated=True, onward=self._onward(episode))
        mine = live_call.open and not live_call.simulated
        brief = [("brief", episode_view.brief(episode.task))] if mine else []
        say = [("say", episode_view.sentences(live_call.sentences))] if live_call.sentences else []
        return {"call": episode.id, "items": [*brief, *(items or [("empty", EMPTY)]), *say]}

    def _onward(self, episode: Episode) -> list[tuple[str, str]]:
        """Where the call leads once it has ended."""
        services = self._live_call.services
        untuned = services.untuned(episode.agent)
        link = "?" + urlencode({"task": episode.task.id, "agent": episode.agent}, errors="replace")
        return [
            ("next|watch", "Watch another"),
            ("next|me", "Try it yourself"),
            *([("next|base", f"The same call with the untrained agent ({untuned})")] if untuned else []),
            (link, "Share"),
        ]

    def _evidence(self) -> dict[str, Any]:
        live_call, episode = self._live_call, self._live_call.episode
        if episode is None:
            return {"call": None, "items": []}
        changes = live_call.screen.changes if live_call.screen and live_call.stored is None else ()
        human = live_call.stored is None and not live_call.simulated and episode.user == "human"
        return {"call": episode.id, "items": episode_view.evidence(episode, changes, human)}

    def _voice(self) -> dict[str, Any]:
        live_call = self._live_call
        pieces = live_call.screen.sounds[-PIECES:] if live_call.screen and live_call.stored is None else []
        stored = live_call.stored is not None
        return {
            "call": live_call.episode.id if live_call.episode and not stored else None,
            "key": live_call.key,
            "open": live_call.open,
            "aloud": live_call.aloud and live_call.services.voice() is not None,
            "wait": live_call.simulated,
            "paused": live_call.paused,
            "say": [list(one) for one in live_call.line.written],
            "epoch": f"{live_call.key[:8]}-{live_call.epoch}",
            "pieces": [{"id": sound.id, "url": sound.url, "who": sound.who} for sound in pieces],
            "off": voice_off(live_call),
        }

    @property
    def _writable(self) -> bool:
        """Whether a message can be sent."""
        return self._live_call.stored is None and (self._live_call.conversation is None or self._live_call.open)

    def notice(self) -> str:
        """What is to be said to the visitor."""
        live_call = self._live_call
        if live_call.stored is not None:
            title = escape(words.episode_title(live_call.stored))
            why = f"{escape(live_call.notice)} " if live_call.notice else ""
            return f'<p class="no-stored" role="status">{why}Stored call, read only: {title}</p>'
        text = live_call.notice or (live_call.screen.note if live_call.screen else "")
        return f'<p class="no-text" role="alert">{escape(text)}</p>' if text else ""

    def _download(self) -> str:
        live_call, episode = self._live_call, self._live_call.episode
        if episode is None or not episode.turns:
            return '<span class="do-link do-off" aria-disabled="true">Download</span>'
        url = escape(f"tarl/episode/{live_call.key}/{episode.id}.zip")
        return f'<a class="do-link" href="{url}" download title="The call as JSON and WAV files">Download</a>'

    def _buttons(self) -> dict[str, dict[str, Any]]:
        live_call, episode = self._live_call, self._live_call.episode
        live, active = live_call.stored is None and live_call.conversation is not None, live_call.active
        said = episode is not None and any(isinstance(turn, UserTurn) for turn in episode.turns)
        verifiable = episode is not None and episode.task.verifiable
        take = "Take back" if live_call.simulated else "Let the simulator take over"
        return {
            "customer": {"value": "simulator" if live_call.simulated else "me"},
            "undo": {"interactive": live and said and not active},
            "retry": {"interactive": live and said and not active},
            "take_over": {
                "value": take,
                "interactive": live and verifiable and (live_call.simulated or (live_call.open and not active)),
            },
            "pause": {"value": "Continue" if live_call.paused else "Pause", "interactive": live and live_call.simulated},
            "step": {
                "interactive": live and verifiable and (live_call.paused or (live_call.open and not active)),
            },
            "hang_up": {"interactive": live_call.open and said},
            "stop": {"interactive": live and active},
            "new": {"interactive": not active},
        }

    def _stored(self) -> dict[str, dict[str, Any]]:
        live_call = self._live_call
        chosen = live_call.stored.id if live_call.stored else None
        return {
            "stored": {
                "choices": live_call.listing,
                "value": chosen,
                "visible": bool(live_call.listing or live_call.unlisted),
                "info": live_call.unlisted or OPEN_ONE,
            },
            "close": {"visible": live_call.stored is not None},
        }


def voice_off(live_call: LiveCall) -> str:
    """Why the visitor cannot speak now; empty when they can."""
    services, episode = live_call.services, live_call.episode
    if live_call.stored is not None:
        return "Read only"
    if services.ears() is None and not (episode is not None and services.hears(episode.agent)):
        return services.readiness.told(("hearing",)) or "No speech recognition"
    if live_call.conversation is None:
        return ""  # who speaks begins one
    return "Call ended" if not live_call.open else "Simulator talks" if live_call.simulated else ""
