"""Wrong types in load balancers, target groups and services give diagnostics or wider answers, never a traceback."""

import pytest

from netaudit.model import Resource

from .building import BASE, B, instance, network, ref
from .test_hostile import NASTY
from .test_network_load_balancer import DIALS_443, EVERYWHERE, GROUPS, NLB_GROUP, consumer, front, takes

PARTS = [*front(ref(B), groups=GROUPS), *consumer()]
REST = [*BASE, DIALS_443, NLB_GROUP, takes(**EVERYWHERE), instance("b", "b", "takes")]
VICTIMS = [each for each in PARTS if each.address.startswith(("aws_lb", "aws_vpc_endpoint"))]


@pytest.mark.parametrize("victim", VICTIMS, ids=lambda each: each.address)
def test_wrong_types_never_raise(victim: Resource) -> None:
    """Each attribute takes each nasty value; a network comes out every time."""
    others = [each for each in PARTS if each is not victim]
    for name in victim.attributes:
        for value in NASTY:
            changed = Resource(victim.kind, victim.address, {**victim.attributes, name: value}, victim.origin)
            assert network(*REST, *others, changed).hops
