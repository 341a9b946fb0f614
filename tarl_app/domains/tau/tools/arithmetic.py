"""The benchmark's calculator: what Python makes of an expression of digits, brackets, points and ``+ - * /``.

The expression is parsed and walked, never run. Powers that would not end in time (``9**9**9``) are answered like other
numbers that are too large.
"""

import ast
import operator
from collections.abc import Callable
from typing import Any

_ALLOWED = "0123456789+-*/(). "
_MOST_BITS = 1_000_000
_BINARY: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Pow: operator.pow,
}
_UNARY: dict[type[ast.unaryop], Callable[[Any], Any]] = {ast.UAdd: operator.pos, ast.USub: operator.neg}


def calculated(expression: Any) -> str:
    """The value, rounded to two decimals, or ``Error: ...`` with Python's words.

    Raises:
        TypeError: the argument is no text, and nothing like one.
    """
    if not all(sign in _ALLOWED for sign in expression):
        return "Error: invalid characters in expression"
    try:
        if not isinstance(expression, str):
            raise TypeError("eval() arg 1 must be a string, bytes or code object")
        return str(round(float(_value(_parsed(expression.lstrip(" \t")))), 2))
    except Exception as error:  # what Python says of an expression is the answer
        return f"Error: {error}"


def _parsed(expression: str) -> ast.expr:
    tree = compile(expression, "<string>", "eval", flags=ast.PyCF_ONLY_AST)
    if not any(isinstance(node, ast.Call) for node in ast.walk(tree)):  # of calls it would only warn
        compile(expression, "<string>", "eval")  # finds what only the compiler refuses; nothing is run
    return tree.body  # type: ignore[attr-defined]


def _value(body: ast.expr) -> Any:
    """The value of a tree, without recursion: a long sum is as deep as it is long."""
    todo: list[ast.AST | Callable[[], None]] = [body]
    done: list[Any] = []
    while todo:
        node = todo.pop()
        match node:
            case ast.Constant(value=value):
                done.append(value)
            case ast.Tuple(elts=[]):
                done.append(())
            case ast.UnaryOp(op=op, operand=operand):
                todo += [_applied(done, 1, _UNARY[type(op)]), operand]
            case ast.BinOp(left=left, op=op, right=right):
                todo += [_applied(done, 2, _bounded(type(op))), right, left]
            case ast.Call(func=func, args=args, keywords=keywords):
                _refuse(_value(func), args, keywords)
            case _ if callable(node):
                node()
            case _:
                raise ValueError("the expression is not arithmetic")
    return done.pop()


def _applied(done: list[Any], count: int, function: Callable[..., Any]) -> Callable[[], None]:
    def apply() -> None:
        operands = done[-count:]
        del done[-count:]
        done.append(function(*operands))

    return apply


def _bounded(op: type[ast.operator]) -> Callable[[Any, Any], Any]:
    def bounded(left: Any, right: Any) -> Any:
        if isinstance(left, int) and isinstance(right, int):
            bits = left.bit_length() * right if op is ast.Pow else left.bit_length() + right.bit_length()
            if op in (ast.Pow, ast.Mult) and abs(left) > 1 and bits > _MOST_BITS:
                raise OverflowError("int too large to convert to float")
        return _BINARY[op](left, right)

    return bounded


def _refuse(function: Any, args: list[ast.expr], keywords: list[ast.keyword]) -> None:
    """Raises what Python raises when a number is called: "2(3)"."""
    starred = [one for one in args if isinstance(one, ast.Starred)]
    if len(starred) == len(args) == 1 and not keywords:
        function(*_value(starred[0].value))
    given: list[Any] = []
    for one in args:
        given = [*given, *_value(one.value)] if isinstance(one, ast.Starred) else [*given, _value(one)]
    for one in keywords:
        function(*given, **_value(one.value))
    function(*given)
