"""The agent's wordings in the exam: those of the development split, against which rules may be written, and the
held-out ones.
"""

from tarl_app.core.domain import Wording
from tarl_app.domains.retail.exam import wordings_further, wordings_held_out, wordings_retired
from tarl_app.domains.retail.expert.wordings import WORDS

_DEVELOPMENT: dict[str, tuple[str, ...]] = {
    **WORDS,
    "ask_identity": (
        "Gladly. To find your account, what's your name and zip code, or your email?",
        "I can do that. May I ask who is calling? I need an email, or a name with the zip code.",
    ),
    "confirm_cancel": (
        "So we call off {order} {reason}, and ${amount} comes back to you the way you paid. Do I have your okay?",
        "Just to be safe: {order} will be withdrawn {reason}, refund ${amount}. Are you fine with that?",
    ),
    "confirm_return": (
        "So {items} from {order} come back to us and you receive ${amount} on {method}. Do I have your okay?",
        "Just to be safe: we take back {items} out of {order}; ${amount} will be paid to {method}. Are you fine with that?",
    ),
    "confirm_exchange": (
        "So in {order} you trade {swaps}. {difference} Do I have your okay?",
        "Just to be safe: for {order}, {swaps}. {difference} Are you fine with that?",
    ),
    "confirm_modify": (
        "So {order} will have {swaps}. {difference} That can't be altered later. Do I have your okay?",
        "Just to be safe: for {order}, {swaps}, only this once. {difference} Are you fine with that?",
    ),
    "confirm_payment": (
        "So {order} with its ${amount} goes on {method} from now on. Do I have your okay?",
        "Just to be safe: ${amount} for {order} will come from {method}. Are you fine with that?",
    ),
    "confirm_order_address": (
        "So the parcel of {order} is going to {address}. Do I have your okay?",
        "Just to be safe: {order}, new destination {address}. Are you fine with that?",
    ),
    "confirm_user_address": (
        "So I note {address} as where you live. Do I have your okay?",
        "Just to be safe: your account, new home {address}. Are you fine with that?",
    ),
    "done_cancel": (
        "There we go, {order} won't be shipped and you get ${amount} {when}. Can I help with more?",
        "All sorted: {order} is withdrawn. Expect ${amount} {when}. Anything further?",
    ),
    "done_return": (
        "There we go, your return is booked and {method} will be credited. Can I help with more?",
        "All sorted: send the things back with the label we mail you, then ${amount} is yours. Anything further?",
    ),
    "done_exchange": ("There we go, the swap in {order} is booked. Can I help with more?", "All sorted. Anything further?"),
    "done_modify": ("There we go, {order} has what you asked for. Can I help with more?", "All sorted. Anything further?"),
    "done_payment": ("There we go, {order} is on {method} now. Can I help with more?", "All sorted. Anything further?"),
    "done_order_address": ("There we go, it will be sent there. Can I help with more?", "All sorted. Anything further?"),
    "done_user_address": ("There we go, I have noted it. Can I help with more?", "All sorted. Anything further?"),
    "tell": ("I've checked: {fact} Can I help with more?", "{fact} Anything further?"),
    "refuse": (
        "That's a no, I'm sorry to say: {why} Can I help with more?",
        "I'd do it if I could. But {why} Anything further?",
    ),
    "still_refuse": ("I hear you. Nevertheless, {why}", "It would break our rules, and {why}"),
    "more": ("Can I help with more?", "Anything further?"),
    "bye": ("Thanks, and see you soon!", "You're welcome. Have a lovely evening!"),
}

