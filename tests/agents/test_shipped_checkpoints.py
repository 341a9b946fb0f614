"""What this repository ships to talk to and to compare: small enough for a plain push, with a card, on the right base."""

from pathlib import Path

import pytest

from tarl_app import wiring
from tarl_app.agents.omni.agent import OmniAgent
from tarl_app.agents.omni.model.checkpoint import check_lineage, locate_checkpoint, shared_checkpoint
from tarl_app.core.types import AgentTurn, ToolTurn, Turn, UserTurn
from tarl_app.domains import load_domain

FOLDERS = sorted(path.parent for path in (Path(__file__).parents[2] / "checkpoints").glob("*/config.json"))


def test_the_agent_its_early_self_and_what_training_made_of_that_are_shipped() -> None:
    names = {folder.name for folder in FOLDERS}
    assert names >= {"omni-mini", "omni-mini-early", "omni-mini-tarl"}
    assert names <= set(wiring.agent_names())


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_shipped_checkpoint_is_found_by_its_name_and_fits_a_push(folder: Path) -> None:
    assert locate_checkpoint(folder.name) == folder
    check_lineage(folder)  # raises where the base is another one than it was made from
    assert (folder / "README.md").read_text(encoding="utf-8").startswith("---\nlicense: ")
    files = [path for path in folder.iterdir() if path.suffix not in (".md", ".json", ".txt")]
    assert files
    assert all(path.suffix == ".safetensors" and path.stat().st_size < 10_000_000 for path in files)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_asked_about_an_order_without_its_number_omni_mini_asks_and_invents_none() -> None:
    domain = load_domain("retail")
    lookup = next(call for task in domain.tasks("dev") for call in task.gold if call.name == "find_user_id_by_email")
    agent, environment = OmniAgent(shared_checkpoint("omni-mini"), domain), domain.open()
    turns: list[Turn] = []
    for said in ("I'd like to cancel my order, please.", f"My e-mail is {lookup.arguments['email']}."):
        turns.append(UserTurn(text=said))
        while (turn := agent.reply(turns)).tool_calls:
            shown = " ".join(result.content for one in turns if isinstance(one, ToolTurn) for result in one.results)
            for call in turn.tool_calls:
                assert call.arguments.get("order_id", "") in shown
            turns += [turn, ToolTurn(results=tuple(environment.call(call) for call in turn.tool_calls))]
        assert turn.malformed is None
        assert turn.text.endswith("?")
        turns.append(turn)
    calls = [call.name for turn in turns if isinstance(turn, AgentTurn) for call in turn.tool_calls]
    assert "find_user_id_by_email" in calls  # the customer was found, and still nothing was cancelled
    assert environment.changes() == ()
    environment.close()
