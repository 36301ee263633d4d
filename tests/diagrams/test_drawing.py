"""Pictures in Python: saved by the ending, shown by a notebook."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from netaudit.diagrams import Drawing, Svg
from netaudit.diagrams.page import to_page
from netaudit.errors import QueryError
from tests.browser import browser
from tests.diagrams.building import bank


def _bank() -> Drawing:
    network, flows, _ = bank()
    return Drawing(network, tuple(flows))


def test_a_drawing_is_one_line_in_a_console() -> None:
    """What is drawn, and the account of all flows."""
    assert repr(_bank()).startswith("<map: ")
    assert repr(_bank()).endswith(", 0 dropped>")


def test_a_notebook_gets_the_page_in_a_sandbox() -> None:
    """The whole page, quoted in an attribute; the frame may run its script and nothing else."""
    shown = _bank()._repr_mimebundle_(include=None, exclude=None)
    (frame,) = ET.fromstring(f"<x>{shown['text/html']}</x>")
    assert "allow-scripts" == frame.attrib["sandbox"]
    assert to_page(_bank()).split() == frame.attrib["srcdoc"].split()
    assert _bank().svg() == shown["image/svg+xml"]


@pytest.mark.oracle
def test_an_exported_notebook_stays_alive_offline(tmp_path: Path) -> None:
    """A plain page with the frame in it, opened from disk without a network: a box can still be isolated."""
    file = tmp_path / "export.html"
    file.write_text(f"<!doctype html><body>{_bank()._repr_mimebundle_()['text/html']}</body>", encoding="utf-8")
    with browser(tmp_path / "profile") as chromium:
        chromium.send("Page.navigate", url=file.as_uri())
        with chromium.inside("iframe"):
            chromium.wait("document.documentElement?.dataset.ready === 'yes'")
            assert 0 == chromium.run("document.querySelectorAll('.off').length")
            box = 'document.querySelector(`[data-box="ns/payments"]`)'
            chromium.run(f"{box}.dispatchEvent(new Event('click', {{bubbles: true}}))")
            chromium.wait("document.querySelectorAll('.off').length > 0")
            assert "payments/checkout[Deployment]" in chromium.run("document.getElementById('about').innerText")
        assert [] == chromium.complaints


def test_the_ending_decides_what_is_saved(tmp_path: Path) -> None:
    """As on the command line."""
    assert _bank().svg() == _bank().save(tmp_path / "x.svg").read_text(encoding="utf-8")
    assert _bank().save(tmp_path / "x.dot").read_text(encoding="utf-8").startswith("// ")
    with pytest.raises(QueryError, match="has no known ending"):
        _bank().save(tmp_path / "x.png")
    with pytest.raises(QueryError, match="cannot write"):
        _bank().save(tmp_path / "nowhere" / "x.svg")


def test_svg_text_shows_itself() -> None:
    """It is a text, and a notebook draws it."""
    assert ("<svg/>", "<svg/>") == (Svg("<svg/>"), Svg("<svg/>")._repr_svg_())


def test_a_picture_does_not_spell_itself_out() -> None:
    """Three numbers in place of thousands of boxes; the bank has 33 arrows."""
    picture = _bank().picture
    assert f"<Picture: {len(list(picture.leaves))} boxes, 33 arrows, {len(_bank().flows)} flows>" == repr(picture)
