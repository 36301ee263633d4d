"""Pictures: one neutral model of what is shown (`Picture`), and one file for each way of showing it."""

from collections.abc import Callable, Mapping

from netaudit.diagrams.dot import to_dot
from netaudit.diagrams.overview import draw_overview
from netaudit.diagrams.picture import Picture
from netaudit.diagrams.wording import account

FORMATS: Mapping[str, Callable[[Picture], str]] = {".svg": draw_overview, ".dot": to_dot}

__all__ = ["FORMATS", "account"]
