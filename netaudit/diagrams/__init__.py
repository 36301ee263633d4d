"""Pictures: one neutral model of what is shown (`Picture`), and one file for each way of showing it."""

from netaudit.diagrams.drawing import Drawing, Svg
from netaudit.diagrams.formats import FORMATS
from netaudit.diagrams.view import View
from netaudit.diagrams.wording import account

__all__ = ["FORMATS", "Drawing", "Svg", "View", "account"]
