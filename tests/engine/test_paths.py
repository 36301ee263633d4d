"""Networks worked out by hand: each test is one fact about how packets and their replies travel."""

from __future__ import annotations

from dataclasses import replace

from netaudit.engine.reference import Judge
from netaudit.engine.solve import Bounds, Reachability
from netaudit.flows import NO_TRAFFIC, Traffic
from netaudit.model import End, Endpoint, Hop, Network, Policy
from tests.engine.building import (
    OUTSIDE,
    acl,
    allow,
    attach,
    by,
    deny,
    endpoint,
    group,
    hop,
    interface,
    machine,
    network,
    party,
    route,
    to,
    translate,
    unknown,
)

EVERYTHING = group("everything", allow())
OPEN_ACL = acl("open", allow())


def _flows(net: Network, source: str, destination: str) -> Bounds:
    solved = Reachability(net)
    return solved.bounds(solved.by_id[source], solved.by_id[destination])


def _certainly(text: str) -> Bounds:
    return Bounds(Traffic.parse(text), Traffic.parse(text))


def _codes(net: Network, source: str, destination: str, traffic: str) -> list[str]:
    trace = Judge(net).judge(net.by_id[source], net.by_id[destination], Traffic.parse(traffic).least)
    best = trace.best
    assert best is not None
    return [check.component for check in (*best.checks, *best.reply) if not check.verdict]


# ---- two subnets of one VPC, each with an ACL ---------------------------------------------------------------


def _two_subnets(acl_a: Policy, acl_b: Policy, *, into_db: Policy = EVERYTHING) -> Network:
    web, db = machine("web", "10.0.0.4"), machine("db", "10.0.1.4")
    return network(
        web,
        db,
        attach(web, "a", out=EVERYTHING, into=group("closed")),
        attach(db, "b", out=group("silent"), into=into_db),
        hop("a", "vpc", to(acl_a)),
        hop("vpc", "a", by(acl_a)),
        hop("b", "vpc", to(acl_b)),
        hop("vpc", "b", by(acl_b)),
    )


def test_groups_answer_for_replies() -> None:
    """A stateful group without an outgoing rule still lets the reply out (AWS-2)."""
    net = _two_subnets(OPEN_ACL, OPEN_ACL, into_db=group("db", allow("web", "tcp/5432")))
    assert _flows(net, "web", "db") == _certainly("tcp/5432")
    assert _flows(net, "db", "web") == Bounds(NO_TRAFFIC, NO_TRAFFIC)


def test_an_acl_without_client_ports_makes_tcp_one_way() -> None:
    """An ACL that lets only port 443 pass stops every reply: TCP is delivered in vain, datagrams count (AWS-17)."""
    strict = acl("strict", allow("*", "tcp/443 udp/443"))
    net = _two_subnets(OPEN_ACL, strict)
    assert _flows(net, "web", "db") == Bounds(
        Traffic.parse("udp/443"), Traffic.parse("udp/443"), Traffic.parse("tcp/443")
    )


def test_an_acl_with_all_client_ports_lets_replies_back() -> None:
    """With 1024-65535 open as well the reply comes back whatever port the client took."""
    polite = acl("polite", allow("*", "tcp/443,1024-65535"))
    assert _flows(_two_subnets(OPEN_ACL, polite), "web", "db") == _certainly("tcp/443,1024-65535")


def test_an_acl_with_some_client_ports_is_possible_and_not_certain() -> None:
    """Client ports 32768-65535 are open, 1024-32767 are not: it depends on the client."""
    narrow = acl("narrow", allow("*", "tcp/443,32768-65535"))
    net = _two_subnets(OPEN_ACL, narrow)
    assert _flows(net, "web", "db") == Bounds(NO_TRAFFIC, Traffic.parse("tcp/443,32768-65535"))
    solved = Reachability(net)
    (why,) = solved.depends_on(solved.by_id["web"], solved.by_id["db"])
    assert "client's port" in why.reason


def test_a_filter_off_the_way_has_no_part_in_a_doubt() -> None:
    """An unknown on a way that does not arrive is not named; what the reply hangs on is, whatever else is unknown."""
    narrow = acl("narrow", allow("*", "tcp/443,32768-65535"))
    net = _two_subnets(OPEN_ACL, narrow)
    astray = hop("vpc", "appliance", by(acl("astray", allow("*", because="what lies behind"))))
    solved = Reachability(replace(net, hops=(*net.hops, astray)))
    (why,) = solved.depends_on(solved.by_id["web"], solved.by_id["db"])
    assert "client's port" in why.reason


