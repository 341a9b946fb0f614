"""Wordings of the development split: like the scripted agent, formal, breezy, like a language model."""

from tarl_app.core.domain import Wording
from tarl_app.domains.airline.exam import wordings_further, wordings_held_out
from tarl_app.domains.airline.expert.wordings import WORDS

Table = dict[str, tuple[str, ...]]

FORMAL: Table = {
    **WORDS,
    "ask_identity": ("Certainly. In order to proceed I require your customer number, please.",),
    "help": ("Your account has been located. In which matter may I assist you?",),
    "ask_code": ("Kindly state the reservation code.",),
    "ask_reason": ("Kindly state the reason for the cancellation.",),
    "confirm_book": (
        "I summarise: {kind} {ends}, {cabin}; flights {flights}; passengers {people}; {bags}; {insurance}. The amount of "
        "${amount} is due on {methods}. Do you confirm?",
    ),
    "confirm_cancel": (
        "I summarise: cancellation of reservation {code}; refund of ${amount} to {methods}. Do you confirm?",
    ),
    "confirm_flights": ("I summarise: reservation {code} shall comprise {flights}. {difference} Do you confirm?",),
    "confirm_cabin": ("I summarise: reservation {code} shall be in {cabin}. {difference} Do you confirm?",),
    "confirm_passenger": ("I summarise: {new} shall replace {old} as a passenger of {code}. Do you confirm?",),
    "confirm_bags": ("I summarise: {bags} in addition on {code}, {total} in total. {due} Do you confirm?",),
    "confirm_compensation": (
        "We regret that a flight of {code} was {what}. You are entitled to a certificate of ${amount}. Do you confirm?",
    ),
    "done_book": ("The booking has been completed under the code {code}. Any other matter?",),
    "done_cancel": ("Reservation {code} has been cancelled; ${amount} will be returned {when}. Any other matter?",),
    "done_flights": ("Reservation {code} has been amended. Any other matter?",),
    "done_passenger": ("The passenger list of {code} has been amended. Any other matter?",),
    "done_bags": ("The baggage of {code} has been amended. Any other matter?",),
    "done_compensation": ("The certificate of ${amount} has been issued. Any other matter?",),
    "tell": ("For your information: {fact} Any other matter?", "According to our records: {fact} Any other matter?"),
    "refuse": ("I regret that {why} Any other matter?", "I must inform you that {why} Any other matter?"),
    "still_refuse": ("I must repeat that {why}",),
    "more": ("Any other matter?",),
    "bye": ("We remain at your service. Goodbye.", "I thank you for your call."),
}

BREEZY: Table = {
    **WORDS,
    "ask_identity": ("On it! Just shoot me your customer number.", "On it! What's your customer number?"),
    "greet": ("Heya! What's your customer number?",),
    "help": ("Got you! So what's going on?", "You're all set. Shoot!"),
    "ask_code": ("Which trip? Got a reservation code?",),
    "confirm_book": (
        "Okay: {kind} {ends}, {cabin}, {flights}, {people}, {bags}, {insurance}, ${amount} off {methods}. Book it?",
    ),
    "confirm_cancel": ("Okay, scrapping {code}, so cancelling it, and ${amount} back on {methods}. Cool with you?",),
    "confirm_flights": ("Okay, {code}: new flights {flights}. {difference} Cool with you?",),
    "confirm_cabin": ("Okay, {code} moves to {cabin}. {difference} Cool with you?",),
    "confirm_passenger": ("Okay, {code}: {new} flies instead of {old}. Cool with you?",),
    "confirm_bags": ("Okay, {code}: {bags} more, {total} in all. {due} Cool with you?",),
    "confirm_compensation": ("Ouch, that {what} flight. {code}: certificate, ${amount}. Cool with you?",),
    "done_book": ("Boom, you're on {code}. What next?",),
    "done_cancel": ("Boom, {code} is history. ${amount} comes back {when}. What next?",),
    "done_flights": ("Boom, {code} is tweaked. What next?",),
    "done_passenger": ("Boom, names are swapped on {code}. What next?",),
    "done_bags": ("Boom, bags are on {code}. What next?",),
    "done_compensation": ("Boom, ${amount} is yours. What next?",),
    "tell": ("So: {fact} What next?", "Looking at it now. {fact} What next?"),
    "refuse": ("Ah, that one's a no from me: {why} What next?", "Nope, can't swing it: {why} What next?"),
    "still_refuse": ("Still a no, I'm afraid: {why}",),
    "more": ("What next?",),
    "bye": ("Ciao!", "Cheers, take it easy!"),
}

