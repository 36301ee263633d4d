"""The picture of a whole estate: the map while it can be read, the matrix where it cannot, which then says so."""

from __future__ import annotations

from netaudit.diagrams.map import READABLE, draw_map
from netaudit.diagrams.matrix import draw_matrix
from netaudit.diagrams.picture import Picture


def draw_overview(picture: Picture) -> str:
    """The picture as an SVG document."""
    arrows = len(picture.bundles)
    if arrows <= READABLE:
        return draw_map(picture)
    note = f"a map would have {arrows:,} arrows; over {READABLE} are not readable. Row: source, column: destination"
    return draw_matrix(picture, note=note)
