"""What every simulated user has to do, whatever agent it talks to."""

import re
from collections.abc import Callable, Sequence
from itertools import combinations
from pathlib import Path
from random import Random
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tarl_app.core.domain import PhrasingSet
from tarl_app.core.protocols import UserSimulator
from tarl_app.core.sound import audio
from tarl_app.core.types import AgentTurn, Goal, Persona, Task, ToldFact, Turn, UserTurn
from tarl_app.domains import load_domain
from tarl_app.domains.retail.goals import Address, Choice
from tarl_app.domains.retail.user.phrasings import PHRASINGS as TABLES
from tarl_app.domains.retail.user.reading import read
from tarl_app.speech.pico import Pico
from tarl_app.users.scripted import MOST_TURNS, ScriptedUser
from tarl_app.users.spoken import SpokenUser
from tarl_app.users.wordings.phrasings import phrase, templates, variants

FACTS = {"first_name": "Mei", "last_name": "Kovacs", "zip": "60614", "email": "mei.kovacs1@example.com"}
LAMP = Choice(
    item_id="1000000001",
    product="Desk Lamp",
    options={"color": "black", "power": "usb"},
    new_item_id="1000000002",
    new_options={"color": "white"},
)
PLACE = Address(address1="12 Elm Street", city="Chicago", state="IL", country="USA", zip="60601")
CANCEL = Goal(kind="cancel_order", order_id="#W4821359", reason="no longer needed")
RETURN = Goal(kind="return_items", order_id="#W4821359", choices=(LAMP,), payment_said="my Visa that ends in 4242")
EXCHANGE = Goal(kind="exchange_items", order_id="#W4821359", choices=(LAMP,), payment_said="my gift card")
MOVE = Goal(kind="modify_order_address", order_id="#W4821359", address=PLACE)
ASK = Goal(
    kind="lookup",
    order_id="#W4821359",
    question="What did order #W4821359 cost?",
    tell=(ToldFact(label="total", kind="money", value="54.20"),),
)
AUTHENTICATE = "Could you give me your name and zip code?"
CONFIRM = "To confirm: I cancel order #W4821359 because it is no longer needed. Is that right?"


def changed(goal: Goal, **details: Any) -> Goal:
    return goal.model_copy(update={"details": {**goal.details, **details}})


def task(*goals: Goal, style: str = "plain", by: str = "name_zip", facts: dict[str, str] | None = None, **more) -> Task:
    persona = Persona.model_validate({"style": style, "authenticates_by": by, **more})
    known = FACTS if facts is None else facts
    return Task(
        id="t",
        domain="retail",
        split="dev",
        kind="k",
        instruction="",
        persona=persona,
        facts=known,
        goals=goals or (CANCEL,),
    )


def talk(user: UserSimulator, *utterances: str) -> list[str | None]:
    """What the user says first, and then after each utterance of the agent; None is hanging up."""
    turns: list[Turn] = []
    said: list[str | None] = []
    for utterance in (*utterances, None):
        turn = user.speak(tuple(turns))
        said.append(turn.text if turn else None)
        if turn is None or utterance is None:
            break
        turns += [turn, AgentTurn(text=utterance)]
    return said


def last(given_task: Task, *utterances: str, seed: int = 0, phrasings="seen") -> str:
    """What the user answers to the last utterance, in lower case."""
    answer = talk(ScriptedUser(given_task, load_domain("retail"), seed, phrasings), *utterances)[-1]
    assert answer is not None
    return answer.lower()


MAKERS: dict[str, Callable[[Task, Path], UserSimulator]] = {
    "seen": lambda t, folder: ScriptedUser(t, load_domain("retail"), 3),
    "held out": lambda t, folder: ScriptedUser(t, load_domain("retail"), 3, "held_out"),
    "test wordings": lambda t, folder: ScriptedUser(t, load_domain("retail"), 3, "test"),
    "spoken": lambda t, folder: SpokenUser(ScriptedUser(t, load_domain("retail"), 3), Pico(), "en-US", folder=folder),
}


@pytest.fixture(params=list(MAKERS))
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[Task], UserSimulator]:
    return lambda t: MAKERS[request.param](t, tmp_path)


