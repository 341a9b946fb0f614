"""What customers of any company say instead of an answer, by kind, in three disjoint tables (templates as in ``phrasings``).

``SAID`` is for training; ``SAID_HELD_OUT`` and ``SAID_TEST`` are only for evaluation. No sentence says yes: after a
proposal that would be taken for consent. Domains add kinds of their own (``core.domain.recipe.OffScript``).
"""

from collections.abc import Iterable

from tarl_app.core.domain import PhrasingTable

_NEVER_MIND = "[By the way, |Oh, |Tell me, |Just out of curiosity, ||]"
_ASK = "[Could|Can] you "

SAID: dict[str, tuple[str, ...]] = {
    "small_talk": (
        "[How are you|How are you today|How are you doing|How's it going|How's your day going|How is your day so far]?",
        "[Hi|Hello], how are you [today|doing|]?",
        "[Are you having a nice day|Is it a busy day for you|Have you had a long day|Did you have a nice weekend]?",
        "[I've had such a long day|I just came home from work|My cat just jumped on the keyboard|It's my birthday today].",
        "You [have a nice voice|sound very friendly|are very kind].",
        "What's your name?",
    ),
    "off_topic": (
        _NEVER_MIND + "[what's|what is|how's] the weather like [today|where you are|there|outside|]?",
        "[Is it raining|Will it rain|Is it going to rain] [today|tomorrow|where you are]?",
        "[Tell me a joke|Do you know a joke|Can you tell me a joke|Make me laugh|Sing me a song|Tell me a story].",
        _NEVER_MIND + "who won the [game|match|election|world cup|big game last night]?",
        _NEVER_MIND + "what [time|day] is it?",
        "[What is|What's] the capital of [France|Norway|Peru|Japan|Canada]?",
        "[Can you help me with my homework|Can you write me a poem|Can you book me a table|Can you order me a pizza]?",
        _NEVER_MIND + "what do you think [of|about] [politics|football|the president|the news]?",
        "[How do I cook rice|What should I have for dinner|How old is the universe|What's a good film]?",
        "[Which phone is the best|What's the meaning of life|Can you translate something for me|What's in the news]?",
    ),
    "hurry": (
        "[Hurry up|Please hurry|Come on, hurry up|Hurry|Faster, please|Be quick, please|Quickly now].",
        "[Can you|Could you] [hurry up|be quicker|speed up|go a bit faster][, please|]?",
        "[How long will this take|Why does this take so long|Is this going to take long|Are we there yet]?",
        "I [don't have all day|don't have much time|have to leave soon|have a train to catch|am in a hurry].",
        "This is taking [too long|forever|ages|so long].",
    ),
    "repeat": (
        "[Sorry|Excuse me|Pardon|I'm sorry], [what did you say|what was that|I didn't hear you|I missed that]?",
        _ASK + "[repeat that|say that again|repeat the question|say it once more][, please|]?",
        "[What|Pardon|Excuse me|Sorry]?",
        "[I didn't catch that|I couldn't hear you|You were cut off|The line is bad|It's noisy here]. [Again, please.|"
        "Could you repeat it?|Say it again, please.]",
        "What did you [say|ask|just say|just ask]?",
    ),
    "robot": (
        "[Are you|Am I talking to|Is this|Am I speaking to] a [robot|machine|computer|bot|chatbot]?",
        "[Are you|Is this] [an AI|artificial intelligence|a recording|a computer program|ChatGPT]?",
        "[Are you human|Are you a person|Are you real|Do you have feelings|Who made you|What are you]?",
        "You sound like a [robot|machine|computer].",
    ),
    "wait": (
        "[Hold on|Wait|Hang on|Just wait] a [second|moment|minute|sec][, please|].",
        "[One|Just a|Give me a] [moment|second|minute|sec][, please|, I have to look for it|].",
        "[Hold on|Wait|Hang on], [I have to find my glasses|somebody is at the door|my phone is ringing|let me look].",
        "[Let me check|Let me think|Let me see|Let me look that up|Can you wait a moment]?",
    ),
    "thanks": (
        "[Thanks|Thank you|Thanks a lot|Thank you so much|Many thanks|Thank you very much][ for helping|].",
        "[That's very kind|That's nice|You're so kind][ of you|], [thanks|thank you].",
        "[Thanks|Thank you] for [your patience|your help|your time|picking up].",
    ),
    "skip_identity": (
        "[Can we|Could we|Let's] skip [that|this|the identification|the questions|the check|this part].",
        "I [don't want to|won't|would not like to|can't] [tell you|give you|say] [that|who I am|my name].",
        "[Why do you need that|Why do you need to know that|Why do you ask|What do you need that for|Is that necessary]?",
        "[You know who I am|You should know me|Just trust me|I already told your colleague|You have all my data].",
        "[That's private|That's none of your business|I don't give out my data].",
    ),
    "noise": (
        "[Hmm|Uh|Um|Er|Ah|Oh|Mm|Huh|Hm].",
        "[Uh|Um|Er|Hmm], [I|so|the|and then|well|it was|that thing].",
        "[Blah blah|La la la|Bla bla bla|Test|Testing, testing|Hello hello|One two|The the|And so|Banana].",
        "[I mean the|It was the|So I|And then it|Because the|Yesterday the]...",
        "[Not now, Tom|Kids, be quiet|Turn the TV down|Sit down, Rex], [sorry|please|will you].",
    ),
    "mashed": ("[asdf|asdfgh|jkl|qwerty|sdfsdf|xxx|hjkl|...|?|fghj|lkjlkj|zzz]",),
}

