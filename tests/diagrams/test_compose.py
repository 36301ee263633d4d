"""What a picture says, before it is drawn: seats, chips, bundles, badges, counters."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import example, given, settings

from netaudit.diagrams.compose import picture, short_name
from netaudit.diagrams.picture import Box, Picture
from netaudit.errors import QueryError
from netaudit.flows import Traffic
from netaudit.model import Endpoint, Group
from netaudit.queries.flow import Flow
from tests.diagrams.building import bank, endpoint, flow, solved
from tests.diagrams.strategies import Case, cases, crowded

_VPC = Group("vpc/v", "vpc", "v", detail="10.0.0.0/16")
_A = Group("subnet/a", "subnet", "a", parent="vpc/v", column=0)
_B = Group("subnet/b", "subnet", "b", parent="vpc/v", column=2)


def _picture(
    endpoints: Iterable[Endpoint], flows: Iterable[Flow] = (), groups: Iterable[Group] = (_VPC, _A, _B)
) -> Picture:
    return picture(solved(groups, endpoints), flows, {})


def _leaf_of(shown: Picture, endpoint_id: str) -> Box:
    (found,) = [leaf for leaf in shown.leaves for chip in leaf.chips if endpoint_id in chip.ids]
    return found


@settings(deadline=None, max_examples=60)
@given(cases())
@example(crowded())
def test_nothing_is_dropped(case: Case) -> None:
    """Arrows, counters, badges and what never touches the estate add up to the flows that came in."""
    totals = picture(case.solved, case.flows, case.violations).totals
    assert (len(case.flows), 0) == (totals.flows, totals.dropped)


@settings(deadline=None, max_examples=60)
@given(cases())
def test_every_endpoint_is_in_exactly_one_chip(case: Case) -> None:
    """Folding puts endpoints together and loses none."""
    shown = picture(case.solved, case.flows, case.violations)
    ids = [each for leaf in shown.leaves for chip in leaf.chips for each in chip.ids]
    assert sorted(each.id for each in case.endpoints) == sorted(ids)


@settings(deadline=None, max_examples=60)
@given(cases())
def test_every_violated_flow_is_marked_where_it_is_counted(case: Case) -> None:
    """A violation is never lost in a bundle."""
    shown = picture(case.solved, case.flows, case.violations)
    assert sum((each.source, each.destination) in case.violations for each in case.flows) == shown.totals.violated


def test_an_endpoint_sits_in_its_innermost_box() -> None:
    """Membership of the VPC as well as of its subnet puts it in the subnet."""
    shown = _picture([endpoint("aws_instance.x", "aws_instance", "vpc/v", "subnet/a")])
    assert "subnet/a" == _leaf_of(shown, "aws_instance.x").key


def test_an_endpoint_in_two_subnets_sits_across_them() -> None:
    """A load balancer in two subnets is in neither alone: it has a leaf of the VPC, which names both."""
    shown = _picture([endpoint("aws_lb.x", "aws_lb", "vpc/v", "subnet/a", "subnet/b")])
    leaf = _leaf_of(shown, "aws_lb.x")
    assert ("a + b", "2 subnets", 0) == (leaf.title, leaf.detail, leaf.column)
    assert leaf in shown.boxes[0].boxes


def test_subnets_that_hold_nothing_else_are_stood_for_by_what_lies_across_them() -> None:
    """Of two subnets that share a load balancer, the one with a host of its own has a box, the other none."""
    hosts = [
        endpoint("aws_lb.x", "aws_lb", "vpc/v", "subnet/a", "subnet/b"),
        endpoint("aws_instance.x", "aws_instance", "vpc/v", "subnet/a"),
    ]
    assert ["a", "a + b"] == [leaf.title for leaf in _picture(hosts).leaves]


def test_a_long_beginning_that_names_share_is_said_once() -> None:
    """Names of subnets often differ in their zone alone."""
    names = [f"shop-private-eu-west-1{zone}" for zone in "ab"]
    groups = [_VPC, *(Group(f"subnet/{name}", "subnet", name, parent="vpc/v") for name in names)]
    host = endpoint("aws_lb.x", "aws_lb", "vpc/v", *(f"subnet/{name}" for name in names))
    (leaf,) = _picture([host], groups=groups).leaves
    assert "shop-private-eu-west-1a + …1b" == leaf.title


def test_an_empty_subnet_that_nothing_lies_across_keeps_its_box() -> None:
    """It is part of the estate, and says that it is empty."""
    shown = _picture([endpoint("aws_instance.x", "aws_instance", "vpc/v", "subnet/a")])
    assert ["a", "b"] == [leaf.title for leaf in shown.leaves]


def test_an_endpoint_directly_in_a_box_of_boxes_has_a_leaf_there() -> None:
    """Boxes hold boxes or chips, never both."""
    leaf = _leaf_of(_picture([endpoint("aws_lambda.x", "aws_lambda", "vpc/v")]), "aws_lambda.x")
    assert "directly in it" == leaf.title


def test_an_endpoint_in_no_box_sits_in_its_realm() -> None:
    """Nothing that can connect is left out of the picture."""
    shown = _picture([endpoint("x", "aws_instance", realm="prod")])
    assert "prod: in no segment" == _leaf_of(shown, "x").title


def test_groups_in_a_loop_do_not_hang_the_picture() -> None:
    """Groups that claim to lie in one another are drawn beside one another."""
    loop = [Group("g/a", "vpc", "a", parent="g/b"), Group("g/b", "vpc", "b", parent="g/a")]
    assert ["a", "b"] == [box.title for box in _picture([], groups=loop).boxes]


def test_a_group_that_is_no_box_is_looked_through() -> None:
    """A subnet whose parent is drawn nowhere lies in the next box around it."""
    groups = [
        _VPC,
        Group("sg/x", "sg", "x", parent="vpc/v", box=False),
        Group("subnet/c", "subnet", "c", parent="sg/x"),
    ]
    (vpc,) = _picture([], groups=groups).boxes
    assert ["c"] == [box.title for box in vpc.boxes]


def _webs(**labels: str) -> list[Endpoint]:
    return [endpoint(f"web-{i}", "aws_instance", "subnet/a", labels=labels) for i in range(12)]


def test_alike_endpoints_share_a_chip() -> None:
    """Same box, same labels, same flows: twelve become one."""
    db = endpoint("db", "aws_db_instance", "subnet/b")
    shown = _picture([*_webs(), db], [flow(f"web-{i}", "db", "tcp/5432") for i in range(12)])
    assert ["web ×12"] == [chip.title for chip in _leaf_of(shown, "web-3").chips]


def test_a_fold_is_not_called_by_half_a_word() -> None:
    """`ecr`, `ecs` and `ec2` are no `ec`: the first of them names the fold."""
    hosts = [endpoint(name, "aws_vpc_endpoint", "subnet/a") for name in ("ecr", "ecs", "ec2")]
    assert ["ec2 … ×3"] == [chip.title for chip in _leaf_of(_picture(hosts), "ecr").chips]


def test_an_endpoint_with_a_flow_of_its_own_is_not_folded() -> None:
    """What one of them alone may do must be seen to be its own."""
    db = endpoint("db", "aws_db_instance", "subnet/b")
    shown = _picture([*_webs(), db], [flow("web-3", "db", "tcp/5432")])
    assert ["web ×11", "web-3"] == [chip.title for chip in _leaf_of(shown, "web-3").chips]


def test_a_violation_sets_an_endpoint_apart() -> None:
    """Two flows of the same traffic are not alike when only one of them breaks a rule."""
    db = endpoint("db", "aws_db_instance", "subnet/b")
    estate = solved([_VPC, _A, _B], [*_webs(), db])
    flows = [flow(f"web-{i}", "db", "tcp/5432") for i in range(12)]
    shown = picture(estate, flows, {("web-3", "db"): ("R",)})
    assert ["web ×11", "web-3"] == [chip.title for chip in _leaf_of(shown, "web-3").chips]


def test_a_bundle_unites_its_flows() -> None:
    """Number, traffic, certainty and violated part of all flows between two boxes."""
    ends = [endpoint(name, "aws_instance", f"subnet/{name[0]}") for name in ("a1", "a2", "b1")]
    flows = [flow("a1", "b1", "tcp/443", ""), flow("a2", "b1", "tcp/22 udp/53")]
    (bundle,) = picture(solved([_VPC, _A, _B], ends), flows, {("a2", "b1"): ("R2", "R10")}).bundles
    assert ("subnet/a", "subnet/b", 2, 1) == (bundle.source, bundle.destination, bundle.sum.flows, bundle.sum.violated)
    assert Traffic.parse("tcp/22,443 udp/53") == bundle.sum.traffic
    assert Traffic.parse("tcp/22 udp/53") == bundle.sum.violating
    assert ("R2", "R10") == bundle.sum.rules
    assert bundle.sum.certain


def test_the_outside_is_a_badge_on_the_exposed_chip() -> None:
    """Each direction is one badge, which names the blocks."""
    ends = [endpoint("a1", "aws_instance", "subnet/a")]
    flows = [
        flow("internet", "a1", "tcp/443"),
        flow("203.0.113.0/24", "a1", "tcp/22"),
        flow("a1", "internet", "udp/53"),
    ]
    exposed, egress = _leaf_of(_picture(ends, flows), "a1").chips[0].badges
    assert (True, ("internet", "203.0.113.0/24"), 2) == (exposed.inward, exposed.peers, exposed.sum.flows)
    assert (False, ("internet",), 1) == (egress.inward, egress.peers, egress.sum.flows)


def test_a_flow_of_an_unknown_endpoint_is_an_error() -> None:
    """It could be shown nowhere, and nothing is dropped in silence."""
    with pytest.raises(QueryError, match="'ghost', which is no endpoint"):
        _picture([], [flow("ghost", "internet", "tcp/1")])


@pytest.mark.parametrize(
    ("endpoint_id", "expected"),
    [
        ("module.data.aws_db_instance.ledger[0]", "ledger[0]"),
        ('module.web["a.b"].aws_instance.app["x.y"]', 'app["x.y"]'),
        ("module.web.aws_instance.this[0]", "web[0]"),
        ("payments/ledger[Deployment]", "ledger"),
        ("prod::payments/ledger[Deployment]", "ledger"),
        ("prod::aws_instance.web", "web"),
        ("{node/ip-10-0-0-1.internal}", "{node/ip-10-0-0-1.internal}"),
        ("i-0abc", "i-0abc"),
    ],
)
def test_a_chip_is_called_what_its_box_does_not_say(endpoint_id: str, expected: str) -> None:
    """The short name of an endpoint drops namespace, module and type."""
    assert expected == short_name(endpoint_id)


def test_the_bank_has_the_account_that_was_counted_by_hand() -> None:
    """4 come in, 3 go out, 16 stay in a box (12 among nodes, 4 in namespaces), 56 of 79 are left for arrows."""
    totals = picture(*bank()).totals
    assert (79, 4, 3, 16, 56) == (totals.flows, totals.badged, totals.outward, totals.inner, totals.bundled)


def test_in_a_crowded_box_those_that_look_the_same_share_a_chip() -> None:
    """Sixty hosts with different flows inside the estate are no sixty cards, but the exposed one is still its own."""
    hosts = [endpoint(f"host-{i}", "aws_instance", "subnet/a", labels={"i": str(i)}) for i in range(60)]
    shown = _picture(hosts, [flow("internet", "host-7", "tcp/22")])
    chips = _leaf_of(shown, "host-7").chips
    assert {("host-7", 1), ("instance ×59", 59)} == {(chip.title, len(chip.ids)) for chip in chips}


def test_collapsed_boxes_keep_every_flow() -> None:
    """By VPC, the bank is three boxes and the cluster with its namespaces; nothing is dropped."""
    shown = picture(*bank(), collapse="vpc")
    assert {"vpc/aws_vpc.prod", "vpc/aws_vpc.shared", "vpc/aws_vpc.mgmt"} == {
        leaf.key for leaf in shown.leaves if leaf.kind == "vpc"
    }
    assert 7 == len(list(shown.leaves))
    assert (picture(*bank()).totals.flows, 0) == (shown.totals.flows, shown.totals.dropped)


def test_collapsing_to_no_such_kind_is_refused() -> None:
    """With the kinds that there are."""
    with pytest.raises(QueryError, match="no box is a 'vcp'; expected one of cluster, namespace, subnet, vpc"):
        picture(*bank(), collapse="vcp")
