"""Segmentation as tests of your own, beside infra/ and k8s/: `pytest test_segmentation.py`."""

import pytest

import netaudit
from netaudit.testing import assert_isolated, assert_reaches, assert_rules


@pytest.fixture(scope="module")
def estate() -> netaudit.Estate:
    """Everything that is deployed together: read once, asked often."""
    return netaudit.load("infra", "k8s")


def test_the_internet_stays_away_from_the_ledger(estate: netaudit.Estate) -> None:
    """Neither directly nor by way of a load balancer."""
    assert_isolated(estate, "internet", "kind/aws_db_instance", relation="forwarded")


def test_the_books_can_book(estate: netaudit.Estate) -> None:
    """Isolation that stops the business is no success."""
    assert_reaches(estate, "zone/books", "aws_db_instance.ledger", "tcp/5432", zones={"books": "shop/books"})


def test_what_was_proved_on_the_first_day_stays_proved(estate: netaudit.Estate) -> None:
    """The rules that `netaudit init infra k8s -o first-rules.yaml` wrote."""
    assert_rules(estate, "first-rules.yaml")
