"""The path strip: every check is a gate with its verdict and place."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from hypothesis import given, settings
from hypothesis import strategies as st

from netaudit.diagrams.fonts import width
from netaudit.diagrams.path import draw_path
from netaudit.diagrams.style import BOLD, SIZES
from netaudit.engine.reference import Check, Journey, Trace
from netaudit.model import Origin, Stage, Truth, Unknown
from tests.diagrams.building import endpoint
from tests.diagrams.strategies import NASTY

_SVG = "{http://www.w3.org/2000/svg}"
_TCP_443 = 443
_NAMES = st.one_of(st.sampled_from([*NASTY, "aws_security_group.web ingress"]), st.text(max_size=60))


def _check(component: str, verdict: Truth = Truth.YES, reason: str = "tcp/443 from internet") -> Check:
    because = (Unknown("var.extra"),) if verdict is Truth.MAYBE else ()
    return Check("a → b", Stage.INGRESS, component, verdict, reason, "CODE", Origin("sg.tf", 12), because)


def _trace(*checks: Check, reply: tuple[Check, ...] = (), ends: tuple[str, str] = ("web", "db")) -> Trace:
    source, destination = (endpoint(name, "aws_instance") for name in ends)
    return Trace(source, destination, _TCP_443, (Journey(checks, arrived=True, reply=reply),))


def _texts(svg: str) -> list[str]:
    return [element.text or "" for element in ET.fromstring(svg).iter(f"{_SVG}text")]


def _gates(svg: str) -> list[str]:
    return [e.attrib["data-gate"] for e in ET.fromstring(svg).iter(f"{_SVG}g") if "data-gate" in e.attrib]


_checks = st.builds(_check, _NAMES, st.sampled_from(Truth), _NAMES)


@settings(deadline=None, max_examples=60)
@given(st.lists(_checks, max_size=20), st.lists(_checks, max_size=9), st.tuples(_NAMES, _NAMES))
def test_every_check_is_one_gate_in_order(there: list[Check], back: list[Check], ends: tuple[str, str]) -> None:
    """Of the packet first, then of its reply; hostile names change nothing about it."""
    words = {Truth.YES: "passes", Truth.MAYBE: "may pass", Truth.NO: "is stopped"}
    svg = draw_path(_trace(*there, reply=tuple(back), ends=ends))
    assert [words[check.verdict] for check in (*there, *back)] == _gates(svg)


@settings(deadline=None, max_examples=60)
@given(st.lists(_checks, max_size=20), st.tuples(_NAMES, _NAMES))
def test_no_text_reaches_into_the_next_gate(there: list[Check], ends: tuple[str, str]) -> None:
    """Texts on one height are apart, and none leaves the sheet."""
    root = ET.fromstring(draw_path(_trace(*there, ends=ends)))
    lines: dict[float, list[tuple[float, float]]] = {}
    for element in root.iter(f"{_SVG}text"):
        name, x = element.attrib["class"], float(element.attrib["x"])
        wide = width(element.text or "", SIZES[name], bold=name in BOLD)
        lines.setdefault(float(element.attrib["y"]), []).append((x, x + wide))
    for spans in lines.values():
        ends_at = [0.0, *(end for _, end in sorted(spans))]
        assert all(start >= end for (start, _), end in zip(sorted(spans), ends_at, strict=False))
        assert ends_at[-1] <= float(root.attrib["width"])


def test_a_gate_names_file_and_line() -> None:
    """Under its reason."""
    assert "sg.tf:12" in _texts(draw_path(_trace(_check("aws_security_group.web"))))


def test_the_heading_says_the_verdict() -> None:
    """Allowed, blocked, or unknown, with what was asked."""
    assert "web → db tcp/443: ALLOWED" in _texts(draw_path(_trace(_check("a"))))
    assert "web → db tcp/443: BLOCKED" in _texts(draw_path(_trace(_check("a"), _check("b", Truth.NO))))
    assert "web → db tcp/443: UNKNOWN" in _texts(draw_path(_trace(_check("a", Truth.MAYBE))))


def test_behind_a_shut_gate_the_line_is_dashed() -> None:
    """Two pieces before it are whole, two behind it are not."""
    root = ET.fromstring(draw_path(_trace(_check("a"), _check("b", Truth.NO), _check("c"))))
    lines = [e.attrib["class"] for e in root.iter(f"{_SVG}path") if "arrow" in e.attrib["class"]]
    assert ["arrow allowed", "arrow allowed", "arrow allowed possible", "arrow allowed possible"] == lines


def test_an_unknown_names_what_it_depends_on() -> None:
    """In the reason of the gate."""
    words = " ".join(_texts(draw_path(_trace(_check("a", Truth.MAYBE)))))
    assert "depends on var.extra" in words


def test_no_way_at_all_is_said() -> None:
    """A picture without gates would look like an open way."""
    source, destination = endpoint("web", "aws_instance"), endpoint("db", "aws_db_instance")
    texts = _texts(draw_path(Trace(source, destination, _TCP_443, ())))
    assert "there is no way" in texts
