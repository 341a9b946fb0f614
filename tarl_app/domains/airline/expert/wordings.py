"""How the scripted agent puts things: short sentences, two or three wordings for each act, values always named."""

WORDS: dict[str, tuple[str, ...]] = {
    # --- who is calling -------------------------------------------------------------------------------------------------
    "ask_identity": (
        "I can help you with that. Could you give me your customer number?",
        "Sure. First, what is your customer number?",
        "Of course. May I have your customer number, please?",
    ),
    "greet": (
        "Hello, how can I help you? Please tell me your customer number.",
        "Hi, what can I do for you? I also need your customer number.",
    ),
    "no_user": (
        "I could not find the customer number {number}. Could you check your customer number?",
        "There is no customer with the number {number}. What is your customer number?",
    ),
    "ask_any_code": (
        "No problem. Could you give me the reservation code of one of your trips?",
        "That is fine. What is the reservation code of one of your trips?",
    ),
    "ask_name_birth": (
        "Thank you. What is your full name, and your date of birth?",
        "Could you tell me your full name and your date of birth?",
    ),
    "no_match": (
        "That does not match our records. What is your full name, and your date of birth?",
        "Name and date of birth do not match the reservation. Could you tell me your full name and date of birth again?",
    ),
    "help": (
        "Thank you, I found your account. How can I help you?",
        "Thanks, I have your account here. What can I do for you?",
    ),
    # --- reservations ---------------------------------------------------------------------------------------------------
    "ask_code": (
        "What is the reservation code?",
        "Could you give me the reservation code?",
        "Which reservation is it? Please tell me the reservation code.",
    ),
    "no_code": (
        "I could not find reservation {code}. Could you check the reservation code?",
        "There is no reservation {code}. Could you tell me the reservation code again?",
    ),
    "ask_ends": ("Which trip is it, from where to where?", "Which trip do you mean? From where to where does it go?"),
    "no_trip": (
        "I could not find such a trip in your account. Which trip is it, from where to where?",
        "There is no such trip in your account. Which trip do you mean?",
    ),
    # --- bookings -------------------------------------------------------------------------------------------------------
    "ask_route": ("Where would you like to fly from, and where to?", "From where to where would you like to fly?"),
    "ask_date": ("On which date would you like to fly?", "What is the travel date?"),
    "ask_kind": ("Is it one way or a round trip?", "Would that be one way or a round trip?"),
    "ask_back": ("What is the date of the return?", "On which date would you like to return?"),
    "ask_cabin": (
        "Which cabin would you like: basic economy, economy or business?",
        "In which cabin: basic economy, economy or business?",
    ),
    "ask_passengers": (
        "Who will travel? Please tell me the name and date of birth of everybody else.",
        "Who are the passengers? I need name and date of birth of everybody who is not you.",
    ),
    "ask_choice": (
        "Which flight would you like: the cheapest, the earliest or the latest? Direct or with one stop?",
        "Which flight do you prefer: the cheapest, the earliest, the latest? Direct, or with one stop?",
    ),
    "none_left": (
        "I am sorry, all {kind} {ends} on {day} are sold out in {cabin}. Would another day suit you, or one stop?",
        "Unfortunately the {kind} {ends} on {day} are sold out in {cabin}. Should I look on another day, or with one stop?",
    ),
    "ask_bags": ("How many bags would you like to check?", "How many bags do you want to check in all?"),
    "ask_insurance": (
        "Would you like insurance? It is 25 dollars for each passenger.",
        "Do you want insurance? It costs 25 dollars for each passenger.",
    ),
    "ask_payment": ("How would you like to pay?", "Which payment method should I use?"),
    "not_covered": (
        "{methods} is not enough for this. Which payment method should I use?",
        "That is more than {methods} has left. Which payment method should I use?",
    ),
    "ask_card": (
        "Which payment method do you mean? I see {methods}.",
        "You have {methods}. Which payment method should it be?",
    ),
    "no_method": (
        "That payment method is not in your account. You have {methods}. Which payment method should I use?",
        "I do not see that one in your account, only {methods}. Which payment method should I use?",
    ),
    # --- changes --------------------------------------------------------------------------------------------------------
    "ask_direction": (
        "Is it the outbound flight or the return flight?",
        "Do you mean the outbound flight or the return flight? Which direction?",
    ),
    "ask_new_date": ("What is the new date?", "On which date would you like to fly instead?"),
    "ask_new_cabin": (
        "Which cabin would you like instead: basic economy, economy or business?",
        "Which cabin should it be: basic economy, economy or business?",
    ),
    "ask_difference": (
        "Which payment method should I use for the difference in price?",
        "What payment method would you like to use for this?",
    ),
    "ask_newcomer": (
        "Who should travel instead, and instead of whom? Please tell me the new passenger's name and date of birth.",
        "Who is the new passenger, with date of birth, and who should be replaced?",
    ),
    "ask_replaced": (
        "Which passenger should be replaced? The passengers are {people}.",
        "Who should be replaced? On this trip there are {people}.",
    ),
    "ask_more_bags": ("How many bags should I add?", "How many more bags do you have?"),
    "ask_reason": (
        "What is the reason for the cancellation?",
        "May I ask for the reason?",
        "Could you tell me the reason?",
    ),
    # --- proposals ------------------------------------------------------------------------------------------------------
    "confirm_book": (
        "To confirm: I book {kind} {ends} in {cabin}, {flights}, for {people}, {bags}, {insurance}. That is ${amount} "
        "altogether, on {methods}. Is that right?",
        "I will book {kind} {ends} in {cabin}, {flights}, for {people}, {bags}, {insurance}, for ${amount}"
        " on {methods}. "
        "Shall I go ahead?",
    ),
    "confirm_cancel": (
        "To confirm: I cancel reservation {code}, and ${amount} goes back to {methods}. Is that right?",
        "I will cancel reservation {code} and refund ${amount} to {methods}. Shall I go ahead?",
    ),
    "confirm_flights": (
        "To confirm: I change reservation {code} to {flights}. {difference} Is that right?",
        "I will change reservation {code} to {flights}. {difference} Shall I go ahead?",
    ),
    "confirm_cabin": (
        "To confirm: I change reservation {code} to {cabin}. {difference} Is that right?",
        "I will change reservation {code} to {cabin}. {difference} Shall I go ahead?",
    ),
    "confirm_passenger": (
        "To confirm: on reservation {code} {new} travels instead of {old}. Is that right?",
        "I will put {new} on reservation {code} instead of {old}. Shall I go ahead?",
    ),
    "confirm_bags": (
        "To confirm: I add {bags} to reservation {code}, which makes {total} in all. {due} Is that right?",
        "I will add {bags} to reservation {code}, so {total} in all. {due} Shall I go ahead?",
    ),
    "confirm_compensation": (
        "I am sorry that a flight was {what}. I send you a certificate of ${amount} for reservation {code}. Is that right?",
        "I am sorry for the {what} flight. I will send you a certificate of ${amount}. Shall I go ahead?",
    ),
    "ask_change": (
        "All right, I will not do that. What should I change?",
        "Okay, I have not changed anything. What would you like instead?",
    ),
    # --- reports --------------------------------------------------------------------------------------------------------
    "done_book": (
        "Done, your trip has been booked. The reservation code is {code}. Is there anything else?",
        "Done, the reservation {code} has been made. Can I do anything else for you?",
    ),
    "done_cancel": (
        "Done, reservation {code} has been cancelled, and ${amount} goes back {when}. Is there anything else?",
        "Reservation {code} has been cancelled. You get ${amount} back {when}. Can I do anything else for you?",
    ),
    "done_flights": (
        "Done, reservation {code} has been changed. Is there anything else?",
        "Reservation {code} has been updated. Can I do anything else for you?",
    ),
    "done_passenger": (
        "Done, the passengers of reservation {code} have been changed. Is there anything else?",
        "The passengers of reservation {code} have been updated. Can I do anything else for you?",
    ),
    "done_bags": (
        "Done, the bags of reservation {code} have been updated. Is there anything else?",
        "Reservation {code} has been updated with the new bags. Can I do anything else for you?",
    ),
    "done_compensation": (
        "Done, the certificate of ${amount} has been sent. Is there anything else?",
        "The certificate of ${amount} has been sent to your account. Can I do anything else for you?",
    ),
    # --- the rest -------------------------------------------------------------------------------------------------------
    "tell": ("{fact} Is there anything else?", "{fact} Can I do anything else for you?"),
    "refuse": (
        "I am sorry, {why} Is there anything else I can do for you?",
        "I am afraid {why} Can I help you with anything else?",
    ),
    "still_refuse": (
        "I understand, but {why} I cannot make an exception.",
        "I am really sorry, but {why} There is no way around that.",
    ),
    "more": ("Is there anything else I can do for you?", "Can I help you with anything else?"),
    "told": ("{fact}",),
    "ask_about": (
        "I will come to {topic}. First, what can I do for you with reservation {number}?",
        "Before we come to {topic}: what should I do with reservation {number}?",
    ),
    "announce_transfer": (
        "For the other matter, {topic}, I will connect you with a colleague. Is that all right?",
        "About {topic} I can only connect you with a colleague. Shall I do that now?",
    ),
    "doubt": (
        "I am not sure that I understood you. What can I do for you?",
        "Perhaps I misunderstood you. How can I help you?",
    ),
    "rephrase": (
        "Sorry, I did not understand that. How can I help you?",
        "Could you put that another way? What can I do for you?",
    ),
    "left": (
        "Then I have not changed anything. Goodbye!",
        "As you did not say yes, nothing was changed. Goodbye!",
        "All right, I have made no change. Thank you for calling. Goodbye!",
    ),
    "bye": ("You are welcome. Goodbye!", "Thank you for calling. Goodbye!", "Glad I could help. Have a nice flight!"),
}
