"""Files of a snapshot as people keep them: packed, in YAML, in many layouts, and those of other tools."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from netaudit.errors import InputError
from netaudit.model import Effect, Network
from netaudit.pipeline import build
from netaudit.sources.request import Request
from netaudit.sources.snapshot import read_snapshot
from netaudit.text import stored

from .test_snapshot import LOOKUP, PAIR, TRANSIT, VPC, bounds, without


def network(path: Path) -> Network:
    """What a source means."""
    return build(Request(sources=[str(path)]).read()).network


def unreadable(path: Path) -> list[str]:
    """Why parts of a source could not be read."""
    return [each.message for each in network(path).diagnostics if each.code == "SNAPSHOT_UNREAD"]


def packed(document: Any) -> bytes:
    """A document as gzip stores it."""
    return gzip.compress(json.dumps(document).encode())


REST = {key: value for key, value in PAIR.items() if key != "Vpcs"}


@pytest.mark.parametrize("name", ["all.json.gz", "all.json"])
def test_a_packed_file_is_a_source(tmp_path: Path, name: str) -> None:
    """Told by its first bytes, since some are packed without saying so."""
    (tmp_path / name).write_bytes(packed(PAIR))
    assert {"i-a", "i-b"} == set(network(tmp_path / name).by_id)


def test_packed_and_plain_files_are_one_snapshot(tmp_path: Path) -> None:
    """A directory may hold both, and gzip's members one after another."""
    (tmp_path / "vpcs.json").write_text(json.dumps({"Vpcs": [VPC]}))
    halves = [{key: value for key, value in REST.items() if (key < "R") is half} for half in (True, False)]
    (tmp_path / "rest.json.gz").write_bytes(b"".join(map(packed, halves)))
    assert {"i-a", "i-b"} == set(network(tmp_path).by_id)


def test_lines_of_packed_files_are_those_of_their_text(tmp_path: Path) -> None:
    """A place is one of the text that gzip holds."""
    text = '{\n"Vpcs": [\n{"VpcId": "vpc-1"}]}'
    (tmp_path / "all.json.gz").write_bytes(gzip.compress(text.encode()))
    model = build(Request(sources=[str(tmp_path)]).read())
    assert [3] == [each.origin.line for each in model.taken.resources if each.kind == "aws_vpc"]


