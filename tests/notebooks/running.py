"""Runs a notebook of the repository in a real kernel."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.oracles import REPOSITORY

BOOKS = sorted((REPOSITORY / "notebooks").glob("*.ipynb"))


class Run:
    """What the cells of a notebook showed."""

    def __init__(self, name: str, home: Path) -> None:
        nbformat = pytest.importorskip("nbformat", reason="nbformat is not installed (the dev extra has it)")
        nbclient = pytest.importorskip("nbclient", reason="nbclient is not installed (the dev extra has it)")
        pytest.importorskip("pandas", reason="pandas is not installed (the notebook extra has it)")
        file = REPOSITORY / "notebooks" / f"{name}.ipynb"
        book = nbformat.read(file, as_version=4)
        with pytest.MonkeyPatch.context() as patched:
            patched.setenv("IPYTHONDIR", str(home))
            patched.setenv("JUPYTER_PLATFORM_DIRS", "1")
            nbclient.NotebookClient(book, timeout=120, resources={"metadata": {"path": str(file.parent)}}).execute()
        self._cells = [cell for cell in book.cells if cell.cell_type == "code"]

    def shown(self, words: str) -> dict[str, Any]:
        """The last output of the first cell that contains the words, by type."""
        return dict(next(cell.outputs for cell in self._cells if words in cell.source)[-1].data)

    def text(self, words: str) -> str:
        """The same as plain text."""
        return str(self.shown(words)["text/plain"])
