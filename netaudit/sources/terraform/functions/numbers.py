"""Numeric functions."""

from __future__ import annotations

import math
from decimal import Decimal

from netaudit.sources.terraform.functions.registry import strict
from netaudit.sources.terraform.types import NUMBER
from netaudit.sources.terraform.values import Deferred, EvaluationError, Value, normal

Number = int | Decimal
EXACT = 2**53  # whole numbers beyond it are rounded
MOST_DOUBLINGS = 2**12
_LN2_HIGH, _LN2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10
_L = (
    6.666666666666735130e-01,
    3.999999999940941908e-01,
    2.857142874366239149e-01,
    2.222219843214978396e-01,
    1.818357216161805012e-01,
    1.531383769920937332e-01,
    1.479819860510658591e-01,
)
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


@strict("abs", "number", result=NUMBER)
def _abs(number: Number) -> Value:
    return abs(number)


@strict("ceil", "number", result=NUMBER)
def _ceil(number: Number) -> Value:
    return math.ceil(number)


@strict("floor", "number", result=NUMBER)
def _floor(number: Number) -> Value:
    return math.floor(number)


@strict("max", "number", rest="number", result=NUMBER)
def _max(*numbers: Number) -> Value:
    return max(numbers)


@strict("min", "number", rest="number", result=NUMBER)
def _min(*numbers: Number) -> Value:
    return min(numbers)


@strict("signum", "whole", result=NUMBER)
def _signum(number: Number) -> Value:
    return (number > 0) - (number < 0)


@strict("pow", "number", "number", result=NUMBER)
def _pow(base: Number, exponent: Number) -> Value:
    if base < 0 and exponent != int(exponent):
        raise EvaluationError("the result is not a number")
    try:
        result = _power(float(base), exponent)
    except (OverflowError, ZeroDivisionError):
        result = None  # Terraform gives an infinity, no error
    if result is None or abs(result) > EXACT:
        return Deferred("a power that is rounded or infinite", None, NUMBER)
    return _float(result)


def _power(base: float, exponent: Number) -> float | None:
    """A power as Go's library works it out; None for one by a fraction, whose last digit hangs on the processor."""
    if abs(exponent) == Decimal("0.5") and base >= 0:
        return math.sqrt(base) if exponent > 0 else 1 / math.sqrt(base)
    if exponent != int(exponent):
        return None
    factor, doublings = math.frexp(base)
    result, shift = 1.0, 0
    left = abs(int(exponent))
    while left and abs(doublings) <= MOST_DOUBLINGS:
        if left & 1:
            result, shift = result * factor, shift + doublings
        factor, doublings, left = factor * factor, doublings * 2, left >> 1
        if factor < 0.5:
            factor, doublings = factor * 2, doublings - 1
    if left:
        return None
    return math.ldexp(result, shift) if exponent >= 0 else math.ldexp(1 / result, -shift)


@strict("log", "number", "number", result=NUMBER)
def _log(number: Number, base: Number) -> Value:
    if number < 0 or base < 0:
        raise EvaluationError("log needs numbers that are not negative")
    if number == 0 or base in (0, 1):
        return Deferred("a logarithm that is infinite", None, NUMBER)  # Terraform gives an infinity, no error
    return _float(_natural(float(number)) / _natural(float(base)))


def _natural(number: float) -> float:
    """The logarithm as Go's library works it out, whose last digit differs from C's (FreeBSD's `e_log.c`)."""
    fraction, exponent = math.frexp(number)
    if fraction < math.sqrt(2) / 2:
        fraction, exponent = fraction * 2, exponent - 1
    f = fraction - 1
    s = f / (2 + f)
    squared = s * s
    fourth = squared * squared
    odd = squared * (_L[0] + fourth * (_L[2] + fourth * (_L[4] + fourth * _L[6])))
    even = fourth * (_L[1] + fourth * (_L[3] + fourth * _L[5]))
    half = 0.5 * f * f
    return exponent * _LN2_HIGH - ((half - (s * (half + (odd + even)) + exponent * _LN2_LOW)) - f)


def _float(number: float | complex) -> Value:
    if isinstance(number, complex) or not math.isfinite(number):
        raise EvaluationError("the result is not a number")
    return normal(Decimal(repr(number)))


@strict("parseint", "text", "whole", result=NUMBER)
def _parseint(text: str, base: int) -> Value:
    if not 2 <= base <= 62:
        raise EvaluationError("the base of parseint must be between 2 and 62")
    digits = text.removeprefix("-").removeprefix("+")
    known = _DIGITS[:base] if base > 36 else _DIGITS[:base] + _DIGITS[:base].upper()
    if not digits or any(d not in known for d in digits) or len(digits) > 1000:
        raise EvaluationError(f"parseint cannot read that in base {base}")
    folded = digits if base > 36 else digits.lower()
    number = 0
    for digit in folded:
        number = number * base + _DIGITS.index(digit)
    return -number if text.startswith("-") else number
