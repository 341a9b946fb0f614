"""The whole page with every tab, over the scripted pair: served on loopback, spoken to as its own script does."""

import asyncio
import itertools
import json
import socket
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import gradio as gr
import httpx

from tarl_app import wiring
from tarl_app.agents.scripted import NullAgent, ScriptedAgent
from tarl_app.core.errors import ConfigError
from tarl_app.core.protocols import Agent
from tarl_app.core.types import Task
from tarl_app.domains import free_task, load_domain
from tarl_app.evaluation.board import Board
from tarl_app.jobs.runs import Runs
from tarl_app.judges.reference.judge import ReferenceJudge
from tarl_app.storage.memory import MemoryEpisodeStore
from tarl_app.storage.recordings import Recordings
from tarl_app.ui import layout
from tarl_app.ui.calls.live_calls import LiveCalls
from tarl_app.ui.models import Models
from tarl_app.ui.services import AgentChoice, Comparing, Evaluating, Services
from tarl_app.ui.training_service import Choices, Training, TrainingService
from tarl_app.users.scripted import ScriptedUser

AGENTS = (AgentChoice("scripted", "Scripted demo"), AgentChoice("null", "Says nothing"))
VALUES = {
    **{"base": "tiny", "algorithm": "grpo", "scheme": "tarl", "judge": "reference", "mix": {"retail": 1.0}, "speech": 0.0},
    "customer": "plain",
    **{"steps": 1, "group_size": 2, "learning_rate": 1e-4, "groups": 1, "temperature": 1.0, "max_agent_turns": 3},
    **{"checkpoint_every": 1, "samples": 0, "seed": 0, "medium_difficulty": False, "dynamic_sampling": False},
    **{"intervene": False, "shuffle_rewards": False, "rest": {}},
}


class Nowhere:
    """A launcher that starts nothing."""

    name = "local"

    def start(self, folder: Path, command: Sequence[str], ticket: float) -> None:
        raise ConfigError("Nothing is started here.")

    def alive(self, process: Mapping[str, Any]) -> bool:
        return False

    def stop(self, process: Mapping[str, Any], force: bool) -> None:
        return None


def services(folder: Path, **more: Any) -> Services:
    """Everything that the page can have, so that it has every event; nothing heavy, and no process is started."""
    domain, runs = load_domain("retail"), Runs(folder / "runs", (Nowhere(),))

    def agent(name: str, task: Task) -> Agent:
        return NullAgent() if name == "null" else ScriptedAgent(task, domain, 0)

    def not_here(*given: Any) -> Any:
        raise ConfigError("There is no endpoint here.")

    desk = TrainingService(
        presets={"tiny": VALUES},
        choices=lambda: Choices(("tiny",), ("grpo",), ("tarl",), ("reference",)),
        create=lambda name, values: runs.create(name, {**values}).name,
        values=lambda name: {**VALUES, "base": runs.get(name).name},
        outlook=lambda values: f"About {float(values['steps'])} steps.",
    )
    fields: dict[str, Any] = {
        **{"agents": AGENTS, "first_agent": "scripted", "demo_agent": "scripted", "domain": domain},
        **{"tasks": domain.tasks("dev")[:20], "free_task": free_task("retail"), "make_agent": agent},
        "make_user": lambda task, spoken: ScriptedUser(task, load_domain(task.domain)),
        "make_judge": ReferenceJudge,
        "ears": lambda: None,
        "voice": lambda: None,
        "store": MemoryEpisodeStore(),
        "pause": 0.0,
        "comparing": Comparing(lambda: AGENTS, not_here, wiring.revision, folder / "comparisons"),
        "evaluating": Evaluating(
            Board(folder / "evaluations", Nowhere()),
            lambda: ("scripted",),
            ("retail",),
            wiring.revision,
            folder / "exams",
        ),
        "training": Training(runs, ("retail", "math"), lambda: desk),
        "models": Models(not_here, not_here, not_here, configured=False, by_page=True),
        "recordings": Recordings(folder / "recordings"),
        **more,
    }
    return Services(**fields)


class Client:
    """One page as its script speaks to the server: events are joined by POST, and what they paint comes as a stream."""

    _numbers = itertools.count()

    def __init__(self, url: str) -> None:
        self.tab = f"tab{next(self._numbers)}"
        self._http = httpx.Client(base_url=f"{url}gradio_api/", timeout=60, trust_env=False, verify=False)

    def join(self, event: int, data: Sequence[Any], **more: Any) -> httpx.Response:
        """Sends an event without waiting for what it paints."""
        body = {"fn_index": event, "data": [*data], "session_hash": self.tab, **more}
        return self._http.post("queue/join", content=json.dumps(body), headers={"content-type": "application/json"})

    def stream(self) -> Iterator[dict[str, Any]]:
        """The messages of the server until it has none to send any more."""
        with self._http.stream("GET", "queue/data", params={"session_hash": self.tab}) as answer:
            for line in answer.iter_lines():
                if line.startswith("data: "):
                    message = json.loads(line[6:])
                    if message["msg"] == "close_stream":
                        return
                    yield message

    def done(self, event: int, data: Sequence[Any], **more: Any) -> dict[str, Any]:
        """Sends an event and returns its last message."""
        joined = self.join(event, data, **more).raise_for_status().json()["event_id"]
        return next(one for one in self.stream() if one.get("event_id") == joined and one["msg"] == "process_completed")

    @contextmanager
    def open(self) -> Iterator[None]:
        """The sign of life that a page gives as long as it is open; without it, nobody says good-bye for it."""
        with self._http.stream("GET", f"heartbeat/{self.tab}") as answer:
            lines = answer.iter_lines()  # held, as an iterator that is dropped ends the connection
            next(lines)
            yield
            lines.close()

    def close(self) -> None:
        """Ends its connections."""
        self._http.close()


@dataclass(frozen=True)
class Served:
    """The page while it is served."""

    demo: gr.Blocks
    live_calls: LiveCalls
    url: str
    clients: list[Client] = field(default_factory=list)

    def client(self) -> Client:
        """A page of its own."""
        self.clients.append(Client(self.url))
        return self.clients[-1]

    def event(self, elem_id: str, name: str) -> int:
        """The number of the event that a component with that id has."""
        ids = {block._id for block in self.demo.blocks.values() if getattr(block, "elem_id", None) == elem_id}
        fns = self.demo.fns.items()
        return next(number for number, fn in fns if any(one in ids and what == name for one, what in fn.targets))


@contextmanager
def serving(given: Services, **options: Any) -> Iterator[Served]:
    """The page on a port of its own; ``options`` are those of ``launch``."""

    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    how = {"server_name": "127.0.0.1", "server_port": port, "prevent_thread_lock": True, "quiet": True, "ssr_mode": False}

    async def serve() -> tuple[gr.Blocks, LiveCalls, str]:
        # With a loop running; otherwise Gradio opens one and leaves it open.
        demo, live_calls = layout.build(given)
        return demo, live_calls, demo.launch(**how, **{**layout.SERVING, **options})[1]

    with ThreadPoolExecutor(1) as pool:  # in this thread a loop may run already: that of the browser tests
        demo, live_calls, url = pool.submit(asyncio.run, serve()).result()
    served = Served(demo, live_calls, url)
    try:
        yield served
    finally:
        for one in served.clients:
            one.close()
        demo.close(verbose=False)


def eventually(holds: Callable[[], bool], seconds: float = 60.0) -> bool:
    """Whether it holds within that time."""
    pause, end = threading.Event(), seconds
    while end > 0:
        if holds():
            return True
        pause.wait(0.02)
        end -= 0.02
    return False
