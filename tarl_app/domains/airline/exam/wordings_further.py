"""Two more wordings of the development split: telegraphic, and warm. Rules may be written against them."""

from tarl_app.domains.airline.expert.wordings import WORDS

Table = dict[str, tuple[str, ...]]

TELEGRAM: Table = {
    **WORDS,
    "ask_identity": ("Need your customer number.",),
    "help": ("OK, got it. Your wish?",),
    "ask_code": ("Code of the reservation, please.",),
    "ask_reason": ("Why?",),
    "confirm_book": ("{kind}, {ends}, {cabin}, {flights}, {people}, {bags}, {insurance}, ${amount}, {methods}. OK?",),
    "confirm_cancel": ("Cancel {code}, ${amount} to {methods}. OK?",),
    "confirm_flights": ("{code}: {flights}. {difference} OK?",),
    "confirm_cabin": ("{code}: {cabin}. {difference} OK?",),
    "confirm_passenger": ("{code}: {old} off, {new} on. OK?",),
    "confirm_bags": ("{code}: {bags} extra, {total} then. {due} OK?",),
    "confirm_compensation": ("{what} flight: ${amount} certificate. OK?",),
    "done_book": ("Trip is {code}. More?",),
    "done_cancel": ("{code} gone. ${amount} {when}. More?",),
    "done_flights": ("{code} done. More?",),
    "done_passenger": ("{code} done. More?",),
    "done_bags": ("{code} done. More?",),
    "done_compensation": ("${amount} sent. More?",),
    "tell": ("{fact} More?",),
    "refuse": ("Sorry: {why} More?",),
    "still_refuse": ("Again: {why}",),
    "more": ("More?",),
    "bye": ("Over and out.", "Bye now."),
}

WARM: Table = {
    **WORDS,
    "ask_identity": ("Oh, I'd love to help you with that, dear! Which customer number are you under?",),
    "help": ("There we have you, how lovely! So, tell me, what can I do?",),
    "ask_code": ("And do you happen to have the reservation code in front of you, dear?",),
    "ask_reason": ("Oh, that's a pity! May I ask why?",),
    "confirm_book": (
        "How exciting! So {people} would go {ends}, {kind} in {cabin}: {flights}, with {bags} and {insurance}. It's "
        "${amount} on {methods}. Does that sound good?",
    ),
    "confirm_cancel": ("So I'd let go of {code}, and cancel everything, and ${amount} comes home to {methods}. Alright?",),
    "confirm_flights": ("So on {code} you'd be with {flights} then. {difference} Does that sound good?",),
    "confirm_cabin": ("So on {code} you'd sit in {cabin} then, how nice. {difference} Does that sound good?",),
    "confirm_passenger": ("So on {code}, {new} would come along and {old} would stay home. Does that sound good?",),
    "confirm_bags": ("So there'd be {bags} more on {code}, and {total} with the rest. {due} Does that sound good?",),
    "confirm_compensation": (
        "Oh dear, {what}, that must have been a nuisance! For {code} you'd get a certificate of ${amount}. Sounds good?",
    ),
    "done_book": ("Hooray, you're going! It's {code}. Was there something else on your mind?",),
    "done_cancel": ("There, {code} is cancelled, and ${amount} comes back {when}. Was there something else on your mind?",),
    "done_flights": ("There, {code} is as you like it now. Was there something else on your mind?",),
    "done_passenger": ("There, {code} has the right names now. Was there something else on your mind?",),
    "done_bags": ("There, plenty of room on {code} now. Was there something else on your mind?",),
    "done_compensation": ("There, the ${amount} is with you now. Was there something else on your mind?",),
    "tell": ("Let me see, dear. {fact} Was there something else on your mind?",),
    "refuse": ("Oh, I'm so sorry to disappoint you, dear, but {why} Was there something else on your mind?",),
    "still_refuse": ("I'd be just as sad, believe me, and still {why}",),
    "more": ("Was there something else on your mind?",),
    "bye": ("It was lovely talking to you. Take good care!", "Lovely. Enjoy your trip, dear!"),
}
