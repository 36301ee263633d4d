"""Pictures that can be kept: saved by the ending of a file, and shown by a notebook, where they stay interactive."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from pathlib import Path

from netaudit.diagrams.formats import FORMATS
from netaudit.diagrams.page import to_page
from netaudit.diagrams.view import View
from netaudit.diagrams.wording import account
from netaudit.errors import QueryError

_HEIGHT = 620


class Svg(str):
    """SVG text that a notebook shows as a picture."""

    __slots__ = ()

    def _repr_svg_(self) -> str:
        return str(self)

    def save(self, path: str | Path) -> Path:
        """Write it to a file."""
        return _written(Path(path), self)


@dataclass(frozen=True, repr=False)
class Drawing(View):
    """A view that can be saved and shown."""

    def __repr__(self) -> str:
        return f"<{self.drawn}: {account(self.picture.totals)}>"

    def save(self, path: str | Path) -> Path:
        """Write it in the format of the file's ending. Raises QueryError on an ending that there is not."""
        ending = Path(path).suffix
        if ending not in FORMATS:
            raise QueryError(f"'{path}' has no known ending; expected one of {', '.join(FORMATS)}")
        return _written(Path(path), FORMATS[ending](self))

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        """The page in a frame of its own, without access to the notebook; the SVG where HTML is not shown."""
        frame = (
            f'<iframe sandbox="allow-scripts" style="width:100%;height:{_HEIGHT}px;border:1px solid #c2cbd8" srcdoc="'
        )
        return {
            "text/plain": repr(self),
            "image/svg+xml": self.svg(),
            "text/html": f'{frame}{escape(to_page(self))}"></iframe>',
        }


def _written(path: Path, text: str) -> Path:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise QueryError(f"cannot write {path}: {error.strerror}") from None
    return path
