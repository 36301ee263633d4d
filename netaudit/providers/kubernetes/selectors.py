"""A label selector picks objects by their labels; what is written in it must all hold.

https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/ (read 2026-11-23)

K8S-16  `In`, `NotIn`, `Exists` and `DoesNotExist`; `NotIn` and `DoesNotExist` hold where the key is absent;
        `matchLabels` and `matchExpressions` must both hold; an empty selector picks everything.

A label whose value or presence the text does not fix makes the answer MAYBE.

Not modelled: nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from netaudit.model import MORE, Truth, Unknown
from netaudit.providers.kubernetes.fields import Field, MalformedError

Labels = Mapping[str, "str | Unknown"]


class Operator(StrEnum):
    """What a requirement asks of a label."""

    IN = "In"
    NOT_IN = "NotIn"
    EXISTS = "Exists"
    DOES_NOT_EXIST = "DoesNotExist"


@dataclass(frozen=True, slots=True)
class Requirement:
    """One condition on one label."""

    key: str
    operator: Operator
    values: frozenset[str] = frozenset()

    def holds(self, labels: Labels) -> Truth:
        """Whether an object with these labels meets it."""
        if self.operator is Operator.IN:
            return self._is_one_of(labels)
        if self.operator is Operator.NOT_IN:
            return _not(self._is_one_of(labels))
        present = Truth.YES if self.key in labels else _absent(labels)
        return present if self.operator is Operator.EXISTS else _not(present)

    def _is_one_of(self, labels: Labels) -> Truth:
        value = labels.get(self.key)
        if value is None:
            return _absent(labels)
        if isinstance(value, Unknown):
            return Truth.MAYBE
        return Truth.YES if value in self.values else Truth.NO

    def __str__(self) -> str:
        values = ",".join(sorted(self.values))
        if self.operator is Operator.IN:
            return f"{self.key}={values}" if len(self.values) == 1 else f"{self.key} in ({values})"
        if self.operator is Operator.NOT_IN:
            return f"{self.key} not in ({values})"
        return self.key if self.operator is Operator.EXISTS else f"!{self.key}"


def _absent(labels: Labels) -> Truth:
    """Whether a key that is not listed may be there all the same."""
    return Truth.MAYBE if MORE in labels else Truth.NO


def _not(truth: Truth) -> Truth:
    return Truth(Truth.YES - truth)


@dataclass(frozen=True, slots=True)
class Selector:
    """Requirements that must all hold."""

    requirements: tuple[Requirement, ...] = ()

    def picks(self, labels: Labels) -> Truth:
        """Whether it picks an object with these labels."""
        found = Truth.YES
        for requirement in self.requirements:
            truth = requirement.holds(labels)
            if truth is Truth.NO:
                return truth
            found = min(found, truth)
        return found

    def doubts(self, labels: Labels) -> tuple[Unknown, ...]:
        """The unknown labels that decide whether it picks the object."""
        if self.picks(labels) is not Truth.MAYBE:
            return ()
        unsure = (r.key for r in self.requirements if r.holds(labels) is Truth.MAYBE)
        found = (labels.get(key, labels.get(MORE)) for key in unsure)
        return tuple(dict.fromkeys(value for value in found if isinstance(value, Unknown)))

    def __str__(self) -> str:
        return ", ".join(str(requirement) for requirement in self.requirements)


EVERYTHING = Selector()


def read_selector(field: Field) -> Selector:
    """Read a selector; one that is absent or empty picks everything. Raises MalformedError."""
    field.only("matchLabels", "matchExpressions")
    found: list[Requirement] = []
    for key, value in field.get("matchLabels").entries():
        _check_key(key, value)
        found.append(Requirement(key, Operator.IN, frozenset({label_value(value)})))
    found += [_expression(item) for item in field.get("matchExpressions").items()]
    return Selector(tuple(dict.fromkeys(found)))


def _expression(field: Field) -> Requirement:
    field.only("key", "operator", "values")
    key = field.get("key").text()
    _check_key(key, field.get("key"))
    try:
        operator = Operator(field.get("operator").text())
    except ValueError as error:
        if isinstance(error, MalformedError):
            raise
        known = ", ".join(Operator)
        raise MalformedError(field.get("operator"), f"must be one of {known}") from None
    values = frozenset(label_value(item) for item in field.get("values").items())
    if bool(values) != (operator in {Operator.IN, Operator.NOT_IN}):
        wanted = "needs values" if not values else "takes no values"
        raise MalformedError(field.get("values"), f"does not fit: {operator} {wanted}")
    return Requirement(key, operator, values)


_PART = r"[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?"
_DNS = r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*"
_KEY = re.compile(rf"(?:{_DNS}/)?{_PART}")
_VALUE = re.compile(rf"(?:{_PART})?")


def _check_key(key: str, field: Field) -> None:
    if len(key) > 317 or not _KEY.fullmatch(key):
        raise MalformedError(field, f"has the key {key[:80]!r}, which is not a label key")


def label_value(field: Field) -> str:
    """A label's value; null is the empty one, as the API reads it. Raises MalformedError where it is none."""
    text = field.optional_text("")
    if not _VALUE.fullmatch(text):
        raise MalformedError(field, f"is {text[:80]!r}, which is not a label value")
    return text
