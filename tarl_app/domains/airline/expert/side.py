"""Side questions of the airline's customers that the policy answers in a sentence, before the agent returns"
" to the point."""

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
        r"\b(how (?:long|fast|quick\w*|soon)|when)\b[^.?!]{0,50}\b(refund\w*|money|credited|reimburse\w*|paid back)\b"
        r"|\brefund\b[^.?!]{0,25}\b(take|long|time)\b",
        "A refund goes to gift cards and certificates at once, otherwise it takes up to seven business days.",
    ),
    "bag_rules": (
        r"\b(gold|silver|regular|members?)\b[^.?!]{0,30}\b(free|bags?|luggage)\b[^.!]*\?",
        "Free bags for each passenger in basic economy, economy and business: regular 0, 1, 2; silver 1, 2, 3; "
        "gold 2, 3, 4.",
    ),
    "bag_price": (
        r"\bwhat (?:does|do|is|would|'s)\b[^.?!]{0,20}\b(?:extra|more|another|additional)\b[^.?!]{0,12}\b(?:bag|suitcase)|"
        r"\bhow much\b[^.?!]{0,25}\b(extra|more|checked|a|each|another|per)\b[^.?!]{0,12}\b(bag|suitcase"
        r"|luggage|baggage)",
        "A bag beyond the free ones is 40 dollars.",
    ),
    "insurance_price": (
        r"\b(how much|what)\b[^.?!]{0,20}\binsurance\b[^.?!]{0,20}\b(cost|much|price|cover)\w*"
        r"|\bhow much\b[^.?!]{0,20}\binsurance"
        r"|\bwhat does (?:the |it |insurance )?cover",
        "Insurance is 25 dollars for each passenger and covers cancelling for reasons of health or weather.",
    ),
    "cancel_rules": (
        r"\b(when|under what|which cases)\b[^.?!]{0,20}\bcan i cancel\b|\bcancellation (?:policy|rules)\b",
        "A trip can be cancelled within 24 hours of booking, in business, when we cancelled a flight, or"
        " with insurance for "
        "health or weather.",
    ),
    "changeable": (
        r"\bwhat (?:can|could) (?:i|be|you)\b[^.?!]{0,20}\b(change|changed|do|help)\b|\bwhat are my options\b",
        "I can book and cancel trips, and change flights, cabins, passengers and bags.",
    ),
    "email": (
        r"\b(?:will|do|can) (?:i|you)\b[^.?!]{0,20}\b(?:get|send|receive)\b[^.?!]{0,15}\b(?:confirmation"
        r"|e-?mail)\b[^.!]*\?",
        "I can only tell you here; I have nothing on confirmations by email.",
    ),
    "on_board": (
        r"\b(wi-?fi|wlan|movies?|food|snacks?|drinks?|power outlets?|entertainment)\b[^.!]*(?:\?|on board)",
        "I have no information about what there is on board.",
    ),
    "why_identity": (
        r"\b(?:do you|why do you|why) (?:really )?(?:need|want) (?:that|it|this|my)\b[^.!]*(?:\?|$)",
        "I need it to find your account.",
    ),
    "so_far": (
        SO_FAR,
        "",
    ),
    "person": (
        PERSON,
        "I am an automatic agent, and I connect you with a person only for what I cannot settle here, such"
        " as lost baggage or "
        "a wheelchair. I can book and cancel trips, and change flights, cabins, passengers and bags.",
    ),
}
OTHERS: dict[str, str] = {
    "free_bags": SIDE["bag_rules"][1],
    "bag_fee": SIDE["bag_price"][1],
    "insurance_cover": SIDE["insurance_price"][1],
    "change_rules": "Flights in basic economy cannot be changed; the cabin and the passengers can.",
    "flight_times": "I can look up flights for you afterwards.",
    "back": "I need it for what you asked for.",
}
"""Topics of the wordings that have no patterns of their own."""
QUESTIONS = SideQuestions(SIDE, OTHERS)
answer = QUESTIONS.answer
