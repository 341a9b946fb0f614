"""What the rule-based judge has to know about a domain.

The judge (``judges.reference``) has the general rules: a change without a yes, an unwanted change, invented ids and
amounts, a needless transfer. Here a domain declares how its tools and words feed these rules, and adds rules of its
own. Rules receive what the dialogue has shown so far, a ``judges.reference.evidence.Evidence``.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from tarl_app.core.domain.actions import Action
from tarl_app.core.types import AgentTurn, Goal, ToolCall, ToolResult

Finding = tuple[int, str]
"""A score, -1 or 0, and its reason in words that a customer-service manager understands."""
CallRule = Callable[[Any, ToolCall, ToolResult | None], Finding | None]
"""From the evidence before a call, the call, and its result where there is one."""
TextRule = Callable[[Any, AgentTurn], Finding | None]
"""From the evidence after a turn's calls, and the turn."""


def _nothing_more(call: ToolCall, result: ToolResult) -> "Shows":
    return Shows()


def _no_explanation(evidence: Any, cents: int) -> bool:
    return False


def _never(_: Any) -> bool:
    return False


@dataclass(frozen=True)
class Identity:
    """How an agent identifies the customer, which has to come before any access to that customer's data.

    ``tools`` look the customer up, ``who`` is the customer id that such a call has found, ``account`` is the argument
    that names a customer in any call, and ``said`` are the arguments that the customer has to have said, as words.
    ``asked`` matches how an agent asks for it, beside names and e-mail addresses: alternatives of a regular expression.
    ``request`` matches a folded sentence that asks who the customer is and nothing else; empty: there is no such pattern.
    """

    tools: tuple[str, ...]
    who: Callable[[ToolCall, ToolResult], str]
    account: str
    said: tuple[str, ...] = ()
    asked: str = ""
    request: str = ""


@dataclass(frozen=True)
class ReadBack:
    """The arguments of a call by which a proposal names the change.

    ``targets`` are the ids of what is changed. ``distinctive`` values name a change by themselves, such as a new
    street. ``details`` name it beside its target, such as a reason.
    """

    targets: tuple[str, ...] = ()
    distinctive: tuple[str, ...] = ()
    details: tuple[str, ...] = ()


@dataclass(frozen=True)
class Shows:
    """What the result of a call shows, beside the ids and amounts in it.

    ``owner`` is the customer id that all of it belongs to, and ``belongings`` are the ids of what belongs to the
    customer of this conversation. ``states`` are (id, topic, value), with a topic of ``FactWords.rivals``; ``things``
    are names that proposals can use, folded.
    """

    owner: str | None = None
    belongings: tuple[str, ...] = ()
    states: tuple[tuple[str, str, str], ...] = ()
    things: Collection[str] = ()


@dataclass(frozen=True)
class Asked:
    """Something that a customer can be asked for: a pattern of the request, and a pattern of the answer.

    Both are regular expressions over folded sentences. ``excused``: whether, by this evidence, it may be asked for
    again.
    """

    name: str
    request: str
    given: str
    excused: Callable[[Any], bool] = _never


@dataclass(frozen=True)
class Wish:
    """One thing that customers can want, in the words of both sides.

    ``kinds`` are the kinds of goals that it stands for (``Goal.kind``, or ``Goal.topic`` of a look-up). ``asked`` matches
    a customer's folded words that could mean it, and ``pursued`` an agent's folded sentence that asks for its details,
    proposes it or declines it; a wish without ``pursued`` is only recognised. Both are regular expressions.
    """

    name: str
    kinds: tuple[str, ...]
    asked: str
    pursued: str = ""


@dataclass(frozen=True)
class JudgedWords:
    """More words of this domain, each a string of alternatives of a regular expression over folded text.

    ``wanted``: subjects of customers' requests. ``promised``: what a time can be promised for. ``given_away``: what may
    not be offered unless the policy mentions it. ``earlier``: participles of events before the conversation. ``topics``:
    subjects of questions, one alternative a subject; an answer names the subject of its question. ``states``: how a
    thing of the customer's can stand, beside the values of ``Judging.topics``.
    """

    wanted: str = ""
    promised: str = ""
    given_away: str = ""
    earlier: str = ""
    topics: tuple[str, ...] = ()
    states: str = ""


@dataclass(frozen=True)
class Judging:
    """A domain's declarations for the judge; without any, only the general rules apply.

    ``identity`` None: customers need not be identified. ``explains`` says whether an amount of money, in cents, follows
    from what was shown in a way of this domain, such as a sum over items; the amounts shown, and sums and differences
    of two, are known. ``topics`` are the topics of ``FactWords.rivals`` whose values results show of an id
    (``Shows.states``). ``declinable`` says whether a goal's request may rightly be declined at first, although it is
    done in the end. ``ids`` finds the ids in a text: canonical form, in lower case -> form as written; None: anything
    with six digits or more, or an underscore and a digit (``language.told.ids``). ``praise`` are words for a correct
    call. ``wishes`` are what customers can want, so that the judge sees when an agent pursues something else.
    """

    actions: tuple[Action, ...] = ()
    identity: Identity | None = None
    read_back: ReadBack = ReadBack()
    shows: Callable[[ToolCall, ToolResult], Shows] = _nothing_more
    explains: Callable[[Any, int], bool] = _no_explanation
    topics: tuple[str, ...] = ()
    declinable: Callable[[Goal], bool] = _never
    ids: Callable[[str], Mapping[str, str]] | None = None
    asked: tuple[Asked, ...] = ()
    wishes: tuple[Wish, ...] = ()
    words: JudgedWords = JudgedWords()
    praise: Mapping[str, str] = field(default_factory=dict)
    call_rules: tuple[tuple[str, CallRule], ...] = ()
    text_rules: tuple[tuple[str, TextRule], ...] = ()


NO_JUDGING = Judging()
"""Only the general rules."""
