"""The half that is kept for measuring: no rule is written with these calls."""

from tests.judges.people.play import Call

CALLS = (
    Call(
        "retail-dev-057",
        "none",
        "Not a native speaker; agrees with a thumb. Right throughout.",
        (
            ("u", "hello sir i want give back coffee machine, order W8334408, name Rania Horvat zip 48293"),
            (1, "find_user_id_by_name_zip", {"first_name": "Rania", "last_name": "Horvat", "zip": "48293"}),
            (1, "get_order_details", {"order_id": "#W8334408"}),
            (1, "Should the refund go to the original payment method or to a gift card?"),
            ("u", "amex same like before"),
            (1, "get_user_details", {"user_id": "rania_horvat_7883"}),
            (
                1,
                "To confirm: you return the Espresso Maker from order #W8334408, and $319.39 goes to your Amex ending in "
                "5332. Is that right?",
            ),
            ("u", "\N{THUMBS UP SIGN}"),
            (
                1,
                "return_delivered_order_items",
                {
                    "order_id": "#W8334408",
                    "item_ids": ["9173471013"],
                    "payment_method_id": "credit_card_5138627",
                },
            ),
            (1, "Done, the return from order #W8334408 has been requested. Is there anything else?"),
            ("u", "no thank you sir"),
            (1, "You are welcome. Goodbye!"),
        ),
    ),
    Call(
        "retail",
        "refused what is allowed",
        "The order is pending, so its address can be changed; the agent says that it cannot.",
        (
            ("u", "we moved!! W7125338 has to go to 12 Harbor Street, Dallas TX 75201. Magnus Navarro, 75274"),
            (1, "find_user_id_by_name_zip", {"first_name": "Magnus", "last_name": "Navarro", "zip": "75274"}),
            (1, "get_order_details", {"order_id": "#W7125338"}),
            (-1, "I am sorry, the address of order #W7125338 can no longer be changed. Is there anything else?"),
            ("u", "why not, it hasn't even shipped"),
            (0, "I am sorry, I cannot do that. Is there anything else?"),
            ("u", "..ok then. bye"),
            (0, "You are welcome. Goodbye!"),
        ),
    ),
    Call(
        "retail",
        "a correction that is thrown away",
        "Teal and hard, says the customer; the agent reads back silver and soft again, in other words.",
        (
            ("u", "Yo, swap the suitcase in W2622787 for a silver one, medium, soft. emekasingh5501@example.org. amex"),
            (1, "find_user_id_by_email", {"email": "emekasingh5501@example.org"}),
            (1, "get_order_details", {"order_id": "#W2622787"}),
            (1, "get_product_details", {"product_id": "5472548018"}),
            (1, "get_user_details", {"user_id": "emeka_singh_5501"}),
            (
                1,
                "To confirm: in order #W2622787 I change the Suitcase for one with color silver, size medium and shell "
                "soft. $60.58 will be refunded to your Amex ending in 2660. Is that right?",
            ),
            ("u", "nah wait, go teal, hard shell, same size"),
            (
                -1,
                "Understood. In order #W2622787 the Suitcase becomes one with color silver, size medium and shell soft, and "
                "$60.58 goes back to your Amex ending in 2660. Shall I go ahead?",
            ),
            ("u", "no no TEAL and hard"),
            (
                1,
                "To confirm: in order #W2622787 I change the Suitcase for one with color teal, size medium and shell hard. "
                "$2.11 will be refunded to your Amex ending in 2660. Is that right?",
            ),
            ("u", "k"),
            (
                1,
                "modify_pending_order_items",
                {
                    "order_id": "#W2622787",
                    "item_ids": ["9871203156"],
                    "new_item_ids": ["7508389821"],
                    "payment_method_id": "credit_card_4994172",
                },
            ),
            (1, "Done, the items of order #W2622787 have been changed. Is there anything else?"),
            ("u", "nah peace"),
            (1, "You are welcome. Goodbye!"),
        ),
    ),
    Call(
        "retail",
        "said to be sold out in odd words",
        "The silver cabin case is in stock; somebody else is said to have taken the final one.",
        (
            (
                "u",
                "Good morning, Fatima Carter speaking, 10060. The suitcase from W5219238, I would prefer it in silver, same "
                "size and soft too.",
            ),
            (1, "find_user_id_by_name_zip", {"first_name": "Fatima", "last_name": "Carter", "zip": "10060"}),
            (1, "get_order_details", {"order_id": "#W5219238"}),
            (1, "get_product_details", {"product_id": "5472548018"}),
            (
                -1,
                "Somebody else snapped up the final Suitcase with color silver, size cabin and shell soft. Would another "
                "one do?",
            ),
            ("u", "That is strange, my sister bought hers an hour ago."),
            (
                1,
                "You are right, I am sorry. The Suitcase with color silver, size cabin and shell soft costs $128.86. Which "
                "payment method should I use for the price difference?",
            ),
            ("u", "oh good. visa"),
            (1, "get_user_details", {"user_id": "fatima_carter_7275"}),
            (
                1,
                "To confirm: in order #W5219238 I exchange the Suitcase for one with color silver, size cabin and shell "
                "soft. $29.74 will be refunded to your Visa ending in 1342. Is that right?",
            ),
            ("u", "sure thing"),
            (
                1,
                "exchange_delivered_order_items",
                {
                    "order_id": "#W5219238",
                    "item_ids": ["3622523406"],
                    "new_item_ids": ["7475227046"],
                    "payment_method_id": "credit_card_5761022",
                },
            ),
            (1, "Done, the exchange for order #W5219238 has been requested. Is there anything else?"),
            ("u", "No, many thanks, have a nice day."),
            (1, "You are welcome. Goodbye!"),
        ),
    ),
    Call(
        "airline-dev-010",
        "none",
        'A list in small letters, and "fine". Right throughout.',
        (
            (
                "u",
                "two seats new orleans > atlanta 18 may, economy. noah ricci 28 jan 1981 + bruno ricci 10 jan 1972. 1 bag, "
                "no insurance, visa. number m5059667",
            ),
            (1, "get_user_details", {"user_id": "M5059667"}),
            (1, "search_direct_flight", {"origin": "MSY", "destination": "ATL", "date": "2026-05-18"}),
            (
                1,
                "to confirm: i book flight JN3800 on 18 may 2026 in economy for noah ricci, born 28 january 1981, and bruno "
                "ricci, born 10 january 1972, with one bag and without insurance. $242 will be charged to your visa ending "
                "in 6414. is that right?",
            ),
            ("u", "fine"),
            (
                1,
                "book_reservation",
                {
                    "user_id": "M5059667",
                    "origin": "MSY",
                    "destination": "ATL",
                    "flight_type": "one_way",
                    "cabin": "economy",
                    "flight_numbers": ["JN3800"],
                    "dates": ["2026-05-18"],
                    "first_names": ["noah", "bruno"],
                    "last_names": ["ricci", "ricci"],
                    "dates_of_birth": ["1981-01-28", "1972-01-10"],
                    "payment_method_ids": ["credit_card_6247509"],
                    "total_baggages": "1",
                    "nonfree_baggages": "0",
                    "insurance": "no",
                },
            ),
            (1, "done, your trip is booked. is there anything else?"),
            ("u", "no"),
            (1, "You are welcome. Goodbye!"),
        ),
    ),
    Call(
        "airline-dev-027",
        "none",
        'Small letters again, and "ya". Right throughout.',
        (
            ("u", "ok so simon ochoa takes my seat on wx6l7p, born 17 apr 98. m2541208 tamara"),
            (1, "get_user_details", {"user_id": "M2541208"}),
            (1, "get_reservation_details", {"reservation_id": "WX6L7P"}),
            (
                1,
                "to confirm: on reservation WX6L7P simon ochoa, born on 1998-04-17, travels instead of tamara toivonen. is "
                "that right?",
            ),
            ("u", "ya"),
            (
                1,
                "update_reservation_passengers",
                {
                    "reservation_id": "WX6L7P",
                    "first_names": ["Simon"],
                    "last_names": ["Ochoa"],
                    "dates_of_birth": ["1998-04-17"],
                },
            ),
            (1, "Done, the passengers of reservation WX6L7P have been changed. Is there anything else?"),
            ("u", "nope ty"),
            (1, "You are welcome. Goodbye!"),
        ),
    ),
    Call(
        "airline",
        "said to be sold out in odd words",
        "There are ten seats and more on both flights; economy is said to be booked to the last place.",
        (
            ("u", "Any economy seats Pittsburgh to Austin on May 17 for my cousin? Gideon Bellamy, M4855118."),
            (1, "get_user_details", {"user_id": "M4855118"}),
            (1, "search_direct_flight", {"origin": "PIT", "destination": "AUS", "date": "2026-05-17"}),
            (-1, "I am afraid economy is booked to the last place on that day. Is there anything else?"),
            ("u", "Are you sure? There were plenty this morning."),
            (1, "I am sorry, there are seats in economy on JN2454 for $191 and on JN8264 for $190. Is there anything else?"),
            ("u", "OK, he will decide. Bye"),
            (1, "You are welcome. Goodbye!"),
        ),
    ),
    Call(
        "airline",
        "the price of another trip",
        "Asked what QHT4Y6 came to, the agent opens V4N3MT and tells its price without saying whose it is.",
        (
            ("u", "evening! what did QHT4Y6 come to in the end? Delia Dawson, M4138499"),
            (1, "get_user_details", {"user_id": "M4138499"}),
            (0, "get_reservation_details", {"reservation_id": "V4N3MT"}),
            (-1, "You paid $232 in total. Is there anything else?"),
            ("u", "for a flight to Vegas? no way, look at QHT4Y6"),
            (1, "get_reservation_details", {"reservation_id": "QHT4Y6"}),
            (1, "You paid $244 in total for reservation QHT4Y6. Is there anything else?"),
            ("u", "makes sense. night!"),
            (1, "You are welcome. Goodbye!"),
        ),
    ),
    Call(
        "airline-dev-036",
        "none",
        "Speaks Spanish at home, and agrees in it. Right throughout.",
        (
            ("u", "Buenas, my flight ZT8U8B, you have cancelled it, I want the money back please. M1101171"),
            (1, "get_user_details", {"user_id": "M1101171"}),
            (1, "get_reservation_details", {"reservation_id": "ZT8U8B"}),
            (1, "To confirm: I cancel reservation ZT8U8B, and $283 goes back to your Amex ending in 4086. Is that right?"),
            ("u", "si"),
            (1, "cancel_reservation", {"reservation_id": "ZT8U8B"}),
            (
                1,
                "Done, reservation ZT8U8B has been cancelled, and $283 goes back within seven business days. Is there "
                "anything else?",
            ),
            ("u", "no, gracias"),
            (1, "You are welcome. Goodbye!"),
        ),
    ),
)
