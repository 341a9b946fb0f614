"""``simulate``: one conversation between the simulated user and an agent, printed as it happens."""

import argparse
from contextlib import closing
from typing import Any

from tarl_app import wiring
from tarl_app.cli.calls.transcript import conclude, event_lines
from tarl_app.cli.options import (
    FAULTS,
    add_guard,
    add_speech,
    add_user,
    chosen_wordings,
    command,
    count,
    customer_kind,
    faults,
)
from tarl_app.cli.output import Output
from tarl_app.conversation import Conversation, Event
from tarl_app.core.domain import Manner
from tarl_app.core.settings import settings
from tarl_app.sandbox.faults import NO_FAULTS


def add(parsers: Any) -> None:
    """Describes the command."""
    made = command(parsers, "simulate", "Play one task: the simulated user talks to an agent, with live verdicts.", run)
    made.add_argument("--task", required=True, metavar="ID", help="see `tasks list`")
    made.add_argument("--agent", default=settings().agent, help=f"{', '.join(wiring.agent_names())} (default: %(default)s)")
    add_speech(made)
    made.add_argument(
        "--agent-voice", default="", metavar="ENGINE:VOICE", help="with --speech, such as kokoro:jf_gongitsune"
    )
    add_user(made, files=True)
    made.add_argument(
        "--user", choices=wiring.USERS, default="scripted", help="who plays the customer (default: %(default)s)"
    )
    made.add_argument("--judge", choices=tuple(wiring.JUDGES), default="reference", help="default: %(default)s")
    add_guard(made)
    made.add_argument("--faults", type=faults, default=NO_FAULTS, metavar="RATES", help=FAULTS)
    made.add_argument("--max-agent-turns", type=count, default=30, help="default: %(default)s")
    made.add_argument("--no-save", action="store_true", help="do not keep the episode in the store")


def run(options: argparse.Namespace, output: Output) -> int:
    """Plays the task; exits with 1 when the infrastructure failed."""
    task, domain = wiring.find_task(options.task)
    store = None if options.no_save else wiring.make_store()  # first: no call is played that cannot be stored
    if why := wiring.untrained(options.agent, domain.name):
        output.progress(why)
    output.line(f"{task.id} ({task.kind}), agent {options.agent}: {task.instruction}\n")
    file = chosen_wordings(options)
    manner = Manner(customer_kind(options, domain.name), wiring.own_wordings(file, domain.name) if file else None)
    if options.speech:
        said = (options.seed, options.phrasings, options.voice, options.channel)
        user = wiring.make_spoken_user(task, *said, name=options.user, manner=manner)
        voice = wiring.make_voice(options.agent_voice)
    else:
        user, voice = wiring.make_user(task, options.seed, options.phrasings, options.user, manner=manner), None

    def show(event: Event) -> None:
        for line in event_lines(event):
            output.line(line)

    conversation = Conversation(
        task,
        domain,
        wiring.make_agent(options.agent, task, domain, options.seed, guard=options.guard),
        user=user,
        judge=wiring.make_judge(domain, options.judge),
        voice=voice,
        on_event=show,
        max_agent_turns=options.max_agent_turns,
        seed=options.seed,
        guard=options.guard or wiring.default_guard(options.agent),
        faults=options.faults,
    )
    with closing(conversation):
        episode = conversation.run()
    return conclude(episode, store, output)
