"""Sets of traffic: what may be carried, by protocol and destination port, ICMP type and code, or protocol number.

All protocols lie one after another on one line of 327,936 points; each owns a segment:

    tcp 0-65535 | udp | sctp | icmp type*256+code | icmpv6 | other IP protocol numbers 0-255

The numbers of the five named protocols do not occur in the last segment, so a packet has exactly one point.
Only destination ports exist: neither security groups, nor network ACLs, nor policies can match a source port
of a request (AWS-3).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar

from netaudit.flows.intervals import IntervalSet, Run

_SEGMENT = 1 << 16
_PORTED = ("tcp", "udp", "sctp")
_ICMP = ("icmp", "icmpv6")
_BASE = {name: index * _SEGMENT for index, name in enumerate((*_PORTED, *_ICMP, "other"))}
_TOP = _BASE["other"] + 255
_NUMBERS = {"icmp": 1, "tcp": 6, "udp": 17, "icmpv6": 58, "sctp": 132}
_NAMES = {number: name for name, number in _NUMBERS.items()}

Json = dict[str, object]


class Traffic(IntervalSet):
    """An immutable set of traffic; prints as `tcp/443,8000-8080 udp icmp/8`."""

    __slots__ = ()
    TOP: ClassVar[int] = _TOP

    # ---- building -------------------------------------------------------------------------------------

    @classmethod
    def everything(cls) -> Traffic:
        """All traffic."""
        return ANY

    @classmethod
    def of(cls, *ranges: Run) -> Traffic:
        """The union of inclusive ranges of points; reserved points fall out. Raises ValueError."""
        return ANY & super().of(*ranges)

    @classmethod
    def ports(cls, protocol: str, first: int = 0, last: int = 65535) -> Traffic:
        """Destination ports of `tcp`, `udp` or `sctp`. Raises ValueError."""
        if protocol not in _PORTED:
            raise ValueError(f"'{protocol}' has no ports; expected tcp, udp or sctp")
        if not 0 <= first <= last <= 65535:
            raise ValueError(f"not a port range within 0-65535: {first}-{last}")
        return cls(((_BASE[protocol] + first, _BASE[protocol] + last),))

    @classmethod
    def icmp(cls, kind: int | None = None, code: int | None = None, *, protocol: str = "icmp") -> Traffic:
        """ICMP of one type (all when None) and one code (all when None); `protocol` may be `icmpv6`."""
        if protocol not in _ICMP:
            raise ValueError(f"'{protocol}' has no types and codes; expected icmp or icmpv6")
        if (kind is not None and not 0 <= kind <= 255) or (code is not None and not 0 <= code <= 255):
            raise ValueError(f"ICMP types and codes are 0-255: {kind}/{code}")
        base = _BASE[protocol]
        if kind is None:
            if code is not None:
                raise ValueError("an ICMP code needs a type")
            return cls(((base, base + _SEGMENT - 1),))
        first = base + kind * 256
        return cls(((first, first + 255),)) if code is None else cls(((first + code, first + code),))

    @classmethod
    def protocol(cls, number: int) -> Traffic:
        """All traffic of one IP protocol, by its number. Raises ValueError."""
        if not 0 <= number <= 255:
            raise ValueError(f"IP protocol numbers are 0-255: {number}")
        if number in _NAMES:
            return cls.named(_NAMES[number])
        return cls(((_BASE["other"] + number, _BASE["other"] + number),))

    @classmethod
    def named(cls, name: str) -> Traffic:
        """All traffic of `tcp`, `udp`, `sctp`, `icmp`, `icmpv6` or `other`. Raises ValueError."""
        if name == "other":
            return _OTHER
        if name not in _BASE:
            raise ValueError(f"unknown protocol '{name}'; expected one of {', '.join(_BASE)}")
        return cls(((_BASE[name], _BASE[name] + _SEGMENT - 1),))

    @classmethod
    def parse(cls, text: str) -> Traffic:
        """Read `tcp/443,8000-8080 udp icmp/8 icmp/3:0-4 other/47`, or `any`. Raises ValueError."""
        words = text.split()
        if not words:
            raise ValueError("traffic is empty; write 'any' for everything")
        return cls.union(_word(word) for word in words)

    # ---- looking --------------------------------------------------------------------------------------

    def of_protocol(self, name: str) -> list[Run]:
        """Its ranges within one protocol, as that protocol's own numbers."""
        base = _BASE[name]
        return [(first - base, last - base) for first, last in (self & Traffic.named(name)).runs]

    def to_json(self) -> Json:
        """The contract's object: protocols to inclusive ranges, with `icmp_codes` where a type is narrowed."""
        found: Json = {}
        for name in _PORTED:
            if ranges := self.of_protocol(name):
                found[name] = [list(run) for run in ranges]
        for name in _ICMP:
            found.update(_icmp_json(name, self.of_protocol(name)))
        if ranges := self.of_protocol("other"):
            found["other"] = [list(run) for run in ranges]
        return found

    @classmethod
    def from_json(cls, document: Mapping[str, object]) -> Traffic:
        """The inverse of `to_json`. Raises ValueError on an unknown key or a malformed range."""
        return cls.union(_from_json(document))

    def __invert__(self) -> Traffic:
        return ANY & super().__invert__()

    def __str__(self) -> str:
        if self == ANY:
            return "any"
        words = [_ported_text(name, self.of_protocol(name)) for name in _PORTED]
        words += [_icmp_text(name, self.of_protocol(name)) for name in _ICMP]
        words.append("other" if self >= _OTHER else _ported_text("other", self.of_protocol("other")))
        return " ".join(word for word in words if word) or "nothing"


