"""The packed data set: token arrays on disk, batches in memory."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from tarl_app.core.errors import ConfigError
from tarl_app.language.text_normalization.spoken_form import speakable

Ints = npt.NDArray[np.int32]


@dataclass(frozen=True)
class Utterance:
    """One sentence to be spoken; ``tokens`` are the written text's ids: about as many positions as its sound will take."""

    text: str
    voice: str
    tokens: tuple[int, ...]


@dataclass(frozen=True)
class Example:
    """One dialogue as tokens.

    ``ids`` [T]; ``learn`` [T] marks the tokens the agent has to produce. A spoken user turn is a single audio placeholder
    here, at ``slots[k][0]``, to be widened to the positions of utterance ``slots[k][1]``.
    """

    ids: Ints
    learn: npt.NDArray[np.bool_]
    slots: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class Pack:
    """Everything the training stages read but the sound itself."""

    examples: tuple[Example, ...]
    utterances: tuple[Utterance, ...]

    @property
    def text(self) -> tuple[Example, ...]:
        """Dialogues without sound."""
        return tuple(e for e in self.examples if not e.slots)

    @property
    def spoken(self) -> tuple[Example, ...]:
        """Dialogues with sound."""
        return tuple(e for e in self.examples if e.slots)

    def save(self, folder: Path) -> None:
        """Writes ``pack.npz`` and ``utterances.json``."""
        lengths = [len(e.ids) for e in self.examples]
        slots = [(i, p, u) for i, e in enumerate(self.examples) for p, u in e.slots]
        np.savez_compressed(
            folder / "pack.npz",
            ids=np.concatenate([np.empty(0, np.int32), *(e.ids for e in self.examples)]).astype(np.uint16),
            learn=np.packbits(np.concatenate([np.empty(0, bool), *(e.learn for e in self.examples)])),
            lengths=np.array(lengths, np.int32),
            slots=np.array(slots, np.int32).reshape(-1, 3),
        )
        rows = [(u.text, u.voice, list(u.tokens)) for u in self.utterances]
        (folder / "utterances.json").write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> "Pack":
        """Reads what ``save`` wrote; ids below 65,536 only (SmolLM2 has 49,152)."""
        with np.load(folder / "pack.npz", allow_pickle=False) as stored:
            ids, lengths, slots = stored["ids"].astype(np.int32), stored["lengths"], stored["slots"]
            learn = np.unpackbits(stored["learn"], count=len(ids)).astype(bool)
        ends = np.cumsum(lengths)
        by_example: dict[int, list[tuple[int, int]]] = {}
        for example, position, utterance in slots.tolist():
            by_example.setdefault(example, []).append((position, utterance))
        examples = tuple(
            Example(ids[end - length : end], learn[end - length : end], tuple(by_example.get(i, ())))
            for i, (length, end) in enumerate(zip(lengths.tolist(), ends.tolist(), strict=True))
        )
        rows = json.loads((folder / "utterances.json").read_text(encoding="utf-8"))
        return cls(examples, tuple(Utterance(t, v, tuple(k)) for t, v, k in rows))

    @classmethod
    def load_all(cls, folders: Sequence[Path]) -> "Pack":
        """The packs of several folders as one; their utterances are counted on from folder to folder, as by ``Speech``."""
        examples: list[Example] = []
        utterances: list[Utterance] = []
        for folder in folders:
            pack = cls.load(folder)
            for one in pack.examples:
                slots = tuple((place, utterance + len(utterances)) for place, utterance in one.slots)
                examples.append(Example(one.ids, one.learn, slots))
            utterances += pack.utterances
        return cls(tuple(examples), tuple(utterances))


def sentences(folder: Path) -> list[tuple[str, str]]:
    """Text and voice of a pack's utterances."""
    return [(text, voice) for text, voice, _ in json.loads((folder / "utterances.json").read_text(encoding="utf-8"))]


def digest(rows: Iterable[tuple[int, str, str]]) -> str:
    """A digest of a shard's sentences (index, text, voice), 16 hexadecimal digits.

    It covers the spoken words, too: when the normalisation of a form changes, its sounds are made again.
    """
    said = [(index, text, speakable(text), voice) for index, text, voice in rows]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:16]


class Speech:
    """The synthesised utterances: 16 kHz int16 sound by utterance index, from all ``speech-*.npz`` of the packs' folders."""

    def __init__(self, *folders: Path) -> None:
        """Raises ``ConfigError`` when the sounds are not those of the pack."""
        self.waves: dict[int, npt.NDArray[np.int16]] = {}
        before = 0
        for folder in folders:
            rows = dict(enumerate(sentences(folder)))
            for path in sorted(folder.glob("speech-*.npz")):
                with np.load(path, allow_pickle=False) as stored:
                    samples, ends, index = stored["samples"], np.cumsum(stored["lengths"]), stored["index"]
                    spoken = str(stored["of"]) if "of" in stored else ""  # empty: from before it was kept
                if spoken != digest((i, *rows.get(i, ("", ""))) for i in index.tolist()):
                    raise ConfigError(
                        f"{path} is the sound of other sentences than those of the pack, or of other words for them: "
                        "run speak again."
                    )
                starts = np.concatenate([[0], ends[:-1]])
                for i, start, end in zip(index.tolist(), starts.tolist(), ends.tolist(), strict=True):
                    self.waves[before + i] = samples[start:end]
            before += len(rows)

    def __contains__(self, index: int) -> bool:
        return index in self.waves

    def __len__(self) -> int:
        return len(self.waves)

    def __getitem__(self, index: int) -> npt.NDArray[np.int16]:
        return self.waves[index]


def widen(example: Example, positions: Sequence[int], pad: int) -> tuple[Ints, npt.NDArray[np.bool_]]:
    """Replaces each audio placeholder by as many pad tokens as its sound has positions: (ids [T'], learn [T'])."""
    ids: list[Ints] = []
    learn: list[npt.NDArray[np.bool_]] = []
    before = 0
    for (slot, _), count in zip(example.slots, positions, strict=True):
        ids += [example.ids[before:slot], np.full(count, pad, np.int32)]
        learn += [example.learn[before:slot], np.zeros(count, bool)]
        before = slot + 1
    ids.append(example.ids[before:])
    learn.append(example.learn[before:])
    return np.concatenate(ids), np.concatenate(learn)


def token_batches(lengths: Sequence[int], tokens: int, rng: np.random.Generator) -> Iterator[list[int]]:
    """Endless batches of indices with similar lengths, at most ``tokens`` each when padded."""
    while True:
        noisy = np.asarray(lengths) * rng.uniform(0.95, 1.05, len(lengths))
        order = np.argsort(noisy).tolist()
        batches: list[list[int]] = [[]]
        longest = 0
        for index in order:
            longest = max(longest, lengths[index])
            if batches[-1] and longest * (len(batches[-1]) + 1) > tokens:
                batches.append([])
                longest = lengths[index]
            batches[-1].append(index)
        for i in rng.permutation(len(batches)).tolist():
            yield batches[i]
