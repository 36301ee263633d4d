"""Claims about AWS Network Firewall (network_firewall.py, middlebox.py)."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netaudit.flows import Traffic
from netaudit.model import Resource

from .building import (
    ANYTHING,
    BASE,
    UNKNOWN,
    A,
    Answers,
    B,
    allow,
    gateway,
    group,
    instance,
    ref,
    resource,
    subnet,
    table,
    to_internet,
)

FIREWALL = "aws_networkfirewall_firewall.fw"
ENDPOINT = ref(FIREWALL, "firewall_status", 0, "sync_states", 0, "attachment", 0, "endpoint_id")
AN, BN = "10.0.1.0/24", "10.0.2.0/24"


def to_firewall(block: str, endpoint: Any = ENDPOINT) -> dict[str, Any]:
    """A route to the firewall's endpoint."""
    return {"cidr_block": block, "vpc_endpoint_id": endpoint}


def firewall(*subnets: str, **more: Any) -> Resource:
    """The firewall with an endpoint in each of some subnets."""
    attributes: dict[str, Any] = {
        "vpc_id": ref("aws_vpc.main"),
        "firewall_policy_arn": ref("aws_networkfirewall_firewall_policy.p", "arn"),
        "subnet_mapping": [{"subnet_id": ref(f"aws_subnet.{each}")} for each in subnets or ("fw",)],
    }
    return resource(FIREWALL, **(attributes | more))


def policy(default: Any = "aws:forward_to_sfe", **more: Any) -> Resource:
    """The firewall's policy."""
    block = {
        "stateless_default_actions": [default],
        "stateless_fragment_default_actions": ["aws:drop"],
        **more,
    }
    return resource("aws_networkfirewall_firewall_policy.p", firewall_policy=[block])


EMPTY: dict[str, Any] = {}
STRICT: dict[str, Any] = {"stateful_engine_options": [{"rule_order": "STRICT_ORDER"}]}
CLOSED: dict[str, Any] = STRICT | {"stateful_default_actions": ["aws:drop_strict"]}


def groups(kind: str, *names: str) -> dict[str, Any]:
    """References to groups, the first of them first."""
    references = [
        {"resource_arn": ref(f"aws_networkfirewall_rule_group.{name}", "arn"), "priority": index + 1}
        for index, name in enumerate(names)
    ]
    return {f"{kind}_rule_group_reference": references}


def stateful(name: str, *rules: dict[str, Any], **source: Any) -> Resource:
    """A group of stateful rules."""
    return resource(
        f"aws_networkfirewall_rule_group.{name}",
        type="STATEFUL",
        rule_group=[{"rules_source": [{"stateful_rule": list(rules), **source}]}],
    )


def flow(action: str, source: str = "ANY", destination: str = "ANY", port: str = "ANY", **more: Any) -> dict[str, Any]:
    """A stateful rule."""
    header = {
        "protocol": "IP" if port == "ANY" else "TCP",
        "source": source,
        "source_port": "ANY",
        "destination": destination,
        "destination_port": port,
        "direction": "FORWARD",
    }
    option = {"keyword": "sid", "settings": ["1"]}
    return {"action": action, "header": [header | more], "rule_option": [option]}


def stateless(name: str, *rules: dict[str, Any]) -> Resource:
    """A group of stateless rules."""
    written = {"stateless_rule": list(rules)}
    source = {"stateless_rules_and_custom_actions": [written]}
    return resource(f"aws_networkfirewall_rule_group.{name}", type="STATELESS", rule_group=[{"rules_source": [source]}])


def packets(
    priority: int, action: str, source: str | None = None, destination: str | None = None, **more: Any
) -> dict[str, Any]:
    """A stateless rule."""
    ends = {"source": source, "destination": destination}
    match = {name: [{"address_definition": block}] for name, block in ends.items() if block} | more
    return {"priority": priority, "rule_definition": [{"actions": [action], "match_attributes": [match]}]}


ROUTES = [*table("a", to_firewall(BN), subnets=["a"]), *table("b", to_firewall(AN), subnets=["b"])]
ESTATE = [
    *BASE,
    subnet("fw", "10.0.9.0/24"),
    firewall(),
    *ROUTES,
    instance("a", "a", "open"),
    instance("b", "b", "open"),
]


