"""The published answers about real AWS snapshots, in both bounds (Batfish's assertions, np-guard's pairs)."""

import gzip
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from netaudit.engine.reference import Judge
from netaudit.engine.solve import Bounds, Reachability
from netaudit.flows import CLAIMED, IPV4, PUBLIC, TCP, AddressSet, Traffic
from netaudit.model import Endpoint, Network, Reading, Resource, Settings, Stage, Truth
from netaudit.providers.aws import build
from netaudit.sources.snapshot import read_snapshot
from netaudit.sources.terraform import read_root
from tests.oracles import corpus

pytestmark = pytest.mark.oracle

BATFISH = (
    "test-nat-gateway",
    "test-public-private-subnet",
    "test-public-subnet",
    "test-subnet",
    "test-transit-gateway",
    "test-vpc-endpoint-gateway",
    "test-vpc-peering",
)
NP_GUARD = ("aws_acl_1", "aws_sg_1")
EVERYTHING = {"protocol": "-1", "cidr_blocks": ["0.0.0.0/0"], "ipv6_cidr_blocks": ["::/0"]}
ANY_ENTRY = {"rule_no": 1, "action": "allow", "protocol": "-1", "cidr_block": "0.0.0.0/0"}
COMPARED_PORTS = 1024, 65535  # where replies may go: the setting's default


def snapshot(directory: Path) -> Reading:
    """All files of a snapshot."""
    return read_snapshot(sorted(directory.rglob("*.json")), name="account")


def network(reading: Reading) -> Network:
    """What a snapshot means."""
    return build([reading], Settings())


def rows(part: str, names: tuple[str, ...], key: str) -> Iterator[Any]:
    """The expected answers of some snapshots."""
    for name in names:
        document = json.loads((corpus("aws-snapshots") / part / name / "expected.json").read_text())
        yield from ((name, row) for row in document[key])


# ---- np-guard -----------------------------------------------------------------------------------------

UNIVERSE = Traffic.ports("tcp", 1, 65535) | Traffic.ports("udp", 1, 65535) | Traffic.named("icmp")


def expected_bounds(row: Mapping[str, Any]) -> Bounds:
    """A published flow; one whose replies are refused to some client ports is not certain over TCP."""
    traffic = Traffic.from_json(row["traffic"])
    refused = row.get("tcp_reply_refused_for_source_ports")
    if refused is None:
        return Bounds(traffic, traffic)
    clients = Traffic.ports("tcp", *COMPARED_PORTS)
    assert not clients <= Traffic.union(Traffic.ports("tcp", *each) for each in refused)
    return Bounds(traffic - TCP, traffic)


def block_of(name: str) -> AddressSet | None:
    """The addresses of an end outside the account."""
    return PUBLIC & IPV4 if name == "internet" else AddressSet.parse(name) if "/" in name else None


def stands_for(end: str, endpoint: Endpoint) -> bool:
    """Whether an endpoint of ours is, or lies in, an end of a published flow."""
    block = block_of(end)
    return end == endpoint.id if block is None else endpoint.external and endpoint.addresses <= block


@pytest.mark.parametrize("name", NP_GUARD)
def test_every_pair_of_np_guard(name: str) -> None:
    """Every pair has the published protocols and ports in both bounds, and no other pair has any."""
    root = corpus("aws-snapshots") / "np-guard" / name
    published = [row for _, row in rows("np-guard", (name,), "flows")]
    named = [block for row in published for end in ("source", "destination") if (block := block_of(row[end]))]
    solved = Reachability(network(snapshot(root / "describe")), named)
    found, expected = {}, {}
    for source in solved.endpoints:
        for destination in solved.endpoints:
            if not solved.claimed(source, destination):
                continue
            mine = [r for r in published if stands_for(r["source"], source)]
            mine = [r for r in mine if stands_for(r["destination"], destination)]
            total = Bounds(Traffic.nothing(), Traffic.nothing())
            for row in mine:
                total |= expected_bounds(row)
            expected[source.id, destination.id] = total
            found[source.id, destination.id] = solved.bounds(source, destination) & UNIVERSE
    assert expected == found
    for row in published:
        assert any(stands_for(row["source"], each) for each in solved.endpoints), row
        assert any(stands_for(row["destination"], each) for each in solved.endpoints), row


# ---- Batfish ------------------------------------------------------------------------------------------


