"""The picture of a whole estate: the map while it can be read, the matrix where it cannot, which then says so."""

from __future__ import annotations

from netaudit.diagrams.map import READABLE, draw_map
from netaudit.diagrams.matrix import draw_matrix
from netaudit.diagrams.picture import Picture


def why_not_a_map(picture: Picture, max_arrows: int = READABLE) -> str:
    """In words, why the matrix is drawn instead; empty where the map can be read."""
    arrows = len(picture.bundles)
    return f"a map would have {arrows:,} arrows; over {max_arrows:,} are not readable" if arrows > max_arrows else ""


def draw_overview(picture: Picture, *, max_arrows: int = READABLE) -> str:
    """The picture as an SVG document."""
    if unreadable := why_not_a_map(picture, max_arrows):
        return draw_matrix(picture, note=f"{unreadable}. Row: source, column: destination")
    return draw_map(picture, max_arrows=max_arrows)
