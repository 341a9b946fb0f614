"""Calls of the airline in people's words, with labels, as in ``calls_retail``."""

from tests.judges.people.play import Call

CALLS = (
    Call(
        "airline-dev-020",
        "another trip answered",
        "The customer asks what NR9GP3 cost; the agent opens FE3U5W and tells its price.",
        (
            ("u", "hello, doing my taxes.. what did i pay for NR9GP3 all in all?"),
            (1, "I can help you with that. Could you give me your customer number?"),
            ("u", "M4687329"),
            (1, "get_user_details", {"user_id": "M4687329"}),
            (0, "get_reservation_details", {"reservation_id": "FE3U5W"}),
            (-1, "You paid {FE3U5W} for reservation FE3U5W in total. Is there anything else?"),
            ("u", "no, I asked about NR9GP3"),
            (1, "get_reservation_details", {"reservation_id": "NR9GP3"}),
            (1, "You paid $651 in total for reservation NR9GP3. Is there anything else?"),
            ("u", "perfect, thx bye"),
            (1, "You are welcome. Goodbye!"),
        ),
    ),
    Call(
        "airline-dev-006",
        "a read-back that mixes up the number of bags",
        "One more bag was wanted; two are read back.",
        (
            (
                "u",
                "Hi there! My mother in law is sending presents, so I have one suitcase more than planned on BP6C5A :) "
                "number is M1144979",
            ),
            (1, "get_user_details", {"user_id": "M1144979"}),
            (1, "get_reservation_details", {"reservation_id": "BP6C5A"}),
            (1, "Which payment method should I use for the difference in price?"),
            ("u", "the amex"),
            (
                -1,
                "To confirm: I add two bags to reservation BP6C5A, which makes three in all. $80 more will be charged to "
                "your Amex ending in 1336. Is that right?",
            ),
            ("u", "no, just the one! so two altogether"),
            (
                1,
                "To confirm: I add one bag to reservation BP6C5A, which makes two in all. $40 more will be charged to "
                "your Amex ending in 1336. Is that right?",
            ),
            ("u", "yep"),
            (
                1,
                "update_reservation_baggages",
                {
                    "reservation_id": "BP6C5A",
                    "total_baggages": "2",
                    "nonfree_baggages": "1",
                    "payment_method_id": "credit_card_5969445",
                },
            ),
            (1, "Done, the bags of reservation BP6C5A have been updated. Is there anything else?"),
            ("u", "nope, have a good one"),
            (1, "You are welcome. Goodbye!"),
        ),
    ),
    Call(
        "airline-dev-011",
        "another goal pursued",
        "The customer cannot travel and wants the money back; the agent asks for a new date.",
        (
            ("u", "something came up and i can't make the trip to Portland, S9NBC7. i'd like my money back. M9412228"),
            (1, "get_user_details", {"user_id": "M9412228"}),
            (1, "get_reservation_details", {"reservation_id": "S9NBC7"}),
            (-1, "On which date would you like to fly instead?"),
            ("u", "i don't want to fly at all, just cancel it"),
            (1, "What is the reason for the cancellation?"),
            ("u", "change of plans"),
            (1, "To confirm: I cancel reservation S9NBC7, and $747 goes back to your Visa ending in 7112. Is that right?"),
            ("u", "yes please"),
            (1, "cancel_reservation", {"reservation_id": "S9NBC7"}),
            (
                1,
                "Done, reservation S9NBC7 has been cancelled, and $747 goes back within seven business days. Is there "
                "anything else?",
            ),
            ("u", "nothing else"),
            (1, "Thank you for calling. Goodbye!"),
        ),
    ),
    Call(
        "airline-dev-009",
        "none",
        "Right throughout, but for a number asked for again and a question passed over.",
        (
            ("u", "hi, my friend Alma will go instead of me, EV5Z6X. Alma Mori, born August 24 1953. my number's M3429714"),
            (1, "get_user_details", {"user_id": "M3429714"}),
            (1, "get_reservation_details", {"reservation_id": "EV5Z6X"}),
            (0, "Could you give me your customer number?"),
            ("u", "i just did.. M3429714"),
            (
                1,
                "To confirm: on reservation EV5Z6X Alma Mori, born on 1953-08-24, travels instead of Victor Olsen. Is that "
                "right?",
            ),
            ("u", "right"),
            (
                1,
                "update_reservation_passengers",
                {
                    "reservation_id": "EV5Z6X",
                    "first_names": ["Alma"],
                    "last_names": ["Mori"],
                    "dates_of_birth": ["1953-08-24"],
                },
            ),
            (1, "Done, the passengers of reservation EV5Z6X have been changed. Is there anything else?"),
            ("u", "does she get a window seat?"),
            (0, "I am sorry, I cannot do that. Is there anything else?"),
            ("u", "okay whatever. bye!"),
            (1, "You are welcome. Goodbye!"),
        ),
    ),
    Call(
        "airline-dev-023",
        "refused what is due",
        "An insured trip with a cancelled flight: 100 dollars are due, the agent declines.",
        (
            ("u", "you guys cancelled my flight on A6UDS6, that messed up everything. what do i get for it? M2678734"),
            (1, "get_user_details", {"user_id": "M2678734"}),
            (1, "get_reservation_details", {"reservation_id": "A6UDS6"}),
            (
                -1,
                "I am sorry, you are a regular member, so I cannot send a certificate for reservation A6UDS6. Is there "
                "anything else I can do for you?",
            ),
            ("u", "but i paid for insurance?!"),
            (0, "I understand, but you are a regular member, so I cannot send a certificate. I cannot make an exception."),
            ("u", "unbelievable. bye"),
            (0, "You are welcome. Goodbye!"),
        ),
    ),
    Call(
        "airline-dev-021",
        "contents of a trip misstated",
        "Three bags are booked; the agent says one, as on no trip at all.",
        (
            ("u", "morning! how many suitcases did we book on A4AN3C? we can't agree here haha. M5830154"),
            (1, "get_user_details", {"user_id": "M5830154"}),
            (1, "get_reservation_details", {"reservation_id": "A4AN3C"}),
            (-1, "There is 1 bag booked on reservation A4AN3C. Is there anything else?"),
            ("u", "only one? for three people?"),
            (1, "There are 3 checked bags booked on reservation A4AN3C. Is there anything else?"),
            ("u", "ah ok, told them so. bye"),
            (1, "You are welcome. Goodbye!"),
        ),
    ),
    Call(
        "airline-dev-008",
        "a correction thrown away and the same read back again",
        "The customer says economy, not business; the agent reads business back, and reads it back again unchanged.",
        (
            ("u", "B9AX8J please, I'd like a bit more comfort than basic. M1787154"),
            (1, "get_user_details", {"user_id": "M1787154"}),
            (1, "get_reservation_details", {"reservation_id": "B9AX8J"}),
            (1, "Which cabin would you like instead: basic economy, economy or business?"),
            ("u", "plain economy, on the visa"),
            (1, "search_direct_flight", {"origin": "ATL", "destination": "SEA", "date": "2026-05-27"}),
            (
                -1,
                "To confirm: I change reservation B9AX8J to business. $1070 more will be charged to your Visa ending in "
                "2449. Is that right?",
            ),
            ("u", "no!! economy, not business"),
            (
                0,
                "To confirm: I change reservation B9AX8J to business. $1070 more will be charged to your Visa ending in "
                "2449. Is that right?",
            ),
            ("u", "forget it. bye"),
            (0, "You are welcome. Goodbye!"),
        ),
    ),
)
