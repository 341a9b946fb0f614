"""The wordings that training dialogues are made of (``users.wordings``)."""

_WANT = "[I'd like to|I want to|I would like to|I need to|I'm calling to]"
_CAN_YOU = "[Can|Could] you [please |]"
_PLEASE = "[, please|]"
_SURE = "[Sure|Of course|Okay|Certainly]"

SEEN: dict[str, tuple[str, ...]] = {
    # --- opening --------------------------------------------------------------------------------------------------------
    "hello": (
        "[Hi|Hello|Hi there|Good morning|Good afternoon].",
        "[Hi|Hello|Good afternoon], [I need some help with a trip|I hope you can help me|I have a request].",
    ),
    "hello.terse": ("", "", "Hi.", "Hello."),
    "hello.chatty": (
        "[Hi|Hello] there, [nice to hear a voice at last|I hope your day is going well|thanks for picking up].",
        "Good [morning|afternoon], [what a nice ringtone you have|I'm so happy I got through].",
    ),
    "hello.impatient": ("", "Hi.", "[Hi|Hello], [I'm in a hurry|let's make this quick|my taxi is waiting]."),
    "hello.hesitant": ("[Hi|Hello].", "[Hi|Hello], [I don't call airlines very often|I hope this is the right number]."),
    # --- goals ----------------------------------------------------------------------------------------------------------
    "want.book": (
        _WANT + " book {kind} {ends}" + _PLEASE + ".",
        _CAN_YOU + "book {kind} {ends} for me?",
        "[I'm looking for|I need] {kind} {ends}, and I'd like to book it.",
    ),
    "want.book.terse": ("Book {kind} {ends}.", "I want to book {kind} {ends}."),
    "want.book_on": (
        _WANT + " book {kind} {ends} {days}" + _PLEASE + ".",
        _CAN_YOU + "book {kind} {ends} {days}?",
    ),
    "want.cancel": (
        _WANT + " cancel {trip}" + _PLEASE + ".",
        _CAN_YOU + "cancel {trip}[ for me|]?",
        "[Please|I have to] cancel {trip}.",
    ),
    "want.cancel.terse": ("Cancel {trip}.", "I want to cancel {trip}."),
    "want.change_flights": (
        _WANT + " change {which} of {trip} to another day or time" + _PLEASE + ".",
        _CAN_YOU + "change {which} of {trip}[ for me|]?",
        "I can't make it as planned and [need to|want to] change {which} of {trip}.",
    ),
    "want.change_flights.terse": ("Change {which} of {trip}.", "I want to change {which} of {trip}."),
    "want.change_cabin": (
        _WANT + " change the cabin of {trip} to {cabin}" + _PLEASE + ".",
        _CAN_YOU + "change {trip} to {cabin}?",
        "[I'd rather fly|I would rather fly] {cabin} on {trip}. Can we change the cabin?",
    ),
    "want.change_cabin.terse": ("Change {trip} to {cabin}.", "Different cabin for {trip}: {cabin}."),
    "want.change_passenger": (
        _WANT + " change a passenger on {trip}" + _PLEASE + ".",
        _CAN_YOU + "change one of the passengers on {trip}?",
        "[Somebody else|Another person] will travel on {trip}, so a passenger has to be changed.",
    ),
    "want.change_passenger.terse": ("Change a passenger on {trip}.", "Other passenger on {trip}."),
    "want.change_bags": (
        _WANT + " add {bags} to {trip}" + _PLEASE + ".",
        _CAN_YOU + "add {bags} to {trip}?",
        "[We have|I have] more luggage than planned: please add {bags} to {trip}.",
    ),
    "want.change_bags.terse": ("Add {bags} to {trip}.", "I want to add {bags} to {trip}."),
    "want.compensation": (
        "A flight of {trip} was {what}, and [I'd like|I want|I would like] compensation for that.",
        "[I'm really annoyed|I'm not happy]: a flight of {trip} was {what}. I'd like to be compensated.",
    ),
    "want.compensation.terse": ("A flight of {trip} was {what}. I want compensation.",),
    "with": (
        "[I'd like to use|I want to use|Please use] {payment}[ for it|].",
        "I'm paying with {payment}.",
    ),
    "next": (
        "[Okay|Great|Thanks|Thank you|Good].",
        "[Okay, thanks|Great, thank you]. [One more thing.|There's something else.|I have another request.]",
    ),
    "next.terse": ("Okay.", "Next thing."),
    "next.chatty": ("[Wonderful|Lovely|That's great], thank you[ so much|]. [One more thing.|There's something else.]",),
    "next.impatient": ("[Fine|Good|Okay]. [Next.|Now the other thing.|]",),
    # --- identity -------------------------------------------------------------------------------------------------------
    "give.user_id": (
        "[My customer number is|It's|The number is|That's] {user_id}.",
        _SURE + ", [it's|my customer number is|the number is] {user_id}.",
    ),
    "give.user_id.terse": ("{user_id}.", "{user_id}"),
    "no_user_id": (
        "I [don't have|don't know] my customer number[, sorry|]. [But one of my reservations is|My reservation code is] "
        "{code}.",
        "[Sorry, |]I can't find the number. [I have a reservation with the code|There is a reservation,] {code}.",
    ),
    "no_user_id.terse": ("Don't know it. Reservation {code}.", "No idea, but I have reservation {code}."),
    "give.name": ("[My name is|I'm|This is] {name}.", _SURE + ", [my name is|I'm] {name}."),
    "give.name.terse": ("{name}.",),
    "give.birth": ("[I was born on|My date of birth is|It's] {birth}.", _SURE + ", it's {birth}."),
    "give.birth.terse": ("{birth}.",),
    "give.name_birth": (
        "[My name is|I'm|This is] {name}[, and I was born on|, born on| and my date of birth is] {birth}.",
        _SURE + ", [my name is|I'm] {name}, [born on|date of birth] {birth}.",
    ),
    "give.name_birth.terse": ("{name}, {birth}.",),
    "oops": (
        "[Oh, sorry|Sorry|Oops], [I mixed that up|I swapped two digits|that was wrong]. {rest}",
        "[Hmm|Oh], [let me check|wait]. I got that wrong. {rest}",
    ),
    "again": (
        "[Let me say it again.|Let me repeat it.|Once more.|Here it is again.] {rest}",
        "[That's odd.|Strange.|Are you sure?] {rest}",
    ),
    # --- slots ----------------------------------------------------------------------------------------------------------
    "give.code": (
        "[It's|The code is|The reservation code is|That's] {code}.",
        _SURE + ", [it's|the code is] {code}.",
    ),
    "give.code.terse": ("{code}.", "{code}"),
    "no_code": (
        "I [don't have|don't know|can't find] the code[, sorry|]. It's my trip {ends}.",
        "[Sorry, |]I [don't have|don't know] the reservation code. [It's|I mean] the trip {ends}.",
    ),
    "no_code.terse": ("Don't know the code. The trip {ends}.",),
    "give.route": ("[I want to fly|I'm flying|I'd like to fly|We're flying] {ends}.", _SURE + ", {ends}."),
    "give.route.terse": ("{ends}.",),
    "give.date": (
        "[It should be|I'd like to fly|I want to travel|Let's say|I'd like to leave] {days}.",
        _SURE + ", {days}.",
    ),
    "give.date.terse": ("{days}.",),
    "give.one_way": ("[It's |That's |]one way[, please|].", "[Just|Only] one way[, please|, thanks|]."),
    "give.one_way.terse": ("One way.",),
    "give.round_trip": ("A round trip, [and back on|coming back on|with the return on] {day}.",),
    "give.round_trip.terse": ("Round trip. Back on {day}.",),
    "give.cabin": ("[I'd like|I want|I'd prefer|Make it|Let's take] {cabin}[, please|].", "[In |]{cabin}[, please|]."),
    "give.cabin.terse": ("{cabin}.",),
    "give.direction": ("[It's|I mean|That would be] {which}.", "{which}[, please|]."),
    "give.direction.terse": ("{which}.",),
    "give.choice": (
        "[I'd like|I want|I'd prefer|Give me|I'd take] {choice}[, please|].",
        "[Find me|Let's take] {choice}[, please|].",
    ),
    "give.choice.terse": ("{choice}.",),
    "give.passengers": ("[It's|That would be|It'll be] {who}.", "[There will be|The passengers:] {who}."),
    "give.passengers.terse": ("{who}.",),
    "give.newcomer": (
        "[It should be|It'll be|That's] {person}, instead of {old}.",
        "{person}, [will travel|is going to fly] instead of {old}.",
    ),
    "give.newcomer.terse": ("{person}, instead of {old}.",),
    "give.additional": ("[It's|That would be] {person}.", "{person}, [should come|wants to come] as well."),
    "give.replaced": ("[Instead of|In place of] {old}[, please|].", "[It's|That would be] {old}."),
    "give.replaced.terse": ("{old}.",),
    "give.bags": ("[I have|We have|It's|That would be] {bags}[, please|].", "{bags}[, please|, thanks|]."),
    "give.bags.terse": ("{bags}.",),
    "give.insurance.yes": (
        "Yes, [I'd like the insurance|with insurance, please|I want the insurance].",
        "[Please add|I'd like to have] the insurance.",
    ),
    "give.insurance.yes.terse": ("Yes, with insurance.",),
    "give.insurance.no": (
        "No, [I don't need insurance|no insurance, thanks|without insurance, please].",
        "[I don't want|I don't need] the insurance[, thank you|].",
    ),
    "give.insurance.no.terse": ("No insurance.",),
    "give.payment": (
        "[Use|Please use|I'd like to use|You can use] {payment}[, please|].",
        "[I'd like to pay with|I'll pay with|With] {payment}[, please|].",
    ),
    "give.payment.terse": ("{payment}.", "{payment}, please."),
    "give.reason.plans": (
        "[My plans have changed|My plans changed|Our plans have changed][, that's all|].",
        "[I have other plans now|I've made other plans|There's been a change of plans].",
    ),
    "give.reason.plans.terse": ("Change of plans.", "Plans changed."),
    "give.reason.health": (
        "[I'm sick|I've fallen ill|I got sick] and [can't fly|can't travel].",
        "[It's for health reasons|For health reasons]: [my doctor told me not to fly|I'm ill].",
    ),
    "give.reason.health.terse": ("I'm sick.", "Health reasons."),
    "give.reason.weather": (
        "[Because of|It's] the weather: [there's a storm coming|a bad storm is announced].",
        "[The weather forecast is terrible|The weather will be awful], so I don't want to fly.",
    ),
    "give.reason.weather.terse": ("The weather.", "Bad weather."),
    "give.reason.airline": (
        "[You|The airline] cancelled one of the flights.",
        "One of the flights was cancelled by you.",
        "Because [one of the flights was cancelled|the airline cancelled a flight of it].",
    ),
    "give.reason.airline.terse": ("The airline cancelled a flight.",),
    "fallback": (
        "[Oh|Hmm|Too bad|That's a pity]. [Then|In that case] [I'd take|I'll take|give me] {new}[, please|].",
        "[That's a shame|Never mind], then {new} [would be fine|will do].",
    ),
    "fallback.terse": ("Then {new}.",),
    # --- answers to proposals -------------------------------------------------------------------------------------------
    "yes": (
        "Yes[, please|, that's right|, go ahead|, that's correct|, please do].",
        "[Yes|Yeah|Sure], [that's right|please go ahead|that's fine|do it].",
        "[That's right|That's correct|Sounds good|Please go ahead][. Yes|].",
    ),
    "yes.terse": ("Yes.", "Yes, please.", "Go ahead."),
    "yes.chatty": (
        "Yes, [that's perfect|that sounds wonderful|that's exactly right], [please go ahead|go ahead].",
        "Oh yes, [that would be great|that's exactly what I want].",
    ),
    "yes.impatient": ("Yes, [do it|go ahead|just do it|get on with it].", "Yes[. Go ahead|]."),
    "no": (
        "No, [that's not right|that's wrong|not quite|that's not what I said]. {rest}",
        "[Wait, no|No|Sorry, no|Hold on, no]. {rest}",
    ),
    "no.terse": ("No. {rest}",),
    "correct": ("[It should be|I said|I meant|It's] {value}.",),
    "correct.action": ("I want to {action}.", "[I asked|I wanted|I called] to {action}."),
    "change_mind": (
        "[Actually|Hmm, wait|Hold on], [no|don't do that], I've changed my mind.",
        "[Actually|Hmm], [no, please don't|let's not do that|better not].",
    ),
    "change_mind.terse": ("No, I changed my mind.", "Actually no."),
    "decline": ("No, [thank you|thanks|I don't want that|that's not what I want|that's not necessary].",),
    # --- refusals -------------------------------------------------------------------------------------------------------
    "insist": (
        "[But I really need this|Please, it's important to me|Can't you make an exception]? [There must be a way.|]",
        "[Come on|Please], [can't you just do it this once|make an exception|there has to be a way].",
        "[I don't understand|That's not fair]. [Please try anyway.|Could you check once more?]",
    ),
    "insist.terse": ("Are you sure? Please try.", "Make an exception."),
    "accept": (
        "[Okay|Alright|Oh well|I see|Fine], [I understand|that's too bad|I can live with that].",
        "[I see|Okay]. [Thanks for explaining.|That's a pity.|]",
    ),
    "accept.terse": ("Okay.", "Fine."),
    "then": (
        "[Okay|Alright|I see|Oh well|Fine], [something else, then|then there's something else].",
        "[Okay|Alright|I see|Too bad|That's a pity].",
    ),
    "still": ("[But you haven't|You haven't] [done what I asked for|helped me with this] yet.",),
    # --- the rest -------------------------------------------------------------------------------------------------------
    "ok": ("[Okay|Sure|Alright|Of course][, thanks|, thank you|].", "[Okay|Sure], [take your time|I'll wait]."),
    "ok.terse": ("Okay.", "Sure."),
    "ok.impatient": ("[Okay|Fine], [but be quick|please hurry].", "Okay."),
    "repeat": (
        "[Sorry|Excuse me|Pardon], [I didn't get that|I didn't catch that|what do you mean]?",
        "[Sorry, |]could you [say that again|repeat that][, please|]?",
    ),
    "repeat.terse": ("What?", "Say again?"),
    "unknown": ("I [don't know that|can't tell you that|have no idea][, sorry|].", "I'm afraid I don't know."),
    "bye": (
        "[No, that's all|That's all|No, nothing else][, thank you|, thanks|][. Bye|. Goodbye|].",
        "[That's everything|No, that's it][, thank you|, thanks|. Thanks for your help][. Bye|. Goodbye|].",
    ),
    "bye.terse": ("That's all. Bye.", "No. Bye."),
    "bye.chatty": ("No, that's [all|everything], [thank you so much for your help|you've been wonderful]. Goodbye!",),
    "bye.impatient": ("[No, that's all|That's it][, thanks|]. Bye.",),
    "give_up": ("[This isn't working|We're getting nowhere]. [I'll try again another time|I'll call back later]. Goodbye.",),
    # --- colour of a style ----------------------------------------------------------------------------------------------
    "aside.chatty": (
        "[It's been such a busy week|What a morning it has been|I can hardly wait for the sea], by the way.",
        "[You're very kind.|Thanks for your patience.|I really appreciate this.]",
    ),
    "aside.impatient": ("[Please hurry.|I don't have all day.|Quickly, please.]",),
    "fillers": ("um", "uh", "er", "well", "you know"),
}