class TestEveryUser:
    def test_the_same_turns_and_seed_give_the_same_words_from_another_object_too(self, make):
        script = (AUTHENTICATE, "What is the order number?", CONFIRM)
        assert talk(make(task()), *script) == talk(make(task()), *script)

    def test_earlier_calls_leave_no_trace(self, make):
        user = make(task())
        first = talk(user)
        talk(user, AUTHENTICATE, CONFIRM, "Done, it has been cancelled. Anything else?")
        assert talk(user) == first

    def test_it_hangs_up_after_its_goodbye(self, make):
        said = talk(make(task()), AUTHENTICATE, CONFIRM, "Done, it has been cancelled. Is there anything else?", "Goodbye!")
        assert said[-1] is None
        assert said[-2] is not None

    @pytest.mark.parametrize(
        "babble", ["La la la la.", "", "Would you mind the gap between seven and eleven?", "???", "###STOP###"]
    )
    def test_it_gives_up_on_an_agent_that_makes_no_sense(self, make, babble):
        said = talk(make(task()), *[f"{babble}{' ' * n}" for n in range(MOST_TURNS + 2)])
        assert said[-1] is None
        assert len(said) < 12

    def test_it_gives_up_on_an_agent_that_repeats_itself(self, make):
        assert len(talk(make(task()), *[AUTHENTICATE] * 20)) <= 6

    def test_it_goes_on_to_the_next_wish(self, make):
        done = "Done, it has been cancelled. Is there anything else?"
        said = talk(make(task(CANCEL, MOVE)), AUTHENTICATE, CONFIRM, done, "What is the new address?")
        assert "12 Elm Street" in (said[-1] or "")

    def test_it_answers_a_dialogue_that_somebody_else_began(self, make):
        turns = (UserTurn(text="hello?"), AgentTurn(text=AUTHENTICATE))
        turn = make(task()).speak(turns)
        assert turn is not None
        assert "Kovacs" in turn.text


class TestTelling:
    def test_a_terse_user_tells_only_what_is_asked(self):
        for seed in range(20):
            opening = talk(ScriptedUser(task(CANCEL, style="terse"), load_domain("retail"), seed))[0] or ""
            assert not any(value in opening for value in (*FACTS.values(), "4821359", "need"))
            name = last(task(CANCEL, style="terse"), "And your first and last name?", seed=seed)
            assert "kovacs" in name
            assert "60614" not in name

    @pytest.mark.parametrize(
        ("question", "fact"),
        [
            (
                "To get started, could you please provide the email address of your account?",
                "mei.kovacs1@example.com",
            ),
            ("May I have your full name and ZIP code to verify your identity?", "60614"),
            ("Could you tell me the order ID you'd like to cancel?", "4821359"),
            ("Please let me know the reason for the cancellation.", "need"),
        ],
    )
    def test_it_understands_agents_with_other_words(self, question, fact):
        answer = last(task(), question).replace(" ", "")
        assert fact in answer

    def test_it_says_which_item_and_what_instead_and_how_to_pay(self):
        given_task = task(EXCHANGE, style="terse")
        answers = talk(
            ScriptedUser(given_task, load_domain("retail")),
            AUTHENTICATE,
            "Which item would you like to exchange?",
            "What color would you prefer?",
            "Which payment method should I use for the difference?",
        )
        items, new, payment = (str(answer).lower() for answer in answers[2:])
        assert "desk lamp" in items
        assert "white" in new
        assert "gift card" in payment

    def test_without_an_email_at_hand_it_offers_name_and_zip(self):
        facts = {k: v for k, v in FACTS.items() if k != "email"}
        answer = last(task(facts=facts), "What is your email address?")
        assert "kovacs" in answer
        assert "60614" in answer

    def test_without_the_order_number_it_says_what_was_in_the_order(self):
        goal = changed(RETURN, knows_order_id=False)
        answer = last(task(goal, style="terse"), AUTHENTICATE, "What is the order number?")
        assert "desk lamp" in answer
        assert "4821359" not in answer

    def test_a_fact_remembered_wrongly_is_put_right_when_it_is_not_found(self):
        given_task = task(by="email", misremembers=("email",))
        said = talk(
            ScriptedUser(given_task, load_domain("retail")),
            "What is your email?",
            "I could not find an account with that email.",
        )
        assert FACTS["email"] not in (said[1] or "")
        assert "@" in (said[1] or "")
        assert FACTS["email"] in (said[2] or "")

    def test_a_sold_out_first_choice_leads_to_the_second(self):
        choice = LAMP.model_copy(update={"first_item_id": "1", "first_options": {"power": "battery"}})
        given_task = task(changed(EXCHANGE, choices=[choice.model_dump(mode="json")]), style="terse")
        said = talk(
            ScriptedUser(given_task, load_domain("retail")),
            AUTHENTICATE,
            "What would you like instead?",
            "I am sorry, that one is out of stock.",
        )
        assert "battery" in (said[2] or "").lower()
        assert "white" in (said[3] or "").lower()
        assert "battery" not in (said[3] or "").lower()


