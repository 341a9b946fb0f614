"""A model as the judge: policy, instruction, gold calls and the tagged dialogue in; one score and one reason per turn out.

Two modes. ``whole``: one request when the conversation has ended. ``live``: one request for each agent turn, which sees
only what had happened by then, so that the page can show the score at once; when the conversation ends the last turn is
judged once more, with the end known. Both are functions of the episode: earlier scores come from the cache.
"""

import json
from collections.abc import Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, field_validator

from tarl_app.core.domain import Domain
from tarl_app.core.types import Episode, Judgement, TurnScore
from tarl_app.judges.llm_prompt import dialogue, evidence, instructions
from tarl_app.llm import LLM, AnswerCache, Usage, structured

Mode = Literal["whole", "live"]
FOLLOWS = "follows from the earlier error"
LONGEST_REASON = 500
_TOKENS = 160
"""Tokens allowed for each score with its reason."""


class Score(BaseModel):
    """The score of one turn, as the model gives it."""

    model_config = ConfigDict(extra="ignore", json_schema_extra={"additionalProperties": False})
    turn: int
    reason: str
    score: Literal[-1, 0, 1]

    @field_validator("score", mode="before")
    @classmethod
    def _as_number(cls, value: Any) -> Any:
        """Small models write "+1" or 1.0."""
        if isinstance(value, str):
            value = value.strip().removeprefix("+").replace("\u2212", "-")
            return {"-1": -1, "0": 0, "1": 1}.get(value, value)
        return int(value) if isinstance(value, float) and value.is_integer() else value


class Scores(BaseModel):
    """The scores of all turns that were asked for."""

    model_config = ConfigDict(extra="ignore", json_schema_extra={"additionalProperties": False})
    scores: list[Score]


class LLMJudge:
    """Judges episodes of one domain. ``gold_free`` hides the gold calls and what the verifier found.

    ``max_tokens`` limits an answer; by default it has room for a score and a reason for each turn that is asked for.
    """

    def __init__(
        self,
        llm: LLM,
        domain: Domain,
        mode: Mode = "whole",
        gold_free: bool = False,
        cache: AnswerCache | None = None,
        max_tokens: int | None = None,
    ) -> None:
        self.llm, self.domain, self.gold_free, self.max_tokens = llm, domain, gold_free, max_tokens
        self.mode: Mode = mode
        self.cache = cache or AnswerCache()
        parts = ["llm", *(["live"] if mode == "live" else []), *(["gold-free"] if gold_free else [])]
        self.name = f"{'-'.join(parts)}:{llm.endpoint.model}"

    def judge(self, episode: Episode) -> Judgement:
        """One score for each agent turn, at most one of them -1.

        In ``whole`` mode there are no scores before the conversation has ended, nor when a failure ended it.

        ``cost_usd`` is what the answers cost when they were given.

        Raises:
            LLMError: the model cannot be reached, gives no usable answer, or the budget is spent.
        """
        turns = [index for index, _ in episode.agent_turns]
        if not turns or (self.mode == "whole" and (episode.stop is None or not episode.counts)):
            return Judgement(judge=self.name, scores=())
        if self.mode == "whole":
            found, usage, seconds = self._ask(episode, turns, ())
        else:
            found, usage, seconds = self._one_by_one(episode, turns)
        return Judgement(judge=self.name, scores=tuple(found), cost_usd=usage.cost_usd, seconds=seconds)

    def _one_by_one(self, episode: Episode, turns: Sequence[int]) -> tuple[list[TurnScore], Usage, float]:
        found: list[TurnScore] = []
        usage, seconds = Usage(), 0.0
        for number, index in enumerate(turns):
            until = turns[number + 1] if number + 1 < len(turns) else len(episode.turns)
            seen = {
                "turns": episode.turns[: _settled(episode, index, until)],
                "stop": None,
                "failure": None,
                "verdict": None,
            }
            (score,), used, took = self._ask(episode.model_copy(update=seen), [index], found)
            usage, seconds = usage + used, seconds + took
            if index == turns[-1] and episode.stop is not None and episode.counts:
                (score,), used, took = self._ask(episode, [index], found)
                usage, seconds = usage + used, seconds + took
            found.append(score)
        return found, usage, seconds

    def _ask(
        self, episode: Episode, turns: Sequence[int], before: Sequence[TurnScore]
    ) -> tuple[list[TurnScore], Usage, float]:
        """Scores for ``turns``; those ``before`` are shown to the model, and decide which -1 is the first."""
        faults = any(result.broke_down for _, result in episode.calls)
        messages = [
            {"role": "system", "content": instructions(self.gold_free, faults)},
            {"role": "user", "content": self._question(episode, turns, before)},
        ]
        done = structured(
            self.llm,
            messages,
            Scores,
            check=lambda given: _complaint(given, turns),
            cache=self.cache,
            max_tokens=self.max_tokens or 200 + _TOKENS * len(turns),
        )
        return _settle(done.value, turns, before), done.usage, done.seconds

    def _question(self, episode: Episode, turns: Sequence[int], before: Sequence[TurnScore]) -> str:
        known = [{"turn": score.turn, "score": score.score, "reason": score.reason} for score in before]
        parts = [
            evidence(episode, self.domain, self.gold_free),
            dialogue(episode),
            *([f"<scores_so_far>\n{json.dumps(known, ensure_ascii=False)}\n</scores_so_far>"] if known else []),
            f"Score exactly these turns, in this order: {', '.join(map(str, turns))}.",
        ]
        return "\n\n".join(parts)


def _settled(episode: Episode, index: int, until: int) -> int:
    """The end of the agent turn: after its tools' results, before the next utterance."""
    following = index + 1
    while following < until and episode.turns[following].kind == "tool":
        following += 1
    return following


def _complaint(given: Scores, turns: Sequence[int]) -> str:
    scored = {score.turn for score in given.scores}
    if missing := [index for index in turns if index not in scored]:
        return f"the agent turns {', '.join(map(str, missing))} have no score; give exactly one to each of {list(turns)}"
    if empty := [score.turn for score in given.scores if score.turn in turns and not score.reason.strip()]:
        return f"turn {empty[0]} has no reason"
    return ""


def _settle(given: Scores, turns: Sequence[int], before: Sequence[TurnScore]) -> list[TurnScore]:
    """The first score of each turn that was asked for, in order; of several -1s the first is kept."""
    deviated = any(score.score == -1 for score in before)
    settled: list[TurnScore] = []
    for index in turns:
        score = next(one for one in given.scores if one.turn == index)
        value, reason = score.score, score.reason.strip()[:LONGEST_REASON]
        if value == -1 and deviated:
            value, reason = 0, f"{FOLLOWS} ({reason})"
        deviated = deviated or value == -1
        settled.append(TurnScore(turn=index, score=value, reason=reason))
    return settled