def test_of_replies_that_go_astray_the_one_that_got_furthest_is_told() -> None:
    """A reply is stopped by the ACL in front of the client, not by the way into a subnet that is not the client's."""
    web, db = machine("web", "10.0.0.4"), machine("db", "10.0.1.4")
    net = network(
        web,
        db,
        attach(web, "a", out=EVERYTHING, into=EVERYTHING),
        attach(db, "b", out=EVERYTHING, into=EVERYTHING),
        hop("a", "b", to(OPEN_ACL)),
        hop("b", "vpc", to(OPEN_ACL)),
        hop("vpc", "other", to(route("other's addresses", "10.9.0.0/16")), by(OPEN_ACL)),
        hop("vpc", "a", to(route("its addresses", "10.0.0.0/24")), by(acl("strict", allow("*", "tcp/443")))),
    )
    assert _codes(net, "web", "db", "tcp/443") == ["strict"]


def test_the_clients_own_acl_filters_replies_too() -> None:
    """The reply enters the client's subnet through that subnet's ACL."""
    deaf = acl("deaf", deny("10.0.1.0/24", "tcp/1024-65535"), allow())
    found = _flows(_two_subnets(deaf, OPEN_ACL), "web", "db")
    assert found.possible == Traffic.parse("udp sctp icmp icmpv6 other")
    assert found.one_way == Traffic.parse("tcp/0-1023")


def test_the_first_matching_entry_of_an_acl_decides() -> None:
    """A deny in front of an allow wins, behind it it is dead."""
    first = acl("first", deny("*", "tcp/22"), allow())
    last = acl("last", allow(), deny("*", "tcp/22"))
    ssh = Traffic.parse("tcp/22")
    assert not _flows(_two_subnets(OPEN_ACL, first), "web", "db").possible.overlaps(ssh)
    assert ssh <= _flows(_two_subnets(OPEN_ACL, last), "web", "db").certain


def test_the_judge_names_every_blocker() -> None:
    """A packet that an ACL and a group both stop is explained by both."""
    net = _two_subnets(OPEN_ACL, acl("shut"), into_db=group("db"))
    assert _codes(net, "web", "db", "udp/53") == ["shut", "db"]


# ---- a public address --------------------------------------------------------------------------------------


def _public_web(*, into: Policy = EVERYTHING, out: Policy = EVERYTHING) -> Network:
    private, public = party("web", "10.0.0.4"), party("web-public", "203.0.113.9")
    web = endpoint("web", interface(private, public))
    inwards = translate(End.DESTINATION, {"web-public": private}, "vpc", "igw")
    outwards = translate(End.SOURCE, {"web": public}, "igw", "vpc")
    return network(
        web,
        attach(web, "vpc", out=out, into=into),
        hop("vpc", "igw", outwards),
        hop("igw", OUTSIDE),
        hop(OUTSIDE, "igw"),
        hop("igw", "vpc", inwards),
        owned="10.0.0.0/16",
    )


def test_the_internet_dials_the_public_address() -> None:
    """An internet gateway hands on what is addressed to the public address; the group sees the client's address."""
    net = _public_web(into=group("web", allow("0.0.0.0/0", "tcp/443")))
    assert _flows(net, "internet", "web") == _certainly("tcp/443")


def test_the_public_address_is_how_it_was_dialled() -> None:
    """The judge tells the party that the client dialled."""
    net = _public_web()
    solved = Reachability(net)
    trace = Judge(net).judge(solved.by_id["internet"], net.by_id["web"], Traffic.parse("tcp/443").least)
    assert trace.best is not None
    assert trace.best.dialled is not None
    assert trace.best.dialled.id == "web-public"


def test_a_machine_with_a_public_address_gets_out_and_its_replies_come_back() -> None:
    """On the way out the source becomes public; the reply is translated back at the gateway."""
    net = _public_web(out=group("web", allow("0.0.0.0/0", "tcp/443")), into=group("closed"))
    assert _flows(net, "web", "internet") == _certainly("tcp/443")
    assert not _flows(net, "internet", "web")


