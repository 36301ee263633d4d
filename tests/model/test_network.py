"""Networks are built once and then frozen; several become one."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace

import pytest

from netaudit.model import Coverage, Network, Ref, Sensitive
from tests.engine.building import addresses, allow, attach, by, group, hop, machine, network

SHARED = group("shared", allow())


def _part(name: str, address: str) -> Network:
    at = machine(name, address)
    return network(at, attach(at, f"vpc:{name}", out=SHARED, into=group(name)), owned=address)


def test_merging_keeps_everything_and_sorts_endpoints() -> None:
    """Endpoints are sorted by id, hops and owned space are united."""
    one, two = _part("web", "10.0.0.4"), _part("db", "10.0.1.4")
    merged = Network.merge([one, two])
    assert [each.id for each in merged.endpoints] == ["db", "web"]
    assert merged.hops == (*one.hops, *two.hops)
    assert merged.owned == addresses("10.0.0.4", "10.0.1.4")


def test_merging_adds_coverage() -> None:
    """What was modelled in either part counts."""
    parts = [replace(_part("a", "10.0.0.1"), coverage=Coverage(n, 0, n, 1)) for n in (2, 3)]
    assert Network.merge(parts).coverage == Coverage(5, 0, 5, 2)


def test_merging_takes_changes() -> None:
    """What the parts cannot know is given."""
    assert Network.merge([_part("a", "10.0.0.1")], assumptions=("PODS_ROUTABLE",)).assumptions == ("PODS_ROUTABLE",)


def test_a_policy_is_listed_once() -> None:
    """Policies are compared by identity, in the order of the hops."""
    net = network(hop("a", "b", by(SHARED)), hop("b", "a", by(SHARED)), hop("a", "c", by(group("other"))))
    assert [policy.name for policy in net.policies] == ["shared", "other"]


def test_a_network_is_frozen() -> None:
    """Nobody changes a network that answers are being read off."""
    with pytest.raises(FrozenInstanceError):
        network().hops = ()  # type: ignore[misc]


def test_a_sensitive_value_never_prints() -> None:
    """Neither as text nor in a debugger."""
    secret = Sensitive("hunter2")
    assert "hunter2" not in f"{secret} {secret!r}"


def test_a_reference_prints_as_terraform_writes_it() -> None:
    """Names are joined by dots, positions stand in brackets."""
    assert str(Ref("aws_subnet.a", ("cidr_blocks", 0))) == "aws_subnet.a.cidr_blocks[0]"
