"""The command line: ``python -m tarl_app --help``.

One module a command; each has ``add(parsers)``, which declares its options, and ``run(options, output)``, which runs it
and returns the exit code. With ``--json`` a command prints one JSON object on stdout and nothing else; all progress
goes to stderr.
"""

import argparse
import os
import sys
from collections.abc import Sequence

from tarl_app.cli import assets, home
from tarl_app.cli.calls import chat, episodes, serve_voice, simulate
from tarl_app.cli.exchange import domains, export, imports, sandbox
from tarl_app.cli.measuring import compare, evaluate, judge, reward, scenarios, tasks, wordings
from tarl_app.cli.output import Output
from tarl_app.cli.training import runs, serve_rollouts, study, train
from tarl_app.core.errors import StorageError, TarlError
from tarl_app.core.process.system_errors import in_one_sentence
from tarl_app.core.settings import settings

COMMANDS = (
    simulate,
    chat,
    evaluate,
    scenarios,
    judge,
    reward,
    compare,
    train,
    study,
    serve_rollouts,
    serve_voice,
    runs,
    tasks,
    sandbox,
    episodes,
    export,
    imports,
    domains,
    wordings,
    assets,
    home,
)
FAILED = 2
STOPPED = 130


def parser() -> argparse.ArgumentParser:
    """The parser of all commands."""
    root = argparse.ArgumentParser(
        prog="python -m tarl_app",
        description="Talk to, measure and train a voice agent. The page is started with `python app.py`.",
    )
    parsers = root.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in COMMANDS:
        command.add(parsers)
    return root


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command; returns its exit code: 0 done, 2 an error (told on stderr), 130 stopped from the keyboard.

    System errors (a full disk, a missing permission) are explained in words; a bug shows a traceback.
    """
    try:
        options = parser().parse_args(arguments)
        with Output(only_json=options.json) as output:
            return options.run(options, output)
    except StorageError as error:  # it names no path, as a page's visitors read it too
        return _failed(f"{error} TARL_HOME is {settings().home}.")
    except TarlError as error:
        return _failed(str(error))
    except KeyboardInterrupt:
        sys.stderr.write("stopped\n")
        return STOPPED
    except BrokenPipeError:  # the reader of our output has closed it, as in `... | head`
        _let_go_of_stdout()
        return 0
    except OSError as error:
        told = in_one_sentence(error)
        if not told:
            raise
        _let_go_of_stdout()
        return _failed(told)


def _failed(why: str) -> int:
    sys.stderr.write(f"error: {why}\n")
    return FAILED


def _let_go_of_stdout() -> None:
    """Drops unwritten output, which Python would otherwise try to flush at exit, with an error."""
    try:
        sys.stdout.flush()
    except OSError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
