"""The scripted agent's wordings: short sentences, two or three for each act, with all values named."""

WORDS: dict[str, tuple[str, ...]] = {
    "ask_identity": (
        "I can help you with that. Could you give me your email address, or your name and zip code?",
        "Sure. First, what is your email address, or your name and zip code?",
        "Of course. May I have your email address, or your name and zip code, please?",
    ),
    "greet": (
        "Hello, how can I help you? Please tell me your email address, or your name and zip code.",
        "Hi, what can I do for you? I also need your email address, or your name and zip code.",
    ),
    "ask_zip": ("Thank you. And what is your zip code?", "Could you also tell me your zip code?"),
    "ask_name": ("Thank you. And what is your first and last name?", "Could you also tell me your full name?"),
    "no_email": (
        "I could not find an account with the email {email}. Could you spell it, or give me your name and zip code?",
        "There is no account under {email}. Is there another email, or may I have your name and zip code?",
    ),
    "no_name": (
        "I could not find an account for {name} with zip code {zip}. Could you spell your name and repeat the zip code?",
        "There is no account for {name} in zip code {zip}. Could you tell me your name and zip code again?",
    ),
    "help": (
        "Thank you, I found your account. How can I help you?",
        "Thanks, I have your account here. What can I do for you?",
    ),
    "ask_order": (
        "What is the order number?",
        "Could you give me the order number?",
        "Which order is it? Please tell me the order number.",
    ),
    "no_order": (
        "I could not find order {order}. Could you check the order number?",
        "There is no order {order}. Could you tell me the order number again?",
    ),
    "ask_content": ("No problem. What did you buy in that order?", "That is fine. Which item was in that order?"),
    "no_content": (
        "I could not find an order with that item in your account. Which item do you mean?",
        "None of your orders has that item. Could you tell me which item it is?",
    ),
    "ask_reason": (
        "What is the reason for the cancellation?",
        "May I ask why you want to cancel? Is it no longer needed, or was it ordered by mistake?",
        "Could you tell me the reason?",
    ),
    "ask_items": (
        "Which items do you mean? The order has {items}.",
        "In that order I see {items}. Which items are you talking about?",
    ),
    "ask_which": ("There are several of that kind: {items}. Which one do you mean?", "I see {items}. Which one is it?"),
    "ask_options": (
        "What would you like instead of the {item}?",
        "Which option would you like instead for the {item}?",
    ),
    "no_variant": (
        "I am sorry, the {item} with {new} does not exist. Which option would you like instead?",
        "We do not have the {item} with {new}. What would you like instead?",
    ),
    "sold_out": (
        "I am sorry, the {item} with {new} is out of stock. Would you like a different one? Which option?",
        "Unfortunately the {item} with {new} is sold out. Which other option would you like instead?",
    ),
    "still_sold_out": (
        "I understand, but the {item} with {new} is sold out and I cannot get it for you.",
        "I am really sorry, the {item} with {new} is out of stock. There is nothing I can do about that.",
    ),
    "ask_refund": (
        "Should the refund go to the original payment method or to a gift card?",
        "How would you like the refund: to the original payment method, or to a gift card?",
    ),
    "ask_difference": (
        "Which payment method should I use for the price difference?",
        "What payment method would you like to use for the difference in price?",
    ),
    "ask_payment": ("Which payment method should I change it to?", "What payment method would you like to use instead?"),
    "ask_card": (
        "Which payment method do you mean? I see {methods}.",
        "You have {methods}. Which payment method should it be?",
    ),
    "no_method": (
        "I cannot find that payment method in your account. I see {methods}. Which payment method should I use?",
        "That payment method is not in your account. You have {methods}. Which payment method should I use?",
    ),
    "ask_address": (
        "What is the new address, with street, city, state and zip code?",
        "Could you tell me the complete new address?",
    ),
    # --- proposals ------------------------------------------------------------------------------------------------------
    "confirm_cancel": (
        "To confirm: I cancel order {order}, {reason}, and ${amount} goes back to the original "
        "payment method. Is that right?",
        "I will cancel order {order}, {reason}, and refund ${amount} to the original payment method. Shall I go ahead?",
    ),
    "confirm_return": (
        "To confirm: you return {items} from order {order}, and ${amount} goes to {method}. Is that right?",
        "I will set up the return of {items} from order {order} and refund ${amount} to {method}. Shall I go ahead?",
    ),
    "confirm_exchange": (
        "To confirm: in order {order} I exchange {swaps}. {difference} Is that right?",
        "I will exchange {swaps} in order {order}. {difference} Shall I go ahead?",
    ),
    "confirm_modify": (
        "To confirm: in order {order} I change {swaps}. {difference} This can be done only once. Is that right?",
        "I will change {swaps} in order {order}. {difference} This works only once. Shall I go ahead?",
    ),
    "confirm_payment": (
        "To confirm: I change the payment of order {order}, ${amount}, to {method}. Is that right?",
        "I will move the payment of ${amount} for order {order} to {method}. Shall I go ahead?",
    ),
    "confirm_order_address": (
        "To confirm: order {order} goes to {address}. Is that right?",
        "I will send order {order} to {address}. Shall I go ahead?",
    ),
    "confirm_user_address": (
        "To confirm: the address of your account becomes {address}. Is that right?",
        "I will change the address in your account to {address}. Shall I go ahead?",
    ),
    "ask_change": (
        "All right, I will not do that. What should I change?",
        "Okay, I have not changed anything. What would you like instead?",
    ),
    # --- reports --------------------------------------------------------------------------------------------------------
    "done_cancel": (
        "Done, order {order} has been cancelled, and ${amount} goes back {when}. Is there anything else?",
        "Order {order} has been cancelled. You get ${amount} back {when}. Can I do anything else for you?",
    ),
    "done_return": (
        "Done, the return from order {order} has been requested. You will get an email with "
        "instructions. Is there anything else?",
        "The return has been requested, and ${amount} goes to {method}. Details come by email. Can "
        "I do anything else for you?",
    ),
    "done_exchange": (
        "Done, the exchange for order {order} has been requested. Is there anything else?",
        "The exchange has been requested for order {order}. Can I do anything else for you?",
    ),
    "done_modify": (
        "Done, the items of order {order} have been changed. Is there anything else?",
        "Order {order} has been changed. Can I do anything else for you?",
    ),
    "done_payment": (
        "Done, the payment of order {order} has been changed to {method}. Is there anything else?",
        "Order {order} has been changed to {method}. Can I do anything else for you?",
    ),
    "done_order_address": (
        "Done, the address of order {order} has been changed. Is there anything else?",
        "Order {order} has been updated with the new address. Can I do anything else for you?",
    ),
    "done_user_address": (
        "Done, the address of your account has been changed. Is there anything else?",
        "Your account has been updated with the new address. Can I do anything else for you?",
    ),
    # --- answers --------------------------------------------------------------------------------------------------------
    "tell": ("{fact} Is there anything else?", "{fact} Can I do anything else for you?"),
    # --- refusals -------------------------------------------------------------------------------------------------------
    "refuse": (
        "I am sorry, {why} Is there anything else I can do for you?",
        "I am afraid {why} Can I help you with anything else?",
    ),
    "still_refuse": (
        "I understand, but {why} I cannot make an exception.",
        "I am really sorry, but {why} There is no way around that.",
    ),
    # --- the rest -------------------------------------------------------------------------------------------------------
    "more": ("Is there anything else I can do for you?", "Can I help you with anything else?"),
    "told": ("{fact}",),
    "ask_about": (
        "I will come to {topic}. First, what can I do for you with order {number}?",
        "Before we come to {topic}: what should I do with order {number}?",
    ),
    "announce_transfer": (
        "For the other matter, {topic}, I will connect you with a colleague. Is that all right?",
        "About {topic} I can only connect you with a colleague. Shall I do that now?",
    ),
    "ask_product": ("Which one do you mean: {names}?", "There are {names}. Which one do you mean?"),
    "not_in_order": (
        "I see no {item} in order {order}, only {items}. Which item do you mean?",
        "Order {order} has no {item}. It has {items}. Which of these do you mean?",
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
    "bye": ("You are welcome. Goodbye!", "Thank you for calling. Goodbye!", "Glad I could help. Have a nice day!"),
}
