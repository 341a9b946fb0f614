"""Rollouts: many conversations advance together, and the agent's turns of all of them are generated in one batch.

Each conversation is an ordinary ``Conversation`` in its own thread, with its users, tools and limits. When it needs an
agent turn the thread waits, and the model computes in the caller's thread for all that wait
(``agents.omni.decoding.batched_decoder``), or rollout servers do (``training.remote``). With ``patience: null``
decoding continues only when every active conversation waits for it. Users answer from their seeds, so the same policy
gives the same rollouts.
"""

import math
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import closing, nullcontext
from dataclasses import replace
from queue import Empty, SimpleQueue
from random import Random

import numpy as np

from tarl_app.agents.omni.audio.keyword_spotting import Recognition
from tarl_app.agents.omni.decoding.batched_decoder import BatchedDecoder, Wanted
from tarl_app.agents.omni.decoding.masks import Bits
from tarl_app.agents.omni.model.adapters import Sampling
from tarl_app.agents.omni.reply import Replies, content_of
from tarl_app.conversation import Conversation
from tarl_app.core.errors import Cancelled, ConfigError, TarlError
from tarl_app.core.types import AudioRef, Episode, StopReason, Turn
from tarl_app.training import rewards
from tarl_app.training.configuration.config import TrainConfig
from tarl_app.training.policy import Policy
from tarl_app.training.remote.remote_decoder import Decoder
from tarl_app.training.rollouts.lines import Event, Job, Line, Outcome
from tarl_app.training.rollouts.parts import Parts
from tarl_app.training.rollouts.reconsider import Reconsidering
from tarl_app.training.rollouts.samples import Rollout
from tarl_app.training.rollouts.timeouts import TimedJudge, TimedUser

_POLL = 0.2
"""Seconds between two checks whether the run should stop."""


