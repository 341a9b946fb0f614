"""A benchmark's data: loaded once, shared by every episode, copied record by record where an episode changes it.

The benchmark loads and hashes megabytes of JSON for each episode. Here an environment begins empty: a ``Table`` reads from
the shared data, and ``write`` gives a private copy of one record.
"""

from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any

from tarl_app.core.types import Change

Record = dict[str, Any]


def hashable(value: Any) -> Any:
    """Dictionaries as tuples of (key, value) in the order of their keys, lists as tuples; the rest as it is."""
    if isinstance(value, dict):
        return tuple((key, hashable(value[key])) for key in sorted(value))
    if isinstance(value, list):
        return tuple(map(hashable, value))
    return value


def copied(value: Any) -> Any:
    """A copy of JSON data that shares no list or dictionary with it."""
    if isinstance(value, dict):
        return {key: copied(one) for key, one in value.items()}
    if isinstance(value, list):
        return [copied(one) for one in value]
    return value


class Table(Mapping[str, Record]):
    """Records by key: the shared ones, and those that this episode has changed or added (``own``)."""

    def __init__(self, shared: Mapping[str, Record]) -> None:
        self.shared, self.own = shared, dict[str, Record]()

    def __getitem__(self, key: str) -> Record:
        return self.own[key] if key in self.own else self.shared[key]

    def __contains__(self, key: object) -> bool:
        return key in self.own or key in self.shared

    def __iter__(self) -> Iterator[str]:
        yield from self.shared
        yield from (key for key in self.own if key not in self.shared)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def write(self, key: str) -> Record:
        """The record to change in place; nobody else sees it."""
        if key not in self.own:
            self.own[key] = copied(self.shared[key])
        return self.own[key]

    def put(self, key: str, record: Record) -> None:
        """Adds or replaces a record."""
        self.own[key] = record

    @property
    def changed(self) -> dict[str, str]:
        """Key -> how the record is written for the hash, of those that differ from the shared ones."""
        texts = {key: str(hashable(record)) for key, record in self.own.items()}
        return {k: t for k, t in texts.items() if k not in self.shared or t != str(hashable(self.shared[k]))}


class Base:
    """Tables as they are before any call, with what is computed from them once; ``facts`` no call can change."""

    def __init__(self, tables: Mapping[str, Mapping[str, Record]], facts: Mapping[str, Any] | None = None) -> None:
        self.tables, self.facts = tables, facts or {}
        self._texts: dict[str, dict[str, str]] = {}
        self._routes: dict[tuple[str, str], list[Record]] | None = None
        self._from: dict[str, list[Record]] = {}

    def text(self, table: str) -> dict[str, str]:
        """Key -> how the record is written for the hash, of every record of a table."""
        if table not in self._texts:
            self._texts[table] = {key: str(hashable(record)) for key, record in self.tables[table].items()}
        return self._texts[table]

    def routes(self, table: str) -> tuple[dict[tuple[str, str], list[Record]], dict[str, list[Record]]]:
        """The records of a table by (origin, destination) and by origin, each list in the table's order."""
        if self._routes is None:
            between: dict[tuple[str, str], list[Record]] = {}
            for record in self.tables[table].values():
                between.setdefault((record["origin"], record["destination"]), []).append(record)
                self._from.setdefault(record["origin"], []).append(record)
            self._routes = between
        return self._routes, self._from


class World:
    """The data of one episode, a ``Table`` for each table of its ``base``."""

    def __init__(self, base: Base) -> None:
        self.base = base
        self.tables = {name: Table(records) for name, records in base.tables.items()}

    def __getitem__(self, table: str) -> Table:
        return self.tables[table]

    def digest(self) -> str:
        """The benchmark's data hash: SHA-256 of the data written as sorted tuples, in hexadecimal digits."""
        tables = ((name, _written(self.base.text(name) | self.tables[name].changed)) for name in sorted(self.tables))
        return sha256(_tuple([f"({name!r}, {text})" for name, text in tables]).encode()).hexdigest()

    def changed(self) -> dict[str, dict[str, str]]:
        """Table -> key -> the record as it is written for the hash, of what differs from the base.

        Two worlds of one base have the same hash exactly when these are equal.
        """
        return {name: found for name, table in self.tables.items() if (found := table.changed)}

    def changes(self) -> tuple[Change, ...]:
        """What differs from the base, field by field."""
        found: list[Change] = []
        for name, keys in self.changed().items():
            for key in keys:
                before, after = self.base.tables[name].get(key, {}), self.tables[name][key]
                fields = dict.fromkeys((*before, *after))
                pairs = [(field, _shown(before, field), _shown(after, field)) for field in fields]
                found += [
                    Change(table=name, key=key, column=field, before=old, after=new)
                    for field, old, new in pairs
                    if old != new
                ]
        return tuple(found)


def _shown(record: Record, field: str) -> str | None:
    if field not in record:
        return None
    value = record[field]
    return value if isinstance(value, str) else str(value)


def _written(texts: dict[str, str]) -> str:
    return _tuple([f"({key!r}, {texts[key]})" for key in sorted(texts)])


def _tuple(parts: list[str]) -> str:
    return f"({parts[0]},)" if len(parts) == 1 else f"({', '.join(parts)})"
