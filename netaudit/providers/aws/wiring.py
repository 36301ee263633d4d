"""Joining interfaces, subnets and routers: the hops inside a VPC, and out of its subnets.

An interface that lies in one of several subnets gets two kinds of hops. One passes the ACLs and routes of *all*
of them, so what goes there certainly goes; the others lead through each single subnet, perhaps.
"""

from __future__ import annotations

from collections.abc import Iterable

from netaudit.model import DROPPED, End, Filter, Origin, Peers, Stage, Step, Unknown
from netaudit.providers.aws import gates
from netaudit.providers.aws.exits import Exits
from netaudit.providers.aws.fabric import Fabric, Way
from netaudit.providers.aws.load_balancer import CLASSIC
from netaudit.providers.aws.middlebox import OUT_OF_BOX
from netaudit.providers.aws.placement import Placed
from netaudit.providers.aws.route_table import LOCAL
from netaudit.providers.aws.subnet import Subnet


def wire(fabric: Fabric, exits: Exits, screens: dict[str, Filter]) -> None:
    """Every hop of a realm. `screens` are further filters in front of an endpoint, by its id."""
    dual = any(each.v6 for each in fabric.placed)
    for subnet in fabric.inventory.subnets.copy().values():
        _subnet(fabric, exits, subnet)
    _beside(fabric, exits)
    choices = {each.subnets for each in fabric.placed if len(each.subnets) > 1}
    for choice in sorted(choices | exits.choices):
        _choice(fabric, exits, choice)
    for each in fabric.placed:
        _interface(fabric, each, screens.get(each.owner.id), dual)
    exits.nats()
    exits.peerings()
    exits.transit()
    exits.internet()
    exits.beyond()
    _bring(fabric)


def _bring(fabric: Fabric) -> None:
    """From where ways that are not known enter a VPC into its subnets, as from its router."""
    places = {fabric.node("vpc", vpc): fabric.brought(vpc) for vpc in sorted(fabric.led_into)}
    for hop in [hop for hop in fabric.hops if hop.tail in places and hop.head.startswith(("subnet:", "one-of:"))]:
        fabric.hop(places[hop.tail], hop.head, hop.steps)


def _subnet(fabric: Fabric, exits: Exits, subnet: Subnet) -> None:
    arriving = fabric.node("subnet", subnet.key)
    entering = [fabric.deliver(subnet.key), fabric.acl(subnet, False)]
    fabric.hop(fabric.node("vpc", subnet.vpc), arriving, entering)
    for side, doubtful in exits.sides(subnet.key).items():
        leaving = fabric.node("subnet", subnet.key, side)
        fabric.hop(leaving, arriving, [fabric.deliver(subnet.key)])  # AWS-22
        acl = fabric.acl_perhaps(subnet, True) if side == OUT_OF_BOX else fabric.acl(subnet, True)
        for way in _ways(fabric, exits, subnet, doubtful, acl):
            fabric.hop(leaving, way.head, way.steps)
        for way in fabric.overruled(subnet):
            fabric.hop(leaving, way.head, (fabric.acl(subnet, True), *way.steps))


def _beside(fabric: Fabric, exits: Exits) -> None:
    """Between each subnet and whichever one of its VPC it is that something unknown is in: they may be the same one."""
    subnets = list(fabric.inventory.subnets.values())
    for some in (each for each in subnets if each.some and each.unknown is not None):
        maybe = gates.perhaps(f"in {some.key}", tuple([some.unknown] if some.unknown else []))
        for other in subnets:
            if other.vpc == some.vpc and other is not some:
                for here, there in ((some, other), (other, some)):
                    for side in exits.sides(here.key):
                        leaving = fabric.node("subnet", here.key, side)
                        fabric.hop(leaving, fabric.node("subnet", there.key), [fabric.deliver(there.key), maybe])


def _ways(fabric: Fabric, exits: Exits, subnet: Subnet, doubtful: frozenset[str], acl: Filter) -> list[Way]:
    """Every way out of a subnet, with its ACL and the route that leads there (AWS-16, AWS-19).

    Targets of the kinds in `doubtful` may drop what takes them.
    """
    found: list[Way] = []
    for target, policy in fabric.routes(subnet).items():
        origin = policy.tiers[0].rules[0].origin if policy.tiers[0].rules else policy.origin
        steps: list[Step] = [acl, Filter(policy, End.DESTINATION)]
        if target.kind in doubtful:
            reason = Unknown(f"whether {target.leaf} takes what only passes through {subnet.vpc}", origin)
            steps.append(gates.perhaps(f"{subnet.key} transit", (reason,), origin))
        found += [Way(way.head, (*steps, *way.steps)) for way in exits.ways(subnet, target, origin)]
    return found


