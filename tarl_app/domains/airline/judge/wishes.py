"""What customers of the airline can want, in their words and in an agent's.

``asked`` is generous, because it only excuses an agent; ``pursued`` is narrow.
"""

from tarl_app.core.domain.judging import Wish

WISHES = (
    Wish(
        "a booking",
        ("book",),
        r"book\w*|fl(?:y|ying) (?:from|to|out|home)|ticket\w*|(?:need|want|get|take) (?:a|to) (?:flight|trip|fly|seat)|"
        r"one[- ]way|round[- ]trip",
        r"\bwhere would you like to fly\b|\bi (?:will )?book\b|\bis it (?:one way|a round trip)\b|\bwho will travel\b|"
        r"\bwould you like insurance\b",
    ),
    Wish(
        "a cancellation",
        ("cancel",),
        r"cancel\w*|call(?:ing)? (?:it |that |the \w+ )?off|scrap\w*|refund\w*|money back|"
        r"(?:can't|cannot|can not|won't|not) (?:be )?(?:go|going|make|making|travel|travelling|fly|flying)|"
        r"drop (?:the|my|that)",
        r"(?<!or )\bcancel(?!l?ed)\w*\b(?! or )|\bfor the cancellation\b",
    ),
    Wish(
        "other flights",
        ("change_flights",),
        r"(?:chang|mov|push|shift|switch|postpon|reschedul|rebook)\w*|(?:earlier|later|another|different|other|next) "
        r"(?:flight|day|date|time|one|morning|evening|week)|instead of the|fly (?:back )?(?:on|earlier|later|home)",
        r"\bnew date\b|\bfly instead\b|\boutbound flight or the return\b|\bchange reservation \w+ to jn",
    ),
    Wish(
        "another cabin",
        ("change_cabin",),
        r"business|economy|upgrad\w*|downgrad\w*|cabin|class|comfort\w*|better seats?|front",
        r"\bwhich cabin (?:would you like instead|should it be)\b|"
        r"\bchange reservation \w+ to (?:basic[ _]economy|economy|business)\b",
    ),
    Wish(
        "another passenger",
        ("change_passenger",),
        r"passenger|names?\b|instead of (?:me|him|her|us|my)|(?:some|any)(?:one|body) else|place|spell\w*|typo|"
        r"travel\w* for|"
        r"(?:my|his|her) (?:husband|wife|son|daughter|brother|sister|friend|colleague|mother|father|mom|mum|dad)",
        r"\bwho should be replaced\b|\bnew passenger\b|\btravels instead of\b|\bwhich passenger should\b",
    ),
    Wish(
        "more bags",
        ("change_bags",),
        r"bags?|bagg\w*|luggage|suitcases?|case|golf|ski\w*|check in",
        r"\bhow many (?:more )?bags (?:should|do|can|shall) (?:i add|you have)\b|\badd \w+ (?:more |further )?bags?\b",
    ),
    Wish(
        "compensation",
        ("compensation",),
        r"compensat\w*|voucher|certificate|owe\w*|make (?:it )?up|late|delay\w*|cancell?ed|trouble|something for",
        r"\bcertificate of \$|\bcompensat\w+\b",
    ),
    Wish("insurance", ("add_insurance",), r"insur\w*|cover\w*", r"\binsurance (?:cannot|can't|can only)\b"),
    # A question is answered, not pursued: these are only recognised.
    Wish(
        "an answer",
        (
            "bag_count",
            "certificate_balance",
            "cheapest_flight",
            "departure",
            "earliest_flight",
            "flight_count",
            "flight_number",
            "flight_status",
            "free_bags",
            "gift_card_balance",
            "membership",
            "return_date",
            "total",
        ),
        r"what|when|which|where|how (?:much|many)|status|balance|membership|number|on time|leav\w*|depart\w*|"
        r"left on|cost\w*|"
        r"price|paid|total",
    ),
)

TOPICS = (
    r"how long|how soon|days?|weeks?|hours?",
    r"meals?|food|vegetarian|eat",
    r"seats?|window|aisle|legroom",
    r"wi-?fi|internet",
    r"pets?|dogs?|cats?",
    r"insur\w*",
    r"discounts?|(?:lower|better|best)\b.{0,8}\bprice|percent|cheaper|deal|coupon|voucher|promo\w*",
    r"fees?|charges?|\$\d|free\b|costs?|how much",
    r"bags?|bagg\w*|luggage|suitcases?",
    r"robot|human|bot|real person|(?:some(?:one|body)|anyone) real|machine|automat\w*|computer",
    r"gate|terminal|check[- ]?in|boarding",
    r"time|late|delay\w*|status",
    r"(?:someone|somebody|another) (?:else's |person's |customer's )?account|your own account",
    r"e-?mail|receipt|invoice|confirmation",
    r"payment methods?|pay\w*|paid|card",
)
"""Subjects of customers' questions; an answer to one names it, too."""
