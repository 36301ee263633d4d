"""Widths are upper bounds, and no fitted text is wider than its room."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from netaudit.diagrams.fonts import clean, fit, fit_end, fold, width, wrap

_SIZES = st.floats(6, 30)
_ROOMS = st.floats(0, 400)


@given(st.text(), _SIZES, _ROOMS, st.booleans())
def test_a_fitted_text_is_not_wider_than_its_room(text: str, size: float, room: float, bold: bool) -> None:
    """Whichever end is kept."""
    for fitted in (fit(text, size, room, bold=bold), fit_end(text, size, room, bold=bold)):
        assert width(fitted, size, bold=bold) <= room + 1e-6


@given(st.text(), _SIZES, st.floats(60, 400))
def test_wrapped_and_folded_lines_are_not_wider_than_their_room(text: str, size: float, room: float) -> None:
    """Nor are there more of them than asked for."""
    wrapped, folded = wrap(text, size, room, 3), fold(text, size, room)
    assert len(wrapped) <= 3
    assert len(folded) <= 2
    assert all(width(line, size) <= room + 1e-6 for line in (*wrapped, *folded))


@given(st.text(max_size=40))
def test_what_fits_is_kept_whole(text: str) -> None:
    """Nothing is cut without need."""
    assert clean(text) == fit(text, 10, 1e6)


@given(st.text())
def test_a_clean_text_has_no_character_that_acts(text: str) -> None:
    """Control, format (directions, joiners), surrogate, private and unassigned characters are all made visible."""
    found = {unicodedata.category(char) for char in clean(text)}
    assert not found & {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    assert len(text) == len(clean(text))


def test_a_cut_text_says_so() -> None:
    """At the end that was cut."""
    assert "production-pay…" == fit("production-payments", 10, 92)
    assert "…ction-payments" == fit_end("production-payments", 10, 92)


def test_widths_bound_those_of_usual_faces() -> None:
    """A capital W is 0.944 em in Helvetica and 0.989 em in DejaVu Sans, a digit 0.556 and 0.636."""
    assert width("W", 1) >= 0.989
    assert width("0", 1) >= 0.636


def test_a_very_long_name_takes_no_time() -> None:
    """A name of a million characters is cut before it is measured."""
    assert 20 > len(fit("x" * 1_000_000, 10, 100))
