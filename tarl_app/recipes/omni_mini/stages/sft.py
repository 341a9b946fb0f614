"""Supervised fine-tuning of the assembled thinker: stages of text, of hearing (CTC) and of both, in the order of a preset.

The random numbers of a step depend on the seed, the stage and the step. A stage that was killed therefore continues,
from the weights and moments of its last saved step, with the same result.

Left out: packing several dialogues into one row (batches of similar length waste under 5 %), dropout (the data is
generated, so it does not repeat enough to be memorised), and training the convolutions of the audio tower.
"""

import json
import math
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tarl_app.agents.omni.audio.ctc_decoder import CharacterModel
from tarl_app.recipes.omni_mini.config import SftConfig, StageConfig
from tarl_app.recipes.omni_mini.data.dataset import Example, Pack, Speech, token_batches, widen
from tarl_app.recipes.omni_mini.stages.learner import Learner
from tarl_app.training.batch.audio_batch import change_speed, log_mel, mask_mels, pad_waves, roughen, tower_hidden, warp_mels

State = dict[str, float]


class Trainer:
    """One model, its data and its optimiser; ``run`` goes through the stages."""

    def __init__(
        self,
        learner: Learner,
        pack: Pack,
        speech: Speech,
        config: SftConfig,
        out: Path,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """``clock`` gives seconds, by which deadlines and snapshots are counted."""
        self.clock = clock
        self.learner, self.pack, self.speech, self.config, self.out = learner, pack, speech, config, out
        self.device = learner.device
        learner.keep_below(config.first_tuned)
        self.rng = np.random.default_rng(config.seed)
        """Of the current step."""
        self.text = tuple(e for e in pack.text if len(e.ids) <= config.longest)
        self.spoken = tuple(e for e in pack.spoken if len(e.ids) <= config.longest and all(u in speech for _, u in e.slots))
        self.class_of = {letter: i for i, letter in enumerate(learner.checkpoint.ctc_letters)}
        self.frozen_tower = not any("lora_" in name for name, _ in learner.tower.named_parameters())
        self._kept: dict[tuple[int, int], Tensor] = {}
        self.snapshots: list[float] = []
        """Seconds of the current stage after which the state is also kept in a separate folder."""
        out.mkdir(parents=True, exist_ok=True)

    # --- hearing ----------------------------------------------------------------------------------------------------

    def hear(self, utterances: list[int], rough: bool) -> tuple[Tensor, Tensor, Tensor]:
        """Utterances -> (audio embeddings [N, D], number for each utterance [B], CTC loss per letter)."""
        states_ND, counts_B = self._heard(utterances, rough)
        with self.learner.autocast():
            read = self.learner.projector.compress(states_ND, counts_B)
        return read.embeds, read.counts, self._ctc(utterances, read.logits, 2 * counts_B)

    def ctc(self, utterances: list[int], rough: bool) -> Tensor:
        """The CTC loss per letter alone."""
        states_ND, counts_B = self._heard(utterances, rough)
        with self.learner.autocast():
            logits = self.learner.projector.ctc_logits(states_ND, counts_B)
        return self._ctc(utterances, logits, 2 * counts_B)

    def _ctc(self, utterances: list[int], logits: Tensor, frames_B: Tensor) -> Tensor:
        targets = [[self.class_of[t] for t in self.pack.utterances[u].text if t in self.class_of] for u in utterances]
        target_lengths = torch.tensor([len(t) for t in targets], device=self.device)
        loss = F.ctc_loss(
            torch.nn.utils.rnn.pad_sequence(list(logits.float().log_softmax(-1).split(frames_B.tolist()))),
            torch.tensor([t for row in targets for t in row], device=self.device),
            frames_B,
            target_lengths,
            blank=len(self.class_of),
            reduction="sum",
            zero_infinity=True,
        )
        return loss / target_lengths.sum()

    def _heard(self, utterances: list[int], rough: bool) -> tuple[Tensor, Tensor]:
        """The audio tower's states of the utterances, concatenated [N, width], and their number for each [B]."""
        with self.learner.autocast():
            if self.frozen_tower:
                hidden_BPD, counts_B = self._states(utterances, rough)
            else:
                hidden_BPD, counts_B = self._encode(utterances, self.rng if rough else None)
        return hidden_BPD[torch.arange(hidden_BPD.shape[1], device=self.device)[None] < counts_B[:, None]], counts_B

    def _states(self, utterances: list[int], rough: bool) -> tuple[Tensor, Tensor]:
        """``_encode`` with a cache of the clean version of an utterance, and of a few augmented ones."""
        keys = [(u, 1 + int(self.rng.integers(self.config.variants)) if rough else 0) for u in utterances]
        for utterance, version in dict.fromkeys(key for key in keys if key not in self._kept):
            drawn = np.random.default_rng([self.config.seed, utterance, version])  # whichever step needs it first
            with torch.no_grad():
                hidden, counts = self._encode([utterance], drawn if rough else None)
            self._kept[utterance, version] = hidden[0, : int(counts[0])].half()
        rows = [self._kept[key].float() for key in keys]
        counts_B = torch.tensor([len(row) for row in rows], device=self.device)
        return torch.nn.utils.rnn.pad_sequence(rows, batch_first=True), counts_B

    def _encode(self, utterances: list[int], rng: np.random.Generator | None) -> tuple[Tensor, Tensor]:
        """The audio tower's states [B, P, width] of the utterances' sound, and the valid positions [B].

        ``rng`` draws the augmentation; None: no augmentation.
        """
        augmentation = self.config.augmentation
        generator = torch.Generator(self.device)
        if rng is not None:
            generator.manual_seed(int(rng.integers(2**63)))
        waves = []
        for index in utterances:
            wave = torch.from_numpy(self.speech[index].astype(np.float32) / 32768).to(self.device)
            if rng is not None:
                wave = change_speed(wave, rng.uniform(augmentation.speed_min, augmentation.speed_max))
            waves.append(wave)
        wave_BN, lengths_B = pad_waves(waves)
        if rng is not None:
            wave_BN = roughen(wave_BN, augmentation, generator)
        mel, frames_B = log_mel(wave_BN, lengths_B)
        if rng is not None:
            factors = [rng.uniform(augmentation.tract_min, augmentation.tract_max) for _ in utterances]
            mel = mask_mels(warp_mels(mel, factors), augmentation, generator)
        with self.learner.autocast():
            return tower_hidden(self.learner.tower, mel, frames_B)

    # --- one forward pass -------------------------------------------------------------------------------------------

    def dialogue_loss(self, examples: list[Example], rough: bool = True) -> tuple[Tensor, Tensor, Tensor, State]:
        """(summed token loss, token count, CTC loss, exactness of the agent's turns) of a padded batch."""
        utterances = [u for e in examples for _, u in e.slots]
        embeds_ND, counts, ctc = None, iter(()), torch.zeros((), device=self.device)
        if utterances:
            embeds_ND, counts_B, ctc = self.hear(utterances, rough)
            counts = iter(counts_B.tolist())
        rows = [widen(e, [next(counts) for _ in e.slots], self.learner.audio_pad) for e in examples]
        longest = max(len(ids) for ids, _ in rows)
        ids_BT = torch.zeros(len(rows), longest, dtype=torch.long)
        learn_BT = torch.zeros(len(rows), longest, dtype=torch.bool)
        for i, (ids, learn) in enumerate(rows):
            ids_BT[i, : len(ids)] = torch.from_numpy(ids.astype(np.int64))
            learn_BT[i, : len(ids)] = torch.from_numpy(learn)
        ids_BT, learn_BT = ids_BT.to(self.device), learn_BT.to(self.device)
        with self.learner.autocast():
            hidden_BTD = self.learner.hidden(ids_BT, embeds_ND)
            logits_NV = self.learner.thinker.lm_head(hidden_BTD[:, :-1][learn_BT[:, 1:]])
        targets_N = ids_BT[:, 1:][learn_BT[:, 1:]]
        loss = F.cross_entropy(logits_NV.float(), targets_N, reduction="sum")
        return loss, learn_BT[:, 1:].sum(), ctc, self._exact(logits_NV, targets_N)

    def _exact(self, logits_NV: Tensor, targets_N: Tensor) -> State:
        """Share of agent turns, and of tool calls, whose every token is the most likely one."""
        right = (logits_NV.detach().argmax(-1) == targets_N).tolist()
        turns = calls = turns_right = calls_right = 0
        whole, is_call = True, False
        for target, ok in zip(targets_N.tolist(), right, strict=True):
            whole &= ok
            is_call |= target == self.learner.call_token
            if target == self.learner.end_token:
                turns, turns_right = turns + 1, turns_right + whole
                calls, calls_right = calls + is_call, calls_right + (whole and is_call)
                whole, is_call = True, False
        return {"turns": turns, "turns_right": turns_right, "calls": calls, "calls_right": calls_right}

    # --- the loop ---------------------------------------------------------------------------------------------------

    def _micro_batches(self, stage: StageConfig, sort: str) -> Iterator[list[Example]]:
        examples, tokens = (self.text, stage.text_tokens) if sort == "text" else (self.spoken, stage.speech_tokens)
        lengths = [len(e.ids) + sum(len(self.pack.utterances[u].tokens) for _, u in e.slots) for e in examples]
        rng = np.random.default_rng([self.config.seed, *f"{stage.name} {sort}".encode()])
        for batch in token_batches(lengths, min(self.config.micro_tokens, tokens), rng):
            yield [examples[i] for i in batch]

    def _begin(self, stage: StageConfig, step: int) -> dict[str, int]:
        """Seeds this step, and returns the number of batches of each sort of dialogue."""
        self.rng = np.random.default_rng([self.config.seed, step, *stage.name.encode()])
        tokens = {"text": stage.text_tokens, "speech": stage.speech_tokens}
        if stage.alternate:
            sort = "text" if self.rng.random() < stage.text_tokens / sum(tokens.values()) else "speech"
            tokens = {sort: tokens[sort]}
        return {sort: max(1, round(count / self.config.micro_tokens)) for sort, count in tokens.items() if count}

    def train_stage(self, stage: StageConfig, first_step: int, deadline: float | None, seconds: float = 0.0) -> int:
        """Runs the stage from ``first_step``, which was reached after ``seconds``.

        Returns the step reached (earlier than the end at the deadline).
        """
        sorts = [sort for sort, tokens in (("text", stage.text_tokens), ("speech", stage.speech_tokens)) if tokens]
        sources = {sort: self._micro_batches(stage, sort) for sort in sorts}
        for step in range(first_step):  # what was taken before
            for sort, count in self._begin(stage, step).items():
                for _ in range(count):
                    next(sources[sort])
        groups = self.learner.parameters(hearing_only=not sources)
        projector, usual = self.learner.projector, self.learner.projector.language
        if stage.own_words:
            groups, projector.language = groups[1:], CharacterModel(self.learner.expected)
        try:
            return self._steps(stage, first_step, deadline, seconds, groups, sources)
        finally:
            projector.language = usual

    def _steps(
        self,
        stage: StageConfig,
        first_step: int,
        deadline: float | None,
        seconds: float,
        groups: list[list[nn.Parameter]],
        sources: dict[str, Iterator[list[Example]]],
    ) -> int:
        optimiser = torch.optim.AdamW(
            [p for group in groups for p in group], lr=stage.learning_rate, weight_decay=self.config.weight_decay
        )
        if first_step:
            self.learner.load_moments(self.out / "state", optimiser)
            self.snapshots = [at for at in self.snapshots if at > seconds]  # the others were kept before
        started = self.clock() - seconds
        for step in range(first_step, stage.steps):
            done = self.clock() - started
            share = step / stage.steps
            if deadline is not None:  # the schedule follows the clock: the learning rate reaches zero when time is up
                share = max(share, done / deadline)
                if done >= deadline:
                    return step
            rate = min(1.0, (step + 1) / stage.warmup) * 0.5 * (1 + math.cos(math.pi * min(1.0, share)))
            for group in optimiser.param_groups:
                group["lr"] = stage.learning_rate * max(rate, 0.02)
            metrics = self._step(stage, step, sources)
            for group in groups:  # separately, because the large gradients of CTC would shrink the language model's
                torch.nn.utils.clip_grad_norm_(group, self.config.gradient_clip)
            optimiser.step()
            self.learner.thinker.zero_grad(set_to_none=True)
            done = self.clock() - started
            if step % max(1, self.config.save_every // 5) == 0 or step == stage.steps - 1:
                row = {"stage": stage.name, "step": step, "seconds": round(done, 1)}
                self._log(row | {k: round(v, 4) for k, v in metrics.items()})
            reached: dict[str, object] = {"stage": stage.name, "step": step + 1, "seconds": done}
            if self.snapshots and done >= self.snapshots[0]:
                kept = self.out.with_name(f"{self.out.name}-{self.snapshots.pop(0):.0f}s") / "state"
                self.learner.save(kept, reached, optimiser)
            if (step + 1) % self.config.save_every == 0:
                self.learner.save(self.out / "state", reached, optimiser)
        return stage.steps

    def _step(self, stage: StageConfig, step: int, sources: dict[str, Iterator[list[Example]]]) -> State:
        metrics: State = {}
        for name, count in self._begin(stage, step).items():
            batches = [next(sources[name]) for _ in range(count)]
            expected = sum(int(e.learn[1:].sum()) for b in batches for e in b)
            losses = []
            for batch in batches:
                loss, _, ctc, exact = self.dialogue_loss(batch)
                ctc_weight = 0.0 if stage.own_words else 0.1 * stage.ctc_weight
                ((loss / expected) + ctc_weight * ctc / len(batches)).backward()
                losses.append(loss.detach())
                metrics[f"{name}_calls_right"] = exact["calls_right"] / max(1, exact["calls"])
            metrics[f"{name}_loss"] = float(sum(losses) / expected)
        if stage.ctc_utterances:
            known = list(self.speech.waves)
            picked = self.rng.choice(len(known), size=min(stage.ctc_utterances, len(known)), replace=False)
            ctc = self.ctc([known[i] for i in picked.tolist()], rough=True)
            (stage.ctc_weight * ctc).backward()
            metrics["ctc"] = float(ctc.detach())
        return metrics

    def _log(self, row: Mapping[str, object]) -> None:
        with (self.out / "metrics.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")

    @torch.no_grad()
    def probe(self, name: str, examples: tuple[Example, ...]) -> State:
        """Loss and exactness on held-out dialogues, without augmentation."""
        totals: State = {"loss": 0.0, "tokens": 0.0, "turns": 0, "turns_right": 0, "calls": 0, "calls_right": 0}
        for example in examples[: self.config.probed]:
            loss, count, _, exact = self.dialogue_loss([example], rough=False)
            totals["loss"] += float(loss)
            totals["tokens"] += float(count)
            for key, value in exact.items():
                totals[key] += value
        row = {
            "probe": name,
            "loss": round(totals["loss"] / max(1, totals["tokens"]), 4),
            "turns_exact": round(totals["turns_right"] / max(1, totals["turns"]), 4),
            "calls_exact": round(totals["calls_right"] / max(1, totals["calls"]), 4),
        }
        self._log(row)
        return row


def run(
    trainer: Trainer,
    held_out: Mapping[str, Trainer] | None = None,
    only: tuple[str, ...] = (),
    deadlines: dict[str, float] | None = None,
) -> None:
    """Runs the configured stages (or ``only`` some), resuming from the saved state; probes after each on ``held_out``."""
    state = trainer.learner.load_state(trainer.out / "state")
    names = [stage.name for stage in trainer.config.stages]
    (trainer.out / "config.json").write_text(
        json.dumps(asdict(trainer.config), indent=1, default=lambda model: model.model_dump()), encoding="utf-8"
    )
    for stage in trainer.config.stages:
        first, seconds = 0, 0.0
        if state and state["stage"] in names:
            if names.index(stage.name) < names.index(state["stage"]):
                continue
            if stage.name == state["stage"]:
                first, seconds = state["step"], state.get("seconds", 0.0)
        if (only and stage.name not in only) or first >= stage.steps:
            continue
        trainer.train_stage(stage, first, (deadlines or {}).get(stage.name), seconds)
        trainer.learner.save(trainer.out / "state", {"stage": stage.name, "step": stage.steps, "seconds": 0.0})
        for name, probe in (held_out or {}).items():
            probe.probe(f"{stage.name}/{name}/text", probe.pack.text)
            if probe.spoken:
                probe.probe(f"{stage.name}/{name}/speech", probe.spoken)
