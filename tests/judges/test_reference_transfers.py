"""Transfers in tasks that end with a person: right as the last thing, a deviation before."""

from tarl_app.agents.scripted import ScriptedAgent
from tarl_app.conversation import Conversation
from tarl_app.core.types import StopReason, Task, ToolCall
from tarl_app.domains import load_domain
from tarl_app.domains.retail.goals import ShopGoal
from tarl_app.judges.reference.judge import ReferenceJudge
from tarl_app.users.scripted import scripted_user
from tests.judges.judge_dialogue import DOMAIN, Dialogue

HANDOVER = ToolCall(id="t", name="transfer_to_human_agents", arguments={"summary": "The customer needs a person."})
TASKS = tuple(task for split in ("dev", "test") for task in DOMAIN.tasks(split) if task.must_transfer)
ASKS_FIRST = next(task for task in TASKS if task.must_tell and task.gold[0].name.startswith("find_user_id"))
CHANGES_FIRST = next(task for task in TASKS if any(DOMAIN.writes(call.name) for call in task.gold))


def called(task: Task, upto: int) -> Dialogue:
    """The customer says what they want and who they are, and the agent makes the first gold calls."""
    facts = " ".join(task.facts.values())
    goals = " ".join(goal.question or f"Cancel {goal.order_id}." for goal in ShopGoal.all_of(task.goals))
    dialogue = Dialogue(task).user(f"{goals} I am {facts}.")
    for call in task.gold[:upto]:
        dialogue.agent("", call)
    return dialogue


def test_handing_over_with_a_question_unanswered_is_a_deviation():
    score = called(ASKS_FIRST, len(ASKS_FIRST.gold) - 1).agent("", HANDOVER).last()
    assert (score.score, score.rule) == (-1, "early_transfer")
    assert ASKS_FIRST.must_tell[0].label in score.reason


def test_handing_over_after_the_answer_is_correct():
    answer = f"It is {ASKS_FIRST.must_tell[0].value}."
    dialogue = called(ASKS_FIRST, len(ASKS_FIRST.gold) - 1).agent(answer).user("Thanks. And now?").agent("", HANDOVER)
    assert (dialogue.last().score, dialogue.last().reason) == (1, "handed over to a person, as the policy demands")
    beside = called(ASKS_FIRST, len(ASKS_FIRST.gold) - 1).agent(answer, HANDOVER)
    assert beside.last().score == 1


def test_handing_over_with_a_change_left_undone_is_a_deviation():
    score = called(CHANGES_FIRST, 1).agent("", HANDOVER).last()
    assert (score.score, score.rule) == (-1, "early_transfer")
    assert "was done" in score.reason


def test_after_an_earlier_deviation_it_is_a_consequence_and_never_praised():
    for stop in (None, StopReason.TRANSFERRED):
        dialogue = Dialogue(ASKS_FIRST).user("I need help.").agent("Your order #W9999999 has been cancelled.")
        scores = dialogue.user("What?").agent("", HANDOVER).scores(stop)
        assert [score.score for score in scores] == [-1, 0]
        assert scores[1].reason.startswith("follows from the earlier error")


def test_a_handover_under_way_is_not_praised_as_demanded():
    dialogue = called(ASKS_FIRST, len(ASKS_FIRST.gold) - 1).agent("", HANDOVER)
    dialogue.turns.pop()
    assert dialogue.last().reason == "handed over to a person"


def test_the_ideal_way_through_every_such_task_has_no_deviation():
    for task in TASKS:
        judge, agent = ReferenceJudge(DOMAIN), ScriptedAgent(task, DOMAIN)
        episode = Conversation(task, DOMAIN, agent, scripted_user(task, load_domain("retail")), judge).run()
        assert episode.verdict is not None
        assert episode.verdict.passed
        assert {score.score for score in episode.judgements[0].scores} == {1}
