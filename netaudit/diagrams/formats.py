"""Every format of a file, by its ending: the only place that lists them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from netaudit.diagrams.dot import to_dot
from netaudit.diagrams.drawio import to_drawio
from netaudit.diagrams.graph import to_graphml, to_json
from netaudit.diagrams.mermaid import to_mermaid
from netaudit.diagrams.page import to_page
from netaudit.diagrams.view import View

FORMATS: Mapping[str, Callable[[View], str]] = {
    ".svg": View.svg,
    ".html": to_page,
    ".dot": lambda view: to_dot(view.picture),
    ".mmd": lambda view: to_mermaid(view.picture),
    ".drawio": lambda view: to_drawio(view.picture),
    ".graphml": to_graphml,
    ".json": to_json,
}
