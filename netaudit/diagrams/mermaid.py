"""Mermaid text: for a comment on a pull request, so for little pictures only. Boxes of more than that are refused.

Nodes are numbered and every name is quoted, with all that could mean something to Mermaid or to a browser written as
an entity. Click handlers, styles from names and HTML cannot come about.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from netaudit.diagrams import wording
from netaudit.diagrams.fonts import clean
from netaudit.diagrams.picture import Box, Bundle, Picture, Sum
from netaudit.diagrams.style import COLOURS
from netaudit.errors import QueryError

MOST = 15  # nodes; beyond that its layout is a tangle
_LONGEST = 60
_SAFE = re.compile(r"[^\w ./,:·→×+\-]")
_OUTSIDE = "outside"


def to_mermaid(picture: Picture) -> str:
    """The picture as a Mermaid flowchart, a node for each segment. Raises QueryError where there are too many."""
    leaves = [leaf for leaf in picture.leaves if leaf.chips]
    if len(leaves) > MOST:
        raise QueryError(
            f"{len(leaves)} boxes are more than Mermaid can show (limit {MOST}): narrow with --focus SEL, or write .svg"
        )
    names = {leaf.key: f"n{number}" for number, leaf in enumerate(leaves)}
    lines = [f"%% {_quoted(wording.account(picture.totals))}", "flowchart LR"]
    lines += [f'  {names[leaf.key]}["{_label(leaf)}"]' for leaf in leaves]
    edges = list(_edges(picture, names, leaves))
    if any(_OUTSIDE in edge[:2] for edge in edges):
        lines.append(f'  {_OUTSIDE}(["{_OUTSIDE}"])')
    lines += [_edge(*edge) for edge in edges]
    for look, colour in COLOURS.items():
        marked = [str(number) for number, (*_, total) in enumerate(edges) if total.violated and total.look == look]
        if marked:
            lines.append(f"  linkStyle {','.join(marked)} stroke:{colour},stroke-width:3px")
    return "\n".join(lines) + "\n"


def _edges(picture: Picture, names: dict[str, str], leaves: list[Box]) -> Iterator[tuple[str, str, Sum]]:
    for leaf in leaves:
        for badge in leaf.badges:
            ends = (_OUTSIDE, names[leaf.key]) if badge.inward else (names[leaf.key], _OUTSIDE)
            yield *ends, badge.sum
        if leaf.inner:
            yield names[leaf.key], names[leaf.key], leaf.inner
    for bundle in picture.bundles:
        yield _ends(bundle, names)


def _ends(bundle: Bundle, names: dict[str, str]) -> tuple[str, str, Sum]:
    return names[bundle.source], names[bundle.destination], bundle.sum


def _edge(source: str, destination: str, total: Sum) -> str:
    words = wording.violation_text(total) if total.violated else wording.short_traffic(total.traffic)
    arrow = "-->" if total.certain else "-.->"
    return f'  {source} {arrow}|"{_quoted(words)}"| {destination}'


def _label(leaf: Box) -> str:
    chips = [chip.title for chip in leaf.chips]
    more = [f"+{len(chips) - 3} more"] if len(chips) > 3 else []
    return "<br/>".join(_quoted(line) for line in [wording.named(leaf), *chips[:3], *more] if line) or "·"


def _quoted(words: str) -> str:
    """Text that is nothing but text: letters, digits and plain marks; anything else as `#code;`."""
    short = clean(words)
    short = short if len(short) <= _LONGEST * 3 else short[: _LONGEST * 3] + "…"
    return _SAFE.sub(lambda match: f"#{ord(match.group())};", short.replace("\n", " "))