def between(*resources: Resource) -> Answers:
    """Two instances in two subnets that the firewall stands between."""
    return Answers(*ESTATE, *resources)


def test_aws_62_stateless_rules_pass_and_drop_by_priority() -> None:
    """The lowest number first, whatever the order of writing; the default action decides the rest."""
    web = {"protocols": [6], "destination_port": [{"from_port": 443, "to_port": 444}]}
    group = stateless(
        "s", packets(20, "aws:pass", AN, BN, **web), packets(10, "aws:drop", destination=BN, protocols=[17])
    )
    answers = between(policy("aws:pass", **groups("stateless", "s")), group)
    assert [answers.exactly(A, B), answers.exactly(B, A)] == ["tcp sctp", ANYTHING]


def test_aws_62_replies_are_packets_too() -> None:
    """A rule that drops what comes from the server's subnet drops its replies: TCP fails, UDP arrives."""
    answers = between(policy("aws:pass", **groups("stateless", "s")), stateless("s", packets(1, "aws:drop", BN)))
    assert [answers.exactly(A, B), answers.exactly(B, A)] == ["udp sctp", "nothing"]


def test_aws_62_source_ports_and_flags_are_not_read() -> None:
    """A rule about them may match or not."""
    for more in ({"source_port": [{"from_port": 443}]}, {"tcp_flag": [{"flags": ["SYN"]}]}):
        group = stateless("s", packets(1, "aws:drop", AN, BN, **more))
        assert between(policy("aws:pass", **groups("stateless", "s")), group).possibly(A, B) == ANYTHING


def test_aws_62_custom_actions_count_packets_only() -> None:
    """Of the actions of a rule the standard one decides."""
    rule = packets(1, "aws:drop", AN)
    rule["rule_definition"][0]["actions"] = ["aws:drop", "Counted"]
    assert between(policy("aws:pass", **groups("stateless", "s")), stateless("s", rule)).exactly(A, B) == "nothing"


def test_aws_62_unknown_default_action_decides_nothing() -> None:
    """It may pass, drop or forward."""
    assert between(policy(UNKNOWN)).possibly(A, B) == ANYTHING


def test_aws_63_strict_order_takes_rules_as_they_are_written() -> None:
    """The first match decides; what none matches is dropped where the policy says so."""
    first = stateful("one", flow("DROP", AN, BN, "22"), flow("PASS", AN, BN, "22:443"))
    answers = between(policy(**CLOSED, **groups("stateful", "one")), first)
    assert [answers.exactly(A, B), answers.exactly(B, A)] == ["tcp/23-443", "nothing"]


def test_aws_63_action_order_takes_all_that_pass_first() -> None:
    """Groups and rules in any order: pass, drop, reject."""
    first = stateful("one", flow("DROP"), flow("REJECT"))
    second = stateful("two", flow("PASS", AN, BN, "443"))
    answers = between(policy(**groups("stateful", "one", "two")), first, second)
    assert [answers.exactly(A, B), answers.exactly(B, A)] == ["tcp/443", "nothing"]


def test_aws_63_groups_of_strict_order_go_by_priority() -> None:
    """The group with the lowest number comes first."""
    rules = [stateful("one", flow("DROP")), stateful("two", flow("PASS"))]
    assert between(policy(**CLOSED, **groups("stateful", "two", "one")), *rules).exactly(A, B) == ANYTHING
    assert between(policy(**CLOSED, **groups("stateful", "one", "two")), *rules).exactly(A, B) == "nothing"


def test_aws_63_a_rule_for_both_directions_matches_either_way() -> None:
    """`ANY` direction exchanges the ends of the header."""
    answers = between(
        policy(**CLOSED, **groups("stateful", "one")), stateful("one", flow("PASS", AN, BN, direction="ANY"))
    )
    assert [answers.exactly(A, B), answers.exactly(B, A)] == [ANYTHING] * 2


def test_aws_63_flows_that_no_rule_matches_are_open_unless_all_are_dropped() -> None:
    """Dropping established connections lets their first packets pass; nobody says what becomes of the others."""
    for more in (EMPTY, STRICT, STRICT | {"stateful_default_actions": ["aws:drop_established"]}):
        assert between(policy(**more)).possibly(A, B) == ANYTHING
    assert between(policy(**CLOSED)).exactly(A, B) == "nothing"


