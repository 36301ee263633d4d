"""The facade: what `load` takes, and what an estate answers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

import netaudit
from netaudit.errors import InputError, QueryError
from netaudit.flows import Traffic
from netaudit.model import NewcomerSide, Reading, Settings, Truth
from netaudit.providers import kubernetes
from tests import small


@pytest.fixture
def estate(tmp_path: Path) -> netaudit.Estate:
    """The small cluster and the small estate."""
    return netaudit.load(small.manifests(tmp_path / "k8s"), small.terraform(tmp_path / "infra"))


def test_no_source_is_no_estate() -> None:
    """Never an empty success."""
    with pytest.raises(InputError, match="no source was given"):
        netaudit.load()


def test_variables_are_a_mapping_or_a_sequence_of_which_the_later_wins(tmp_path: Path) -> None:
    """Names and values, and files."""
    infra = small.terraform(tmp_path / "infra")
    file = tmp_path / "x.tfvars"
    file.write_text('office = "198.51.100.0/24"\n')

    def office(variables: object) -> list[str]:
        estate = netaudit.load(infra, variables=variables)  # type: ignore[arg-type]
        return [name for name in estate.flows().external if "/" in name]

    assert ["192.0.2.0/24"] == office({"office": "192.0.2.0/24"})
    assert ["198.51.100.0/24"] == office([("office", "192.0.2.0/24"), file])
    with pytest.raises(InputError, match=r"absent\.tfvars: no such file"):
        office([tmp_path / "absent.tfvars"])


def test_external_lists_every_block_also_where_nothing_reaches_it(estate: netaudit.Estate) -> None:
    """With the ranges that it stands for, cut at the selectors in use."""
    external = estate.flows("203.0.113.0/25", "*").external
    assert ["203.0.113.0-203.0.113.127"] == external["203.0.113.0/25"]
    assert {"internet", "internet6", "private", "private6", "203.0.113.128/25"} <= external.keys()


def test_a_question_counts_its_pairs_and_names_what_decides(estate: netaudit.Estate) -> None:
    """One pair flows by the policy's rule, the other is stopped by the same policy."""
    answer = estate.reach("shop/web | data/job", "data/db")
    assert [("data/job[Pod]", Truth.NO), ("shop/web[Pod]", Truth.YES)] == [(p.source, p.verdict) for p in answer.pairs]
    assert Truth.YES is answer.verdict
    assert ["NetworkPolicy data/db"] == sorted({p.check.component.split(" (")[0] for p in answer.pairs if p.check})


def test_a_question_about_a_chain_is_decided_by_its_last_connection(estate: netaudit.Estate) -> None:
    """The pair keeps its ends, and what is shown lets the last hop in."""
    (pair,) = estate.reach("data/job", "data/db", relation="pivot").pairs
    assert ("data/job[Pod]", Truth.YES) == (pair.source, pair.verdict)
    assert pair.check is not None
    assert Truth.YES is pair.check.verdict


def test_between_realms_that_nothing_joins_the_answer_is_unknown(estate: netaudit.Estate) -> None:
    """Neither yes nor no; there is nothing to explain."""
    assert Truth.MAYBE is estate.reach("aws_instance.web", "data/db").verdict
    with pytest.raises(QueryError, match="nothing joins the sources"):
        estate.explain("aws_instance.web", "data/db", "tcp/5432")


@pytest.mark.parametrize("traffic", ["tcp/5432", "icmp/8", "icmp/8:0", "other/47"])
def test_an_explanation_is_about_one_point(estate: netaudit.Estate, traffic: str) -> None:
    """A port, an ICMP type or code, a protocol."""
    found = estate.explain("shop/web", "data/job", traffic)
    assert found.trace.point == Traffic.parse(traffic).least


@pytest.mark.parametrize("traffic", ["tcp", "tcp/80-81", "icmp", "icmp/8,0", "any", "tcp/1 udp/1"])
def test_more_than_one_point_is_not_explained(estate: netaudit.Estate, traffic: str) -> None:
    """Rather an error than an answer about one of them."""
    with pytest.raises(QueryError, match="more than one point of traffic"):
        estate.explain("shop/web", "data/job", traffic)


def test_what_if_gives_a_new_estate_in_which_the_change_has_happened(estate: netaudit.Estate) -> None:
    """The offered change flips the answer there, and leaves the old estate as it was."""
    before = estate.explain("data/job", "data/db", "tcp/5432")
    after = estate.what_if(before.changes).explain("data/job", "data/db", "tcp/5432")
    assert (Truth.NO, Truth.YES) == (before.verdict, after.verdict)
    assert Truth.NO is estate.explain("data/job", "data/db", "tcp/5432").verdict


def test_a_picture_knows_the_blocks_that_a_reports_rules_cut(estate: netaudit.Estate, tmp_path: Path) -> None:
    """A violation by a block that only a rule names is on the map."""
    rule = "  - {id: OFFICE, kind: forbid, from: 8.8.8.0/24, to: data/job}\n"
    report = estate.check(small.rules(tmp_path, rule))
    assert "VIOLATED" == report.results[1].verdict
    drawn = {rule for box in estate.picture(report).leaves for badge in box.badges for rule in badge.sum.rules}
    assert {"OFFICE"} == drawn


@pytest.mark.parametrize("line", ["on_premises: [192.168.0.0/16]"])
def test_an_assumption_that_changes_nothing_is_said_to(line: str, tmp_path: Path) -> None:
    """Nobody relies on a line of the file that no reader uses."""
    (tmp_path / "assume.yaml").write_text(line + "\n", encoding="utf-8")
    found = netaudit.load(small.terraform(tmp_path / "infra"), assume=tmp_path / "assume.yaml").problems.rows()
    key = line.partition(":")[0]
    assert [True] == [key in str(each["message"]) for each in found if each["code"] == "ASSUMPTION_UNUSED"]


def test_what_new_pods_would_meet_is_worked_out_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many rules ask for it: it takes as long as reading the cluster again."""
    asked: list[Sequence[Reading]] = []

    def counted(readings: Sequence[Reading], settings: Settings) -> Sequence[NewcomerSide]:
        asked.append(readings)
        return sides(readings, settings)

    sides = kubernetes.newcomer_sides
    monkeypatch.setattr(kubernetes, "newcomer_sides", counted)
    estate = netaudit.load(small.manifests(tmp_path / "k8s"))
    rule = "  - {{id: R{0}, kind: namespace-default-deny, namespaces: [shop]}}\n"
    estate.check(small.rules(tmp_path, *(rule.format(number) for number in range(3))))
    estate.first_rules()
    assert 1 == len(asked)
