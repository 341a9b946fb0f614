"""Options that several commands share."""

import argparse
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

from tarl_app import wiring
from tarl_app.cli.output import Output
from tarl_app.core.domain import OWN_PHRASINGS, CustomerKind, PhrasingSet
from tarl_app.core.errors import ConfigError
from tarl_app.core.settings import settings
from tarl_app.core.types import Episode, Guards
from tarl_app.domains import DEFAULT_DOMAIN
from tarl_app.evaluation.config import CHANNEL
from tarl_app.evaluation.folder import EPISODES, stored
from tarl_app.sandbox.faults import Faults, parse_faults

Run = Callable[[argparse.Namespace, Output], int]


def command(parsers: Any, name: str, about: str, run: Run) -> argparse.ArgumentParser:
    """Adds a command with ``--json`` that calls ``run``."""
    made = parsers.add_parser(name, help=about[:1].lower() + about[1:].rstrip("."), description=about)
    made.add_argument("--json", action="store_true", help="print one JSON object on stdout and nothing else")
    made.set_defaults(run=run)
    return made


def add_domain(made: argparse.ArgumentParser, split: str | None = None) -> None:
    """``--domain``, and ``--split`` with a default."""
    made.add_argument("--domain", choices=wiring.domain_names(), default=DEFAULT_DOMAIN, help="default: %(default)s")
    if split:
        made.add_argument("--split", choices=wiring.SPLITS, default=split, help="default: %(default)s")


def add_speech(made: argparse.ArgumentParser) -> None:
    """``--speech`` and related options."""
    made.add_argument("--speech", action="store_true", help="the user speaks and the agent hears")
    made.add_argument("--voice", default="", metavar="ENGINE:VOICE", help="the user's voice, such as kokoro:jm_kumo or pico")
    text = (
        "what the voice passes through: clean, phone, street, cafe, noise<dB>, loss<percent>, joined by '+' (phone+noise15)"
    )
    made.add_argument("--channel", type=channel, default="clean", help=text)


def add_user(made: argparse.ArgumentParser, files: bool = False) -> None:
    """``--customer``, ``--phrasings`` and ``--seed``.

    The default wordings are those of the split; with ``files`` they may be a file (``chosen_wordings``).
    """
    made.add_argument(
        "--customer",
        choices=get_args(CustomerKind),
        help="how the scripted user talks: plain answers what is asked; lifelike talks as people do (default: lifelike "
        "where the domain has such customers)",
    )
    text = (
        "wordings of the simulated user: seen (or train), those of training dialogues; held_out (or dev) and test, which "
        "share none with them or each other (default: those of the task's split)"
    )
    names = tuple(dict.fromkeys((*get_args(PhrasingSet), *OWN_PHRASINGS)))
    if files:
        text += "; or a .yaml file of one's own for lifelike customers (docs/wordings.md)"
        made.add_argument("--phrasings", metavar=f"{{{','.join(names)},FILE}}", type=_set_or_file, help=text)
    else:
        made.add_argument("--phrasings", choices=names, help=text)
    made.add_argument("--seed", type=int, default=0, help="default: %(default)s")


def chosen_wordings(options: argparse.Namespace) -> Path | None:
    """The file that ``--phrasings`` names, which makes customers lifelike; options are changed accordingly.

    Raises:
        ConfigError: plain customers were asked for, who have no sentences of one's own.
    """
    file = options.phrasings if isinstance(options.phrasings, Path) else None
    if file is not None:
        if options.customer == "plain":
            raise ConfigError("A file of wordings is for lifelike customers: leave out --customer plain.")
        options.customer, options.phrasings = "lifelike", None
    return file


def customer_kind(options: argparse.Namespace, domain: str) -> CustomerKind:
    """``--customer``, or how that domain's customers talk by default; a model that plays the customer is neither."""
    if getattr(options, "user", "scripted") != "scripted":
        return "plain"
    return options.customer or wiring.usual_customer(domain)


def _set_or_file(text: str) -> str | Path:
    if text in (*get_args(PhrasingSet), *OWN_PHRASINGS):
        return text
    if Path(text).suffix not in (".yaml", ".yml"):
        raise argparse.ArgumentTypeError(f"{text!r} is no set of wordings, and no .yaml file")
    return Path(text)


GUARDS = (
    "what holds the agent's calls to their rules: off (an omni agent writes whatever it likes), schema (they fit the tools, "
    "with ids that were shown or said; for other agents the same as off, as the tools check arguments anyway), policy (also "
    "what the domain's guard permits: consent, identity first, transfers; another agent's call that it forbids is answered "
    "with the reason). Default: policy for omni agents, off for others"
)


def add_guard(made: argparse.ArgumentParser) -> None:
    """``--guard``; None where it is not given."""
    made.add_argument("--guard", choices=get_args(Guards), help=GUARDS)


FAULTS = (
    "tools that break down on purpose: shares of the calls, such as fail=0.1,slow=0.05,nonsense=0.05,delay=2 (seconds of a "
    "slow answer), drawn from task and seed (docs/faults.md); default: none"
)


def faults(text: str) -> Faults:
    """Faults on purpose, for argparse."""
    try:
        return parse_faults(text)
    except ConfigError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def channel(text: str) -> str:
    """A channel's name, for argparse."""
    if not re.match(CHANNEL, text):
        raise argparse.ArgumentTypeError(
            "use clean, phone, street, cafe, noise<dB> or loss<percent>, joined by '+', such as phone+noise15"
        )
    return text


def count(text: str) -> int:
    """A number of at least one, for argparse."""
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return value


def port(text: str) -> int:
    """A port, for argparse; 0 is any free one."""
    value = int(text)
    if not 0 <= value <= 65535:
        raise argparse.ArgumentTypeError("must be a port, 0 to 65535")
    return value


STORE = "stored"
EPISODES_HELP = f"an evaluation's name or folder, a file of one JSON episode a line, or '{STORE}' for the stored calls"


def read_episodes(name: str, limit: int) -> list[Episode]:
    """At most so many episodes of an evaluation, a file or the store; raises ``ConfigError``."""
    if name == STORE:
        return [*wiring.make_store().list(limit)]
    for path in (Path(name), settings().evaluations / name):
        if path.is_file():
            return [*stored(path.parent, path.name)][:limit]
        if (path / EPISODES).is_file():
            return [*stored(path)][:limit]
    raise ConfigError(f"There are no episodes at {name!r}: give an evaluation's name, a file, or '{STORE}'.")
