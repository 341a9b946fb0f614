"""Token ids of a dialogue by a tokenizer's own chat template, and which of them the agent wrote.

The template is applied to what is before each turn of the agent, with its opening, and to the dialogue with the turn:
what comes between is the agent's, its end mark included. The pieces are encoded one by one, so that no token reaches
over the border between what is trained on and what is not.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tarl_app.agents.chat_messages import Message
from tarl_app.core.errors import ConfigError


class Template:
    """The chat template of a tokenizer in a folder, or of the hub by name. Raises ``ConfigError``."""

    def __init__(self, name: str) -> None:
        from transformers import AutoTokenizer

        try:
            self._tokenizer: Any = AutoTokenizer.from_pretrained(name, local_files_only=Path(name).is_dir())
        except (OSError, ValueError) as error:
            raise ConfigError(f"There is no tokenizer at {name}: {str(error).splitlines()[0][:200]}") from error
        if not self._tokenizer.chat_template:
            raise ConfigError(f"The tokenizer {name} has no chat template: choose that of an instruct model.")

    def tokens(self, dialogue: Sequence[Message], tools: Sequence[dict[str, Any]]) -> tuple[list[int], list[int]]:
        """The ids, and a 1 for each that the agent wrote.

        Raises:
            ConfigError: the template rewrites earlier turns, so that no part of its text is an agent's turn.
        """
        ids: list[int] = []
        mask: list[int] = []
        done = ""
        for place, message in enumerate(dialogue):
            if message["role"] != "assistant":
                continue
            before = self._text(dialogue[:place], tools, opens=True)
            after = self._text(dialogue[: place + 1], tools)
            self._add(ids, mask, _beyond(done, before), 0)
            self._add(ids, mask, _beyond(before, after), 1)
            done = after
        self._add(ids, mask, _beyond(done, self._text(dialogue, tools)), 0)
        return ids, mask

    def _text(self, dialogue: Sequence[Message], tools: Sequence[dict[str, Any]], opens: bool = False) -> str:
        return self._tokenizer.apply_chat_template(
            [*dialogue], tools=[*tools] or None, tokenize=False, add_generation_prompt=opens
        )

    def _add(self, ids: list[int], mask: list[int], text: str, own: int) -> None:
        added = self._tokenizer.encode(text, add_special_tokens=False)
        ids += added
        mask += [own] * len(added)


def _beyond(before: str, after: str) -> str:
    if not after.startswith(before):
        raise ConfigError("This chat template rewrites earlier turns, so there is no mask: choose another tokenizer.")
    return after[len(before) :]
