"""Problems of levels 1 to 3: one function a kind of problem; each may raise ``ValueError`` for a draw that does not fit.

Lists of bare numbers are avoided: a question is also spoken, and "12, 15, 18" is heard as one long number.
"""

from collections.abc import Callable

from tarl_app.domains.math.draw import Draw
from tarl_app.domains.math.work import Problem, Work, problem

Make = Callable[[Draw], Problem]

# --- level 1: one operation on small numbers ------------------------------------------------------------------------------


def small_sum(draw: Draw) -> Problem:
    """7 plus 5."""
    work, a, b = Work(), draw.number(2, 20), draw.number(2, 20)
    asked = draw.pick("What is {a} plus {b}?", "How much is {a} plus {b}?", "Can you add {a} and {b} for me?")
    return problem(asked.format(a=a, b=b), work, work.plus(a, b))


def small_difference(draw: Draw) -> Problem:
    """12 minus 5, never below zero."""
    work, a = Work(), draw.number(5, 30)
    b = draw.number(2, a)
    asked = draw.pick("What is {a} minus {b}?", "How much is {a} minus {b}?", "What is left when you take {b} from {a}?")
    return problem(asked.format(a=a, b=b), work, work.minus(a, b))


def small_product(draw: Draw) -> Problem:
    """The times tables."""
    work, a, b = Work(), draw.number(2, 10), draw.number(2, 10)
    asked = draw.pick("What is {a} times {b}?", "How much is {a} times {b}?", "What do you get for {a} multiplied by {b}?")
    return problem(asked.format(a=a, b=b), work, work.times(a, b))


def small_quotient(draw: Draw) -> Problem:
    """The times tables backwards."""
    work, b = Work(), draw.number(2, 10)
    a = b * draw.number(2, 10)
    asked = draw.pick("What is {a} divided by {b}?", "How often does {b} go into {a}?")
    return problem(asked.format(a=a, b=b), work, work.shared(a, b))


def gets_more(draw: Draw) -> Problem:
    """Somebody gets more of something."""
    work, a, b, who, things = Work(), draw.number(2, 20), draw.number(2, 20), draw.name, draw.things
    story = f"{who} has {a} {things} and gets {b} more. How many {things} does {who} have now?"
    return problem(story, work, work.plus(a, b))


def gives_away(draw: Draw) -> Problem:
    """Somebody gives some of something away."""
    work, a, who, things = Work(), draw.number(6, 30), draw.name, draw.things
    b = draw.number(2, a - 2)
    story = f"{who} has {a} {things} and gives {b} of them away. How many {things} does {who} have left?"
    return problem(story, work, work.minus(a, b))


# --- level 2: two operations, or one on larger numbers ---------------------------------------------------------------------


def larger_sum(draw: Draw) -> Problem:
    """Two digits plus two digits."""
    work, a, b = Work(), draw.number(21, 99), draw.number(21, 99)
    return problem(draw.pick("What is {a} plus {b}?", "Please add {a} and {b}.").format(a=a, b=b), work, work.plus(a, b))


def larger_difference(draw: Draw) -> Problem:
    """Two digits minus two digits; may be below zero."""
    work, a, b = Work(), draw.number(21, 99), draw.number(11, 99)
    asked = draw.pick("What is {a} minus {b}?", "Please subtract {b} from {a}.")
    return problem(asked.format(a=a, b=b), work, work.minus(a, b))


def larger_product(draw: Draw) -> Problem:
    """Two digits times one digit."""
    work, a, b = Work(), draw.number(12, 40), draw.number(3, 9)
    asked = draw.pick("What is {a} times {b}?", "Please multiply {a} by {b}.")
    return problem(asked.format(a=a, b=b), work, work.times(a, b))


def multiply_then(draw: Draw) -> Problem:
    """A product, and then something added or taken away."""
    work, a, b, c = Work(), draw.number(3, 9), draw.number(3, 9), draw.number(3, 30)
    product = work.times(a, b)
    if draw.number(0, 1):
        return problem(f"Multiply {a} by {b} and then add {c}. What do you get?", work, work.plus(product, c))
    return problem(f"Multiply {a} by {b} and then subtract {c}. What do you get?", work, work.minus(product, c))