def test_aws_63_named_sets_and_lists_of_addresses_are_read() -> None:
    """`$NAME` is a set of the group, `[…]` a list, `!` all but these."""
    one = stateful("one", flow("PASS", "$CLIENTS", f"[{BN}, !10.0.2.0/32]", "443"), flow("PASS", f"!{AN}", AN, "80"))
    sets = {"ip_sets": [{"key": "CLIENTS", "ip_set": [{"definition": [AN]}]}]}
    one.attributes["rule_group"][0]["rule_variables"] = [sets]
    answers = between(policy(**CLOSED, **groups("stateful", "one")), one)
    assert [answers.exactly(A, B), answers.exactly(B, A)] == ["tcp/443", "tcp/80"]


UNREAD = [
    stateful("u", rules_string="pass tcp any any -> any 443 (sid:1;)"),
    stateful(
        "u", rules_source_list=[{"generated_rules_type": "ALLOWLIST", "target_types": ["TLS_SNI"], "targets": ["a.b"]}]
    ),
    resource("aws_networkfirewall_rule_group.u", type="STATEFUL", rules="pass tcp any any -> any 443 (sid:1;)"),
    resource("aws_networkfirewall_rule_group.other", type="STATEFUL"),
    stateful("u", {"action": "PASS", "header": UNKNOWN}),
]


@pytest.mark.parametrize("group", UNREAD)
def test_aws_63_what_is_not_read_may_pass_before_all_that_drop(group: Resource) -> None:
    """Suricata strings, domain lists and unknown groups may pass what later rules drop; they are named."""
    drop = stateful("drop", flow("DROP"))
    for more in (EMPTY, CLOSED):
        answers = between(policy(**more, **groups("stateful", "u", "drop")), group, drop)
        assert answers.possibly(A, B) == ANYTHING
        assert "AWS_NOT_MODELLED" in answers.codes()


def test_aws_63_a_drop_before_what_is_not_read_is_certain() -> None:
    """In strict order nothing later passes what was dropped."""
    rules = [stateful("one", flow("DROP", AN)), UNREAD[0]]
    assert between(policy(**CLOSED, **groups("stateful", "one", "u")), *rules).exactly(A, B) == "nothing"


@pytest.mark.parametrize(
    "rule",
    [
        flow("PASS", AN, BN, protocol="TLS"),
        flow("PASS", AN, BN, source_port="1024:65535"),
        flow("PASS", "$HOME_NET", BN),
        flow("PASS", AN, BN) | {"rule_option": [{"keyword": "content", "settings": ["x"]}]},
        flow("ALERT", AN, BN),
    ],
)
def test_aws_63_rules_that_look_further_may_match(rule: dict[str, Any]) -> None:
    """Application protocols, source ports, sets that are not given, options, and alerts in strict order."""
    answers = between(policy(**CLOSED, **groups("stateful", "one")), stateful("one", rule))
    assert answers.possibly(A, B) == ANYTHING


def test_aws_63_a_policy_outside_the_sources_may_pass() -> None:
    """Nothing is known of its rules."""
    assert between().possibly(A, B) == ANYTHING


def test_aws_64_replies_by_another_way_are_not_certain() -> None:
    """The server's subnet answers directly: the firewall sees one direction of the connection."""
    estate = [each for each in ESTATE if each not in ROUTES[2:]]
    answers = Answers(*estate, policy(**CLOSED, **groups("stateful", "one")), stateful("one", flow("PASS")))
    found = answers.bounds(A, B)
    assert ["udp sctp", ANYTHING] == [str(found.certain), str(found.possible)]


def test_aws_64_replies_by_a_firewall_that_saw_no_request_are_possible() -> None:
    """The client's subnet dials directly, the server's answers by the firewall."""
    estate = [each for each in ESTATE if each not in ROUTES[:2]]
    answers = Answers(*estate, policy(**CLOSED, **groups("stateful", "one")), stateful("one", flow("PASS")))
    found = answers.bounds(A, B)
    assert ["udp sctp", ANYTHING] == [str(found.certain), str(found.possible)]


