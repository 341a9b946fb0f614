"""Hand-written dialogues on the real retail environment: the calls really run."""

from functools import cache
from typing import Any

from tarl_app.core.types import AgentTurn, Episode, StopReason, Task, ToolCall, ToolTurn, Turn, TurnScore, UserTurn, Verdict
from tarl_app.domains import load_domain
from tarl_app.domains.retail.goals import ShopGoal
from tarl_app.judges.reference.judge import ReferenceJudge

DOMAIN = load_domain("retail")


@cache
def task_of(kind: str) -> Task:
    """The first dev task of a kind whose goals name their orders, found by name and zip code."""
    return next(
        task
        for task in DOMAIN.tasks("dev")
        if task.kind == kind
        and all(goal.knows_order_id and not goal.choices[1:] for goal in ShopGoal.all_of(task.goals))
        and "zip" in task.facts
        and task.gold[0].name == "find_user_id_by_name_zip"
        and not task.persona.misremembers
    )


class Dialogue:
    """Says and calls things one after another, then asks the judge."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self.turns: list[Turn] = []
        self.environment = DOMAIN.open()

    def user(self, text: str) -> "Dialogue":
        self.turns.append(UserTurn(text=text))
        return self

    def agent(
        self, text: str = "", *calls: tuple[str, dict[str, Any]] | ToolCall, malformed: str | None = None
    ) -> "Dialogue":
        made = tuple(
            call if isinstance(call, ToolCall) else ToolCall(id=f"c{len(self.turns)}-{n}", name=call[0], arguments=call[1])
            for n, call in enumerate(calls)
        )
        self.turns.append(AgentTurn(text=text, tool_calls=made, malformed=malformed))
        if made:
            self.turns.append(ToolTurn(results=tuple(self.environment.call(call) for call in made)))
        return self

    def identify(self) -> "Dialogue":
        """The usual beginning: the goal, the question who is calling, the answer, the look-up."""
        facts = self.task.facts
        self.user(self.goal).agent("Could you give me your name and zip code, please?")
        self.user(f"{facts['first_name']} {facts['last_name']}, {facts['zip']}.")
        return self.agent("", self.task.gold[0])

    @property
    def goal(self) -> str:
        return self.task.goals[0].question or "I need help with my order."

    @property
    def order_id(self) -> str:
        return ShopGoal.of(self.task.goals[0]).order_id or ""

    def episode(self, stop: StopReason | None = None, verdict: Verdict | None = None) -> Episode:
        return Episode(
            id="e", task=self.task, agent="by hand", user="by hand", turns=tuple(self.turns), stop=stop, verdict=verdict
        )

    def scores(self, stop: StopReason | None = None, verdict: Verdict | None = None) -> tuple[TurnScore, ...]:
        return ReferenceJudge(DOMAIN).judge(self.episode(stop, verdict)).scores

    def last(self) -> TurnScore:
        return self.scores()[-1]
