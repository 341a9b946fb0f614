"""Arithmetic from text, parsed and bounded: a large expression is refused at once."""

import ast
import operator
import re
from collections.abc import Callable
from decimal import Context, Decimal, DecimalException

LONGEST = 200
"""Characters in an expression."""
DEEPEST = 40
"""Nested operations."""
LARGEST = Decimal(10) ** 15
"""Largest magnitude of any intermediate number."""
LARGEST_EXPONENT = 12

_EXACT = Context(prec=50)
_BINARY: dict[type[ast.operator], Callable[[Decimal, Decimal], Decimal]] = {
    ast.Add: _EXACT.add,
    ast.Sub: _EXACT.subtract,
    ast.Mult: _EXACT.multiply,
    ast.Div: _EXACT.divide,
    ast.Pow: _EXACT.power,
}
_UNARY: dict[type[ast.unaryop], Callable[[Decimal], Decimal]] = {ast.UAdd: operator.pos, ast.USub: operator.neg}


def calculate(expression: str) -> str:
    """The value, rounded to two decimals, of numbers, ``+ - * / **`` and brackets; ``$`` and thousands commas are ignored.

    Decimal arithmetic, so that ``0.1 + 0.2`` is ``0.3``. Raises ``ValueError`` with a readable message for anything
    else, or for too large numbers.
    """
    if len(expression) > LONGEST:
        raise ValueError(f"the expression is longer than {LONGEST} characters")
    plain = re.sub(r"(?<=\d),(?=\d{3}(?!\d))", "", expression.replace("$", "")).strip()
    try:
        tree = ast.parse(plain, mode="eval")
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        raise ValueError("the expression is not arithmetic") from None
    try:
        value = _value(tree.body, DEEPEST)
    except (DecimalException, ZeroDivisionError):
        raise ValueError("the expression has no value (division by zero?)") from None
    rounded = value.quantize(Decimal("0.01"), context=_EXACT)
    return f"{rounded.normalize(_EXACT):f}" if rounded else "0"


def _value(node: ast.expr, depth: int) -> Decimal:
    if depth == 0:
        raise ValueError("the expression is nested too deeply")
    match node:
        case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
            value = Decimal(repr(number))
        case ast.UnaryOp(op=op, operand=operand) if type(op) in _UNARY:
            value = _UNARY[type(op)](_value(operand, depth - 1))
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _BINARY:
            a, b = _value(left, depth - 1), _value(right, depth - 1)
            if isinstance(op, ast.Pow) and (b != b.to_integral_value() or abs(b) > LARGEST_EXPONENT):
                raise ValueError(f"an exponent must be a whole number of at most {LARGEST_EXPONENT}")
            value = _BINARY[type(op)](a, b)
        case _:
            raise ValueError("only numbers, + - * / ** and brackets are allowed")
    if not value.is_finite() or abs(value) > LARGEST:
        raise ValueError("a number is too large")
    return value
