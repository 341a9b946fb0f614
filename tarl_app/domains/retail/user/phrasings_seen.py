"""The wordings that training dialogues are made of (see ``phrasings``)."""

_WANT = "[I'd like to|I want to|I need to|I would like to|I'm calling to|I'm trying to|I have to]"
_CAN_YOU = "[Can|Could] you [please |]"
_CAN_I = "[Can|Could] I [please |]"
_SURE = "[Sure|Of course|Okay|Yes|No problem|Certainly]"
_PLEASE = "[, please|, if I may|]"
_SORRY = "[Oh, sorry|Sorry|Oh|My mistake|Oops]"

SEEN: dict[str, tuple[str, ...]] = {
    # --- opening: a greeting in front of a goal -------------------------------------------------------------------------
    "hello": (
        "[Hi|Hello|Hi there|Hello there|Good morning|Good afternoon].",
        "[Hi|Hello|Good morning], [I need some help|I need help with something|I have a request|I hope you can help me].",
    ),
    "hello.terse": ("", "", "Hi.", "Hello."),
    "hello.chatty": (
        "[Hi|Hello] there, [hope you're having a nice day|how are you today|thanks for picking up|nice to talk to you].",
        "Good [morning|afternoon], [thanks for taking my call|I'm so glad I got through|I hope you can help me out].",
    ),
    "hello.impatient": ("", "Hi.", "[Hi|Hello], [I'm in a bit of a rush|I don't have much time|let's make this quick]."),
    "hello.hesitant": ("[Hi|Hello].", "[Hi|Hello], [I'm not sure this is the right place|I hope I'm in the right place]."),
    # --- goals ---------------------------------------------------------------------------------------------------------
    "want.cancel_order": (
        _WANT + " cancel {order}" + _PLEASE + ".",
        _CAN_YOU + "cancel {order}[ for me|]?",
        "[Please|I've decided that I want to] cancel {order}.",
    ),
    "want.cancel_order.terse": ("Cancel {order}.", "Cancel {order}, please.", "I want to cancel {order}."),
    "want.return_items": (
        _WANT + " return {items}[ from {order}|]" + _PLEASE + ".",
        _CAN_I + "return {items}[ from {order}|]?",
        "[I'm hoping to|I've decided to] return {items}[ from {order}|].",
    ),
    "want.return_items.terse": ("Return {items}.", "I want to return {items}.", "Return {items}, please."),
    "want.exchange_items": (
        _WANT + " exchange {items}[ from {order}|]" + _PLEASE + ".",
        _CAN_I + "exchange {items}[ from {order}|]?",
        "[I'm hoping to|I've decided to] exchange {items}[ from {order}|].",
    ),
    "want.exchange_items.terse": ("Exchange {items}.", "I want to exchange {items}.", "Exchange {items}, please."),
    "want.modify_items": (
        _WANT + " change {items} in {order}[ before it ships|]" + _PLEASE + ".",
        _CAN_YOU + "change {items} in {order}[ for me|]?",
        "I [ordered|picked|chose] the wrong version of {items} in {order} and want to change it.",
    ),
    "want.modify_items.terse": ("Change {items} in {order}.", "I want to change {items} in {order}."),
    "want.modify_payment": (
        _WANT + " change the payment method [of|for] {order}" + _PLEASE + ".",
        _CAN_I + "pay for {order} [with a different method|another way]?",
        "I [want to|'d like to] switch the payment method [of|for] {order}.",
    ),
    "want.modify_payment.terse": ("Change the payment method of {order}.", "I want to change the payment for {order}."),
    "want.modify_order_address": (
        _WANT + " change the [delivery|shipping] address [of|for] {order}" + _PLEASE + ".",
        _CAN_YOU + "send {order} to a different address?",
        "{order} [is going|is about to be sent] to the wrong address and I need to change the shipping address.",
    ),
    "want.modify_order_address.terse": ("Change the shipping address of {order}.", "New delivery address for {order}."),
    "want.modify_user_address": (
        _WANT + " [update|change] the [default |]address [on|in] my account" + _PLEASE + ".",
        _CAN_YOU + "update my account address? [I've moved|I moved].",
        "I [moved|have moved] and [want to|need to] update the address on my account.",
    ),
    "want.modify_user_address.terse": ("Update my account address.", "New default address for my account."),
    "instead": (
        "[I'd like|I want|I'd prefer|I'd love to have|I would like] {new} instead.",
        "[Could I|Can I] [have|get] {new} instead?",
    ),
    "with": (
        "[I'd like to use|I want to use|Please use|You can use] {payment}" + _PLEASE + ".",
        "It should go [on|through] {payment}.",
    ),
    "next": (
        "[Okay|Great|Thanks|Alright|Thank you|Good|Very good].",
        "[Okay, thanks|Great, thank you|Good, thanks]. [One more thing.|There's something else.|I have another request.]",
    ),
    "next.terse": ("Okay.", "Next thing."),
    "next.chatty": (
        "[Wonderful|Lovely|That's great], thank you[ so much|]. [One more thing.|There's something else I need.]",
    ),
    "next.impatient": ("[Fine|Good|Okay]. [Next.|Now the other thing.|]",),
    # --- identity -------------------------------------------------------------------------------------------------------
    "give.name": (
        "[My name is|It's|The name is|I'm|This is] {name}.",
        _SURE + ", [my name is|it's|I'm] {name}.",
    ),
    "give.name.terse": ("{name}.",),
    "give.zip": (
        "[My zip code is|The zip is|It's|The zip code is|My zip is] {zip}.",
        _SURE + ", [it's|my zip code is|the zip is] {zip}.",
    ),
    "give.zip.terse": ("{zip}.", "Zip {zip}."),
    "give.name_zip": (
        "[My name is|It's|The name is|I'm|This is] {name}[, and my zip code is|, zip code| and the zip is|, zip] {zip}.",
        _SURE + ", [my name is|it's|I'm] {name}[, and the zip code is|, zip code| and my zip is] {zip}.",
    ),
    "give.name_zip.terse": ("{name}, {zip}.", "{name}, zip {zip}."),
    "give.email": (
        "[My email is|It's|The email is|My email address is|You can find me under] {email}.",
        _SURE + ", [it's|my email is|the email is] {email}.",
    ),
    "give.email.terse": ("{email}.", "{email}"),
    "no_email": (
        "I [don't have|can't recall|don't remember] [my|the|that] email[ right now|]. {rest}",
        "I'm not sure which email I used. {rest}",
    ),
    "oops": (
        _SORRY + ", [I gave you the wrong one|I mixed that up|that was the wrong one]. {rest}",
        "[Hmm|Oh], [let me check|wait]. [I got that wrong.|I misremembered.] {rest}",
    ),
    "again": (
        "[Let me say it again.|Let me repeat it.|Once more.|I'll repeat it.|Here it is again.] {rest}",
        "[That's odd.|Strange.|Are you sure?|That's funny.|Hmm, strange.] {rest}",
    ),
    "spell.name_zip": (
        "[My name is|It's|The name is|I'm] {name}[, that's|, spelled|,] {first_letters}, {last_letters}[, and the zip code "
        "is|, zip] {zip}.",
        "[My last name is spelled|The last name is spelled|I spell my last name] {last_letters}, [and the first name is|the "
        "first name is] {first}, {first_letters}. [Zip|The zip code is|My zip is] {zip}.",
    ),
    "spell.name_zip.terse": ("{name}. {first_letters}, {last_letters}. {zip}.",),
    "spell.name": ("[My name is|It's|I'm] {name}[, that's|, spelled|,] {first_letters}, {last_letters}.",),
    "spell.email": (
        "[I'll spell it|Let me spell it|I spell it], {email_letters}.",
        "[It's|The email is|My email is|That's] {email_letters}.",
    ),
    # --- slots ----------------------------------------------------------------------------------------------------------
    "give.order": (
        "[It's|The order number is|It's order|The order is|The number is|That's order] {order_id}.",
        _SURE + ", [it's|the order number is|that's|the number is] {order_id}.",
    ),
    "give.order.terse": ("{order_id}.", "{order_id}"),
    "no_order": (
        "I [don't have|don't know|can't find|don't remember] the order number[, sorry|]. It's the [one|order] with {items}.",
        "[Sorry, |]I [don't have|don't know] the number[ at hand|]. [Could you look it up?|Can you "
        "find it?] It has {items} in it.",
    ),
    "no_order.terse": ("I don't know the number. The one with {items}.", "Don't have it. It's the one with {items}."),
    "give.reason.no_longer_needed": (
        "[I|We] [don't need it anymore|no longer need it|just don't need it any more|really don't need it anymore].",
        "[It's|It is|That's because it's] no longer needed[, really|].",
        "[My|Our] plans changed and [I|we] no longer need it.",
    ),
    "give.reason.no_longer_needed.terse": ("No longer needed.", "Don't need it anymore."),
    "give.reason.ordered_by_mistake": (
        "I [ordered it by mistake|placed it by mistake|made a mistake when ordering|ordered it by accident].",
        "It was [ordered by mistake|a mistake|an accident][. I never meant to order it|].",
        "[That order|The whole order|This one] was [a mistake|an accident|placed by mistake|ordered by mistake].",
    ),
    "give.reason.ordered_by_mistake.terse": ("Ordered by mistake.", "By mistake."),
    "give.reason.other": ("I just [don't like it|changed my mind about it].", "It [isn't|is not] [quite |]what I expected."),
    "give.payment": (
        "[Use|Please use|I'd like to use|Let's use|Put it on|You can use] {payment}[, please|].",
        "[I'd prefer|I'd like|I'd choose] {payment}[, please|].",
        "[To|With] {payment}[, please|].",
    ),
    "give.payment.terse": ("{payment}.", "{payment}, please."),
    "give.items": (
        "[It's|I mean|It's just|That would be|It's only about|I'm thinking of] {items}[, please|].",
        "[Just |]{items}[, please|][, thanks|].",
    ),
    "give.items.terse": ("{items}.",),
    "give.new": (
        "[I'd like|I want|I'd prefer|Give me|I'd go for|I would like] {new}[, please|].",
        "[Make it|Let's do|I'd take|I'll take] {new}[, please|].",
    ),
    "give.new.terse": ("{new}.", "{new}, please."),
    "give.address": (
        "[It's|The new address is|The address is|Please use|It should be] {address}.",
        _SURE + ", [it's|the address is|the new one is] {address}.",
    ),
    "give.address.terse": ("{address}.",),
    "fallback": (
        "[Oh|Hmm|Too bad|That's a pity|Okay]. [Then|In that case] [I'd take|give me|I'll take|I'd like] {new}[, please|].",
        "[That's a shame|Never mind], [then|in that case] {new} [would be fine|will do|is okay][ too|].",
    ),
    "fallback.terse": ("Then {new}.", "{new} then."),
    # --- answers to proposals -------------------------------------------------------------------------------------------
    "yes": (
        "Yes[, please|, that's right|, go ahead|, that's correct|, please do| please].",
        "[Yes|Yeah|Sure], [that's right|please go ahead|that's fine|do it|sounds good].",
        "[That's right|That's correct|Sounds good|Please go ahead][. Yes|].",
    ),
    "yes.terse": ("Yes.", "Yes, please.", "Right.", "Go ahead."),
    "yes.chatty": (
        "Yes, [that's perfect|that sounds wonderful|that's exactly right], [please go ahead|go "
        "ahead]. [Thank you so much.|]",
        "[Yes please|Oh yes], [that would be great|that's exactly what I want].",
    ),
    "yes.impatient": ("Yes, [yes, do it|go ahead|just do it|get on with it].", "Yes[. Go ahead|]."),
    "no": (
        "No, [that's not right|that's wrong|that isn't right|not quite|that's not what I said|there's a mistake]. {rest}",
        "[Wait, no|No|Sorry, no|Hold on, no|Hmm, no]. {rest}",
        "[That's not right|That's wrong|That isn't correct|Not quite][, I'm afraid|]. {rest}",
    ),
    "no.terse": ("No. {rest}",),
    "correct": ("[That should be|It should be|I said|I meant|It's|The correct one is|It is really] {value}.",),
    "correct.action": ("I want to {action}.", "[I asked|I wanted|I called|What I want is] to {action}."),
    "change_mind": (
        "[Actually|Hmm, wait|Hold on|Oh, wait], [no|don't do that], I've changed my mind.",
        "[Actually|Hmm], [no, please don't|let's not do that|I don't want that after all|better not].",
        "[Wait|Sorry], [please don't|don't do it], I [changed|have changed] my mind.",
    ),
    "change_mind.terse": ("No, I changed my mind.", "Actually no."),
    "decline": (
        "No, [thank you|thanks|I don't want that|that's not what I want|I'd rather not|that's not necessary].",
        "No[, please don't|, leave it|, not that|, that won't help].",
    ),
    # --- refusals -------------------------------------------------------------------------------------------------------
    "insist": (
        "[But I really need this|Please, this is important to me|Can't you make an exception|Are "
        "you sure]? [There must be a way.|]",
        "[Come on|Please], [can't you just do it this once|make an exception|there has to be a way].",
        "[I don't understand|That's not fair|I don't get it]. [Please try anyway.|Could you check "
        "once more?|There must be a way.]",
    ),
    "insist.terse": ("Are you sure? Please try.", "Make an exception.", "I still want it."),
    "accept": (
        "[Okay|Alright|Oh well|I see|Fine], [I understand|that's too bad|then leave it|I can live with that].",
        "[I see|Okay]. [Thanks for explaining.|That's a pity.|]",
    ),
    "accept.terse": ("Okay.", "Fine.", "Alright."),
    "then": (
        "[Okay|Alright|I see|Oh well|Fine|Hmm], [something else, then|then there's something "
        "else|then I have another request].",
        "[Okay|Alright|I see|Too bad|That's a pity].",
    ),
    "still": (
        "[But you haven't|You haven't] [done what I asked for|helped me with this] yet.",
        "[Wait|Hold on], [my request is still open|we're not done].",
    ),
    # --- the rest -------------------------------------------------------------------------------------------------------
    "ok": ("[Okay|Sure|Alright|Of course|No problem][, thanks|, thank you|].", "[Okay|Sure], [take your time|I'll wait]."),
    "ok.terse": ("Okay.", "Sure."),
    "ok.impatient": ("[Okay|Fine], [but be quick|please hurry].", "Okay."),
    "repeat": (
        "[Sorry|Excuse me|Pardon], [I didn't get that|I didn't catch that|what do you mean]?",
        "[Sorry, |]could you [say that again|repeat that|put that another way][, please|]?",
    ),
    "repeat.terse": ("What?", "Say again?"),
    "unknown": (
        "I [don't know that|can't tell you that|have no idea|couldn't tell you][, sorry|, I'm afraid|].",
        "I'm afraid I don't [know|remember|have that].",
    ),
    "bye": (
        "[No, that's all|That's all|No, nothing else|No, that was everything][, thank you|, thanks|][. Bye|. Goodbye|].",
        "[That's everything|No, that's it|I'm good][, thank you|, thanks|. Thanks for your help][. "
        "Bye|. Goodbye|. Have a nice day].",
    ),
    "bye.terse": ("That's all. Bye.", "No. Bye.", "That's it, thanks."),
    "bye.chatty": (
        "No, that's [all|everything], [thank you so much for your help|you've been wonderful|you've been so kind]. "
        "[Have a lovely day!|Goodbye!]",
    ),
    "bye.impatient": ("[No, that's all|That's it][, thanks|]. Bye.",),
    "give_up": (
        "[This isn't working|We're getting nowhere|Never mind]. [I'll try again another time|I'll "
        "call back later]. Goodbye.",
    ),
    # --- colour of a style ----------------------------------------------------------------------------------------------
    "aside.chatty": (
        "[It's been such a busy week|What a day it has been|My dog is barking, sorry|The weather is "
        "awful here], by the way.",
        "[You're very kind.|Thanks for your patience.|I really appreciate this.|I hope I'm not a bother.]",
    ),
    "aside.impatient": ("[Please hurry.|I don't have all day.|Quickly, please.|Can we speed this up.]",),
    "fillers": ("um", "uh", "er", "well", "you know"),
}
