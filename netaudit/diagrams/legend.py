"""Under the map: what its signs mean, and the account of all flows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from netaudit.diagrams.fonts import width
from netaudit.diagrams.layout import MARGIN
from netaudit.diagrams.paint import alarm, dot, fitted, icon
from netaudit.diagrams.picture import Picture
from netaudit.diagrams.style import SIZES
from netaudit.diagrams.svg import element, group
from netaudit.diagrams.wording import account

_LINE = 20
_SIGN = 34  # room for the sign before its words
_MARKS = {
    "violated": "violates a rule (named on it; workloads at its ends are framed)",
    "opened": "opened by the change",
    "altered": "less or more certain than before",
    "closed": "closed by the change",
}


@dataclass(frozen=True, slots=True)
class _Item:
    words: str
    draw: Callable[[float, float], str]


def footer(picture: Picture, forks: bool, wide: float, top: float) -> tuple[list[str], float]:
    """The legend of the signs that occur, and the account; and where they end. `forks`: whether lines divide."""
    x, y = float(MARGIN), top + _LINE
    parts: list[str] = []
    for item in _items(picture, forks):
        needs = _SIGN + width(item.words, SIZES["legend"]) + 22
        if x > MARGIN and x + needs > wide - MARGIN:
            x, y = float(MARGIN), y + _LINE
        parts += [item.draw(x, y - 4), fitted(x + _SIGN, y, item.words, "legend", wide - MARGIN - x - _SIGN)]
        x += needs
    y += _LINE + 2
    parts.append(fitted(MARGIN, y, account(picture.totals), "footer", wide - 2 * MARGIN))
    return [group(parts, data_legend="")], y + _LINE


def _items(picture: Picture, forks: bool) -> Iterator[_Item]:
    sums = [bundle.sum for bundle in picture.bundles]
    badges = [badge for leaf in picture.leaves for badge in leaf.badges]
    inner = [leaf.inner for leaf in picture.leaves]
    marked = {each.look for each in [*sums, *inner, *(badge.sum for badge in badges)] if each.violated}
    for look, words in _MARKS.items():
        if look in marked:
            yield _Item(words, _marked(look))
    if any(not each.violated for each in sums):
        yield _Item("allowed: some workload in the one box reaches one in the other; wider is more flows", _allowed)
    if forks:
        yield _Item("one line divides, all with one source; without a dot, lines only cross", _fork)
    if any(not each.certain for each in sums):
        yield _Item("possible only: depends on an unknown", lambda x, y: _line(x, y, "allowed possible"))
    signs = [badge for badge in badges if badge.drawn and not badge.sum.violated]
    for public, look, words in ((True, "exposed", "the internet"), (False, "outside", "a block outside that it names")):
        if any(badge.public == public for badge in signs):
            yield _Item(f"reachable from {words}", _badge(look))
    if any(not badge.sum.certain for badge in signs):
        yield _Item("in a badge: possible only", lambda x, y: icon("perhaps", x + 22, y))
    if any(not badge.drawn for badge in badges):
        yield _Item("flows to the internet or to blocks outside", lambda x, y: icon("outward", x + 22, y))
    if any(inner):
        yield _Item("flows inside the box", lambda x, y: icon("inner", x + 22, y))
    tiers = sorted({min(max(leaf.column, 0), 2) for leaf in picture.leaves})
    for tier in tiers:
        yield _Item(f"{('public', 'private', 'data')[tier]} tier", _tier(tier))


def _line(x: float, y: float, class_: str) -> str:
    return element("path", d=f"M{x:.1f} {y:.1f}h28", class_=f"arrow {class_}", stroke_width=2)


def _marked(look: str) -> Callable[[float, float], str]:
    def draw(x: float, y: float) -> str:
        pill = element("rect", x=x + 8, y=y - 6, width=14.0, height=12.0, rx=6.0, class_=f"badge {alarm(look)}")
        return group([_line(x, y, look), pill, icon(look, x + 15, y, "on-alarm")])

    return draw


def _allowed(x: float, y: float) -> str:
    return _line(x, y, "allowed")


def _fork(x: float, y: float) -> str:
    branch = element("path", d=f"M{x + 14:.1f} {y:.1f}v-6h14", class_="arrow allowed", stroke_width=2)
    return group([_line(x, y, "allowed"), branch, dot((x + 14, y), "allowed")])


def _badge(look: str) -> Callable[[float, float], str]:
    def draw(x: float, y: float) -> str:
        pill = element("rect", x=x + 8, y=y - 6.5, width=20.0, height=13.0, rx=6.5, class_=f"badge {look}")
        return group([pill, icon("exposed", x + 18, y, "on-badge" if look == "exposed" else "on-outside")])

    return draw


def _tier(tier: int) -> Callable[[float, float], str]:
    return lambda x, y: element("rect", x=x + 8, y=y - 1.5, width=20.0, height=3.0, class_=f"tier{tier}")
