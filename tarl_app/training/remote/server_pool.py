"""The rollout servers of a run: load balancing, and the current adapter.

A server that fails is skipped for a while, longer each time; its requests go to the others. The adapter is published
before every step under a separate name, ``RUN-STEP-DIGEST``: with one name for all steps a server may continue to use
cached data of earlier weights (vllm-project/vllm#42125).
"""

import shutil
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import torch

from tarl_app.agents.omni.decoding.batched_decoder import Reply, Wanted
from tarl_app.agents.omni.model.adapters import weights_digest
from tarl_app.agents.omni.model.checkpoint_files import locate_checkpoint
from tarl_app.agents.omni.model.peft_files import adapter_digest, collect_pairs, write_peft
from tarl_app.core.errors import ConfigError, LLMError
from tarl_app.training.configuration.config import TrainConfig
from tarl_app.training.distributed.processes import Processes
from tarl_app.training.policy import Policy
from tarl_app.training.remote.server_client import Asking, MissingAdapter, ServedModel, Server, Unreachable

LONGEST_PAUSE = 30.0
"""Longest time in seconds for which a server that failed is skipped."""
_KEPT = 2  # adapters on disk: the one in use, and the one before


class ServerPool:
    """A pool of servers; ``ask`` may be called from any thread. Close it when done."""

    def __init__(self, config: TrainConfig, folder: Path, policy: Policy, processes: Processes) -> None:
        """``folder``: the run's; adapters lie below it, or below ``config.servers.adapters``."""
        self.config, self.policy, self.processes = config, policy, processes
        chosen = config.servers
        self.folder = (chosen.adapters or folder / "adapters").resolve()
        connections = config.concurrent + 4
        self.servers = [Server(url, chosen.timeout, connections) for url in chosen.urls]
        self.adapter = ""
        """The name under which the servers have the policy; empty before the first ``publish``."""
        self.asking = Asking(policy.loaded.tokenizer, config.temperature, config.max_new_tokens)
        self._lock = threading.Lock()
        self._load = dict.fromkeys(range(len(self.servers)), 0)
        self._failed = dict.fromkeys(range(len(self.servers)), 0)
        self._until = dict.fromkeys(range(len(self.servers)), 0.0)
        self.answered = dict.fromkeys(chosen.urls, 0)
        """Replies from each server."""
        self._before = 0

    def close(self) -> None:
        """Ends all connections."""
        for server in self.servers:
            server.close()

    def check(self) -> list[str]:
        """Asks every server what it serves; returns descriptions of those that cannot be reached.

        Raises:
            ConfigError: one serves another model than the run needs.
            LLMError: none can be reached.
        """
        silent: list[str] = []
        for number, server in enumerate(self.servers):
            try:
                base = server.models(timeout=10.0)[0]
            except LLMError as error:
                silent.append(str(error))
                self._note_failure(number)
            else:
                require_fitting(self.config, base, server.url, self.policy.loaded.config.hears)
        if len(silent) == len(self.servers):
            raise LLMError("No rollout server can be reached: " + "; ".join(silent))
        return silent

    # --- adapters -------------------------------------------------------------------------------------------------------

    def publish(self, step: int) -> None:
        """Publishes the current policy to the servers; called by all processes, of which the first does it.

        Raises:
            LLMError: no server took it.
        """
        failure: LLMError | None = None
        digest = 0
        if self.processes.first:
            try:
                digest = self._publish(step)
            except LLMError as error:
                failure = error
        digest = int(self.processes.total(torch.tensor(digest, dtype=torch.int64)))
        if failure is not None or not digest:
            raise failure or LLMError("The first process could give its adapter to no rollout server.")
        self.adapter = self._name(step, digest)
        self._before = sum(self.answered.values())

    def require_replies(self, step: int) -> None:
        """Raises ``LLMError`` when no process got any reply since the last ``publish``."""
        replies = sum(self.answered.values()) - self._before
        if not int(self.processes.total(torch.tensor(replies, dtype=torch.int64))):
            raise LLMError(f"No rollout server gave a reply in step {step + 1}. Start them again, then resume the run.")

    def _name(self, step: int, digest: int) -> str:
        return f"{self.config.name}-{step:06d}-{digest:012x}"

    def _publish(self, step: int) -> int:
        tensors = collect_pairs(self.policy.thinker)
        digest = adapter_digest(tensors)
        name, before = self._name(step, digest), self.adapter
        write_peft(self.folder / name, tensors, self.policy.settings[0], self.config.base)
        with ThreadPoolExecutor(len(self.servers)) as pool:
            errors = list(pool.map(lambda number: self._give(number, name, before), range(len(self.servers))))
        if all(error is not None for error in errors):
            raise LLMError(f"No rollout server took the adapter for step {step + 1}: " + "; ".join(map(str, errors)))
        for old in sorted(self.folder.glob(f"{self.config.name}-*"), key=lambda path: path.stat().st_mtime)[:-_KEPT]:
            shutil.rmtree(old, ignore_errors=True)
        return digest

    def _give(self, number: int, name: str, before: str) -> LLMError | None:
        """Loads the adapter on one server, and unloads the one before; the error, if there is one."""
        server = self.servers[number]
        try:
            if before and before != name:
                server.unload(before)  # first: vLLM may have room for one only
            server.load(name, self.folder / name)
        except LLMError as error:
            self._note_failure(number)
            return error
        self._note_success(number)
        return None

    # --- replies --------------------------------------------------------------------------------------------------------

    def ask(self, wanted: Wanted, given_up: Callable[[], bool] = lambda: False) -> Reply:
        """The reply, from whichever server gives it first.

        Raises:
            LLMError: no server did, in ``1 + retries`` attempts with growing pauses, or one refused the request for good.
        """
        chosen, last = self.config.servers, LLMError("No rollout server was asked.")
        for attempt in range(1 + chosen.retries):
            if attempt:
                time.sleep(min(LONGEST_PAUSE, chosen.pause * 2 ** (attempt - 1)))
            tried: set[int] = set()
            while not given_up() and (number := self._take(tried)) is not None:
                tried.add(number)
                try:
                    reply = self._ask(number, wanted)
                except Unreachable as error:
                    last = error
                    self._note_failure(number)
                    continue
                finally:
                    with self._lock:
                        self._load[number] -= 1
                self._note_success(number)
                with self._lock:
                    self.answered[chosen.urls[number]] += 1
                return reply
            if given_up():
                break
        raise LLMError(f"No rollout server gave a reply in {1 + chosen.retries} attempts: {last}")

    def _ask(self, number: int, wanted: Wanted) -> Reply:
        server, adapter = self.servers[number], self.adapter
        try:
            return server.complete(adapter, wanted, self.asking)
        except MissingAdapter:  # it was restarted, or was unreachable when the others loaded the adapter
            try:
                server.load(adapter, self.folder / adapter)
                return server.complete(adapter, wanted, self.asking)
            except MissingAdapter as error:
                raise Unreachable(str(error)) from error

    def _take(self, tried: set[int]) -> int | None:
        """The healthy server with the fewest requests that was not tried yet; None if there is none."""
        with self._lock:
            now = time.monotonic()
            well = [number for number in self._load if number not in tried and self._until[number] <= now]
            if not well and not tried:  # a recently failed one is better than none
                well = [min(self._until, key=lambda number: self._until[number])]
            if not well:
                return None
            number = min(well, key=lambda one: (self._load[one], one))
            self._load[number] += 1
            return number

    def _note_failure(self, number: int) -> None:
        with self._lock:
            self._failed[number] += 1
            pause = self.config.servers.pause * 2 ** min(self._failed[number], 10)
            self._until[number] = time.monotonic() + min(LONGEST_PAUSE, pause)

    def _note_success(self, number: int) -> None:
        with self._lock:
            self._failed[number], self._until[number] = 0, 0.0


