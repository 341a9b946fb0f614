"""The app: settings -> wiring -> page. ``python app.py`` serves it; a Space runs this file as it stands.

The page comes up first. Weights are fetched and models loaded behind it, one part after another; it says how far they are.
"""

import errno
import os
import shutil
import socket
import sys
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, NoReturn

from tarl_app.core.errors import ConfigError, ConversationError, TarlError
from tarl_app.core.process import proxies
from tarl_app.core.process.garbage import uncollected
from tarl_app.core.settings import settings

FAILED = 2  # the exit code


def fail(why: str) -> NoReturn:
    """Ends the app with a sentence."""
    sys.stderr.write(f"error: {why}\n")
    sys.exit(FAILED)


# Gradio reads these when it is imported: it must not call home, and uploads lie under TARL_HOME like everything else.
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
try:
    os.environ.setdefault("GRADIO_TEMP_DIR", str(settings().home / "uploads"))
except ConfigError as error:
    fail(str(error))
if why := proxies.unusable():  # it makes a client when it is imported
    fail(why)

with uncollected(keep=True):
    from fastapi.exceptions import RequestValidationError
    from starlette.routing import Mount

    from tarl_app import assets, training_service, wiring, wiring_llm, wiring_service
    from tarl_app.core.domain import Domain, Manner
    from tarl_app.core.process import shutdown
    from tarl_app.core.process.switching import switch_often
    from tarl_app.core.process.system_errors import in_one_sentence
    from tarl_app.core.protocols import Agent, UserSimulator
    from tarl_app.core.types import CustomerKind, Guards, Task, UserTurn
    from tarl_app.domains import DEFAULT_DOMAIN, free_task, load_domain
    from tarl_app.evaluation.board import Board
    from tarl_app.jobs import launch
    from tarl_app.llm import Endpoint, configured
    from tarl_app.realtime.server import Door
    from tarl_app.service.app import PATH, SandboxApp
    from tarl_app.speech import AGENT_VOICE, USER_VOICE, resample
    from tarl_app.storage.recordings import Recordings
    from tarl_app.ui import layout
    from tarl_app.ui.access import gate
    from tarl_app.ui.calls import phone
    from tarl_app.ui.components import sounds
    from tarl_app.ui.components.page_memory import PageMemory
    from tarl_app.ui.models import Models
    from tarl_app.ui.readiness import Loader, Readiness
    from tarl_app.ui.services import AgentChoice, Comparing, Evaluating, Services

if TYPE_CHECKING:
    from gradio import Blocks

    from tarl_app.realtime.call.parts import Parts
    from tarl_app.ui.calls.live_calls import LiveCalls

SHOWN = 15
"""Tasks of a further domain where one cannot talk freely: one question is much like another."""
RATED = 500
"""Stored calls in which people's thumbs are looked for."""
DEMO = "scripted"
TITLES = {DEMO: "Scripted demo", wiring_llm.CHAT: "A model behind an endpoint"}
HIDDEN = ("null", "transfer-only", "omni-mini-base", "tiny-random")  # for measurements, not for talking to
HIGHEST_PORT = 65535
PARKING = 5.0
"""Seconds that calls under way are given to end when the app is stopped."""
CLOSING = 1.0
"""Seconds that the pages are given to go."""
LEAVING = 5.0
"""Seconds that the rest is then given."""
Tell = Callable[[str], None]


def _loader(name: str, title: str, weights: tuple[str, ...], make: Callable[[], Any]) -> Loader:
    """Fetches those weights, telling the terminal and the page each file, then makes the part."""

    def load(tell: Tell) -> Any:
        def progress(line: str) -> None:
            print(line, file=sys.stderr, flush=True)
            tell(line)

        for weight in weights:
            assets.fetch(weight, progress)
        tell("")
        return make()

    return Loader(name, title, load)