BROKEN = {
    "breaks-off": packed(REST)[:-20],
    "spoiled": packed(REST)[:12] + b"\xff" * 40,
    "of-nothing": b"\x1f\x8b",
    "holds-no-json": gzip.compress(b"\x00\x01"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_packed_file_that_is_broken_calls_proofs_off(tmp_path: Path, case: str) -> None:
    """Beside whole answers it may have been one."""
    (tmp_path / "all.json").write_text(json.dumps(PAIR))
    (tmp_path / "more.json.gz").write_bytes(BROKEN[case])
    assert 1 == len(unreadable(tmp_path))


@pytest.mark.parametrize("case", BROKEN)
def test_a_packed_file_that_is_broken_is_no_source(tmp_path: Path, case: str) -> None:
    """Alone it is an error that names it."""
    (tmp_path / "more.json.gz").write_bytes(BROKEN[case])
    with pytest.raises(InputError, match=r"more\.json\.gz"):
        network(tmp_path / "more.json.gz")


def test_a_packed_file_is_unpacked_up_to_a_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a few bytes unpack to could fill the machine."""
    monkeypatch.setattr(stored, "LARGEST", 100_000)
    (tmp_path / "all.json").write_text(json.dumps(PAIR))
    (tmp_path / "more.json.gz").write_bytes(packed({"Vpcs": [VPC], "Notes": ["x" * 200_000]}))
    assert ["it is larger than 512 MiB, unpacked"] == unreadable(tmp_path)


@pytest.mark.parametrize("suffix", [".yaml", ".yml.gz"])
def test_answers_may_be_yaml(tmp_path: Path, suffix: str) -> None:
    """As `--output yaml` prints them, one file or many."""
    for key, value in PAIR.items():
        text = yaml.safe_dump({key: value}).encode()
        (tmp_path / f"{key}{suffix}").write_bytes(gzip.compress(text) if suffix.endswith(".gz") else text)
    assert {"i-a", "i-b"} == set(network(tmp_path).by_id)


def test_pages_of_yaml_may_be_a_list(tmp_path: Path) -> None:
    """As `--output yaml-stream` prints them; the file is a source of its own."""
    pages = [REST, {"Vpcs": [VPC]}]
    (tmp_path / "all.yaml").write_text(yaml.safe_dump(pages, sort_keys=False))
    assert {"i-a", "i-b"} == set(network(tmp_path / "all.yaml").by_id)


def test_manifests_beside_answers_stay_manifests(tmp_path: Path) -> None:
    """A directory may hold both: keys of manifests are not capitalised."""
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": {"containers": []}}
    (tmp_path / "pod.yaml").write_text(yaml.safe_dump(pod))
    (tmp_path / "all.yaml").write_text(yaml.safe_dump(PAIR))
    model = build(Request(sources=[str(tmp_path)]).read())
    assert ["snapshot", "kubernetes"] == [each.format for each in model.taken.readings]


ROW = {"vpc_id": "vpc-1", "cidr_block": "10.0.0.0/16"}
FOREIGN = {
    "Config": {"fileVersion": "1.0", "configurationItems": [{"resourceType": "AWS::EC2::VPC"}]},
    "CloudQuery": [{"_cq_id": "x", **ROW}],
    "Steampipe": {"columns": [], "rows": [ROW]},
    "a query": [ROW],
    "capitalised": {"vpcs": [VPC], "security_groups": None},
}


@pytest.mark.parametrize("tool", FOREIGN)
@pytest.mark.parametrize("alone", [True, False], ids=["file", "directory"])
def test_what_other_tools_say_of_an_account_is_refused_by_name(tmp_path: Path, tool: str, alone: bool) -> None:
    """The words are those of the API, the shapes are not: the error says what it is."""
    (tmp_path / "all.json").write_text(json.dumps(FOREIGN[tool]))
    with pytest.raises(InputError, match=tool):
        network(tmp_path / "all.json" if alone else tmp_path)


@pytest.mark.parametrize("tool", FOREIGN)
def test_what_other_tools_say_beside_answers_calls_proofs_off(tmp_path: Path, tool: str) -> None:
    """It is never passed over in silence."""
    (tmp_path / "all.json").write_text(json.dumps(PAIR))
    (tmp_path / "more.json").write_text(json.dumps(FOREIGN[tool]))
    said = [each for each in network(tmp_path).diagnostics if each.code == "SNAPSHOT_UNREAD"]
    assert [(Effect.UNREADABLE, True)] == [(each.effect, tool in each.message) for each in said]


def test_what_the_command_line_said_when_a_call_failed_is_shown(tmp_path: Path) -> None:
    """A redirected error lies where the answer should be."""
    said = "An error occurred (UnauthorizedOperation) when calling DescribeVpnGateways"
    (tmp_path / "all.json").write_text(json.dumps(PAIR))
    (tmp_path / "vpn-gateways.json").write_text(f"\n{said}: You are not authorized\n")
    assert [f"no answer of the API, but: {said}: You are not authorized"] == unreadable(tmp_path)


# ---- what `--query` leaves -----------------------------------------------------------------------------


def test_bare_lists_whose_things_show_their_kind_are_read(tmp_path: Path) -> None:
    """As `--query 'Vpcs[]'` leaves them, each in a file of its own, with its lines."""
    for key, value in PAIR.items():
        machines = [{"ImageId": "ami-1", **each} for r in PAIR["Reservations"] for each in r["Instances"]]
        things = machines if key == "Reservations" else value
        (tmp_path / f"{key}.json").write_text(json.dumps(things, indent=1))
    model = build(Request(sources=[str(tmp_path)]).read())
    assert {"i-a", "i-b"} == set(model.network.by_id)
    assert [2, 8] == sorted(each.origin.line for each in model.taken.resources if each.kind == "aws_subnet")
    assert not [each for each in model.network.diagnostics if each.effect is Effect.UNREADABLE]


def test_instances_may_stand_without_their_reservations(tmp_path: Path) -> None:
    """As `--query '{Instances: Reservations[].Instances[]}'` leaves them; other services have instances, too."""
    machines = [each for r in PAIR["Reservations"] for each in r["Instances"]]
    whole = {key: value for key, value in PAIR.items() if key not in ("Reservations", "NetworkInterfaces")}
    bare = [
        {**each, "NetworkInterfaces": [face]} for each, face in zip(machines, PAIR["NetworkInterfaces"], strict=True)
    ]
    (tmp_path / "all.json").write_text(json.dumps({**whole, "Instances": [*bare, {"Id": "0a", "InstanceAlias": "x"}]}))
    assert {"i-a", "i-b"} == set(network(tmp_path / "all.json").by_id)


def test_rules_and_listeners_of_other_services_are_none_of_load_balancers(tmp_path: Path) -> None:
    """EventBridge has rules, Global Accelerator has listeners."""
    others = {
        "Rules": [{"Name": "nightly", "Arn": "arn:aws:events:eu-west-1:1:rule/nightly"}],
        "Listeners": [{"ListenerArn": "arn:aws:globalaccelerator::1:accelerator/a/listener/b"}],
    }
    (tmp_path / "all.json").write_text(json.dumps(PAIR))
    (tmp_path / "others.json").write_text(json.dumps(others))
    model = build(Request(sources=[str(tmp_path)]).read())
    assert not [each for each in model.taken.resources if each.kind.startswith("aws_lb")]
    assert not [each for each in model.network.diagnostics if each.effect is Effect.UNREADABLE]


# ---- answers that do not say what they are about -------------------------------------------------------


def test_routes_and_propagations_belong_to_the_table_that_their_file_names(tmp_path: Path) -> None:
    """The API answers a question about one table without repeating which."""
    for key, value in TRANSIT.items():
        (tmp_path / f"{key}.json").write_text(json.dumps({key: value}))
    static = {"DestinationCidrBlock": "172.16.0.0/12", "Type": "static", "State": "blackhole"}
    for key, calls, inner in (
        ("TransitGatewayStaticRoutes", "search-transit-gateway-routes", {"Routes": [static]}),
        ("TransitGatewayPropagations", "propagations", without(TRANSIT["TransitGatewayPropagations"][0], *LOOKUP)),
    ):
        (tmp_path / f"{key}.json").unlink()
        (tmp_path / f"{calls}-tgw-rtb-1.json").write_text(json.dumps(inner))
    found = bounds(read_snapshot(sorted(tmp_path.iterdir()), name="account"), "i-a", "i-c")
    assert ("tcp udp sctp", "tcp udp sctp") == (str(found.certain), str(found.possible))


@pytest.mark.parametrize("name", ["routes.json", "tgw-rtb-1.json"])
def test_a_search_that_found_no_static_route_is_not_taken_for_all(tmp_path: Path, name: str) -> None:
    """A search is filtered, perhaps for others; and without the name of a table nobody knows whose routes they are."""
    (tmp_path / "all.json").write_text(json.dumps(without(TRANSIT, "TransitGatewayStaticRoutes")))
    (tmp_path / name).write_text(
        json.dumps({"Routes": [{"Type": "propagated", "DestinationCidrBlock": "10.2.0.0/16"}]})
    )
    reading = read_snapshot(sorted(tmp_path.iterdir()), name="account")
    assert "nothing" == str(bounds(reading, "i-a", "i-c").certain)
    assert 1 == sum("does not say whose it is" in each.message for each in reading.diagnostics)


def test_entries_belong_to_the_prefix_list_that_their_file_names(tmp_path: Path) -> None:
    """`get-managed-prefix-list-entries` is asked list by list."""
    listed = {"PrefixLists": [{"PrefixListId": "pl-0a", "PrefixListName": "partners"}]}
    (tmp_path / "all.json").write_text(json.dumps({**PAIR, **listed}))
    (tmp_path / "entries-pl-0a.json").write_text(json.dumps({"Entries": [{"Cidr": "10.0.1.0/24"}]}))
    reading = read_snapshot(sorted(tmp_path.iterdir()), name="account")
    lists = [each.attributes["entry"] for each in reading.resources if each.kind == "aws_ec2_managed_prefix_list"]
    assert [[{"cidr": "10.0.1.0/24"}]] == lists


# ---- layouts ------------------------------------------------------------------------------------------

ACCOUNT, REGION = "123456789012", "eu-west-1"
LAYOUTS = {
    "accounts/{account}/{region}/{key}.json": {"account_id": ACCOUNT, "region": REGION},
    "{account}/{region}/describe-{key}.json": {"account_id": ACCOUNT, "region": REGION},
    "aws_configs/{region}/{key}.json": {"region": REGION},
    "{region}/ec2/{key}.json": {"region": REGION},
    "{key}.json": {},
    "{region}_describe-{key}.json": {"region": REGION},
    "{account}.{region}.{key}.json.gz": {"account_id": ACCOUNT, "region": REGION},
    "{account}/{key}-{region}a.json": {"account_id": ACCOUNT},
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_account_and_region_come_from_directories_or_names(tmp_path: Path, layout: str) -> None:
    """One file for each answer, in the ways people keep them; all of them are one place, and it is whole."""
    for key, value in PAIR.items():
        file = tmp_path / layout.format(account=ACCOUNT, region=REGION, key=key)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(packed({key: value}) if file.suffix == ".gz" else json.dumps({key: value}).encode())
    model = build(Request(sources=[str(tmp_path)]).read())
    assert [LAYOUTS[layout]] == [dict(each.settings) for each in model.taken.resources if each.kind == "aws_vpc"]
    assert not [each for each in model.network.diagnostics if each.code == "SNAPSHOT_INCOMPLETE"]


@pytest.mark.parametrize(
    "document",
    [
        {f"describe-{key}": {key: value} for key, value in PAIR.items()},
        {key: {key: value} for key, value in PAIR.items()},
        {"prod": {REGION: {key.lower(): [{key: value}] for key, value in PAIR.items()}}},
    ],
    ids=["calls", "keys", "accounts"],
)
def test_answers_may_stand_below_names_of_ones_own(tmp_path: Path, document: Any) -> None:
    """A script may collect what it asked in one object."""
    (tmp_path / "all.json").write_text(json.dumps(document))
    assert {"i-a", "i-b"} == set(network(tmp_path / "all.json").by_id)


def test_what_has_no_meaning_to_the_network_is_no_place_of_its_own(tmp_path: Path) -> None:
    """Lists of an account beside those of its Regions, and Regions without anything, lack nothing."""
    for place, document in ((REGION, PAIR), ("global", {"Users": [1]}), ("eu-west-2", {"Vpcs": []})):
        (tmp_path / place).mkdir()
        (tmp_path / place / "all.json").write_text(json.dumps(document))
    (tmp_path / "lists.json").write_text(json.dumps({"PrefixLists": [{"PrefixListId": "pl-1", "Cidrs": []}]}))
    assert not [each for each in network(tmp_path).diagnostics if each.code == "SNAPSHOT_INCOMPLETE"]


def test_regions_that_only_file_names_tell_must_be_whole_each(tmp_path: Path) -> None:
    """What one Region's files hold does not make up for another's."""
    (tmp_path / "all-eu-west-1.json").write_text(json.dumps(PAIR))
    (tmp_path / "vpcs-eu-west-2.json").write_text(json.dumps({"Vpcs": [{**VPC, "VpcId": "vpc-2"}]}))
    said = [each.message for each in network(tmp_path).diagnostics if each.code == "SNAPSHOT_INCOMPLETE"]
    assert 3 == sum("eu-west-2" in each for each in said) == len(said)
