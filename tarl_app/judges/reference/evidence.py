"""What an agent can know and may do at one point of a dialogue, collected turn by turn and never from later turns."""

import json
import re
from dataclasses import dataclass, field
from functools import cached_property

from tarl_app.core.domain import Domain, Judging
from tarl_app.core.types import AgentTurn, Task, ToldFact, ToolCall, ToolResult, UserTurn
from tarl_app.judges.reference import words
from tarl_app.judges.reference.arguments import differences, label
from tarl_app.judges.reference.hearing import Hearing, readings
from tarl_app.judges.reference.results import Contents, contents
from tarl_app.language import consent, told
from tarl_app.language.spoken.inverse_text_normalization import normalise_heard

WORD = re.compile(r"\w+")


def key_of(call: ToolCall) -> str:
    """A call without its id, for comparison."""
    return f"{call.name} {json.dumps(call.arguments, sort_keys=True, default=str)}"


@dataclass
class Evidence:
    """The state of a dialogue. ``user_turns`` counts what the user said; ids are in their canonical form."""

    domain: Domain
    task: Task
    user_turns: int = 0
    last_user: str = ""
    last_text: str = ""  # what the agent said last
    texts: list[str] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)  # the user's turns, folded, with spelled words joined
    said: str = ""  # everything that may have been said or heard, in one text: it excuses an agent
    hearing: Hearing = field(default_factory=Hearing)  # what was surely heard: it can be held against an agent
    said_ids: set[str] = field(default_factory=set)
    shown: str = ""  # everything tools answered about this customer, folded
    results: list[ToolResult] = field(default_factory=list)  # the same, result by result
    ids: set[str] = field(default_factory=set)
    amounts: set[int] = field(default_factory=set)  # cents
    amounts_read: set[int] = field(default_factory=set)  # those that no scratch tool has worked out
    forms: dict[str, str] = field(default_factory=dict)  # id -> written form
    foreign: set[str] = field(default_factory=set)  # ids that occur in another customer's data only
    customer: str | None = None  # the id of the identified customer
    owners: dict[str, str] = field(default_factory=dict)  # id -> the customer it belongs to
    states: dict[str, dict[str, set[str]]] = field(default_factory=dict)  # id -> topic -> values shown
    things: set[str] = field(default_factory=set)  # names of what was in the data, folded
    failed: dict[str, int] = field(default_factory=dict)  # call -> user turns when it failed
    broken: dict[str, ToolCall] = field(default_factory=dict)  # calls that broke down and were not made since
    read: dict[str, int] = field(default_factory=dict)  # call -> writes done when it was read
    written: list[ToolCall] = field(default_factory=list)
    approved: list[str] = field(default_factory=list)  # proposals that the user said yes to
    lookups_failed: int = 0  # of the customer
    misread: bool = False  # since the user spoke, such a look-up failed for what the agent took for something else
    results_since_user: list[ToolResult] = field(default_factory=list)
    transferred: bool = False
    remaining: list[ToolCall] = field(default_factory=list)  # gold writes not done yet
    policy_amounts: set[int] = field(default_factory=set)
    untold: list[ToldFact] = field(default_factory=list)  # facts that the customer still has to be told
    astray: bool = False  # a deviation has happened, and the agent is not back on the request yet
    faulty: bool = False  # the last proposal was a deviation, so a yes to it is a yes to something wrong

    def __post_init__(self) -> None:
        self.remaining = [call for call in self.task.gold if self.domain.writes(call.name)]
        self.policy_amounts = set(told.cents_in(self.domain.policy))
        self.untold = [*self.task.must_tell]

    @property
    def judging(self) -> Judging:
        """The domain's declarations for judges."""
        return self.domain.judging

    @property
    def unidentified(self) -> bool:
        """Whether this domain's customers have to be identified, and this one has not been."""
        return self.judging.identity is not None and not self.customer

    def identifies(self, name: str) -> bool:
        """Whether the tool looks up who the customer is."""
        return self.judging.identity is not None and name in self.judging.identity.tools

    def personal(self, name: str) -> bool:
        """Whether the tool reads or writes one customer's data."""
        tool = self.domain.tool(name)
        if tool is None or name == self.domain.transfer_tool or self.identifies(name):
            return False
        account = (self.judging.identity.account,) if self.judging.identity else ()
        names = {*account, *self.judging.read_back.targets}
        return tool.writes or bool(names & set(tool.parameters.get("properties", {})))

    def forms_in(self, text: str) -> dict[str, str]:
        """The ids in a text with the form in which they stand there."""
        return dict((self.judging.ids or told.forms_in)(text))

    def ids_in(self, text: str) -> set[str]:
        """The ids in a text; ids of the domain that occurred before also count in lower case."""
        found = set(self.forms_in(text))
        if self.judging.ids is not None:
            found |= self.forms.keys() & set(WORD.findall(text.casefold()))
        return found

    def known(self, identifier: str) -> bool:
        """Whether the id was said by the user or shown by a tool."""
        return identifier in self.said_ids or identifier in self.ids

    def gold_transfer(self) -> bool:
        """Whether the task ends with a transfer to a person."""
        return self.task.must_transfer or any(call.name == self.domain.transfer_tool for call in self.task.gold)

    @property
    def unfinished(self) -> bool:
        """Whether the task demands anything more."""
        return bool(self.remaining or self.untold) or (self.gold_transfer() and not self.transferred)

    @property
    def refusable(self) -> bool:
        """Whether the task has a request that the policy refuses."""
        return any(one.expect == "refused" for goal in self.task.goals for one in goal.chain)

    @property
    def proposed(self) -> list[ToolCall]:
        """The gold writes that a read-back can be compared with: none where the customer declines one that is not among
        them.
        """
        declines = any(one.changes_mind for goal in self.task.goals for one in goal.chain)
        return [] if declines else self.remaining

    @cached_property
    def wanted_ids(self) -> frozenset[str]:
        """The ids in what the task is about: its goals, its gold calls and its facts."""
        goals = [one.model_dump_json(exclude={"instead"}) for goal in self.task.goals for one in goal.chain]
        calls = [json.dumps(call.arguments, default=str) for call in self.task.gold]
        facts = [f"{fact.label} {fact.value}" for fact in self.task.must_tell]
        return frozenset(one for text in (*goals, *calls, *facts) for one in self.forms_in(text))

    def explains(self, cents: int) -> bool:
        """Whether an amount was shown or said, or follows from such amounts."""
        direct = self.amounts | self.policy_amounts | told.cents_in(self.said)
        if cents in direct or any(abs(cents - one) in self.amounts or cents + one in self.amounts for one in self.amounts):
            return True
        return self.judging.explains(self, cents)

    def add_user_turn(self, turn: UserTurn, ear: str | None = None) -> None:
        """Adds a user turn; a yes approves the agent's last proposal.

        ``ear``: what the agent's own ear made of it (``core.ears``), by which it is judged.
        """
        self.user_turns += 1
        self.last_user = (turn.text if ear is None else ear)[: consent.LONGEST]
        self.results_since_user, self.misread = [], False
        self.heard.append(consent.fold(told.unspell(self.last_user)))
        ways = (self.last_user, turn.text, turn.heard or "")
        for text in dict.fromkeys(form for way in ways for form in self._forms(way)):
            self.said += " " + consent.fold(told.unspell(text))
            forms = self.forms_in(text)
            self.said_ids |= forms.keys()
            self.forms.update(forms)
        meant, transcribed = (self._folded(text) for text in readings(turn, ear))
        self.hearing.meant += meant
        self.hearing.transcribed += transcribed
        if ear is not None:
            self.hearing.true += self._folded(turn.text)
            self.hearing.by_ear = True
        if consent.says_yes(self.last_user) and words.ASKS.search(consent.fold(self.last_text)):
            # "Shall I go ahead?" alone refers to what was said before it.
            asked = [self.last_text] if self.ids_in(self.last_text) else self.texts[-2:]
            self.approved.append("\n".join(asked))

    def _forms(self, text: str) -> tuple[str, str]:
        """A text as it stands, and with what was spelled in written form."""
        text = text[: consent.LONGEST]
        return text, normalise_heard(text, self.domain.spoken)

    def _folded(self, text: str) -> str:
        return "".join(f" {consent.fold(told.unspell(one))}" for one in dict.fromkeys(self._forms(text)))

    def add_agent_turn(self, turn: AgentTurn) -> None:
        """Adds an agent turn; called after the turn was scored."""
        if turn.text.strip():
            self.last_text = turn.text[: consent.LONGEST]
            self.texts.append(consent.fold(self.last_text))
            self.untold = [one for one in self.untold if not told.tells(self.last_text, one, self.domain.fact_words)]

    def add_result(self, call: ToolCall, result: ToolResult) -> None:
        """Adds the result of a call."""
        self.results_since_user.append(result)
        identity = self.judging.identity
        if result.broke_down:
            self._break_down(call, result)
            return
        if result.is_error:
            self.failed[key_of(call)] = self.user_turns
            self.lookups_failed += self.identifies(call.name)
            self.misread |= self.misread_in(call) is not None
            return
        self.failed.pop(key_of(call), None)
        self._works_again(call)
        if identity and call.name in identity.tools:
            self.customer = self.customer or identity.who(call, result)
        if self.domain.writes(call.name):
            self._write(call)
        else:
            self.read[key_of(call)] = len(self.written)
        self.transferred |= call.name == self.domain.transfer_tool
        self._learn(call, result, contents(result.content, self.judging.ids or told.forms_in))

    def _break_down(self, call: ToolCall, result: ToolResult) -> None:
        """A call met a fault on purpose: it was not made, but what is left of its answer was seen."""
        self.broken[key_of(call)] = call
        seen = contents(result.content, self.judging.ids or told.forms_in)
        self.forms.update(seen.forms)
        self.shown += " " + seen.folded
        self.ids |= seen.forms.keys()
        self.amounts |= seen.amounts

    def _works_again(self, call: ToolCall) -> None:
        """What a call achieves that was made is not kept from the agent any more, however it was tried before."""

        def same(other: ToolCall) -> bool:
            return self._does(other, call) or (self.identifies(call.name) and self.identifies(other.name))

        self.broken = {key: one for key, one in self.broken.items() if not same(one)}

    @property
    def excuse(self) -> str:
        """Why the agent cannot have done what is left to do: a tool broke down. Empty where none has, or not that one."""
        if not self.broken:
            return ""
        broken = [*self.broken.values()]
        needed = {key_of(call) for call in self.task.gold if not self.domain.writes(call.name)}
        first = [  # without it nothing that comes later can be done
            call
            for call in broken
            if key_of(call) in needed or self.identifies(call.name) or call.name == self.domain.transfer_tool
        ]
        left = [gold for gold in self.remaining if not any(self._does(one, gold) for one in broken)]
        done_without = [one for one in broken if any(self._does(one, gold) for gold in self.remaining)]
        if not first and (left or not done_without):
            return ""
        return f"'{label(broken[-1].name)}' broke down"

    def _does(self, call: ToolCall, gold: ToolCall) -> bool:
        return call.name == gold.name and not differences(self.domain, gold, call)

    def misread_in(self, call: ToolCall) -> str | None:
        """The number in a look-up of the customer that they said of something else; None without one."""
        if not self.identifies(call.name) or self.judging.identity is None:
            return None
        values = (str(call.arguments.get(name, "")) for name in self.judging.identity.said)
        found = (
            form for one in values if "@" not in one for key, form in self.forms_in(one).items() if key in self.said_ids
        )
        return next(found, None)

    def _write(self, call: ToolCall) -> None:
        self.written.append(call)
        done = next((gold for gold in self.remaining if not differences(self.domain, gold, call)), None)
        if done is not None:
            self.remaining.remove(done)

    def _learn(self, call: ToolCall, result: ToolResult, found: Contents) -> None:
        self.forms.update(found.forms)
        shows = self.judging.shows(call, result)
        if shows.owner is not None:
            named = {one for value in call.arguments.values() for one in self.ids_in(str(value))}
            self.owners.update(dict.fromkeys(named & found.forms.keys(), shows.owner))
            if self.customer and shows.owner != self.customer:
                self.foreign |= found.forms.keys()
                return
        self.owners.update(dict.fromkeys(self.ids_in(" ".join(shows.belongings)), self.customer or ""))
        self.results.append(result)
        self.shown += " " + found.folded
        self.ids |= found.forms.keys()
        if call.name not in self.domain.scratch_tools:
            self.amounts_read |= found.amounts
        self.amounts |= found.amounts
        for named_by, topic, value in shows.states:
            for one in self.ids_in(named_by):
                self.states.setdefault(one, {}).setdefault(topic, set()).add(value.lower())
        self.things |= set(shows.things)
