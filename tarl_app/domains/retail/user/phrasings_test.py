"""Wordings of the test split (see ``phrasings``): other people than those of training and dev; acts and slots as there."""

_BETTER = "[would be best|is what I'd use|suits me best]"
_POLITE = "[, thank you kindly|, thanks ever so much|]"

TEST: dict[str, tuple[str, ...]] = {
    "hello": (
        "[Hiya|Greetings|Afternoon|Morning].",
        "[Is this customer service|Am I through to the shop]? [There's a matter to settle.|I could use a hand.]",
    ),
    "hello.terse": ("", "Hiya."),
    "hello.chatty": (
        "[Hiya|Greetings], [so there is somebody in after all|my neighbour said you're the ones to ask].",
        "[Hiya|Morning], [I've made myself comfortable, so let's see|it's a fine day for a call, isn't it].",
    ),
    "hello.impatient": ("", "[Listen|Quickly], [I'm due somewhere else|this is my third attempt today]."),
    "hello.hesitant": ("[Greetings|Afternoon], [I do hope I'm not disturbing you|I usually leave this to my son].",),
    "want.cancel_order": (
        "[It's about|This concerns] {order}: [it should be cancelled|please have it cancelled].",
        "What do I have to do to get {order} cancelled?",
        "[I've thought better of|I've had doubts about] {order}, so cancel it[ while there's time|].",
    ),
    "want.cancel_order.terse": ("{order}: cancel it.", "Cancel it, {order}."),
    "want.return_items": (
        "I'm not keeping {items}[ from {order}|], [so that's a return|so how do I return that].",
        "[How does it work|What happens] if I return {items}[ from {order}|]?",
        "{items}[ from {order}|] [didn't work out|was a letdown], so I'm sending that back.",
    ),
    "want.return_items.terse": ("A return: {items}[ from {order}|].", "{items}[ from {order}|], sending that back."),
    "want.exchange_items": (
        "[Do you do exchanges?|Are exchanges still open to me?] It's about {items}[ from {order}|].",
        "An exchange of {items}[ from {order}|] [is what I have in mind|would make me happy].",
        "{items}[ from {order}|] [isn't quite right|was the wrong choice], hence I'm asking for the exchange.",
    ),
    "want.exchange_items.terse": ("An exchange: {items}[ from {order}|].", "{items}[ from {order}|], exchange that."),
    "want.modify_items": (
        "I was too quick with {items} in {order}, [so change that before you pack it|can you still change that].",
        "There's still time to change {items} in {order}, [isn't there|I hope]?",
        "You haven't packed {order} yet, I trust. [Kindly|Do] modify {items} in {order}.",
    ),
    "want.modify_items.terse": ("{items} in {order}: change that.", "Modify {items} in {order}."),
    "want.modify_payment": (
        "[I've got|There is] another payment method that I'd put {order} on.",
        "Could a different payment method be used on {order}[ by now|]?",
        "[There's a mix-up|Something went wrong] in {order}: I'd have a different payment method there.",
    ),
    "want.modify_payment.terse": ("{order}: another payment method.", "Another payment method on {order}."),
    "want.modify_order_address": (
        "{order} has the wrong address on it, [so it must go elsewhere|can that be put right].",
        "I'll be away, so {order} needs a different delivery address.",
        "[Could|Can] {order} be sent to another address[ than the one I gave|]?",
    ),
    "want.modify_order_address.terse": ("{order}: another delivery address.", "Wrong address on {order}."),
    "want.modify_user_address": (
        "My account still [has|shows] my old address[, and that won't do|].",
        "[We've moved|I just moved], so what do I do about the address in my account?",
        "The address under my account is [out of date|two flats ago].",
    ),
    "want.modify_user_address.terse": ("Old address in my account.", "Account: new address."),
    "instead": (
        "Could it be {new} instead?",
        "Instead of that, [how about|my pick would be|let me have] {new}.",
    ),
    "with": ("[My preference is|I'd go with|Best you bill] {payment}.", "On {payment}, if that's possible."),
    "next": (
        "[Marvellous|Nice one|That was easy]. [There's also this.|While I have you, here's the next matter.]",
        "[Marvellous|Nice one][, much obliged|].",
    ),
    "next.terse": ("Now this.", "Also this."),
    "next.chatty": (
        "[Oh marvellous|How nice], [you make it look easy|what a smooth affair]. [There's more where that came from.|]",
    ),
    "next.impatient": ("[At last|Done, then]. [Now this.|On we go.]",),
    "give.name": ("[Put me down as|Search for|The customer is called] {name}.", "{name} is [the name|what I'm called]."),
    "give.name.terse": ("{name} here.",),
    "give.zip": ("[Mail reaches me in|My area is|I'm over in] {zip}.", "{zip} is [my zip|where I live|the area]."),
    "give.zip.terse": ("{zip}, that's the zip.",),
    "give.name_zip": (
        "[Put me down as|Search for] {name}[ in| with zip code|, who lives in] {zip}.",
        "{name} is the name and {zip} is [the zip|my area|where I live].",
    ),
    "give.name_zip.terse": ("{name}, from {zip}.",),
    "give.email": (
        "[Mine is|Mail reaches me at|The account runs on|You write to me at] {email}.",
        "{email} is [what I signed up with|the one|what your system should have].",
    ),
    "give.email.terse": ("{email} it is.",),
    "no_email": (
        "[Which email that was escapes me|I've had several emails since then]. {rest}",
        "Which email? [I haven't the faintest|Hard to say]. {rest}",
    ),
    "oops": (
        "[Silly me|Goodness], [I read out the wrong line|that was years ago]. {rest}",
        "[Blast|One moment], I've misspoken. {rest}",
    ),
    "again": ("[Same as before:|One more time, then.|Nothing new from me:] {rest}", "[How odd.|It must be there.] {rest}"),
    "spell.name_zip": (
        "First {first_letters}, then {last_letters}, [so|which makes] {name}, [zip|in the area] {zip}.",
        "[Take this down|Slowly now]: {first_letters} is the first, {last_letters} the second word, [zip|in] {zip}.",
    ),
    "spell.name_zip.terse": ("{first_letters}, {last_letters}: {name}, {zip}.",),
    "spell.name": ("First {first_letters}, then {last_letters}, [so|which makes] {name}.",),
    "spell.email": ("[Sign by sign|One after the other], {email_letters}.", "Take this down: {email_letters}."),
    "give.order": (
        "[Here you go:|This is the one:|You want number] {order_id}.",
        "{order_id} is [what the receipt says|the number you want].",
    ),
    "give.order.terse": ("Order {order_id}.",),
    "no_order": (
        "[The number's gone|I threw the receipt away|That number I don't have], but {items} [was in there|is part of it].",
        "[Could we go by the contents|Can you go by what's inside]? I know {items} is in there.",
    ),
    "no_order.terse": ("Number's gone. Contents: {items}.",),
    "give.reason.no_longer_needed": (
        "Turns out [I don't need it|we don't need it] at all.",
        "[The occasion has passed|The old one still does its job], so it isn't needed.",
    ),
    "give.reason.no_longer_needed.terse": ("I don't need it.",),
    "give.reason.ordered_by_mistake": (
        "[Buying that|The whole thing] was a mistake [of mine|on my side].",
        "[I hit the button by accident|I was half asleep, and it happened by accident].",
    ),
    "give.reason.ordered_by_mistake.terse": ("An accident.",),
    "give.reason.other": ("[I've read bad reviews of it|My wife can't stand the look of it].",),
    "give.payment": (
        "{payment} " + _BETTER + ".",
        "[Could you put that on|How about we use] {payment}?",
    ),
    "give.payment.terse": ("{payment}, thank you.",),
    "give.items": ("[The ones in question:|What I have in mind is] {items}.", "{items}, [just that|and that alone]."),
    "give.items.terse": ("{items}, just that.",),
    "give.new": (
        "[Could I have|Let me have|Would you find me] {new}[ then|]?",
        "[I've set my heart on|I'd be happy with] {new}.",
    ),
    "give.new.terse": ("{new}, thank you.",),
    "give.address": (
        "[Our new place is|From now on it's|Parcels find me at] {address}.",
        "{address} is where it [goes|should go].",
    ),
    "give.address.terse": ("Deliver to {address}.",),
    "fallback": (
        "[Oh dear|What a nuisance|So I'm too late]. [Let me have|Could I have] {new}, then.",
        "[Oh dear|Sold out, you say], [would you have|do you still have] {new}?",
    ),
    "fallback.terse": ("{new} must do.",),
    "yes": (
        "[By all means|Definitely|You bet|Precisely][, carry on|, just like that|, I'd like that|]" + _POLITE + ".",
        "[I agree|I confirm|That works|Agreed][. Off you go|, make it happen|]" + _POLITE + ".",
        "[Sounds great|It all looks good][, thanks|, I'd like that|].",
    ),
    "yes.terse": ("Definitely.", "Agreed.", "Confirmed."),
    "yes.chatty": ("[Oh definitely|By all means], [that's just lovely|I'm thrilled], [carry on|you have my blessing].",),
    "yes.impatient": ("[Agreed|Definitely], [get it over with|just get going].",),
    "no": (
        "[That's not what I had in mind|You've got me wrong|Something's wrong there][, I'm afraid|]. {rest}",
        "[Oh no|No no], [look again|let me put it differently]. {rest}",
    ),
    "no.terse": ("Wrong. {rest}",),
    "correct": ("{value} is what I asked for.", "[It needs to say|Please note:] {value}."),
    "correct.action": ("[The idea is|The plan was] to {action}.", "You were going to {action}."),
    "change_mind": (
        "[Oh, don't bother|No, leave things as they are|Stop the whole thing], [I've reconsidered|I've slept badly enough].",
    ),
    "change_mind.terse": ("Don't bother.", "No, leave things as they are."),
    "decline": ("[No need for that|That's not for me|I don't think so][, thank you|].",),
    "insist": (
        "[Are there really no exceptions|Is there truly nothing to be done]? [I'd be so grateful.|]",
        "[Please look into it once more|You could at least try], [I rely on it|it would save my week].",
    ),
    "insist.terse": ("Try regardless.", "Please find a way."),
    "accept": (
        "[Ah well|Very well|Such is life][, thanks for checking|].",
        "[I'll live|We'll manage somehow][, thanks for checking|, no harm done].",
    ),
    "accept.terse": ("Very well.", "Noted."),
    "then": ("[Very well|Ah well|Noted][, on to another matter|, here's what else I have].",),
    "still": ("[My request is still waiting|You've skipped my request], [back to that, please|could we finish that].",),
    "ok": ("[Fair enough|As you wish|Lovely][, I'll hold|, I'm listening].", "As you wish."),
    "ok.terse": ("Fair enough.", "Carry on."),
    "ok.impatient": ("[Fair enough|As you wish], [time is short, though|only quickly].",),
    "repeat": (
        "[I beg your pardon|How do you mean]?",
        "[That went over my head|You've lost me there]. [Once more in plain words?|What do you need from me?]",
    ),
    "repeat.terse": ("Pardon?", "Meaning?"),
    "unknown": ("[You'd have to look that up yourself|That I can't help you with].",),
    "bye": ("[I think that is all|Nothing else for today|That settles it]" + _POLITE + "[. Until next time|. So long|].",),
    "bye.terse": ("Nothing more. So long.",),
    "bye.chatty": ("Nothing else at all, [it was a joy|you've been a gem]. [Bye for now!|Until next time!]",),
    "bye.impatient": ("[Nothing else|That is all]. [Must run.|Bye now.]",),
    "give_up": ("[I give up|We're going round in circles]. [Bye for now.|I'll drop in at your store. Bye.]",),
    "aside.chatty": (
        "[My granddaughter set this up for me|We're expecting guests tonight|It's pouring outside], just so you know.",
        "[You sound like a kind soul.|It's nice to chat.|I could talk all day.]",
    ),
    "aside.impatient": ("[I'm counting the minutes.|The clock's running.|Swiftly, if you can.]",),
    "fillers": ("so", "ah", "I mean", "umm"),
}
