"""Settings: the contract's keys, their values, and what is said about mistakes."""

from __future__ import annotations

import re

import pytest

from netaudit.errors import QueryError
from netaudit.model import Settings


def test_defaults_are_the_contracts_first_values() -> None:
    """The contract lists the default first."""
    assert Settings().shown(*Settings.keys()) == {
        "kubernetes.ipblock_matches_pods": "unknown",
        "kubernetes.networks_match_pods": "by-address",
        "kubernetes.icmp_follows_policy": "unknown",
        "kubernetes.host_network": "unknown",
        "kubernetes.cni_enforces": None,
        "aws.ephemeral_ports": "1024-65535",
        "cache.dir": None,
    }


def test_reads_pairs() -> None:
    """Values are read as the command line gives them."""
    changed = Settings().parse(
        {
            "kubernetes.host_network": "pod",
            "aws.ephemeral_ports": "32768-60999",
            "kubernetes.cni_enforces": "NetworkPolicy, X",
        }
    )
    assert ("pod", (32768, 60999)) == (changed.kubernetes_host_network, changed.aws_ephemeral_ports)
    assert changed.kubernetes_cni_enforces == ("NetworkPolicy", "X")


RANGE = "expected a port range such as 1024-65535"


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("kubernetes.hostnetwork", "pod", "no such setting '{key}'; did you mean 'kubernetes.host_network'?"),
        ("colour", "red", "no such setting '{key}'"),
        ("kubernetes.host_network", "maybe", "'{value}' is not a value of {key}; expected one of unknown, node, pod"),
        ("aws.ephemeral_ports", "9-1", "'{value}' is not a value of {key}; " + RANGE),
        ("aws.ephemeral_ports", "0-65536", "'{value}' is not a value of {key}; " + RANGE),
        ("aws.ephemeral_ports", "٣-9", "'{value}' is not a value of {key}; " + RANGE),
        ("aws.ephemeral_ports", "²-9", "'{value}' is not a value of {key}; " + RANGE),
    ],
)
def test_says_what_is_wrong(key: str, value: str, message: str) -> None:
    """A wrong key gets the nearest one, a wrong value the list of right ones."""
    with pytest.raises(QueryError, match=f"^{re.escape(message.format(key=key, value=value))}$"):
        Settings().parse({key: value})
