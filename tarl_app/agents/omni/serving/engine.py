"""Replies for whoever asks, on one model: requests of many threads are decoded in one batch (``batched_decoder``).

Each request names the base or an adapter that was loaded. Those of one adapter, temperature and limit advance together;
others wait until these are done, in the order in which they came.
"""

import threading
from collections import OrderedDict, deque
from concurrent.futures import Future
from pathlib import Path

import torch

from tarl_app.agents.omni.decoding.batched_decoder import BatchedDecoder, Wanted
from tarl_app.agents.omni.decoding.grammar import CallGuide
from tarl_app.agents.omni.model.adapters import Sampling
from tarl_app.agents.omni.model.checkpoint import LoadedOmni
from tarl_app.agents.omni.model.peft_files import read_peft
from tarl_app.agents.omni.model.switch import Switch, Tuning
from tarl_app.agents.omni.serving.completions import CompletionRequest
from tarl_app.agents.omni.serving.reply_queue import ReplyQueue
from tarl_app.core.errors import AgentError, Cancelled, DialogueTooLong, TarlError

Key = tuple[str, float, int]
"""What replies must share to be decoded together: model, temperature, longest reply."""


class UnknownModel(AgentError):
    """Neither the base nor a loaded adapter has that name."""


class AdapterRefused(AgentError):
    """An adapter that cannot be loaded or unloaded now."""


