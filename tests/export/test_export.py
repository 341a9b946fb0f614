"""Data sets of episodes: as libraries read them, and back again."""

import json
from collections.abc import Iterator
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tarl_app import wiring
from tarl_app.cli import main
from tarl_app.conversation import Conversation
from tarl_app.core.errors import ConfigError
from tarl_app.core.settings import settings as settings_of_the_app
from tarl_app.core.sound import audio
from tarl_app.core.types import Episode, UserTurn
from tarl_app.export.files import read_episodes, write
from tarl_app.export.reading import Checked, checked
from tarl_app.export.rows import dialogue, rl_row, sft_row
from tarl_app.export.tokens import Template

TASKS = ("retail-train-000", "airline-train-000", "math-train-0000")
AGENTS = ("scripted", "null", "transfer-only")
TEMPLATE = (
    "{% if tools %}<tools>{{ tools | tojson }}</tools>{% endif %}"
    "{% for m in messages %}<{{ m.role }}>{{ m.content }}"
    "{% for c in m.tool_calls or [] %}<call>{{ c.function.name }}{{ c.function.arguments | tojson }}</call>{% endfor %}"
    "<end>{% endfor %}{% if add_generation_prompt %}<assistant>{% endif %}"
)


@pytest.fixture(scope="module")
def episodes() -> list[Episode]:
    """Three agents, one task of each domain."""
    made: list[Episode] = []
    for task_id in TASKS:
        task, domain = wiring.find_task(task_id)
        for name in AGENTS:
            agent, user = wiring.make_agent(name, task, domain), wiring.make_user(task)
            conversation = Conversation(task, domain, agent, user, wiring.make_judge(domain))
            made.append(conversation.run())
            conversation.close()
    return made


@pytest.fixture
def stored(home: Path, episodes: list[Episode]) -> Iterator[Path]:
    """A home with the episodes."""
    wiring.make_store.cache_clear()
    for episode in episodes:
        wiring.make_store().save(episode)
    yield home
    wiring.make_store.cache_clear()


