"""What a picture shows, before anybody decides where to put it: boxes, chips, bundles, badges and counters.

A flow lies between two endpoints. Endpoints are *chips* in the innermost *box* that they belong to; alike ones share
a chip. Drawn one by one, flows are a tangle, so each of them is accounted for in exactly one of four ways:

    between two boxes          one of the flows of a *bundle*: an arrow per ordered pair of boxes
    inside one box             counted by the box (`Box.inner`)
    to or from the outside     a *badge* of the chip: the internet is not a node. Those that break no rule on their
                               way out are not shown one by one: the box counts them
    outside to outside         counted by the picture (`Picture.transit`)

Everything is sorted by what the reader sees, never by the order in which it came.

A flow may be *marked*: with the rules that it violates or, in a picture of a change, with what became of it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from netaudit.flows import NO_TRAFFIC, Traffic
from netaudit.queries.flow import Flow

OPENED, ALTERED, CLOSED = "+ opened", "~ altered", "− closed"  # the marks of a change, in place of rules; no rule's id

Violations = Mapping[tuple[str, str], tuple[str, ...]]  # ids of source and destination → broken rules, or marks


@dataclass(frozen=True, slots=True)
class Sum:
    """Flows added up: how many, of what traffic, whether any is certain, and what is violated by how many.

    `traffic` is all that possibly passes, `violating` that of the violated flows alone, `rules` are sorted.
    """

    flows: int = 0
    traffic: Traffic = NO_TRAFFIC
    certain: bool = False
    violated: int = 0
    violating: Traffic = NO_TRAFFIC
    rules: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return self.flows > 0

    @property
    def look(self) -> str:
        """How it is drawn, worst first: `violated`, `opened`, `altered`, `closed` or `allowed`."""
        return look_of(self.rules)


def look_of(marks: Collection[str]) -> str:
    """How something with these marks is drawn: see `Sum.look`."""
    changes = [mark for mark in (OPENED, ALTERED, CLOSED) if mark in marks]
    return changes[0][2:] if changes else "violated" if marks else "allowed"


@dataclass(frozen=True, slots=True)
class Badge:
    """Flows between a chip and the outside; `peers` are the external blocks. `inward`: the chip is exposed."""

    inward: bool
    peers: tuple[str, ...]
    sum: Sum

    @property
    def public(self) -> bool:
        """Whether the internet is among the peers."""
        return any(peer.startswith("internet") for peer in self.peers)

    @property
    def drawn(self) -> bool:
        """Whether it has a sign of its own; otherwise its flows are among those that the box counts."""
        return self.inward or bool(self.sum.violated)


@dataclass(frozen=True, slots=True)
class Chip:
    """One endpoint, or several that are alike, `ids` in order; `marks` are those of all flows that it takes part in."""

    ids: tuple[str, ...]
    title: str
    kind: str
    badges: tuple[Badge, ...] = ()
    marks: tuple[str, ...] = ()

    @property
    def look(self) -> str:
        """How its card is framed: see `Sum.look`."""
        return look_of(self.marks)


@dataclass(frozen=True, slots=True)
class Box:
    """A segment. Either it holds boxes, or it is a leaf that holds chips (none when it is empty).

    `kind`, `title` and `detail` are shown, `column` is its tier: 0 public, 1 private, 2 data. `inner` are the
    flows between chips of a leaf.
    """

    key: str
    kind: str
    title: str
    detail: str = ""
    column: int = 1
    boxes: tuple[Box, ...] = ()
    chips: tuple[Chip, ...] = ()
    inner: Sum = Sum()

    @property
    def leaves(self) -> Iterator[Box]:
        """Itself when it is a leaf, otherwise the leaves of its boxes, in order."""
        if not self.boxes:
            yield self
        for box in self.boxes:
            yield from box.leaves

    @property
    def badges(self) -> Iterator[Badge]:
        """The badges of its own chips."""
        for chip in self.chips:
            yield from chip.badges


@dataclass(frozen=True, slots=True)
class Bundle:
    """All flows from the chips of one leaf to those of another, by the keys of the two."""

    source: str
    destination: str
    sum: Sum


@dataclass(frozen=True, slots=True)
class Totals:
    """The account of all flows. Nothing is ever dropped: the four ways and `transit` add up to `flows`.

    `badged` flows are shown by `badges`; `outward` ones are those to the outside that boxes count.
    """

    flows: int
    bundled: int
    arrows: int
    inner: int
    badged: int
    badges: int
    outward: int
    transit: int
    violated: int
    hidden: int = 0  # flows that are left out; not among `flows`
    hidden_why: str = "more outside the focus"

    @property
    def dropped(self) -> int:
        """Flows that the picture does not show in any way: 0, or the picture is a lie."""
        return self.flows - self.bundled - self.inner - self.badged - self.outward - self.transit


@dataclass(frozen=True, slots=True)
class Picture:
    """A whole picture, neutral about its format; `boxes` are the outermost ones."""

    title: str
    boxes: tuple[Box, ...]
    bundles: tuple[Bundle, ...]
    totals: Totals
    transit: Sum = Sum()

    def __repr__(self) -> str:
        totals = self.totals
        return f"<Picture: {len(list(self.leaves))} boxes, {totals.arrows} arrows, {totals.flows} flows>"

    @property
    def leaves(self) -> Iterator[Box]:
        """The boxes that hold chips, in order."""
        for box in self.boxes:
            yield from box.leaves


def shown_traffic(flow: Flow) -> Traffic:
    """What a picture says about a flow: all that possibly arrives, one-way traffic included."""
    return flow.bounds.possible | flow.bounds.one_way
