"""The syntax of calls written into text, and the error for a call that cannot be read."""

from tarl_app.core.types import MALFORMED, ToolResult

_HOW = (
    "Error: this tool call could not be read. Write one JSON object with the keys name and arguments between "
    '<tool_call> and </tool_call>, such as <tool_call>{"name": "think", "arguments": {"thought": "..."}}</tool_call>'
)


def is_malformed(result: ToolResult) -> bool:
    """Whether this is the error for a call that could not be read."""
    return not result.name and result.call_id == MALFORMED.call_id


def content_of(result: ToolResult) -> str:
    """What a tool answered, as the agent reads it."""
    return _HOW if is_malformed(result) else result.content
