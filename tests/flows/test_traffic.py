"""Reading, printing and building traffic; the exact words of every error."""

from __future__ import annotations

import re

import pytest

from netaudit.flows import ANY, CLAIMED, NO_TRAFFIC, SCTP, TCP, UDP, Traffic, protocol_of

NAMES = "expected one of tcp, udp, sctp, icmp, icmpv6, other"


@pytest.mark.parametrize(
    ("text", "points"),
    [
        ("tcp/443", [("tcp", 443, 443)]),
        ("tcp/443,8000-8080", [("tcp", 443, 443), ("tcp", 8000, 8080)]),
        ("tcp/443 udp icmp/8", [("tcp", 443, 443), ("udp", 0, 65535), ("icmp", 2048, 2303)]),
        ("sctp/0 sctp/65535", [("sctp", 0, 0), ("sctp", 65535, 65535)]),
        ("icmp/3:4", [("icmp", 772, 772)]),
        ("icmp/3:0-4", [("icmp", 768, 772)]),
        ("icmp/3:250-255,4", [("icmp", 1018, 1279)]),
        ("icmpv6/128-129", [("icmpv6", 32768, 33279)]),
        ("other/47", [("other", 47, 47)]),
        ("other/5-7", [("other", 5, 5), ("other", 7, 7)]),
    ],
)
def test_reads_protocols_ports_types_and_codes(text: str, points: list[tuple[str, int, int]]) -> None:
    """A word is a protocol and ranges of its own numbers; ICMP types may be narrowed to codes."""
    found = [(name, *run) for name in ("tcp", "udp", "sctp", "icmp", "icmpv6", "other") for run in _runs(text, name)]
    assert points == found


def _runs(text: str, name: str) -> list[tuple[int, int]]:
    return Traffic.parse(text).of_protocol(name)


def test_any_is_everything() -> None:
    """`any` is all traffic, alone or beside other words."""
    assert ANY == Traffic.parse("any") == Traffic.parse("tcp/1 any")


@pytest.mark.parametrize(
    ("written", "printed"),
    [
        ("udp tcp/8000-8080,443 icmp/8", "tcp/443,8000-8080 udp icmp/8"),
        ("tcp/1 tcp/2 tcp/3", "tcp/1-3"),
        ("tcp/0-65535", "tcp"),
        ("icmp/0-255", "icmp"),
        ("icmp/3:4,3:5,8", "icmp/8,3:4-5"),
        ("icmp/3:0-255", "icmp/3"),
        ("other/0-255", "other"),
        ("tcp udp sctp icmp icmpv6 other", "any"),
    ],
)
def test_prints_the_shortest_form(written: str, printed: str) -> None:
    """However it was written, equal traffic prints one way."""
    assert printed == str(Traffic.parse(written))


def test_no_traffic_prints_as_nothing() -> None:
    """The empty set has a word, too."""
    assert str(NO_TRAFFIC) == "nothing"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "traffic is empty; write 'any' for everything"),
        ("  ", "traffic is empty; write 'any' for everything"),
        ("http", f"unknown protocol 'http'; {NAMES}"),
        ("http/80", f"unknown protocol 'http' in 'http/80'; {NAMES}"),
        ("TCP/80", f"unknown protocol 'TCP' in 'TCP/80'; {NAMES}"),
        ("any/80", f"unknown protocol 'any' in 'any/80'; {NAMES}"),
        ("tcp/", "'' in 'tcp/' is not a number"),
        ("tcp/https", "'https' in 'tcp/https' is not a number"),
        ("tcp/80,", "'' in 'tcp/80,' is not a number"),
        ("tcp/-1", "'' in 'tcp/-1' is not a number"),
        ("tcp/1-2-3", "'2-3' in 'tcp/1-2-3' is not a number"),
        ("tcp/٣", "'٣' in 'tcp/٣' is not a number"),
        ("tcp/80:1", "'80:1' in 'tcp/80:1' is not a number"),
        ("tcp/90-80", "the range 90-80 in 'tcp/90-80' is upside down"),
        ("udp/65536", "65536 in 'udp/65536' is above 65535"),
        ("tcp/" + "9" * 5000, f"999999999 in 'tcp/{'9' * 36}' is above 65535"),
        ("icmp/256", "256 in 'icmp/256' is above 255"),
        ("icmp/8:256", "256 in 'icmp/8:256' is above 255"),
        ("icmp/3-4:1", "'3-4' in 'icmp/3-4:1' is not a number"),
        ("other/6", "protocol 6 in 'other/6' has a name of its own: tcp"),
    ],
)
def test_says_what_it_cannot_read(text: str, message: str) -> None:
    """Each mistake names the very word, and what was expected."""
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        Traffic.parse(text)


