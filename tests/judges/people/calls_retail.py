"""Calls of the shop in people's words, with labels: a line a turn.

A customer's turn is ("u", words); an agent's is (score, words) or (score, tool, arguments). The scores were decided by
reading, before any judge had seen the calls.
"""

from tests.judges.people.play import Call

CALLS = (
    Call(
        "retail-dev-006",
        "a catalogue's price told as the price paid",
        "The customer asks what they paid; the agent opens the catalogue and tells the price of another variant.",
        (
            ("u", "hey quick one, how much did i pay for the desk lamp? turner.niko4862@post.example.org"),
            (1, "find_user_id_by_email", {"email": "turner.niko4862@post.example.org"}),
            (1, "What is the order number?"),
            ("u", "W8225652"),
            (1, "get_order_details", {"order_id": "#W8225652"}),
            (1, "get_product_details", {"product_id": "6698221338"}),
            (-1, "You paid $45.65 for the Desk Lamp in order #W8225652. Is there anything else?"),
            ("u", "hm that's not what my bank statement says. in brass, with usb?"),
            (1, "You paid $40.22 for the Desk Lamp in order #W8225652. Is there anything else?"),
            ("u", "ok thanks, that fits. bye"),
            (1, "You are welcome. Goodbye!"),
        ),
    ),
    Call(
        "retail-dev-003",
        "the second line left out of a read-back",
        "The customer says apartment 6; the read-back has lost it.",
        (
            ("u", "Hi, I won't be at the old place when my stuff comes. Could you send W2026239 to my new flat?"),
            (1, "I can help you with that. Could you give me your email address, or your name and zip code?"),
            ("u", "Mei Mori, 78762"),
            (1, "find_user_id_by_name_zip", {"first_name": "Mei", "last_name": "Mori", "zip": "78762"}),
            (1, "get_order_details", {"order_id": "#W2026239"}),
            (1, "What is the new address, with street, city, state and zip code?"),
            ("u", "4999 Garden Avenue, apartment 6, Columbus Ohio, 43262"),
            (-1, "To confirm: order #W2026239 goes to 4999 Garden Avenue, Columbus, OH 43262. Is that right?"),
            ("u", "you forgot the apartment! number 6"),
            (1, "To confirm: order #W2026239 goes to 4999 Garden Avenue, Apt 6, Columbus, OH 43262. Is that right?"),
            ("u", "yes"),
            (
                1,
                "modify_pending_order_address",
                {
                    "order_id": "#W2026239",
                    "address1": "4999 Garden Avenue",
                    "address2": "Apt 6",
                    "city": "Columbus",
                    "state": "OH",
                    "country": "USA",
                    "zip": "43262",
                },
            ),
            (1, "Done, the address of order #W2026239 has been changed. Is there anything else?"),
            ("u", "no, cheers!"),
            (1, "You are welcome. Goodbye!"),
        ),
    ),
    Call(
        "retail-dev-020",
        "one of two items left out of a read-back",
        "Two swaps in one message; the read-back has only the speaker, and the puzzle is never taken up again.",
        (
            (
                "u",
                "So two things from order W2584818, the speaker lasts too long for what I need, 8 hours is plenty, and the "
                "puzzle should be the animals one. Oscar Gupta, 21260",
            ),
            (1, "find_user_id_by_name_zip", {"first_name": "Oscar", "last_name": "Gupta", "zip": "21260"}),
            (1, "get_order_details", {"order_id": "#W2584818"}),
            (1, "get_product_details", {"product_id": "1530497335"}),
            (1, "Which payment method should I use for the price difference?"),
            ("u", "paypal pls"),
            (1, "get_user_details", {"user_id": "oscar_gupta_2103"}),
            (1, "calculate", {"expression": "89.37 - 90.10"}),
            (
                -1,
                "To confirm: in order #W2584818 I exchange the Bluetooth Speaker for one with battery 8 hours. $0.73 will "
                "be refunded to your PayPal account. Is that right?",
            ),
            ("u", "yes but what about the puzzle?"),
            (
                0,
                "exchange_delivered_order_items",
                {
                    "order_id": "#W2584818",
                    "item_ids": ["3372553351"],
                    "new_item_ids": ["5180111247"],
                    "payment_method_id": "paypal_1864259",
                },
            ),
            (0, "Done, the exchange for order #W2584818 has been requested. Is there anything else?"),
            ("u", "the PUZZLE. with animals on it"),
            (0, "I am sorry, I cannot do that. Is there anything else?"),
            ("u", "great. bye then"),
            (0, "You are welcome. Goodbye!"),
        ),
    ),
    Call(
        "retail-dev-026",
        "a cancellation proposed for a return",
        "The customer wants to send a lamp back; the agent proposes to cancel the whole order.",
        (
            (
                "u",
                "good afternoon, i would like to give back a lamp i bought at your shop, order W6921589, naomi patel "
                "zip 55454",
            ),
            (1, "find_user_id_by_name_zip", {"first_name": "naomi", "last_name": "patel", "zip": "55454"}),
            (1, "get_order_details", {"order_id": "#W6921589"}),
            (
                -1,
                "To confirm: I cancel order #W6921589, because it is no longer needed, and $119.17 goes back to the "
                "original payment method. Is that right?",
            ),
            ("u", "cancel? no no, i keep the helmet. only the lamp goes back, money to my mastercard please"),
            (0, "All right, I will not do that. What should I change?"),
            ("u", "i want to return the desk lamp"),
            (1, "get_user_details", {"user_id": "naomi_patel_2862"}),
            (
                1,
                "To confirm: you return the Desk Lamp from order #W6921589, and $45.42 goes to your Mastercard ending in "
                "5345. Is that right?",
            ),
            ("u", "yes exactly"),
            (
                1,
                "return_delivered_order_items",
                {
                    "order_id": "#W6921589",
                    "item_ids": ["1419025496"],
                    "payment_method_id": "credit_card_4311991",
                },
            ),
            (
                1,
                "Done, the return from order #W6921589 has been requested. You will get an email with instructions. Is "
                "there anything else?",
            ),
            ("u", "and do i have to print a label?"),
            (0, "I am sorry, I cannot do that. Is there anything else?"),
            ("u", "ok, goodbye"),
            (1, "You are welcome. Goodbye!"),
        ),
    ),
    Call(
        "retail-dev-004",
        "a false out of stock",
        "The pine bookshelf with four shelves is available; the agent says that it is sold out.",
        (
            (
                "u",
                "Keiko Carter here, carter.keiko8342@example.com - can I still change the bookshelf in W1245159? Three "
                "shelves won't do, I need four",
            ),
            (1, "find_user_id_by_email", {"email": "carter.keiko8342@example.com"}),
            (1, "get_order_details", {"order_id": "#W1245159"}),
            (1, "get_product_details", {"product_id": "6921134729"}),
            (
                -1,
                "I am sorry, the Bookshelf with material pine and shelves four is out of stock. Would you like a different "
                "one? Which option?",
            ),
            ("u", "huh? your website says there are plenty in pine, four shelves"),
            (
                0,
                "I understand, but the Bookshelf with material pine and shelves four is out of stock. Would you like a "
                "different one? Which option?",
            ),
            ("u", "no then leave it. bye"),
            (0, "You are welcome. Goodbye!"),
        ),
    ),
    Call(
        "retail-dev-005",
        "none",
        "Right throughout; the question about fees is not taken up.",
        (
            ("u", "Can you put W8406015 on my visa instead of the amex? arjun young, 84154"),
            (1, "find_user_id_by_name_zip", {"first_name": "arjun", "last_name": "young", "zip": "84154"}),
            (1, "get_order_details", {"order_id": "#W8406015"}),
            (1, "get_user_details", {"user_id": "arjun_young_4188"}),
            (1, "To confirm: I change the payment of order #W8406015, $289.82, to your Visa ending in 9380. Is that right?"),
            ("u", "Is there some fee for that?"),
            (
                0,
                "I am sorry, I cannot give discounts. To confirm: I change the payment of order #W8406015, $289.82, to your "
                "Visa ending in 9380. Is that right?",
            ),
            ("u", "yes, yes, do it"),
            (1, "modify_pending_order_payment", {"order_id": "#W8406015", "payment_method_id": "credit_card_5425433"}),
            (
                1,
                "Done, the payment of order #W8406015 has been changed to your Visa ending in 9380. Is there anything else?",
            ),
            ("u", "that's it, thank you"),
            (1, "You are welcome. Goodbye!"),
        ),
    ),
    Call(
        "retail-dev-000",
        "handed over for nothing",
        "A plain cancellation that the agent could have done.",
        (
            ("u", "i bought stuff by mistake, W1590803, please scrap the whole thing. olga ghorbani 37227"),
            (0, "find_user_id_by_name_zip", {"first_name": "W1590803", "last_name": "ghorbani", "zip": "37227"}),
            (
                0,
                "I could not find an account for W1590803 with zip code 37227. Could you spell your name and repeat the zip "
                "code?",
            ),
            ("u", "thats the order number not my name. Olga Ghorbani"),
            (1, "find_user_id_by_name_zip", {"first_name": "Olga", "last_name": "Ghorbani", "zip": "37227"}),
            (1, "get_order_details", {"order_id": "#W1590803"}),
            (-1, "transfer_to_human_agents", {"summary": "The customer asks about a mistake."}),
        ),
    ),
)