class Rollouts:
    """Plays jobs with a policy; the adapters may change between two calls of ``play``."""

    def __init__(
        self, policy: Policy, parts: Parts, check: Callable[[], None] = lambda: None, decoder: Decoder | None = None
    ) -> None:
        """``check`` is called often, and raises when the run should stop; ``decoder`` defaults to one with ``policy``."""
        self.policy, self.parts, self.check = policy, parts, check
        self.config: TrainConfig = policy.config
        self.loaded = policy.loaded
        if decoder is None:
            sampling = Sampling(temperature=self.config.temperature, max_new_tokens=self.config.max_new_tokens)
            concurrent, usual = self.config.concurrent, policy.loaded.replies
            decoder = BatchedDecoder(policy.thinker, policy.loaded.tokenizer, concurrent, sampling, usual)
        self.decoder = decoder
        self.seconds = 0.0
        """Seconds spent in forward passes."""
        self._inbox: SimpleQueue[Event] = SimpleQueue()
        self._marks: dict[str, int] = {}

    def play(self, jobs: Sequence[Job]) -> list[Outcome]:
        """One outcome for each job, in their order; raises what ``check`` raises."""
        by = self.policy.reference if self.config.rollouts_by == "reference" else nullcontext
        with by(), self.policy.merged() if self.config.merge else nullcontext():
            return self._play(jobs)

    def _play(self, jobs: Sequence[Job]) -> list[Outcome]:
        self.decoder.drop()
        self._inbox = SimpleQueue()
        outcomes: dict[int, Outcome] = {}
        under_way: dict[int, tuple[int, Line]] = {}  # slot -> number of the job, its conversation
        places, started, outside = list(range(self.config.concurrent)), 0, 0
        try:
            while len(outcomes) < len(jobs):
                while places and started < len(jobs):
                    slot = places.pop(0)
                    under_way[slot] = started, self._start(jobs[started], slot)
                    started, outside = started + 1, outside + 1
                events = self._listen(outside)
                outside -= len(events)
                for event in sorted(events, key=lambda event: event.line.slot):
                    if event.bug is not None:
                        raise event.bug
                    if event.episode is None:
                        outside += self._want(event.line, event.turns)
                    else:
                        number, line = under_way.pop(event.line.slot)
                        outcome = self._outcome(line, event.episode)
                        outcomes[number] = replace(outcome, interventions=line.interventions)
                        places = sorted([*places, line.slot])
                if (places and started < len(jobs)) or (self.config.patience is None and outside):
                    continue
                outside += self._decode(under_way)
        finally:
            for _, line in under_way.values():  # stopped: releases all threads that wait for the model
                line.answers.put(Cancelled("The run was stopped."))
            self.decoder.drop()
        return [outcomes[number] for number in range(len(jobs))]

    # --- conversations, each in its thread ------------------------------------------------------------------------------

    def _start(self, job: Job, slot: int) -> Line:
        domain = self.parts.domain(job.source.domain)
        random = Random(f"{self.config.seed}/{job.group}/{job.member}/tokens")
        pipeline = Replies(self.loaded, domain, self.config.guard, lambda: self.config.max_new_tokens)
        line = Line(job, slot, domain, self._inbox, self.config.name, random, pipeline)
        threading.Thread(target=self._converse, args=(line,), daemon=True, name=f"rollout {slot}").start()
        return line

    def _converse(self, line: Line) -> None:
        try:
            line.inbox.put(Event(line, episode=self._episode(line)))
        except Cancelled:
            return
        except BaseException as bug:
            line.inbox.put(Event(line, bug=bug))

    def _episode(self, line: Line) -> Episode:
        """The whole conversation, judged; failures of a user or judge are recorded on the episode."""
        config, job = self.config, line.job
        user = TimedUser(self.parts.user(job.source, job.task, job.seed), config.time_limit, config.retries)
        judge = TimedJudge(self.parts.judge(line.domain), config.time_limit, config.retries)
        conversation = (Reconsidering if config.intervene else Conversation)(
            job.task,
            line.domain,
            line,
            user=user,
            judge=judge if config.intervene else None,
            max_agent_turns=config.max_agent_turns,
            seed=job.seed,
            id=f"{config.name}-{job.group}-{job.member}".replace("/", "-"),
            guard=config.guard,
            faults=config.faults,
        )
        with closing(conversation):
            episode = conversation.run()
        line.interventions = conversation.interventions if isinstance(conversation, Reconsidering) else None
        if not episode.counts:
            return episode
        try:
            return episode.model_copy(update={"judgements": (judge.judge(episode),)})
        except TarlError as error:
            return episode.model_copy(update={"stop": StopReason.FAILURE, "failure": f"judge: {error}", "judgements": ()})

    # --- the model, in this thread --------------------------------------------------------------------------------------

    def _listen(self, outside: int) -> list[Event]:
        """Events of conversations: of all that are not in the decoder, or those that arrive within the patience."""
        patience = self.config.patience
        end = math.inf if patience is None else time.monotonic() + patience
        events: list[Event] = []
        while len(events) < outside:
            idle = not len(self.decoder) and not events  # nothing to do but wait
            left = _POLL if idle else min(_POLL, end - time.monotonic())
            self.check()
            try:
                events.append(self._inbox.get(timeout=left) if left > 0 else self._inbox.get_nowait())
            except Empty:
                if not idle and time.monotonic() >= end:
                    break
        return events

    def _want(self, line: Line, turns: Sequence[Turn]) -> int:
        """Passes the dialogue to the decoder; returns 1 when it was answered with an error instead."""
        try:
            prompt = line.pipeline.prompt(turns, self)
            sounds = self.policy.hear(prompt.audios)
            what = (line.slot, prompt.ids, prompt.marks, sounds, prompt.guide)
            self.decoder.want(Wanted(*what, _seed(line), line.job.greedy))
        except TarlError as error:
            line.answers.put(error)
            return 1
        line.prompt = prompt
        return 0

    def positions(self, ref: AudioRef) -> int:
        """See ``agents.omni.reply.Ears``."""
        return self.policy.positions(ref)

    def recognised(self, ref: AudioRef) -> Recognition | None:
        """See ``agents.omni.reply.Ears``."""
        return self.policy.recognised(ref)

    def mark(self, ref: AudioRef) -> int:
        """See ``agents.omni.reply.Ears``."""
        return self._marks.setdefault(ref.path, -1 - len(self._marks))

    def _decode(self, under_way: dict[int, tuple[int, Line]]) -> int:
        """One step of the decoder; returns the number of conversations that got their turn."""
        self.check()
        begun, answered = time.perf_counter(), 0
        with self.policy.autocast():
            ended = self.decoder.step()
        self.seconds += time.perf_counter() - begun
        for wanted in ended:
            line = under_way[wanted.slot][1]
            if wanted.failure is not None:
                line.answers.put(wanted.failure)
                answered += 1
                continue
            assert line.prompt is not None
            turn = line.pipeline.turn(line.prompt, wanted.reply.ids)
            if turn is None:  # decode another turn instead
                what = (wanted.slot, wanted.ids, wanted.marks, wanted.sounds, wanted.guide)
                self.decoder.want(Wanted(*what, _seed(line), wanted.greedy))
                continue
            line.replies[len(line.prompt.turns), content_of(turn)] = wanted.reply
            line.answers.put(turn)
            answered += 1
        return answered

    # --- what came of it ------------------------------------------------------------------------------------------------

    def _outcome(self, line: Line, episode: Episode) -> Outcome:
        if not episode.counts or not episode.agent_turns:
            return Outcome(line.job, episode, None)
        try:
            reward = rewards.reward(episode, self.config.scheme, self.config.reward)
            each = rewards.turn_rewards(episode, self.config.scheme, self.config.reward)
        except ConfigError as error:
            broken = {"stop": StopReason.FAILURE, "failure": f"judge: {error}"}
            return Outcome(line.job, episode.model_copy(update=broken), None)
        rollout = self._rollout(line, episode, reward, each if self.config.scheme == "tarl_per_turn" else ())
        return Outcome(line.job, episode, rollout)

    def _rollout(self, line: Line, episode: Episode, reward: float, turn_rewards: tuple[float, ...]) -> Rollout:
        """The dialogue's tokens up to the agent's last one, with what was recorded when they were sampled."""
        rendered = line.pipeline.render(episode.turns, self)
        end = rendered.agent_spans[-1][1]
        ids = np.array(rendered.ids[:end], np.int64)
        chosen, logprobs = np.zeros(end, np.bool_), np.zeros(end, np.float32)
        turn = np.full(end, -1, np.int64)
        limits: dict[int, Bits] = {}
        for number, ((index, said), (start, stop)) in enumerate(zip(episode.agent_turns, rendered.agent_spans, strict=True)):
            turn[start:stop] = number
            if number >= line.job.before:
                reply = line.replies[index, content_of(said)]
                chosen[start:stop], logprobs[start:stop] = reply.chosen, reply.logprobs
                limits |= {start + place: limit for place, limit in reply.limits.items()}
        sounds = tuple(rendered.audios[: int((ids == self.loaded.tokenizer.special.audio_bos).sum())])
        sampled = (ids, chosen, logprobs, turn, sounds, line.job.group, reward, turn_rewards, limits)
        return Rollout(*sampled, episode=episode)


def _seed(line: Line) -> int:
    """The seed of the conversation's next reply."""
    return line.random.getrandbits(62)
