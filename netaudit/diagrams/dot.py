"""DOT text, for those who want another layout; written with the graphviz library, never rendered here.

Boxes are nested clusters, a leaf is one node that lists its chips. Edges have no labels: with labels on edges between
nested clusters, layout programs lose edges and put nodes outside their cluster. What an edge carries is in its
tooltip. Names never become identifiers of the language; nodes are numbered in the order of the picture.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from math import log2

import graphviz

from netaudit.diagrams import cards, wording
from netaudit.diagrams.fonts import clean
from netaudit.diagrams.picture import Box, Bundle, Picture
from netaudit.diagrams.style import COLOURS

_LISTED = 12
_NODE = {"shape": "box", "style": "filled,rounded", "fillcolor": "#eff3f9", "color": "#c2cbd8", "fontname": "Helvetica"}
_GRAPH = {"rankdir": "LR", "compound": "true", "fontname": "Helvetica", "nodesep": "0.3", "ranksep": "0.9"}


def to_dot(picture: Picture) -> str:
    """The picture as DOT, one edge for each bundle; ends with a line break."""
    names = {leaf.key: f"n{index}" for index, leaf in enumerate(picture.leaves)}
    boxes = {leaf.key: leaf for leaf in picture.leaves}
    graph = graphviz.Digraph(
        name="netaudit", comment=wording.account(picture.totals), graph_attr=_GRAPH, node_attr=_NODE
    )
    graph.attr("graph", label=_plain(picture.title), labelloc="t")
    clusters = itertools.count()
    for box in picture.boxes:
        _add_box(graph, box, names, clusters)
    for bundle in picture.bundles:
        _add_edge(graph, bundle, names, boxes)
    return str(graph.source)


def _plain(text: str) -> str:
    """Text that DOT shows as it is: no escape sequences of its own, and never taken for its HTML."""
    return str(graphviz.nohtml("\\n".join(graphviz.escape(clean(line)) for line in text.split("\n"))))


def _add_box(graph: graphviz.Digraph, box: Box, names: Mapping[str, str], clusters: Iterator[int]) -> None:
    if not box.boxes:
        graph.node(names[box.key], label=_plain(_leaf_text(box)), tooltip=_plain(wording.box_title(box)))
        return
    with graph.subgraph(name=f"cluster_{next(clusters)}") as cluster:
        label = " ".join(part for part in (box.title, cards.detail_text(box)) if part)
        cluster.attr(label=_plain(label), tooltip=_plain(wording.box_title(box)), color="#c2cbd8", style="rounded")
        for each in box.boxes:
            _add_box(cluster, each, names, clusters)


def _leaf_text(box: Box) -> str:
    exposed = [wording.badge_text(badge) for badge in box.badges if badge.inward]
    chips = [chip.title for chip in box.chips]
    more = [f"… {len(chips) - _LISTED} more"] if len(chips) > _LISTED else []
    counted = [wording.counter_text(name, number) for name, number, _ in cards.counters(box)]
    return "\n".join([box.title, cards.detail_text(box), *chips[:_LISTED], *more, *exposed, *counted])


def _add_edge(graph: graphviz.Digraph, bundle: Bundle, names: Mapping[str, str], boxes: Mapping[str, Box]) -> None:
    total = bundle.sum
    graph.edge(
        names[bundle.source],
        names[bundle.destination],
        tooltip=_plain(wording.bundle_title(bundle, boxes[bundle.source], boxes[bundle.destination])),
        color=COLOURS[total.look],
        penwidth=f"{1 + 0.5 * log2(total.flows):.1f}",
        style="solid" if total.certain else "dashed",
    )
