"""The reference judge for domains without tools: only the final number of the answer counts.

     1  the right answer, however it was found
     0  no answer, or a call that cannot be read
    -1  a wrong answer; a call: there is nothing to call, and the agent was told so

To say that one does not know is no answer, and better than a wrong one.
"""

from tarl_app.core.domain.judging import Finding
from tarl_app.core.types import AgentTurn, Task
from tarl_app.language.told import final_number, tells


def score_answer(task: Task, turn: AgentTurn) -> tuple[str, Finding]:
    """The rule that decided and its finding, for one agent turn."""
    if turn.tool_calls:
        return "unknown_tool", (-1, f"called '{turn.tool_calls[0].name[:60]}', although there are no tools here")
    if turn.malformed is not None:
        return "malformed_call", (0, "wrote a call that could not be read")
    if not turn.text.strip():
        return "silence", (0, "said nothing")
    if not task.must_tell:
        return "", (1, "answered")
    wanted = " and ".join(fact.value for fact in task.must_tell)
    if all(tells(turn.text, fact) for fact in task.must_tell):
        return "", (1, f"answered {wanted}, which is right")
    found = final_number(turn.text)
    if found is None:
        return "no_answer", (0, f"named no number; the answer is {wanted}")
    return "wrong_answer", (-1, f"answered {found:f}; the answer is {wanted}")
