"""A made-up domain that no engine has heard of: a gym, whose members freeze their memberships."""

import json
import re
from collections.abc import Mapping
from typing import Any

from tarl_app.core.domain import Action, Domain, Judging
from tarl_app.core.domain.judging import Identity, JudgedWords, ReadBack, Shows
from tarl_app.core.fact_words import FactWords
from tarl_app.core.types import (
    AgentTurn,
    Change,
    Episode,
    StopReason,
    Task,
    ToolCall,
    ToolResult,
    ToolSpec,
    ToolTurn,
    Turn,
    TurnScore,
    UserTurn,
)
from tarl_app.judges.reference.evidence import Evidence
from tarl_app.judges.reference.judge import ReferenceJudge
from tarl_app.judges.reference.results import parsed
from tarl_app.language import told

MEMBER, OTHER = "member_204817", "member_310021"
CODE = re.compile(r"\b[A-Z]{3}\d{2}\b")
POLICY = "Identify the member first. Read a freeze back and wait for a yes. A freeze costs $5.00. Injuries go to a person."


def _schema(*names: str) -> dict[str, Any]:
    return {"type": "object", "properties": {name: {"type": "string"} for name in names}, "required": [*names]}


TOOLS = (
    ToolSpec(name="get_member", description="A member.", parameters=_schema("member_id")),
    ToolSpec(name="list_classes", description="The classes.", parameters=_schema()),
    ToolSpec(name="freeze_membership", description="Freezes.", parameters=_schema("member_id", "weeks"), writes=True),
    ToolSpec(name="ring_colleague", description="Hands over to a person.", parameters=_schema("note")),
)


class Gym:
    """Two members and one class."""

    tools = TOOLS
    transferred = False

    def __init__(self) -> None:
        self._states = {MEMBER: "active", OTHER: "active"}

    def call(self, call: ToolCall) -> ToolResult:
        try:
            content, is_error = json.dumps(self._run(call.name, **call.arguments)), False
        except (KeyError, TypeError):
            content, is_error = "Error: there is no such thing", True
        return ToolResult(call_id=call.id, name=call.name, content=content, is_error=is_error)

    def _run(self, name: str, member_id: str = "", weeks: str = "", note: str = "") -> Any:
        if name == "list_classes":
            return [{"class": "YOG42", "price": 12.5, "state": "full"}]
        if name == "ring_colleague":
            self.transferred = True
            return "a colleague takes over"
        state = self._states[member_id]
        if name == "freeze_membership":
            state = self._states[member_id] = "frozen"
        return {"member_id": member_id, "state": state, "monthly": 30.0}

    def changes(self) -> tuple[Change, ...]:
        return ()

    def close(self) -> None:
        """Nothing to free."""


def _who(call: ToolCall, result: ToolResult) -> str:
    return str(call.arguments["member_id"])


def _shows(call: ToolCall, result: ToolResult) -> Shows:
    value = parsed(result.content)
    if isinstance(value, list):
        return Shows(states=tuple((one["class"], "state", one["state"]) for one in value))
    if not isinstance(value, dict):
        return Shows()
    return Shows(owner=value["member_id"], states=((value["member_id"], "state", value["state"]),))


def _ids(text: str) -> Mapping[str, str]:
    return {**told.forms_in(text), **{code.lower(): code for code in CODE.findall(text)}}


def _explains(evidence: Evidence, cents: int) -> bool:
    """A number of classes."""
    return cents % 1250 == 0 and 1250 in evidence.amounts


def _shouting(evidence: Evidence, turn: AgentTurn) -> tuple[int, str] | None:
    return (-1, "shouted at the customer") if turn.text.isupper() else None


JUDGING = Judging(
    actions=(Action("freeze", named=r"freez\w*|froz\w*", done="frozen", participle="frozen", shown="frozen"),),
    identity=Identity(tools=("get_member",), who=_who, account="member_id", asked="member id"),
    read_back=ReadBack(targets=("member_id",), details=("weeks",)),
    shows=_shows,
    explains=_explains,
    topics=("state",),
    ids=_ids,
    words=JudgedWords(wanted=r"freez\w*|member\w*"),
    text_rules=(("shouting", _shouting),),
)


def gym(judging: Judging = JUDGING) -> Domain:
    """The gym, with this to be said to judges."""
    return Domain(
        name="gym",
        policy=POLICY,
        policy_brief=POLICY,
        tools=TOOLS,
        tasks=lambda split: (),
        open=Gym,
        fact_words=FactWords(rivals={"state": ("active", "frozen", "expired", "full", "open")}),
        transfer_tool="ring_colleague",
        judging=judging,
    )


FREEZE = ToolCall(id="g", name="freeze_membership", arguments={"member_id": MEMBER, "weeks": "4"})
TASK = Task(id="gym-1", domain="gym", split="dev", kind="freeze", instruction="Freeze it for 4 weeks.", gold=(FREEZE,))
INJURED = TASK.model_copy(update={"gold": (), "must_transfer": True})


class Call:
    """A call to the gym in the making; the tools really run."""

    def __init__(self, task: Task = TASK, domain: Domain | None = None) -> None:
        self.task, self.domain = task, domain or gym()
        self.turns: list[Turn] = []
        self._gym = Gym()

    def user(self, text: str) -> "Call":
        self.turns.append(UserTurn(text=text))
        return self

    def agent(self, text: str = "", *calls: ToolCall) -> "Call":
        self.turns.append(AgentTurn(text=text, tool_calls=calls))
        if calls:
            self.turns.append(ToolTurn(results=tuple(self._gym.call(call) for call in calls)))
        return self

    def tool(self, name: str, **arguments: str) -> "Call":
        return self.agent("", ToolCall(id=f"c{len(self.turns)}", name=name, arguments=arguments))

    def identified(self) -> "Call":
        self.user("Hi, I'd like to freeze my membership for 4 weeks.").agent("Gladly. What is your member id?")
        return self.user(f"It's {MEMBER}.").tool("get_member", member_id=MEMBER)

    def agreed(self) -> "Call":
        self.identified().agent(f"I freeze {MEMBER} for 4 weeks, which costs $5.00. Shall I go ahead?")
        return self.user("Yes, please.")

    def scores(self, stop: StopReason | None = None) -> tuple[TurnScore, ...]:
        episode = Episode(id="e", task=self.task, agent="a", user="u", turns=tuple(self.turns), stop=stop)
        return ReferenceJudge(self.domain).judge(episode).scores

    def last(self) -> tuple[int, str]:
        score = self.scores()[-1]
        return score.score, score.rule
