"""The words with which customers of the airline ask for things: patterns by kind of request, the weightiest first."""

import re


def any_of(*patterns: str) -> re.Pattern[str]:
    """One pattern for several."""
    return re.compile("|".join(patterns))


_BAG = r"(bag|suitcase|piece of luggage|luggage|baggage)s?"
TRANSFERS: dict[str, re.Pattern[str]] = {
    "a lost bag": any_of(
        rf"{_BAG}[^.?!]{{0,40}}(not arrive|never (came|arrived|showed)|got lost|(is|was) (lost|gone)|missing"
        rf"|didn't (come|arrive))",
        rf"\blost my {_BAG}",
    ),
    "a damaged bag": any_of(
        rf"{_BAG}[^.?!]{{0,40}}(damaged|broken|broke|ripped|torn|smashed)", rf"(damaged|broke) my {_BAG}"
    ),
    "a wheelchair": any_of(r"wheel ?chair"),
    "an animal on board": any_of(r"\b(dog|cat|pet)\b"),
    "a seat": any_of(r"(window|aisle) seat|seat (number|assignment)"),
    "a meal": any_of(r"\bmeal\b|vegetarian|vegan"),
    "a child that flies alone": any_of(r"fly alone|look after (him|her|them)|unaccompanied|travel(ling)? alone"),
    "something left on board": any_of(
        r"left my [\w ]+ on (board|the plane)|forgot my [\w ]+ on",
        r"left (it|something|my [\w ]+) (in"
        r"|on) the (plane|seat)",
    ),
    "a new email address": any_of(r"new e-?mail|(change|update) my e-?mail"),
    "a complaint": any_of(r"\bcomplaint\b|complain about"),
    "an invoice": any_of(r"\binvoice\b"),
    "something that needs a person": any_of(
        r"\b(speak|talk) (to|with) (a |an )?(human|person|manager|supervisor|agent|representative)", r"real person"
    ),
}
QUESTIONS: dict[str, re.Pattern[str]] = {
    "gift_card_balance": any_of(
        r"(left|money|balance|much)[^.?!]{0,25}gift ?card|gift ?card[^.?!]{0,20}(balance|left|worth)"
    ),
    "certificate_balance": any_of(
        r"(left|money|balance|much)[^.?!]{0,25}(certificate|voucher)|(certificate"
        r"|voucher)[^.?!]{0,20}(balance|left|worth)"
    ),
    "membership": any_of(
        r"member(ship)? (level|status|tier)|what (level|status|tier) (do|am) i|\bam i (a )?(gold|silver|regular)\b"
    ),
    "cheapest_flight": any_of(
        r"how much (is|are|does|for) the cheapest|cheapest [^.?!]{0,60}cost|lowest (price|fare)|what('s"
        r"| is) the cheapest"
    ),
    "flight_count": any_of(r"how many (direct |nonstop )?flights"),
    "earliest_flight": any_of(r"(what time|when) (does|is) the earliest|\bearliest\b[^.?!]{0,40}\b(leave|depart|go)\w*\?"),
    "free_bags": any_of(
        rf"\b{_BAG}\b[^.?!]{{0,40}}\b(free|no charge|included)\b|\bfree (of charge )?[^.?!]{{0,12}}\b{_BAG}\b",
        rf"\b(check|take|bring|bags|{_BAG})\b[^.?!]{{0,30}}for free|free {_BAG}|{_BAG} (are|is"
        rf"|do i get)[^.?!]{{0,15}}(free|included)",
    ),
    "bag_count": any_of(
        rf"\b{_BAG}\b[^.?!]{{0,60}}\bhow many\b",
        rf"\bnumber of (\w+ )?{_BAG}\b",
        rf"how (many|much) (checked )?{_BAG} (are|is|do i have|do we have|did (i|we)|have (i|we)|on)",
        rf"how many (checked )?{_BAG}\b(?![^.?!]*(free|can i))",
    ),
    "return_date": any_of(
        r"\b(flight|way) (home|back)\b[^.?!]{0,30}\b(date|day|when)\b",
        r"(date|day) (is|of) (the |my |our )?(return|flight (back|home))|when (am|do|are|is) (i|we|my|the"
        r"|our)\b[^.?!]{0,12}"
        r"\b(flying |fly |going |coming |come |go )?(back|home|return)",
        r"\bwhen'?s? (is )?(the|my|our) (flight (home|back)|return)|\bwhen do (i|we) (return|get back)",
    ),
    "flight_number": any_of(r"flight number|flight no\b|number of (the|my) (first )?flight"),
    "departure": any_of(
        r"(what time|when) (does|do|is|will) (the|my|our|i|we) ?(first )?(flight|plane|leave|fly|take off|depart)"
        r"|departure time|when do (i|we) (leave|take off)|\bwhat time [^.?!]{0,25}\b(leave|depart|take off)"
    ),
    "flight_status": any_of(r"\bstatus\b|\bon time\b|is (my|the|our) (first )?(flight|plane) [^.?!]{0,30}(delayed|late)"),
    "total": any_of(
        r"\bgrand total\b|\ball in all\b",
        r"how much did (i|we) (pay|spend)|total price|what did [^.?!]{0,40} cost|what('d| did| have) (i"
        r"|we) (pay|paid|spend)"
        r"|\b(i|we) (paid|pay) (in total|altogether|for)\b|\b(altogether|in total)\b[^.?!]{0,20}\?|set me back",
    ),
}
WRITES: dict[str, re.Pattern[str]] = {
    "compensation": any_of(
        r"compensat",
        r"\b(want|get|owe|deserve|give|some)\b[^.?!]{0,25}\b(money|something|voucher|certificate)\b[^.?!]{0,20}"
        r"\bfor (that|this|it|the (delay|trouble|inconvenience|cancell?ation))",
        r"\bmake (it )?up (to|for)\b|\byou owe me\b",
    ),
    "insurance": any_of(
        r"\badd (the |an? |some )?(travel )?insurance",
        r"\b(get|buy|have|take out|purchase|want|need)\b[^.?!]{0,25}\binsurance\b[^.?!]{0,8}\b(for|on"
        r"|to)\b[^.?!]{0,15}\b\w*\d",
        r"\binsure (it|my|the)\b|\bit insured\b",
    ),
    "bags": any_of(
        rf"\b(add|check|take|remove|bring|need|want|drop)\b[^.?!]{{0,25}}\b{_BAG}\b",
        rf"\b(more|extra|additional|another|fewer|less) {_BAG}\b|\bbag (less|from)\b|\b{_BAG} (more|extra|on top)\b",
    ),
    "passenger": any_of(
        r"\b(someone|somebody) (new|else)\b|\bname\b[^.?!]{0,25}\b(replaced|changed|swapped|wrong)\b",
        r"\bpassengers?\b|(travel|go|goes|fly|flies|come|comes|going|travels?|flying) (there )?(instead of"
        r"|in place of)",
        r"name (change|on the ticket)|\bin my (place|stead|name)\b|\btakes? my (place|seat|ticket)\b"
        r"|\binstead of (me|myself)\b",
        r"\bgive my (ticket|seat|place)|\bsomeone else\b[^.?!]{0,20}\b(fly|go|travel)|\b(swap|replace) (me|myself)\b",
    ),
    "cancel": any_of(
        r"\b(should|must|has to|have to|to) be (cancelled|canceled|called off)\b",
        r"\bdrop\b[^.?!]{0,15}\b(booking|reservation|trip)\b|\bannul",
        r"\bcancel(?!led\b)|\bcancellation\b|call (it |that |this |the \w+ )?off|call off|\bscrap\b(?! (?:that|it)\W)",
        r"\b(cancelled|canceled|called off)\b[^.?!]{0,10}(please|pls)|\b(want|need|have) (it|that|this"
        r"|the trip|\w{6}) cancelled",
        r"\bdon'?t want to (fly|go|travel)\b|\bmoney back\b[^.?!]{0,10}\bfor\b",
    ),
    "cabin": any_of(
        r"\bcabin\b|\bupgrade|\bdowngrade",
        r"\b(change|changed|switch|fly|move|moved|go|sit|put)\b[^.?!]{0,40}\b(to|in|into)? ?(basic economy"
        r"|economy|business)\b",
        r"\b(like|want|prefer|rather)\b[^.?!]{0,20}\b(economy|business)\b",
    ),
    "flights": any_of(
        r"\b(change|alter|amend|adjust|move|reschedule|postpone|shift|switch|push)\b[^.?!]{0,30}\b(flights?|destination|trip"
        r"|date|day|return|outbound)\b",
        r"\breschedule\b|(different|another|other) (day|date|flight|time)|\b(later|earlier) (flight|day|date|plane)\b",
        r"\b(can|could|may) (i|we) (fly|go|leave|travel)\b[^.?!]{0,20}\b(on|instead)\b[^.?!]{0,12}\d",
        r"\b(fly|go|leave|travel) (back |home |out )?on (the )?\w+( of)? ?\w* instead\b",
    ),
    "book": any_of(
        r"\bfrom [a-z ]{3,20} to [a-z ]{3,20}\b[^.?!]{0,40}\b(one[- ]way|round[- ]trip|flights?|tickets?|seats?)\b",
        r"\b(one[- ]way|round[- ]trip)\b",
        r"\bbook (a|an|me|us|one|two|flights?)\b|\bbook it\b|\bi need (a|an) (one-way|round|flight|trip|ticket)",
        r"(one-way flight|round trip) from|\b(want|need|like|have|going|off|get|travel|fly"
        r"|trying)\b[^.?!]{0,20}\b(from|to) [a-z ]{3,15} (to|from) [a-z]",
        r"\b(tickets?|flights?) (from|to) \w+",
    ),
}
HINTS: dict[str, re.Pattern[str]] = {
    "cancel": any_of(r"\bmoney back\b|\brefund\b|\bcan'?t (fly|travel|go|make it)\b(?![^.?!]*(friend|instead|day))"),
    "flights": any_of(r"\b(can'?t|cannot) (fly|travel|go|make it) (on|that|then)\b|\bmy plans (have )?(shifted|moved)\b"),
    "book": any_of(r"\bfrom [a-z ]{3,15} to [a-z]"),
    "cabin": any_of(r"\bsit up front\b|\b(business|economy)( class)?\b"),
    "bags": any_of(rf"\b{_BAG}\b"),
    "compensation": any_of(r"\byou (cancelled|canceled|delayed) my\b"),
}
"""Cues that only hint at a request: they count where none is open."""
