"""Wordings that no training dialogue contains (see ``phrasings``); the same acts and slots as in ``phrasings_seen``."""

_WANT = "[I was hoping to|I wish to|I'm looking to|I was wondering whether I could|I'm writing because I should]"
_POSSIBLE = "[Is it possible to|Would it be possible to|How do I|May I]"
_YEP = "[Yep|Absolutely|Right|Gladly]"

HELD_OUT: dict[str, tuple[str, ...]] = {
    "hello": (
        "[Hey|Hey there|Good evening|Good day].",
        "[Hey|Good evening], [there's something I need sorted out.|got a minute?|I've got a question for you.]",
    ),
    "hello.terse": ("", "Hey."),
    "hello.chatty": ("[Hey|Good evening], [it's lovely to reach a friendly voice|what a relief to get hold of someone].",),
    "hello.impatient": ("", "[Hey|Right], [I've got a meeting in five minutes|I've been on hold forever]."),
    "hello.hesitant": ("[Hey|Good evening], [I've never done this before|I'm a little lost here].",),
    "want.cancel_order": (
        _WANT + " cancel {order}.",
        _POSSIBLE + " cancel {order}?",
        "[Let's cancel|You need to cancel|Would you cancel] {order}[ right away|].",
    ),
    "want.cancel_order.terse": ("Need to cancel {order}.", "Cancellation of {order}."),
    "want.return_items": (
        _WANT + " return {items}[ from {order}|].",
        _POSSIBLE + " return {items}[ from {order}|]?",
        "[I'd like to send back|I want to send back] {items}[ from {order}|].",
    ),
    "want.return_items.terse": ("Need to return {items}.", "Returning {items}."),
    "want.exchange_items": (
        _WANT + " exchange {items}[ from {order}|].",
        _POSSIBLE + " exchange {items}[ from {order}|]?",
        "[I'd like to swap|I want to swap] {items}[ from {order}|].",
    ),
    "want.exchange_items.terse": ("Need to exchange {items}.", "Swap {items}."),
    "want.modify_items": (
        _WANT + " change {items} in {order}[ while I still can|].",
        _POSSIBLE + " change {items} in {order}?",
        "Before it goes out, [let's|please] change {items} in {order}.",
    ),
    "want.modify_items.terse": ("Need to change {items} in {order}.", "Different version of {items} in {order}."),
    "want.modify_payment": (
        _WANT + " change the payment method for {order}[ today|].",
        _POSSIBLE + " change how I pay for {order}?",
        "[Let's|Please] move the payment for {order} to a different method.",
    ),
    "want.modify_payment.terse": ("Need a different payment method for {order}.", "Different payment for {order}."),
    "want.modify_order_address": (
        _WANT + " change the [shipping|delivery] address on {order}.",
        _POSSIBLE + " ship {order} to another address?",
        "[Let's|You need to] change where {order} is delivered, it needs another address.",
    ),
    "want.modify_order_address.terse": ("Need another delivery address for {order}.", "Ship {order} to another address."),
    "want.modify_user_address": (
        _WANT + " change my [home|default] address on file.",
        "[Would you|Is it possible to] change the address you have on file for me? I live somewhere else now.",
        "I've got a new place, so my account needs the new address.",
    ),
    "want.modify_user_address.terse": ("Change my address on file.", "My account needs a new address."),
    "instead": ("[What I want is|I'd rather have|I would like to get|I was thinking of] {new} instead.",),
    "with": ("[Charge it to|I'd rather use|Take|Best to use] {payment}.",),
    "next": (
        "[Perfect|Cool|Super|Excellent][. Another thing|. And something different|].",
        "[Perfect|Cool|Super], [thanks|cheers].",
    ),
    "next.terse": ("Good. Another thing.", "And another thing."),
    "next.chatty": (
        "[Fantastic|Brilliant|Splendid], [you're a star|bless you]. [And another thing.|Now, something different.]",
    ),
    "next.impatient": ("[Right|Finally]. [Another thing.|Moving on.]",),
    "give.name": (
        "[You can find me as|I go by|I'm registered as|The account is for] {name}.",
        _YEP + ", [the name's|that's|I am] {name}.",
    ),
    "give.name.terse": ("Name: {name}.",),
    "give.zip": (
        "[My postal code is|The postcode is|Zip code would be|I live in] {zip}.",
        _YEP + ", [that's|zip's|the postcode's] {zip}.",
    ),
    "give.zip.terse": ("{zip}, okay.",),
    "give.name_zip": (
        "[You can find me as|The account is for|I'm registered as] {name}[, postal code|, my "
        "postcode is|, living in] {zip}.",
        _YEP + ", [the name's|that's] {name}[, with zip code|, in zip] {zip}.",
    ),
    "give.name_zip.terse": ("{name} in {zip}.", "{name}. {zip}."),
    "give.email": (
        "[Look under|I signed up with|The email on file should be|That would be] {email}.",
        _YEP + ", [that's|try|look for] {email}.",
    ),
    "give.email.terse": ("Email: {email}.",),
    "no_email": ("[I've forgotten|I lost track of|No clue about] the email. {rest}",),
    "oops": (
        "[Whoops|Ah|Ugh], [I told you the wrong thing|I was looking at an old note]. {rest}",
        "[Ah|Right], scratch that. {rest}",
    ),
    "again": ("[I'll say it slowly.|As I said:] {rest}", "[Weird.|Did you type it right?] {rest}"),
    "spell.name_zip": (
        "[Letter by letter|Write this down]: {name}, {first_letters}, {last_letters}, [postal code|in] {zip}.",
        "[The surname goes|Surname] {last_letters}, [given name|and I go by] {first}, {first_letters}. [Postcode|In] {zip}.",
    ),
    "spell.name_zip.terse": ("Name: {name}, {first_letters}, {last_letters}. In {zip}.",),
    "spell.name": ("[Letter by letter|Write this down]: {name}, {first_letters}, {last_letters}.",),
    "spell.email": ("[Letter by letter|Spelled out], {email_letters}.", "[Write down|Look for] {email_letters}."),
    "give.order": (
        "[I have it here:|That would be|Order number|It says here] {order_id}.",
        _YEP + ", [I've got|here it is:|order number] {order_id}.",
    ),
    "give.order.terse": ("Number {order_id}.",),
    "no_order": (
        "[No clue what the number is|I lost the number|I've deleted the email with the number]. I "
        "bought {items} in that one.",
        "I can't tell you the number, but [there should be|there was] {items} in it.",
    ),
    "no_order.terse": ("No clue. {items} was in it.",),
    "give.reason.no_longer_needed": (
        "[I've got|I have] no use for it [now|these days]. It is no longer needed.",
        "[I can do without it|I found another one], so I do not need it now.",
    ),
    "give.reason.no_longer_needed.terse": ("Not needed any longer.",),
    "give.reason.ordered_by_mistake": (
        "[That was|It must have been] an accidental order.",
        "[I clicked the wrong button|My kid pressed buy], so it was ordered mistakenly.",
    ),
    "give.reason.ordered_by_mistake.terse": ("Ordered accidentally.",),
    "give.reason.other": ("[It just doesn't suit me|I'm not happy with it].",),
    "give.payment": (
        "[Take|Charge|Go with|Let's go with] {payment}[, if possible|].",
        "[I'd rather have it on|Best would be] {payment}.",
    ),
    "give.payment.terse": ("On {payment}.",),
    "give.items": ("[I'm talking about|That's|It concerns] {items}.", "[Only|Simply] {items}[, nothing else from it|]."),
    "give.items.terse": ("Only {items}.",),
    "give.new": ("[I'm after|What I want is|I was thinking of|Go with] {new}.", "[How about|I'd love] {new}."),
    "give.new.terse": ("Go with {new}.",),
    "give.address": ("[Send it to|That'd be|Write down] {address}.", _YEP + ", [here goes:|that's] {address}."),
    "give.address.terse": ("To {address}.",),
    "fallback": (
        "[Ah, I see|What a shame|Bummer]. [My second choice is|Plan B is|I'd settle for] {new}.",
        "[If that's gone|If you don't have it], [go with|I'd settle for] {new}.",
    ),
    "fallback.terse": ("Second choice: {new}.",),
    "yes": (
        "[Absolutely|Correct|Exactly|Yep|Indeed][, all good|, let's do it|, proceed|].",
        "[Yep|Okay], [all correct|you can proceed|that works for me].",
    ),
    "yes.terse": ("Yep.", "Correct.", "Proceed."),
    "yes.chatty": ("[Absolutely|Exactly], [that works beautifully|couldn't be better], [let's do it|proceed].",),
    "yes.impatient": ("[Yep|Correct], [hurry up|proceed already].",),
    "no": ("[Nope|Hang on|Not yet], [you've got that wrong|there's an error]. {rest}", "[Nope|Not so fast]. {rest}"),
    "no.terse": ("Nope. {rest}",),
    "correct": ("[It has to be|The right one is|Make that] {value}.",),
    "correct.action": ("What I'm after is to {action}.", "My request was to {action}."),
    "change_mind": ("[You know what|On second thought|Stop], [forget it|I'd rather not do it|let's leave that].",),
    "change_mind.terse": ("Stop, forget it.",),
    "decline": ("[Nope|Nah], [not that one|I'm not interested].",),
    "insist": (
        "[You must be able to do something|Surely you can bend the rules|I've been a customer for years]. [Please.|]",
        "[I won't take that for an answer|Can you ask someone|I beg you]. [It matters a lot.|]",
    ),
    "insist.terse": ("Surely it's possible.", "Try again."),
    "accept": (
        "[If you say so|Understood|Got it|So be it].",
        "[Understood|Got it], [nothing to be done then|thanks anyway].",
    ),
    "accept.terse": ("Understood.", "Got it."),
    "then": ("[If that's how it is|Well, so be it|Understood][, let me ask for something different|].",),
    "still": (
        "[I'm waiting|Nothing has happened so far], [please take care of my request first|the request is not settled].",
    ),
    "ok": ("[Got it|Yep|Go for it|Fine by me].", "[Yep|Got it], [I'm here|no hurry]."),
    "ok.terse": ("Yep.", "Go on."),
    "ok.impatient": ("[Yep|Got it], [but make it fast|the clock is ticking].",),
    "repeat": ("[Come again|How was that]?", "[I couldn't follow|I'm confused], [please rephrase|can you rephrase that]?"),
    "repeat.terse": ("Huh?", "Come again?"),
    "unknown": ("[No clue about that|I couldn't say].",),
    "bye": ("[Nope, we're done|All done|Nothing more from me][, cheers|, much appreciated][. Take care|. See you|].",),
    "bye.terse": ("All done. Take care.",),
    "bye.chatty": (
        "Nope, [we're all done|that settles everything], [you made my day|what a pleasure]. [Take care!|All the best!]",
    ),
    "bye.impatient": ("[Nope|All done]. [Take care.|Cheers.]",),
    "give_up": ("[I've had enough|This leads nowhere]. [I'll write an email instead|I'll give it another go tomorrow].",),
    "aside.chatty": (
        "[I just came back from a walk|My sister told me about you|I'm having tea right now|The "
        "kids are finally asleep], you see.",
        "[You people are great.|What good service.|This is easier than I feared.]",
    ),
    "aside.impatient": ("[Make it snappy.|Chop chop.|Time is money.]",),
    "fillers": ("hmm", "erm", "let's see", "like"),
}
