"""What customers of the shop can want, in their words and in an agent's.

``asked`` is generous, because it only excuses an agent; ``pursued`` is narrow.
"""

from tarl_app.core.domain.judging import Wish

_GOES = r"(?:deliver|ship|send|sent|go|goes|going|brought|redirect|rerout|forward)\w*"

WISHES = (
    Wish(
        "a cancellation",
        ("cancel_order",),
        r"cancel\w*|call(?:ing)? (?:it |that |the \w+ )?off|scrap\w*|undo|void|stop (?:it|the order|that order)|"
        r"(?:don't|do not|dont|no longer) (?:want|need) (?:it|the order|that|this)|by (?:mistake|accident)|accident\w*|"
        r"get rid of the order|kill the order|bought .* twice|ordered .* twice|pull the plug|take back (?:my|"
        r"the) order",
        r"(?<!or )\bcancel(?!l?ed)\w*\b(?! or )|\bfor the cancellation\b",
    ),
    Wish(
        "a return",
        ("return_items",),
        r"return\w*|(?:send|give|bring|ship|take|post|mail)(?:ing|s)? (?:\w+ ){0,4}back|refund\w*|money back|"
        r"get rid of",
        r"\breturn(?:s|ing|ed)? (?:of )?(?:the|your|it|them|items?)\b|\bshould the refund go\b|\byou return\b|"
        r"\bhow would you like the refund\b",
    ),
    Wish(
        "other items",
        ("exchange_items", "modify_items"),
        r"exchang\w*|swap\w*|switch (?:it|them|the|for)|replac\w*|trade|trading|(?:different|other|another|new|"
        r"bigger|smaller|larger|wrong) "
        r"(?:one|ones|size|colou?r|model|version|material|variant|item|kind|type)|in (?:a )?\w+ instead|one (?:in|"
        r"with)\b|"
        r"change (?:the|my|an?|some|one) (?!address|delivery|payment|shipping|order)\w+|too (?:small|big|large|"
        r"tight|short|long)|"
        r"rather have|instead of (?:the|a|my)",
        r"\bexchang\w+ the\b|\bswap(?:ping)? the\b|\bchange the (?!address|payment|delivery|default|"
        r"shipping)[\w -]{3,40} "
        r"(?:for|to) one\b|\binstead (?:of|for) the\b|\b(?:price difference|difference in price)\b|"
        r"\b(?:is|are) (?:out of stock|sold out)\b|\bwhich (?:other )?option\b|"
        r"\bnew (?!(?:\w+ ){0,2}(?:address|delivery|payment|card|method|home|place|street|city|zip|e-?mail|number|total|"
        r"price))\w+[^?]*\?",
    ),
    Wish(
        "another payment",
        ("modify_payment",),
        r"pay\w*|card|visa|mastercard|amex|charge\w*|billed|billing",
        r"\bchange the payment\b|\bmove the payment\b|\bwhich payment method should i change it to\b",
    ),
    Wish(
        "another delivery address",
        ("modify_order_address",),
        rf"address\w*|adress\w*|{_GOES} (?:\w+ ){{0,5}}(?:to|elsewhere|somewhere|instead)|won't be (?:home|there)|"
        rf"mov(?:ed|ing)|"
        r"somewhere else|street|zip",
        r"\b(?:goes|send|ship) (?:order )?#?w?\d*\s?to\b(?=.*\d{5})|\border #?w\d+ goes to\b|\bi will send order\b|"
        r"\bwhat is the (?:complete )?new address\b|\b(?:delivery|its|the) address\b",
    ),
    Wish(
        "another address in the account",
        ("modify_user_address",),
        r"address\w*|adress\w*|mov(?:ed|ing)|relocat\w*|new (?:place|home|house|flat|apartment)|street|zip",
        r"\b(?:its|the) address\b|\baddress (?:of|in) your account\b|\bdefault address\b|"
        r"\bwhat is the (?:complete )?new address\b",
    ),
    # A question is answered, not pursued: these are only recognised.
    Wish(
        "an answer about an order",
        ("item_price", "order_total", "paid_with"),
        r"(?:did|do|have|'d) i (?:pay|paid|spen\w+)|how much|what'?s? (?:the )?(?:damage|total|price|cost)|cost\w*|"
        r"price|total|"
        r"paid|amount|receipt|balance|left on",
    ),
    Wish(
        "the state of an order",
        ("order_status", "tracking"),
        r"status|state|track\w*|where(?:'s| is| are)|when (?:will|does|is)|shipped|arriv\w*|on its way|news|"
        r"update on|parcel|"
        r"package|follow",
    ),
    Wish(
        "an answer about what is for sale",
        ("available_count", "cheapest_variant", "variant_price", "gift_card_balance"),
        r"do you (?:have|sell|carry)|available|in stock|cheapest|how many|how much|cost\w*|balance|gift card|left on",
    ),
)

TOPICS = (
    r"how long|how soon|when|days?|weeks?|hours?",
    r"shipping|ship\w* (?:it )?back|send\w* (?:it )?back|label|postage",
    r"discounts?|(?:lower|better|best)\b.{0,8}\bprice|percent|cheaper|deal|coupon|voucher|promo\w*|money off",
    r"sizes?|fit",
    r"colou?rs?",
    r"fees?|charges?|\$\d|free\b|costs?|how much",
    r"robot|human|bot|real person|(?:some(?:one|body)|anyone) real|machine|automat\w*|computer|agent",
    r"stock|available",
    r"warranty|guarantee|repair\w*",
    r"(?:someone|somebody|another) (?:else's |person's |customer's )?account|your own account",
    r"chang\w*",
    r"status|shipped|left|track\w*|where",
    r"e-?mail|receipt|invoice|confirmation",
    r"payment methods?|pay\w*|paid|card|paypal",
)
"""Subjects of customers' questions; an answer to one names it, too."""