@pytest.mark.parametrize(("number", "name"), [(6, "tcp"), (17, "udp"), (132, "sctp"), (1, "icmp"), (58, "icmpv6")])
def test_numbers_of_named_protocols_are_those_protocols(number: int, name: str) -> None:
    """IANA's numbers: 1 ICMP, 6 TCP, 17 UDP, 58 ICMPv6, 132 SCTP."""
    assert Traffic.named(name) == Traffic.protocol(number)


def test_every_protocol_number_is_in_everything_once() -> None:
    """The 256 protocols are disjoint and make up all traffic."""
    parts = [Traffic.protocol(number) for number in range(256)]
    assert Traffic.union(parts) == ANY
    assert ANY.size == sum(part.size for part in parts)


def test_claimed_traffic_is_what_has_ports() -> None:
    """A question is about TCP, UDP and SCTP unless it says otherwise."""
    assert CLAIMED == TCP | UDP | SCTP


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: Traffic.ports("icmp"), "'icmp' has no ports; expected tcp, udp or sctp"),
        (lambda: Traffic.ports("tcp", 5, 4), "not a port range within 0-65535: 5-4"),
        (lambda: Traffic.ports("tcp", -1, 4), "not a port range within 0-65535: -1-4"),
        (lambda: Traffic.icmp(256), "ICMP types and codes are 0-255: 256/None"),
        (lambda: Traffic.icmp(code=3), "an ICMP code needs a type"),
        (lambda: Traffic.icmp(8, protocol="tcp"), "'tcp' has no types and codes; expected icmp or icmpv6"),
        (lambda: Traffic.protocol(256), "IP protocol numbers are 0-255: 256"),
        (lambda: Traffic.of((3, 2)), "not a range within 0-327935: 3-2"),
    ],
)
def test_refuses_to_build_what_does_not_exist(build: object, message: str) -> None:
    """Numbers out of range are errors, never empty sets."""
    assert callable(build)
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        build()


def test_reads_the_contracts_example() -> None:
    """The object of the contract, section "Traffic", is this set and is written back the same."""
    document = {
        "tcp": [[443, 443], [8000, 8080]],
        "udp": [[0, 65535]],
        "icmp": [[8, 8]],
        "icmp_codes": {"8": [[0, 0]]},
        "other": [[47, 47]],
    }
    traffic = Traffic.from_json(document)
    assert Traffic.parse("tcp/443,8000-8080 udp icmp/8:0 other/47") == traffic
    assert document == traffic.to_json()


def test_other_in_json_never_means_a_named_protocol() -> None:
    """`other` is the remaining protocol numbers, so a range over all of them holds no TCP."""
    assert not Traffic.from_json({"other": [[0, 255]]}).overlaps(TCP)


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"http": [[1, 2]]}, "unknown protocol 'http' in traffic"),
        ({"icmp_codes": {"8": [[0, 0]]}}, "unknown protocol 'icmp_codes' in traffic"),
        ({"tcp": 5}, "'tcp' must be a list of [first, last]"),
        ({"tcp": [5]}, "'tcp' must be a list of [first, last], not 5"),
        ({"tcp": [[1, True]]}, "'tcp' must be a list of [first, last], not [1, True]"),
        ({"tcp": [[2, 1]]}, "'tcp' has no range 2-1; expected 0-65535"),
        ({"icmp": [[0, 256]]}, "'icmp' has no range 0-256; expected 0-255"),
        ({"icmp": [[8, 8]], "icmp_codes": []}, "'icmp_codes' must map types to ranges"),
        ({"icmp": [[8, 8]], "icmp_codes": {"9": [[0, 0]]}}, "'icmp_codes' narrows type 9, which 'icmp' does not list"),
        ({"icmp": [[8, 8]], "icmp_codes": {"8": [[0, 256]]}}, "'icmp_codes' has no range 0-256; expected 0-255"),
    ],
)
def test_says_what_is_wrong_with_json(document: dict[str, object], message: str) -> None:
    """A malformed object is an error that names the key."""
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        Traffic.from_json(document)


def test_a_point_knows_its_protocol() -> None:
    """Points are read back as protocol and number."""
    assert protocol_of(Traffic.parse("tcp/443").least) == ("tcp", 443)
    assert protocol_of(Traffic.parse("icmp/3:4").least) == ("icmp", 3 * 256 + 4)
    assert protocol_of(Traffic.parse("other/47").least) == ("other", 47)
