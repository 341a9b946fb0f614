"""An episode as a row of a data set.

Every row holds the whole episode (``episode``, JSON), so that it can be verified again. ``messages`` and ``tools`` are
as TRL and verl read them: messages in OpenAI's form, tools as JSON text, which no table pads with nulls.
"""

import json
from collections.abc import Sequence
from typing import Any

from tarl_app.agents.chat_messages import Message, functions, messages, own, results
from tarl_app.core.domain import Domain
from tarl_app.core.types import AgentTurn, Episode, ToolTurn, Turn, UserTurn
from tarl_app.evaluation.reward import scores_of, succeeded, trajectory_reward

Row = dict[str, Any]


def heard(turn: UserTurn) -> str:
    """What an agent that reads was given: the transcript of a sound, otherwise the text."""
    return turn.text if turn.heard is None else turn.heard


def dialogue(episode: Episode, domain: Domain) -> list[Message]:
    """The policy and all turns as messages; contents are texts, never null."""
    told = messages(episode.turns, domain.policy, heard)
    return [{**message, "content": message["content"] or ""} for message in told]


def messages_of(turn: Turn) -> int:
    """How many messages a turn becomes."""
    return len(results(turn)) if isinstance(turn, ToolTurn) else 1


def base_row(episode: Episode, domain: Domain) -> Row:
    """What every format has."""
    return {
        "id": episode.id,
        "task": episode.task.id,
        "domain": episode.task.domain,
        "split": episode.task.split,
        "agent": episode.agent,
        "tools": json.dumps(functions(domain.tools), ensure_ascii=False),
        "reward": trajectory_reward(episode),
        "passed": succeeded(episode),
        "episode": episode.model_dump_json(),
    }


def sft_row(episode: Episode, domain: Domain) -> Row:
    """A dialogue to imitate."""
    return {**base_row(episode, domain), "messages": dialogue(episode, domain)}


def rl_row(episode: Episode, domain: Domain, audio: str = "audio") -> Row:
    """A rollout with its evidence.

    ``prompt`` is the policy and all before the agent's first turn, ``completion`` the rest; ``message_mask`` has a 1 for
    each message of ``prompt + completion`` that the agent wrote, ``turn_scores`` the judge's score of each of those, and
    ``audio`` the path of each message's sound, or an empty text. The last three columns are what verl's data sets have.
    """
    told = dialogue(episode, domain)
    first = next((n for n, message in enumerate(told) if message["role"] == "assistant"), len(told))
    paths = [""]
    for turn in episode.turns:
        ref = None if isinstance(turn, ToolTurn) else turn.audio
        paths += [f"{audio}/{ref.path}" if ref else ""] + [""] * (messages_of(turn) - 1)
    row = base_row(episode, domain)
    return {
        **row,
        "prompt": told[:first],
        "completion": told[first:],
        "message_mask": [int(message["role"] == "assistant") for message in told],
        "turn_scores": [*scores_of(episode)],
        "audio": paths,
        "data_source": f"tarl/{episode.task.domain}",
        "reward_model": json.dumps({"style": "rule", "ground_truth": episode.task.id}),
        "extra_info": json.dumps({"seed": episode.seed, "stop": episode.stop, "user": episode.user}),
    }


def prefix(a: Sequence[Turn], b: Sequence[Turn]) -> int:
    """How many turns two dialogues share, by what was said and called."""
    shared = 0
    for one, other in zip(a, b, strict=False):
        if _said(one) != _said(other):
            break
        shared += 1
    return shared


def _said(turn: Turn) -> Any:
    if isinstance(turn, UserTurn):
        return ("user", heard(turn))
    if isinstance(turn, AgentTurn):
        return ("agent", turn.text, turn.malformed, [(call.name, call.arguments) for call in turn.tool_calls])
    return ("tool", [result.content for result in turn.results])


def agent_message(turn: AgentTurn) -> Message:
    """One turn of the agent, its content never null."""
    message = own(turn)
    return {**message, "content": message["content"] or ""}
