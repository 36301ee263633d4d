"""Pictures: one neutral model of what is shown (`Picture`), and one file for each way of showing it."""

from collections.abc import Callable, Mapping

from netaudit.diagrams.dot import to_dot
from netaudit.diagrams.drawio import to_drawio
from netaudit.diagrams.graph import to_graphml, to_json
from netaudit.diagrams.mermaid import to_mermaid
from netaudit.diagrams.page import to_page
from netaudit.diagrams.view import View
from netaudit.diagrams.wording import account

FORMATS: Mapping[str, Callable[[View], str]] = {
    ".svg": View.svg,
    ".html": to_page,
    ".dot": lambda view: to_dot(view.picture),
    ".mmd": lambda view: to_mermaid(view.picture),
    ".drawio": lambda view: to_drawio(view.picture),
    ".graphml": to_graphml,
    ".json": to_json,
}  # by the ending of a file

__all__ = ["FORMATS", "View", "account"]
