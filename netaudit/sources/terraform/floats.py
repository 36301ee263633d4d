"""Numbers that are not whole, as Terraform keeps them: binary, of 512 bits, shown by their shortest decimal (TF-39).

A `Decimal` of ours is the shortest decimal of such a number, so that each stands for exactly one.
"""

from __future__ import annotations

from decimal import Context, Decimal
from fractions import Fraction

from netaudit.sources.terraform.values import MOST_POWER, EvaluationError

BITS = 512
_FEWEST = 153  # any decimal of so many digits has a number of its own: 10**153 < 2**511
_MOST = 156


def rounded(exact: Fraction) -> Decimal:
    """The number nearest to the exact one."""
    nearest = _nearest(exact)
    for digits in range(_FEWEST, _MOST):
        shown = _decimal(nearest, digits)
        if _nearest(Fraction(shown)) == nearest:
            return shown
    return _decimal(nearest, _MOST)


def exact(number: int | Decimal) -> Fraction:
    """The binary number that a decimal of ours stands for. Raises `EvaluationError` for one beyond all use."""
    if isinstance(number, Decimal) and abs(number.adjusted()) > MOST_POWER:
        raise EvaluationError("a number is too large")
    return Fraction(number) if isinstance(number, int) else _nearest(Fraction(number))


def _nearest(exact: Fraction) -> Fraction:
    size = exact.numerator.bit_length() - exact.denominator.bit_length()
    found = _scaled(exact, BITS - size)
    return found if abs(found.numerator).bit_length() <= BITS else _scaled(exact, BITS - 1 - size)


def _scaled(exact: Fraction, shift: int) -> Fraction:
    unit = Fraction(2) ** shift
    return round(exact * unit) / unit


def _decimal(number: Fraction, digits: int) -> Decimal:
    context = Context(prec=digits, Emax=100_000, Emin=-100_000)
    return context.divide(Decimal(number.numerator), Decimal(number.denominator)).normalize(context)
