"""How protocols and ports are spelt (netaudit/providers/aws/protocol.py)."""

import pytest

from netaudit.providers.aws.protocol import match

from .building import UNKNOWN


@pytest.mark.parametrize(
    ("protocol", "first", "last", "expected"),
    [
        ("tcp", 443, 443, "tcp/443"),
        ("TCP", 443, 443, "tcp/443"),
        ("6", 1, 2, "tcp/1-2"),
        ("17", 53, 53, "udp/53"),
        ("udp", 0, 65535, "udp"),
        ("tcp", 0, 0, "tcp/0"),
        ("sctp", 3868, 3868, "sctp/3868"),
        ("47", 0, 0, "other/47"),
        ("esp", None, None, "other/50"),
        ("icmpv6", -1, -1, "icmpv6"),
        ("58", 128, 0, "icmpv6/128:0"),
    ],
)
def test_tf_87_spellings(protocol: str, first: int, last: int, expected: str) -> None:
    """Protocols are names in any case, or numbers as text."""
    assert expected == str(match(protocol, first, last).traffic)


@pytest.mark.parametrize(("first", "last"), [(0, 0), (-1, -1), (None, None), (80, 443)])
def test_tf_88_minus_one_ignores_ports(first: int | None, last: int | None) -> None:
    """Protocol -1 means all ports whatever the ports say."""
    assert ("any", ()) == (str(match("-1", first, last).traffic), match("all", first, last).because)


@pytest.mark.parametrize(
    ("kind", "code", "expected"), [(-1, -1, "icmp"), (8, -1, "icmp/8"), (3, 4, "icmp/3:4"), (None, None, "icmp")]
)
def test_aws_12_icmp_types_and_codes(kind: int | None, code: int | None, expected: str) -> None:
    """`from_port` is the ICMP type and `to_port` the code; -1 is any."""
    assert expected == str(match("icmp", kind, code).traffic)


def test_aws_12_code_without_type_is_invalid() -> None:
    """Type -1 with a code is invalid: an upper bound, and a problem to report."""
    found = match("icmp", -1, 4)
    assert ("icmp", True) == (str(found.traffic), bool(found.problem and found.because))


@pytest.mark.parametrize(
    ("protocol", "first", "last"),
    [("nonsense", 1, 2), ("tcp", 9, 1), ("tcp", 0, 70000), ("999", 0, 0), ("icmp", 300, 0)],
)
def test_invalid_writing_is_an_upper_bound_and_a_problem(protocol: str, first: int, last: int) -> None:
    """What AWS would refuse is inexact and says what is wrong."""
    found = match(protocol, first, last)
    assert (True, True, True) == (bool(found.traffic), bool(found.because), bool(found.problem))


def test_unknown_parts_are_named() -> None:
    """An unknown protocol may be anything, an unknown port any port."""
    assert ("any", (UNKNOWN,)) == (str(match(UNKNOWN, 1, 1).traffic), match(UNKNOWN, 1, 1).because)
    assert ("tcp/80-65535", (UNKNOWN,)) == (str(match("tcp", 80, UNKNOWN).traffic), match("tcp", 80, UNKNOWN).because)


def test_aws_03_only_destination_ports_are_matched() -> None:
    """A rule's ports are those of the destination: 1024-65535 admits no client of port 80 by its own port."""
    assert "tcp/1024-65535" == str(match("tcp", 1024, 65535).traffic)