MODEL: Table = {
    **WORDS,
    "ask_identity": (
        "I'd be happy to assist you with that! For security purposes, could you please provide your customer number?",
    ),
    "greet": ("Hello! I'm your virtual assistant. To get started, please share your customer number.",),
    "help": (
        "Thank you! I have successfully verified your identity. How may I assist you today?",
        "Great, you have been verified and everything is in order. What would you like me to do?",
    ),
    "no_user": ("Unfortunately, I was unable to locate {number}. Could you please double-check your customer number?",),
    "ask_code": ("Certainly! Could you please provide the reservation code?",),
    "no_code": ("It appears that {code} does not exist in our system. Could you double-check the reservation code?",),
    "ask_reason": ("Understood. Before I can process this, could you please let me know the reason?",),
    "confirm_book": (
        "Here is a summary of your booking. Trip: {kind} {ends}. Cabin: {cabin}. Flights: {flights}. Passengers: {people}. "
        "Baggage: {bags}. Insurance: {insurance}. Total: ${amount} on {methods}. Would you like me to proceed? (yes/no)",
    ),
    "confirm_cancel": (
        "Here is a summary of the requested action. Reservation: {code}. Action: cancellation. Refund: ${amount} to "
        "{methods}. Would you like me to proceed with this? (yes/no)",
    ),
    "confirm_flights": (
        "Here are the details of the change. Reservation: {code}. New flights: {flights}. {difference} Would you like me to "
        "proceed? (yes/no)",
    ),
    "confirm_cabin": (
        "Here are the details of the change. Reservation: {code}. New cabin: {cabin}. {difference} Would you like me to "
        "proceed? (yes/no)",
    ),
    "confirm_passenger": (
        "Here are the details. Reservation: {code}. Passenger removed: {old}. Passenger added: {new} Would you like me to "
        "proceed? (yes/no)",
    ),
    "confirm_bags": (
        "Here are the details. Reservation: {code}. Additional baggage: {bags}. Total: {total}. {due} Would you like me to "
        "proceed? (yes/no)",
    ),
    "confirm_compensation": (
        "I sincerely apologize that your flight was {what}. You qualify for a travel certificate of ${amount}. Would you "
        "like me to proceed? (yes/no)",
    ),
    "done_book": ("Great news! Your trip has been successfully booked. Your code is {code}. Anything else?",),
    "done_cancel": (
        "Your reservation {code} has been successfully cancelled. A refund of ${amount} will be returned {when}. "
        "Anything else?",
    ),
    "done_flights": ("Your reservation {code} has been successfully updated. Is there anything else?",),
    "done_bags": ("Your baggage has been successfully updated. Is there anything else I can help you with?",),
    "done_compensation": ("Your travel certificate of ${amount} has been successfully issued. Is there anything else?",),
    "tell": ("I've looked into that for you. {fact} Is there anything else I can help you with?",),
    "refuse": (
        "I completely understand, and I apologize for the inconvenience. Unfortunately, {why} Is there anything else I can "
        "help you with?",
    ),
    "still_refuse": ("I completely understand your frustration. However, {why}",),
    "bye": ("You're very welcome! Thank you for choosing Juniper Air. Have a wonderful day!",),
}

_FAREWELLS = (("No, that's all. Bye.", "You are welcome. Goodbye!"), ("Okay, thank you.", "Thanks, and see you soon!"))
_TABLES = (WORDS, FORMAL, BREEZY, MODEL, wordings_further.TELEGRAM, wordings_further.WARM)
DEVELOPMENT = tuple(Wording(table, _FAREWELLS) for table in _TABLES)

_LEAVING = (("Alright, cheers, talk soon.", "My pleasure. So long!"), ("Hm, okay then.", "All the best to you!"))
HELD_OUT = tuple(Wording(table, _LEAVING) for table in (wordings_held_out.CONCIERGE, wordings_held_out.CLERK))
