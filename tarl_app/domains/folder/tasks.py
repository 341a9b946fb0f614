"""Tasks as they are written, as tasks of the app, compared with the tools and the seed."""

from collections.abc import Iterator

from tarl_app.core.types import Goal, Persona, Task, ToolCall, ToolSpec
from tarl_app.domains.folder.arguments import Misfit, arguments_of
from tarl_app.domains.folder.reading.marked import Marked
from tarl_app.domains.folder.reading.problems import Problems
from tarl_app.domains.folder.reading.tasks_file import FILE, STYLES, Entry, Head
from tarl_app.domains.folder.tools.toolset import Toolset
from tarl_app.users.first_person import first_person

KINDS = {"change": "Something to be done", "lookup": "Something to be told", "transfer": "A case for a person"}


def tasks_of(
    name: str, head: Head, entries: list[tuple[int, Entry]], tools: Toolset, at: Marked, problems: Problems
) -> list[tuple[int, Entry, Task]]:
    """The tasks whose calls and names the tools know, each with its place in the file."""
    known = {spec.name for spec in tools.specs}
    if head.transfer_tool and head.transfer_tool not in known:
        text = f"`transfer_tool` is no tool: name one of {_some(known)}, or remove it."
        problems.add(FILE, at.line(("transfer_tool",)), text)
        return []
    hands_over = next((spec for spec in tools.specs if spec.name == head.transfer_tool), None)
    if hands_over is not None and hands_over.writes:
        text = f"`{hands_over.name}` hands over to a person, so it changes no data: remove it from WRITES."
        problems.add(FILE, at.line(("transfer_tool",)), text)
    if hands_over is not None and (why := tools.complaint(_handover(hands_over, "why"))):
        text = f"the arguments of `{hands_over.name}` must be texts, or have a value by default ({why}): change them."
        problems.add(FILE, at.line(("transfer_tool",)), text)
    found: list[tuple[int, Entry, Task]] = []
    for place, entry in entries:
        before = len(problems)
        for field, text in _wrong(entry, head, tools, known):
            problems.add(FILE, at.line(("tasks", place, *field)), text)
        gold = _gold(place, entry, tools, at, problems)
        if len(problems) == before:
            found.append((place, entry, _task(name, entry, head, tools, gold)))
    return found


def _some(names: set[str]) -> str:
    return ", ".join(sorted(names)[:12]) or "none"


def _wrong(entry: Entry, head: Head, tools: Toolset, known: set[str]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """What in a task does not go with the tools and the seed: where, and the sentence."""
    for place, name in enumerate(entry.never_call):
        if name not in known:
            yield ("never_call", place), f"there is no tool `{name}`: write one of {_some(known)}."
    if entry.transfer and not head.transfer_tool:
        yield ("transfer",), "no tool hands over to a person: name it at the top, as `transfer_tool: NAME`."
    if tools.remote and (entry.state or entry.outcome == "state"):
        field = "state" if entry.state else "outcome"
        yield (
            (field,),
            f"`{field}` needs data of one's own, and this is on a server: say by `calls` what must have happened.",
        )
        return
    tables = tools.tables
    for table, rows in entry.state.items() if tables is not None else ():
        columns = tables.get(table) if tables else None
        if columns is None:
            yield ("state", table), f"the seed has no table `{table}`: write one of {_some(set(tables or ()))}."
            continue
        for key, row in rows.items():
            for column in row if isinstance(row, dict) else ():
                if column not in columns:
                    text = f"the table `{table}` has no column `{column}`: write one of {_some(set(columns))}."
                    yield ("state", table, key, column), text


def _gold(place: int, entry: Entry, tools: Toolset, at: Marked, problems: Problems) -> tuple[ToolCall, ...]:
    """The calls with arguments of the right types."""
    specs = {spec.name: spec for spec in tools.specs}
    found: list[ToolCall] = []
    for number, one in enumerate(entry.calls):
        if isinstance(one, dict) and len(one) != 1:
            continue  # told already
        name = one if isinstance(one, str) else next(iter(one))
        where = ("tasks", place, "calls", number, *((name,) if isinstance(one, dict) else ()))
        if name not in specs:
            problems.add(FILE, at.line(where), f"there is no tool `{name}`: write one of {_some(specs.keys() | set())}.")
            continue
        try:
            arguments = arguments_of(at.part(where) if isinstance(one, dict) else None, specs[name].parameters)
        except Misfit as misfit:
            problems.add(FILE, misfit.line, f"{misfit} (call of `{name}`)")
            continue
        call = ToolCall(id=f"gold_{number}", name=name, arguments=arguments)
        if why := tools.complaint(call):
            problems.add(FILE, at.line(where), f"`{name}` does not take these arguments ({why}): correct them.")
        found.append(call)
        if name in entry.never_call:
            told = f"`{name}` is one of the task's calls: remove it here, or from `calls`."
            problems.add(FILE, at.line(("tasks", place, "never_call")), told)
    return tuple(found)


def _task(name: str, entry: Entry, head: Head, tools: Toolset, gold: tuple[ToolCall, ...]) -> Task:
    writes = {spec.name for spec in tools.specs if spec.writes}
    transfer = entry.transfer
    if transfer and all(call.name != head.transfer_tool for call in gold):
        spec = next(one for one in tools.specs if one.name == head.transfer_tool)
        gold = (*gold, _handover(spec, entry.goal[0]))
    changes = any(call.name in writes and call.name != head.transfer_tool for call in gold)
    kind = "change" if changes else "transfer" if transfer else "lookup"
    told = entry.facts_to_tell
    goals = [
        Goal(
            kind="transfer" if kind == "transfer" else "lookup" if kind == "lookup" and told else "request",
            expect="transferred" if transfer and number == len(entry.goal) - 1 else "done",
            question=entry.says[number] if entry.says else first_person(text),
            tell=told if len(entry.goal) == 1 else (),
            details={"title": entry.title or entry.id.replace("_", " ")},
        )
        for number, text in enumerate(entry.goal)
    ]
    style = entry.persona if entry.persona in STYLES else "plain"
    return Task(
        id=f"{name}-{entry.split}-{entry.id}",
        domain=name,
        split=entry.split,
        kind=kind,
        instruction=_instruction(entry, style),
        persona=Persona.model_validate({"style": style}),
        facts=entry.facts,
        goals=tuple(goals),
        gold=gold,
        must_tell=told,
        must_transfer=transfer,
        must_not=entry.never_call,
        must_not_say=entry.never_say,
        outcome=entry.outcome,
    )


def _handover(spec: ToolSpec, why: str) -> ToolCall:
    return ToolCall(id="gold_transfer", name=spec.name, arguments=dict.fromkeys(spec.parameters.get("required", ()), why))


def _instruction(entry: Entry, style: str) -> str:
    """What a model that plays the customer is told."""
    parts = [" Then: ".join(entry.goal)]
    if entry.facts:
        known = "; ".join(f"{name.replace('_', ' ')}: {value}" for name, value in entry.facts.items())
        parts.append(f"You know your {known}.")
    if entry.persona not in STYLES:
        parts.append(f"How you are: {entry.persona}")
    elif style != "plain":
        parts.append(f"You are {style} on the phone.")
    return "\n".join(parts)
