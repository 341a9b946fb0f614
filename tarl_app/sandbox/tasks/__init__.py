"""Writing tasks by machine: from a domain's world to splits with gold calls, the same on every machine.

draft       a customer about to call (``Scene``), a goal with its gold calls (``Part``), and parts put together
kinds       the kinds of calls, how often each occurs, and what several domains make of their parts
prose       how customers talk, and the scenario in words
generate    the splits: disjoint customers, the same mixture of kinds, numbered

A domain declares its kinds, shares and builders in a ``TaskPlan``.
"""

from tarl_app.sandbox.tasks.generate import Caller, TaskGenerator, TaskPlan, divided

__all__ = ["Caller", "TaskGenerator", "TaskPlan", "divided"]