_FORMAL: dict[str, tuple[str, ...]] = {
    **WORDS,
    "ask_identity": ("Certainly. Kindly state your e-mail address, or else your full name and zip code.",),
    "help": ("Thank you, your record is open before me. In what matter may I assist?",),
    "ask_order": ("Kindly state the order number.",),
    "ask_reason": ("For what reason do you wish to cancel?",),
    "ask_refund": ("To which means of payment may the sum be returned: the one used, or a gift card?",),
    "confirm_cancel": (
        "I shall now revoke order {order}, {reason}; the sum of ${amount} will be returned to you. May I proceed?",
        "You wish order {order} to be annulled, {reason}. The refund is ${amount}. Please say yes if that is in order.",
    ),
    "confirm_return": (
        "I note: {items} of order {order} to be given back, ${amount} to be remitted to {method}. May I proceed?",
        "You will post {items} of order {order} to us and ${amount} will be remitted to {method}. Is that in order?",
    ),
    "confirm_exchange": ("I note for order {order}: {swaps}. {difference} May I proceed?",),
    "confirm_modify": ("I note for order {order}: {swaps}. {difference} It is final. May I proceed?",),
    "confirm_payment": ("I note: order {order}, ${amount}, henceforth {method}. May I proceed?",),
    "confirm_order_address": ("I note: the recipient's address for {order} shall be {address}. May I proceed?",),
    "confirm_user_address": ("I note your residence as {address}. May I proceed?",),
    "done_cancel": ("The matter is concluded: {order} stands annulled. ${amount} will reach you {when}. Any other matter?",),
    "done_return": ("The return stands recorded. ${amount} will be remitted to {method}. Any other matter?",),
    "done_exchange": ("The exchange for {order} stands recorded. Any other matter?",),
    "done_modify": ("Order {order} stands amended. Any other matter?",),
    "done_payment": ("Order {order} is henceforth paid by {method}. Any other matter?",),
    "done_order_address": ("The recipient's address for {order} stands amended. Any other matter?",),
    "done_user_address": ("Your residence stands amended. Any other matter?",),
    "tell": ("According to our records: {fact} Any other matter?",),
    "refuse": ("Regrettably this must be declined: {why} Any other matter?", "Our rules do not permit it: {why}"),
    "still_refuse": ("I regret to repeat myself: {why}",),
    "sold_out": ("Regrettably the {item} with {new} is not in stock. Which alternative may I note?",),
    "more": ("Any other matter?",),
    "bye": ("We remain at your service. Goodbye.", "I thank you for your call."),
}
_BREEZY: dict[str, tuple[str, ...]] = {
    **WORDS,
    "ask_identity": ("On it! Just tell me who you are: name and zip, or email, whichever is quicker.",),
    "help": ("Got you! So what's going on?", "All done with the security bit. What do you need?", "You're all set. Shoot!"),
    "ask_order": ("Which order? Shoot me the number.",),
    "ask_refund": ("Cash back the way it came, or a gift card instead?",),
    "confirm_cancel": (
        "Okay, scrapping {order}, {reason}, ${amount} back in your pocket. Yes?",
        "{order} gone, {reason}, and you get ${amount}. Cool with you?",
    ),
    "confirm_return": (
        "Okay, {items} out of {order}, ${amount} onto {method}. Yes?",
        "{items} back, {order}, ${amount} to {method}?",
    ),
    "confirm_exchange": ("Okay, {order}: {swaps}. {difference} Cool with you?",),
    "confirm_modify": ("Okay, {order}: {swaps}. {difference} One shot only. Cool with you?",),
    "confirm_payment": ("Okay, {order}, ${amount}, now on {method}. Cool with you?",),
    "confirm_order_address": ("Okay, {order} heads over to {address}. Cool with you?",),
    "confirm_user_address": ("Okay, so home is {address} now. Cool with you?",),
    "done_cancel": ("Boom, {order} is history. ${amount} comes back {when}. What next?",),
    "done_return": ("Boom, return's in. {method} gets the ${amount}. What next?",),
    "done_exchange": ("Boom, swap's in. What next?",),
    "done_modify": ("Boom, {order} is tweaked. What next?",),
    "done_payment": ("Boom, {order} sits on {method}. What next?",),
    "done_order_address": ("Boom, new drop-off for {order}. What next?",),
    "done_user_address": ("Boom, new home noted. What next?",),
    "tell": ("So: {fact} What next?", "Looking at it now. {fact}"),
    "refuse": ("Ah, that one's a no from me. {why} What next?", "Nope, can't swing it: {why}"),
    "still_refuse": ("Still a no, I'm afraid. {why}",),
    "more": ("What next?",),
    "bye": ("Ciao!", "Cheers, take it easy!"),
}