def opened(resource: Resource) -> Resource:
    """The same with every group and ACL allowing everything."""
    attributes = dict(resource.attributes)
    if resource.kind == "aws_security_group":
        attributes |= {"ingress": [EVERYTHING], "egress": [EVERYTHING]}
    if resource.kind in ("aws_network_acl", "aws_default_network_acl"):
        attributes |= {"ingress": [ANY_ENTRY], "egress": [ANY_ENTRY]}
    return replace(resource, attributes=attributes)


def point_of(row: Mapping[str, Any]) -> int:
    """The traffic of an assertion."""
    if row["protocol"] == "tcp":
        return Traffic.ports("tcp", row["port"], row["port"]).least
    return Traffic.protocol(row["protocol"]).least


def end_of(solved: Reachability, name: str | None, address: str | None) -> Endpoint | None:
    """Who an instance's id, or an address, stands for; None where nobody has it."""
    if name is not None and name in solved.by_id:
        return solved.by_id[name]
    wanted = AddressSet.parse(address or "8.8.8.8")
    for endpoint in solved.endpoints:
        parties = [p for i in endpoint.interfaces for p in (i.party, *(alias for alias, _ in i.aliases))]
        if any(wanted <= party.addresses for party in parties):
            return endpoint
    return None


def traced(found: Network, row: Mapping[str, Any], point: int) -> tuple[Truth, Truth]:
    """Whether the flow is delivered, and whether it exists; the solver must say the same."""
    solved = Reachability(found, [AddressSet.parse(row["to"]), AddressSet.parse(row.get("source_address", "8.8.8.8"))])
    source = end_of(solved, row["from"], row.get("source_address"))
    destination = end_of(solved, None, row["to"])
    assert source is not None
    if destination is None or not solved.claimed(source, destination):
        return Truth.NO, Truth.NO
    trace = Judge(found).judge(source, destination, point)
    bounds = solved.bounds(source, destination)
    assert (trace.verdict is Truth.YES, trace.verdict is not Truth.NO) == (
        point in bounds.certain,
        point in bounds.possible,
    )
    return trace.delivered, trace.verdict


@pytest.mark.parametrize("name", BATFISH)
def test_every_comparable_assertion_of_batfish(name: str) -> None:
    """Who reaches whom is what Batfish asserts, with nothing left between the bounds."""
    found = network(snapshot(corpus("aws-snapshots") / "batfish" / name / "aws_configs"))
    compared = 0
    for _, row in rows("batfish", (name,), "assertions"):
        if row["comparable"]:
            _, verdict = traced(found, row, point_of(row))
            expected = Truth.YES if row["expect"] == "reach" else Truth.NO
            assert (row["test"], row["to"], expected) == (row["test"], row["to"], verdict)
            compared += 1
    assert compared > 0


@pytest.mark.parametrize("name", BATFISH)
def test_routing_alone_is_that_of_batfish(name: str) -> None:
    """With every filter open, routing decides as Batfish says; one-way is delivered without a reply."""
    reading = snapshot(corpus("aws-snapshots") / "batfish" / name / "aws_configs")
    found = network(replace(reading, resources=[opened(each) for each in reading.resources]))
    web = Traffic.parse("tcp/80").least
    outcomes = {"reach": (Truth.YES, Truth.YES), "blocked": (Truth.NO, Truth.NO), "one-way": (Truth.YES, Truth.NO)}
    for _, row in rows("batfish", (name,), "assertions"):
        if row["comparable"]:
            # Protocol 0 stands for no protocol in particular: TCP shows whether the reply finds its way.
            answer = traced(found, row, web if row["protocol"] == 0 else point_of(row))
            assert (row["test"], row["to"], outcomes[row["if_filters_open"]]) == (row["test"], row["to"], answer)


def known_places(names: list[str]) -> list[str]:
    """The places that both name, in order: subnets, gateways, endpoints. A VPC has one internet gateway."""
    found: list[str] = []
    for name in names:
        kind, _, rest = name.partition(":")
        place = rest.removesuffix(":out") if kind in ("subnet", "nat", "vgw", "endpoint") else name
        place = "igw" if name.startswith(("igw-", "igw:")) else place
        if place.startswith(("i-", "subnet-", "nat-", "vgw-", "vpce-", "igw")) and found[-1:] != [place]:
            found.append(place)
    return found