class Engine:
    """The model's thread; ``complete``, ``load`` and ``unload`` may be called from any other. Close it when done."""

    def __init__(self, loaded: LoadedOmni, name: str, slots: int, adapters: Path) -> None:
        """``name``: the base's; at most ``slots`` replies advance together; adapters are loaded from below ``adapters``."""
        self.loaded, self.name, self._folder = loaded, name, adapters.resolve()
        special = loaded.tokenizer.special
        self.stops = frozenset((special.im_end, special.call_close))
        """Tokens that end a reply."""
        self.adapters: OrderedDict[str, Tuning] = OrderedDict()
        self._switch = Switch(loaded.thinker)
        self._decoder = BatchedDecoder(loaded.thinker, loaded.tokenizer, slots, Sampling(), loaded.replies)
        self._replies = ReplyQueue(self._decoder)
        self._half = loaded.thinker.lm_head.weight.dtype is torch.bfloat16
        self._waiting: deque[tuple[CompletionRequest, Future[Wanted]]] = deque()
        self._key: Key = (self.name, 0.0, 0)
        self._tuned: Tuning | None = None
        self._changed = threading.Condition()
        self._closed = False
        self.replies = 0
        """Given so far."""
        self._thread = threading.Thread(target=self._run, daemon=True, name="rollout engine")
        self._thread.start()

    # --- from any thread ------------------------------------------------------------------------------------------------

    def complete(self, request: CompletionRequest) -> Wanted:
        """The reply, once it is there.

        Raises:
            UnknownModel: the request's ``model``.
            DialogueTooLong: prompt and reply do not fit into the context.
            AgentError: sounds, ids or schema cannot be right.
            Cancelled: the engine was closed.
        """
        if request.model != self.name and request.model not in self.adapters:
            raise UnknownModel(f"The model {request.model!r} does not exist here.")
        rows = len(self.loaded.thinker.lm_head.weight)
        if max(request.prompt) >= rows or min(request.prompt) < 0:
            raise AgentError(f"Token ids are from 0 to {rows - 1}.")
        if len(request.prompt) + request.max_tokens > self.loaded.config.context:
            raise DialogueTooLong(f"{len(request.prompt)} + {request.max_tokens} tokens; {self.loaded.config.context} fit.")
        if request.call_schema is not None:
            self.loaded.grammar.matcher(request.call_schema)  # one that cannot be compiled must not reach the others' pass
        future: Future[Wanted] = Future()
        with self._changed:
            if self._closed:
                raise Cancelled("The server is closing.")
            self._waiting.append((request, future))
            self._changed.notify_all()
        return future.result()

    def load(self, name: str, path: Path) -> None:
        """Loads an adapter under a name that is free; raises ``AdapterRefused``, ``AgentError``, ``Cancelled``."""
        folder = path.resolve()
        if not folder.is_relative_to(self._folder):
            raise AdapterRefused(f"Adapters are loaded from below {self._folder} alone.")
        if name == self.name or name in self.adapters:
            raise AdapterRefused(f"The lora adapter {name!r} has already been loaded.")
        tuning = read_peft(folder, self.loaded.thinker)
        with self._changed:
            if self._closed:
                raise Cancelled("The server is closing.")
            self.adapters[name] = tuning

    def unload(self, name: str) -> None:
        """Forgets an adapter; requests for it that wait fail. Raises ``UnknownModel``."""
        with self._changed:
            if self.adapters.pop(name, None) is None:
                raise UnknownModel(f"The lora adapter {name!r} cannot be found.")

    def close(self) -> None:
        """Ends the thread; whoever waits is told."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._thread.join()

    # --- the model's thread ---------------------------------------------------------------------------------------------

    def _run(self) -> None:
        while True:
            with self._changed:
                while not (self._closed or self._waiting or len(self._decoder)):
                    self._changed.wait()
                taken = [] if self._closed else self._take()
                if self._closed:
                    break
            for request, future in taken:
                self._begin(request, future)
            with torch.autocast(self.loaded.thinker.device.type, torch.bfloat16, enabled=self._half):
                self.replies += self._replies.step()
        closing = Cancelled("The server is closing.")
        self._replies.clear(closing)
        for _, future in self._waiting:
            future.set_exception(closing)

    def _take(self) -> list[tuple[CompletionRequest, "Future[Wanted]"]]:
        """The requests at the head of the queue that can be decoded with those under way."""
        taken: list[tuple[CompletionRequest, Future[Wanted]]] = []
        while self._waiting and len(taken) < self._replies.room:
            request, _ = self._waiting[0]
            key = (request.model, request.temperature, request.max_tokens)
            if key != self._key and (len(self._replies) or taken):
                break
            self._key = key
            taken.append(self._waiting.popleft())
        return taken

    def _begin(self, request: CompletionRequest, future: "Future[Wanted]") -> None:
        try:
            if not len(self._replies):
                self._tune(request)
            self._replies.take(self._wanted(request), future)
        except TarlError as error:
            future.set_exception(error)

    def _tune(self, request: CompletionRequest) -> None:
        """Makes the model what the request wants; what was read with other weights is forgotten."""
        tuning = None
        if request.model != self.name:
            tuning = self.adapters.get(request.model)
            if tuning is None:
                raise UnknownModel(f"The model {request.model!r} does not exist any more.")
        if tuning is not self._tuned:
            self._decoder.drop()
            self._switch.to(() if tuning is None else (tuning,))
            self._tuned = tuning
        self._decoder.sampling = Sampling(temperature=request.temperature, max_new_tokens=request.max_tokens)

    def _wanted(self, request: CompletionRequest) -> Wanted:
        marks = self._marks(request)
        weight = self.loaded.thinker.lm_head.weight
        sounds = torch.cat([sound.tensor() for sound in request.sounds]).to(weight) if request.sounds else None
        if sounds is not None and sounds.shape[1] != weight.shape[1]:
            raise AgentError(f"Sounds are {sounds.shape[1]} wide; the model is {weight.shape[1]}.")
        guide = CallGuide(self.loaded.grammar, request.call_schema, request.amounts, request.free)
        return Wanted(self._replies.best(marks), request.prompt, marks, sounds, guide, request.seed)

    def _marks(self, request: CompletionRequest) -> list[int]:
        pad, following = self.loaded.tokenizer.special.audio_pad, iter(request.sounds)
        marks, sound = list(request.prompt), 0
        for index, token in enumerate(request.prompt):
            if token == pad:
                if index == 0 or request.prompt[index - 1] != pad:
                    sound = next((one.mark for one in following), 0)
                marks[index] = sound
        return marks
