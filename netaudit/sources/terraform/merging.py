"""One value as the code writes it and as a plan or state has it: what is known of either, laid into one (TF-2).

The known value decides; the code gives the links that are known only after apply, and the places. Plan and
state sort nested sets (TF-79), so that elements of lists are matched by content. Where both sides are known and
differ, the value is unknown: one of the two is out of date.
"""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from netaudit.model import Origin, Path, Ref, Sensitive, Unknown
from netaudit.sources.terraform.values import OPEN_KEY

Resolve = Callable[[Ref], Any]  # the known value that a reference has, or None
Cost = tuple[int, int, int]  # how badly two values fit: parts that differ, that are unknown, minus those equal

DIFFERS = "the code and the plan or state differ: one of them is out of date"
# Hashed by the provider, merged with its settings, or no part of the resource (TF-83).
_INCOMPARABLE = frozenset({"user_data", "user_data_base64", "tags_all", "timeouts"})
_PROTOCOLS = {"1": "icmp", "6": "tcp", "17": "udp", "58": "icmpv6", "all": "-1"}
_MOST_PAIRS = 250_000


@dataclass(slots=True)
class Merging:
    """The merging of one resource. `moves` tells where an element of a list of the code went."""

    resolve: Resolve
    origin: Origin
    moves: dict[Path, int] = field(default_factory=dict)
    differing: list[Path] = field(default_factory=list)

    def attributes(self, code: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
        """All attributes. What the code lacks and nobody knows was not configured (TF-80)."""
        extra = {name: v for name, v in known.items() if name not in code and not _is_open(v)}
        return {name: self._attribute(name, v, known.get(name)) for name, v in code.items()} | extra

    def _attribute(self, name: str, code: Any, known: Any) -> Any:
        if name in _INCOMPARABLE:
            return known if known is not None else code
        return self.value(code, known, (name,))

    def value(self, code: Any, known: Any, path: Path) -> Any:
        """One value, at its path in the code."""
        if isinstance(code, Sensitive) or isinstance(known, Sensitive):
            merged = self.value(_bare(code), _bare(known), path)
            return merged if isinstance(merged, Unknown | Ref | list | dict) else Sensitive(merged)
        if isinstance(known, Unknown) or (known is None and _is_empty(code)):
            return code  # not known yet, or nothing on either side
        if isinstance(known, Mapping) and isinstance(code, Mapping):
            return self._mapping(code, known, path)
        if isinstance(known, list) and isinstance(code, list):
            return self._list(code, known, path)
        if isinstance(known, list) and isinstance(code, Mapping) and len(known) == 1:
            return [self.value(code, known[0], path)]
        return known if self._fits(code, known, path) else self._differs(path)

    def _fits(self, code: Any, known: Any, path: Path) -> bool:
        if isinstance(code, Ref):
            code = self.resolve(code)
            return code is None or same(code, known, path)
        return isinstance(code, Unknown) or same(code, known, path)

    def _differs(self, path: Path) -> Unknown:
        self.differing.append(path)
        return Unknown(DIFFERS, self.origin)

    def _mapping(self, code: Mapping[str, Any], known: Mapping[str, Any], path: Path) -> dict[str, Any]:
        merged = {k: self.value(v, known.get(k), (*path, k)) for k, v in code.items() if k != OPEN_KEY}
        extra = {k: v for k, v in known.items() if k not in code}
        return merged | extra

    # --- lists, most of which are sets -----------------------------------------------------------------

    def _list(self, code: list[Any], known: list[Any], path: Path) -> list[Any]:
        fixed = {i: item for i, item in enumerate(code) if not _is_many(item)}
        partners = self._partners(fixed, known, path)
        surplus = [item for i, item in fixed.items() if i not in partners and not self._is_spare(item, known, path)]
        taken = set(partners.values())
        unexplained = [k for j, k in enumerate(known) if j not in taken and not _is_empty(k)]
        if surplus or (unexplained and len(fixed) == len(code)):
            self.differing.append(path)
            return [Unknown(DIFFERS, self.origin, many=True)]
        merged = list(known)
        for i, j in partners.items():
            self.moves[(*path, i)] = j
            merged[j] = self.value(fixed[i], known[j], (*path, i))
        return merged

    def _partners(self, code: Mapping[int, Any], known: list[Any], path: Path) -> dict[int, int]:
        """Which element of the plan or state each element of the code is: equal ones first, then the best fit."""
        partners: dict[int, int] = {}
        free: dict[str, list[int]] = {}
        for j, item in enumerate(known):
            free.setdefault(_key(item), []).append(j)
        for i, item in code.items():
            if same_places := free.get(_key(self._concrete(item)), []):
                partners[i] = same_places.pop(0)
        rest = [j for places in free.values() for j in places]
        open_items = [i for i in code if i not in partners]
        if len(rest) * len(open_items) > _MOST_PAIRS:
            return partners | dict(zip(open_items, sorted(rest), strict=False))
        pairs = sorted((self.cost(code[i], known[j], path), abs(i - j), i, j) for i in open_items for j in rest)
        for _, _, i, j in pairs:
            if i not in partners and j not in partners.values():
                partners[i] = j
        return partners

    def _concrete(self, item: Any) -> Any:
        return self.resolve(item) if isinstance(item, Ref) else item

    def _is_spare(self, item: Any, known: list[Any], path: Path) -> bool:
        """An element that a set shows once though the code writes it twice, or that is empty."""
        return _is_empty(item) or any(self.cost(item, k, path)[:2] == (0, 0) for k in known)

    def cost(self, code: Any, known: Any, path: Path) -> Cost:
        """How badly two values fit."""
        code, known = _bare(code), _bare(known)
        code = self._concrete(code) or code
        if isinstance(code, Unknown | Ref) or isinstance(known, Unknown):
            return (0, 1, 0)
        if isinstance(code, Mapping) and isinstance(known, Mapping):
            inner = [self.cost(v, known.get(k), (*path, k)) for k, v in code.items()]
            extra = sum(1 for k, v in known.items() if k not in code and not _is_empty(v))
            return (sum(c[0] for c in inner), sum(c[1] for c in inner) + extra, sum(c[2] for c in inner))
        if isinstance(code, list) and isinstance(known, list):
            return self._cost_of_lists(code, known, path)
        return (0, 0, -1) if same(code, known, path) else (1, 0, 0)

    def _cost_of_lists(self, code: list[Any], known: list[Any], path: Path) -> Cost:
        best = [min((self.cost(c, k, path) for k in known), default=(1, 0, 0)) for c in code if not _is_many(c)]
        missing = max(0, len(known) - len(code))
        return (sum(c[0] for c in best), sum(c[1] for c in best) + missing, sum(c[2] for c in best))


def rewritten(places: Mapping[Path, Origin], moves: Mapping[Path, int]) -> dict[Path, Origin]:
    """The places of the code, at the paths that the merged attributes have."""
    return {tuple(_steps(path, moves)): origin for path, origin in places.items()}


def _steps(path: Path, moves: Mapping[Path, int]) -> Iterator[str | int]:
    for position, step in enumerate(path):
        yield moves.get(path[: position + 1], step) if isinstance(step, int) else step


def same(code: Any, known: Any, path: Path = ()) -> bool:
    """Equality after what the provider does to spelling: types of scalars, protocols, CIDRs, JSON (TF-87)."""
    if _is_empty(code) and _is_empty(known):
        return True
    if isinstance(code, Mapping | list) or isinstance(known, Mapping | list) or code is None or known is None:
        return bool(code == known)
    a, b = _spelled(code), _spelled(known)
    if a == b:
        return True
    if path and str(path[-1]).endswith("protocol"):
        return _PROTOCOLS.get(a.lower(), a.lower()) == _PROTOCOLS.get(b.lower(), b.lower())
    return _same_number(a, b) or _same_network(a, b) or _same_json(a, b)


def _spelled(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _same_number(a: str, b: str) -> bool:
    try:
        return float(a) == float(b)
    except ValueError:
        return False


def _same_network(a: str, b: str) -> bool:
    try:
        return ipaddress.ip_network(a, strict=False) == ipaddress.ip_network(b, strict=False)
    except ValueError:
        return False


def _same_json(a: str, b: str) -> bool:
    if not (a.lstrip().startswith(("{", "[")) and b.lstrip().startswith(("{", "["))):
        return False
    try:
        return bool(json.loads(a) == json.loads(b))
    except (ValueError, RecursionError):
        return False


def _key(item: Any) -> str:
    """Equal for equal elements; a Mapping's empty members do not count, which the provider adds."""
    if isinstance(item, Mapping):
        return repr(sorted((k, _key(v)) for k, v in item.items() if not _is_empty(v)))
    if isinstance(item, list):
        return repr(sorted(map(_key, item)))
    return _spelled(_bare(item))


def _bare(value: Any) -> Any:
    return value.value if isinstance(value, Sensitive) else value


def _is_many(value: Any) -> bool:
    return isinstance(value, Unknown) and value.many


def _is_open(value: Any) -> bool:
    return isinstance(value, Unknown | Ref)


def _is_empty(value: Any) -> bool:
    """What a provider gives for an argument that is not written."""
    value = _bare(value)
    if isinstance(value, Unknown | Ref):
        return False
    if isinstance(value, Mapping):
        return all(map(_is_empty, value.values()))
    if isinstance(value, list):
        return all(map(_is_empty, value))
    return value in (None, "", False, 0)
