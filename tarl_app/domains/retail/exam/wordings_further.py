"""Four more wordings of the development split: like a language model, warm, telegraphic, and chatty.

Rules may be written against them.
"""

from tarl_app.domains.retail.expert.wordings import WORDS

Table = dict[str, tuple[str, ...]]

MODEL: Table = {
    **WORDS,
    "ask_identity": (
        "I'd be happy to assist you with that! For security purposes, could you please provide the email address associated "
        "with your account? Alternatively, I can verify you with your full name and zip code.",
    ),
    "greet": ("Hello! I'm your virtual assistant. To get started, please share your email, or your name and zip code.",),
    "help": (
        "Thank you! I have successfully verified your identity. How may I assist you today?",
        "Great, you have been verified and everything is in order. What would you like me to do?",
    ),
    "no_email": (
        "Unfortunately, I was unable to locate an account associated with {email}. Could you please double-check the "
        "spelling, or provide your full name and zip code instead?",
    ),
    "no_name": ("I wasn't able to find a {name} with the zip code {zip}. Could you please verify both for me?",),
    "ask_order": ("Certainly! Could you please provide the order ID?",),
    "no_order": ("It appears that {order} does not exist in our system. Could you please double-check the order ID?",),
    "ask_content": ("Not a problem at all! I can look through your orders. Could you describe what you purchased?",),
    "no_content": ("I've reviewed all of your orders, but none contains that item. Could you clarify which one you mean?",),
    "ask_reason": ("Understood. Before I can process this, could you please let me know why you'd like to cancel?",),
    "ask_items": ("I've retrieved your order. It contains: {items}. Which of these would you like to proceed with?",),
    "ask_options": ("Certainly! Which specifications would you prefer for the {item} instead?",),
    "no_variant": (
        "I apologize, but the {item} isn't offered with {new}. Is there another configuration that would work for you?",
    ),
    "sold_out": (
        "I apologize for the inconvenience, but the {item} with {new} is currently unavailable. Would you like to consider "
        "an alternative option?",
    ),
    "still_sold_out": (
        "I completely understand your frustration, and I wish I had a better answer. However, the {item} with {new} remains "
        "unavailable, and I don't have a restock date to share.",
    ),
    "ask_refund": (
        "Of course! You can either be refunded to your original payment method or receive it on a gift card. Which would "
        "you prefer?",
    ),
    "ask_difference": ("There is a difference in price between these items. Which payment method should cover it?",),
    "no_method": ("I don't see that payment method on file. The available ones are {methods}. Which should be used?",),
    "ask_address": ("Certainly! Please provide the full new address, including city, state and zip code.",),
    "confirm_cancel": (
        "I have located your order. Here is a summary of the requested action: Order: {order}. Action: cancellation, "
        "{reason}. Refund: ${amount} to the original payment method. Would you like me to proceed with this? (yes/no)",
    ),
    "confirm_return": (
        "Here's what I'm about to do. Order: {order}. Items to return: {items}. Refund: ${amount} to {method}. Once "
        "submitted, you will receive an email with return instructions. Would you like me to proceed? (yes/no)",
    ),
    "confirm_exchange": (
        "Here are the details of the exchange. Order: {order}. Items: {swaps}. {difference} Please note that all items must "
        "be exchanged at once. Would you like me to proceed? (yes/no)",
    ),
    "confirm_modify": (
        "Here are the details of the modification. Order: {order}. Items: {swaps}. {difference} Please be aware that no "
        "further changes will be possible afterwards. Do you confirm?",
    ),
    "confirm_payment": ("Summary: order {order}, amount ${amount}, new payment method {method}. Do you confirm?",),
    "confirm_order_address": ("Summary: order {order}, new shipping address {address}. Do you confirm?",),
    "confirm_user_address": ("Summary: your default address will be updated to {address}. Do you confirm?",),
    "ask_change": ("No problem! I won't proceed with that. What would you like to adjust?",),
    "done_cancel": (
        "Your order {order} has been successfully cancelled. A refund of ${amount} will be issued {when}. Is there anything "
        "else I can assist you with today?",
    ),
    "done_return": (
        "Your return request has been successfully submitted! Your refund of ${amount} will be credited to {method} once we "
        "have received the items. Is there anything else I can assist you with today?",
    ),
    "done_exchange": (
        "Your exchange request for {order} has been successfully submitted. You'll receive an email shortly. Is there "
        "anything else I can assist you with today?",
    ),
    "done_modify": ("Order {order} has been successfully modified. Is there anything else I can assist you with?",),
    "done_payment": ("The payment method has been successfully updated to {method}. Is there anything else?",),
    "done_order_address": ("The shipping address of {order} has been successfully updated. Is there anything else?",),
    "done_user_address": ("Your default address has been successfully updated. Is there anything else?",),
    "tell": (
        "Thank you for your patience! I've checked this for you: {fact} Let me know if there's anything else you'd like to "
        "know!",
        "Certainly! {fact} Please let me know if you have any other questions.",
    ),
    "refuse": (
        "Thank you for reaching out about this. I understand this may be disappointing; however, {why} If there's anything "
        "else I can assist you with, please let me know.",
        "I appreciate your understanding in this matter: {why} I'll be glad to assist you with any other request.",
    ),
    "still_refuse": (
        "I hear your concern, and I sincerely apologize for any inconvenience this causes. As mentioned, {why}",
        "I completely understand where you're coming from. Our policy applies to all customers equally, and {why}",
    ),
    "more": ("Is there anything else I can assist you with today?", "Please let me know how else I may be of assistance."),
    "rephrase": ("I apologize, I'm not certain I understood. Could you please rephrase your request?",),
    "bye": ("You're very welcome! Thank you for being a valued customer. Have a wonderful day!",),
}

