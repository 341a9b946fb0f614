"""Checks for drafts of a simulated user that is a model.

The rules prefer a miss to a false alarm: all wordings of the scripted user pass them.
"""

import json
import re
from collections.abc import Iterable, Sequence

from tarl_app.core.domain import Domain
from tarl_app.core.types import AgentTurn, Task, ToolTurn, Turn, UserTurn
from tarl_app.language import told
from tarl_app.language.spoken.inverse_text_normalization import normalise_heard
from tarl_app.users.reading import read

PATIENCE = 12
"""Answers of the agent after which the user may give up."""
REFUSALS = 2
"""Refusals after which the user may accept that nothing more will happen."""
REPEATS = 3
LONGEST = 1500
"""Characters that a customer says in one turn at most."""
_SAME_THOUGHT = 40  # characters of a thought that may not be found in the words

# What agents of any company say; a customer of a company that takes money can be told of a refund.
_AGENT_TALK = re.compile(
    r"\bhow (can|may) i (help|assist) you|\b(can|may) i (help|assist) you with|\bhow may i be of"
    r"|\banything else (that )?(i|we) (can|could|may) (do|help|assist)"
    r"|\b(could|can|would|may) (you|i) (please )?(have|provide|give me|tell me|confirm|verify)( me)?( with)? your "
    r"(order|account|e-?mail|user|zip|postal|full name|name|first|last|identity|date)"
    r"|\b(thank you|thanks) for (calling|contacting|reaching out|providing|verifying|confirming)"
    r"|\bi('ve| have) (just |now |successfully |gone ahead and )*(cancell?ed|processed|refunded|updated"
    r"|modified|located|exchanged)"
    r"|\bi('ll| will) (now )?(process|refund you|look up your|check your|transfer you|update your|cancel your|locate your)"
    r"|\blet me (just |quickly |now )?(look up|pull up|check|locate|find|verify|access) (your|that for you)"
    r"|\b(your|the) (refund|return|exchange|cancellation) (has been|was) (processed|completed|submitted|initiated)"
    r"|\bi('m| am) (a |an |the |your )?(virtual |ai |customer[ -]service |support |voice )+(agent"
    r"|assistant|representative|model)"
    r"|\bas an? (ai|language model|assistant|agent)\b",
    re.I,
)
_STAGE = re.compile(
    r"<tool_call>|<tool_response>|</?think|```|\"(say|done|thought)\"\s*:|^\s*(thought|thinking|reasoning|say|user|customer|agent"
    r"|assistant)\s*:|\b(my|the) (instructions?|scenario|script|role|persona) (say|is to|tell|state|said)"
    r"|\brole-?play|\bas (i was )?instructed\b|\bsimulat(ed|ion|or)\b|\bsystem prompt|\bstop token",
    re.I | re.M,
)
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_DIGITS = re.compile(r"\d{3,}")
_IDENTIFIER = re.compile(r"\b[a-z]+(?:_[a-z0-9]+)+\b", re.I)
_NAME = re.compile(r"\b[Mm]y (?:full )?name(?:'s| is) ([A-Z][\w'-]+)(?: ([A-Z][\w'-]+))?")


def fault(text: str, done: bool, thought: str, task: Task, domain: Domain, turns: Sequence[Turn]) -> str:
    """What is wrong with a draft, worded for the model; empty when nothing is."""
    text = text.strip()
    if not text and not done:
        return "you said nothing; say something, or hang up"
    if len(text) > LONGEST:
        return "that is far too long for something said on the phone"
    if done and (why := too_soon(task, domain, turns)):
        return f"you may not hang up yet: {why}"
    return _out_of_role(text, thought) or _invented(text, task, domain, turns)


def _out_of_role(text: str, thought: str) -> str:
    if found := _STAGE.search(text):
        return f"{_quoted(found)} is nothing that a customer says aloud: only the spoken words may stand there"
    if found := _AGENT_TALK.search(text):
        return f"{_quoted(found)} is what the agent would say: you are the customer"
    plain, said = _squeezed(thought), _squeezed(text)
    if len(plain) >= _SAME_THOUGHT and plain in said:
        return "you said your thought aloud: the agent must not hear it"
    return ""


def _quoted(found: re.Match[str]) -> str:
    return f"'{found.group().strip()[:60]}'"


def _squeezed(text: str) -> str:
    return re.sub(r"\W+", " ", text.casefold()).strip()


# --- facts ------------------------------------------------------------------------------------------------------------