def test_private_space_cannot_dial_a_private_address_through_the_gateway() -> None:
    """Only the public address has a translation: an unknown host never reaches 10.0.0.4 itself."""
    net = _public_web()
    trace = Judge(net).judge(Reachability(net).by_id["private"], net.by_id["web"], Traffic.parse("tcp/443").least)
    assert [j.dialled.id for j in trace.journeys if j.verdict and j.dialled] == ["web-public"]


def test_no_public_address_no_way() -> None:
    """The gateway drops a packet whose source has no public address."""
    web, other = machine("web", "10.0.0.4"), machine("other", "10.0.0.5")
    outwards = translate(End.SOURCE, {"other": party("other-public", "203.0.113.9")}, "igw", "vpc")
    net = network(
        web, other, attach(web, "vpc"), attach(other, "vpc"), hop("vpc", "igw", outwards), hop("igw", OUTSIDE)
    )
    assert not _flows(net, "web", "internet")


# ---- NAT: three segments -------------------------------------------------------------------------------------


def _nat(*, private_acl: Policy = OPEN_ACL, public_acl: Policy = OPEN_ACL) -> Network:
    """app → nat (private address of the gateway) → internet gateway (its public address) → outside."""
    app = machine("app", "10.0.1.4")
    to_private = translate(End.SOURCE, {}, "nat", "private", otherwise=party("nat", "10.0.0.9"))
    to_public = translate(End.SOURCE, {"nat": party("nat-public", "203.0.113.7")}, "igw", "public")
    return network(
        app,
        attach(app, "private", out=EVERYTHING, into=group("closed")),
        hop("private", "nat", to(private_acl), to_private),
        hop("nat", "private", by(private_acl)),
        hop("nat", "public"),
        hop("public", "nat", by(public_acl)),
        hop("public", "igw", to_public),
        hop("igw", "public", by(public_acl)),
        hop("igw", OUTSIDE),
        hop(OUTSIDE, "igw"),
        owned="10.0.0.0/16",
    )


def test_nat_carries_connections_out_and_none_in() -> None:
    """Three segments, each with its own reply: app to NAT, NAT to internet gateway, gateway to server."""
    net = _nat()
    assert _flows(net, "app", "internet") == _certainly("any")
    assert not _flows(net, "internet", "app")
    trace = Judge(net).judge(net.by_id["app"], Reachability(net).by_id["internet"], Traffic.parse("tcp/443").least)
    assert trace.best is not None
    assert [segment.source.id for segment in trace.best.segments] == ["app", "nat", "nat-public"]


def test_the_acl_of_the_nats_subnet_filters_the_replies_of_its_segment() -> None:
    """The reply to the NAT's own address must pass the ACL of the subnet in which the NAT lives."""
    closed = acl("public", deny("*", "tcp/1024-65535"), allow())
    found = _flows(_nat(public_acl=closed), "app", "internet")
    assert (found.possible & Traffic.parse("tcp"), found.one_way) == (NO_TRAFFIC, Traffic.parse("tcp"))


# ---- peering ---------------------------------------------------------------------------------------------------


def _peered(*ways: Hop) -> Network:
    left, right = machine("left", "10.1.0.4"), machine("right", "10.2.0.4")
    return network(left, right, attach(left, "vpc1"), attach(right, "vpc2"), *ways)


THERE = hop("vpc1", "vpc2", to(route("there", "10.2.0.0/16")))
BACK = hop("vpc2", "vpc1", to(route("back", "10.1.0.0/16")))


def test_peering_needs_a_route_on_both_sides() -> None:
    """With both routes everything flows both ways."""
    net = _peered(THERE, BACK)
    assert _flows(net, "left", "right") == _flows(net, "right", "left") == _certainly("any")


def test_peering_with_one_route_is_one_way() -> None:
    """Without the route back TCP arrives in vain; datagrams are delivered; nothing comes from the other side."""
    datagrams = Traffic.parse("udp sctp icmp icmpv6 other")
    net = _peered(THERE)
    assert _flows(net, "left", "right") == Bounds(datagrams, datagrams, Traffic.parse("tcp"))
    assert not _flows(net, "right", "left")


