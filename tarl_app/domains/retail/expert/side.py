"""Side questions of the shop's customers that the policy answers in a sentence, before the agent returns to"
" the point."""

from tarl_app.agents.messages import PERSON, SO_FAR, SideQuestions

SIDE: dict[str, tuple[str, str]] = {
    # topic: how it is asked for; the answer, which stands in the policy
    "robot": (
        r"\b(are|r) (you|u|this|i talking to)\b[^.?!]{0,25}\b(robot|bot|human|machine|computer|ai|real|person"
        r"|automat\w*)\b"
        r"|\byou(?:'re| are|re) (?:an? )?(?:actual|real) (?:human|person)|\bis (?:this|that) (?:a |an )?"
        r"(?:robot|bot|machine|recording|real person|human|ai)\b|\b(?:talking|speaking|chatting) (?:to|with) a "
        r"(?:robot|bot|machine|computer|human|person)\b[^.!]*\?",
        "I am an automatic agent.",
    ),
    "refund_time": (
        r"\b(how (?:long|fast|quick\w*|soon)|when)\b[^.?!]{0,50}\b(refund\w*|money|cash|credited|reimburse\w*"
        r"|paid back)\b"
        r"|\brefund\b[^.?!]{0,25}\b(take|long|time)\b|\bhow long (?:does|will|till|until)\b[^.?!]{0,15}\b(?:take"
        r"|i get it)\b",
        "A refund goes to a gift card at once, otherwise it takes five to seven business days.",
    ),
    "return_shipping": (
        r"\b(who|do i|have to|need to)\b[^.?!]{0,25}\b(pay|pays|paying|cover\w*)\b[^.?!]{0,25}\b(shipping|postage"
        r"|return\b)"
        r"|\b(free|cost)\b[^.?!]{0,20}\b(return shipping|postage|send(?:ing)? (?:it|them) back)|\breturn (?:label"
        r"|shipping)\b"
        r"|\bhow do i (?:send|return|ship) (?:it|them)\b",
        "Instructions for the return come by email; I have nothing on shipping costs.",
    ),
    "return_window": (
        r"\bhow (?:long|many days)\b[^.?!]{0,30}\b(return|send|exchange)\b|\breturn (?:window|period|policy|deadline)\b"
        r"|\b(?:still|too late)\b[^.?!]{0,12}\b(?:in time|return window)\b",
        "A delivered order can be returned from once; I have no rule about a number of days.",
    ),
    "delivery_time": (
        r"\b(when|how (?:long|soon|fast))\b[^.?!]{0,30}\b(arrive\w*|deliver\w*|come|here|get here|ship(?:s|ped)?"
        r"|reach)\b",
        "I do not have delivery dates; I can tell you the status and the tracking number of an order.",
    ),
    "changeable": (
        r"\bwhat (?:can|could) (?:i|be|you)\b[^.?!]{0,20}\b(change|changed|do|help)\b|\bwhat are my options\b",
        "Pending orders can be cancelled, or changed in address, payment or items; delivered ones can be returned or "
        "exchanged.",
    ),
    "once": (
        r"\bcan i (?:still |also )?(?:return|exchange|cancel|undo|change)\b[^.?!]{0,30}\b(?:after|later|again"
        r"|things|anything)\b",
        "An order can be returned from or exchanged once, and not both; changed items also close it for other changes.",
    ),
    "fee": (
        r"\b(?:is there|any|some)\b[^.?!]{0,12}\b(?:fee|charge|cost)\b|\bdoes (?:it|that|this) cost (?:anything|me)\b"
        r"|\bis (?:it|that|this) free\b",
        "I know of no fee for that.",
    ),
    "email": (
        r"\b(?:will|do|can) (?:i|you)\b[^.?!]{0,20}\b(?:get|send|receive)\b[^.?!]{0,15}\b(?:confirmation"
        r"|e-?mail)\b[^.!]*\?",
        "Instructions for a return or an exchange follow by email; otherwise I can only tell you here.",
    ),
    "why_identity": (
        r"\b(?:do you|why do you|why) (?:really )?(?:need|want) (?:that|it|this|my)\b[^.!]*(?:\?|$)"
        r"|\bwhat do you need (?:that|it) for\b",
        "I need it to find your account.",
    ),
    "so_far": (
        SO_FAR,
        "",
    ),
    "same": (
        r"\b(?:same|keep|stay\w*)\b[^.?!]{0,12}\b(?:size|colou?r|one|kind|model|material|options?)\b[^.!]*(?:\?|right)",
        "Everything else about it stays the same.",
    ),
    "person": (
        PERSON,
        "I am an automatic agent, and I connect you with a person only for what I cannot settle here, such"
        " as a broken or "
        "missing parcel. I can look up, cancel, change, return and exchange orders.",
    ),
}
OTHERS: dict[str, str] = {
    "return_cost": SIDE["return_shipping"][1],
    "return_policy": SIDE["once"][1],
    "stock": "I can look that up for you afterwards.",
    "payment_kinds": "I can use the payment methods that are in your account.",
    "back": "I need it for what you asked for.",
}
"""Topics of the wordings that have no patterns of their own."""
QUESTIONS = SideQuestions(SIDE, OTHERS)
answer = QUESTIONS.answer
