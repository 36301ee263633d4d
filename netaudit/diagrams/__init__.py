"""Pictures: one neutral model of what is shown (`Picture`), and one file for each way of showing it."""

from collections.abc import Callable, Mapping

from netaudit.diagrams.dot import to_dot
from netaudit.diagrams.view import View
from netaudit.diagrams.wording import account

FORMATS: Mapping[str, Callable[[View], str]] = {
    ".svg": View.svg,
    ".dot": lambda view: to_dot(view.picture),
}  # by the ending of a file

__all__ = ["FORMATS", "View", "account"]