def test_a_route_for_other_addresses_carries_nothing() -> None:
    """A return route to 10.9.0.0/16 does not bring replies back to 10.1.0.4."""
    net = _peered(THERE, hop("vpc2", "vpc1", to(route("elsewhere", "10.9.0.0/16"))))
    assert _flows(net, "left", "right").one_way == Traffic.parse("tcp")


def test_an_unknown_return_route_leaves_tcp_open_and_is_named() -> None:
    """TCP is possible and not certain, and hangs on the variable that the route depends on."""
    net = _peered(THERE, hop("vpc2", "vpc1", to(route("back", "10.1.0.0/16", because="var.peer_routes"))))
    solved = Reachability(net)
    pair = solved.by_id["left"], solved.by_id["right"]
    assert solved.bounds(*pair).open == Traffic.parse("tcp")
    assert [why.reason for why in solved.depends_on(*pair)] == ["var.peer_routes"]


# ---- unknowns ------------------------------------------------------------------------------------------------


def _with_group(policy: Policy, *, source: Endpoint | None = None) -> Reachability:
    web, db = source or machine("web", "10.0.0.4"), machine("db", "10.0.1.4")
    return Reachability(network(web, db, attach(web, "vpc"), attach(db, "vpc", into=policy)))


def _asked(solved: Reachability) -> tuple[Bounds, list[str]]:
    pair = solved.by_id["web"], solved.by_id["db"]
    return solved.bounds(*pair), [str(why.origin) + " " + why.reason for why in solved.depends_on(*pair)]


def test_an_unknown_rule_is_possible_and_named_with_its_line() -> None:
    """A rule whose ports hang on a variable opens them possibly; the answer names the variable, file and line."""
    policy = group("db", allow("web", "tcp/5432"), allow("web", "tcp/8000-9000", line=7, because="var.extra"))
    bounds = Bounds(Traffic.parse("tcp/5432"), Traffic.parse("tcp/5432,8000-9000"))
    assert _asked(_with_group(policy)) == (bounds, ["net.tf:7 var.extra"])


def test_an_unknown_rule_that_changes_nothing_is_not_named() -> None:
    """Where an exact rule allows the same, the unknown one does not matter."""
    policy = group("db", allow("web", "tcp", because="var.extra"), allow("web", "tcp"))
    assert _asked(_with_group(policy)) == (_certainly("tcp"), [])


def test_an_unknown_address_is_possible_where_some_candidate_matches() -> None:
    """A machine somewhere in a /24 possibly has an address that a rule about its lower half allows."""
    somewhere = party("web", "10.0.0.0/24", one_of=unknown("known after apply", 3))
    source = endpoint("web", interface(somewhere))
    policy = group("db", allow("10.0.0.0/25", "tcp/5432"))
    bounds = Bounds(NO_TRAFFIC, Traffic.parse("tcp/5432"))
    assert _asked(_with_group(policy, source=source)) == (bounds, ["net.tf:3 known after apply"])


def test_an_endpoint_that_may_not_exist_is_never_certain() -> None:
    """An instance whose count is unknown has possible flows only, and says why."""
    source = endpoint("web", interface(party("web", "10.0.0.4")), because="var.replicas")
    bounds = Bounds(NO_TRAFFIC, Traffic.parse("any"))
    assert _asked(_with_group(EVERYTHING, source=source)) == (bounds, ["net.tf:1 var.replicas"])


def test_a_reference_matches_the_party_not_its_public_address() -> None:
    """A rule that names a group matches private identities only: through the public address it does not (AWS-5)."""
    private, public = party("web", "10.0.0.4"), party("web-public", "203.0.113.9")
    client, server = endpoint("client", interface(private, public)), machine("db", "10.0.1.4")
    there = translate(End.SOURCE, {"web": public}, "igw", "vpc")
    net = network(
        client, server, attach(client, "vpc"), hop("vpc", "igw", there), hop("igw", "far"),
        hop("far", "igw"), attach(server, "far", into=group("db", allow("web"))),
    )  # fmt: skip
    assert not _flows(net, "client", "db")
    by_address = network(
        client, server, attach(client, "vpc"), hop("vpc", "igw", there), hop("igw", "far"),
        hop("far", "igw"), attach(server, "far", into=group("db", allow("203.0.113.9"))),
    )  # fmt: skip
    assert _flows(by_address, "client", "db") == _certainly("any")