@pytest.mark.parametrize("name", BATFISH)
def test_way_and_blocking_stage_are_those_of_batfish(name: str) -> None:
    """A flow takes the places that Batfish lists, and is stopped by a filter where Batfish has a filter stop it."""
    found = network(snapshot(corpus("aws-snapshots") / "batfish" / name / "aws_configs"))
    compared = 0
    for _, row in rows("batfish", (name,), "assertions"):
        blocks = [AddressSet.parse(row["to"]), AddressSet.parse(row.get("source_address", "8.8.8.8"))]
        solved = Reachability(found, blocks)
        source, goal = end_of(solved, row["from"], row.get("source_address")), end_of(solved, None, row["to"])
        if not row["comparable"] or source is None or goal is None or not solved.claimed(source, goal):
            continue
        best = Judge(found).judge(source, goal, point_of(row)).best
        assert best is not None
        if not best.checks:  # no hop leads there at all: no route
            assert (row["test"], row.get("stage")) == (row["test"], "route")
            continue
        theirs = known_places(row["hops"])
        mine = known_places([row["from"], *(check.place.split(" → ")[1] for check in best.checks)])
        if not any(place.startswith("subnet-") for place in theirs):  # within a subnet Batfish names none
            mine = [place for place in mine if not place.startswith("subnet-")]
        assert (row["test"], theirs) == (row["test"], mine[: len(theirs)])
        stages = ["route" if c.stage is Stage.ROUTE else "filter" for c in best.checks if c.verdict is Truth.NO]
        assert (row["test"], row.get("stage")) == (row["test"], stages[0] if stages else None)
        compared += 1
    assert compared > 0


def test_all_comparable_assertions_are_taken() -> None:
    """The index says how many there are."""
    index = json.loads((corpus("aws-snapshots") / "index.json").read_text())
    taken = sum(row["comparable"] for _, row in rows("batfish", BATFISH, "assertions"))
    assert sum(each["comparable"] for each in index["batfish"]) == taken
    assert {each["dir"].split("/")[1] for each in index["batfish"]} == set(BATFISH)
    assert {each["dir"].split("/")[1] for each in index["np-guard"]} == set(NP_GUARD)


# ---- the code and the account -------------------------------------------------------------------------


def by_name(found: Network, named: list[AddressSet]) -> dict[tuple[str, str], Bounds]:
    """All flows between instances, by their Name tags, and with the outside."""
    solved = Reachability(found, named)
    names = {endpoint.id: endpoint.names[0] if endpoint.names else endpoint.id for endpoint in solved.endpoints}
    return {(names[source.id], names[goal.id]): bounds for source, goal, bounds in solved.pairs()}


def code_and_account(name: str) -> tuple[Network, Network]:
    """What the Terraform of a snapshot means, and what the snapshot does."""
    root = corpus("aws-snapshots") / "batfish" / name
    return network(read_root(root, name="code")), network(snapshot(root / "aws_configs"))


def test_code_of_the_nat_gateway_is_its_account() -> None:
    """The answer read from the `.tf` is the one read from the account."""
    code, account = code_and_account("test-nat-gateway")
    assert by_name(code, []) == by_name(account, [])


def test_code_of_the_gateway_endpoint_contains_its_account() -> None:
    """Between instances the answers are equal, and the account's lies within the code's bounds.

    The entries of AWS's own prefix list are in no Terraform (AWS-11), so what goes to the internet is open there.
    Connections that the service's own addresses would open are left out: the code cannot tell them apart.
    """
    code, account = code_and_account("test-vpc-endpoint-gateway")
    lists = [policy.tiers[0].rules for policy in account.policies if policy.name.startswith("rtb-")]
    services = {r.peers.addresses for rules in lists for r in rules if r.name == "gateway endpoint"}
    assert services
    before, after = by_name(code, list(services)), by_name(account, list(services))
    instances = {"private-web01", "public-web01"}
    inside = {pair for pair in (*before, *after) if set(pair) <= instances}
    assert {pair: before.get(pair) for pair in inside} == {pair: after.get(pair) for pair in inside}
    nothing = Bounds(Traffic.nothing(), Traffic.nothing())
    for source, goal in {*before, *after}:
        if "/" not in source:
            wide, exact = before.get((source, goal), nothing), after.get((source, goal), nothing)
            assert wide.certain <= exact.certain <= exact.possible <= wide.possible, (source, goal)


# ---- answers that are missing -------------------------------------------------------------------------