def test_aws_64_stateless_rules_that_pass_by_the_stateful_ones_leave_tcp_open() -> None:
    """One direction passed, the other one forwarded: the stateful rules may see half of a connection."""
    group = stateless("s", packets(1, "aws:pass", AN, BN))
    rules = [group, stateful("one", flow("PASS"))]
    found = between(policy(**CLOSED, **groups("stateless", "s"), **groups("stateful", "one")), *rules).bounds(A, B)
    assert ["udp sctp", ANYTHING] == [str(found.certain), str(found.possible)]


def test_aws_64_one_of_several_endpoints_is_possible_only() -> None:
    """A status lists endpoints in no order; what the rules drop is dropped at each of them."""
    several = [each for each in ESTATE if each.address != FIREWALL] + [
        firewall("fw", "more"),
        subnet("more", "10.0.8.0/24"),
    ]
    one = stateful("one", flow("PASS", AN, BN))
    answers = Answers(*several, policy(**CLOSED, **groups("stateful", "one")), one)
    assert [answers.possibly(A, B), answers.exactly(B, A)] == [ANYTHING, "nothing"]


def test_aws_64_endpoints_are_known_by_the_ids_of_a_state() -> None:
    """A state tells which endpoint is in which subnet."""
    shown = [
        {"availability_zone": zone, "attachment": [{"endpoint_id": key, "subnet_id": ref(f"aws_subnet.{where}")}]}
        for zone, key, where in (("z-a", "vpce-0a", "fw"), ("z-b", "vpce-0b", "more"))
    ]
    estate = [each for each in ESTATE if each.address != FIREWALL and each not in ROUTES]
    ways = [
        *table("a", to_firewall(BN, "vpce-0a"), subnets=["a"]),
        *table("b", to_firewall(AN, "vpce-0a"), subnets=["b"]),
    ]
    guarded = firewall("fw", "more", firewall_status=[{"sync_states": shown}])
    rules = [policy(**CLOSED, **groups("stateful", "one")), stateful("one", flow("PASS", AN, BN, "443"))]
    answers = Answers(*estate, *ways, guarded, subnet("more", "10.0.8.0/24"), *rules)
    assert [answers.exactly(A, B), answers.exactly(B, A)] == ["tcp/443", "nothing"]


def test_aws_23_a_firewall_between_an_internet_gateway_and_a_public_subnet() -> None:
    """In by the gateway's table, out by the subnet's, both through the endpoint: what its rules pass is certain."""
    edge = [
        *table("edge", to_firewall(AN)),
        resource(
            "aws_route_table_association.edge",
            gateway_id=ref("aws_internet_gateway.main"),
            route_table_id=ref("aws_route_table.edge"),
        ),
    ]
    ways = [*table("a", to_firewall("0.0.0.0/0"), subnets=["a"]), *table("fw", to_internet(), subnets=["fw"])]
    rules = [flow("PASS", "ANY", AN, "443"), flow("PASS", AN, "203.0.113.0/24", "22"), flow("DROP")]
    estate = [*BASE, subnet("fw", "10.0.9.0/24"), firewall(), gateway(), *edge, *ways]
    server = instance("a", "a", "open", associate_public_ip_address=True)
    answers = Answers(*estate, policy(**groups("stateful", "one")), stateful("one", *rules), server)
    assert [answers.exactly("internet", A), answers.exactly(A, "internet")] == ["tcp/443", "nothing"]
    assert answers.exactly(A, "203.0.113.0/24") == "tcp/22"


def test_aws_41_a_network_acl_that_would_stop_it_leaves_it_open() -> None:
    """No page says whether the ACL of the firewall's subnet filters what the endpoint carries."""
    shut = resource(
        "aws_network_acl.fw", vpc_id=ref("aws_vpc.main"), subnet_ids=[ref("aws_subnet.fw")], ingress=[], egress=[]
    )
    one = stateful("one", flow("PASS"))
    assert between(policy(**CLOSED, **groups("stateful", "one")), one, shut).possibly(A, B) == ANYTHING