WARM: Table = {
    **WORDS,
    "ask_identity": ("Oh, of course, I'd love to help! Let me see who I've got here: your name and zip? Or an email?",),
    "help": ("Lovely, found you! Now tell me, how can I make your day a little easier?",),
    "no_email": ("Hmm, sorry love, {email} isn't coming up. Shall we try another one, or your name and zip?",),
    "no_name": ("Oh dear, {name} in {zip} isn't coming up. Would you say both once more for me?",),
    "ask_order": ("Oh no, sorry to hear that! We'll get to the bottom of it. Which order is it, do you have the number?",),
    "ask_content": ("Don't you worry, I'll hunt it down. What was inside?",),
    "ask_reason": ("That's quite all right, it happens to all of us! What's made you decide against it?",),
    "ask_items": ("Here it is, and nice choices too! {items}. Which of them is it about?",),
    "ask_options": ("Ooh, good idea. So what should the {item} be like instead?",),
    "no_variant": ("Oh, what a pity, a {item} with {new} doesn't exist. Is there one that would come close for you?",),
    "sold_out": ("Oh, what a shame! Everyone wanted the {item} with {new}, it's all gone. Might another one do?",),
    "still_sold_out": ("I'd give you mine if I had one, honestly! But the {item} with {new} is all gone.",),
    "ask_refund": ("Let's get your money back to you, then! Same way you paid, or would a gift card do nicely?",),
    "confirm_cancel": (
        "No trouble at all, let's get that off your plate. So that's {order}, {reason}, and your ${amount} comes home to "
        "you. Happy for me to do that?",
    ),
    "confirm_return": (
        "Sorry they didn't work out! So back to us go {items} ({order}), and ${amount} goes to {method}. Happy for me to do "
        "that?",
    ),
    "confirm_exchange": ("How exciting! So for {order}: {swaps}. {difference} Happy for me to do that?",),
    "confirm_modify": ("Right you are! {order}: {swaps}. {difference} We only get one go at it. Happy for me to do that?",),
    "confirm_payment": ("Right you are! {method} for {order}, that's ${amount}. Happy for me to do that?",),
    "confirm_order_address": ("Right you are! {order} comes to you at {address}. Happy for me to do that?",),
    "confirm_user_address": ("Congratulations on the move! {address}, then. Happy for me to put that on your account?",),
    "ask_change": ("No harm done, nothing's been touched! What should be different?",),
    "done_cancel": (
        "All taken care of, {order} is off, and you'll see ${amount} {when}. What else can I do for you, dear?",
    ),
    "done_return": ("All taken care of! Look out for our email, and {method} gets its ${amount}. What else can I do?",),
    "done_exchange": ("All taken care of, you're going to enjoy it! What else can I do for you?",),
    "done_modify": ("All taken care of, {order} is just how you wanted it. What else can I do for you?",),
    "done_payment": ("All taken care of, {method} it is. What else can I do for you?",),
    "done_order_address": ("All taken care of, it'll find you there. What else can I do for you?",),
    "done_user_address": ("All taken care of, I've got your new place down. What else can I do for you?",),
    "tell": ("Sure, let me have a peek. {fact} What else can I do for you?", "There you go: {fact} Does that help?"),
    "refuse": (
        "Oh, I really feel for you, and I'd love nothing more than to sort this out on the spot. The trouble is, {why} What "
        "else can I do for you?",
        "Thanks for asking so nicely! Sadly this is one of those things: {why}",
    ),
    "still_refuse": ("Bless you, I know how much it means to you. It stays the way it is, though: {why}",),
    "more": ("What else can I do for you?", "Does that help?"),
    "bye": ("Aw, it was lovely to chat. You take good care of yourself!", "Any time, dear. Bye-bye!"),
}

