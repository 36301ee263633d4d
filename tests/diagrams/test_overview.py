"""Which picture a whole estate gets."""

from netaudit.diagrams.compose import picture
from netaudit.diagrams.map import draw_map
from netaudit.diagrams.overview import draw_overview
from tests.diagrams.building import bank
from tests.diagrams.strategies import crowded


def test_a_readable_estate_gets_the_map() -> None:
    """The bank has 33 arrows."""
    shown = picture(*bank())
    assert draw_map(shown) == draw_overview(shown)


def test_an_unreadable_one_gets_the_matrix_and_is_told_why() -> None:
    """Eighteen segments that all reach one another would need 18 × 17 arrows."""
    case = crowded()
    svg = draw_overview(picture(case.solved, case.flows, case.violations))
    assert "a map would have 306 arrows; over 80 are not readable" in svg
