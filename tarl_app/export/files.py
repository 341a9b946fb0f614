"""Rows to and from files: JSON lines, or Parquet; and the card beside them."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from tarl_app.core import documents
from tarl_app.core.errors import ConfigError, DocumentError, SpeechError
from tarl_app.core.sound.audio import bring
from tarl_app.core.types import Episode
from tarl_app.export.rows import Row

SUFFIXES = (".jsonl", ".parquet")
LARGEST = 2_000_000_000
"""Most bytes of a Parquet file that is read."""
LONGEST_ROW = 32_000_000
"""Most bytes of a line that is read."""
_MESSAGES = ("messages", "prompt", "completion", "chosen", "rejected")
_COLUMNS: dict[str, str] = {
    **dict.fromkeys(("id", "task", "domain", "split", "agent", "tools", "episode", "rejected_episode"), "string"),
    **dict.fromkeys(("data_source", "reward_model", "extra_info"), "string"),
    **dict.fromkeys(("reward", "chosen_reward", "rejected_reward"), "double"),
    **dict.fromkeys(("chosen_score", "rejected_score"), "int8"),
    **dict.fromkeys(("message_mask", "turn_scores", "token_mask"), "list<int8>"),
    **dict.fromkeys(_MESSAGES, "messages"),
    "passed": "bool",
    "token_ids": "list<int32>",
    "audio": "list<string>",
}


def write(rows: Iterable[Row], path: Path) -> int:
    """Writes the rows; how many. Raises ``ConfigError`` for another suffix, or where nothing can be written."""
    if path.suffix not in SUFFIXES:
        raise ConfigError(f"{path.name} has to end in {' or '.join(SUFFIXES)}: that says what it will be.")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return _jsonl(rows, path) if path.suffix == ".jsonl" else _parquet([*rows], path)
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror or error}.") from error


def _jsonl(rows: Iterable[Row], path: Path) -> int:
    count = 0
    with path.open("w", encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps({**row, **_with_objects(row)}, ensure_ascii=False, allow_nan=False) + "\n")
            count += 1
    return count


def _with_objects(row: Row) -> Row:
    """The messages with the arguments of calls as objects, as chat templates print them."""
    return {name: [with_object(message) for message in row[name]] for name in _MESSAGES if name in row}


def with_object(message: dict[str, Any]) -> dict[str, Any]:
    """The message with the arguments of its calls as objects."""
    calls = [
        {**call, "function": {**call["function"], "arguments": json.loads(call["function"]["arguments"])}}
        for call in message.get("tool_calls", ())
    ]
    return {**message, "tool_calls": calls} if calls else message


def _arrow() -> Any:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise ConfigError("Parquet needs the library pyarrow: pip install pyarrow, or write .jsonl.") from error
    return pyarrow


def _parquet(rows: Sequence[Row], path: Path) -> int:
    arrow = _arrow()
    function = arrow.struct([("name", arrow.string()), ("arguments", arrow.string())])
    call = arrow.struct([("id", arrow.string()), ("type", arrow.string()), ("function", function)])
    message = arrow.struct(
        [
            ("role", arrow.string()),
            ("content", arrow.string()),
            ("tool_calls", arrow.list_(call)),
            ("tool_call_id", arrow.string()),
        ]
    )
    types = {
        **{"string": arrow.string(), "double": arrow.float64(), "int8": arrow.int8(), "bool": arrow.bool_()},
        **{"list<int8>": arrow.list_(arrow.int8()), "list<int32>": arrow.list_(arrow.int32())},
        **{"list<string>": arrow.list_(arrow.string()), "messages": arrow.list_(message)},
    }
    names = [*rows[0]] if rows else ["id", "episode"]
    schema = arrow.schema([(name, types[_COLUMNS[name]]) for name in names])
    arrow.parquet.write_table(arrow.Table.from_pylist([*rows], schema=schema), path)
    return len(rows)


def read_episodes(path: Path) -> Iterator[str]:
    """The episodes in a file, as JSON texts; empty for a row that cannot be read. Raises ``ConfigError``: no such file."""
    if path.suffix not in SUFFIXES or not path.is_file():
        raise ConfigError(f"There is no file {path} that ends in {' or '.join(SUFFIXES)}.")
    try:
        for row in _json_rows(path) if path.suffix == ".jsonl" else _parquet_rows(path):
            if not row:
                yield ""
            for name in ("episode", "rejected_episode"):
                if isinstance(text := row.get(name), str) and text:
                    yield text
    except (OSError, DocumentError) as error:
        raise ConfigError(f"{path} cannot be read: {error}") from error


def _json_rows(path: Path) -> Iterator[dict[str, Any]]:
    """The objects of the lines; an empty one for a line that is none."""
    with path.open("rb") as file:
        while line := file.readline(LONGEST_ROW + 1):
            if len(line) > LONGEST_ROW:
                raise DocumentError(f"a line has more than {LONGEST_ROW:,} bytes.")
            try:
                row = documents.parse_json(line)
            except DocumentError:
                row = {}
            yield row if isinstance(row, dict) and "episode" in row else {}


def _parquet_rows(path: Path) -> Iterator[dict[str, Any]]:
    arrow = _arrow()
    if path.stat().st_size > LARGEST:
        raise ConfigError(f"{path} is larger than {LARGEST / 1e9:g} GB: divide it.")
    try:
        with arrow.parquet.ParquetFile(path) as file:
            names = [name for name in ("episode", "rejected_episode") if name in file.schema_arrow.names]
            for batch in file.iter_batches(batch_size=64, columns=names):
                yield from batch.to_pylist()
    except (arrow.ArrowException, ValueError) as error:
        raise ConfigError(f"{path} is no Parquet file that can be read: {str(error).splitlines()[0][:200]}") from error


def copy_sounds(episodes: Iterable[Episode], folder: Path) -> tuple[int, int]:
    """Copies the episodes' sounds into ``folder``; how many, and how many are gone."""
    copied, gone = 0, 0
    for ref in {ref.path: ref for episode in episodes for ref in episode.sounds}.values():
        try:
            bring(ref, target=folder)
            copied += 1
        except SpeechError:
            gone += 1
    return copied, gone


