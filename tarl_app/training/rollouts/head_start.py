"""Head starts: the scripted expert takes the first turns of a conversation, and the policy continues from there.

A policy that fails early rarely reaches the late turns of a long conversation, and the reward of a whole conversation
says little about any one turn. With a random starting point for each group, conversations are shorter, their ends are
reached from the first step on, and the members of a group share the beginning (Salimans and Chen 2018, "Learning
Montezuma's Revenge from a single demonstration", arXiv 1812.03381; Xi et al. 2024, "Training large language models for
reasoning through reverse curriculum reinforcement learning", arXiv 2402.05808). The expert's tokens are context and are
never trained on.
"""

from contextlib import closing
from random import Random

from tarl_app.agents.scripted import ScriptedAgent
from tarl_app.conversation import Conversation
from tarl_app.core.domain import Domain
from tarl_app.core.protocols import Agent
from tarl_app.core.types import Task
from tarl_app.training.configuration.config import Source
from tarl_app.training.rollouts.parts import Parts


def expert(task: Task, domain: Domain, seed: int) -> Agent:
    """The expert, in the wordings on which models of the recipe are trained."""
    return ScriptedAgent(task, domain, seed, varied=False)


def given_turns(source: Source, task: Task, seed: int, parts: Parts) -> int:
    """Number of agent turns that the expert takes in a group of that seed; the policy has at least the last one.

    The expert's own conversation of T turns decides: uniform among 0 ... ``head_start`` * (T - 1), rounded down. Raises
    what a user or a tool raises.
    """
    if not source.head_start:
        return 0
    domain, written = parts.domain(source.domain), source.model_copy(update={"speech": False})
    user = parts.user(written, task, seed)
    with closing(Conversation(task, domain, expert(task, domain, seed), user=user, seed=seed)) as conversation:
        turns = len(conversation.run().agent_turns)
    most = int(source.head_start * max(0, turns - 1))
    return Random(f"{seed}/head start").randint(0, most)
