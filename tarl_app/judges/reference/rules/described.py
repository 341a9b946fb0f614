"""What each rule demands, in a sentence: the first of its function's docstring."""

from tarl_app.core.domain import Judging
from tarl_app.judges.reference.rules.calls import CALL_RULES
from tarl_app.judges.reference.rules.texts import TEXT_RULES

OTHERS = {
    "consequence": "After a major mistake a turn counts again once the agent is back on the customer's request.",
    "omission": "A call does not end before everything that the task demands is done, unless the customer leaves early.",
    "unknown_tool": "Where there are no tools, nothing is called.",
    "no_answer": "A question is answered.",
    "wrong_answer": "What is told in answer to a question is the fact that was asked for.",
}
"""Of rules that are no single function."""


def demands(rule: str, judging: Judging) -> str:
    """What the rule of that name demands; of several functions with one name the first, the domain's own last."""
    if rule in OTHERS:
        return OTHERS[rule]
    tables = (*CALL_RULES, *TEXT_RULES, *judging.call_rules, *judging.text_rules)
    text = next((function.__doc__ for name, function in tables if name == rule), None)
    return " ".join((text or "").split("\n\n")[0].split())
