"""Arithmetic with a worked solution: each operation on ``Work`` adds a sentence, and the result has its expression.

work = Work()
apples = work.times(6, 4)            # "6 times 4 is 24."
left = work.minus(apples, 5)         # "24 minus 5 is 19."
left.value, left.written             # 19, "((4 * 6) - 5)"
"""

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Amount:
    """A whole number and the expression it came from, in ``+ - * /`` and brackets (see ``sandbox.calculator``).

    Commuted operands are written in one order, so that equal computations have equal expressions.
    """

    value: int
    written: str


Operand = int | Amount


def in_speech(value: int) -> str:
    """The number as it stands in a sentence: ``12``, ``minus 5``."""
    return str(value) if value >= 0 else f"minus {-value}"


def _amount(operand: Operand) -> Amount:
    return operand if isinstance(operand, Amount) else Amount(operand, str(operand) if operand >= 0 else f"({operand})")


@dataclass
class Work:
    """A worked solution, step by step. Operations raise ``ValueError`` where the result would not be whole."""

    steps: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The steps as one text."""
        return " ".join(self.steps)

    def plus(self, *operands: Operand) -> Amount:
        """The sum of two or more."""
        return self._chain("+", "plus", lambda a, b: a + b, operands)

    def times(self, *operands: Operand) -> Amount:
        """The product of two or more."""
        return self._chain("*", "times", lambda a, b: a * b, operands)

    def minus(self, a: Operand, b: Operand) -> Amount:
        """The difference; may be negative."""
        one, other = _amount(a), _amount(b)
        value = one.value - other.value
        self._note(f"{in_speech(one.value)} minus {in_speech(other.value)} is {in_speech(value)}.")
        return Amount(value, f"({one.written} - {other.written})")

    def shared(self, a: Operand, b: Operand) -> Amount:
        """The quotient of a division without a rest."""
        one, other = _amount(a), _amount(b)
        if other.value == 0 or one.value % other.value:
            raise ValueError(f"{one.value} cannot be divided by {other.value}")
        value = one.value // other.value
        self._note(f"{in_speech(one.value)} divided by {in_speech(other.value)} is {in_speech(value)}.")
        return Amount(value, f"({one.written} / {other.written})")

    def whole(self, a: Operand, b: Operand) -> tuple[Amount, Amount]:
        """How often ``b`` fits into ``a``, and what is left over; both are whole and not negative."""
        one, other = _amount(a), _amount(b)
        if one.value < 0 or other.value <= 0:
            raise ValueError(f"{one.value} cannot be split into groups of {other.value}")
        times, rest = divmod(one.value, other.value)
        self._note(f"{one.value} divided by {other.value} is {times}, with {rest} left over.")
        left = f"({one.written} - ({other.written} * {times}))"
        return Amount(times, f"(({one.written} - {left}) / {other.written})"), Amount(rest, left)

    def percent(self, share: int, of: Operand) -> Amount:
        """So many hundredths of an amount."""
        one = _amount(of)
        if one.value * share % 100:
            raise ValueError(f"{share} percent of {one.value} is not a whole number")
        value = one.value * share // 100
        self._note(f"{share} percent of {in_speech(one.value)} is {in_speech(value)}.")
        return Amount(value, f"(({one.written} * {share}) / 100)")

    def _chain(self, sign: str, word: str, do: Callable[[int, int], int], operands: tuple[Operand, ...]) -> Amount:
        first, *others = map(_amount, operands)
        for other in others:
            value = do(first.value, other.value)
            self._note(f"{in_speech(first.value)} {word} {in_speech(other.value)} is {in_speech(value)}.")
            low, high = sorted((first.written, other.written))
            first = Amount(value, f"({low} {sign} {high})")
        return first

    def _note(self, step: str) -> None:
        self.steps.append(step)


@dataclass(frozen=True)
class Problem:
    """A question in words, its whole-number answer, the worked solution, and the expression."""

    question: str
    answer: int
    worked: str
    written: str


def problem(question: str, work: Work, result: Amount) -> Problem:
    """The problem whose answer is ``result``."""
    return Problem(question=question, answer=result.value, worked=work.text, written=result.written)