def test_aws_64_ipv6_needs_an_endpoint_for_both_families() -> None:
    """An endpoint of IPv4 addresses carries IPv6 possibly; what its rules drop, it drops."""
    places = [
        resource("aws_vpc.main", cidr_block="10.0.0.0/16", ipv6_cidr_block="2600:1::/56"),
        *(
            subnet(name, block, ipv6_cidr_block=f"2600:1:0:{index}::/64", assign_ipv6_address_on_creation=True)
            for index, (name, block) in enumerate({"a": AN, "b": BN}.items())
        ),
    ]
    ways = [
        *table("a", {"ipv6_cidr_block": "2600:1:0:1::/64", "vpc_endpoint_id": ENDPOINT}, subnets=["a"]),
        *table("b", {"ipv6_cidr_block": "2600:1:0:0::/64", "vpc_endpoint_id": ENDPOINT}, subnets=["b"]),
    ]
    only = group("only", [allow("tcp", 443, ipv6_cidr_blocks=["::/0"])])
    machines = [instance("a", "a", "open"), instance("b", "b", "only")]
    estate = [*places, subnet("fw", "10.0.9.0/24"), *ways, BASE[3], only, *machines]
    one = stateful("one", flow("PASS"))
    rules = [policy(**CLOSED, **groups("stateful", "one")), one]
    assert Answers(*estate, *rules, firewall()).possibly(A, B) == "tcp/443"
    dual = {"subnet_mapping": [{"subnet_id": ref("aws_subnet.fw"), "ip_address_type": "DUALSTACK"}]}
    assert Answers(*estate, *rules, firewall(**dual)).exactly(A, B) == "tcp/443"


def inspected(*zones: str) -> list[Resource]:
    """Two spokes whose way to each other leads by a transit gateway through the main VPC and its firewall."""
    hub = ref("aws_ec2_transit_gateway.hub")
    found: list[Resource] = [
        resource("aws_ec2_transit_gateway.hub", default_route_table_association="disable"),
        *(
            resource(f"aws_ec2_transit_gateway_route_table.{name}", transit_gateway_id=hub)
            for name in ("spokes", "inspected")
        ),
    ]
    blocks = {zone: f"10.0.{20 + index}.0/24" for index, zone in enumerate(zones)}
    entries = [subnet(f"entry-{zone}", block, availability_zone=zone) for zone, block in blocks.items()]
    found += [*BASE, subnet("fw", "10.0.9.0/24", availability_zone="z-a"), *entries]
    found += table("entry", to_firewall("0.0.0.0/0"), subnets=[f"entry-{zone}" for zone in zones])
    found += table("fw", {"cidr_block": "10.0.0.0/8", "transit_gateway_id": hub}, subnets=["fw"])
    for index, name in ((1, "east"), (2, "west")):
        found += [
            resource(f"aws_vpc.{name}", cidr_block=f"10.{index}.0.0/16"),
            subnet(name, f"10.{index}.1.0/24", home=name, availability_zone="z-a"),
            *table(name, {"cidr_block": "10.0.0.0/8", "transit_gateway_id": hub}, subnets=[name], home=name),
            group(name, [allow(cidr_blocks=["0.0.0.0/0"])], home=name),
            instance(name, name, name),
        ]
    attached = {"main": [f"entry-{zone}" for zone in zones], "east": ["east"], "west": ["west"]}
    for name, subnets in attached.items():
        attachment = ref(f"aws_ec2_transit_gateway_vpc_attachment.{name}")
        uses = ref(f"aws_ec2_transit_gateway_route_table.{'inspected' if name == 'main' else 'spokes'}")
        found += [
            resource(
                f"aws_ec2_transit_gateway_vpc_attachment.{name}",
                vpc_id=ref(f"aws_vpc.{name}"),
                subnet_ids=[ref(f"aws_subnet.{each}") for each in subnets],
                transit_gateway_id=hub,
                appliance_mode_support="enable",
            ),
            resource(
                f"aws_ec2_transit_gateway_route_table_association.{name}",
                transit_gateway_attachment_id=attachment,
                transit_gateway_route_table_id=uses,
            ),
            resource(
                f"aws_ec2_transit_gateway_route_table_propagation.{name}",
                transit_gateway_attachment_id=attachment,
                transit_gateway_route_table_id=ref("aws_ec2_transit_gateway_route_table.inspected"),
            ),
        ]
    return [
        *found,
        resource(
            "aws_ec2_transit_gateway_route.all",
            destination_cidr_block="0.0.0.0/0",
            transit_gateway_attachment_id=ref("aws_ec2_transit_gateway_vpc_attachment.main"),
            transit_gateway_route_table_id=ref("aws_ec2_transit_gateway_route_table.spokes"),
        ),
        firewall(),
        policy(**CLOSED, **groups("stateful", "one")),
        stateful("one", flow("PASS", "10.1.0.0/16", "10.2.0.0/16", "443")),
    ]


