"""`Estate.what_if`: what is declared is edited, and the outcome is that of reading the edited text."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import netaudit
from netaudit import AddResource, Apply, ChangeResource, Relabel, RemoveResource
from netaudit.errors import QueryError
from netaudit.model import Truth
from netaudit.sources.edits import DeclaredEdit
from tests import small

Flows = list[tuple[str, str, str, str]]

ROUTED = """\
resource "aws_internet_gateway" "main" {
  vpc_id = aws_vpc.main.id
}

resource "aws_route_table" "main" {
  vpc_id = aws_vpc.main.id
}

resource "aws_main_route_table_association" "main" {
  vpc_id         = aws_vpc.main.id
  route_table_id = aws_route_table.main.id
}

resource "aws_route" "out" {
  route_table_id         = aws_route_table.main.id
  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = aws_internet_gateway.main.id
}

resource "aws_eip" "web" {
  instance = aws_instance.web.id
}
"""
ADDED = """\
apiVersion: v1
kind: Pod
metadata: {name: new, namespace: shop, labels: {app: web}}
spec: {containers: [{name: c, image: i}]}
"""


def _estate(
    folder: Path, manifests: str = small.MANIFESTS, terraform: str = small.TERRAFORM + ROUTED
) -> netaudit.Estate:
    for name, text, file in (("k8s", manifests, "all.yaml"), ("infra", terraform, "main.tf")):
        (folder / name).mkdir(parents=True)
        (folder / name / file).write_text(text, encoding="utf-8")
    return netaudit.load(folder / "k8s", folder / "infra")


def _flows(estate: netaudit.Estate) -> Flows:
    found = estate.flows().flows
    return [(flow.source, flow.destination, str(flow.certain), str(flow.possible)) for flow in found]


@pytest.fixture
def estate(tmp_path: Path) -> netaudit.Estate:
    """A cluster of three pods, and a machine behind an internet gateway."""
    return _estate(tmp_path / "before")


def _in_manifests(old: str, new: str) -> Callable[[Path], netaudit.Estate]:
    assert 1 == small.MANIFESTS.count(old)
    return lambda folder: _estate(folder, small.MANIFESTS.replace(old, new))


def _in_terraform(old: str, new: str) -> Callable[[Path], netaudit.Estate]:
    assert 1 == (small.TERRAFORM + ROUTED).count(old)
    return lambda folder: _estate(folder, terraform=(small.TERRAFORM + ROUTED).replace(old, new))


_OUT = ROUTED[ROUTED.index('resource "aws_route" "out"') : ROUTED.index('resource "aws_eip"')]
_JOB = small.MANIFESTS.split("---\n")[2]
_POLICY = small.MANIFESTS.split("---\n")[5]
_CASES: dict[str, tuple[list[DeclaredEdit], Callable[[Path], netaudit.Estate]]] = {
    "a pod's label": ([Relabel("data/job", {"app": "db"})], _in_manifests("labels: {app: job}", "labels: {app: db}")),
    "a label that goes": ([Relabel("data/db[Pod]", {"app": None})], _in_manifests("labels: {app: db}", "labels: {}")),
    "a namespace's label": (
        [Relabel("shop", {"team": "x"})],
        _in_manifests("labels: {team: shop}", "labels: {team: x}"),
    ),
    "a rule's port": (
        [ChangeResource("data/db[NetworkPolicy]", {"spec.ingress.0.ports.0.port": 5433})],
        _in_manifests("port: 5432", "port: 5433"),
    ),
    "an endpoint that goes": ([RemoveResource("data/job")], _in_manifests(_JOB + "---\n", "")),
    "an endpoint that comes": (
        [Apply(ADDED)],
        lambda folder: _estate(folder, small.MANIFESTS + "---\n" + ADDED),
    ),
    "a policy in the place of another": (
        [Apply(_POLICY.replace("team: shop", "team: data"))],
        lambda folder: _estate(folder, small.MANIFESTS.replace(_POLICY, _POLICY.replace("team: shop", "team: data"))),
    ),
    "a route that goes": ([RemoveResource("aws_route.out")], _in_terraform(_OUT, "")),
    "a route elsewhere": (
        [ChangeResource("aws_route.out", {"destination_cidr_block": "203.0.112.0/21"})],
        _in_terraform("0.0.0.0/0", "203.0.112.0/21"),
    ),
    "several at once": (
        [RemoveResource("aws_route.out"), RemoveResource("data/job")],
        lambda folder: _estate(
            folder,
            small.MANIFESTS.replace(_JOB + "---\n", ""),
            (small.TERRAFORM + ROUTED).replace(_OUT, ""),
        ),
    ),
}


@pytest.mark.parametrize("case", _CASES)
def test_the_outcome_is_that_of_the_edited_text(estate: netaudit.Estate, case: str, tmp_path: Path) -> None:
    """All flows are those of an estate read from text in which the edit has been made; and there are others before."""
    edits, read = _CASES[case]
    before = _flows(estate)
    after = _flows(estate.what_if(edits))
    assert _flows(read(tmp_path / "after")) == after != before
    assert before == _flows(estate)


def test_an_added_route_is_as_if_it_had_been_there(estate: netaudit.Estate) -> None:
    """Taken away and added again it gives what there was."""
    out = next(each for each in estate.resources if each.address == "aws_route.out")
    without = estate.what_if([RemoveResource("aws_route.out")])
    again = without.what_if([AddResource("aws_route", "aws_route.out", out.attributes)])
    assert _flows(estate) == _flows(again) != _flows(without)


def test_rules_are_edited_after_what_is_declared(estate: netaudit.Estate) -> None:
    """In one call or two: the smallest change of an answer and a label together; the other way round is refused."""
    edits = estate.explain("data/job", "data/db", "tcp/5432").changes
    label = Relabel("shop/web", {"app": "x"})
    for after in (estate.what_if([label, *edits]), estate.what_if([label]).what_if(edits)):
        assert Truth.YES is after.explain("data/job", "data/db", "tcp/5432").verdict
    with pytest.raises(QueryError, match="before rules"):
        estate.what_if(edits).what_if([label])


def test_an_edit_of_a_rule_that_is_not_there_is_refused(estate: netaudit.Estate) -> None:
    """Never a change that silently changes nothing."""
    edits = estate.explain("data/job", "data/db", "tcp/5432").changes
    gone = estate.what_if([RemoveResource("data/db[NetworkPolicy]")])
    with pytest.raises(QueryError, match="NetworkPolicy data/db"):
        gone.what_if(edits)


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (RemoveResource("data/nobody"), "nothing that is declared is called 'data/nobody'"),
        (RemoveResource("data/db"), r"'data/db' may be data/db\[NetworkPolicy\] or data/db\[Pod\]"),
        (Relabel("aws_instance.web", {"a": "b"}), "'aws_instance.web' has no labels"),
        (Apply("{}"), "no object"),
        (ChangeResource("aws_route.out", {"gateway_id.x": 1}), "gateway_id"),
        (AddResource("aws_route", "aws_route.out", {}), "is declared already"),
        (AddResource("aws_route", "aws_route.x", {}, source="prod"), "prod"),
    ],
)
def test_an_edit_that_cannot_be_made_is_refused(estate: netaudit.Estate, edit: DeclaredEdit, said: str) -> None:
    """With the reason, and what could be meant."""
    with pytest.raises(QueryError, match=said):
        estate.what_if([edit])


def test_a_source_is_named_before_the_address(tmp_path: Path) -> None:
    """As endpoints of named sources are: two clusters have pods of one name."""
    for name in ("a", "b"):
        small.manifests(tmp_path / name)
    estate = netaudit.load(f"a={tmp_path / 'a'}", f"b={tmp_path / 'b'}")
    with pytest.raises(QueryError, match="a::data/job"):
        estate.what_if([RemoveResource("data/job")])
    left = estate.what_if([RemoveResource("a::data/job")]).network.by_id
    assert ("a::data/job[Pod]" in left, "b::data/job[Pod]" in left) == (False, True)


def test_what_an_edit_leaves_alone_is_shared(estate: netaudit.Estate) -> None:
    """Filters that say the same are the same objects, although everything was compiled again."""
    before = estate.network.policies
    after = estate.what_if([Relabel("shop/web", {"more": "x"})]).network.policies
    assert list(map(id, before)) == list(map(id, after))


def test_a_difference_names_what_the_edit_wrote_otherwise(estate: netaudit.Estate) -> None:
    """The edited estate is compared like any other: the label is the cause."""
    answer = estate.what_if([Relabel("data/job", {"app": "db"})]).diff(estate)
    assert {"data/job[Pod]"} == {each.address for each in answer.rewritten}
