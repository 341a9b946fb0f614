"""Replies decoded in a scheduler are those that each conversation gets alone."""

import threading
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
import torch

from tarl_app.agents.omni.agent import OmniAgent
from tarl_app.agents.omni.decoding.grammar import CallGuide
from tarl_app.agents.omni.model.adapters import Sampling
from tarl_app.agents.omni.serving.scheduler import ScheduledAgent, Scheduler
from tarl_app.core.errors import AgentError, Cancelled, DialogueTooLong
from tarl_app.core.types import AgentTurn, Turn, UserTurn
from tests.agents.omni_parts import DIALOGUE, SHOP, tiny_loaded, tone

SAMPLING = Sampling(max_new_tokens=12)


def spoken(folder: Path, *pitches: int) -> list[Turn]:
    """A conversation in which tones are heard and something was answered."""
    turns: list[Turn] = []
    for pitch in pitches:
        turns += [UserTurn(text="x", audio=tone(folder, pitch, 0.5)), AgentTurn(text="yes")]
    return turns[:-1]


def test_many_at_once_get_what_each_gets_alone(tmp_path: Path) -> None:
    loaded = tiny_loaded(folder=tmp_path)
    # Two places for six conversations; sounds of the same length at the same place must not be taken for one another.
    dialogues: list[Sequence[Turn]] = [
        DIALOGUE[:1],
        DIALOGUE[:3],
        DIALOGUE,
        *(spoken(tmp_path, p, p + 9) for p in (300, 500, 700)),
    ]
    alone = [OmniAgent(loaded, SHOP, SAMPLING).reply(turns) for turns in dialogues]
    scheduler = Scheduler(loaded, 2, SAMPLING)
    found: dict[int, AgentTurn] = {}
    pieces: dict[int, list[str]] = {index: [] for index in range(len(dialogues))}

    def talk(index: int) -> None:
        agent = ScheduledAgent(scheduler, SHOP)
        if index > 3:  # comes back to the same conversation
            agent.reply(dialogues[index][:1])
        found[index] = agent.reply(dialogues[index], pieces[index].append)

    threads = [threading.Thread(target=talk, args=(index,)) for index in range(len(dialogues))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len({turn.text for turn in alone}) > 2  # otherwise it proves little
    for index, expected in enumerate(alone):
        got = found[index]
        assert (got.text, got.tool_calls, got.malformed) == (expected.text, expected.tool_calls, expected.malformed)
        assert "".join(pieces[index]) == got.text
        assert got.timing is not None


def test_a_call_that_was_opened_within_the_limit_is_finished() -> None:
    loaded = tiny_loaded(hears=False)
    bias = torch.zeros(loaded.tokenizer.size)
    bias[loaded.tokenizer.special.call_open] = 1e4
    bias[loaded.tokenizer.encode('"')[0]] = 1e3  # strings end
    handle = loaded.thinker.lm_head.register_forward_hook(lambda _module, _given, logits: logits + bias)
    short = Sampling(max_new_tokens=2)
    try:
        found = ScheduledAgent(Scheduler(loaded, 2, short), SHOP).reply(DIALOGUE[:3])
        alone = OmniAgent(loaded, SHOP, short).reply(DIALOGUE[:3])
    finally:
        handle.remove()
    assert found.malformed is None
    assert found.tool_calls == alone.tool_calls != ()


def test_a_reply_whose_calls_cannot_be_followed_is_an_error_of_its_own() -> None:
    loaded = tiny_loaded(hears=False)
    opening = loaded.tokenizer.special.call_open
    handle = loaded.thinker.lm_head.register_forward_hook(
        lambda _module, _given, logits: logits.index_fill(-1, torch.tensor([opening]), 1e4)
    )
    ids = loaded.template.render(DIALOGUE[:1], SHOP, None, reply=True).ids
    try:
        scheduler = Scheduler(loaded, 2, SAMPLING)
        with pytest.raises(AgentError, match="cannot guide decoding"):
            scheduler.decode(ids, ids, None, CallGuide(loaded.grammar, {"type": "no such type"}), lambda: False, 0)
    finally:
        handle.remove()
    assert (
        ScheduledAgent(scheduler, SHOP).reply(DIALOGUE[:1]).text
        == OmniAgent(loaded, SHOP, SAMPLING).reply(DIALOGUE[:1]).text
    )


def test_what_was_read_is_forgotten_when_nobody_asks_for_a_while_and_read_again() -> None:
    loaded = tiny_loaded(hears=False)
    scheduler, patient = Scheduler(loaded, 2, SAMPLING, idle=0.05), Scheduler(loaded, 2, SAMPLING)
    said = [ScheduledAgent(one, SHOP).reply(DIALOGUE[:1]).text for one in (scheduler, patient)]
    until = time.monotonic() + 20
    while scheduler.kept and time.monotonic() < until:
        time.sleep(0.01)
    assert (scheduler.kept, patient.kept) == (0, 1)
    assert [ScheduledAgent(scheduler, SHOP).reply(DIALOGUE[:1]).text, *said] == [said[0]] * 3


def test_errors_reach_the_conversation_and_the_others_go_on(tmp_path: Path) -> None:
    loaded = tiny_loaded(folder=tmp_path, context=400)
    scheduler = Scheduler(loaded, 2, SAMPLING)
    with pytest.raises(DialogueTooLong):
        ScheduledAgent(scheduler, SHOP).reply([UserTurn(text="word " * 400)])
    with pytest.raises(Cancelled):
        ScheduledAgent(scheduler, SHOP).reply(DIALOGUE[:1], cancelled=lambda: True)
    assert (
        ScheduledAgent(scheduler, SHOP).reply(DIALOGUE[:1]).text
        == OmniAgent(loaded, SHOP, SAMPLING).reply(DIALOGUE[:1]).text
    )