class TestConsent:
    def test_a_right_proposal_is_confirmed(self):
        assert read_yes(last(task(), AUTHENTICATE, CONFIRM))

    @pytest.mark.parametrize(
        ("goal", "proposal", "right"),
        [
            (CANCEL, CONFIRM.replace("9 b", "8 b"), "4821359"),
            (CANCEL, CONFIRM.replace("it is no longer needed", "it was ordered by mistake"), "need"),
            (CANCEL, CONFIRM.replace("cancel", "return the items of"), "cancel"),
            (RETURN, "I will return the Coffee Mug from order #W4821359. Shall I go ahead?", "lamp"),
            (
                RETURN,
                "I return the Desk Lamp of #W4821359, with the refund to your PayPal account. Is that right?",
                "4242",
            ),
            (RETURN, "I return the Desk Lamp of #W4821359 and refund it to the Visa ending in 1111. Is that right?", "4242"),
            (EXCHANGE, "I exchange the Desk Lamp from order #W4821359 for one with color green. Is that correct?", "white"),
            (MOVE, "I will send order #W4821359 to 12 Elm Street, Chicago, IL 60602. Shall I go ahead?", "60601"),
        ],
    )
    def test_a_wrong_proposal_is_declined_and_put_right(self, goal, proposal, right):
        answer = last(task(goal), AUTHENTICATE, proposal)
        assert not read_yes(answer)
        assert right in answer.replace(" ", "") or right in answer

    @pytest.mark.parametrize(
        ("utterance", "right"),
        [
            ("I am looking at order #W4821358 now.", "4821359"),
            ("Thank you. So your zip code is 60641.", "60614"),
            ("I have you here as mei.kovacs7@example.com.", "mei.kovacs1@example.com"),
        ],
    )
    def test_a_wrong_value_is_corrected(self, utterance, right):
        assert right in last(task(), AUTHENTICATE, utterance).replace(" ", "")

    def test_a_change_of_mind_declines_and_asks_for_the_other_thing(self):
        goal = CANCEL.model_copy(update={"changes_mind": True, "instead": MOVE})
        answer = last(task(goal), AUTHENTICATE, CONFIRM)
        assert not read_yes(answer)
        assert "address" in answer

    def test_it_insists_as_often_as_the_task_says_and_then_asks_for_the_other_thing(self):
        goal = CANCEL.model_copy(update={"expect": "refused", "question": "Cancel #W4821359!", "insists": 2, "instead": ASK})
        refusals = [f"I am sorry, I cannot cancel it, reason {n}." for n in range(3)]
        said = talk(ScriptedUser(task(goal), load_domain("retail")), AUTHENTICATE, *refusals)
        assert not any("cost" in (text or "") for text in said[:-1])
        assert ASK.question in (said[-1] or "")

    def test_an_offer_to_transfer_is_declined_unless_it_is_wanted(self):
        offer = "Would you like me to transfer you to a human agent?"
        assert not read_yes(last(task(), AUTHENTICATE, offer))
        wanted = Goal(kind="transfer", expect="transferred", question="Please delete my account.")
        assert read_yes(last(task(wanted), AUTHENTICATE, offer))

    def test_an_answered_question_ends_the_wish(self):
        said = talk(
            ScriptedUser(task(ASK), load_domain("retail")),
            AUTHENTICATE,
            "You paid $54.20. Is there anything else?",
            "Goodbye!",
        )
        assert said[-1] is None

    def test_a_question_that_was_not_answered_is_asked_again(self):
        assert ASK.question in (
            talk(ScriptedUser(task(ASK), load_domain("retail")), AUTHENTICATE, "Is there anything else?")[-1] or ""
        )


def read_yes(text: str) -> bool:
    consent = ("yes", "yeah", "sure", "right.", "correct.", "go ahead", "sounds good")
    return any(word in text for word in consent) and "no" not in text.split()[0]


