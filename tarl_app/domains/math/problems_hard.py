"""Problems of levels 4 and 5: percentages, averages, rates, rests, and working backwards (see ``problems``)."""

from tarl_app.domains.math.draw import Draw
from tarl_app.domains.math.problems import Make
from tarl_app.domains.math.work import Problem, Work, problem

# --- level 4: three steps, or a notion of its own --------------------------------------------------------------------------


def discount(draw: Draw) -> Problem:
    """A reduced price, several times."""
    work, who, things = Work(), draw.name, draw.things
    price, share, count = draw.number(20, 200, 10), draw.number(10, 60, 5), draw.number(2, 6)
    paid = work.times(work.minus(price, work.percent(share, price)), count)
    story = f"A set of {things} costs {price} dollars. In the sale it is {share} percent off. {who} buys {count} sets."
    return problem(f"{story} How many dollars does {who} pay in all?", work, paid)


def average(draw: Draw) -> Problem:
    """The average of three scores."""
    work, who = Work(), draw.name
    one, two, three = (draw.number(20, 99) for _ in range(3))
    mean = work.shared(work.plus(one, two, three), 3)
    story = f"{who} scored {one} points in the first game, {two} points in the second and {three} points in the third."
    return problem(f"{story} How many points is that per game on average?", work, mean)


def how_many_in_the_time(draw: Draw) -> Problem:
    """Pieces of work in hours and minutes."""
    work, who, things = Work(), draw.name, draw.things
    hours, minutes, each = draw.number(2, 6), draw.number(10, 50, 5), draw.number(4, 15)
    made = work.shared(work.plus(work.times(hours, 60), minutes), each)
    story = f"{who} paints {things} for {hours} hours and {minutes} minutes. Each one takes {each} minutes."
    return problem(f"{story} How many {things} does {who} paint?", work, made)


def fence(draw: Draw) -> Problem:
    """What it costs to go once around a garden."""
    work, who = Work(), draw.name
    length, width, price = draw.number(8, 40), draw.number(5, 30), draw.number(3, 15)
    cost = work.times(work.times(2, work.plus(length, width)), price)
    story = f"{who}'s garden is a rectangle, {length} yards long and {width} yards wide."
    return problem(
        f"{story} A fence costs {price} dollars a yard. How many dollars does the fence around it cost?", work, cost
    )


def overtime(draw: Draw) -> Problem:
    """Wages with extra hours that are paid better."""
    work, who = Work(), draw.name
    wage, bonus, hours, extra = draw.number(12, 30), draw.number(3, 10), draw.number(20, 40), draw.number(2, 9)
    regular = work.times(hours, wage)
    earned = work.plus(regular, work.times(extra, work.plus(wage, bonus)))
    story = f"{who} earns {wage} dollars an hour, and {bonus} dollars more for each hour of overtime."
    worked = f"This week {who} worked {hours} regular hours and {extra} hours of overtime."
    return problem(f"{story} {worked} How many dollars is that?", work, earned)


def ages(draw: Draw) -> Problem:
    """So many times as old; how old together, some years on?"""
    work, age, times, years = Work(), draw.number(4, 14), draw.number(2, 5), draw.number(2, 12)
    one, other = draw.names(2)
    together = work.plus(work.plus(age, years), work.plus(work.times(times, age), years))
    story = f"{one} is {age} years old. {other} is {times} times as old."
    return problem(f"{story} How old will the two be together in {years} years?", work, together)


# --- level 5: several steps, one of which has to be found --------------------------------------------------------------


def buses(draw: Draw) -> Problem:
    """Rounded up: the last bus is not full."""
    work, seats, price = Work(), draw.number(12, 50), draw.number(80, 300, 10)
    groups, each = draw.number(4, 12), draw.number(11, 29)
    full, rest = work.whole(work.times(groups, each), seats)
    if rest.value == 0 or full.value == 0:
        raise ValueError("it comes out even")
    cost = work.times(work.plus(full, 1), price)
    story = f"{groups} classes of {each} children go on a trip. A bus has {seats} seats and costs {price} dollars."
    return problem(f"{story} How many dollars do they pay for the buses they need?", work, cost)


def left_over(draw: Draw) -> Problem:
    """What does not fill a box."""
    work, things = Work(), draw.things
    trays, each, bad, size = draw.number(5, 20), draw.number(6, 24), draw.number(2, 15), draw.number(7, 24)
    _, rest = work.whole(work.minus(work.times(trays, each), bad), size)
    story = (
        f"There are {trays} trays with {each} {things} each. {bad} of the {things} are thrown away, the others are packed"
    )
    return problem(f"{story} into boxes of {size}. How many {things} do not fill a box?", work, rest)


def backwards(draw: Draw) -> Problem:
    """A number that was thought of."""
    work, factor, more = Work(), draw.number(3, 12), draw.number(5, 60)
    result = factor * draw.number(4, 25) + more
    found = work.shared(work.minus(result, more), factor)
    who = draw.name
    story = f"{who} thinks of a number, multiplies it by {factor}, adds {more} and gets {result}."
    return problem(f"{story} What number did {who} think of?", work, found)


def tank(draw: Draw) -> Problem:
    """Water runs in and out."""
    work, inflow, outflow = Work(), draw.number(12, 40), draw.number(2, 11)
    size, there = draw.number(200, 900, 10), draw.number(20, 150, 5)
    minutes = work.shared(work.minus(size, there), work.minus(inflow, outflow))
    story = f"A tank holds {size} gallons, and {there} gallons are in it. Each minute {inflow} gallons run in and {outflow}"
    return problem(f"{story} gallons leak out. After how many minutes is the tank full?", work, minutes)


def two_bites(draw: Draw) -> Problem:
    """A share is spent, then a share of what is left."""
    work, who = Work(), draw.name
    money, first, second = draw.number(60, 600, 12), draw.number(2, 6), draw.number(2, 6)
    rest = work.minus(money, work.shared(money, first))
    left = work.minus(rest, work.shared(rest, second))
    part = {2: "half", 3: "a third", 4: "a quarter", 5: "a fifth", 6: "a sixth"}
    story = f"{who} has {money} dollars, spends {part[first]} of it on rent and {part[second]} of the rest on food."
    return problem(f"{story} How many dollars are left?", work, left)


def row_of_numbers(draw: Draw) -> Problem:
    """The sum of a row of whole numbers."""
    work, low = Work(), draw.number(1, 30)
    high = low + draw.number(6, 40)
    count = work.plus(work.minus(high, low), 1)
    total = work.shared(work.times(work.plus(low, high), count), 2)
    return problem(f"What is the sum of all whole numbers from {low} to {high}, both included?", work, total)


def break_even(draw: Draw) -> Problem:
    """When the dear contract with the low rate has caught up."""
    work, high, low = Work(), draw.number(15, 60), draw.number(5, 14)
    fee = (high - low) * draw.number(3, 20)
    months = work.shared(fee, work.minus(high, low))
    one = f"One contract costs {high} dollars a month. Another costs {fee} dollars once and {low} dollars a month."
    return problem(f"{one} After how many months have both cost the same?", work, months)


HARD: dict[int, tuple[Make, ...]] = {
    4: (discount, average, how_many_in_the_time, fence, overtime, ages),
    5: (buses, left_over, backwards, tank, two_bites, row_of_numbers, break_even),
}
"""Level -> kinds of problem."""