def ask(capfd: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> Any:
    """The JSON that a command prints."""
    assert main([*arguments, "--json"]) == code
    return json.loads(capfd.readouterr().out)


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


# --- as libraries read them -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["sft", "preference", "rl"])
def test_both_kinds_of_file_hold_the_same_and_come_back(stored: Path, capfd: pytest.CaptureFixture[str], kind: str) -> None:
    import pyarrow.parquet

    first, second = stored / "a.jsonl", stored / "b.parquet"
    told = ask(capfd, "export", "--format", kind, "--out", str(first))
    assert ask(capfd, "export", "--format", kind, "--out", str(second))["rows"] == told["rows"]
    rows, table = lines(first), pyarrow.parquet.read_table(second).to_pylist()
    assert len(rows) == len(table) == told["rows"] > 0
    for row, other in zip(rows, table, strict=True):
        assert row.keys() == other.keys()
        assert (row["id"], row["tools"], row["reward"]) == (other["id"], other["tools"], other["reward"])
        for name in ("messages", "prompt", "completion", "chosen", "rejected"):
            for mine, theirs in zip(row.get(name, []), other.get(name, []), strict=True):
                assert (mine["role"], mine["content"]) == (theirs["role"], theirs["content"])
                calls = [json.loads(call["function"]["arguments"]) for call in theirs["tool_calls"] or []]
                assert [call["function"]["arguments"] for call in mine.get("tool_calls", [])] == calls
    for path in (first, second):
        back = ask(capfd, "import", "episodes", str(path), "--check")
        assert (back["refused"], back["stored"]) == (0, 0)
        assert back["verified"] == 9
    assert "reinforcement-learning" in Path(told["card"]).read_text("utf-8") or kind != "rl"


def test_datasets_and_a_chat_template_take_the_messages_as_they_are(tmp_path: Path, episodes: list[Episode]) -> None:
    """As TRL does it: tools from JSON text, arguments as objects without what other calls have."""
    from datasets import Dataset
    from trl.data_utils import is_conversational

    path = tmp_path / "a.jsonl"
    write((sft_row(one, wiring.load_domain(one.task.domain)) for one in episodes), path)
    loaded = Dataset.from_json(str(path), cache_dir=str(tmp_path / "cache"))
    tokenizer = tiny_tokenizer(tmp_path / "tokenizer")
    for row, episode in zip(loaded, episodes, strict=True):
        assert isinstance(row, dict)
        assert is_conversational(row)
        text = tokenizer.apply_chat_template(row["messages"], tools=json.loads(row["tools"]), tokenize=False)
        for call, _ in episode.calls:
            assert f"<call>{call.name}{json.dumps(call.arguments, separators=(', ', ': '))}</call>" in text


def test_a_rollout_has_a_mask_of_the_agents_own(tmp_path: Path, episodes: list[Episode]) -> None:
    tiny_tokenizer(tmp_path / "tokenizer")
    template = Template(str(tmp_path / "tokenizer"))
    for episode in episodes:
        domain = wiring.load_domain(episode.task.domain)
        row = rl_row(episode, domain)
        told = [*row["prompt"], *row["completion"]]
        assert told == dialogue(episode, domain)
        assert len(row["message_mask"]) == len(row["audio"]) == len(told)
        assert sum(row["message_mask"]) == len(row["turn_scores"]) == len(episode.agent_turns)
        assert all(message["role"] != "assistant" for message in row["prompt"])
        ids, mask = template.tokens(_objects(told), json.loads(row["tools"]))
        own = "".join(chr(token) for token, one in zip(ids, mask, strict=True) if one)
        assert own.count("<end>") == len(episode.agent_turns)
        assert "<assistant>" not in own
        for _, turn in episode.agent_turns:
            assert turn.text in own
        for turn in episode.turns:
            assert not isinstance(turn, UserTurn) or f"<user>{turn.text}" not in own
        whole = "".join(map(chr, ids))
        assert whole.startswith("<tools>") or not domain.tools
        assert domain.policy in whole


def test_preferences_are_of_the_first_different_turn(stored: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = stored / "p.jsonl"
    ask(capfd, "export", "--format", "preference", "--out", str(path), "--domain", "retail", "--margin", "2")
    for row in lines(path):
        assert row["chosen_reward"] >= row["rejected_reward"] + 2
        assert row["prompt"][-1]["role"] in ("user", "tool")
        assert [message["role"] for message in (*row["chosen"], *row["rejected"])] == ["assistant", "assistant"]
        assert row["chosen"] != row["rejected"]
    assert any(row["chosen_score"] == 1 for row in lines(path))


def test_episodes_are_chosen(stored: Path, capfd: pytest.CaptureFixture[str]) -> None:
    out = ["--format", "sft", "--out"]
    assert ask(capfd, "export", *out, str(stored / "1.jsonl"), "--agent", "scripted", "--passed")["rows"] == 3
    assert ask(capfd, "export", *out, str(stored / "2.jsonl"), "--domain", "math", "--reward", "10")["rows"] == 1
    for bad in (["3.txt"], ["1.jsonl"], ["4.jsonl", "--agent", "nobody"], ["5.jsonl", "--tokenizer", "x"]):
        assert main(["export", *out, str(stored / bad[0]), *bad[1:]]) == 2
        assert capfd.readouterr().err.startswith("error: ")


def test_sounds_go_with_the_file_and_come_back(stored: Path, capfd: pytest.CaptureFixture[str]) -> None:
    sound = audio.Audio(np.linspace(-0.5, 0.5, 8000, dtype=np.float32), 16000)
    first = next(iter(wiring.make_store().list(1)))
    spoken = [turn.model_copy(update={"audio": audio.save(sound)}) if turn.kind == "user" else turn for turn in first.turns]
    wiring.make_store().save(first.model_copy(update={"id": "spoken", "agent": "aloud", "turns": tuple(spoken)}))
    path = stored / "out" / "a.jsonl"
    told = ask(capfd, "export", "--format", "rl", "--agent", "aloud", "--out", str(path), "--sounds")
    assert (told["rows"], told["sounds"], told["missing_sounds"]) == (1, 1, 0)
    (row,) = lines(path)
    heard = {name for name in row["audio"] if name}
    assert len(heard) == 1
    assert [bool(name) for name in row["audio"]] == [
        message["role"] == "user" for message in (*row["prompt"], *row["completion"])
    ]
    copy = path.parent / next(iter(heard))
    assert audio.decode(copy).seconds == 0.5
    kept = settings_of_the_app().audio / copy.relative_to(path.parent / "audio")
    kept.unlink()
    assert ask(capfd, "import", "episodes", str(path))["stored"] == 1
    assert kept.read_bytes() == copy.read_bytes()


# --- and back -------------------------------------------------------------------------------------------------------------


def test_what_a_file_says_is_verified_again(stored: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = stored / "a.jsonl"
    ask(capfd, "export", "--format", "sft", "--out", str(path), "--domain", "retail")
    good, *others = lines(path)
    loser = next(row for row in (good, *others) if not row["passed"])
    lie = json.loads(loser["episode"])
    lie["id"], lie["verdict"] = "lie", {"passed": True, "checks": [], "changes": []}
    own = json.loads(loser["episode"])
    own["id"], own["task"]["gold"] = "own", []
    strange = json.loads(loser["episode"])
    strange["id"], strange["task"]["id"] = "strange", "retail-train-99999"
    rows = [good, good, *({"episode": json.dumps(one)} for one in (lie, own, strange)), {"episode": "{"}, {"no": 1}]
    path.write_text("\n".join([*map(json.dumps, rows), "no json"]), "utf-8")
    back = ask(capfd, "import", "episodes", str(path), code=1)
    assert (back["read"], back["verified"], back["refused"], back["stored"]) == (7, 1, 6, 1)
    told = " ".join(back["reasons"])
    for words in ("lie: the verifier says otherwise now", "own: its task is not", "strange: ", "cannot be read"):
        assert words in told


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300) | st.text().map(str.encode), st.sampled_from([".jsonl", ".parquet"]))
def test_no_file_is_more_than_refused(tmp_path: Path, data: bytes, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    path.write_bytes(data)
    found = Checked()
    with suppress(ConfigError) if suffix == ".parquet" else nullcontext():
        assert list(checked(read_episodes(path), wiring.find_task, found)) == []


def _objects(told: list[dict[str, Any]]) -> list[dict[str, Any]]:
    from tarl_app.export.files import with_object

    return [with_object(message) for message in told]


def tiny_tokenizer(folder: Path) -> Any:
    """One token for each character, whose id is its code point, with a template that prints arguments as JSON."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    signs = {chr(code): code for code in range(0x2500)}
    inner = Tokenizer(models.WordLevel(signs, unk_token="?"))
    inner.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    inner.decoder = decoders.Fuse()
    made = PreTrainedTokenizerFast(tokenizer_object=inner, unk_token="?")
    made.chat_template = TEMPLATE
    made.save_pretrained(folder)
    return made
