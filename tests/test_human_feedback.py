import pytest

from tarl_app.agents.scripted import NullAgent
from tarl_app.conversation import Conversation
from tarl_app.core.errors import ConversationError
from tarl_app.core.human_feedback import PEOPLE, thumbs_of, with_thumb
from tarl_app.core.types import Judgement, TurnScore, UserTurn
from tarl_app.domains import load_domain
from tarl_app.evaluation.reward import judgement_of, scores_of
from tarl_app.judges.reference.judge import ReferenceJudge
from tarl_app.ui import episode_view

DOMAIN = load_domain("retail")
JUDGED = Judgement(judge="reference", scores=(TurnScore(turn=1, score=1, reason="right"),))


@pytest.fixture
def call() -> Conversation:
    conversation = Conversation(DOMAIN.tasks("dev")[0], DOMAIN, NullAgent(), judge=ReferenceJudge(DOMAIN))
    for _ in range(2):
        conversation.say(UserTurn(text="hello"))
    yield conversation
    conversation.close()


def test_a_thumb_stands_beside_the_judges_and_the_same_once_more_takes_it_back():
    up = with_thumb((JUDGED,), 1, up=True)
    assert [one.judge for one in up] == [PEOPLE, "reference"]
    assert thumbs_of(up) == {1: True}
    assert thumbs_of(with_thumb(up, 1, up=False)) == {1: False}
    assert with_thumb(up, 1, up=True) == (JUDGED,)


def test_an_answer_to_a_verdict_keeps_its_reason_and_the_same_once_more_takes_it_back():
    why = with_thumb((JUDGED,), 1, up=False, why="it is not what was wanted")
    assert why[0].scores[0].reason == "it is not what was wanted"
    other = with_thumb(why, 1, up=False, why="something else")
    assert [score.reason for score in other[0].scores] == ["something else"]
    assert with_thumb(other, 1, up=False, why="something else") == (JUDGED,)


def test_people_may_put_several_thumbs_down():
    both = with_thumb(with_thumb((), 1, up=False), 3, up=False)
    assert [score.score for score in both[0].scores] == [-1, -1]


def test_thumbs_price_nothing_unless_they_are_named(call):
    before = scores_of(call.episode)
    rated = call.rate(1, up=False)
    assert scores_of(rated) == before
    assert judgement_of(rated, PEOPLE).scores[0].score == -1


def test_an_undone_turn_takes_its_thumb_with_it(call):
    call.rate(1, up=True)
    call.rate(3, up=False)
    call.undo()
    assert thumbs_of(call.episode.judgements) == {1: True}


@pytest.mark.parametrize("turn", [0, 2, 99, -1])
def test_only_agent_turns_are_rated(call, turn):
    with pytest.raises(ConversationError, match="Only what the agent"):
        call.rate(turn, up=True)


def test_the_page_offers_thumbs_where_one_may_rate_and_shows_them_elsewhere(call):
    rated = call.rate(1, up=False)
    offered = "".join(html for _, html in episode_view.dialogue(rated, rated=True))
    assert 'data-pick="thumb|1|down" aria-pressed="true"' in offered
    assert 'data-pick="thumb|3|up" aria-pressed="false"' in offered
    shown = "".join(html for _, html in episode_view.dialogue(rated))
    assert "data-pick" not in shown
    assert shown.count("ev-thumb") == shown.count("Wrong: a person said so") == 1


def test_nothing_is_left_of_thumbs_when_all_their_turns_are_undone(call):
    call.rate(3, up=True)
    call.undo()
    assert all(one.judge != PEOPLE for one in call.episode.judgements)
