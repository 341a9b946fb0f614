"""Token ids of the omni models: plain text never becomes a control token, control tokens are only ever put in by id."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

from tarl_app.core.errors import AgentError


@dataclass(frozen=True)
class SpecialTokens:
    """Ids of the control tokens; ``response_*`` are None where the model has no token for the tags of a tool's result."""

    im_start: int
    im_end: int
    audio_bos: int
    audio_pad: int
    audio_eos: int
    call_open: int
    call_close: int
    response_open: int | None
    response_close: int | None


# SmolLM2 has 17 special tokens, of which instruction tuning uses the first three. The others marked repositories and
# notebooks in pre-training data; nine of them get new meanings here, so the vocabulary keeps its 49,152 rows.
MINI_NAMES = {
    "im_start": "<|im_start|>",
    "im_end": "<|im_end|>",
    "audio_bos": "<repo_name>",
    "audio_pad": "<reponame>",
    "audio_eos": "<file_sep>",
    "call_open": "<filename>",
    "call_close": "<gh_stars>",
    "response_open": "<issue_start>",
    "response_close": "<issue_closed>",
}
QWEN_NAMES = {
    "im_start": "<|im_start|>",
    "im_end": "<|im_end|>",
    "audio_bos": "<|audio_bos|>",
    "audio_pad": "<|AUDIO|>",
    "audio_eos": "<|audio_eos|>",
    "call_open": "<tool_call>",
    "call_close": "</tool_call>",
    "response_open": "<tool_response>",
    "response_close": "</tool_response>",
}
_OPTIONAL = {"response_open", "response_close"}
MINI_SPECIALS = (
    "<|endoftext|>",
    "<|im_start|>",
    "<|im_end|>",
    "<repo_name>",
    "<reponame>",
    "<file_sep>",
    "<filename>",
    "<gh_stars>",
    "<issue_start>",
    "<issue_comment>",
    "<issue_closed>",
    "<jupyter_start>",
    "<jupyter_text>",
    "<jupyter_code>",
    "<jupyter_output>",
    "<jupyter_script>",
    "<empty_output>",
)


class OmniTokenizer:
    """Text to ids and back.

    ``encode`` uses a copy of the tokenizer without any added token, so "<|im_end|>" typed by a user is nine ordinary tokens.
    """

    def __init__(self, tokenizer: Tokenizer, names: dict[str, str] | None = None) -> None:
        """Wraps ``tokenizer``; ``names`` maps fields of ``SpecialTokens`` to token strings (found out when left out).

        Raises:
            AgentError: the vocabulary lacks a control token that the template needs.
        """
        self.full = tokenizer
        plain = json.loads(tokenizer.to_str())
        plain["added_tokens"] = []
        plain["post_processor"] = None
        self._plain = Tokenizer.from_str(json.dumps(plain))
        names = names or (QWEN_NAMES if tokenizer.token_to_id(QWEN_NAMES["audio_pad"]) is not None else MINI_NAMES)
        ids: dict[str, Any] = {field: tokenizer.token_to_id(name) for field, name in names.items()}
        missing = [names[field] for field, id_ in ids.items() if id_ is None and field not in _OPTIONAL]
        if missing:
            raise AgentError(f"The tokenizer has no {', '.join(missing)}: this is not a Qwen2.5-Omni checkpoint.")
        self.special = SpecialTokens(**ids)
        self.control_ids = tuple(sorted(tokenizer.get_added_tokens_decoder()))  # never text

    @property
    def size(self) -> int:
        """Number of ids, control tokens included."""
        return self.full.get_vocab_size(with_added_tokens=True)

    def encode(self, text: str) -> list[int]:
        """Ids of plain text: never a control token, whatever the text says; lone surrogates become question marks."""
        return self.spans(text)[0]

    def spans(self, text: str) -> tuple[list[int], list[tuple[int, int]]]:
        """Like ``encode``, and where each token stands in the text, in characters: from and to."""
        found = self._plain.encode(text.encode("utf-8", "replace").decode("utf-8"), add_special_tokens=False)
        return found.ids, found.offsets

    def decode(self, ids: Sequence[int]) -> str:
        """Text of ids; control tokens vanish, an unfinished UTF-8 character is a replacement character."""
        return self.full.decode(list(ids), skip_special_tokens=True)

    def save(self, folder: Path) -> None:
        """Writes ``tokenizer.json``."""
        self.full.save(str(folder / "tokenizer.json"))

    @classmethod
    def load(cls, folder: Path) -> "OmniTokenizer":
        """Reads ``tokenizer.json`` of a checkpoint directory.

        Raises:
            AgentError: there is none, or it lacks the control tokens.
        """
        path = folder / "tokenizer.json"
        if not path.is_file():
            raise AgentError(f"{folder} has no tokenizer.json.")
        return cls(Tokenizer.from_file(str(path)))


def build_bpe(vocabulary: Sequence[str], merges: Iterable[str]) -> OmniTokenizer:
    """SmolLM2's tokenizer (byte-level BPE, one token a digit) from its lists of tokens and merges ("a b")."""
    pairs = [tuple(merge.split(" ", 1)) for merge in merges]
    tokenizer = Tokenizer(models.BPE(vocab={token: i for i, token in enumerate(vocabulary)}, merges=pairs))  # pyright: ignore
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(  # pyright: ignore
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)]
    )
    tokenizer.decoder = decoders.ByteLevel()  # pyright: ignore
    tokenizer.add_special_tokens([AddedToken(name, normalized=False, special=True) for name in MINI_SPECIALS])
    return OmniTokenizer(tokenizer, MINI_NAMES)


def byte_tokenizer() -> OmniTokenizer:
    """One token a byte, after the 17 special ones: for models of a few thousand parameters (273 ids)."""
    return build_bpe([*MINI_SPECIALS, *sorted(pre_tokenizers.ByteLevel.alphabet())], [])
