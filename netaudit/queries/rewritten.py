"""What was written otherwise: the parts of declared things that differ between two readings, with their places.

Values are compared, not text: a part that moved, or says the same in other words, is not written otherwise. A value
that comes from a variable differs where it is used.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import zip_longest

from netaudit.model import Origin, Path, Reading, Resource, Unknown, Value

Key = tuple[str, ...]
_Sides = tuple[Path | None, Path | None]  # where a part is before and after; None where it is not


@dataclass(frozen=True, slots=True)
class Rewritten:
    """One part of a declared thing: `verb` is `added`, `removed` or `changed`; `part` is empty where it is all of it.

    `origin` is its place after the change, or before it where it is gone.
    """

    address: str
    part: str
    verb: str
    origin: Origin


def rewritten(before: Iterable[Reading], after: Iterable[Reading]) -> tuple[Rewritten, ...]:
    """Every part that differs, sorted by place. Formats of one side do not count: an account has no text of code."""
    sides = (list(before), list(after))
    formats = {each.format for each in sides[0]} & {each.format for each in sides[1]}
    old, new = (_by_key(each for each in side if each.format in formats) for side in sides)
    found: list[Rewritten] = []
    for key in old.keys() | new.keys():
        found += _between(old.get(key), new.get(key))
    return tuple(sorted(found, key=lambda each: (each.origin, each.address, each.part, each.verb)))


def _by_key(readings: Iterable[Reading]) -> dict[Key, Resource]:
    """By kind and address and, where several sources have the same, by source."""
    listed = [(reading.name, each) for reading in readings for each in reading.resources]
    count = Counter((each.kind, each.address) for _, each in listed)
    found: dict[Key, Resource] = {}
    for name, each in listed:
        several = count[each.kind, each.address] > 1
        found[(each.kind, each.address, name) if several else (each.kind, each.address)] = each
    return found


def _between(old: Resource | None, new: Resource | None) -> Iterator[Rewritten]:
    if old is None or new is None:
        whole = new or old
        if whole is not None:
            yield Rewritten(whole.address, "", "removed" if new is None else "added", whole.origin)
        return
    if old.exists != new.exists:
        yield Rewritten(new.address, "", "changed", new.origin)
    for was, now in _parts(old.attributes, new.attributes, (), ()):
        if now is not None:
            verb = "added" if was is None else "changed"
            yield Rewritten(new.address, _path_text(now), verb, new.place(*now))
        elif was is not None:
            yield Rewritten(old.address, _path_text(was), "removed", old.place(*was))


def _parts(old: Value, new: Value, was: Path, now: Path) -> Iterator[_Sides]:
    """The deepest parts that differ."""
    if _shape(old) == _shape(new):
        return
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in sorted(old.keys() | new.keys(), key=str):
            if key in old and key in new:
                yield from _parts(old[key], new[key], (*was, key), (*now, key))
            else:
                yield ((*was, key), None) if key in old else (None, (*now, key))
    elif isinstance(old, list) and isinstance(new, list):
        yield from _elements(old, new, was, now)
    else:
        yield was, now


def _elements(old: list[Value], new: list[Value], was: Path, now: Path) -> Iterator[_Sides]:
    """Elements that only one side has; where each has as many, one has become the other."""
    shapes = ({_shape(each) for each in old}, {_shape(each) for each in new})
    gone = [index for index, each in enumerate(old) if _shape(each) not in shapes[1]]
    come = [index for index, each in enumerate(new) if _shape(each) not in shapes[0]]
    if not gone and not come:  # the same ones in another order, or more often
        yield was, now
    for before, after in zip_longest(gone, come):
        if before is not None and after is not None and len(gone) == len(come):
            yield from _parts(old[before], new[after], (*was, before), (*now, after))
            continue
        if before is not None:
            yield (*was, before), None
        if after is not None:
            yield None, (*now, after)


def _shape(value: Value) -> object:
    """A value without the places of its unknowns, which say where and not what."""
    if isinstance(value, Unknown):
        return ("unknown", value.reason, value.many)
    if isinstance(value, Mapping):
        return ("object", tuple(sorted((str(key), _shape(each)) for key, each in value.items())))
    if isinstance(value, list):
        return ("list", tuple(_shape(each) for each in value))
    return (type(value).__name__, repr(value))


def _path_text(path: Path) -> str:
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return text.removeprefix(".")
