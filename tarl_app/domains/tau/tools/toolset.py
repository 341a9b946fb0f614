"""Tools that answer as the benchmark's do, Python's own complaints about wrong arguments included.

The benchmark passes an agent's arguments to a Python method unchecked and shows the text of whatever is raised. To show the
same text, our functions are called in the same way and carry the names that Python mentions in it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import create_model

from tarl_app.core.types import ToolSpec
from tarl_app.domains.tau.world import World, copied

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True)
class _Tool:
    spec: ToolSpec
    run: Callable[..., Any]


class Toolset:
    """The tools of one domain.

    ``module`` and ``owner`` are how Python names them in the texts of errors: each tool is a class of its own in a module of
    its own, or a method of ``owner``. ``unknown`` answers a call of a tool that is not there.
    """

    def __init__(self, module: str, owner: str = "", unknown: str = "Unknown action {}") -> None:
        self._module, self._owner, self._unknown = module, owner, unknown
        self._tools: dict[str, _Tool] = {}

    @property
    def specs(self) -> tuple[ToolSpec, ...]:
        """What a model is shown, by name."""
        return tuple(self._tools[name].spec for name in sorted(self._tools))

    def tool(self, writes: bool = False) -> Callable[[F], F]:
        """Registers a function whose first parameter, ``data``, is the world; types and docstring are for models alone."""

        def register(function: F) -> F:
            name = function.__name__
            hints = {k: v for k, v in function.__annotations__.items() if k not in ("data", "return")}
            fields: dict[str, Any] = {argument: (hint, ...) for argument, hint in hints.items()}
            schema = create_model(name, **fields).model_json_schema()
            properties = {key: _plain(one) for key, one in schema.get("properties", {}).items()}
            parameters = {"type": "object", "properties": properties, "required": schema.get("required", [])}
            words = " ".join((function.__doc__ or name).split())
            self._tools[name] = _Tool(ToolSpec(name=name, description=words, parameters=parameters, writes=writes), function)
            own = "".join(part.capitalize() for part in name.split("_")) + ".invoke"
            function.__qualname__ = f"{self._owner}.{name}" if self._owner else own
            function.__module__ = self._module if self._owner else f"{self._module}.{name}"
            return function

        return register

    def call(self, world: World, name: str, arguments: dict[str, Any]) -> str:
        """What the tool answers; ``Error: ...`` for whatever it raises, ``unknown`` where there is none."""
        tool = self._tools.get(name)
        if tool is None:
            return self._unknown.format(name)
        try:
            if self._owner and "data" in arguments:  # a method has no such argument
                raise TypeError(f"{tool.run.__qualname__}() got an unexpected keyword argument 'data'")
            answer = tool.run(data=world, **copied(arguments))
        except Exception as error:  # as the benchmark does: a tool is whatever an agent makes of it
            return f"Error: {error}"
        return answer if isinstance(answer, str) else "Error: nothing more can be done by this tool"


def _plain(schema: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in schema.items() if key != "title"}
