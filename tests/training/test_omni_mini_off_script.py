"""The customer says something beside the point, the agent answers, and the call goes on as if nothing had been."""

from itertools import combinations

import pytest

from tarl_app.agents.scripted import ScriptedAgent
from tarl_app.conversation import Conversation
from tarl_app.core.types import AgentTurn, UserTurn
from tarl_app.domains import load_domain
from tarl_app.domains.retail.expert.nlu import understanding as hearing
from tarl_app.judges.reference.judge import ReferenceJudge
from tarl_app.language import consent, told
from tarl_app.recipes.omni_mini.data.off_script import again, answer, fitting
from tarl_app.recipes.omni_mini.stages.dialogues import Dialogue, converse
from tarl_app.users.scripted import scripted_user
from tarl_app.users.wordings.phrasings import variants

RETAIL = load_domain("retail")
TOPICS = RETAIL.recipe.off_script
SAID, SAID_HELD_OUT, SAID_TEST = (TOPICS.said[name] for name in ("seen", "held_out", "test"))
PROPOSAL = "To confirm: order #W1234567 goes to 12 Elm Street, Boise, ID 83701. Is that right?"


@pytest.fixture(scope="module")
def dialogues() -> list[Dialogue]:
    """A dozen tasks of many kinds with a talkative customer and, every second time, a clumsy agent."""
    tasks = RETAIL.tasks("train")[3:147:12]
    return [converse("retail", task, seed, 0.2 * (seed % 2), distraction=0.4) for seed, task in enumerate(tasks)]


def text(made: Dialogue, index: int) -> str:
    turn = made.episode.turns[index]
    assert isinstance(turn, UserTurn | AgentTurn)
    return turn.text


def sentences(table: dict[str, tuple[str, ...]]) -> set[str]:
    return {sentence for templates in table.values() for template in templates for sentence in variants(template)}


def test_asides_do_not_keep_a_conversation_from_passing(dialogues: list[Dialogue]) -> None:
    passed = [one for one in dialogues if one.episode.verdict and one.episode.verdict.passed]
    assert len(passed) >= len(dialogues) - 1
    assert sum(bool(one.asides) for one in dialogues) > 0.8 * len(dialogues)
    assert all(len(one.asides) <= 2 for one in dialogues)


def test_without_its_asides_a_conversation_is_the_one_that_would_have_been(dialogues: list[Dialogue]) -> None:
    for seed, one in enumerate(dialogues[:4]):
        plain = converse("retail", RETAIL.tasks("train")[3:147:12][seed], seed, 0.2 * (seed % 2))
        hidden = {i for index in one.asides for i in (index, index + 1)}
        kept = [turn for i, turn in enumerate(one.episode.turns) if i not in hidden]
        said = [turn.text for turn in plain.episode.turns if isinstance(turn, UserTurn | AgentTurn)]
        assert [turn.text for turn in kept if isinstance(turn, UserTurn | AgentTurn)] == said
        assert len(one.stumbles) == len(plain.stumbles)


def test_a_pair_that_hears_the_asides_loses_its_way(dialogues: list[Dialogue]) -> None:
    """Guards the hiding: the scripted pair answers asides as if they were answers to its questions."""
    differs = 0
    for one in dialogues:
        agent = ScriptedAgent(one.episode.task, RETAIL, varied=False)
        for index in one.asides:
            reply = agent.reply(one.episode.turns[: index + 1])
            differs += reply.text != text(one, index + 1)
    assert differs > 3


def test_an_aside_is_answered_in_words_and_the_question_is_put_again(dialogues: list[Dialogue]) -> None:
    for one in dialogues:
        for index in one.asides:
            turn = one.episode.turns[index + 1]
            assert isinstance(turn, AgentTurn)
            assert not turn.tool_calls
            assert index + 1 not in one.stumbles
            assert turn.text.endswith("?")
            before = text(one, index - 1) if index else "How can I help you?"
            assert turn.text.endswith(before.rsplit(". ", 1)[-1].removeprefix("And ")[1:])


def test_a_proposal_is_repeated_whole_and_small_talk_around_a_question_is_not() -> None:
    assert answer(TOPICS, "wait", PROPOSAL) == f"Take your time. {PROPOSAL}"
    assert again("Done, the return from order #W1234567 has been requested. Is there anything else?") == (
        "Is there anything else?"
    )
    assert again("Thank you. And what is your zip code?", TOPICS.courtesies) == "What is your zip code?"
    assert again("You are welcome. Goodbye!") is None
    assert fitting(TOPICS, "I understand, but it is sold out and I cannot get it for you.") == []
    assert "skip_identity" not in fitting(TOPICS, PROPOSAL)


def test_the_judge_finds_nothing_wrong_with_the_answers(dialogues: list[Dialogue]) -> None:
    judge = ReferenceJudge(RETAIL)
    for one in dialogues:
        scores = {score.turn: score for score in judge.judge(one.episode).scores}
        assert all(scores[index + 1].score == 1 for index in one.asides), one.episode.task.id


def test_no_aside_says_yes_goodbye_or_what_a_call_could_be_made_of() -> None:
    for sentence in sentences(SAID) | sentences(SAID_HELD_OUT) | sentences(SAID_TEST):
        assert not consent.says_yes(sentence), sentence
        assert hearing.answer(sentence) is not True, sentence
        assert not told.ids_in(sentence), sentence


def test_training_and_measuring_share_no_sentence() -> None:
    sets = [{one.lower() for one in sentences(table)} for table in (SAID, SAID_HELD_OUT, SAID_TEST)]
    assert SAID.keys() == SAID_HELD_OUT.keys() == SAID_TEST.keys() == TOPICS.answers.keys()
    assert [one & other for one, other in combinations(sets, 2)] == [set()] * 3
    assert [len(one) > least for one, least in zip(sets, (600, 80, 80), strict=True)] == [True] * 3


def test_held_out_asides_are_hidden_from_the_scripted_pair_too() -> None:
    task = RETAIL.tasks("dev")[0]
    made = converse("retail", task, 1, distraction=1.0, phrasings="held_out")
    assert len(made.asides) == 2
    assert made.episode.verdict
    assert made.episode.verdict.passed
    assert all(text(made, index).strip(".?!").lower() not in sentences(SAID) for index in made.asides)


def test_a_dialogue_without_asides_is_untouched() -> None:
    task = RETAIL.tasks("train")[0]
    agent, user = ScriptedAgent(task, RETAIL, seed=3, varied=False), scripted_user(task, RETAIL, 3)
    conversation = Conversation(task, RETAIL, agent, user=user, seed=3)
    try:
        plain = conversation.run()
    finally:
        conversation.close()
    made = converse("retail", task, 3).episode
    assert [turn.text for turn in made.turns if isinstance(turn, UserTurn)] == [
        turn.text for turn in plain.turns if isinstance(turn, UserTurn)
    ]
