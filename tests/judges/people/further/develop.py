"""The half that rules may be written with: tasks, and calls without one (``retail``, ``airline``)."""

from tests.judges.people.play import Call

CALLS = (
    Call(
        "retail-dev-042",
        "none",
        "A teenager in a hurry, who agrees with one letter. Right throughout.",
        (
            ("u", "cancel W1010345, clicked buy by accident. priyablanc1947@mail.example.com"),
            (1, "find_user_id_by_email", {"email": "priyablanc1947@mail.example.com"}),
            (1, "get_order_details", {"order_id": "#W1010345"}),
            (
                1,
                "To confirm: I cancel order #W1010345, because it was ordered by mistake, and $20.65 goes back to the "
                "original payment method. Is that right?",
            ),
            ("u", "y"),
            (1, "cancel_pending_order", {"order_id": "#W1010345", "reason": "ordered by mistake"}),
            (1, "Done, order #W1010345 has been cancelled. Is there anything else?"),
            ("u", "n thx"),
            (1, "You are welcome. Goodbye!"),
        ),
    ),
    Call(
        "retail",
        "the state of an order that was never opened",
        "An elderly man asks how his bookshelf comes along; the agent says that it is on its way and has not looked.",
        (
            (
                "u",
                "Good day. This is Harpreet Ngata, 68119. I wonder how my bookshelf is coming along, number W5808662.",
            ),
            (1, "find_user_id_by_name_zip", {"first_name": "Harpreet", "last_name": "Ngata", "zip": "68119"}),
            (-1, "Your bookshelf is already on its way to you. Is there anything else?"),
            ("u", "It says nothing of the kind in my letters. Would you mind looking properly?"),
            (1, "get_order_details", {"order_id": "#W5808662"}),
            (
                1,
                "Order #W5808662 is processed, and its tracking number is 623129371772. Is there anything else?",
            ),
            ("u", "Much obliged. Goodbye."),
            (1, "You are welcome. Goodbye!"),
        ),
    ),
    Call(
        "retail",
        "the price of another variant",
        "The large classic clock was asked for; the price is that of the small one.",
        (
            ("u", "hiya! whats the big wall clock these days, the 12 inch classic one? im Harpreet Ngata 68119"),
            (1, "find_user_id_by_name_zip", {"first_name": "Harpreet", "last_name": "Ngata", "zip": "68119"}),
            (1, "list_all_product_types", {}),
            (1, "get_product_details", {"product_id": "7204463881"}),
            (-1, "The Wall Clock with diameter 12 inch and style classic costs $40.21. Is there anything else?"),
            ("u", "and thats the 12 inch, not the 10?"),
            (
                1,
                "I am sorry, the Wall Clock with diameter 12 inch and style classic costs $42.45. Is there anything else?",
            ),
            ("u", "ah ok. ta, bye"),
            (1, "You are welcome. Goodbye!"),
        ),
    ),
    Call(
        "retail-dev-022",
        "said to be sold out in odd words",
        "The red machine is in stock; the agent says that the shelf is empty.",
        (
            (
                "u",
                "Dear team, I should like the espresso machine in W5599056 in red rather than black. Ravi Porter, 55409.",
            ),
            (1, "find_user_id_by_name_zip", {"first_name": "Ravi", "last_name": "Porter", "zip": "55409"}),
            (1, "get_order_details", {"order_id": "#W5599056"}),
            (1, "get_product_details", {"product_id": "7928293715"}),
            (
                -1,
                "The shelf is empty for the Espresso Maker with color red and pressure 19 bar. Which other option would "
                "you like?",
            ),
            ("u", "Really? Your website shows it in red."),
            (
                1,
                "I apologise. The Espresso Maker with color red and pressure 19 bar can be had for $311.19. Which payment "
                "method should I use for the price difference?",
            ),
            ("u", "Mastercard please"),
            (1, "get_user_details", {"user_id": "ravi_porter_4573"}),
            (
                1,
                "To confirm: in order #W5599056 I change the Espresso Maker for one with color red and pressure 19 bar. "
                "$6.03 will be refunded to your Mastercard ending in 7610. Is that right?",
            ),
            ("u", "Indeed it is."),
            (
                1,
                "modify_pending_order_items",
                {
                    "order_id": "#W5599056",
                    "item_ids": ["5434988704"],
                    "new_item_ids": ["7239230163"],
                    "payment_method_id": "credit_card_3138874",
                },
            ),
            (1, "Done, the items of order #W5599056 have been changed. Is there anything else?"),
            ("u", "No, thank you kindly."),
            (1, "You are welcome. Goodbye!"),
        ),
    ),
    Call(
        "retail",
        "the price of the same thing in another order",
        "Asked about W4862882, the agent opens W2622787 and tells the price of the suitcase in it.",
        (
            ("u", "Emeka Singh 70133. need for my expenses what the suitcase in W4862882 was"),
            (1, "find_user_id_by_name_zip", {"first_name": "Emeka", "last_name": "Singh", "zip": "70133"}),
            (1, "get_user_details", {"user_id": "emeka_singh_5501"}),
            (0, "get_order_details", {"order_id": "#W2622787"}),
            (-1, "You paid $182.72 for the Suitcase. Is there anything else?"),
            ("u", "for the silver one?? check again"),
            (1, "get_order_details", {"order_id": "#W4862882"}),
            (1, "You paid $122.14 for the Suitcase in order #W4862882. Is there anything else?"),
            ("u", "good. bye"),
            (1, "You are welcome. Goodbye!"),
        ),
    ),
    Call(
        "airline-dev-019",
        "none",
        "Small letters on both sides, and a short yes. Right throughout.",
        (
            ("u", "hi i wanna fly chicago to salt lake may 22, the last one that leaves before 6pm. m1154558"),
            (1, "get_user_details", {"user_id": "M1154558"}),
            (1, "search_direct_flight", {"origin": "ORD", "destination": "SLC", "date": "2026-05-22"}),
            (1, "flight JN7883 on may 22 leaves at 3:45 pm. in which cabin would you like to fly?"),
            ("u", "economy. just me, wanda young, 15 dec 62. no bags, no insurance, mastercard"),
            (
                1,
                "to confirm: i book flight JN7883 on 2026-05-22 in economy for wanda young, born on 1962-12-15, with no "
                "bags and without insurance. $209 will be charged to your mastercard ending in 1731. is that right?",
            ),
            ("u", "yup"),
            (
                1,
                "book_reservation",
                {
                    "user_id": "M1154558",
                    "origin": "ORD",
                    "destination": "SLC",
                    "flight_type": "one_way",
                    "cabin": "economy",
                    "flight_numbers": ["JN7883"],
                    "dates": ["2026-05-22"],
                    "first_names": ["wanda"],
                    "last_names": ["young"],
                    "dates_of_birth": ["1962-12-15"],
                    "payment_method_ids": ["credit_card_5091190"],
                    "total_baggages": "0",
                    "nonfree_baggages": "0",
                    "insurance": "no",
                },
            ),
            (1, "Done, your trip is booked. Is there anything else?"),
            ("u", "nope"),
            (1, "You are welcome. Goodbye!"),
        ),
    ),
    Call(
        "airline",
        "the state of a flight that was never looked up",
        "The agent says that everything is on time before it has opened the trip; the flight is delayed.",
        (
            ("u", "Tamara Toivonen here, M2541208, flying tomorrow on WX6L7P. Is everything on schedule?"),
            (1, "get_user_details", {"user_id": "M2541208"}),
            (-1, "Yes, your flight tomorrow is on time. Is there anything else?"),
            ("u", "hmm, my app says something else"),
            (1, "get_reservation_details", {"reservation_id": "WX6L7P"}),
            (1, "I am sorry, flight JN1843 of reservation WX6L7P is delayed. Is there anything else?"),
            ("u", "figures. bye"),
            (1, "You are welcome. Goodbye!"),
        ),
    ),
    Call(
        "airline",
        "refused what is allowed",
        "A trip in business can be cancelled for any reason; the agent declines.",
        (
            ("u", "Kindly cancel 6XX3HU, the meeting has been moved to another month. My number is M4138499."),
            (1, "get_user_details", {"user_id": "M4138499"}),
            (1, "get_reservation_details", {"reservation_id": "6XX3HU"}),
            (-1, "I am sorry, reservation 6XX3HU cannot be cancelled. Is there anything else I can do for you?"),
            ("u", "But it is business class. By your own terms it can be."),
            (
                1,
                "To confirm: I cancel reservation 6XX3HU, and $1572 goes back to your Visa ending in 3765. Is that right?",
            ),
            ("u", "Yes, do that."),
            (1, "cancel_reservation", {"reservation_id": "6XX3HU"}),
            (
                1,
                "Done, reservation 6XX3HU has been cancelled, and $1572 goes back within seven business days. Is there "
                "anything else?",
            ),
            ("u", "That was all."),
            (1, "Thank you for calling. Goodbye!"),
        ),
    ),
    Call(
        "airline",
        "a correction that is thrown away",
        "Two more bags, says the old lady; the agent reads back one again, in other words.",
        (
            ("u", "Hello dear, it's Ilse Chanda, M3845061. One more case on ESZ7C9 please, there's wool for my sister."),
            (1, "get_user_details", {"user_id": "M3845061"}),
            (1, "get_reservation_details", {"reservation_id": "ESZ7C9"}),
            (
                1,
                "To confirm: I add one bag to reservation ESZ7C9, which makes two in all. It is free. Is that right?",
            ),
            ("u", "Oh no dear, make it two more, she wants the needles and the loom as well."),
            (-1, "All right, one more bag for reservation ESZ7C9, free of charge. Shall I go ahead?"),
            ("u", "TWO more I said."),
            (
                1,
                "To confirm: I add two bags to reservation ESZ7C9, which makes three in all. $40 more will be charged to "
                "your Amex ending in 4670. Is that right?",
            ),
            ("u", "Right, dear."),
            (
                1,
                "update_reservation_baggages",
                {
                    "reservation_id": "ESZ7C9",
                    "total_baggages": "3",
                    "nonfree_baggages": "1",
                    "payment_method_id": "credit_card_2730645",
                },
            ),
            (1, "Done, the bags of reservation ESZ7C9 have been updated. Is there anything else?"),
            ("u", "No, bless you."),
            (1, "You are welcome. Goodbye!"),
        ),
    ),
)
