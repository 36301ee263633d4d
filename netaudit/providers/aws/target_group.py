"""A target group names what a load balancer hands connections to: machines, addresses, other load balancers.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-target-groups.html (read 2026-11-23)
https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-target-groups.html (read 2026-11-23)
https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetDescription.html (read 2026-11-27)

AWS-44 Listener port and protocol map to the target's port, which may differ. Without cross-zone balancing only
       targets in the zone of the interface count, and never those of a zone in which it has none. One outside of
       its VPC is of all zones. Health is not part of it.
       https://docs.aws.amazon.com/elasticloadbalancing/latest/userguide/how-elastic-load-balancing-works.html
       (read 2026-11-27)

A target that the sources do not show may be any endpoint that accepts connections, on any port where its
registration is not shown either: it is possible, never certain, and said in a diagnostic.

Not modelled:
- A Lambda function as target: it is invoked, not connected to.
- Weights and stickiness: every target may be chosen.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from netaudit.flows import ANYWHERE, NOWHERE, AddressSet, Traffic
from netaudit.model import Diagnostic, Effect, Origin, Ref, Resource, Severity, Truth, Unknown
from netaudit.providers.aws.inventory import Inventory
from netaudit.providers.aws.load_balancer import CLASSIC, KIND, Dial, Listener, LoadBalancer, dialled, elsewhere, named
from netaudit.providers.aws.lookup import Lookup, missing
from netaudit.providers.aws.placement import Placed
from netaudit.providers.aws.registration import GROUP, SCALING, Registration, holders, instances, registrations
from netaudit.providers.aws.transit_gateway import same_zone
from netaudit.providers.aws.values import Fields, Leaf, cidr, widened

UNKNOWN, _UNSEEN = "AWS_UNKNOWN_TARGETS", "AWS_UNKNOWN_BALANCER"
_MOST_CHAINED = 4  # unknown targets include other load balancers up to this number of them


@dataclass(frozen=True, slots=True)
class Link:
    """One endpoint behind one listener: what the listener accepts, and what is dialled at the target.

    `interfaces` are those of the target that may be dialled. `guessed` says that the target is only one of many
    candidates, `among` are the addresses of which it has one, where nothing else is known of it. `preserved` says
    whether the target sees the client's address (AWS-43).
    """

    balancer: LoadBalancer
    listener: Listener
    interfaces: tuple[Placed, ...]
    dials: Traffic
    origin: Origin
    because: tuple[Unknown, ...] = ()
    guessed: bool = False
    among: AddressSet = NOWHERE
    preserved: bool | Unknown = False
    across_zones: bool | Unknown = True

    @property
    def target(self) -> str:
        """The id of the endpoint, without a prefix."""
        return self.interfaces[0].owner.id


@dataclass(frozen=True, slots=True)
class _Candidate:
    """An endpoint that a target may be, or something else that has one of the addresses `among`."""

    interfaces: tuple[Placed, ...]
    because: tuple[Unknown, ...] = ()
    guessed: bool = False
    among: AddressSet = NOWHERE


def links(found: Inventory, placed: Iterable[Placed], balancers: list[LoadBalancer]) -> list[Link]:
    """Everything behind every listener (AWS-44)."""
    return list(_Linker(found, placed, balancers).links())


class _Linker:
    """Finds the endpoints behind the listeners of one reading."""

    def __init__(self, found: Inventory, placed: Iterable[Placed], balancers: list[LoadBalancer]) -> None:
        self._found = found
        self._lookup, self._notes = found.lookup, found.notes
        self._balancers = balancers
        self._placed: dict[str, list[Placed]] = {}
        for each in placed:
            if each.owner.accepts:
                self._placed.setdefault(each.owner.id, []).append(each)
        self._holders = holders(found.lookup, found.notes)
        self._registered: dict[str, list[Registration]] = {}
        for leaf, written in registrations(found.lookup, found.notes):
            self._register(leaf, written)
        self._elsewhere()

    def _register(self, leaf: Leaf, each: Registration) -> None:
        group = self._lookup.find(leaf, GROUP)
        if group is not None:
            self._registered.setdefault(group.address, []).append(each)
        elif isinstance(leaf, Unknown):  # in any of the groups
            for other in self._lookup.of_kind(GROUP):
                shaky = Registration(each.target, each.origin, each.port, (*each.because, leaf))
                self._registered.setdefault(other.address, []).append(shaky)

    def _elsewhere(self) -> None:
        """Targets of load balancers that the sources do not show: connections through those are missing."""
        for leaf, origin in elsewhere(self._lookup, self._notes):
            group = self._lookup.find(leaf, GROUP)
            mine = self._registered.get(group.address, []) if group is not None else []
            self._unseen(f"a listener forwards to {leaf}", [each.target for each in mine], origin)
        for leaf, each in registrations(self._lookup, self._notes):
            if self._lookup.find(leaf, GROUP) is None:
                self._unseen(f"{each.target} is registered in {leaf}", [each.target], each.origin)
        self._without_listener()

    def _without_listener(self) -> None:
        """A group with targets that nothing here listens for: another root may, a snapshot would show it."""
        if self._found.reading.format == "snapshot":
            return
        heard = {group.address for leaf in named(self._lookup, []) if (group := self._lookup.find(leaf, GROUP))}
        for group in self._lookup.of_kind(GROUP):
            mine = self._registered.get(group.address, [])
            if mine and group.address not in heard:
                what = f"{group.address} has targets and no listener"
                self._unseen(what, [each.target for each in mine], group.origin)

    def _unseen(self, what: str, targets: list[Leaf], origin: Origin) -> None:
        connected = [leaf for leaf in targets if self._lookup.find(leaf, "aws_lambda_function") is None]
        if targets and not connected:
            return  # functions are invoked
        owners = [self._named(leaf) for leaf in connected]
        touched = () if None in owners or not owners else tuple(dict.fromkeys(each for each in owners if each))
        message = f"{what}: its load balancer is not in the sources, and connections through it are missing"
        self._note(Diagnostic(_UNSEEN, message, Severity.WARNING, origin, Effect.UNREADABLE, touched))

    def _named(self, leaf: Leaf) -> str | None:
        """The endpoint that a leaf names, if it does."""
        if isinstance(leaf, Ref) and (owner := self._owner(leaf.address)) is not None:
            return owner
        found = self._lookup.find(leaf, "aws_instance", KIND, SCALING, "aws_network_interface")
        return self._owner(found.address) if found is not None else None

    def links(self) -> Iterator[Link]:
        """Those whose targets are in enabled zones: others get no traffic, whether zones are crossed or not."""
        for link in self._registered_links():
            enabled = tuple(each for each in link.interfaces if self._may_be_enabled(link.balancer, each))
            if enabled:
                yield link if len(enabled) == len(link.interfaces) else replace(link, interfaces=enabled)

    def _may_be_enabled(self, balancer: LoadBalancer, target: Placed) -> bool:
        """Whether the load balancer may be in the zone of a target; one outside of its VPC is of all zones."""
        subnets, fronts = self._found.subnets, self._placed.get(balancer.owner.id, [])
        near = [front for front in fronts if not front.vpcs.isdisjoint(target.vpcs)]
        pairs = [(here, there) for front in near for here in front.subnets for there in target.subnets]
        return not pairs or any(same_zone(subnets[here], subnets[there]) is not Truth.NO for here, there in pairs)

    def _registered_links(self) -> Iterator[Link]:
        for balancer in self._balancers:
            for listener in balancer.listeners:
                for leaf in listener.groups:
                    yield from self._behind(balancer, listener, leaf)
                if listener.instances is not None:
                    yield from self._classic(balancer, listener, listener.instances)

    def _classic(self, balancer: LoadBalancer, listener: Listener, dial: Dial) -> Iterator[Link]:
        for each in instances(balancer, self._lookup, self._notes):
            for candidate in self._candidates(balancer, each, None):
                because = (*listener.because, *each.because, *dial.because, *candidate.because)
                yield _link(balancer, listener, candidate, Dial(dial.traffic, because), each.origin)

    def _behind(self, balancer: LoadBalancer, listener: Listener, leaf: Leaf) -> Iterator[Link]:
        group = self._lookup.find(leaf, GROUP)
        if group is None:
            reason = missing(leaf, listener.origin)
            for candidate in self._anyone(balancer, reason, f"the targets of {leaf} are not in the sources"):
                dial = Dial(_whole(listener.accepts), (*listener.because, *candidate.because))
                link = _link(balancer, listener, candidate, dial, listener.origin)
                yield replace(link, preserved=False if _ends(balancer) else reason)
            return
        fields = Fields.of(group, self._notes)
        if fields.text("target_type") == "lambda":
            return
        for each in self._registered.get(group.address) or [_nobody(group)]:
            port = each.port if each.port is not None else fields.number("port")
            traffic, doubts = dialled(fields.text("protocol"), port)
            for candidate in self._candidates(balancer, each, fields):
                dial = Dial(traffic, (*listener.because, *each.because, *doubts, *candidate.because))
                link = _link(balancer, listener, candidate, dial, each.origin)
                preserved = False if _ends(balancer) else _preserved(fields)
                among = link.among if _by_address(fields) else NOWHERE
                yield replace(link, among=among, preserved=preserved, across_zones=_across_zones(fields, balancer))

    # ---- who a target is ------------------------------------------------------------------------------

    def _candidates(self, balancer: LoadBalancer, each: Registration, group: Fields | None) -> list[_Candidate]:
        leaf = each.target
        if (owner := self._named(leaf)) is not None:
            return self._interfaces(owner, leaf)
        if self._lookup.find(leaf, "aws_lambda_function") is not None:
            return []
        followed = self._lookup.follow(leaf)
        address = cidr(followed) if isinstance(followed, str) else None
        if address is not None:
            return self._at(balancer, address, each, group)
        reason = missing(leaf, each.origin)
        return self._anyone(balancer, reason, f"the sources do not tell which endpoint the target {leaf} is")

    def _owner(self, address: str) -> str | None:
        owner = self._holders.get(address, address)
        return owner if owner in self._placed else None

    def _interfaces(self, owner: str, leaf: Leaf) -> list[_Candidate]:
        """By the one whose address is registered, else the primary; by any where an address may be of each."""
        placed = [each for each in self._placed[owner] if not each.v6]
        balancing = placed[0].owner.kind in (KIND, CLASSIC) if placed else False
        if balancing:
            return [_Candidate(tuple(placed))]
        if isinstance(leaf, Ref) and leaf.path not in (("id",), ("arn",), ("name",)) and len(placed) > 1:
            mine = [each for each in placed if each.origin.address == leaf.address]
            if leaf.address == owner and placed[0].owner.kind == "aws_instance":
                mine = placed[:1]  # an instance's own address is its primary interface's, declared apart or not
            if mine and leaf.path and str(leaf.path[0]).startswith("private_ip"):
                return [_Candidate((mine[0],))]
            reason = Unknown(f"which interface of {owner} is registered", placed[0].origin)
            return [_Candidate((each,), (reason,)) for each in placed]
        return [_Candidate((placed[0],))] if placed else []

    def _at(
        self, balancer: LoadBalancer, address: AddressSet, each: Registration, group: Fields | None
    ) -> list[_Candidate]:
        """Who certainly has an address; failing that, who may have it."""
        everyone = [placed for mine in self._placed.values() for placed in mine]
        sure = [p for p in everyone if p.party.unknown is None and address <= p.party.addresses]
        home = group.leaf("vpc_id") if group is not None else None
        if len(sure) > 1 and home is not None:
            key = self._found.vpc(home, group.resource.address if group else "")
            sure = [p for p in sure if p.vpcs == {key}] or sure
        if len(sure) == 1:
            return [_Candidate((sure[0],))]
        reason = Unknown(f"who has the address {address}", each.origin)
        maybe = sure or [p for p in everyone if p.party.unknown is not None and address <= p.party.addresses]
        if not maybe:
            message = f"{balancer.owner.id}: nothing in the sources has the target address {address}"
            self._note(Diagnostic(UNKNOWN, message, Severity.WARNING, each.origin, Effect.UNREADABLE))
        return [_Candidate((p,), (reason,), among=address) for p in maybe]

    def _anyone(self, balancer: LoadBalancer, reason: Unknown, what: str) -> list[_Candidate]:
        """Every endpoint that accepts connections; of load balancers only a few, or chains of them would explode."""
        message = f"{balancer.owner.id}: {what}: it may be any endpoint"
        self._note(widened(UNKNOWN, message, reason.origin or balancer.owner.origin, balancer.owner.id))
        balancing = {each.owner.id for each in self._balancers} - {balancer.owner.id}
        if len(balancing) > _MOST_CHAINED:
            message = f"{balancer.owner.id}: {what}, and other load balancers are left out as candidates"
            origin = reason.origin or balancer.owner.origin
            touched = tuple(sorted(balancing))
            self._note(Diagnostic(UNKNOWN, message, Severity.WARNING, origin, Effect.UNREADABLE, touched))
        left_out = {balancer.owner.id} | (balancing if len(balancing) > _MOST_CHAINED else set())
        return [
            _Candidate(tuple(each for each in mine if not each.v6), (reason,), guessed=True, among=ANYWHERE)
            for owner, mine in self._placed.items()
            if owner not in left_out and any(not each.v6 for each in mine)
        ]

    def _note(self, diagnostic: Diagnostic) -> None:
        if diagnostic not in self._notes:
            self._notes.append(diagnostic)


def _link(balancer: LoadBalancer, listener: Listener, candidate: _Candidate, dial: Dial, origin: Origin) -> Link:
    because = tuple(dict.fromkeys(dial.because))
    return Link(
        balancer, listener, candidate.interfaces, dial.traffic, origin, because, candidate.guessed, candidate.among
    )


def _nobody(group: Resource) -> Registration:
    """Nothing in the sources registers targets: a controller outside of them may, each at a port of its own."""
    why = unseen_registrar(group)
    return Registration(why, group.origin, why)


def unseen_registrar(group: Resource) -> Unknown:
    """Why a target is guessed where nothing in the sources registers any in a group."""
    return Unknown(f"what registers targets in {group.address}", group.origin)


def _whole(accepts: Traffic) -> Traffic:
    """All ports of the protocols that a listener accepts."""
    return Traffic.union(Traffic.named(kind) for kind in ("tcp", "udp") if accepts.overlaps(Traffic.named(kind)))


def _ends(balancer: LoadBalancer) -> bool:
    """Whether it certainly ends connections and opens others, so that targets see the load balancer (AWS-42)."""
    return balancer.kind in ("application", "classic")


def _by_address(group: Fields) -> bool:
    """Whether the targets may be registered by their addresses, so that they need not be machines."""
    kind = group.text("target_type")
    return isinstance(kind, Unknown) or kind == "ip"


def _preserved(group: Fields) -> bool | Unknown:
    """Whether targets see the client's address: instances do, addresses only over UDP, unless it is written."""
    wished = group.flag("preserve_client_ip")
    if wished is not None:
        return wished
    kind, protocol = group.text("target_type") or "instance", group.text("protocol")
    if kind in ("instance", "alb"):
        return True
    unknown = next((each for each in (kind, protocol) if isinstance(each, Unknown)), None)
    return unknown or str(protocol).upper() in ("UDP", "TCP_UDP", "QUIC", "TCP_QUIC")


def by_default(lookup: Lookup) -> bool:
    """Whether a group behind a network load balancer says nothing of what its targets see."""
    groups = lookup.of_kind(GROUP)
    return any("preserve_client_ip" not in g.attributes and g.attributes.get("protocol") in _PASSED for g in groups)


_PASSED = ("TCP", "TLS", "UDP", "TCP_UDP", "QUIC", "TCP_QUIC")


def _across_zones(group: Fields, balancer: LoadBalancer) -> bool | Unknown:
    wished = group.text("load_balancing_cross_zone_enabled")
    if wished is None or wished == "use_load_balancer_configuration":
        return balancer.across_zones
    return wished if isinstance(wished, Unknown) else wished == "true"