def require_fitting(config: TrainConfig, base: ServedModel, url: str, hears: bool) -> None:
    """Raises ``ConfigError`` when a server does not fit this run."""
    spoken = [source.name for source in config.sources if source.speech]
    folder = locate_checkpoint(config.base)
    digest = weights_digest(folder) if folder is not None else ""
    if base.ours:
        if base.digest != digest or (not digest and base.id != config.base):
            raise ConfigError(f"{url} serves {base.id!r} with other weights; this run starts from {config.base!r}.")
        return
    if digest or config.base not in (base.id, base.root):
        raise ConfigError(
            f"{url} serves {base.id!r}, and this run starts from {config.base!r}. vLLM serves what Qwen2.5-Omni's own "
            "classes load; our checkpoints are served by `python -m tarl_app serve-rollouts`."
        )
    if spoken and hears:
        raise ConfigError(
            f"{', '.join(spoken)}: the policy hears, and {url} is vLLM, which takes no sound beside token ids. Leave these "
            "sources out, or serve the model with `python -m tarl_app serve-rollouts`, which takes them."
        )
    longest = base.max_model_len
    if longest is not None and longest < config.max_new_tokens:
        raise ConfigError(f"{url} has room for {longest} tokens only; a reply alone may have {config.max_new_tokens}.")


def open_fleet(config: TrainConfig, folder: Path, policy: Policy, processes: Processes) -> ServerPool | None:
    """The servers, all checked; None where the run decodes by itself. Raises like ``ServerPool.check``."""
    if not config.servers.urls:
        return None
    fleet = ServerPool(config, folder, policy, processes)
    try:
        fleet.check()
    except BaseException:
        fleet.close()
        raise
    return fleet


def unreachable(urls: Sequence[str], timeout: float = 3.0) -> list[str]:
    """The error, in words, of each server that does not answer."""
    found: list[str] = []
    for url in urls:
        server = Server(url, timeout)
        try:
            server.models()
        except LLMError as error:
            found.append(str(error))
        finally:
            server.close()
    return found
