"""Rules about what the agent says: one function a rule, each sees the evidence after the turn's calls, and the turn.

As in ``calls``, a rule returns None, or a score and a reason; the table is ordered by severity.
"""

import re

from tarl_app.core.domain.judging import Finding, TextRule
from tarl_app.core.types import AgentTurn, Goal
from tarl_app.judges.reference import words
from tarl_app.judges.reference.evidence import Evidence
from tarl_app.judges.reference.rules import attention, corrections, facts, promises, subject, unread, wishes
from tarl_app.judges.reference.rules.calls import spoken
from tarl_app.language import consent, told, transfer
from tarl_app.language.told import tells

UNTOLD = re.compile(r"\?|\bif\b|\bonce\b|\bnot\b|n't\b|\bonly\b")
OTHERS = re.compile(r"\b(other|second|next|another|new|different|again|correct|right)\b")
"""A request with these words asks for something else than what was given, or whether it is right."""
RECENT = 4
"""The agent's last texts, of which none is said again."""


def early_transfer(evidence: Evidence, turn: AgentTurn) -> Finding | None:
    """A transfer ends the conversation, so it comes after everything else that the task demands.

    A task that ends with a transfer does not excuse what was left undone before. A transfer that the task does not
    demand at all is ``unneeded_transfer``.
    """
    handed_over = evidence.transferred and any(call.name == evidence.domain.transfer_tool for call in turn.tool_calls)
    if not handed_over or not evidence.task.verifiable or not evidence.gold_transfer():
        return None
    said = [*evidence.texts, turn.text]
    undone = [f"'{spoken(call.name)}' was done" for call in evidence.remaining]
    undone += [
        f"the customer was told the {fact.label.removeprefix('the ')}"
        for fact in evidence.task.must_tell
        if not any(tells(text, fact, evidence.domain.fact_words) for text in said)
    ]
    score = 0 if evidence.excuse else -1
    return (score, f"handed over to a person before {' and '.join(undone)}") if undone else None


def false_claim(evidence: Evidence, turn: AgentTurn) -> Finding | None:
    """What the agent claims to be done was done by a successful call, or is so in the data."""
    for action in words.claims(turn.text, evidence.judging.actions):
        by_tool = any(consent.actions_of(call.name, [action]) for call in evidence.written)
        changed = action.covers_all and bool(evidence.written)
        in_data = bool(action.shown) and action.shown in evidence.shown
        if not (by_tool or changed or in_data):
            return -1, f"told the customer that something was {action.participle}, but no such call succeeded"
    return None


def invented_in_words(evidence: Evidence, turn: AgentTurn) -> Finding | None:
    """Every id in the agent's words was said by the user or shown by a tool."""
    for found, form in evidence.forms_in(turn.text).items():
        if evidence.known(found):
            continue
        meant = words.near(found, evidence.said_ids)
        if meant is not None:
            return 0, f"misheard {evidence.forms[meant]} as {form}"
        if found in evidence.foreign:
            return -1, f"told the customer about {form}, which belongs to somebody else"
        return -1, f"told the customer the id {form}, which nobody said and no tool showed"
    return None


def wrong_amount(evidence: Evidence, turn: AgentTurn) -> Finding | None:
    """Amounts of money come from the data, from the user, or are sums and differences of such."""
    for cents in sorted(told.cents_in(turn.text)):
        if cents and not evidence.explains(cents):
            return -1, f"told the customer ${cents / 100:.2f}, which nothing in the data supports"
    return None


def wrong_status(evidence: Evidence, turn: AgentTurn) -> Finding | None:
    """A state, such as whether a booking is confirmed, is the one that a tool showed."""
    known = evidence.domain.fact_words
    things = evidence.owners.keys() | evidence.states.keys() | evidence.said_ids
    for sentence in consent.sentences(turn.text) if evidence.judging.topics else ():
        named = evidence.ids_in(sentence) & things
        if len(named) != 1 or UNTOLD.search(sentence):
            continue
        thing = named.pop()
        for topic in evidence.judging.topics:
            said = next((value for value, before in told.stated(sentence, topic, known) if unread.LINK.search(before)), None)
            shown = evidence.states.get(thing, {}).get(topic, set())
            if said and not any(said in state for state in shown) and not told.names(evidence.said, said, known):
                true = " or ".join(sorted(shown)) or "not looked up"
                return -1, f"told the customer that {evidence.forms.get(thing, thing)} is {said}; it is {true}"
    return None


def wrong_refusal(evidence: Evidence, turn: AgentTurn) -> Finding | None:
    """What the policy allows is not refused.

    Only for tasks: in free talk it is unknown what would have been allowed.
    """
    if not evidence.task.verifiable or evidence.unidentified or turn.tool_calls:
        return None
    actions = evidence.judging.actions
    needed = {stem for call in evidence.remaining for stem in consent.actions_of(call.name, actions)}
    excused = {stem for goal in evidence.task.goals for one in goal.chain for stem in _excused(evidence, one)}
    refused = sorted((words.refuses(turn.text, actions) & needed) - excused)
    if not refused:
        return None
    if evidence.excuse or any(result.is_error for result in evidence.results_since_user):
        return 0, f"gave up on the {refused[0]} after a call that failed"
    return -1, f"refused to {refused[0]}, which the policy allows"


def _excused(evidence: Evidence, goal: Goal) -> set[str]:
    """The actions that may rightly be declined somewhere on the way to this goal."""
    declinable = goal.expect != "done" or evidence.judging.declinable(goal)
    return consent.actions_of(goal.kind, evidence.judging.actions) if declinable else set()


def silence(evidence: Evidence, turn: AgentTurn) -> Finding | None:
    """A turn says or does something."""
    empty = not turn.text.strip() and not turn.tool_calls and turn.malformed is None
    return (0, "said and did nothing") if empty else None


