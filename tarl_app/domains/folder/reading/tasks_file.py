"""``tasks.yaml``: who calls, what they want, and what must have happened at the end."""

import re
from collections.abc import Iterator
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from tarl_app.core.domain import Split
from tarl_app.core.types import Persona, ToldFact
from tarl_app.domains.folder.reading.marked import Marked
from tarl_app.domains.folder.reading.problems import Problems
from tarl_app.language.told import tells
from tarl_app.sandbox.playing import said

FILE = "tasks.yaml"
STYLES: tuple[str, ...] = get_args(Persona.model_fields["style"].annotation)
"""How a customer can talk, in a word."""
MOST_TASKS = 5_000
GONE = "gone"
"""In an expected state: there is no such row."""
Kind = Literal["money", "number", "id", "date", "text"]
_FORMS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    ("money", re.compile(r"\$[0-9][0-9,]*(\.[0-9]{2})?|[0-9][0-9,]*\.[0-9]{2}")),
    ("date", re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")),
    ("id", re.compile(r"#?[A-Za-z]{0,3}[0-9]{6,}")),
    ("number", re.compile(r"-?[0-9][0-9,]*(\.[0-9]+)?")),
)


def _empty_is(value: Any) -> BeforeValidator:
    return BeforeValidator(lambda given: value if given is None else given)


def _one_or_more(given: Any) -> Any:
    return [given] if isinstance(given, str) else given


def _filled(text: str) -> str:
    if not text.strip():
        raise ValueError("this text is empty: write it, or leave its name out.")
    return text.strip()


Text = Annotated[str, Field(max_length=4_000), AfterValidator(_filled)]
Name = Annotated[str, Field(max_length=100)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Told(_Strict):
    """A fact that must be told, with its kind where that is not to be guessed."""

    value: Text
    kind: Kind


class Entry(_Strict):
    """One task as it is written. ``calls`` has the arguments as they are written: the tools' schemas say what they are.

    ``says`` are the words for each goal of a customer who is no model.
    """

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_]{0,59}$")]
    split: Split = "test"
    title: Annotated[str, Field(max_length=100), _empty_is("")] = ""
    persona: Annotated[str, Field(max_length=1_000), _empty_is("plain")] = "plain"
    goal: Annotated[tuple[Text, ...], BeforeValidator(_one_or_more), Field(min_length=1, max_length=10)]
    says: Annotated[tuple[Text, ...], _empty_is(()), BeforeValidator(_one_or_more)] = ()
    facts: Annotated[dict[Name, Text], _empty_is({})] = {}
    calls: Annotated[tuple[str | dict[str, Any], ...], _empty_is(()), Field(max_length=50)] = ()
    outcome: Literal["calls", "state"] = "calls"
    state: Annotated[dict[Name, dict[str, Literal["gone"] | dict[Name, str | None]]], _empty_is({})] = {}
    say: Annotated[dict[Name, Text | Told], _empty_is({})] = {}
    never_say: Annotated[tuple[Text, ...], _empty_is(()), BeforeValidator(_one_or_more)] = ()
    never_call: Annotated[tuple[Name, ...], _empty_is(()), BeforeValidator(_one_or_more)] = ()
    transfer: bool = False

    @property
    def facts_to_tell(self) -> tuple[ToldFact, ...]:
        """What must be told, with its kind."""
        return tuple(fact(label, one) for label, one in self.say.items())


class Head(_Strict):
    """What the file says of all tasks: a sentence about the scene, and the tool that hands over to a person."""

    about: Annotated[str, Field(max_length=400), _empty_is("")] = ""
    transfer_tool: Annotated[Name, _empty_is("")] = ""
    tasks: Annotated[list[Any], Field(min_length=1, max_length=MOST_TASKS)]


def fact(label: str, one: str | Told) -> ToldFact:
    """A fact with its kind: "$45.00" is money, "2026-05-08" a date, "204117" an id, "3" a number, all else a text."""
    value = one.value if isinstance(one, Told) else one
    guesses: list[Kind] = [kind for kind, form in _FORMS if form.fullmatch(value)]
    kind: Kind = one.kind if isinstance(one, Told) else guesses[0] if guesses else "text"
    return ToldFact(label=label.replace("_", " "), kind=kind, value=value.lstrip("$") if kind == "money" else value)


def read_entries(at: Marked, problems: Problems) -> tuple[Head, list[tuple[int, Entry]]]:
    """The head, and the tasks that can be read, each with its place in the list."""
    try:
        head = Head.model_validate(at.value)
    except ValidationError as error:
        problems.add_invalid(error, FILE, at)
        return Head.model_construct(tasks=[]), []
    found: list[tuple[int, Entry]] = []
    ids: set[str] = set()
    for place, one in enumerate(head.tasks):
        try:
            entry = Entry.model_validate(one)
        except ValidationError as error:
            problems.add_invalid(error, FILE, at, ("tasks", place))
            continue
        if entry.id in ids:
            problems.add(FILE, at.line(("tasks", place, "id")), f"there is a task `{entry.id}` already: choose another id.")
            continue
        ids.add(entry.id)
        found.append((place, entry))
        for field, text in _wrong(entry):
            problems.add(FILE, at.line(("tasks", place, *field)), text)
    return head, found


def _wrong(entry: Entry) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """What pydantic does not see: where in the task, and the sentence."""
    for label, one in entry.say.items():
        told = fact(label, one)
        if not tells(said(told), told):
            yield ("say", label), f"{told.value!r} is no {told.kind} that can be told: correct it, or say its `kind`."
        for place, words in enumerate(entry.never_say):
            if words.casefold() in told.value.casefold():
                yield ("never_say", place), f"{words!r} must be said by `say`, and must not be said: remove one of them."
    for place, one in enumerate(entry.calls):
        if isinstance(one, dict) and len(one) != 1:
            yield ("calls", place), "a call is one tool's name with its arguments: begin each call with `- `."
    if entry.says and len(entry.says) != len(entry.goal):
        yield ("says",), f"there are {len(entry.goal)} goals and {len(entry.says)} sentences in `says`: write one for each."
    if not (entry.calls or entry.say or entry.transfer):
        yield (), f"the task `{entry.id}` demands nothing: give it `calls`, `say` or `transfer: true`."