_WORDY: dict[str, tuple[str, ...]] = {
    **WORDS,
    "ask_identity": (
        "Thanks so much for calling us today, I'll gladly help! First things first, though: name and zip, or your email?",
        "Sure thing. It's always safety first here, so before I touch anything I'd need your name and zip, or an email.",
    ),
    "help": ("Wonderful, that all checks out, so we're good to start. What would you like help with today?",),
    "ask_order": ("Absolutely, we can have a look at that together. What number is on the order?",),
    "ask_items": ("Right, I'm looking at it this very second: {items}. Tell me which ones you'd like to talk about.",),
    "ask_reason": ("Sure. Just so it's recorded properly: what made you change your mind about it?",),
    "ask_refund": ("Happy to. Would you like the money where it came from, or would a gift card be nicer for you?",),
    "ask_difference": ("Happy to. There might be a small difference in price, so which card or account shall it be?",),
    "confirm_cancel": (
        "Alright, so before I do anything final, let me make sure: {order} cancelled {reason}, and then ${amount} "
        "would find its way back to you. Did I get all of that right?",
    ),
    "confirm_return": (
        "Alright, so before I do anything final, let me make sure: {items}, from {order}, and then ${amount} would find its "
        "way back to {method}. Did I get all of that right?",
    ),
    "confirm_exchange": (
        "Alright, before I do anything final: {order}, {swaps}. {difference} Did I get all of that right?",
    ),
    "confirm_modify": (
        "Alright, before I do anything final: {order}, {swaps}. {difference} It stays like that after today. Right?",
    ),
    "confirm_payment": ("Alright, before I do anything final: {order}, ${amount}, {method}. Did I get all of that right?",),
    "confirm_order_address": ("Alright, before I do anything final: {order}, {address}. Did I get all of that right?",),
    "confirm_user_address": ("Alright, before I do anything final: you, {address}. Did I get all of that right?",),
    "done_cancel": (
        "Wonderful, that worked on the first try! {order} is cancelled and the ${amount} will be back with you {when}. "
        "Is there some other thing I can help you with today?",
    ),
    "done_return": (
        "Wonderful, that worked on the first try! You'll have an email from us with everything you need, and then {method} "
        "gets the ${amount}. Is there some other thing I can help you with today?",
    ),
    "done_exchange": ("Wonderful, that worked on the first try! Is there some other thing I can help you with today?",),
    "done_modify": ("Wonderful, that worked! {order} is as you like it. Some other thing I can help you with today?",),
    "done_payment": ("Wonderful, that worked! From today it's {method}. Some other thing I can help you with today?",),
    "done_order_address": ("Wonderful, that worked! Some other thing I can help you with today?",),
    "done_user_address": ("Wonderful, that worked! Some other thing I can help you with today?",),
    "tell": ("Sure, I'm happy to tell you that. {fact} Is there some other thing I can help you with today?",),
    "refuse": (
        "I'd be more than happy to do that for you, believe me, and I'll gladly explain why it doesn't work: {why} "
        "Is there some other thing I can help you with today?",
        "Okay, thank you for waiting so patiently today. Sadly, here is the thing: {why}",
    ),
    "still_refuse": ("Sure, I see your point, and I'd be cross as well. Then again, {why}",),
    "sold_out": ("Let's see what we have today. The {item} with {new} just sold out, sadly. Would some other one be fine?",),
    "more": ("Is there some other thing I can help you with today?",),
    "bye": ("It's been a real treat talking to you today, all the best!", "Perfect, then we're done here. Bye now!"),
}

_FAREWELLS = (("No, that's all. Bye.", "You are welcome. Goodbye!"), ("Okay, thank you.", "Thanks, and see you soon!"))
_TABLES = (_DEVELOPMENT, _FORMAL, _BREEZY, _WORDY)
_FURTHER = (
    wordings_further.MODEL,
    wordings_further.WARM,
    wordings_further.TELEGRAM,
    wordings_further.CHATTY,
    wordings_retired.RETIRED,
)
DEVELOPMENT = tuple(Wording(table, _FAREWELLS) for table in (*_TABLES, *_FURTHER))

_LEAVING = (("Alright, cheers, talk soon.", "My pleasure. So long!"), ("Hm, okay then.", "All the best to you!"))
HELD_OUT = tuple(Wording(table, _LEAVING) for table in (wordings_held_out.CONCIERGE, wordings_held_out.CLERK))