SAID_HELD_OUT: dict[str, tuple[str, ...]] = {
    "small_talk": ("How have you been [lately|these days]?", "[Lovely|Beautiful] morning, isn't it?", "Where are you from?"),
    "off_topic": (
        "Did you [see|watch] the [tennis|football] last night?",
        "[Any idea|Do you know] how to [fix a bike|bake bread]?",
        "What's seven times [eight|nine]?",
        "Recite a [limerick|tongue twister].",
    ),
    "hurry": ("[Get a move on|Make it fast|Step on it].", "[My lunch break is nearly over|My bus leaves soon]."),
    "repeat": ("[Say what|How was that again|Beg your pardon]?", "[Your voice broke up|I wasn't listening]. [Once more?|]"),
    "robot": (
        "Is there [an actual|a living] human [there|on the line]?",
        "Are you [some kind of software|a talking program]?",
    ),
    "wait": ("[Bear with me|Stay on the line|Be with you in a sec].", "[I need to grab a pen|The doorbell just rang]."),
    "thanks": ("[Much appreciated|Cheers, mate|I'm grateful].",),
    "skip_identity": (
        "[Must I|Do I have to] [identify myself|say that]?",
        "[I'd rather stay anonymous|No personal questions].",
    ),
    "noise": ("[Ugh|Ehm|Eh|Oof|Tsk].", "[Ehm|Eh], [you|which|there was].", "[Dum di dum|Knock knock|Potato]."),
    "mashed": ("[dfgdfg|poiu|wertz|bnm|kjhkjh]",),
}

SAID_TEST: dict[str, tuple[str, ...]] = {
    "small_talk": (
        "[Keeping well|Had your coffee already], I hope?",
        "Your accent is [charming|familiar].",
        "Busy in there?",
    ),
    "off_topic": (
        "[What rhymes with orange|How tall is the Eiffel Tower|Why is the sky blue]?",
        "[Name three rivers|Recommend me a novel].",
        "Is it going to [snow|freeze] at the weekend?",
    ),
    "hurry": ("[Chop-chop|Quicker|Any day now].", "[I'm on my way out of the door|The kettle's boiling over]."),
    "repeat": ("[One more time for me|Run that past me again].", "[I was miles away|A lorry drove past just then]."),
    "robot": (
        "[Is there flesh and blood behind this|Do you run on electricity]?",
        "[Are you one of those language models]?",
    ),
    "wait": ("[Two ticks|Half a minute|Don't go away].", "[I'm looking for my purse|Let me put the shopping down]."),
    "thanks": ("[Bless you for that|You're a treasure|Ta very much].",),
    "skip_identity": (
        "[Whatever for|What business is that of yours]?",
        "[Let's get to the point straight away|You had all that last week].",
    ),
    "noise": ("[Pff|Brr|Whew|Ahem].", "[Ahem|Brr], [those|where|some of].", "[Tick tock|Cuckoo|Pumpkin]."),
    "mashed": ("[uiop|vcxy|ghjgh|rtzrt|mnmn]",),
}


def joined(general: PhrasingTable, own: PhrasingTable, kinds: Iterable[str]) -> PhrasingTable:
    """The sentences of these kinds, in their order: a domain's own, and the general ones."""
    every = {**general, **own}
    return {kind: every[kind] for kind in kinds}
