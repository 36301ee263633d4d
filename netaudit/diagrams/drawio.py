"""draw.io (diagrams.net): the map as shapes that people can move, laid out as our own map lays them out.

Every leaf, box and card is a cell inside the cell of its box, every bundle an edge that sticks to its two ends. Values
are plain text: `html=0` on every cell, so no name is ever read as markup.
"""

from __future__ import annotations

from collections.abc import Iterator
from xml.sax.saxutils import escape

from netaudit.diagrams import cards, wording
from netaudit.diagrams.fonts import clean
from netaudit.diagrams.layout import Layout, Rect, lay_out
from netaudit.diagrams.picture import Box, Bundle, Picture
from netaudit.diagrams.style import COLOURS

_ROOT = "1"
_BOX = "html=0;rounded=1;arcSize=3;verticalAlign=top;fontStyle=1;fillColor=#f4f6f9;strokeColor=#c2cbd8;container=1;"
_LEAF = "html=0;rounded=1;arcSize=4;verticalAlign=top;fontStyle=1;fillColor=#ffffff;strokeColor=#c2cbd8;container=1;"
_CARD = "html=0;rounded=1;whiteSpace=wrap;fontSize=10;fillColor=#eff3f9;strokeColor=#d5deea;"
_EXPOSED = "html=0;rounded=1;whiteSpace=wrap;fontSize=10;fillColor=#ffe4ad;strokeColor=#d98e04;"
_ALARM = "html=0;rounded=1;whiteSpace=wrap;fontSize=10;fillColor=#c4122f;fontColor=#ffffff;strokeColor=#c4122f;"
_ARROW = "html=0;edgeStyle=orthogonalEdgeStyle;rounded=1;endArrow=block;"


def to_drawio(picture: Picture) -> str:
    """The picture as an uncompressed draw.io file, one page."""
    layout = lay_out(picture)
    names = {box.key: f"b{number}" for number, box in enumerate(_all(picture.boxes))}
    cells = [_mx("mxCell", id="0"), _mx("mxCell", id=_ROOT, parent="0")]
    cells += _boxes(picture.boxes, _ROOT, (0.0, 0.0), layout, names)
    for number, bundle in enumerate(picture.bundles):
        cells.append(_edge(f"e{number}", bundle, names))
    model = _mx("mxGraphModel", "\n" + _mx("root", "\n" + "\n".join(cells) + "\n") + "\n", grid="0", page="0")
    name = picture.title or "Who can reach whom"
    return _mx("mxfile", _mx("diagram", model, id="netaudit", name=name), host="netaudit") + "\n"


def _mx(tag: str, content: str = "", /, **attributes: object) -> str:
    """An element; unlike in our SVG, the lines of an attribute are kept."""
    written = "".join(f' {name.rstrip("_")}="{_lines(str(value))}"' for name, value in attributes.items())
    return f"<{tag}{written}>{content}</{tag}>" if content else f"<{tag}{written}/>"


def _lines(text: str) -> str:
    return "&#10;".join(escape(clean(line), {'"': "&quot;"}) for line in text.split("\n"))


def _all(boxes: tuple[Box, ...]) -> Iterator[Box]:
    for box in boxes:
        yield box
        yield from _all(box.boxes)


def _boxes(
    boxes: tuple[Box, ...], parent: str, at: tuple[float, float], layout: Layout, names: dict[str, str]
) -> Iterator[str]:
    """The cells of some boxes; `at` is the corner of the box around them, because places are relative to it."""
    for box in boxes:
        rect = layout.rects[box.key]
        inner = f"\nInside: {wording.sum_title(box.inner)}" if box.inner else ""
        value = " · ".join(part for part in (box.title, cards.detail_text(box)) if part) + inner
        yield _cell(names[box.key], value, _BOX if box.boxes else _LEAF, parent, rect, at)
        corner = (float(rect.x), float(rect.y))
        yield from _boxes(box.boxes, names[box.key], corner, layout, names)
        if not box.boxes:
            yield from _cards(box, names[box.key], rect)


def _cards(box: Box, parent: str, rect: Rect) -> Iterator[str]:
    for number, card in enumerate(cards.cards(box, cards.columns_at(box, int(rect.height)), rect.width)):
        badges = [wording.badge_text(badge) for badge in card.chip.badges]
        exposed = any(badge.inward for badge in card.chip.badges)
        look = _ALARM if card.chip.marks else _EXPOSED if exposed else _CARD
        place = Rect(card.x, card.y, card.width, card.height)
        yield _cell(f"{parent}c{number}", "\n".join([card.chip.title, *badges]), look, parent, place, (0.0, 0.0))


def _cell(name: str, value: str, style: str, parent: str, rect: Rect, at: tuple[float, float]) -> str:
    x, y, wide, high = (float(each) for each in (rect.x, rect.y, rect.width, rect.height))
    where: dict[str, object] = {"x": x - at[0], "y": y - at[1], "width": wide, "height": high, "as_": "geometry"}
    return _mx("mxCell", _mx("mxGeometry", **where), id=name, value=value, style=style, parent=parent, vertex=1)


def _edge(name: str, bundle: Bundle, names: dict[str, str]) -> str:
    total = bundle.sum
    style = f"{_ARROW}strokeColor={COLOURS[total.look]};strokeWidth={3 if total.violated else 1};"
    style += "" if total.certain else "dashed=1;"
    ends = {"source": names[bundle.source], "target": names[bundle.destination]}
    value = wording.violation_text(total) if total.violated else ""
    geometry = _mx("mxGeometry", relative=1, as_="geometry")
    return _mx("mxCell", geometry, id=name, value=value, style=style, parent=_ROOT, edge=1, **ends)
