"""Separates a model's spoken text from its reasoning and from tool calls written into the text.

Reasoning models mark their reasoning in the text where no server removes it: ``<think>...</think>``, nested, never
closed, or, where the chat template has written the opening already, with the closing tag alone. Text before a closing
tag without an opening is reasoning, so text must not be spoken as long as such a tag may follow
(``agents.chat.Speech``).
"""

import re
from collections.abc import Iterator

_NAMES = r"think|thinking|thought|thoughts|reasoning|reflection|seed:think"
_TAG = re.compile(
    rf"<\s?(?P<end>/?)\s?(?:(?P<call>tool_call)|{_NAMES})\s?>|\[(?P<end2>/?)THINK\]|\u25c1(?P<end3>/?)think\u25b7", re.I
)
_BEGINNING = re.compile(r"(?:<\s?/?\s?[a-z_:]{0,12}\s?|\[/?[A-Z]{0,5}|\u25c1/?[a-z]{0,5})\Z", re.I)
"""The end of a text that may grow into a tag."""
_CHANNEL = re.compile(r"(?:<\|start\|>[^<]{0,40})?<\|channel\|>\s*(\w+)[^<]{0,200}<\|message\|>")
_CONTROL = re.compile(r"<\|(?:start|end|return|call|message|channel)\|>")
CONTROL = "<|"
"""Begins a control token of a template that the server has not parsed; such texts are read as a whole (``parts``)."""


class Parts:
    """Separates a text piece by piece: ``add`` pieces, then ``finish``."""

    def __init__(self) -> None:
        self.unopened = False
        """A closing tag came without an opening: all text before it was reasoning, and has been dropped."""
        self._kept: list[tuple[bool, str]] = []  # whether it is a call; its text
        self._rest = ""  # may be the beginning of a tag
        self._depth = 0
        self._after: str | None = None  # inside reasoning: the text since the last closing tag
        self._call: str | None = None

    @property
    def said(self) -> list[str]:
        """The spoken text so far."""
        return [text for call, text in self._kept if not call]

    @property
    def calls(self) -> list[str]:
        """The content of the calls that were written."""
        return [text for call, text in self._kept if call]

    @property
    def spoken_and_called(self) -> str:
        """The text without reasoning."""
        return "".join(f"<tool_call>{text}</tool_call>" if call else text for call, text in self._kept)

    def add(self, piece: str) -> str:
        """Adds a piece and returns the text that can be spoken now."""
        before = len(self._kept)
        text, at = self._rest + piece, 0
        for match in _TAG.finditer(text):
            self._take(text[at : match.start()])
            self._meet(match)
            at = match.end()
        open_end = _BEGINNING.search(text, max(at, len(text) - 24))
        end = open_end.start() if open_end else len(text)
        self._take(text[at:end])
        self._rest = text[end:]
        return "".join(said for call, said in self._kept[before:] if not call)

    def finish(self, cut_off: bool = False) -> str:
        """Ends the text and returns the rest that can be spoken.

        If reasoning was opened more often than closed, the text after the last closing tag is the answer, unless the
        text was cut off.
        """
        before = len(self._kept)
        rest, self._rest = self._rest, ""
        self._take(rest)
        if self._call is not None:
            self._kept.append((True, self._call))
            self._call = None
        if self._after is not None and not cut_off:
            inner = Parts()
            inner.add(self._after)
            inner.finish()
            self._kept += inner._kept
        self._after = None
        return "".join(said for call, said in self._kept[before:] if not call)

    def _take(self, text: str) -> None:
        if self._call is not None:
            self._call += text
        elif self._depth:
            self._after = None if self._after is None else self._after + text
        elif text:
            self._kept.append((False, text))

    def _meet(self, tag: re.Match[str]) -> None:
        closing, is_call = bool(tag["end"] or tag["end2"] or tag["end3"]), tag["call"] is not None
        if self._call is not None and not (is_call and closing):
            if is_call or not closing or self._call.lstrip().startswith("{"):
                self._call += tag[0]
                return
            self._call = None  # not a call, but reasoning that named the tag
        if self._depth and (is_call or not closing):
            self._after = None if self._after is None else self._after + tag[0]
            self._depth += not is_call
        elif is_call:
            if self._call is not None:
                self._kept.append((True, self._call))
            self._call = None if closing else ""
        elif not closing:
            self._depth = 1
        elif self._depth:
            self._depth -= 1
            self._after = "" if self._depth else None
        elif not self.unopened:  # another one means nothing
            self.unopened = True
            self._kept.clear()


def parts(text: str, cut_off: bool = False) -> Parts:
    """Separates a whole text; ``cut_off``: it ended at the limit of tokens."""
    read = Parts()
    if CONTROL in text:  # gpt-oss writes its thoughts to a channel
        text = _CONTROL.sub("", "".join(_unchannelled(text)))
    read.add(text)
    read.finish(cut_off)
    return read


def _unchannelled(text: str) -> Iterator[str]:
    """Text of other channels than the final one as reasoning."""
    at, thinks = 0, False
    for found in _CHANNEL.finditer(text):
        yield text[at : found.start()]
        final = found[1] == "final"
        if thinks is final:
            yield "</think>" if final else "<think>"
        thinks, at = not final, found.end()
    yield text[at:]
