"""``chat``: a person types with an agent in the terminal; each turn's verdict at once, the verifier's at the end."""

import argparse
import re
import sys
from contextlib import closing
from typing import Any, get_args

from tarl_app import wiring
from tarl_app.cli.calls.transcript import conclude, event_lines
from tarl_app.cli.options import add_domain, add_guard, command, count
from tarl_app.cli.output import Output
from tarl_app.conversation import Conversation, Event, TurnAdded
from tarl_app.core.domain import CustomerKind, Domain, Manner
from tarl_app.core.errors import ConfigError
from tarl_app.core.protocols import UserSimulator
from tarl_app.core.settings import settings
from tarl_app.core.types import Task, UserTurn
from tarl_app.domains import load_domain

_BYE = re.compile(r"(good)?bye\W*|exit|quit", re.I)
_PROMPT = "you    "


def add(parsers: Any) -> None:
    """Describes the command."""
    about = "Talk to an agent in the terminal, with live verdicts; Ctrl-D or `bye` hangs up, and the call is verified."
    made = command(parsers, "chat", about, run)
    made.add_argument("--task", metavar="ID", help="whose customer you play, see `tasks list`; without it: free talk")
    made.add_argument("--agent", default=settings().agent, help=f"{', '.join(wiring.agent_names())} (default: %(default)s)")
    add_domain(made)
    made.add_argument("--judge", choices=tuple(wiring.JUDGES), default="reference", help="default: %(default)s")
    add_guard(made)
    made.add_argument("--seed", type=int, default=0, help="default: %(default)s")
    made.add_argument("--max-agent-turns", type=count, default=60, help="default: %(default)s")
    text = "with --task: an empty line lets the simulated customer of that manner say the next turn for you"
    made.add_argument("--customer", choices=get_args(CustomerKind), help=text)
    made.add_argument("--save", action="store_true", help="keep the episode in the store")


def run(options: argparse.Namespace, output: Output) -> int:
    """Reads one line a turn until the end of the input; exits with 1 when the infrastructure failed."""
    task, domain = _task(options)
    store = wiring.make_store() if options.save else None  # first: no call is held that cannot be stored
    if why := wiring.untrained(options.agent, domain.name):
        output.progress(why)
    output.line(f"{task.id} ({task.kind}), agent {options.agent}: {task.instruction}")
    helped = "An empty line lets the simulated customer speak. " if options.customer else ""
    output.line(f"Type what the customer says; Ctrl-D or `bye` hangs up. {helped}\n")

    def show(event: Event) -> None:
        if isinstance(event, TurnAdded) and isinstance(event.turn, UserTurn) and sys.stdin.isatty():
            return  # the person has just typed it
        for line in event_lines(event):
            output.line(line)

    conversation = Conversation(
        task,
        domain,
        wiring.make_agent(options.agent, task, domain, options.seed, guard=options.guard),
        user=_helper(options, task),
        judge=wiring.make_judge(domain, options.judge),
        on_event=show,
        max_agent_turns=options.max_agent_turns,
        seed=options.seed,
        guard=options.guard or wiring.default_guard(options.agent),
    )
    with closing(conversation):
        _talk(conversation)
        conversation.finish()
        episode = conversation.episode
    return conclude(episode, store, output)


def _task(options: argparse.Namespace) -> tuple[Task, Domain]:
    if options.task is not None:
        return wiring.find_task(options.task)
    domain = load_domain(options.domain)
    if domain.free is None:
        raise ConfigError(f"The domain {domain.name!r} has no free talk: name a task with --task ID (see `tasks list`).")
    return domain.free(options.seed), domain


def _helper(options: argparse.Namespace, task: Task) -> UserSimulator | None:
    """The customer who speaks for the person at an empty line; None: nobody does. Raises ``ConfigError`` in free talk."""
    if options.customer is None:
        return None
    if not task.verifiable:
        raise ConfigError("A simulated customer needs a task: name one with --task ID, or leave out --customer.")
    return wiring.make_user(task, options.seed, manner=Manner(options.customer))


def _talk(conversation: Conversation) -> None:
    while conversation.episode.stop is None:
        line = _line()
        if line is None or _BYE.fullmatch(line.strip()):
            return
        if line.strip():
            conversation.say(UserTurn(text=line.strip()))
        elif conversation.user is not None:
            conversation.step()


def _line() -> str | None:
    """The next line; None at the end of the input."""
    if sys.stdin.isatty():
        try:
            return input(_PROMPT)
        except EOFError:
            return None
    return sys.stdin.readline() or None
