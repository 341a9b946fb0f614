"""What is trained on has exactly the tokens that the agent reads and samples when it serves the same dialogue."""

from pathlib import Path

import pytest

from tarl_app.agents.omni.agent import OmniAgent
from tarl_app.agents.omni.audio.encoder_input import listen
from tarl_app.agents.omni.reply import content_of
from tarl_app.core.types import AgentTurn, Turn, UserTurn
from tarl_app.domains import load_domain
from tarl_app.recipes.omni_mini.data.dataset import widen
from tarl_app.recipes.omni_mini.stages.dialogues import converse
from tarl_app.recipes.omni_mini.stages.pack import Packer
from tests.agents.omni_parts import tiny_loaded, tone

RETAIL = load_domain("retail")


@pytest.mark.parametrize("spoken", ["nothing", "every second turn", "everything"])
def test_a_packed_dialogue_has_the_tokens_that_are_served(tmp_path: Path, spoken: str) -> None:
    loaded = tiny_loaded(folder=tmp_path, context=16_000)
    turns = converse("retail", RETAIL.tasks("train")[3], 3).episode.turns
    asked = [index for index, turn in enumerate(turns) if isinstance(turn, UserTurn)]
    aloud = {"nothing": [], "every second turn": asked[::2], "everything": asked}[spoken]
    packer = Packer(loaded.template, RETAIL, longest=16_000)
    packer.add(turns, ["pico:en-US" if index in aloud else None for index in range(len(turns))])
    (example,) = packer.examples
    assert len(example.slots) == len(aloud)

    served: list[Turn] = list(turns)
    positions: dict[str, int] = {}
    for index in aloud:
        sound = tone(tmp_path, 200 + 40 * index, 0.3 + 0.1 * (index % 3))
        served[index] = UserTurn(text="", audio=sound)
        positions[sound.path] = len(listen(loaded.thinker, [loaded.ear.features(sound)])[0].embeddings)
    ids, learn = widen(example, list(positions.values()), loaded.tokenizer.special.audio_pad)

    agent = OmniAgent(loaded, RETAIL)
    learnt = 0
    for index, turn in enumerate(turns):
        if isinstance(turn, AgentTurn):
            agent.reply(served[:index])
            before = agent.replies.prompt(served[:index], agent).ids
            assert before == ids[: len(before)].tolist()
            end = len(before) + learn[len(before) :].tolist().index(False)
            assert learn[len(before) : end].all()
            assert content_of(loaded.template.parse_agent(ids[len(before) : end].tolist(), "call")) == content_of(turn)
            learnt += end - len(before)
    assert learnt == learn.sum() > 0
    whole = loaded.template.render(served, RETAIL, lambda ref: positions[ref.path])
    assert whole.ids == ids.tolist()
    assert [token for start, end in whole.agent_spans for token in range(start, end)] == learn.nonzero()[0].tolist()