def protocol_of(point: int) -> tuple[str, int]:
    """A point's protocol and its number there: `("tcp", 443)`; ICMP gives type*256+code."""
    name = (*_PORTED, *_ICMP, "other")[point // _SEGMENT]
    return name, point - _BASE[name]


def _word(word: str) -> Traffic:
    name, slash, numbers = word.partition("/")
    if name == "any" and not slash:
        return ANY
    if not slash:
        return Traffic.named(name)
    if name not in _BASE:
        raise ValueError(f"unknown protocol '{name}' in '{word}'; expected one of {', '.join(_BASE)}")
    return Traffic.union(_piece(name, piece, word) for piece in numbers.split(","))


def _piece(name: str, piece: str, word: str) -> Traffic:
    kind, colon, codes = piece.partition(":")
    if name in _ICMP and colon:
        base = _whole(kind, word, 255) * 256
        first, last = _range(codes, word, 255)
        return _span(name, base + first, base + last)
    first, last = _range(piece, word, 65535 if name in _PORTED else 255)
    if name in _ICMP:
        return _span(name, first * 256, last * 256 + 255)
    if found := _span(name, first, last):
        return found
    raise ValueError(f"protocol {first} in '{word}' has a name of its own: {_NAMES[first]}")


def _span(name: str, first: int, last: int) -> Traffic:
    """A range of one protocol's own numbers; those that `other` reserves fall out."""
    return ANY & Traffic(((_BASE[name] + first, _BASE[name] + last),))


def _range(text: str, word: str, top: int) -> Run:
    first_text, dash, last_text = text.partition("-")
    first = _whole(first_text, word, top)
    last = _whole(last_text, word, top) if dash else first
    if last < first:
        raise ValueError(f"the range {text} in '{word}' is upside down")
    return first, last


def _whole(text: str, word: str, top: int) -> int:
    if not (text.isascii() and text.isdigit()):
        raise ValueError(f"'{text}' in '{word}' is not a number")
    if len(text) > 5 or int(text) > top:
        raise ValueError(f"{text[:9]} in '{word[:40]}' is above {top}")
    return int(text)


def _ported_text(name: str, ranges: Sequence[Run]) -> str:
    if not ranges:
        return ""
    if list(ranges) == [(0, 65535)]:
        return name
    return f"{name}/" + ",".join(str(a) if a == b else f"{a}-{b}" for a, b in ranges)


def _types(ranges: Sequence[Run]) -> dict[int, list[Run]]:
    """ICMP ranges by type, each with its ranges of codes."""
    found: dict[int, list[Run]] = {}
    for first, last in ranges:
        for kind in range(first // 256, last // 256 + 1):
            codes = (max(first - kind * 256, 0), min(last - kind * 256, 255))
            found.setdefault(kind, []).append(codes)
    return found


def _icmp_text(name: str, ranges: Sequence[Run]) -> str:
    if not ranges:
        return ""
    if list(ranges) == [(0, _SEGMENT - 1)]:
        return name
    pieces: list[str] = []
    whole: list[Run] = []
    for kind, codes in _types(ranges).items():
        if codes == [(0, 255)]:
            whole.append((kind, kind))
        else:
            pieces += [f"{kind}:{a}" if a == b else f"{kind}:{a}-{b}" for a, b in codes]
    joined = [str(a) if a == b else f"{a}-{b}" for a, b in IntervalSet.of(*whole).runs]
    return f"{name}/" + ",".join(joined + pieces)


def _icmp_json(name: str, ranges: Sequence[Run]) -> Json:
    types = _types(ranges)
    if not types:
        return {}
    found: Json = {name: [list(run) for run in IntervalSet.of(*((k, k) for k in types)).runs]}
    narrowed = {str(k): [list(run) for run in codes] for k, codes in types.items() if codes != [(0, 255)]}
    if narrowed:
        found[f"{name}_codes"] = narrowed
    return found


def _from_json(document: Mapping[str, object]) -> Iterable[Traffic]:
    for key, value in document.items():
        if key in _PORTED:
            yield from (Traffic.ports(key, a, b) for a, b in _runs(key, value))
        elif key in _ICMP:
            yield from _icmp_from_json(key, value, document.get(f"{key}_codes", {}))
        elif key == "other":
            yield from (_span(key, a, b) for a, b in _runs(key, value, 255))
        elif key not in {f"{name}_codes" for name in _ICMP if name in document}:
            raise ValueError(f"unknown protocol '{key}' in traffic")


def _icmp_from_json(name: str, types: object, codes: object) -> Iterable[Traffic]:
    if not isinstance(codes, Mapping):
        raise ValueError(f"'{name}_codes' must map types to ranges")
    kinds = {str(kind): kind for a, b in _runs(name, types, 255) for kind in range(a, b + 1)}
    for stray in codes.keys() - kinds.keys():
        raise ValueError(f"'{name}_codes' narrows type {stray}, which '{name}' does not list")
    for text, kind in kinds.items():
        for a, b in _runs(f"{name}_codes", codes.get(text, [[0, 255]]), 255):
            yield _span(name, kind * 256 + a, kind * 256 + b)


def _runs(key: str, value: object, top: int = 65535) -> list[Run]:
    if not isinstance(value, list):
        raise ValueError(f"'{key}' must be a list of [first, last]")
    runs: list[Run] = []
    for item in value:
        if not (isinstance(item, list) and len(item) == 2 and all(type(n) is int for n in item)):
            raise ValueError(f"'{key}' must be a list of [first, last], not {item!r}")
        first, last = item
        if not 0 <= first <= last <= top:
            raise ValueError(f"'{key}' has no range {first}-{last}; expected 0-{top}")
        runs.append((first, last))
    return runs


# The five named protocols own their segments, so their numbers are no points of the last one.
_RESERVED = IntervalSet.of(*((_BASE["other"] + number, _BASE["other"] + number) for number in _NAMES))
ANY = Traffic((IntervalSet.of((0, _TOP)) - _RESERVED).runs)
_OTHER = Traffic((IntervalSet.of((_BASE["other"], _TOP)) - _RESERVED).runs)
NO_TRAFFIC = Traffic.nothing()
TCP = Traffic.named("tcp")
UDP = Traffic.named("udp")
SCTP = Traffic.named("sctp")
CLAIMED = TCP | UDP | SCTP  # what a question is about unless it says otherwise (contract, "Traffic")
