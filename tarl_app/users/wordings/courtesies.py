"""What customers of any domain say beside their goals, in three sets that share no wording (``users.wordings.phrasings``).

These are the rules that ``users.agenda`` uses. A small domain takes them and adds its own; a larger one has wordings for
each style.
"""

from collections.abc import Mapping

from tarl_app.core.domain import PhrasingSet, PhrasingTable

_SEEN: PhrasingTable = {
    "hello": ("[Hi|Hello|Good morning].",),
    "yes": ("Yes[, please|].", "[Yes|Yeah], [that's right|go ahead]."),
    "no": ("No, [that's not right|that's wrong]. {rest}",),
    "decline": ("No, [thank you|I don't want that].",),
    "change_mind": ("[Actually|Hmm, wait], I've changed my mind.",),
    "insist": ("[But I really need this|Are you sure]? Please try.",),
    "accept": ("[Okay|I see], I understand.",),
    "then": ("[Okay|I see], something else, then.",),
    "next": ("[Thanks|Great]. One more thing.",),
    "still": ("You haven't helped me with this yet.",),
    "ok": ("[Okay|Sure][, thanks|].",),
    "again": ("[Let me repeat it.|Once more.] {rest}",),
    "oops": ("Sorry, I gave you the wrong one. {rest}",),
    "repeat": ("Sorry, I didn't get that. Could you repeat it?",),
    "unknown": ("I don't know that, sorry.",),
    "bye": ("That's all, [thank you|thanks].", "Thanks, bye."),
    "give_up": ("We're getting nowhere. Goodbye.",),
}
_HELD_OUT: PhrasingTable = {
    "hello": ("[Hey|Good evening].",),
    "yes": ("Sure, go ahead.", "[Correct|Exactly]."),
    "no": ("[Oh no|Wait], there is a mistake. {rest}",),
    "decline": ("[Rather not|No need].",),
    "change_mind": ("[Stop|On second thoughts], better not.",),
    "insist": ("[Is there really nothing to be done|Could you look again]?",),
    "accept": ("[Well|Too bad], so be it.",),
    "then": ("[Well|Too bad], then I need something different.",),
    "next": ("[Perfect|Lovely]. And another matter.",),
    "still": ("We have not finished what I called for.",),
    "ok": ("[Fine|Right].",),
    "again": ("[As I said:|Listen:] {rest}",),
    "oops": ("My fault, I mixed that up. {rest}",),
    "repeat": ("What do you mean?",),
    "unknown": ("No idea, to be honest.",),
    "bye": ("Great, that was everything.", "[Then|Well,] that's everything[, many thanks|]."),
    "give_up": ("This leads nowhere, I'll call another time.",),
}
_TEST: PhrasingTable = {
    "hello": ("[Hiya|Morning to you].",),
    "yes": ("By all means.", "[Do it|Yes, do that]."),
    "no": ("[Careful|Not so fast], that is off. {rest}",),
    "decline": ("[I'd sooner not|Leave it].",),
    "change_mind": ("[You know what|Forget it], leave it all as it is.",),
    "insist": ("[Surely there's a way|Could somebody check that once more]?",),
    "accept": ("[If you say so|Fair enough].",),
    "then": ("[If you say so|Fair enough]. Let me ask for something else.",),
    "next": ("[Wonderful|Good]. While I have you on the line:",),
    "still": ("There's one thing left that I rang about.",),
    "ok": ("[All right|Understood].",),
    "again": ("[You may have missed it:|Here it is again:] {rest}",),
    "oops": ("I misspoke. {rest}",),
    "repeat": ("Come again?",),
    "unknown": ("I couldn't tell you.",),
    "bye": ("[Bye for now|Bye then], that covers it.",),
    "give_up": ("I'll leave it there. Good day.",),
}
COURTESIES: Mapping[PhrasingSet, PhrasingTable] = {"seen": _SEEN, "held_out": _HELD_OUT, "test": _TEST}
"""Set -> the wordings of each rule."""