def boxes(draw: Draw) -> Problem:
    """Full boxes, of which some is eaten, lost or sold."""
    work, count, each, who, things = Work(), draw.number(2, 9), draw.number(3, 12), draw.name, draw.things
    gone = draw.number(2, count * each - 1)
    left = work.minus(work.times(count, each), gone)
    what = draw.pick("gives away", "sells", "loses")
    story = f"{who} has {count} boxes with {each} {things} in each and {what} {gone} of the {things}."
    return problem(f"{story} How many {things} are left?", work, left)


def two_friends(draw: Draw) -> Problem:
    """One has so many more than the other; how many together?"""
    work, a, more, things = Work(), draw.number(5, 40), draw.number(3, 20), draw.things
    one, other = draw.names(2)
    together = work.plus(a, work.plus(a, more))
    story = f"{one} has {a} {things}. {other} has {more} more than {one}."
    return problem(f"{story} How many {things} do they have together?", work, together)


# --- level 3: stories of two or three steps --------------------------------------------------------------------------------


def change(draw: Draw) -> Problem:
    """Change from a banknote."""
    work, count, price, who, things = Work(), draw.number(2, 9), draw.number(2, 15), draw.name, draw.things
    extra, note = draw.number(2, 12), draw.number(50, 200, 50)
    cost = work.plus(work.times(count, price), extra)
    if cost.value >= note:
        raise ValueError("not enough money")
    story = (
        f"{who} buys {count} {things} at {price} dollars each and a bag for {extra} dollars, and pays with {note} dollars."
    )
    return problem(f"{story} How many dollars of change does {who} get?", work, work.minus(note, cost))


def share_the_rest(draw: Draw) -> Problem:
    """Some are kept, the rest is shared equally."""
    work, friends, who, things = Work(), draw.number(2, 8), draw.name, draw.things
    total, kept = draw.number(20, 90), draw.number(3, 15)
    each = work.shared(work.minus(total, kept), friends)
    story = f"{who} has {total} {things}, keeps {kept} of them and shares the rest equally among {friends} friends."
    return problem(f"{story} How many {things} does each friend get?", work, each)


def two_kinds_of_boxes(draw: Draw) -> Problem:
    """Small boxes and large boxes."""
    work, things = Work(), draw.things
    small, few, large, many = draw.number(3, 12), draw.number(4, 9), draw.number(2, 8), draw.number(10, 24)
    total = work.plus(work.times(small, few), work.times(large, many))
    story = f"A shop has {small} small boxes with {few} {things} each and {large} large boxes with {many} {things} each."
    return problem(f"{story} How many {things} are there in all?", work, total)


def pages(draw: Draw) -> Problem:
    """Pages of a book that are still to be read."""
    work, who, length = Work(), draw.name, draw.number(120, 400, 10)
    daily, days, more = draw.number(6, 25), draw.number(3, 9), draw.number(5, 30)
    left = work.minus(length, work.plus(work.times(daily, days), more))
    if left.value <= 0:
        raise ValueError("the book is too short")
    story = f"A book has {length} pages. {who} reads {daily} pages a day for {days} days and then {more} pages more."
    return problem(f"{story} How many pages are left?", work, left)


def journey(draw: Draw) -> Problem:
    """Two legs at two speeds."""
    work, who = Work(), draw.name
    slow, fast, first, second = draw.number(20, 60, 5), draw.number(50, 80, 5), draw.number(2, 5), draw.number(2, 5)
    miles = work.plus(work.times(slow, first), work.times(fast, second))
    story = f"{who} drives {first} hours at {slow} miles an hour and then {second} hours at {fast} miles an hour."
    return problem(f"{story} How many miles is that in all?", work, miles)


def three_operations(draw: Draw) -> Problem:
    """A chain of operations that comes out even."""
    work, a, b, c, d = Work(), draw.number(3, 12), draw.number(3, 12), draw.number(2, 30), draw.number(2, 9)
    result = work.shared(work.plus(work.times(a, b), c), d)
    return problem(f"Multiply {a} by {b}, add {c}, and divide what you have by {d}. What is the result?", work, result)


EASY: dict[int, tuple[Make, ...]] = {
    1: (small_sum, small_difference, small_product, small_quotient, gets_more, gives_away),
    2: (larger_sum, larger_difference, larger_product, multiply_then, boxes, two_friends),
    3: (change, share_the_rest, two_kinds_of_boxes, pages, journey, three_operations),
}
"""Level -> kinds of problem."""