TELEGRAM: Table = {
    **WORDS,
    "ask_identity": ("Email? Or name plus zip.",),
    "help": ("Found. Request?", "Account open. Go on."),
    "no_email": ("{email}: no match. Other email? Or name plus zip.",),
    "no_name": ("{name}, {zip}: no match. Again?",),
    "ask_order": ("Order number?",),
    "no_order": ("{order}: no match. Number again?",),
    "ask_content": ("Contents?", "What was in it?"),
    "no_content": ("Not in any order of yours. Which item?",),
    "ask_reason": ("Reason?",),
    "ask_items": ("Contains {items}. Which?",),
    "ask_which": ("{items}. Which?",),
    "ask_options": ("New {item}: which options?",),
    "no_variant": ("{item}, {new}: not made. Alternative?",),
    "sold_out": ("{item}, {new}: zero in stock. Alternative?",),
    "still_sold_out": ("{item}, {new}: still zero in stock.",),
    "ask_refund": ("Refund to: original method or gift card?",),
    "ask_difference": ("Difference in price: which method?",),
    "ask_payment": ("New method?",),
    "ask_card": ("On file: {methods}. Which?",),
    "no_method": ("Not on file. On file: {methods}. Which?",),
    "ask_address": ("New address, complete?",),
    "confirm_cancel": ("Cancel {order}. Reason: {reason}. Refund: ${amount}. Yes?",),
    "confirm_return": ("Return {items}. Order {order}. Refund: ${amount}, {method}. Yes?",),
    "confirm_exchange": ("Exchange. Order {order}. {swaps}. {difference} Yes?",),
    "confirm_modify": ("Modify {order}. {swaps}. {difference} Final. Yes?",),
    "confirm_payment": ("{order}: ${amount}, {method}. Yes?",),
    "confirm_order_address": ("{order}: to {address}. Yes?",),
    "confirm_user_address": ("Account: {address}. Yes?",),
    "ask_change": ("Nothing done. Change what?",),
    "done_cancel": ("Cancelled. ${amount} back {when}. More?",),
    "done_return": ("Return requested. Instructions by email. More?",),
    "done_exchange": ("Exchange requested. More?",),
    "done_modify": ("Modified. More?",),
    "done_payment": ("Changed. More?",),
    "done_order_address": ("Changed. More?",),
    "done_user_address": ("Saved. More?",),
    "tell": ("{fact} More?", "{fact}"),
    "refuse": ("Denied: {why} More?", "{why}"),
    "still_refuse": ("Same answer. {why}", "Rules are rules. {why}"),
    "more": ("More?",),
    "rephrase": ("Unclear. Again?",),
    "bye": ("Bye.",),
}

