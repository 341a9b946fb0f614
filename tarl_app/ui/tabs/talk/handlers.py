"""What the buttons of the Talk tab do."""

from pathlib import Path
from typing import Any

import gradio as gr

from tarl_app.core.errors import ConversationError, SpeechError
from tarl_app.ui.calls.live_call import LiveCall
from tarl_app.ui.calls.party import Frames
from tarl_app.ui.components import inputs
from tarl_app.ui.tabs.talk.paint import Painter
from tarl_app.ui.tabs.talk.staying import Staying


class Handlers(Staying):
    """What the buttons do. Every handler follows the visitor's own call until it is idle, and paints the changes."""

    def agents(self) -> dict[Any, Any]:
        """The list of agents was opened: adds new checkpoints of runs."""
        return self._chosen(None)

    async def watch(self, task_id: str, request: gr.Request) -> Frames:
        """The simulator calls the agent, aloud, at once."""
        task, chosen = self._first_task(request, task_id), self._first(request)
        task = task if task.verifiable else self.services.showpiece

        def then(live_call: LiveCall, agent: str) -> None:
            live_call.simulate()
            live_call.notice = self._stand_in(agent, request)

        async for frame in self._choose(request, lambda live_call: (task, chosen), then, (task_id, "")):
            yield frame

    async def talk(self, task_id: str, request: gr.Request) -> Frames:
        """The visitor is the customer."""
        task, chosen = self._first_task(request, task_id), self._first(request)

        def then(live_call: LiveCall, agent: str) -> None:
            live_call.notice = self._stand_in(agent, request)

        async for frame in self._choose(request, lambda live_call: (task, chosen), then, (task_id, "")):
            yield frame

    async def new(self, task_id: str, agent: str, request: gr.Request) -> Frames:
        """A new call with what is picked."""
        chosen = self.services.task(task_id), agent
        async for frame in self._choose(request, lambda live_call: chosen, None, (task_id, agent)):
            yield frame

    async def free(self, name: str, agent: str, request: gr.Request) -> Frames:
        """Free talk in the chosen domain."""
        task = self.services.free_tasks.get(name, self.services.free_task)
        async for frame in self._choose(request, lambda live_call: (task, agent)):
            yield frame

    async def pick(self, task_id: str, agent: str, request: gr.Request) -> Frames:
        """Another task or agent was picked: a new call begins with it."""
        async for frame in self._pick(request, self.services.task(task_id), agent, task_id):
            yield frame

    async def domain(self, name: str, agent: str, request: gr.Request) -> Frames:
        """Another domain was picked: its tasks are offered, and a new call begins with one that shows it well."""
        if self.services.task(self._known(request)[0]).domain != name:
            async for frame in self._pick(request, self.services.showpiece_of(name), agent, ""):
                yield frame

    async def say(self, text: str, task_id: str, agent: str, request: gr.Request) -> Frames:
        """The visitor typed."""

        def act(live_call: LiveCall) -> dict[Any, Any]:
            self._begin_if_none(live_call, task_id, agent)
            live_call.say(text)
            return {self.page.text: gr.update(value="")}

        async for frame in self._act(request, act):
            yield frame

    async def called(self, task_id: str, agent: str, request: gr.Request) -> Frames:
        """The visitor pressed the microphone: the page opens a connection, and follows the call as long as that lasts."""

        def act(live_call: LiveCall) -> None:
            self._begin_if_none(live_call, task_id, agent)
            live_call.line.call()

        async for frame in self._act(request, act):
            yield frame

    async def spoken(self, task_id: str, agent: str, event: gr.EventData, request: gr.Request) -> Frames:
        """The visitor spoke: base64 of a WAV file."""
        recording = str(getattr(event, "wav", ""))

        def act(live_call: LiveCall) -> None:
            self._begin_if_none(live_call, task_id, agent)
            live_call.say_aloud(inputs.recorded(recording))

        async for frame in self._act(request, act):
            yield frame

    async def uploaded(self, path: str | None, task_id: str, agent: str, request: gr.Request) -> Frames:
        """The visitor chose a sound file instead of speaking."""

        def act(live_call: LiveCall) -> None:
            self._begin_if_none(live_call, task_id, agent)
            if path is None or not Path(path).is_file():
                raise SpeechError("No sound file arrived. Choose a WAV, FLAC, OGG, MP3 or M4A file.")
            file = Path(path)
            try:
                live_call.say_aloud(file)
            finally:
                file.unlink(missing_ok=True)

        async for frame in self._act(request, act):
            yield frame

    async def customer(self, who: str, task_id: str, agent: str, request: gr.Request) -> Frames:
        """Switches the customer between the visitor and the simulator."""
        async for frame in self._act(request, lambda live_call: self._switch(live_call, who == "simulator", task_id, agent)):
            yield frame

    async def take_over(self, task_id: str, agent: str, request: gr.Request) -> Frames:
        """The same as a button."""
        async for frame in self._act(
            request, lambda live_call: self._switch(live_call, not live_call.simulated, task_id, agent)
        ):
            yield frame

    def _switch(self, live_call: LiveCall, simulated: bool, task_id: str, agent: str) -> None:
        if not simulated:
            live_call.hand_back()
            return
        self._require_goal(live_call, task_id, agent)
        live_call.simulate()

    def _require_goal(self, live_call: LiveCall, task_id: str, agent: str) -> None:
        self._begin_if_none(live_call, task_id, agent)
        if not (live_call.conversation and live_call.conversation.episode.task.verifiable):
            raise ConversationError("The simulator needs a task: choose one above, then press New.")

    async def pause(self, request: gr.Request) -> Frames:
        """The simulator waits, or goes on."""
        async for frame in self._act(
            request, lambda live_call: live_call.go_on() if live_call.paused else live_call.pause()
        ):
            yield frame

    async def step(self, task_id: str, agent: str, request: gr.Request) -> Frames:
        """One exchange by the simulator."""

        def act(live_call: LiveCall) -> None:
            self._require_goal(live_call, task_id, agent)
            live_call.step()

        async for frame in self._act(request, act):
            yield frame

    async def undo(self, request: gr.Request) -> Frames:
        """Takes the last turn back; its text returns to the text box."""
        async for frame in self._act(request, lambda live_call: {self.page.text: gr.update(value=live_call.undo().text)}):
            yield frame

    async def retry(self, request: gr.Request) -> Frames:
        """The agent answers the last turn again."""
        async for frame in self._act(request, lambda live_call: live_call.retry()):
            yield frame

    async def rated(self, event: gr.EventData, request: gr.Request) -> Frames:
        """A button in the transcript: a thumb on an agent turn (``thumb|turn|up``), an answer to its verdict
        (``verdict|turn|agree``, ``verdict|turn|place``), a sentence (``say|place``), or where an
        ended call leads (``next|watch``, ``next|me``, ``next|base``)."""
        kind, _, rest = str(getattr(event, "id", "")).partition("|")
        turn, _, way = rest.partition("|")
        if kind == "next":
            then = None if rest == "me" else _simulate
            async for frame in self._choose(request, lambda live_call: self._onward(live_call, rest), then):
                yield frame
            return

        def act(live_call: LiveCall) -> None:
            if kind == "thumb" and (index := inputs.index(turn)) is not None and way in ("up", "down"):
                live_call.rate(index, way == "up")
            if kind == "verdict" and (index := inputs.index(turn)) is not None:
                live_call.answer_verdict(index, way)
            if kind == "say" and (place := inputs.index(rest)) is not None:
                live_call.say(dict(enumerate(live_call.sentences)).get(place, ""))

        async for frame in self._act(request, act):
            yield frame

    async def hang_up(self, request: gr.Request) -> Frames:
        """Ends the call."""
        async for frame in self._act(request, lambda live_call: live_call.hang_up()):
            yield frame

    def stop(self, request: gr.Request) -> None:
        """Stops the running step; the handler that follows the call paints the rest."""
        self._live_call(request).stop()

    def voice(self, aloud: bool, request: gr.Request) -> None:
        """Voice on or off, from the next turn on; off silences at once."""
        live_call = self._live_call(request)
        live_call.aloud = aloud
        live_call.overpainted = True  # an open line has to learn it
        if not aloud:
            live_call.hush()

    def sound(self, voice: str, background: str, request: gr.Request) -> dict[Any, Any]:
        """The simulated customer's voice and background, from their next turn on."""
        live_call = self._live_call(request)
        live_call.attempt(lambda: live_call.sound_like(voice or "", background or ""))
        return {self.page.notice: gr.update(value=Painter(self.page, live_call).notice())}

    def speed(self, name: str, request: gr.Request) -> None:
        """How fast a simulated call goes."""
        self._live_call(request).hurry(name == "fast")

    async def open_stored(self, episode_id: str | None, request: gr.Request) -> Frames:
        """Shows a stored call. Gradio tells it, too, when somebody leaves the list without choosing."""
        shown = self._live_call(request).stored
        if not episode_id or (shown is not None and shown.id == episode_id):
            return

        def act(live_call: LiveCall) -> dict[Any, Any]:
            if self.services.public and episode_id not in live_call.own:
                raise ConversationError("Choose a stored call first.")
            live_call.show_stored(self.services.store.get(episode_id))
            return self._entered()

        async for frame in self._act(request, act):
            yield frame

    async def close_stored(self, request: gr.Request) -> Frames:
        """Back to the live call."""
        async for frame in self._act(request, lambda live_call: live_call.back_to_live()):
            yield frame


def _simulate(live_call: LiveCall, agent: str) -> None:
    if live_call.conversation is not None and live_call.conversation.episode.task.verifiable:
        live_call.simulate()
