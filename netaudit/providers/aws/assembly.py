"""From resources to a `Network`: read what is declared, place every interface, and wire it up.

One reading is one realm: its identities are the Terraform addresses, prefixed only when the user named it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import NamedTuple

from netaudit.flows import ANY, AddressSet, Traffic
from netaudit.model import (
    EVERYONE,
    Action,
    Codes,
    Coverage,
    Diagnostic,
    End,
    Endpoint,
    Filter,
    Forward,
    Interface,
    Network,
    Party,
    Policy,
    Reading,
    Ref,
    Resource,
    Rule,
    Secrets,
    Settings,
    Stage,
    Tier,
    Truth,
    Unknown,
)
from netaudit.providers.aws import (
    accelerator,
    catalogue,
    cloud_control,
    collection,
    elastic_ip,
    fleet,
    grouping,
    instance,
    interface,
    internet_gateway,
    link_local,
    load_balancer,
    losses,
    managed,
    nat_gateway,
    network_load_balancer,
    peering,
    placement,
    private_gateway,
    private_link,
    quotas,
    route_table,
    shapes,
    subnet,
    table_collection,
    tags,
    target_group,
    transit,
    transit_gateway,
    values,
    vpc_endpoint,
    wiring,
)
from netaudit.providers.aws.exits import Exits
from netaudit.providers.aws.fabric import Fabric
from netaudit.providers.aws.interface import Owner
from netaudit.providers.aws.inventory import Inventory
from netaudit.providers.aws.load_balancer import LoadBalancer
from netaudit.providers.aws.lookup import existence, kind_of
from netaudit.providers.aws.membership import Across
from netaudit.providers.aws.placement import Placed
from netaudit.providers.aws.target_group import Link
from netaudit.providers.aws.values import Fields, Leaf

_FORMATS = frozenset({"terraform", "plan", "state", "snapshot"})
_HOLDERS = ("aws_network_interface", "aws_instance")
_PREFIXES = ("aws_", "data.aws_", "awscc_")


def build(readings: Sequence[Reading], settings: Settings, on_premises: AddressSet | None = None) -> Network:
    """Everything of AWS in these readings as one network; an empty one where there is nothing of AWS."""
    mine = [(reading, _resources(reading)) for reading in readings if reading.format in _FORMATS]
    mine = [(reading, resources) for reading, resources in mine if resources]
    if not mine:
        return Network(endpoints=(), hops=())
    shared = len(mine) > 1
    realms = [_realm(reading, resources, shared, on_premises) for reading, resources in mine]
    low, high = settings.aws_ephemeral_ports
    return Network.merge(
        realms,
        hops=tuple(dict.fromkeys(hop for realm in realms for hop in realm.hops)),
        reply_ports=Traffic.ports("tcp", low, high),
        not_joined=tuple(combinations(sorted({reading.name for reading, _ in mine}), 2)),
        settings=settings.shown("aws.ephemeral_ports"),
    )


def _resources(reading: Reading) -> list[Resource]:
    return cloud_control.translated(r for r in reading.resources if r.kind.startswith(_PREFIXES))


@dataclass(frozen=True, slots=True)
class _Nat:
    gateway: nat_gateway.NatGateway
    subnet: str
    party: Party
    public: Party | None


def _realm(reading: Reading, resources: list[Resource], shared: bool, on_premises: AddressSet | None) -> Network:
    found = collection.collect(reading, resources)
    found.on_premises = on_premises
    table_collection.learn(found)
    prefix = f"{reading.name}::" if reading.named else ""
    balancers = load_balancer.collect(found.lookup, found.notes)
    owners = list(_owners(found, balancers))
    owners = _with_attached_groups(found, owners)
    placed = placement.place(found, owners, prefix)
    nats = _nats(found, prefix)
    places = f"{reading.name}::" if shared else prefix
    links = target_group.links(found, placed, balancers)
    found.notes.extend((*network_load_balancer.as_proxies(links), *private_link.unseen(found, links)))
    fronts = accelerator.collect(found, placed)
    found.notes.extend((*quotas.check(found, placed), *transit.advice(found)))
    fabric = Fabric(
        found,
        placed,
        [(n.subnet, n.party) for n in nats],
        _across(found),
        prefix=prefix,
        realm=places,
        ghosts=network_load_balancer.ghosts(placed, links),
    )
    exits = Exits(fabric, {n.gateway.key: (n.gateway, n.subnet, n.party, n.public) for n in nats})
    wiring.wire(fabric, exits, _screens(balancers))
    network_load_balancer.wire(fabric, links, private_link.doors(found, placed))
    accelerator.wire(fabric, exits, fronts)
    secrets = _secrets(resources)
    built = Network(
        endpoints=tuple(_hidden(_endpoints(fabric, reading, owners), secrets)),
        hops=tuple(fabric.hops),
        dead_ends=tuple(fabric.dead_ends),
        groups=tuple(grouping.groups(fabric)),
        forwards=tuple(dict.fromkeys(_forwards(links, prefix))),
        owned=_owned(found, placed, nats),
        secrets=secrets,
        losses=tuple(losses.losses(fabric, exits, {n.gateway.key: n.subnet for n in nats})),
        aside=link_local.SERVICES,
        aside_hops=tuple(link_local.hops(fabric)),
        assumptions=_assumptions(found, exits),
        diagnostics=_diagnostics(found, resources, prefix),
        coverage=_coverage(resources),
    )
    return built.asked({rule.peers.addresses for rule in built.rules})


# ---- who is there -------------------------------------------------------------------------------------


def _owners(found: Inventory, balancers: list[LoadBalancer]) -> Iterator[Owner]:
    """Every endpoint, in the order of its kinds (contract, "Endpoint identifiers")."""
    lookup, notes = found.lookup, found.notes
    addresses = elastic_ip.collect(lookup, notes)
    attached: set[str] = set()
    for resource in lookup.of_kind("aws_instance"):
        attached |= {
            eni.address
            for leaf, _ in instance.links(resource, lookup, notes)
            if (eni := lookup.find(leaf, "aws_network_interface"))
        }
        yield instance.read(resource, lookup, addresses, notes)
    for resource in lookup.of_kind("aws_network_interface"):
        if resource.address not in attached:
            yield _unattached(resource, addresses, notes)
    clusters = _clusters_with_instances(found)
    for kind in shapes.SHAPES:
        for resource in lookup.of_kind(kind):
            owner = managed.read(resource, lookup, notes) if resource.address not in clusters else None
            if owner is not None:
                yield owner
    for resource in lookup.of_kind(*fleet.KINDS):
        yield fleet.read(resource, lookup, notes)
    for resource in lookup.of_kind(vpc_endpoint.KIND):
        if vpc_endpoint.kind_of_endpoint(resource, notes) != "Gateway":
            yield vpc_endpoint.read(resource, lookup, notes)
    yield from (each.owner for each in balancers)


def _unattached(resource: Resource, addresses: elastic_ip.ElasticAddresses, notes: list[Diagnostic]) -> Owner:
    attachment = replace(interface.read(resource, notes, resource.address), public=addresses.of(resource.address))
    name, because = tags.name_of(resource), existence(resource)
    accepts = resource.attributes.get("interface_type") != "lambda"  # such a one only opens connections (AWS-45)
    return Owner(
        resource.address, resource.kind, resource.origin, (attachment,), name, tags.read(resource), because, accepts
    )


def _with_attached_groups(found: Inventory, owners: list[Owner]) -> list[Owner]:
    """Add the groups that `aws_network_interface_sg_attachment` puts on interfaces."""
    further: dict[str, list[Leaf]] = {}
    anyone: list[Leaf] = []
    for link in found.lookup.of_kind("aws_network_interface_sg_attachment"):
        fields = Fields.of(link, found.notes)
        leaf, group = fields.leaf("network_interface_id"), fields.leaf("security_group_id")
        holder = (
            found.lookup.by_address.get(leaf.address) if isinstance(leaf, Ref) else found.lookup.find(leaf, *_HOLDERS)
        )
        if group is None or existence(link):
            group = Unknown(f"the group of {link.address}", link.origin)
        if holder is not None:
            further.setdefault(holder.address, []).append(group)
        else:
            anyone.append(Unknown(f"the interface of {link.address}", link.origin))
    return [_grouped(owner, further, anyone) for owner in owners] if further or anyone else owners


def _grouped(owner: Owner, further: dict[str, list[Leaf]], anyone: list[Leaf]) -> Owner:
    """The owner with the groups of its first interface, and those of interfaces that are written apart."""
    attachments = []
    for index, each in enumerate(owner.attachments):
        own = further.get(owner.id, []) if index == 0 else []
        added = (*own, *further.get(each.resource, []), *anyone)
        attachments.append(replace(each, further=added) if added else each)
    return replace(owner, attachments=tuple(attachments))


def _clusters_with_instances(found: Inventory) -> set[str]:
    """Clusters whose instances are endpoints instead."""
    lookup = found.lookup
    members = ((r, shapes.MEMBERS[r.kind]) for r in lookup.of_kind(*shapes.MEMBERS))
    leaves = ((Fields.of(r, found.notes).leaf("cluster_identifier"), kind) for r, kind in members)
    return {cluster.address for leaf, kind in leaves if (cluster := lookup.find(leaf, kind))}


def _nats(found: Inventory, prefix: str) -> list[_Nat]:
    nats: list[_Nat] = []
    for gateway in found.nats:
        if gateway.subnet is None:
            continue  # a regional one: routes to it lead beyond the model
        home = found.subnet(gateway.subnet, gateway.key)
        identity = prefix + gateway.key
        party = placement.private_party(identity, gateway.private, [found.subnets[home]], gateway.origin)
        face = gateway.public
        public = placement.public_party(identity, face) if face else None
        nats.append(_Nat(gateway, home, party, public))
    return nats


def _endpoints(fabric: Fabric, reading: Reading, owners: list[Owner]) -> Iterator[Endpoint]:
    mine: dict[str, list[Placed]] = {}
    for each in fabric.placed:
        mine.setdefault(each.owner.id, []).append(each)
    for owner in owners:
        placed = mine.get(owner.id, [])
        yield Endpoint(
            fabric.prefix + owner.id,
            owner.kind,
            tuple(_interface(fabric, each) for each in placed),
            owner.origin,
            reading.name,
            (owner.name,) if owner.name else (),
            tags=owner.tags,
            groups=grouping.keys_of(fabric, placed) | {f"kind/{owner.kind}"},
            because=owner.because,
            accepts=owner.accepts,
        )


def _secrets(resources: Iterable[Resource]) -> Secrets:
    """The blocks that were written as sensitive, and what of them AWS gives to interfaces."""
    blocks = {block for resource in resources for block in values.secrets(resource.attributes)}
    return Secrets(frozenset(blocks | {subnet.usable(block) for block in blocks}))


def _hidden(endpoints: Iterable[Endpoint], secrets: Secrets) -> Iterator[Endpoint]:
    """The endpoints; one whose addresses would give a secret away does not show them."""
    for endpoint in endpoints:
        yield replace(endpoint, hidden=True) if secrets.touch(endpoint.addresses) else endpoint


def _interface(fabric: Fabric, each: Placed) -> Interface:
    aliases = ((each.public, each.public_because),) if each.public else ()
    dialled = fabric.aliases.get(each.party.id, {}).values()
    return Interface(each.party, each.party.id, (*aliases, *dialled))


# ---- what holds for a realm ---------------------------------------------------------------------------


def _across(found: Inventory) -> Across:
    """Whether references to groups hold between VPCs: over a peering of one Region, or perhaps (AWS-7, AWS-8)."""
    joined: dict[frozenset[str], bool | None] = {}
    for each in found.peerings:
        pairs = [frozenset(pair) for pair in found.pairs(each)]
        for pair in pairs:
            known = {joined.get(pair, False), each.same_region if len(pairs) == 1 else None}
            joined[pair] = True if True in known else None if None in known else False
    shared = [_Shared.of(gateway) for gateway in found.transits]
    open_ended = _open_ended(found, [each.attached for each in shared])

    def across(one: str, other: str, egress: bool) -> Truth:
        if one == other:
            return Truth.YES
        vpcs = (found.vpcs.get(one), found.vpcs.get(other))
        if any(vpc is None or not vpc.declared for vpc in vpcs):
            return Truth.MAYBE
        pair = frozenset((one, other))
        if pair in joined and any(pair <= each.attached for each in shared):
            return Truth.MAYBE  # it holds over the peering, not over the gateway
        if not pair.isdisjoint(open_ended) or (not egress and any(each.may_refer(pair) for each in shared)):
            return Truth.MAYBE
        return {True: Truth.YES, False: Truth.NO, None: Truth.MAYBE}[joined[pair]] if pair in joined else Truth.NO

    return across


class _Shared(NamedTuple):
    """A transit gateway, the VPCs that are attached to it, and those whose attachment takes no references."""

    gateway: transit_gateway.TransitGateway
    attached: frozenset[str]
    refusing: frozenset[str]

    @classmethod
    def of(cls, gateway: transit_gateway.TransitGateway) -> _Shared:
        refusing = (each.home for each in gateway.attachments if each.references is False)
        return cls(gateway, frozenset(each.home for each in gateway.attachments), frozenset(refusing))

    def may_refer(self, pair: frozenset[str]) -> bool:
        """Whether an inbound reference may hold over it, between VPCs that are attached, or may be (AWS-8)."""
        carried = pair <= self.attached or bool(self.gateway.foreign)
        return carried and self.gateway.references is not False and pair.isdisjoint(self.refusing)


def _open_ended(found: Inventory, shared: Sequence[frozenset[str]]) -> frozenset[str]:
    """The VPCs from which packets may take a way that is not modelled, by a transit gateway and another VPC as well.

    What a peering brings goes no further than the other VPC (AWS-31), so that it leads to no such way.
    """
    leading = [table for table in found.tables.values() if any(_leads_beyond(found, r) for r in table.routes)]
    homes = {found.vpc(table.vpc, table.key) for table in leading if table.vpc is not None}
    if any(table.vpc is None for table in leading) or any(not found.vpcs[home].declared for home in homes):
        return frozenset(found.vpcs)
    while more := [group for group in shared if not group.isdisjoint(homes) and not group <= homes]:
        homes.update(*more)
    return frozenset(homes)


def _leads_beyond(found: Inventory, route: route_table.Route) -> bool:
    """Whether a route leads to something unmodelled, over which references to groups may hold."""
    if route.target.kind == "transit":
        return found.lookup.find(route.target.leaf, transit_gateway.KIND) is None
    if route.target.kind == "peering":
        return peering.named(found.lookup, found.peerings, route.target.leaf, found.notes) is None
    return route.target.kind not in {"gateway", "nat", "local", "blackhole", "egress-only", "service"}


def _screens(balancers: list[LoadBalancer]) -> dict[str, Filter]:
    """In front of a load balancer: only what its listeners take (AWS-44)."""
    return {each.owner.id: Filter(_listeners(each), End.SOURCE) for each in balancers}


def _listeners(balancer: LoadBalancer) -> Policy:
    rules = [
        Rule(EVERYONE, each.accepts, Action.ALLOW, each.origin, "listener", str(each.accepts), because=each.because)
        for each in balancer.listeners
    ]
    origin = balancer.owner.origin
    rules += [
        Rule(EVERYONE, ANY, Action.ALLOW, origin, "listener", f"any ({why})", because=(why,)) for why in balancer.unseen
    ]
    classic = balancer.owner.kind == "aws_elb"
    codes = Codes(*["ELB_LISTENER_PORT_RESTRICTION" if classic else "ELBV2_LISTENER_PORT_RESTRICTION"] * 4)
    tier = Tier(tuple(rules), Action.DENY, (origin,))
    return Policy(f"{balancer.owner.id} listeners", (tier,), Action.DENY, Stage.INGRESS, True, origin, codes)


def _forwards(links: Iterable[Link], prefix: str) -> Iterator[Forward]:
    for link in links:
        if not network_load_balancer.is_direct(link):
            each = network_load_balancer.forward(link)
            yield replace(each, proxy=prefix + each.proxy, target=prefix + each.target)


def _owned(found: Inventory, placed: list[Placed], nats: list[_Nat]) -> AddressSet:
    """The blocks of declared VPCs, and the public addresses that are known."""
    faces = [each.public for each in placed if not each.public_because] + [nat.public for nat in nats]
    known = [face.addresses for face in faces if face is not None and face.unknown is None]
    blocks = [each.addresses for each in found.vpcs.values() if each.declared and not each.because]
    return AddressSet.union([*blocks, *known])


def _assumptions(found: Inventory, exits: Exits) -> tuple[str, ...]:
    """What the sources cannot show, and an answer relies on."""
    silent = next(internet_gateway.read_blocks(found.lookup, []), None) is None
    via_interface = any(r.target.kind == "interface" for t in found.tables.values() for r in t.routes)
    assumed = {
        "BEYOND_IS_PRIVATE": bool(exits.open_vpcs),
        "BLOCK_PUBLIC_ACCESS_OFF": silent and bool(found.gateways),
        "ENDPOINT_SERVICES_ONLY_ANSWER": bool(found.gateways) and any(not each.blocks for each in found.endpoints),
        "NO_UNSEEN_DIRECT_CONNECT": bool(private_gateway.collect(found.lookup, [])),
        "ON_PREMISES_AS_GIVEN": any(
            each.behind is found.on_premises for each in private_gateway.collect(found.lookup, [], found.on_premises)
        ),
        "SOURCE_DEST_CHECK_AS_WRITTEN": via_interface,
        "TARGET_GROUP_DEFAULTS": found.reading.format == "snapshot" and target_group.by_default(found.lookup),
        "UNLISTED_WAYS_IN": any(each.attributes.get("ways_not_listed") for each in found.lookup.of_kind("aws_vpc")),
    }
    return tuple(code for code, holds in assumed.items() if holds)


def _diagnostics(found: Inventory, resources: list[Resource], prefix: str) -> tuple[Diagnostic, ...]:
    """What was met while reading, once each, and every kind that is not modelled (AWS-55)."""
    missing = [said for resource in resources if (said := catalogue.diagnostic(resource))]
    notes = [replace(n, touches=tuple(_public(t, prefix) for t in n.touches)) for n in found.notes]
    return tuple(dict.fromkeys([*notes, *missing]))


def _public(touched: str, prefix: str) -> str:
    """A resource's address, or a VPC's group key, as the contract names it."""
    return f"vpc/{prefix}{touched[4:]}" if touched.startswith("vpc/") else prefix + touched


def _coverage(resources: list[Resource]) -> Coverage:
    counts = {"modelled": 0, "irrelevant": 0, "unsupported": 0, "unknown": 0}
    for resource in resources:
        if resource.kind.startswith("data."):
            continue
        if catalogue.diagnostic(resource):
            counts["unsupported"] += 1
        elif not resource.exists:
            counts["unknown"] += 1
        else:
            counts["modelled" if kind_of(resource) in catalogue.MODELLED else "irrelevant"] += 1
    return Coverage(**counts)