def _choice(fabric: Fabric, exits: Exits, choice: tuple[str, ...]) -> None:
    subnets = [fabric.inventory.subnets[key] for key in choice]
    key = "|".join(choice)
    arriving = fabric.node("one-of", key)
    maybe = gates.perhaps(f"in one of {', '.join(choice)}", (which(choice, subnets[0].origin),))
    for side, doubtful in exits.sides_of_choice(choice).items():
        leaving = fabric.node("one-of", key, side)
        for subnet in subnets:
            fabric.hop(leaving, fabric.node("subnet", subnet.key, side), [maybe])
        if len({subnet.vpc for subnet in subnets}) == 1:
            _into_each(fabric, leaving, subnets)
        shared = [
            {way.head: way for way in _ways(fabric, exits, subnet, doubtful, fabric.acl(subnet, True))}
            for subnet in subnets
        ]
        _by_all(fabric, leaving, shared)
        if side == "through":
            _jointly(fabric, exits, choice, leaving, shared)
    if len({subnet.vpc for subnet in subnets}) == 1:
        mine = frozenset(each.party.id for each in fabric.placed if each.subnets == choice)
        peers = gates.only(f"in one of {', '.join(choice)}", Peers(mine), "NO_POSSIBLE_DESTINATION", stage=Stage.ROUTE)
        acls = dict.fromkeys(fabric.acl(subnet, False) for subnet in subnets)
        fabric.hop(fabric.node("vpc", subnets[0].vpc), arriving, [Filter(peers, End.DESTINATION), *acls])


def _by_all(fabric: Fabric, leaving: str, ways: list[dict[str, Way]]) -> None:
    """What the ways out of all of some subnets take to one place, past all that stands in any of them."""
    for head in ways[0]:
        if head != DROPPED and all(head in each for each in ways):
            fabric.hop(leaving, head, dict.fromkeys(step for each in ways for step in each[head].steps))


def _jointly(fabric: Fabric, exits: Exits, choice: tuple[str, ...], leaving: str, shared: list[dict[str, Way]]) -> None:
    """From one of several zones by the endpoint of a firewall that its table leads to, and out again (AWS-64)."""
    for joint in exits.joint(choice, shared):
        taken = [next(way for head, way in ways.items() if head in joint.heads) for ways in shared]
        fabric.hop(leaving, joint.node, dict.fromkeys(step for way in taken for step in way.steps))
        subnets = [fabric.inventory.subnets[key] for key in joint.subnets]
        out = fabric.node("one-of", "|".join(joint.subnets), OUT_OF_BOX)
        doubtful = exits.sides(joint.subnets[0])[OUT_OF_BOX]
        ways = [_ways(fabric, exits, each, doubtful, fabric.acl_perhaps(each, True)) for each in subnets]
        _by_all(fabric, out, [{way.head: way for way in each} for each in ways])


def _into_each(fabric: Fabric, leaving: str, subnets: list[Subnet]) -> None:
    """From one of several subnets to an interface in one of them: directly from that one, past ACLs from the others."""
    for subnet in subnets:
        steps: list[Step] = [fabric.deliver(subnet.key)]
        for other in subnets:
            if other is not subnet:
                local = fabric.routes(other)[LOCAL]
                steps += [fabric.acl(other, True), Filter(local, End.DESTINATION), fabric.acl(subnet, False)]
        fabric.hop(leaving, fabric.node("subnet", subnet.key), dict.fromkeys(steps))


def which(choice: Iterable[str], origin: Origin | None) -> Unknown:
    """Why nobody knows the subnet of an interface."""
    return Unknown(f"which of the subnets {', '.join(choice)} it is in", origin)


def _interface(fabric: Fabric, each: Placed, screen: Filter | None, dual: bool) -> None:
    node = each.party.id
    family = [Filter(gates.DIALS_V6 if each.v6 else gates.DIALS_V4, End.DESTINATION)] if dual else []
    egress, ingress = fabric.groups(each, True), fabric.groups(each, False)
    if not each.owner.opens:
        egress = Filter(gates.ANSWERS_ONLY, End.DESTINATION)
    out: list[Step] = [*family, *([egress] if egress else [])]
    inward: list[Step] = [*([ingress] if ingress else []), *([screen] if screen else [])]
    if each.owner.reach is not None:
        let = gates.only(f"authorization of {each.owner.id}", Peers(addresses=each.owner.reach), origin=each.origin)
        out.append(Filter(let, End.DESTINATION))
    if each.owner.kind == CLASSIC:  # its subnet's ACL filters what it sends, to a neighbour as well (AWS-16)
        out += dict.fromkeys(fabric.acl(fabric.inventory.subnets[key], True) for key in each.subnets)
    if each.because and not each.owner.because:
        maybe = gates.perhaps(f"whether {node} exists", each.because, each.origin)
        out, inward = [maybe, *out], [maybe, *inward]
    if len(each.subnets) == 1:
        fabric.hop(node, fabric.node("subnet", each.subnets[0], "out"), out)
        fabric.hop(fabric.node("subnet", each.subnets[0]), node, inward)
        return
    key = "|".join(each.subnets)
    maybe = gates.perhaps(f"in one of {', '.join(each.subnets)}", (which(each.subnets, each.origin),))
    fabric.hop(node, fabric.node("one-of", key, "out"), out)
    fabric.hop(fabric.node("one-of", key), node, inward)
    for subnet in each.subnets:
        fabric.hop(fabric.node("subnet", subnet), node, [maybe, *inward])