@pytest.mark.parametrize("zones", [["z-a"], ["z-a", "z-b"]])
def test_aws_64_an_inspection_vpc_decides_between_its_spokes(zones: list[str]) -> None:
    """All ways into the inspection VPC lead to one endpoint: what its rules pass is certain, the rest is dropped."""
    answers = Answers(*inspected(*zones))
    east, west = "aws_instance.east", "aws_instance.west"
    assert [answers.exactly(east, west), answers.exactly(west, east)] == ["tcp/443", "nothing"]


def _by_zone(endpoints: dict[str, Any], mode: str = "enable", **guarded: Any) -> list[Resource]:
    """The same with an endpoint of the firewall for each of two zones, by ids or by places in a list."""
    hub = {"cidr_block": "10.0.0.0/8", "transit_gateway_id": ref("aws_ec2_transit_gateway.hub")}
    kept = [each for each in inspected("z-a", "z-b") if "entry" not in each.address or each.kind == "aws_subnet"]
    attachment = "aws_ec2_transit_gateway_vpc_attachment.main"
    found = [
        replace(each, attributes={**each.attributes, "appliance_mode_support": mode})
        if each.address == attachment
        else each
        for each in kept
        if each.address != FIREWALL
    ]
    for zone, endpoint in endpoints.items():
        found += table(f"entry-{zone}", to_firewall("0.0.0.0/0", endpoint), subnets=[f"entry-{zone}"])
    more = subnet("more", "10.0.8.0/24", availability_zone="z-b")
    return [*found, more, *table("more", hub, subnets=["more"]), firewall("fw", "more", **guarded)]


_SHOWN = [
    {"availability_zone": zone, "attachment": [{"endpoint_id": key, "subnet_id": ref(f"aws_subnet.{where}")}]}
    for zone, key, where in (("z-a", "vpce-0a", "fw"), ("z-b", "vpce-0b", "more"))
]
_STATE: dict[str, Any] = {"firewall_status": [{"sync_states": _SHOWN}]}
_IDS = {"z-a": "vpce-0a", "z-b": "vpce-0b"}
_PLACES = {
    zone: ref(FIREWALL, "firewall_status", 0, "sync_states", index, "attachment", 0, "endpoint_id")
    for index, zone in enumerate(("z-a", "z-b"))
}
EAST, WEST = "aws_instance.east", "aws_instance.west"


@pytest.mark.parametrize(("endpoints", "guarded"), [(_IDS, _STATE), (_PLACES, {})], ids=["state", "code"])
def test_aws_64_in_appliance_mode_each_zone_may_have_an_endpoint_of_its_own(
    endpoints: dict[str, Any], guarded: dict[str, Any]
) -> None:
    """A flow keeps to one zone both ways: what the rules pass is certain, by whichever endpoint."""
    answers = Answers(*_by_zone(endpoints, **guarded))
    assert [answers.exactly(EAST, WEST), answers.exactly(WEST, EAST)] == ["tcp/443", "nothing"]


def test_aws_64_without_appliance_mode_a_reply_may_come_to_another_endpoint() -> None:
    """What the rules pass is then possible only; what they drop is dropped."""
    answers = Answers(*_by_zone(_IDS, "disable", **_STATE))
    assert [answers.possibly(EAST, WEST), answers.exactly(WEST, EAST)] == ["tcp/443", "nothing"]


def test_aws_37_a_second_gateway_of_the_vpc_does_not_know_of_the_flow() -> None:
    """Appliance mode holds for one gateway: with two, replies may come by the other one."""
    plain = "aws_ec2_transit_gateway.plain"
    second = [
        resource(plain),
        resource(
            "aws_ec2_transit_gateway_vpc_attachment.plain",
            vpc_id=ref("aws_vpc.main"),
            subnet_ids=[ref("aws_subnet.entry-z-a"), ref("aws_subnet.entry-z-b")],
            transit_gateway_id=ref(plain),
        ),
    ]
    assert Answers(*_by_zone(_IDS, **_STATE), *second).possibly(EAST, WEST) == "tcp/443"