CHATTY: Table = {
    **WORDS,
    "ask_identity": (
        "Okay, so, um, let me just pull you up on my screen here. Who am I talking to? Name and zip works, email works too.",
    ),
    "help": ("Awesome, got it, got it. Okay, you're in! So what are we doing today?",),
    "ask_order": ("Yeah, we can totally figure that out. What's the number on that order?",),
    "ask_content": ("Oh, that's fine, happens all the time. What'd you get in that one?",),
    "ask_reason": ("Yeah, no worries, I can do that. I just have to put something in here, so, um, how come?",),
    "ask_items": ("Okay, so I'm seeing, let's see, {items}. So which one are we, uh, which one's the problem?",),
    "ask_options": ("Okay, cool, cool. So for the {item}, what are you thinking?",),
    "no_variant": ("Huh. So, yeah, {item} with {new}, they don't actually do that. What else you got?",),
    "sold_out": ("Ah, shoot. Yeah, so the {item} with {new}, we're cleaned out. Anything else on there you'd go with?",),
    "still_sold_out": ("Yeah, no, I get it, I do. The {item} with {new}, though, I mean, there's just none.",),
    "ask_refund": ("Alright, and the money, d'you want that going back where it came from or on a gift card?",),
    "ask_difference": ("And, um, there's gonna be a bit of a price thing there. What should I put that on?",),
    "confirm_cancel": (
        "Okay, let me just, uh, read it back to you real quick: {order}, we're killing that one, {reason}, and that's "
        "${amount} coming back. We good?",
    ),
    "confirm_return": (
        "Okay, so real quick: {items}, off of {order}, you're shipping that back and it's ${amount} onto {method}. We good?",
    ),
    "confirm_exchange": ("Okay, so real quick: {order}, {swaps}. {difference} We good?",),
    "confirm_modify": ("Okay, so real quick: {order}, {swaps}. {difference} And, um, that's it after that. We good?",),
    "confirm_payment": ("Okay, so real quick: {order}, ${amount}, and that goes on {method}. We good?",),
    "confirm_order_address": ("Okay, so real quick: {order} goes out to {address}. We good?",),
    "confirm_user_address": ("Okay, so real quick: you're at {address} now. We good?",),
    "ask_change": ("Okay, no, that's fine, I didn't hit anything yet. What do you want different?",),
    "done_cancel": ("Aaand it's gone. {order}, done. ${amount} back {when}. Anything else going on?",),
    "done_return": ("Aaand that's in. They'll shoot you an email, and it's ${amount} on {method}. Anything else going on?",),
    "done_exchange": ("Aaand that's in, you're all set with the exchange. Anything else going on?",),
    "done_modify": ("Aaand that's in, {order} is good to go. Anything else going on?",),
    "done_payment": ("Aaand that's in, it's on {method}. Anything else going on?",),
    "done_order_address": ("Aaand that's in, they'll bring it over there. Anything else going on?",),
    "done_user_address": ("Aaand that's in, you're moved. Anything else going on?",),
    "tell": ("Yeah, so, okay: {fact} Anything else going on?", "Let me look, one sec. Okay. {fact}"),
    "refuse": (
        "Yeah, okay, so, I'll be straight with you: {why} Anything else going on?",
        "Right, okay. I see it here, and, yeah, so {why}",
    ),
    "still_refuse": ("I know, I know. I'd be annoyed too. It's just, {why}", "Okay, but here's the deal: {why}"),
    "more": ("Anything else going on?",),
    "bye": ("Alright, you have a good one!", "Sweet. Take it easy, bye!"),
}