def loaders(agent: str) -> list[Loader]:
    """The heavy parts of a call with that agent, in the order in which they are loaded."""
    domain = load_domain(DEFAULT_DOMAIN)
    made = [
        _loader("voice", "Voice", ("kokoro-82m",), wiring.make_voice),
        _loader("hearing", "Hearing", ("whisper-tiny.en",), wiring.make_hearing),
    ]
    if _loads(agent):
        weights = ("whisper-tiny.en", "smollm2-135m-instruct")
        made.append(_loader("agent", agent, weights, lambda: _warm(agent, domain)))
    return made


def _loads(agent: str) -> bool:
    """Whether the agent has weights of its own, that have to be loaded first."""
    return agent not in wiring.AGENTS and not wiring_llm.is_chat(agent)


def _warm(agent: str, domain: Domain) -> Agent:
    """Loads the model and has it read the policy once, so that the first visitor does not wait for that."""
    made = wiring.make_agent(agent, free_task(DEFAULT_DOMAIN), domain)
    made.reply((UserTurn(text="Hello."),))
    return made


def _prepare(domain: Domain) -> None:
    """What every call needs, whoever answers it."""
    _warm(DEMO, domain)
    resample.prepare()


def _choices(first: str, hidden: tuple[str, ...] = HIDDEN) -> tuple[AgentChoice, ...]:
    names = dict.fromkeys([first, *wiring.agent_names()])
    offered, bases = [name for name in names if name not in hidden], wiring.bases()
    return tuple(
        AgentChoice(
            name,
            TITLES.get(name, name),
            ("agent",) if name == first and _loads(name) else (),
            bases.get(name, ""),
        )
        for name in offered
    )


def _personas() -> tuple[tuple[str, str], ...]:
    """The voices of simulated customers that this machine has."""
    known = (("A man, Kokoro", ""), ("A woman, Kokoro", "kokoro:jf_gongitsune"), ("A woman, Pico", "pico:en-GB"))
    programs = (("A man, Flite", "flite:rms"), ("A woman, Flite", "flite:slt"), ("A man, eSpeak", "espeak:en-gb"))
    found = {"flite": shutil.which("flite"), "espeak": shutil.which("espeak-ng")}
    return (*known, *(one for one in programs if found[one[1].partition(":")[0]]))


def _with_chat(offered: tuple[AgentChoice, ...]) -> tuple[AgentChoice, ...]:
    """Where visitors may give an endpoint, they can talk to the model there."""
    chat = AgentChoice(wiring_llm.CHAT, TITLES[wiring_llm.CHAT])
    return offered if chat in offered else (*offered, chat)


