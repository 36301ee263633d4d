"""Reading and printing addresses, blocks and ranges; the exact words of every error."""

from __future__ import annotations

import re

import pytest

from netaudit.flows import ANYWHERE, IPV4, IPV6, NOT_PUBLIC, NOWHERE, PUBLIC, AddressSet


@pytest.mark.parametrize(
    ("text", "printed", "size"),
    [
        ("10.0.0.1", "10.0.0.1", 1),
        ("10.0.0.1/32", "10.0.0.1", 1),
        ("10.1.2.3/8", "10.0.0.0/8", 2**24),
        ("0.0.0.0/0", "0.0.0.0/0", 2**32),
        ("10.0.0.0-10.0.0.255", "10.0.0.0/24", 256),
        ("10.0.0.0 - 10.0.0.9", "10.0.0.0-10.0.0.9", 10),
        ("10.0.0.1-10.0.0.2", "10.0.0.1-10.0.0.2", 2),
        ("::/0", "::/0", 2**128),
        ("2001:db8::1/32", "2001:db8::/32", 2**96),
        ("2001:DB8:0::1", "2001:db8::1", 1),
        ("2001:db8::-2001:db8::9", "2001:db8::-2001:db8::9", 10),
        (" 10.0.0.1 ", "10.0.0.1", 1),
    ],
)
def test_reads_addresses_blocks_and_ranges(text: str, printed: str, size: int) -> None:
    """Host bits below the prefix are dropped; a range that is a block prints as one."""
    found = AddressSet.parse(text)
    assert ([printed], size) == (found.texts(), found.size)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not an address or CIDR block: ''"),
        ("web", "not an address or CIDR block: 'web'"),
        ("10.0.0.0/33", "not an address or CIDR block: '10.0.0.0/33'"),
        ("10.0.0/8", "not an address or CIDR block: '10.0.0/8'"),
        ("10.0.0.0/", "not an address or CIDR block: '10.0.0.0/'"),
        ("10.0.0.0/255.0.0.0", "not an address or CIDR block: '10.0.0.0/255.0.0.0'"),
        ("10.0.0.0/0.0.0.255", "not an address or CIDR block: '10.0.0.0/0.0.0.255'"),
        ("010.0.0.1", "not an address or CIDR block: '010.0.0.1'"),
        ("167772160", "not an address or CIDR block: '167772160'"),
        ("fe80::1%eth0", "not an address or CIDR block: 'fe80::1%eth0'"),
        ("10.0.0.9-10.0.0.1", "not an address range: '10.0.0.9-10.0.0.1'"),
        ("10.0.0.1-::1", "not an address range: '10.0.0.1-::1'"),
        ("10.0.0.1-", "not an IP address: ''"),
        ("10.0.0.0/8-10.0.0.9", "not an IP address: '10.0.0.0/8'"),
    ],
)
def test_says_what_it_cannot_read(text: str, message: str) -> None:
    """Whatever is no address, block or range is an error that quotes it."""
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        AddressSet.parse(text)


def test_an_ipv4_address_is_not_the_ipv6_address_of_its_number() -> None:
    """10.0.0.1 and ::a00:1 have one number in two families, and are two addresses."""
    assert AddressSet.parse("10.0.0.1") != AddressSet.parse("::a00:1")
    assert not IPV4.overlaps(IPV6)


def test_a_set_over_the_family_border_prints_in_two_parts() -> None:
    """The last IPv4 address and the first IPv6 address touch on the line, but make no range."""
    both = AddressSet.parse("255.255.255.255") | AddressSet.parse("::")
    assert both.texts() == ["255.255.255.255", "::"]


def test_prints_words_for_everything_and_nothing() -> None:
    """All addresses, and none, print as words; others as their blocks."""
    assert [str(ANYWHERE), str(NOWHERE)] == ["any address", "no address"]
    assert str(AddressSet.parse("10.0.0.0/24") | AddressSet.parse("10.0.2.0/24")) == "10.0.0.0/24, 10.0.2.0/24"


@pytest.mark.parametrize(
    "text",
    ["10.255.255.255", "100.64.0.0", "127.0.0.1", "169.254.169.254", "172.31.255.255", "192.168.0.0", "0.0.0.0",
     "198.19.255.255", "224.0.0.1", "255.255.255.255", "::1", "fd00::1", "fe80::1", "4000::"],
)  # fmt: skip
def test_not_public(text: str) -> None:
    """The contract's list of space that is not public."""
    assert AddressSet.parse(text) <= NOT_PUBLIC


@pytest.mark.parametrize(
    "text",
    ["9.255.255.255", "11.0.0.0", "100.128.0.0", "172.32.0.0", "203.0.113.1", "198.51.100.1", "2000::", "2001:db8::1"],
)
def test_public(text: str) -> None:
    """Everything else is public, documentation ranges included."""
    assert AddressSet.parse(text) <= PUBLIC


def test_sets_are_immutable() -> None:
    """Nobody can change a set that others hold."""
    with pytest.raises(AttributeError, match=r"^AddressSet is immutable$"):
        NOWHERE.runs = ()
    with pytest.raises(AttributeError, match=r"^AddressSet is immutable$"):
        del NOWHERE.runs
