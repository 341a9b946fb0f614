"""A wording of the development split: the first held-out one, moved here when its cases were looked at."""

RETIRED: dict[str, tuple[str, ...]] = {
    "ask_identity": (
        "Happy to look into it. Who am I speaking with, and what's your zip? An email works too.",
        "No problem at all. Before we start I have to verify you: full name plus zip, or the email we have for you?",
    ),
    "greet": (
        "Good day, you've reached customer care. Who do I have on the line, and which zip code are you in?",
        "Hi there! Let's get you verified first: your email, or your name along with your postal code.",
    ),
    "ask_zip": ("Lovely, and the zip that goes with that?", "Great, now I only need your postal code."),
    "ask_name": ("Lovely, and under which name?", "Great, now I only need your first and last name."),
    "no_email": (
        "Hmm, {email} doesn't bring anybody up on my side. Would you spell it for me, or try name and zip instead?",
        "I'm drawing a blank with {email}. Shall we try it with your name and zip code?",
    ),
    "no_name": (
        "Hmm, nobody called {name} comes up in {zip}. Would you double-check that for me?",
        "I'm drawing a blank with {name}, {zip}. Is either of those perhaps different on your account?",
    ),
    "help": ("There you are, I've found you. What brings you here today?", "Perfect, you're verified. So, what's up?"),
    "ask_order": (
        "Do you happen to have the number of that order?",
        "Which one is it? It starts with a W and has seven digits.",
    ),
    "no_order": (
        "Order {order} isn't coming up. Mind reading it to me once more?",
        "My system knows nothing under {order}. Might a digit be off?",
    ),
    "ask_content": (
        "That's all right, we'll find it. What was in the parcel?",
        "We can search for it. What had you bought?",
    ),
    "no_content": (
        "I've gone through your orders and that isn't in any of them. Could it be called something else?",
        "Your orders don't include that one. Which article was it exactly?",
    ),
    "ask_reason": (
        "I have to note down why. Did you order it by accident, or do you simply not need it any more?",
        "And what's behind the cancellation, if you don't mind me asking?",
    ),
    "ask_items": (
        "I've got it open: it holds {items}. Which of these are we talking about?",
        "There's {items} in there. Point me to the right one, please.",
    ),
    "ask_which": ("I can see more than one of those: {items}. Which?", "It could be any of these: {items}. Which is it?"),
    "ask_options": ("And what should the new {item} be like?", "Sure. How would you like the replacement {item}?"),
    "no_variant": (
        "That particular {item}, {new}, isn't something we make. Any other version you'd go for?",
        "I'm looking at the range and there's no {item} with {new}. What else might suit you?",
    ),
    "sold_out": (
        "Ah, bad luck: the {item} with {new} has run out. Would some other version do?",
        "The {item} with {new} exists, only there's none left at present. Anything else you'd take?",
    ),
    "still_sold_out": (
        "I do see why you'd want it, yet there simply are no {item}s with {new} left on the shelf.",
        "Wish I could conjure one up, but the {item} with {new} is gone for now.",
    ),
    "ask_refund": (
        "Where should the money go: back the way you paid, or onto a gift card?",
        "Do you want that back on what you paid with, or as gift card balance?",
    ),
    "ask_difference": (
        "The prices aren't identical. What shall the difference be settled with?",
        "For whatever the difference comes to, which of your payment methods do we take?",
    ),
    "ask_payment": ("And how would you rather pay for it?", "What are we moving it to?"),
    "ask_card": ("On your account I find {methods}. Which do we take?", "You've stored {methods}. Your pick?"),
    "no_method": (
        "That one isn't stored with us. What I find is {methods}. Which of them?",
        "I'm only seeing {methods}. Would one of them be okay?",
    ),
    "ask_address": ("Of course. Where to, in full please?", "Sure thing, go ahead with the whole address."),
    "confirm_cancel": (
        "Let me read that back. {order} gets called off, {reason}, with ${amount} returned as you paid. Are you on board?",
        "So I'd be cancelling {order} {reason}; you'd see ${amount} again on your payment method. Good to go?",
    ),
    "confirm_return": (
        "Let me read that back. From {order} you're sending back {items}; ${amount} lands on {method}. Are you on board?",
        "So that'd be a return of {items} ({order}), and {method} gets ${amount}. Good to go?",
    ),
    "confirm_exchange": (
        "Let me read that back. On {order} we swap {swaps}. {difference} Are you on board?",
        "So on {order} that would be an exchange of {swaps}. {difference} Good to go?",
    ),
    "confirm_modify": (
        "Let me read that back. On {order} we swap {swaps}. {difference} It's a one-time thing. Are you on board?",
        "So {order} would change as follows: {swaps}. {difference} Mind you, no second round after that. Good to go?",
    ),
    "confirm_payment": (
        "Let me read that back. {order} is then paid, all ${amount} of it, by {method}. Are you on board?",
        "So {method} takes over the ${amount} of {order}. Good to go?",
    ),
    "confirm_order_address": (
        "Let me read that back. {order} ships to {address}. Are you on board?",
        "So {order} would travel to {address} instead. Good to go?",
    ),
    "confirm_user_address": (
        "Let me read that back. From now on you live at {address}. Are you on board with me saving that as your address?",
        "So {address} becomes your default address. Good to go?",
    ),
    "ask_change": ("Fine, I've left everything as it was. What then?", "Understood, nothing has happened yet. How else?"),
    "done_cancel": (
        "That's it: {order} is off, and ${amount} is on its way back to you {when}. What else is on your mind?",
        "Consider {order} cancelled. ${amount} returns to you {when}. Was there more?",
    ),
    "done_return": (
        "That's it, the return is in the system. Watch your inbox for the label. What else is on your mind?",
        "Your return has gone through; {method} receives ${amount} once the parcel is back. Was there more?",
    ),
    "done_exchange": (
        "That's it, the exchange on {order} is in the system. What else is on your mind?",
        "Your exchange has gone through for {order}. Was there more?",
    ),
    "done_modify": (
        "That's it, {order} now holds what you wanted. What else is on your mind?",
        "Your changes to {order} have gone through. Was there more?",
    ),
    "done_payment": (
        "That's it, {method} is now what pays for {order}. What else is on your mind?",
        "The switch has gone through: {order} runs on {method}. Was there more?",
    ),
    "done_order_address": (
        "That's it, {order} has its new destination. What else is on your mind?",
        "The new destination of {order} has gone through. Was there more?",
    ),
    "done_user_address": (
        "That's it, your new address is saved. What else is on your mind?",
        "Your account now carries the new address. Was there more?",
    ),
    "tell": ("Here's what my screen says. {fact} What else is on your mind?", "Let me see. {fact} Was there more?"),
    "refuse": (
        "I wish I had better news: {why} What else could I do for you today?",
        "I understand the wish. Still, {why} Is there another thing I could look at?",
    ),
    "still_refuse": (
        "I know that's disappointing. The answer stays the same: {why}",
        "Believe me, I'd love to. Even so, {why}",
    ),
    "more": ("What else is on your mind?", "Was there more?"),
    "rephrase": (
        "I'm not sure I followed. What is it you'd like done?",
        "Come again? I'd like to be certain what you need.",
    ),
    "bye": ("All the best to you!", "My pleasure. So long!", "Lovely talking to you. Enjoy the rest of your day!"),
}