def services(loading: Sequence[Loader] | None = None) -> Services:
    """The page's services, from the settings and the wiring's tables; nothing heavy is loaded yet.

    ``loading``: what is to be, by default all that a call with the settings' agent needs.
    """
    chosen, (domain, *others) = settings(), wiring.playable()
    store = wiring.make_store()
    readiness = Readiness(
        loaders(chosen.agent) if loading is None else loading,
        first=lambda: _prepare(domain),
        last=lambda: _prepare_first_call(made),
    )
    owners = chosen.owners if chosen.oauth else frozenset()  # where nobody can sign in, nobody is known to be one

    def make_agent(name: str, task: Task) -> Agent:
        return wiring.make_agent(name, task, load_domain(task.domain))

    def make_guarded(name: str, task: Task, guard: Guards) -> Agent:
        return wiring.make_agent(name, task, load_domain(task.domain), guard=guard)

    def user(task: Task, spoken: bool, **how: Any) -> UserSimulator:
        """A customer who speaks, where there is a voice; with a transcript for agents that take no sound, where one can be
        made: without, those read what was meant.
        """
        if not spoken or readiness.get("voice") is None:
            return wiring.make_user(task, **how)
        return wiring.make_spoken_user(task, transcribed=readiness.get("hearing") is not None, **how)

    def make_customer(task: Task, spoken: bool, kind: CustomerKind) -> UserSimulator:
        return user(task, spoken, manner=Manner(kind))

    def model_user(name: str, task: Task, spoken: bool, endpoint: Endpoint | None) -> UserSimulator:
        return user(task, spoken, name=name, endpoint=endpoint)

    models = Models(
        user=model_user,
        judge=lambda name, domain, endpoint: wiring.make_judge(domain, name, endpoint),
        agent=wiring_llm.chat_at,
        configured=configured(),
        by_page=not chosen.space,
        probe=wiring_llm.probe,
    )
    made = Services(
        agents=_with_chat(_choices(chosen.agent)) if models.by_page else _choices(chosen.agent),
        first_agent=chosen.agent,
        demo_agent=DEMO,
        domain=domain,
        tasks=tuple(task for one in (domain, *others) for task in wiring.shown_tasks(one)[: None if one.free else SHOWN]),
        free_task=free_task(DEFAULT_DOMAIN),
        make_agent=make_agent,
        make_guarded=make_guarded,
        default_guard=wiring.default_guard,
        make_user=user,
        make_customer=make_customer,
        default_customer=wiring.default_customer,
        make_judge=wiring.make_judge,
        ears=lambda: readiness.get("hearing"),
        voice=lambda: readiness.get("voice"),
        store=store,
        readiness=readiness,
        public=chosen.space,
        owners=owners,
        pause=chosen.pause,
        home="" if chosen.space else str(chosen.home),
        votes=wiring.make_votes(),
        comparing=Comparing(
            agents=lambda: _choices(chosen.agent, hidden=()),
            parts=wiring.compare_parts,
            revision=wiring.revision,
            folder=chosen.comparisons,
            user_voice=USER_VOICE,
        ),
        evaluating=Evaluating(
            board=Board(chosen.evaluations),
            agents=wiring.agent_names,
            domains=tuple(one.name for one in wiring.playable()),
            untrained=wiring.untrained,
            revision=wiring.revision,
            exams=chosen.exams,
            default_guard=wiring.default_guard,
            user_voice=USER_VOICE,
            agent_voice=chosen.voice or AGENT_VOICE,
            owners=owners if chosen.space else None,
            rated=lambda: store.list(limit=RATED),
        ),
        others=tuple(others),
        training=training_service.make_training(),
        untrained=wiring.untrained,
        dress=wiring.dress,
        voices=_personas(),
        hears=wiring.hears,
        newer=lambda: _choices(chosen.agent),
        models=models if models.configured or models.by_page else None,
        recordings=Recordings(chosen.recordings) if chosen.collect_recordings else None,
    )
    return made


def _prepare_first_call(given: Services) -> None:
    """What the first call begins with sounds at the click then, and need not be computed first."""
    if given.voice() is not None:
        wiring.prepare_customer(given.showpiece, transcribed=given.ears() is not None)


def _door(given: Services, live_calls: "LiveCalls") -> Door:
    """The route ``/v1/realtime``: ``model`` is an offered agent, by default the first one, ``task`` an offered task.

    A visitor of the page is connected with their own call.
    """

    def parts(model: str, task_id: str) -> "Parts":
        from tarl_app.wiring_realtime import realtime_parts

        known = {agent.name for agent in given.offered}
        agent, task = given.usable_agent(model if model in known else given.first_agent), given.task(task_id)
        if why := given.untrained(agent, task.domain):
            raise ConversationError(f"{why} Choose another agent, or a task of another domain.")
        return realtime_parts(agent, task, given.domain_of(task))

    return Door(parts, settings().realtime_token.get_secret_value(), visit=partial(phone.visit, live_calls))


def _why_not(host: str, port: int) -> str:
    """Why the page cannot be served there, and what to do; empty if it can. Gradio asks for a port of 127.0.0.1, whatever
    the host."""
    other = port + 1 if port < HIGHEST_PORT else port - 1
    by_port = f"Stop what listens there (this app, perhaps?), or set TARL_PORT to another port, such as {other}."
    for place in dict.fromkeys(("127.0.0.1", host.strip("[]"))):
        with socket.socket(socket.AF_INET6 if ":" in place else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((place, port))
            except (OSError, UnicodeError) as error:  # the second: a name that cannot be one
                code, told = getattr(error, "errno", None), getattr(error, "strerror", None) or "no such address"
                by_host = "Set TARL_HOST to an address of this machine, such as 127.0.0.1 or 0.0.0.0."
                todo = by_port if code in (errno.EADDRINUSE, errno.EACCES) else by_host
                return f"The page cannot be served at {place}:{port} ({told}). {todo}"
    return ""


def _prepare_home() -> None:
    """``TARL_HOME`` is there and can be written; raises ``ConfigError``."""
    home = settings().home
    try:
        home.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=home).close()
    except OSError as error:
        raise ConfigError(launch.in_words(error, home)) from error


