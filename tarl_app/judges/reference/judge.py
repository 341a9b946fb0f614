"""The reference judge: deterministic turn scores by rules, from the gold calls and the policy, without a model.

    -1  the one major deviation: of several, the first stays and the later ones become 0
     0  a minor issue, or a consequence of an earlier error
     1  correct

The scores are causal: each turn is judged by what was known when it ended, so the scores of a dialogue that goes on do not
change. (A turn with calls has ended when their results are there.) The one exception is the end: a conversation that stopped
before everything was done is marked down at the turn after which the agent neither called nor asked anything any more,
because only then is it known that nothing more came.
Free talk has no gold calls and is judged by the policy alone. Where there are no tools, only answers are judged
(``answers``).
"""

import time

from tarl_app.core.domain import Domain
from tarl_app.core.domain.judging import Finding
from tarl_app.core.ears import own_ear
from tarl_app.core.types import AgentTurn, Episode, Judgement, ToolCall, ToolResult, ToolTurn, TurnScore, UserTurn
from tarl_app.judges.reference import aftermath, words
from tarl_app.judges.reference.answers import score_answer
from tarl_app.judges.reference.evidence import Evidence
from tarl_app.judges.reference.leaving import left_early
from tarl_app.judges.reference.rules.calls import CALL_RULES, spoken
from tarl_app.judges.reference.rules.texts import LAST_TEXT_RULES, TEXT_RULES
from tarl_app.language import consent
from tarl_app.sandbox.verifier import DATABASE

FOLLOWS = "follows from the earlier error"


class ReferenceJudge:
    """Judges episodes of one domain."""

    name = "reference"

    def __init__(self, domain: Domain) -> None:
        self.domain = domain

    def judge(self, episode: Episode) -> Judgement:
        """One score for each agent turn so far, at most one of them -1."""
        started = time.perf_counter()
        evidence = Evidence(self.domain, episode.task)
        scores: list[TurnScore] = []
        for index, turn in enumerate(episode.turns):
            if isinstance(turn, UserTurn):
                evidence.add_user_turn(turn, own_ear(episode.turns, index))
            elif isinstance(turn, AgentTurn):
                following = episode.turns[index + 1] if index + 1 < len(episode.turns) else None
                results = following.results if isinstance(following, ToolTurn) else None
                if self.domain.tools:
                    rule, (score, reason) = _score(evidence, turn, results)
                else:
                    rule, (score, reason) = score_answer(episode.task, turn)
                scores.append(_scored(index, score, reason, rule, after=scores))
                evidence.astray = evidence.astray or score == -1
        if scores and self.domain.tools and not _deviated(scores):
            missing = _missing(evidence, episode)
            if missing and not left_early(episode, scores):
                place = _gave_up(episode)
                excuse = evidence.excuse or _unheard(evidence)
                blame = 0 if excuse else -1
                reason = f"{missing} ({excuse})" if excuse else missing
                scores[place] = TurnScore(turn=scores[place].turn, score=blame, reason=reason, rule="omission")
        return Judgement(judge=self.name, scores=tuple(scores), seconds=time.perf_counter() - started)


def _deviated(scores: list[TurnScore]) -> bool:
    return any(score.score == -1 for score in scores)


def _scored(index: int, score: int, reason: str, rule: str, after: list[TurnScore]) -> TurnScore:
    if score == -1 and _deviated(after):
        return TurnScore(turn=index, score=0, reason=f"{FOLLOWS} ({reason})", rule=rule)
    return TurnScore.model_validate({"turn": index, "score": score, "reason": reason, "rule": rule})


def _score(evidence: Evidence, turn: AgentTurn, results: tuple[ToolResult, ...] | None) -> tuple[str, Finding]:
    """The most severe finding of a turn with its rule; afterwards the evidence includes the turn."""
    findings: list[tuple[str, Finding]] = []
    praise = _praise(evidence, turn, results)
    strays = evidence.astray and not aftermath.recovers(evidence, turn, results)
    for number, call in enumerate(turn.tool_calls):
        result = results[number] if results is not None and number < len(results) else None
        rules = (*CALL_RULES, *evidence.judging.call_rules)
        findings += [(name, found) for name, rule in rules if (found := rule(evidence, call, result))]
        if result is not None:
            evidence.add_result(call, result)
    if not turn.tool_calls or results is not None:
        text_rules = (*TEXT_RULES, *evidence.judging.text_rules, *LAST_TEXT_RULES)
        findings += [(name, found) for name, rule in text_rules if (found := rule(evidence, turn))]
    evidence.add_agent_turn(turn)
    if turn.text.strip():
        evidence.faulty = any(score == -1 for _, (score, _) in findings)
    if not findings and strays:
        return "consequence", (0, FOLLOWS)
    evidence.astray = evidence.astray and bool(findings)
    return min(findings, key=lambda one: one[1][0], default=("", (1, praise)))


