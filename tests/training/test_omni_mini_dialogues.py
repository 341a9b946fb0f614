"""Conversations to learn from: stumbles are made good, and are read but never imitated."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tarl_app.agents.omni.model.assemble import tiny_random_thinker
from tarl_app.agents.omni.prompt.template import Template
from tarl_app.agents.scripted import ScriptedAgent
from tarl_app.core.types import AgentTurn, ToolTurn, UserTurn
from tarl_app.domains import DOMAINS, load_domain
from tarl_app.domains.retail.expert.nlu import values
from tarl_app.language.consent import says_yes
from tarl_app.language.spoken.spelling import spelled_emails, spelled_words
from tarl_app.recipes.omni_mini.config import DialogueConfig
from tarl_app.recipes.omni_mini.data.replies import frequent_replies
from tarl_app.recipes.omni_mini.stages.dialogues import Dialogue, converse, hard_kinds, origin, read, roll_out, roll_part
from tarl_app.recipes.omni_mini.stages.pack import Packer

RETAIL = load_domain("retail")
CLUMSY = 0.4


@pytest.fixture(scope="module")
def dialogues() -> list[Dialogue]:
    """Two dozen tasks of many kinds, served clumsily."""
    return [converse("retail", task, seed, CLUMSY) for seed, task in enumerate(RETAIL.tasks("train")[:144:6])]


def test_most_stumbles_are_made_good(dialogues: list[Dialogue]) -> None:
    stumbled = [one for one in dialogues if one.stumbles]
    assert len(stumbled) > len(dialogues) / 3
    passed = [one for one in stumbled if one.episode.verdict and one.episode.verdict.passed]
    assert len(passed) >= 0.7 * len(stumbled)


def test_a_stumble_is_an_agent_turn_that_writes_nothing(dialogues: list[Dialogue]) -> None:
    for one in dialogues:
        for index in one.stumbles:
            turn = one.episode.turns[index]
            assert isinstance(turn, AgentTurn)
            if any(RETAIL.writes(call.name) for call in turn.tool_calls):
                result = one.episode.turns[index + 1]
                assert isinstance(result, ToolTurn)
                assert all(each.is_error for each in result.results)


@pytest.mark.parametrize("kind", ["cancel", "return", "exchange", "modify_items"])
def test_to_a_wrong_proposal_customers_say_no_and_get_what_they_want(kind: str) -> None:
    refused = passed = 0
    for task in [task for task in RETAIL.tasks("train") if task.kind == kind][:16]:
        made = converse("retail", task, 7, CLUMSY)
        turns = made.episode.turns
        for index in made.stumbles:
            turn, answer = turns[index], turns[index + 1]
            if isinstance(turn, AgentTurn) and turn.text.startswith("To confirm") and isinstance(answer, UserTurn):
                refused += not says_yes(answer.text)
                passed += made.episode.verdict is not None and made.episode.verdict.passed and not says_yes(answer.text)
    assert refused > 2
    assert passed >= 0.8 * refused


def test_what_is_learnt_from_holds_no_yes_to_a_wrong_proposal(monkeypatch: pytest.MonkeyPatch) -> None:
    domain = replace(RETAIL, tasks=lambda split: tuple(t for t in RETAIL.tasks("train") if t.kind == "fall_back")[:12])
    monkeypatch.setitem(DOMAINS, "fall-backs", lambda: domain)
    clumsy = DialogueConfig(domain="fall-backs", clumsiness=CLUMSY, hard_rollouts=4)
    lines = [line for index in range(12) for line in roll_part((clumsy, "train", index))]
    assert len(lines) > 10
    for row in map(json.loads, lines):
        turns = row["episode"]["turns"]
        for index in row["stumbles"]:
            if turns[index].get("text", "").startswith("To confirm") and index + 1 < len(turns):
                assert not says_yes(turns[index + 1].get("text", ""))


def test_a_steady_agent_does_not_stumble() -> None:
    task = RETAIL.tasks("train")[0]
    made = converse("retail", task, 3)
    assert made.stumbles == ()
    turns = made.episode.turns
    for index, turn in enumerate(turns):
        if isinstance(turn, AgentTurn) and turn.text:
            assert ScriptedAgent(task, RETAIL, seed=3, varied=False).reply(turns[:index]).text == turn.text


def test_a_stumble_is_read_and_not_learnt(dialogues: list[Dialogue]) -> None:
    one = next(one for one in dialogues if one.stumbles)
    turns = one.episode.turns
    _, tokenizer = tiny_random_thinker()
    learnt = []
    for stumbles in ((), one.stumbles):
        packer = Packer(Template(tokenizer, "brief"), RETAIL, longest=1_000_000)
        packer.add(turns, [None] * len(turns), stumbles)
        learnt.append(packer.examples[0])
    everything, without = learnt
    assert (everything.ids == without.ids).all()
    assert 0 < without.learn.sum() < everything.learn.sum()
    spans = Template(tokenizer, "brief").render(turns, RETAIL).agent_spans
    spoke = [index for index, turn in enumerate(turns) if isinstance(turn, AgentTurn)]
    for index, (start, end) in zip(spoke, spans, strict=True):
        assert without.learn[start:end].any() == (index not in one.stumbles)


def test_what_is_rolled_out_reads_back(tmp_path: Path) -> None:
    count = roll_out(DialogueConfig(domain="math"), "dev", tmp_path / "dialogues.jsonl.gz", processes=1)
    made = list(read(tmp_path / "dialogues.jsonl.gz"))
    assert len(made) == count > 0
    assert all(one.episode.verdict and one.episode.verdict.passed and one.stumbles == () for one in made)


def test_a_customer_who_was_misheard_is_told_so_spells_and_is_found() -> None:
    tasks = RETAIL.tasks("train")[5:125:15]
    for seed, task in enumerate(tasks):
        made = converse("retail", task, seed, mishearing=1.0)
        turns = made.episode.turns
        assert made.episode.verdict
        assert made.episode.verdict.passed, task.id
        (index,) = made.stumbles
        looked, answer, told, spelled = turns[index : index + 4]
        assert isinstance(looked, AgentTurn)
        assert looked.tool_calls[0].name.startswith("find_user")
        assert isinstance(answer, ToolTurn)
        assert answer.results[0].is_error
        assert isinstance(told, AgentTurn)
        assert "could not find" in told.text
        assert isinstance(spelled, UserTurn)
        if not task.persona.misremembers:
            assert spelled_words(spelled.text) or spelled_emails(spelled.text)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("My last name is spelled K-O-V-A-C-S.", ("Mei", "Kovacs")),
        ("My name is Mia Kovacs, M-I-A, K-O-V-A-C-S, zip 60614.", ("Mia", "Kovacs")),
        ("The last name is spelled K-O-V-A-C-S, and the first name is Mia, M-I-A.", ("Mia", "Kovacs")),
        ("k o v a c s", ("Mei", "Kovacs")),
        ("60614.", None),
    ],
)
def test_the_expert_understands_a_spelled_name(text: str, name: tuple[str, str] | None) -> None:
    assert values.spelled_name(text, ("Mei", "Kovach")) == name


@pytest.mark.parametrize(
    "text", ["That's m-e-i dot k-o-v-a-c-s 12 at example dot com.", "mei dot kovacs 12 at example dot com"]
)
def test_the_expert_understands_a_spelled_email(text: str) -> None:
    assert values.email(text) == "mei.kovacs12@example.com"


def test_a_domain_that_adds_no_data_is_played_by_the_scripted_pair_as_it_is() -> None:
    made = converse("math", load_domain("math").tasks("train")[0], 0, clumsiness=1.0, distraction=1.0, mishearing=1.0)
    assert (made.stumbles, made.asides, made.keyed) == ((), (), ())
    assert made.episode.verdict
    assert made.episode.verdict.passed


def test_the_kinds_that_are_learnt_last_are_the_domains_unless_the_configuration_names_some() -> None:
    assert "unknown_order" in hard_kinds(DialogueConfig())
    assert hard_kinds(DialogueConfig(domain="math")) == ()
    assert hard_kinds(DialogueConfig(hard_kinds=("lookup",))) == ("lookup",)
    assert origin(DialogueConfig(), "train")["hard_kinds"] == hard_kinds(DialogueConfig())


def test_the_share_of_lifelike_customers_is_drawn_and_their_calls_are_others() -> None:
    def said(share: float) -> list[str]:
        lines = [line for index in range(4) for line in roll_part((DialogueConfig(lifelike=share), "train", index))]
        return [turn["text"] for row in map(json.loads, lines) for turn in row["episode"]["turns"] if turn["kind"] == "user"]

    assert said(0.0) == said(0.0)
    assert said(1.0) == said(1.0)
    assert not set(said(0.0)) & {text for text in said(1.0) if len(text) > 40}


def test_what_the_agent_says_most_often_comes_last_and_once_whatever_the_values(dialogues: list[Dialogue]) -> None:
    replies = frequent_replies(dialogues, most=5)
    said = [turn.text for one in dialogues for turn in one.episode.turns if isinstance(turn, AgentTurn) and turn.text]
    assert len(replies) == 5 == len(set(replies))
    assert set(replies) <= {" ".join(text.split()) for text in said}
    greetings = sum(text.startswith(replies[-1][:12]) for text in said)
    assert greetings >= sum(text.startswith(replies[0][:12]) for text in said)
    assert len(frequent_replies(dialogues)) < len(set(said))
