"""Public root modules build without a traceback, as text and as their real plans."""

import json

import pytest

from netaudit.engine.solve import Reachability
from netaudit.model import Network, Reading, Settings
from netaudit.providers.aws import build
from netaudit.sources.terraform import read_plan_or_state, read_root
from tests.oracles import corpus

ROOTS = (
    "awsia-vpc-transit-gateway",
    "cloudposse-vpc-endpoints",
    "eks-auto-mode",
    "gruntwork-asg-alb",
    "security-group-complete",
    "security-group-http",
    "transit-gateway-complete",
    "vpc-complete",
    "vpc-ipv6-dualstack",
)


def built(reading: Reading) -> Network:
    """The network of a reading, solved for every pair so that lazy parts run as well."""
    network = build([reading], Settings())
    assert all(bounds.certain <= bounds.possible for _, _, bounds in Reachability(network).pairs())
    return network


@pytest.mark.oracle
@pytest.mark.parametrize("name", ROOTS)
def test_text_of_a_public_root_builds(name: str) -> None:
    """Every root of the corpus gives a network from its text."""
    network = built(read_root(corpus("terraform") / name / "root", name=name))
    assert network.coverage.modelled > 0


@pytest.mark.oracle
@pytest.mark.parametrize("name", ROOTS)
@pytest.mark.parametrize("document", ["plan.json", "state.json"])
def test_plan_and_state_of_a_public_root_build(name: str, document: str) -> None:
    """Every plan, and every state there is, gives a network."""
    path = corpus("terraform") / name / document
    if not path.exists():
        assert document == "state.json"
        return
    network = built(read_plan_or_state(path, json.loads(path.read_text()), name=name))
    assert network.coverage.modelled > 0
