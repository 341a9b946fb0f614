"""The omni agent in one conversation: renders, reads what is new, decodes, streams what it says."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import torch

from tarl_app.agents.omni.audio.encoder_input import Heard, listen
from tarl_app.agents.omni.audio.keyword_spotting import Recognition
from tarl_app.agents.omni.decoding.batched_decoder import banned_tokens
from tarl_app.agents.omni.decoding.drafts import Guesses
from tarl_app.agents.omni.decoding.generate import Guide, KeyValues, decode, prefill
from tarl_app.agents.omni.model.adapters import Sampling
from tarl_app.agents.omni.model.checkpoint import LoadedOmni
from tarl_app.agents.omni.prompt.template import Template
from tarl_app.agents.omni.prompt.tokens import OmniTokenizer
from tarl_app.agents.omni.reply import Prompt, Replies
from tarl_app.core.domain import Domain
from tarl_app.core.errors import Cancelled
from tarl_app.core.sound.audio import Audio, reference
from tarl_app.core.types import AgentTurn, AudioRef, Guards, Timing, Turn, UserTurn

_UNFINISHED = "\ufffd"


class OmniAgent:
    """A ``protocols.Agent``; light, one for each conversation. The model is shared and computes for one at a time.

    Kept between turns: keys and values of the dialogue so far, embeddings of the sounds heard, and the ids that were
    sampled (an earlier reply is never encoded again from its text).
    """

    def __init__(
        self,
        loaded: LoadedOmni,
        domain: Domain,
        sampling: Sampling | None = None,
        seed: int = 0,
        name: str | None = None,
        guard: Guards = "policy",
    ) -> None:
        """``sampling`` defaults to the checkpoint's; ``seed`` matters where the temperature is above zero; ``guard``: what
        replies are decoded under."""
        self.loaded, self.domain = loaded, domain
        self.name = name or loaded.config.name
        self.sampling = sampling or loaded.config.sampling
        self.template: Template = loaded.template
        self._generator = torch.Generator().manual_seed(seed)
        self.drafts = True
        """Whether the next tokens are guessed and checked together, which is faster and says the same."""
        self._cache: KeyValues | None = None
        self._sounds: dict[str, Heard] = {}
        self._sound_marks: dict[str, int] = {}
        self._marks = 0  # given so far
        self._ahead = ""  # the sound that was heard ahead
        self.replies = Replies(loaded, domain, guard, lambda: self.sampling.max_new_tokens)
        special = loaded.tokenizer.special
        self._banned = banned_tokens(loaded.tokenizer)
        self._stop = frozenset((special.im_end, special.call_close))

    def reply(
        self,
        turns: Sequence[Turn],
        on_text: Callable[[str], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> AgentTurn:
        """See ``protocols.Agent.reply``.

        Raises:
            DialogueTooLong: the dialogue is longer than the model's context.
            AgentError: a sound is longer than it listens to.
            SpeechError: a sound is gone or broken.
            Cancelled: soon after ``cancelled()``.
        """
        is_cancelled = cancelled or (lambda: False)
        started = time.perf_counter()
        with self._turn_of(is_cancelled):
            sounds = self._hear(turns)
            heard = time.perf_counter()
            prompt = self.replies.prompt(turns, self)
            turn: AgentTurn | None = None
            while turn is None:
                ids, first = self._answer(prompt, sounds, on_text or (lambda _: None), is_cancelled)
                turn = self.replies.turn(prompt, ids)
        timing = Timing(
            hearing=heard - started if prompt.audios else None,
            first_token=first - started,
            total=time.perf_counter() - started,
            tokens=len(ids),
        )
        return turn.model_copy(update={"timing": timing, "heard": self._last_heard(turns)})

    def hear_ahead(
        self,
        turns: Sequence[Turn],
        sound: Audio,
        on_words: Callable[[str], None],
        cancelled: Callable[[], bool] | None = None,
    ) -> None:
        """See ``protocols.HearsAhead``; raises what ``reply`` raises."""
        is_cancelled = cancelled or (lambda: False)
        ref = reference(sound)
        ahead = (*turns, UserTurn(text="", audio=ref))
        self.loaded.ear.remember(ref, sound)
        with self._turn_of(is_cancelled):
            sounds = self._hear(ahead)
            self._ahead = ref.path
            on_words(self._last_heard(ahead) or "")
            self._read_ahead(ahead, sounds, is_cancelled)

    def _read_ahead(self, turns: Sequence[Turn], sounds: torch.Tensor | None, cancelled: Callable[[], bool]) -> None:
        if not cancelled():
            self._read(self.replies.prompt(turns, self), sounds, cancelled)

    @contextmanager
    def _turn_of(self, cancelled: Callable[[], bool]) -> Iterator[None]:
        """The model to itself; whoever waits for it can still be cancelled."""
        while not self.loaded.lock.acquire(timeout=0.05):
            if cancelled():
                raise Cancelled("The turn was stopped.")
        try:
            yield
        finally:
            self.loaded.lock.release()

    def _hear(self, turns: Sequence[Turn]) -> torch.Tensor | None:
        """The embeddings of all sounds, one after the other; None when there are none to hear."""
        if not self.loaded.config.hears:
            return None
        audios = [turn.audio for turn in turns if isinstance(turn, UserTurn) and turn.audio is not None]
        if self._ahead and self._ahead not in {ref.path for ref in audios}:  # more came
            self._sounds.pop(self._ahead, None)
            self._sound_marks.pop(self._ahead, None)
        self._ahead = ""
        with torch.inference_mode():
            for ref in audios:
                if ref.path not in self._sounds:
                    self._sounds[ref.path] = listen(self.loaded.thinker, [self.loaded.ear.features(ref)])[0]
                    self._sound_marks[ref.path] = self._new_mark()
            return torch.cat([self._sounds[ref.path].embeddings for ref in audios]) if audios else None

    def _new_mark(self) -> int:
        """A negative number for a sound, unlike those of other sounds in the same ``KeyValues``."""
        self._marks += 1
        return -self._marks

    def positions(self, ref: AudioRef) -> int:
        """See ``reply.Ears``."""
        return len(self._sounds[ref.path].embeddings)

    def recognised(self, ref: AudioRef) -> Recognition | None:
        """What the projector took a sound for, as far as it recognises words; what is copied is copied from them."""
        return self._sounds[ref.path].recognition

    def mark(self, ref: AudioRef) -> int:
        """See ``reply.Ears``."""
        return self._sound_marks[ref.path]

    def _answer(
        self,
        prompt: Prompt,
        sounds: torch.Tensor | None,
        on_text: Callable[[str], None],
        cancelled: Callable[[], bool],
    ) -> tuple[list[int], float]:
        """The ids of the reply, and when the first of them was there."""
        return self._speak(self._read(prompt, sounds, cancelled), prompt.guide, on_text, cancelled)

    def _last_heard(self, turns: Sequence[Turn]) -> str | None:
        """What the model recognised in the turn that is answered; None where that was typed, or is a tool's."""
        last = turns[-1] if turns else None
        if not (self.loaded.config.hears and isinstance(last, UserTurn) and last.audio is not None):
            return None
        found = self.recognised(last.audio)
        return None if found is None else found.text

    def _read(self, prompt: Prompt, sounds: torch.Tensor | None, cancelled: Callable[[], bool]) -> torch.Tensor:
        if self._cache is None:
            self._cache = self._prefix().copy()
        return prefill(self.loaded.thinker, prompt.ids, prompt.marks, sounds, self._cache, cancelled)

    def _prefix(self) -> KeyValues:
        """The domain's system block, read once for all conversations with this model."""
        ids = self.template.system(self.domain)
        key = " ".join(map(str, ids))
        if key not in self.loaded.prefixes:
            cache = KeyValues()
            prefill(self.loaded.thinker, ids, ids, None, cache)
            self.loaded.prefixes[key] = cache
        return self.loaded.prefixes[key]

    def _speak(
        self, logits: torch.Tensor, guide: Guide, on_text: Callable[[str], None], cancelled: Callable[[], bool]
    ) -> tuple[list[int], float]:
        """The sampled ids, and when the first of them was there."""
        assert self._cache is not None
        call_open = self.loaded.tokenizer.special.call_open
        stream = TextStream(self.loaded.tokenizer, on_text)
        ids: list[int] = []
        first = 0.0
        if cancelled():
            raise Cancelled("The turn was stopped.")
        tokens = decode(
            self.loaded.thinker,
            logits,
            self._cache,
            self.sampling,
            self._stop,
            self._generator,
            guide,
            self._banned,
            Guesses(self.loaded.replies, self._cache.marks) if self.drafts else None,
        )
        for token in tokens:
            first = first or time.perf_counter()
            ids.append(token)
            if cancelled():
                raise Cancelled("The turn was stopped.")
            if token in self._stop or token == call_open:
                stream.finish()
            else:
                stream.add(token)
        stream.finish()
        return ids, first


class TextStream:
    """Hands spoken text on as it comes; the pieces joined are the turn's text, stripped, without half characters."""

    def __init__(self, tokenizer: OmniTokenizer, on_text: Callable[[str], None]) -> None:
        self._tokenizer, self._on_text = tokenizer, on_text
        self._ids: list[int] = []
        self._sent = 0
        self._open = True

    def add(self, token: int) -> None:
        """One more token of speech; ignored after ``finish``."""
        if self._open:
            self._ids.append(token)
            text = self._tokenizer.decode(self._ids).lstrip()
            self._send(text.rstrip(_UNFINISHED).rstrip())

    def finish(self) -> None:
        """No more speech in this turn: what was held back goes out."""
        if self._open:
            self._send(self._tokenizer.decode(self._ids).strip())
        self._open = False

    def _send(self, text: str) -> None:
        if len(text) > self._sent:
            self._on_text(text[self._sent :])
            self._sent = len(text)
