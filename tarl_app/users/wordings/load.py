"""Reads and checks files of wordings (`docs/wordings.md`); what is wrong is told by file, line and sentence."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from string import Formatter

from tarl_app.core import documents
from tarl_app.core.documents import Written
from tarl_app.core.domain import PhrasingSet, Wordings
from tarl_app.core.errors import ConfigError, DocumentError
from tarl_app.users.wordings.rules import COMMON, REGISTERS, slots

FORMAT = "wordings-1"
LARGEST = 400_000
"""Most characters of a file."""
LONGEST = 400
"""Most characters of a sentence."""
FOLDERS: Mapping[PhrasingSet, str] = {"seen": "train", "held_out": "dev", "test": "test"}
"""Set -> its folder."""
COMMONS = Path(__file__).parent / "common"
"""Sentences that suit every domain, a folder for each set."""
ANY = "any"
"""The domain of a file that suits every one."""
Sentences = dict[str, dict[str, tuple[str, ...]]]


def load_set(folder: Path, domain: str, rules: Mapping[str, str]) -> Wordings:
    """The wordings of all ``.yaml`` files in a folder named as in ``FOLDERS``, with those that all domains have in common.

    A rule may be spread over several files. Raises ``ConfigError``.
    """
    found: Sentences = {}
    for path in sorted(one for where in (COMMONS / folder.name, folder) for one in where.glob("*.yaml")):
        for rule, registers in load_file(path, domain, rules).items():
            merged = found.setdefault(rule, {})
            for register, sentences in registers.items():
                merged[register] = merged.get(register, ()) + sentences
    return found


def load_file(path: Path, domain: str, rules: Mapping[str, str]) -> Sentences:
    """The wordings of one file, checked.

    Raises:
        ConfigError: it cannot be read, or something in it is wrong; the message names file, line and what to do.
    """
    try:
        data = documents.read_bytes(path, 4 * LARGEST, path.parent.resolve())
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}. Give the path of a file of wordings.") from error
    except DocumentError as error:
        raise ConfigError(f"{path}: {error}") from error
    return parse(data, domain, rules, path.name)


def parse(data: bytes | str, domain: str, rules: Mapping[str, str], name: str = "wordings") -> Sentences:
    """The wordings in a YAML text; raises like ``load_file``."""
    try:
        written = documents.parse_written(data, LARGEST)
        if written is None:
            raise _Wrong(1, f"it is empty. Begin with `format: {FORMAT}`")
        return _Check(domain, {**COMMON, **rules}).all_of(written)
    except DocumentError as error:
        raise ConfigError(f"{name}: {error}") from error
    except _Wrong as error:
        raise ConfigError(f"{name}, line {error.line}: {error}.") from error


def completed(own: Wordings, base: Wordings) -> Wordings:
    """Wordings with those of ``base`` for rules that they do not have."""
    return {**base, **own}


class _Wrong(Exception):
    def __init__(self, line: int, text: str) -> None:
        super().__init__(text)
        self.line = line


class _Check:
    def __init__(self, domain: str, rules: Mapping[str, str]) -> None:
        self.domain, self.rules = domain, rules

    def all_of(self, written: Written) -> Sentences:
        top = _mapping(written, "the file")
        if unknown := top.keys() - {"format", "domain", "wordings"}:
            first = min(unknown)
            raise _Wrong(top[first].line, f"there is no field {first!r}. Remove it: a file has format, domain, wordings")
        for field, wanted in (("format", FORMAT), ("domain", self.domain)):
            if field not in top or top[field].value not in (wanted, ANY if field == "domain" else wanted):
                line = top[field].line if field in top else written.line
                raise _Wrong(line, f"the {field} is not {wanted!r}. Write `{field}: {wanted}`")
        if "wordings" not in top:
            raise _Wrong(written.line, "there are no wordings. Add `wordings:` with a rule and its sentences")
        rules = _mapping(top["wordings"], "wordings")
        return {rule: self.rule(rule, registers) for rule, registers in rules.items()}

    def rule(self, rule: str, written: Written) -> dict[str, tuple[str, ...]]:
        if rule not in self.rules:
            raise _Wrong(written.line, f"there is no rule {rule!r}. Use one of those that docs/wordings.md lists")
        found: dict[str, tuple[str, ...]] = {}
        for register, sentences in _mapping(written, f"rule {rule!r}").items():
            if register not in REGISTERS:
                raise _Wrong(sentences.line, f"there is no register {register!r}. Use one of {', '.join(REGISTERS)}")
            if not isinstance(sentences.value, list) or not sentences.value:
                raise _Wrong(sentences.line, f"the sentences of {rule} ({register}) are no list. Begin each with `- `")
            found[register] = tuple(self.sentence(rule, one) for one in sentences.value)
        return found

    def sentence(self, rule: str, written: Written) -> str:
        text, line = written.value, written.line
        if not isinstance(text, str):
            raise _Wrong(line, f"a sentence of {rule} is no text. Put it in quotes: a colon or a brace needs them")
        if not text.strip() or len(text) > LONGEST:
            raise _Wrong(line, f"a sentence of {rule} is empty or longer than {LONGEST} characters. Change it")
        if not text.isprintable():
            raise _Wrong(line, f"{text!r} has a control character. Remove it")
        needed, known = slots(self.rules[rule])
        try:
            given = set(_fields(text))
        except ValueError:
            raise _Wrong(
                line, f"{text!r} has a brace without its partner, or more than a name in braces. Close it"
            ) from None
        if unknown := given - known:
            has = ", ".join(f"{{{one}}}" for one in sorted(known)) or "none"
            raise _Wrong(line, f"{text!r} has a placeholder {{{min(unknown)}}} that {rule} does not have. It has {has}")
        if missing := needed - given:
            raise _Wrong(line, f"{text!r} does not say {{{min(missing)}}}. Put {{{min(missing)}}} where the value belongs")
        return text


def _fields(text: str) -> Iterator[str]:
    for _, field, form, conversion in Formatter().parse(text):
        if field is not None:
            if not field.isidentifier() or form or conversion:
                raise ValueError(field)
            yield field


def _mapping(written: Written, what: str) -> dict[str, Written]:
    if not isinstance(written.value, dict):
        raise _Wrong(written.line, f"{what} is no mapping. Write names with a colon, and what belongs to them below")
    return written.value