def _missing(evidence: Evidence, episode: Episode) -> str:
    """What a finished task still lacks, in words; empty when nothing is missing.

    Taken from the verdict where there is one.
    """
    if not episode.task.verifiable or episode.stop is None or not episode.counts:
        return ""
    if episode.verdict is not None and (episode.verdict.passed or episode.verdict.checks):
        failed = [check for check in episode.verdict.checks if not check.passed]
        told = [check for check in failed if check.name != DATABASE]  # which is in words of columns
        missing = [check.detail or check.name for check in told] or ["the data are not as they should be" for _ in failed]
    else:
        missing = [f"'{spoken(call.name)}' was never done" for call in evidence.remaining]
        missing += [f"the customer was never told the {fact.label.removeprefix('the ')}" for fact in evidence.untold]
        if evidence.task.must_transfer and not evidence.transferred:
            missing.append("the customer was never handed over to a person")
    return "the conversation ended too early: " + "; ".join(missing) if missing else ""


def _unheard(evidence: Evidence) -> str:
    """Why the agent cannot have known what is left to do: its ear did not get it. Empty where it did, or wrote no words."""
    lost = [evidence.hearing.kept_from(call) for call in evidence.remaining]
    return f"its ear did not get '{lost[0]}'" if lost and all(lost) else ""


def _gave_up(episode: Episode) -> int:
    """The agent turn (counted among them) after which nothing was called or asked any more, where the task was
    abandoned.
    """
    turns = [turn for _, turn in episode.agent_turns]
    place = len(turns) - 1
    while place > 0 and not _works_on(turns[place - 1]):
        place -= 1
    return place


def _works_on(turn: AgentTurn) -> bool:
    return bool(turn.tool_calls) or turn.malformed is not None or words.asks_on(turn.text)


def _praise(evidence: Evidence, turn: AgentTurn, results: tuple[ToolResult, ...] | None) -> str:
    """What a correct turn did, in words; reads the evidence before the turn."""
    if turn.tool_calls:
        broken = [one.broke_down for one in results or ()] + [False] * len(turn.tool_calls)
        done = [
            f"tried '{spoken(call.name)}', which broke down through no fault of the agent's"
            if broke
            else _achieved(evidence, call, answered=results is not None)
            for call, broke in zip(turn.tool_calls, broken, strict=False)
        ]
        return ", then ".join(dict.fromkeys(done))
    if evidence.results_since_user and any(evidence.domain.writes(result.name) for result in evidence.results_since_user):
        return "reported what was done"
    if words.declines(turn.text):
        return "declined as the policy demands" if evidence.task.verifiable else "explained what is not possible"
    asks = any(words.ASKS.search(part) for part in consent.sentences(turn.text) if not words.MORE.search(part))
    if not asks:
        return "answered from the data" if evidence.results_since_user else "answered"
    if consent.PROPOSAL.search(consent.fold(turn.text)) and not evidence.unidentified:
        return "asked for a yes before changing anything"
    who = evidence.unidentified and words.asks_who(consent.fold(turn.text), evidence.judging)
    return "asked who the customer is" if who else "asked what it needs to know"


def _achieved(evidence: Evidence, call: ToolCall, answered: bool) -> str:
    name = call.name
    if evidence.identifies(name):
        return "looked the customer up with what they said"
    if name == evidence.domain.transfer_tool:
        demanded = evidence.task.verifiable and answered
        return "handed over to a person, as the policy demands" if demanded else "handed over to a person"
    if evidence.domain.writes(name):
        return f"{evidence.domain.describe(call).done}, as agreed" if answered else f"is doing '{spoken(name)}'"
    return evidence.judging.praise.get(name, f"looked it up with '{spoken(name)}'")