class TestReading:
    @pytest.mark.parametrize(
        ("text", "flag"),
        [
            ("I was unable to locate an account with that information.", "not_found"),
            ("Do you confirm (yes/no)?", "proposes"),
            ("Shall I lend you the second one?", "proposes"),
            ("Just to double check, you'd like to return it. Is this correct?", "proposes"),
            ("Your order has been successfully cancelled.", "done"),
            ("I've gone ahead and processed the return.", "done"),
            ("Unfortunately, I'm unable to cancel this order because it has already been delivered.", "refuses"),
            ("I'm sorry, but I can't share information about another customer's order.", "refuses"),
            ("That variant is currently out of stock.", "unavailable"),
            ("Is there anything else I can help you with today?", "more"),
            ("Hi! How may I assist you?", "helps"),
            ("One moment please.", "holds"),
            ("I'm transferring you to a human agent now.", "transfers"),
        ],
    )
    def test_what_agents_do_is_recognised(self, text, flag):
        assert getattr(read(text), flag)

    @pytest.mark.parametrize(
        ("text", "flag"),
        [
            ("I'd be happy to help with that!", "proposes"),
            ("Which of them shall I lend you?", "proposes"),
            ("The order cannot be changed again afterwards. Shall I go ahead?", "refuses"),
            ("Has the parcel been returned?", "done"),
            ("Your order has already been processed, so I can't cancel it.", "done"),
        ],
    )
    def test_what_only_looks_like_it_is_not(self, text, flag):
        assert not getattr(read(text), flag)

    @pytest.mark.parametrize(
        ("text", "asked"),
        [
            ("Can you confirm your zip code for me?", {"zip"}),
            ("Email or name and zip?", {"email", "name", "zip"}),
            ("How would you like to receive your refund?", {"payment"}),
            ("I can refund it to your PayPal account or a gift card. Which do you prefer?", {"payment"}),
            ("Which of these would you like to exchange?", {"items"}),
            ("Could you tell me what you would like to exchange it for?", {"options"}),
            ("Your order's status is pending.", set()),
        ],
    )
    def test_what_agents_ask_for_is_recognised(self, text, asked):
        assert read(text).asks == asked

    @given(st.text(max_size=300))
    def test_any_text_can_be_read_and_answered(self, text):
        turns: Sequence[Turn] = (UserTurn(text="hi"), AgentTurn(text=text))
        answer = ScriptedUser(task(CANCEL, EXCHANGE), load_domain("retail")).speak(turns)
        assert answer is None or answer.text


def _words(text: str) -> str:
    return " ".join(re.findall(r"[\w{}']+", text.lower()))


class TestPhrasings:
    @pytest.mark.parametrize(("one", "other"), list(combinations(get_args(PhrasingSet), 2)))
    def test_no_wording_of_one_set_is_in_another(self, one, other):
        said = [
            {sentence for act in table if act != "fillers" for template in table[act] for sentence in variants(template)}
            for table in (TABLES[one], TABLES[other])
        ]
        assert said[0] & said[1] <= {""}
        assert not set(TABLES[one]["fillers"]) & set(TABLES[other]["fillers"])

    def test_the_wordings_of_test_are_no_other_ones_in_other_signs(self):
        """The case of letters and the signs between words make no other sentence."""
        said = {
            name: {_words(text) for act in table for template in table[act] for text in variants(template)}
            for name, table in TABLES.items()
        }
        assert said["test"] & (said["seen"] | said["held_out"]) <= {""}

    def test_all_sets_serve_the_same_acts(self):
        assert TABLES.keys() == set(get_args(PhrasingSet))
        assert TABLES["seen"].keys() == TABLES["held_out"].keys() == TABLES["test"].keys()

    @pytest.mark.parametrize(
        "act",
        [
            "want.cancel_order",
            "want.return_items",
            "give.name_zip",
            "give.email",
            "give.order",
            "give.payment",
            "yes",
            "bye",
            "insist",
        ],
    )
    def test_common_acts_have_many_wordings(self, act):
        assert len({sentence for template in TABLES["seen"][act] for sentence in variants(template)}) >= 20

    def test_every_template_can_be_filled(self):
        slots = dict.fromkeys(("order", "items", "new", "payment", "name", "zip", "email", "order_id", "address"), "X")
        slots |= {"rest": "Y", "value": "Z", "action": "cancel", "email_letters": "x"}
        slots |= {"first": "M", "last": "K", "first_letters": "M", "last_letters": "K"}
        for table in TABLES.values():
            for act in table:
                for seed in range(20):
                    said = phrase(table, act, Random(seed), **slots)
                    assert not set("{}[]|") & set(said)
        assert templates(TABLES["seen"], "yes", "terse") != templates(TABLES["seen"], "yes", "plain")


class TestSpoken:
    def test_the_sound_is_kept_and_the_channel_is_in_it(self, tmp_path):
        def quiet(sound: audio.Audio) -> audio.Audio:
            return audio.Audio(sound.samples * 0.1, sound.rate)

        loud = SpokenUser(ScriptedUser(task(), load_domain("retail")), Pico(), "en-US", folder=tmp_path).speak(())
        soft = SpokenUser(ScriptedUser(task(), load_domain("retail")), Pico(), "en-US", quiet, folder=tmp_path).speak(())
        assert loud is not None
        assert soft is not None
        assert loud.audio is not None
        assert soft.audio is not None
        assert loud.text == soft.text
        peaks = [abs(audio.load(turn.audio, tmp_path).samples).max() for turn in (loud, soft)]
        assert peaks[0] > 5 * peaks[1] > 0