def card(kind: str, path: Path, rows: int, episodes: Sequence[Episode], command: str) -> str:
    """The data set's card (README.md, with the metadata that the Hugging Face hub reads)."""
    agents = Counter(episode.agent for episode in episodes)
    splits = Counter(f"{episode.task.domain} {episode.task.split}" for episode in episodes)
    passed = sum(bool(episode.verdict and episode.verdict.passed) for episode in episodes)
    what = {
        "sft": "dialogues to imitate (`messages`, `tools`)",
        "preference": "pairs of turns (`prompt`, `chosen`, `rejected`, `tools`)",
        "rl": "rollouts with turn scores, masks and rewards (`prompt`, `completion`, `turn_scores`, `reward`)",
    }[kind]
    listed = [f"| {name} | {count} |" for name, count in [*sorted(splits.items()), *sorted(agents.items())]]
    return "\n".join(
        [
            "---",
            "language: en",
            f"task_categories: [{'reinforcement-learning' if kind == 'rl' else 'text-generation'}]",
            "tags: [tool-use, customer-service, synthetic]",
            f"configs: [{{config_name: default, data_files: {path.name}}}]",
            "---",
            f"# {path.stem}",
            "",
            f"{rows} rows: {what}, from {len(episodes)} episodes of the TARL sandbox.",
            f"{passed} of them passed its verifier. The customers are simulated, their names and data are invented.",
            "Check who wrote the agents' turns, and under which licence, before you publish it.",
            "",
            "| episodes of | number |",
            "|---|---|",
            *listed,
            "",
            f"Made by `{command}`. Every row holds its episode as JSON (`episode`):",
            f"`python -m tarl_app import episodes {path.name}` verifies it again.",
            "Do not train on rows whose `split` is test, if you report results on that split.",
            "",
        ]
    )