def sandbox_api(host: str) -> SandboxApp:
    """The sandbox for agents of others; the token is told where one was made."""
    access = wiring_service.make_access(host)
    if access.token and not settings().api_token.get_secret_value():
        print(f"The sandbox's API at {PATH} takes the token {access.token} (set TARL_API_TOKEN to choose it)", flush=True)
    return SandboxApp(wiring_service.service_parts(), access)


def serve(given: Services, host: str, port: int, api: SandboxApp | None = None, **more: Any) -> "tuple[Blocks, LiveCalls]":
    """Serves the page, and the sandbox's ``api`` below ``/api``, from threads of its own.

    ``more`` is Gradio's ``launch``'s. Raises ``ConfigError`` when it cannot be served there.
    """
    demo, live_calls = layout.build(given)
    PageMemory(demo, live_calls).start()
    rules = gate.rules(host, settings().names, PATH)
    guarding = gate.guarding(rules, api.running) if api else gate.guarding(rules)
    try:
        demo.launch(
            server_name=f"[{host}]" if ":" in host and "[" not in host else host,
            server_port=port,
            theme=layout.THEME,
            css=layout.CSS,
            footer_links=[],
            max_file_size=gate.LARGEST_UPLOAD,
            enable_monitoring=False,
            app_kwargs={
                "routes": [
                    *sounds.routes(live_calls),
                    *_door(given, live_calls).routes,
                    *([Mount(PATH, api)] if api else []),
                ],
                "lifespan": guarding,
                "exception_handlers": {RequestValidationError: gate.unfit},
            },
            ssr_mode=False,
            **{"prevent_thread_lock": True, **layout.SERVING, **more},
        )
    except OSError as error:  # Gradio's server did not come up
        raise ConfigError(f"The page cannot be served at {host}:{port}: {error}") from error
    return demo, live_calls


def until_stopped(asked: shutdown.Shutdown, demo: "Blocks", live_calls: "LiveCalls") -> None:
    """Waits for Ctrl-C or SIGTERM; stores the open calls then, and serves the page no longer."""
    asked.wait()
    print("Stopping: the open calls are stored.", flush=True)
    shutdown.leave_within(PARKING + LEAVING)
    live_calls.park(PARKING)
    if demo.server is not None:
        demo.server.should_exit = True
        demo.server.thread.join(CLOSING)  # pages that are still open are not waited for: the process ends with them


def main() -> None:
    """Serves the page until it is interrupted; what stands in the way is told in a sentence."""
    try:
        with shutdown.heard() as asked:
            _run(asked)
    except TarlError as error:
        fail(str(error))
    except OSError as error:
        told = in_one_sentence(error)
        if not told:
            raise
        fail(told)


def _run(asked: shutdown.Shutdown) -> None:
    switch_often()
    chosen = settings()
    host = "0.0.0.0" if chosen.space else chosen.host  # noqa: S104 - a Space is reached through its proxy
    if why := _why_not(host, chosen.port):
        raise ConfigError(why)
    _prepare_home()
    print(f"Everything the app writes lies in {chosen.home}", flush=True)
    with uncollected(keep=True):  # nor does whoever talks wait for the collector to go through all of this again and again
        given = services()
        served = serve(given, host, chosen.port, sandbox_api(host))
    given.readiness.start()
    until_stopped(asked, *served)
    if not given.readiness.finished.is_set():
        shutdown.leave()


if __name__ == "__main__":
    main()
