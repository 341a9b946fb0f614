"""What is wrong in a folder: file, line, and a sentence that says what to do. All of it is collected and shown together."""

from collections.abc import Iterable
from typing import Any

from pydantic import ValidationError

from tarl_app.core.errors import ConfigError
from tarl_app.core.types import Frozen
from tarl_app.domains.folder.reading.marked import Marked

_LONGEST = 400


class Problem(Frozen):
    """Something wrong; ``line`` counts from 1, and is None where it is about the file as a whole."""

    file: str
    line: int | None
    text: str

    def __str__(self) -> str:
        return f"{self.file}{f', line {self.line}' if self.line else ''}: {self.text}"


class Problems(list[Problem]):
    """What was found so far."""

    def add(self, file: str, line: int | None, text: str) -> None:
        """Adds one; texts that the same place has already are left out."""
        one = Problem(file=file, line=line, text=" ".join(text.split())[:_LONGEST])
        if one not in self:
            self.append(one)

    def add_invalid(self, error: ValidationError, file: str, at: Marked, within: tuple[str | int, ...] = ()) -> None:
        """Adds what pydantic has found in a document, with the lines of ``at``; ``within`` is where the value stands."""
        for one in error.errors(include_url=False, include_input=False):
            place = (*within, *one["loc"])
            self.add(file, at.line(place), in_words(one, at.path(place)))

    def in_order(self) -> tuple[Problem, ...]:
        """By file and line."""
        return tuple(sorted(self, key=lambda one: (one.file, one.line or 0)))


class FolderError(ConfigError):
    """A folder that cannot be used, with its problems."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


def in_words(error: Any, place: tuple[str | int, ...]) -> str:
    """One error of pydantic as a sentence; ``place`` is as far as the document has it."""
    name = next((str(part) for part in reversed(error["loc"]) if isinstance(part, str)), "this")
    field = next((str(part) for part in reversed(place) if isinstance(part, str)), name)
    match error["type"]:
        case "missing":
            return f"`{name}` is missing: add it."
        case "extra_forbidden":
            return f"there is no field `{name}` here: remove it, or correct its name."
        case "string_pattern_mismatch":
            return f"`{field}` has a form that is not taken ({error['ctx']['pattern']}): correct it."
        case "literal_error" | "enum":
            return f"`{field}` must be {error['ctx']['expected']}: write one of these."
        case "dict_type" | "model_type" | "model_attributes_type":
            return f"`{field}` must have names with a colon, and a value for each: write it so."
        case "list_type" | "tuple_type":
            return f"`{field}` must be a list: begin each part with `- `."
        case "string_type":
            return f"`{field}` must be a text: write one, in quotes where it has a colon or a brace."
        case "value_error":
            return str(error["msg"]).removeprefix("Value error, ")
        case _:
            told = str(error["msg"]).rstrip(".")
            return f"`{field}`: {told[:1].lower()}{told[1:]}: correct it."
