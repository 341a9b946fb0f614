"""The words with which customers of the shop ask for things: patterns by kind of request, in the order of"
" their weight."""

import re


def any_of(*patterns: str) -> re.Pattern[str]:
    """One pattern for several."""
    return re.compile("|".join(patterns))


TRANSFERS: dict[str, re.Pattern[str]] = {
    "a damaged item": any_of(
        r"\b(broken|(?<!what's the )(?<!whats the )damage\w*|in pieces|compensation|shattered|cracked|smashed"
        r"|dented)\b",
        r"came (apart|torn)",
    ),
    "a missing parcel": any_of(
        r"never (reached|got|arrived|received|came|showed)",
        r"missing parcel|\btraced\b|lost parcel",
        r"(parcel|package|box|order) (is|was|got|went) (lost|missing|stolen)",
    ),
    "a wrong article in the box": any_of(
        r"(different|wrong) (article|product|item|thing) was in|wrong (article|item) (arrived"
        r"|in)",
        r"in the box instead",
    ),
    "a repair": any_of(r"\brepair|warranty|stopped working|defective|doesn't (work|turn on)"),
    "a change of the email address": any_of(r"\b(new|change|update|different) (my |the )?e-?mail"),
    "a change of the name": any_of(r"(last|first|sur) ?name in my account|got married|change my (last |sur)?name"),
    "a bulk purchase": any_of(r"\bbulk\b|large quantity|hundred pieces|for my company, about"),
    "the deletion of the account": any_of(r"delete my (account|data|profile|details|user)|close my account|all my data"),
    "a complaint about the courier": any_of(
        r"\bcomplaint|complain about|\brude\b|\bcourier\b(?!'s (site|page|website)| (site|page|website))"
    ),
    "a company invoice": any_of(r"\binvoice\b"),
    "something that needs a person": any_of(
        r"\b(speak|talk) (to|with) (a |an )?(human|person|manager|supervisor|agent|representative)", r"real person"
    ),
}
QUESTIONS: dict[str, re.Pattern[str]] = {
    "gift_card_balance": any_of(
        r"(left|money|balance|much)\b[^.?!]{0,25}gift ?card(?! and)", r"gift ?card[^.?!]{0,20}(balance|left|worth)"
    ),
    "cheapest_variant": any_of(
        r"\bcheapest\b|(lowest|smallest|best) (price|cost)|least (expensive|money)",
        r"\bpric\w+\b[^.?!]{0,15}\b(lowest|smallest)\b",
    ),
    "available_count": any_of(
        r"how many.{0,40}(variant|version|kind|option|type|sort)",
        r"in how many|how many [\w ]{2,30} (do you have|are (there|available)|in stock|can i)",
    ),
    "tracking": any_of(
        r"\bnumber\b[^.?!]{0,30}\b(trace|follow)\b",
        r"\btracking|\btrack\b(?! record)|\b(follow|trace) (my|the) (parcel|package|order)",
        r"\b(number|code|id)\b[^.?!]{0,25}\b(carrier|courier|postal|delivery company|ups|fedex|shipping company)",
    ),
    "paid_with": any_of(
        r"(which|what) (payment method|card|way).{0,12}(did|was|i )",
        r"how (did i pay|was it paid)|with which (card|payment)",
    ),
    "order_status": any_of(
        r"\bstatus\b|what state|where(?:'s| is|s) (my|the) (order|parcel|package|stuff|thing)|how far",
        r"been (shipped|delivered|sent)( out)?( yet)?\?|\b(has|did|have) .{0,25}(shipped|ship|arrived)\b",
        r"\b(any )?(news|update)s? (on|about)\b|what'?s (happening|going on|up) with|where'?s (it|my order|that) at\b",
        r"where(?:'s| is|s) [#w]?\s?w?\d{7}",
    ),
    "price": any_of(
        r"\bwas i charged\b|\byou (took|charged)\b[^.?!]{0,12}\bfor\b",
        r"\bneed to know what\b[^.?!]{0,40}\b(was|cost)\b|\bgo into (it|that)\b",
        r"how much|\bprice\b|\bcosts?\b|\btotal\b|altogether|what('d| did) .{0,40}(pay|paid|spend)",
        r"what('s|s| is| was) the damage|\b(set|ran) me back\b|did i (pay|spend)\b",
    ),
}
_PLACE = r"(place|address|home|house|flat|apartment|street|door|location|destination)"
WRITES: dict[str, re.Pattern[str]] = {
    "user_address": any_of(
        r"(account|default|home|on file|profile)[^.?!]{0,40}\baddress|\baddress\b[^.?!]{0,60}(account\b|on file"
        r"|default|profile)",
        r"\b(i|we)('ve| have|'m| am|'re| are)? ?(just )?(moved|moving)\b|live somewhere else",
        r"\bupdate my address\b",
    ),
    "order_address": any_of(
        r"(delivery|shipping) address|(to|needs?) (a different|another|a new|the wrong) (delivery )?address",
        r"wrong (place|address)|\baddress\b[^.?!]{0,20}\b(of|for|on) .{0,20}(order\b|#?w ?\d)",
        rf"\b(go|goes|going|send|sent|ship|shipped|deliver|delivered|come|redirect\w*)\b[^.?!]{{0,40}}"
        rf"\b(somewhere else|elsewhere|(different|another|new|other|old|my \w+'s) {_PLACE})\b",
        r"\b(go|sent?|ship(ped)?|deliver(ed)?|redirect(ed)?)\b[^.?!]{0,20} to (my|the|our|a) (sister|brother"
        r"|mother|mum|mom|dad|"
        r"father|neighbou?r|parents|office|work|friend|daughter|son|aunt|uncle)\b",
        r"\b(send|ship|deliver)\b[^.?!]{0,30} to \d+ \w+",
        r"\b(not|won't|wont|n't) be (at )?home\b|\bbe away when\b",
    ),
    "payment": any_of(
        r"(change|switch|move|different|another|new)\b[^.?!]{0,30}\b(payment|how i pay)",
        r"pay for [^.?!]{0,45}(with|another way|different)|payment[^.?!]{0,50}(different|another) method",
        r"\b(charge|charged|put|pay|paid|bill|billed|switch)\b[^.?!]{0,45}\b(on|to|with|by) (my |the |a )?(other "
        r"|different )?"
        r"(credit |gift |debit )?(card|pay ?pal|visa|mastercard|amex|american express)\b[^.?!]{0,25}\binstead",
        r"\b(charge|charged|put|bill|switch)\b[^.?!]{0,30}\b(on|to) (my |the |a )?"
        r"(other|different|new|another) (card|one|account)\b",
        r"\b(money|payment)\b[^.?!]{0,50}\b(from|on) (somewhere|another|a different|elsewhere)",
        r"\bpay\b[^.?!]{0,30}\b(differently|(w|with|by) something else)\b|\b(on|to|with|by) (another|a different) payment",
        r"\bwrong (card|payment|method)|\b(charged?|billed?) to (my|the)\b",
    ),
    "cancel": any_of(
        r"\b(take|strike|remove|get)\b[^.?!]{0,40}\boff (your|the) (books?|list|system)\b",
        r"\b(rather not|(do not|don'?t) want to) (get|have|receive|keep)\b[^.?!]{0,20}\b(order|#?w ?\d)",
        r"\bforget (about )?(my|the|that|an) order\b|\bannul|\bnever (placed|ordered)\b|\border\b[^.?!]{0,10}\bgone\b",
        r"\bcancel|\bcall(ed|ing)? (\S+ ){0,4}off\b|\bscrap\b|\bwithdraw\b|\bundo\b[^.?!]{0,20}\b(order|purchase)",
        r"\bstop (my|the|that|this|an) order\b|\border\b[^.?!]{0,30}\bbe stopped\b|\bcan (it|that"
        r"|this) (still )?be stopped\b",
    ),
    "return": any_of(
        r"\breturn(ing|ed)?\b|(send|give|bring|ship|take) (\w+ ){0,8}back(?=[.,?!]|$| (from|please|to|in|because"
        r"|and|for)\b)",
        r"\bsend-back\b|\b(send|sending|give|giving) (back|(it|them|that|this) back)|refund (for )?(the|my)\b",
    ),
    "swap": any_of(
        r"\bexchang|\bswap|\bchange\b|(wrong|different) version|\bmodify|\btrade (it|them|in|my|the)\b|\breplace",
    ),
}
HINTS: dict[str, re.Pattern[str]] = {
    "return": any_of(
        r"\bmoney back\b|\brefund|\bgo(es)? back\b|\bget rid of\b|get my money|\bsend(ing)? [^.?!]{0,40}\bback\b"
        r"|\bdon't like"
    ),
    "payment": any_of(r"\b(other|another|different) (card|payment)\b|\bpay ?pal instead\b|\bon my (other )?\w* ?card\b"),
    "order_address": any_of(
        r"\b(nobody|no one|noone)\b[^.?!]{0,20}\b(in|home|there)\b|\b(not|won'?t) be (in|there)\b"
        r"|\baddress\b|\bsend it to\b|\bship it to\b|\bgo to \d+"
    ),
    "swap": any_of(
        r"\b(wrong|another|different|other|bigger|smaller|larger) (size|colou?r|one|kind|model|variant)\b"
        r"|\binstead of\b",
        r"\b(have|get|want|need|like|prefer|take)\b[^.?!]{0,40}\b(in|with) (?!the\b|my\b|me\b|you\b|it\b)\w+"
        r"|\btoo (big|small|large|tight|loose"
        r"|short|long)\b",
    ),
    "cancel": any_of(
        r"\bby (mistake|accident)\b|\b(don't|dont|do not) (want|need) (it|the order|this|that"
        r"|them)\b[^.?!]{0,15}(any ?more|now)?",
    ),
}
"""Cues that only hint at a request: they count where none is open."""
_KEY_WORDS = """
accident address addresses account accounts balance balances scrap withdraw cancel cancels change changes
changed charge charged card cards courier delivery delivered delivers different email exchange exchanges mistake
mistakes order orders ordered parcel parcels payment payments paypal refund refunds refunded return returns
returned shipping shipped status swap swapped tracking tracked invoice price prices prince
"""
KEYS = frozenset(_KEY_WORDS.split())
"""Words that decide what is asked for; a slip in them is put right. All their forms stand here, which are no slips."""