def flows(files: list[Path]) -> dict[tuple[str, str], Bounds]:
    """Both bounds of all pairs."""
    solved = Reachability(network(read_snapshot(files, name="account")))
    ends = solved.network.endpoints
    return {(a.id, b.id): solved.bounds(a, b) & CLAIMED for a in ends for b in ends if a.id != b.id}


@pytest.mark.parametrize("name", BATFISH)
def test_a_missing_answer_closes_nothing_and_makes_nothing_certain(name: str) -> None:
    """Without any one file of a snapshot, what is left is wider: never a flow less, never one more certain."""
    files = sorted((corpus("aws-snapshots") / "batfish" / name).rglob("aws_configs/*.json"))
    whole = flows(files)
    for missing in files:
        less = flows([file for file in files if file != missing])
        wrong = [
            pair
            for pair, found in whole.items()
            if pair in less and not (found.possible <= less[pair].possible and less[pair].certain <= found.certain)
        ]
        assert (missing.name, wrong) == (missing.name, [])


# ---- the same, kept otherwise --------------------------------------------------------------------------


def apart(group: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The rules of a group as `describe-security-group-rules` lists them: one peer each."""
    peers = {
        "CidrIpv4": ("IpRanges", "CidrIp"),
        "CidrIpv6": ("Ipv6Ranges", "CidrIpv6"),
        "PrefixListId": ("PrefixListIds", "PrefixListId"),
        "ReferencedGroupInfo": ("UserIdGroupPairs", "GroupId"),
    }
    for egress, key in ((False, "IpPermissions"), (True, "IpPermissionsEgress")):
        for permission in group[key]:
            ports = {name: permission.get(name, -1) for name in ("FromPort", "ToPort")}
            rule = {"GroupId": group["GroupId"], "IsEgress": egress, "IpProtocol": permission["IpProtocol"], **ports}
            for ours, (theirs, leaf) in peers.items():
                for each in permission.get(theirs, []):
                    yield {**rule, ours: {leaf: each[leaf]} if ours == "ReferencedGroupInfo" else each[leaf]}


Document = dict[str, Any]


def with_rules_apart(documents: list[Document]) -> list[Document]:
    """Groups without their rules, which stand by themselves; but those without any, of which nothing would tell."""
    found = list(documents)
    for number, document in enumerate(found):
        if "SecurityGroups" in document:
            rules = [rule for group in document["SecurityGroups"] for rule in apart(group)]
            ruled = {rule["GroupId"] for rule in rules}
            lists = ("IpPermissions", "IpPermissionsEgress")
            bare = [
                {key: value for key, value in group.items() if group["GroupId"] not in ruled or key not in lists}
                for group in document["SecurityGroups"]
            ]
            found[number] = {**document, "SecurityGroups": bare}
            found.append({"SecurityGroupRules": rules})
    return found


def write(form: str, directory: Path, documents: list[Document]) -> None:
    """The documents of a snapshot as files of some form."""
    if form == "yaml":
        for number, document in enumerate(documents):
            (directory / f"{number}.yaml").write_text(yaml.safe_dump(document))
    elif form == "gzip":
        whole = "\n".join(json.dumps(document) for document in documents)
        (directory / "all.json.gz").write_bytes(gzip.compress(whole.encode()))
    elif form == "collected":
        (directory / "all.json").write_text(json.dumps({f"call {n}": each for n, each in enumerate(documents)}))
    elif form == "pages":
        listed = [(key, things) for document in documents for key, things in document.items()]
        pages = [{key: [each]} for key, things in listed for each in things]
        empty: list[Document] = [{key: []} for key, things in listed if not things]
        (directory / "all.json").write_text(json.dumps([*pages, *empty]))
    elif form == "rules":
        (directory / "all.json").write_text(json.dumps(with_rules_apart(documents)))


@pytest.mark.parametrize("form", ["yaml", "gzip", "collected", "pages", "rules"])
@pytest.mark.parametrize("name", BATFISH)
def test_a_snapshot_that_is_kept_otherwise_says_the_same(tmp_path: Path, name: str, form: str) -> None:
    """YAML, packed lines, one object, pages of one thing each, rules apart from their groups: the answer is one."""
    files = sorted((corpus("aws-snapshots") / "batfish" / name).rglob("aws_configs/*.json"))
    write(form, tmp_path, [json.loads(file.read_text()) for file in files])
    assert flows(files) == flows(sorted(tmp_path.iterdir()))