def _invented(text: str, task: Task, domain: Domain, turns: Sequence[Turn]) -> str:
    """A number, id, e-mail, sum or name that stands neither in the task nor in anything said so far."""
    known = _known(task, domain, turns)
    said = normalise_heard(text, domain.spoken)
    loose = [] if _not_found(turns) else [task.facts.get(name, "") for name in task.persona.misremembers]
    folded = known.casefold()
    for email in _EMAIL.findall(said):
        if email.rstrip(".").casefold() not in folded and not any("@" in fact for fact in loose):
            return f"the e-mail address {email} is invented: use what you know, or say that you do not know"
    rest = _EMAIL.sub(" ", said)
    for name in _IDENTIFIER.findall(rest):
        if name.casefold() not in folded:
            return f"{name} is invented: use what you know, or say that you do not know"
    amounts = {
        round(float(one.replace(",", "")) * 100) for one in re.findall(r"\d[\d,]*(?:\.\d+)?", known) if one.strip(",")
    }
    for cents in sorted(told.cents_in(rest) - told.cents_in(known) - amounts):
        return f"the amount ${cents // 100}.{cents % 100:02} is invented: use what you know, or ask"
    runs = _runs(known)
    for number in _runs([told.without_amounts(rest)]):
        misremembered = any(fact.isdigit() and len(fact) == len(number) for fact in loose)
        if not misremembered and not any(number in run for run in runs):
            return f"the number {number} is invented: use what you know, or say that you do not know"
    return _another_name(text, domain.labels.caller(task))


def _runs(text: str | Iterable[str]) -> list[str]:
    """Runs of digits, without thousands separators."""
    texts = [text] if isinstance(text, str) else text
    return [run for one in texts for run in _DIGITS.findall(re.sub(r"(?<=\d),(?=\d{3})", "", one))]


def _known(task: Task, domain: Domain, turns: Sequence[Turn]) -> str:
    words = [turn.text for turn in turns if isinstance(turn, UserTurn | AgentTurn)]
    goals = json.dumps([goal.model_dump(mode="json") for goal in task.goals], ensure_ascii=False)
    facts = [task.instruction, *task.facts.values(), task.user_id, goals, *words]
    return "\n".join([*facts, *(normalise_heard(text, domain.spoken) for text in words)])


def _another_name(text: str, own: str) -> str:
    mine = own.casefold().split()
    if len(mine) < 2:
        return ""
    for found in _NAME.finditer(text):
        if any(part and part.casefold().removesuffix("'s") not in mine for part in found.groups()):
            return f"your name is not {' '.join(part for part in found.groups() if part)}"
    return ""


def _not_found(turns: Sequence[Turn]) -> bool:
    return any(isinstance(turn, AgentTurn) and read(turn.text).not_found for turn in turns)


# --- hanging up -------------------------------------------------------------------------------------------------------


def too_soon(task: Task, domain: Domain, turns: Sequence[Turn]) -> str:
    """Why the user may not hang up yet; empty when they may.

    They may when every change they wanted has been made and reported, when the agent has refused for good, or when it
    makes no progress.
    """
    if not any(isinstance(turn, UserTurn) for turn in turns):
        return "you have not said what you want"
    said = [turn.text.strip() for turn in turns if isinstance(turn, AgentTurn) and turn.text.strip()]
    if not said:
        return "the agent has not answered"
    if len(said) >= PATIENCE or (len(said) >= REPEATS and len({text.casefold() for text in said[-REPEATS:]}) == 1):
        return ""
    wanted, made, spoken, refusals = _progress(task, domain, turns)
    if refusals >= REFUSALS:
        return ""
    if wanted:
        return "what you want has not been done yet"
    if made and not spoken:
        return "the agent has not told you that it is done"
    return "the agent has not connected you to a person yet" if task.must_transfer else ""


def _progress(task: Task, domain: Domain, turns: Sequence[Turn]) -> tuple[list[str], list[str], bool, int]:
    """Writes still missing, writes made, whether the agent has spoken since the last one, and refusals since then."""
    missing = [call.name for call in task.gold if domain.writes(call.name)]
    made: list[str] = []
    spoken, refusals = True, 0
    own = domain.customer.refusals if domain.customer else None
    for turn in turns:
        if isinstance(turn, ToolTurn):
            for result in turn.results:
                if domain.writes(result.name) and not result.is_error:
                    made.append(result.name)
                    spoken, refusals = False, 0
                    if result.name in missing:
                        missing.remove(result.name)
        elif isinstance(turn, AgentTurn) and turn.text.strip():
            spoken, refusals = True, refusals + read(turn.text, refusals=own).refuses
    return missing, made, spoken, refusals
