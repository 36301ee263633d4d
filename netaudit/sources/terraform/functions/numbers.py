"""Numeric functions."""

from __future__ import annotations

import math
from decimal import Decimal

from netaudit.sources.terraform.functions.registry import strict
from netaudit.sources.terraform.operators import MAX_NUMBER_BITS
from netaudit.sources.terraform.types import NUMBER
from netaudit.sources.terraform.values import Deferred, EvaluationError, Value, normal

Number = int | Decimal
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
    bits = base.bit_length() if isinstance(base, int) else 64
    most = MAX_NUMBER_BITS // max(bits, 1)
    if not -most <= exponent <= most:
        raise EvaluationError("a number is too large")
    if isinstance(base, int) and isinstance(exponent, int) and exponent >= 0:
        return base**exponent
    try:
        return _float(float(base) ** float(exponent))
    except (OverflowError, ZeroDivisionError):
        raise EvaluationError("the result is not a number") from None


@strict("log", "number", "number", result=NUMBER)
def _log(number: Number, base: Number) -> Value:
    if number < 0 or base < 0:
        raise EvaluationError("log needs numbers that are not negative")
    if number == 0 or base in (0, 1):
        return Deferred("a logarithm that is infinite", None, NUMBER)  # Terraform gives an infinity, no error
    return _float(math.log(number) / math.log(base))


def _float(number: float | complex) -> Value:
    if isinstance(number, complex) or not math.isfinite(number):
        raise EvaluationError("the result is not a number")
    return normal(Decimal(repr(number)))


@strict("parseint", "string", "whole", result=NUMBER)
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