def malformed(evidence: Evidence, turn: AgentTurn) -> Finding | None:
    """A call that cannot be read costs a turn; the agent is told and can do better."""
    return (0, "wrote a call that could not be read") if turn.malformed is not None else None


def asked_again(evidence: Evidence, turn: AgentTurn) -> Finding | None:
    """What the user has given is not asked for again, unless a look-up with it failed."""
    identity = evidence.judging.identity
    for sentence in consent.sentences(turn.text):
        if not words.ASKS.search(sentence) or OTHERS.search(sentence):
            continue
        if identity and identity.request and evidence.customer and re.search(identity.request, sentence):
            return 0, "asked who the customer is, which was known"
        for thing in evidence.judging.asked:
            if not re.search(thing.request, sentence) or re.search(thing.given, sentence):
                continue
            if evidence.hearing.surely(thing.given) and not thing.excused(evidence):
                return 0, f"asked for the {thing.name}, which the customer had already given"
    return None


def said_again(evidence: Evidence, turn: AgentTurn) -> Finding | None:
    """The same words are not said twice, unless the user asked for them again, or something was looked up since."""
    if not turn.text.strip() or turn.tool_calls:
        return None
    if words.declines(turn.text) and (evidence.refusable or not evidence.task.verifiable):
        return None  # a refusal may have to be said twice
    said = consent.fold(turn.text)
    if said == consent.fold(evidence.last_text):
        return None if words.REPEAT.search(consent.fold(evidence.last_user)) else (0, "said the same as before")
    if said in evidence.texts[-RECENT:] and words.asks_on(turn.text) and not evidence.results_since_user:
        return 0, "said the same as before"
    return None


def own_mistake(evidence: Evidence, turn: AgentTurn) -> Finding | None:
    """The customer is not told that a look-up failed which the agent had made with something else than they said."""
    if not turn.tool_calls and evidence.misread:
        return 0, "told the customer that a look-up failed, which was the agent's own mistake"
    return None


def handover_in_words(evidence: Evidence, turn: AgentTurn) -> Finding | None:
    """A transfer that is announced is also made."""
    if (
        transfer.ANNOUNCED.search(consent.fold(turn.text))
        and not turn.tool_calls
        and not evidence.transferred
        and "?" not in turn.text
    ):
        return 0, "announced a transfer but did not make it"
    return None


def identity_first(evidence: Evidence, turn: AgentTurn) -> Finding | None:
    """After the request, the customer is asked for their identity before anything else."""
    if not evidence.unidentified or turn.tool_calls or turn.malformed is not None or not turn.text.strip():
        return None
    said, last = consent.fold(turn.text), consent.fold(evidence.last_user)
    if not evidence.hearing.surely(words.wishes(evidence.judging)) or words.asks_who(said, evidence.judging):
        return None
    if words.NOT_UNDERSTOOD.search(said):
        return None
    if words.FAREWELL.search(said) or words.CLOSING.search(last) or words.REPEAT.search(last):
        return None
    return 0, "did not ask who the customer is, which comes first"


def idle(evidence: Evidence, turn: AgentTurn) -> Finding | None:
    """An answer to a request tells something from the data, asks something, or declines."""
    if turn.tool_calls or turn.malformed is not None or not turn.text.strip() or evidence.results_since_user:
        return None
    said, last = consent.fold(turn.text), consent.fold(evidence.last_user)
    if words.ASKS.search(said) or words.FAREWELL.search(said) or words.declines(turn.text):
        return None
    if evidence.unidentified and words.asks_who(said, evidence.judging):
        return None
    if words.CLOSING.search(last) or words.REPEAT.search(last):
        return None
    if any(evidence.explains(cents) for cents in told.cents_in(said)) or evidence.ids_in(said) & evidence.ids:
        return None  # it tells something that was looked up before
    if not evidence.remaining and not words.wants(last, evidence.judging) and "?" not in last:
        return None  # nothing is left to do
    return 0, "neither did nor asked anything that brings the request forward"


TEXT_RULES: tuple[tuple[str, TextRule], ...] = (
    ("early_transfer", early_transfer),
    ("false_claim", false_claim),
    ("invented_id", invented_in_words),
    ("wrong_amount", wrong_amount),
    ("wrong_status", wrong_status),
    ("wrong_refusal", wrong_refusal),
    ("wrong_refusal", attention.refuses_flatly),
    ("not_found", attention.denies_account),
    ("false_claim", promises.unfounded_completion),
    ("wrong_time", promises.unfounded_time),
    ("exception", promises.exception),
    ("present", promises.present),
    ("advice", promises.advice),
    ("wrong_pursuit", wishes.wrong_pursuit),
    ("other_subject", subject.other_subject),
    ("told_of_another", subject.told_of_another),
    ("unread_state", unread.unread_state),
    ("wrong_answer", facts.wrong_answer),
    ("hung_up", attention.hangs_up),
    ("refused_again", corrections.refused_again),
    ("lost_correction", corrections.lost),
    ("silence", silence),
    ("malformed_call", malformed),
    ("asked_again", asked_again),
    ("said_again", said_again),
    ("deflection", attention.deflects),
    ("dropped_correction", corrections.dropped),
    ("own_mistake", own_mistake),
    ("handover_in_words", handover_in_words),
    ("identity_first", identity_first),
    ("left_unsaid", attention.leaves_unsaid),
    ("idle", idle),
    ("left_open", attention.leaves_open),
    ("unanswered", attention.unanswered),
    ("irrelevant", attention.irrelevant),
)
LAST_TEXT_RULES: tuple[tuple[str, TextRule], ...] = (("wrong_answer", facts.another_fact),)
"""Asked after the domain's own, which know better what is wrong about a fact."""