def test_aws_64_a_zone_whose_table_leads_elsewhere_leaves_all_possible() -> None:
    """Where one zone goes past the firewall, nothing is certain; it may go that way."""
    past = {"cidr_block": "0.0.0.0/0", "transit_gateway_id": ref("aws_ec2_transit_gateway.hub")}
    estate = [*_by_zone({"z-a": "vpce-0a"}, **_STATE), *table("entry-z-b", past, subnets=["entry-z-b"])]
    assert Answers(*estate).possibly(EAST, WEST) == ANYTHING


# ---- a literal reading -------------------------------------------------------------------------------

_PORTS = ("ANY", "22", "80:443")
_BLOCKS = ("ANY", AN, BN, "10.0.0.0/16", "192.0.2.0/24")
_HOLDS = {"ANY": {"a", "b"}, AN: {"a"}, BN: {"b"}, "10.0.0.0/16": {"a", "b"}, "192.0.2.0/24": set[str]()}
_DIALLED = {"ANY": range(65536), "22": range(22, 23), "80:443": range(80, 444)}
_ends = st.sampled_from(_BLOCKS)
_rules = st.lists(
    st.tuples(st.sampled_from(["pass", "drop", "forward"]), _ends, _ends, st.sampled_from(_PORTS)), max_size=5
)
_Rule = tuple[str, str, str, str]


def _match(rule: _Rule, source: str, destination: str, port: int) -> bool:
    return source in _HOLDS[rule[1]] and destination in _HOLDS[rule[2]] and port in _DIALLED[rule[3]]


def _said(rules: list[_Rule], packet: tuple[str, str, int], otherwise: str) -> str:
    return next((rule[0] for rule in rules if _match(rule, *packet)), otherwise)


def _become(packets_first: list[_Rule], default: str, flows: list[_Rule], closed: bool, strict: bool, port: int) -> str:
    """What becomes of a TCP connection from a to b, read literally: `yes`, `no`, or `open` where no page decides."""
    first, answer = (_said(packets_first, each, default) for each in (("a", "b", port), ("b", "a", 50000)))
    if "drop" in (first, answer):
        return "no"
    if first == "pass":
        return "yes" if answer == "pass" else "open"
    matching = [rule[0] for rule in flows if _match(rule, "a", "b", port)]
    ordered = matching if strict else sorted(matching, key=("pass", "drop").index)
    found = ordered[0] if ordered else "drop" if closed and strict else "open"
    if found == "drop":
        return "no"
    return "open" if found == "open" or answer == "pass" else "yes"


@settings(max_examples=60, deadline=None)
@given(_rules, st.sampled_from(["pass", "drop", "forward"]), _rules, st.booleans(), st.booleans())
def test_aws_62_rules_decide_as_they_are_read_literally(
    first: list[_Rule], default: str, then: list[_Rule], closed: bool, strict: bool
) -> None:
    """What passes for certain passes in a literal reading, and what that passes is possible."""
    actions = {"pass": "aws:pass", "drop": "aws:drop", "forward": "aws:forward_to_sfe"}
    flows = [rule for rule in then if rule[0] != "forward"]
    written = []
    for index, (action, source, destination, port) in enumerate(first):
        ends = [None if block == "ANY" else block for block in (source, destination)]
        span = {"from_port": min(_DIALLED[port]), "to_port": max(_DIALLED[port])}
        more: dict[str, Any] = {} if port == "ANY" else {"protocols": [6], "destination_port": [span]}
        written.append(packets(index + 1, actions[action], *ends, **more))
    lines = [flow(action.upper(), source, destination, port) for action, source, destination, port in flows]
    options = (CLOSED if closed else STRICT) if strict else EMPTY
    used = groups("stateless", "s") | (groups("stateful", "one") if lines else {})
    answers = between(policy(actions[default], **options, **used), stateless("s", *written), stateful("one", *lines))
    found = answers.bounds(A, B)
    for number in (22, 80, 8080):
        expected = _become(first, default, flows, closed, strict, number)
        dialled = Traffic.ports("tcp", number, number)
        assert expected != "yes" or dialled <= found.possible, number
        assert expected != "no" or not dialled & found.possible, number
        assert expected == "yes" or not dialled & found.certain, number
        mixed = {"pass", "forward"} <= {default, *(rule[0] for rule in first)}
        assert expected != "yes" or mixed or dialled <= found.certain, number
