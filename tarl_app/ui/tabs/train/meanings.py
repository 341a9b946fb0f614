"""What each curve is, what good looks like, and which one to watch."""

from collections.abc import Mapping

REACHED = (
    "The share of this kind's practised calls that reached their goal. Good: it rises. The same share of "
    "calls that are never practised says whether anything was learned."
)
"""For the share of reached goals of a domain or of a source of tasks."""
OF: Mapping[str, str] = {
    "reward": (
        "The mean reward of the step's calls: 10 for the goal, up to 5 for correct turns, −5 for a major "
        "mistake. Good: it rises, unevenly. It is what is optimised, so it can rise without the agent getting "
        "better elsewhere."
    ),
    "success": (
        "The share of practised calls in which rules found the goal reached. Good: it rises. At 0 or 1 for "
        "long, the tasks are too hard or too easy to learn from."
    ),
    "held_out": (
        "Watch this one. The same share in calls that are never practised, measured before, during and after "
        "the run. Good: the end lies above the beginning by more than the interval below."
    ),
    "process": (
        "The part of the reward that the judge gives for correct turns, 0 to 5. Good: it rises first, since "
        "turns are easier to get right than whole calls."
    ),
    "minus_one_rate": (
        "The share of calls with a turn that the judge scored −1. Good: it falls. If it falls while the goal "
        "is reached no more often, the agent has become careful and not better."
    ),
    "kl": (
        "How far the policy has moved from where it started, in nats a token. Good: it grows slowly. A jump "
        "means steps that are too large: lower the learning rate."
    ),
    "entropy": (
        "How undecided the agent is from word to word, in nats. Good: it falls slowly and stays above zero. "
        "Near zero, every rollout of a group is the same, and nothing more is learned; that is what mixing in "
        "word problems is for."
    ),
    "response_tokens": (
        "How much the agent writes in a call. Good: steady. A steep rise is rambling, a steep fall is giving up."
    ),
    "tokens_per_second": (
        "The speed of the rollouts. It says nothing about learning; a fall means that the machine has other work."
    ),
    "loss": ("The policy loss of the step. It hovers about zero, whether anything is learned or not: do not watch it."),
    "reward_std": ("How much the rewards of a group differ. Good: well above zero, for only differences teach anything."),
    "grad_norm": (
        "The length of the gradient before it is clipped. Good: the same order of magnitude throughout. "
        "Spikes go with rewards that are rare."
    ),
    "clip_fraction": (
        "The share of tokens whose change was cut off because it was too large. Good: below 0.2. More means "
        "that the learning rate is too high."
    ),
    "groups_equal": (
        "Groups in which every rollout earned the same, so that nothing can be learned from them. Good: less "
        "than half of the groups."
    ),
    "gradient_share": "The share of the rollouts that contributed to the step. Good: above one half.",
    "turns": "Agent turns in a call. Good: steady, or falling while the goal is reached as often.",
    "self_corrections": (
        "How often the agent corrects itself in words. It comes with reasoning, and is good only together "
        "with more goals reached."
    ),
    "unique_tool_sequences": (
        "How many different orders of tool calls a group has. Good: above one; at one the agent no longer explores."
    ),
    "failures": "Calls left out because something in the app failed, and not the agent. Good: 0.",
    "seconds": "How long a step takes. The time left is estimated from it.",
    "learning_rate": "The step size of the optimiser, as the schedule has it. It is set, not learned.",
}
"""The metric -> what it is and what good looks like."""
