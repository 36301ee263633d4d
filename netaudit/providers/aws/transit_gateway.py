"""A transit gateway is a router between attachments: one table looks up, any number are propagated into.

https://docs.aws.amazon.com/vpc/latest/tgw/how-transit-gateways-work.html (read 2026-11-23)
https://docs.aws.amazon.com/vpc/latest/tgw/tgw-nacls.html (read 2026-11-23)

AWS-8  References to groups do not hold over a gateway unless it and both attachments support them, as these do unless
       it is switched off; and in inbound rules only.
AWS-33 An attachment is associated with one table and propagates into any number; static routes come before
       propagated ones, static blackholes drop. The two defaults are `enable`.
AWS-34 A subnet's route works only if the attachment has a subnet in the same zone.
AWS-35 Traffic enters a VPC through the attachment's subnet: that subnet's ACL and routes apply.
AWS-37 Appliance mode keeps both directions of a flow in one zone, where its VPC has one attachment only. Without it a
       stateful appliance may see one of them only: said where an attachment has several zones and its VPC routes to
       an appliance.
       https://docs.aws.amazon.com/vpc/latest/tgw/transit-gateway-appliance-scenario.html (read 2026-11-27)
AWS-38 A VPN connection with static routes announces none to a gateway; they are written in its tables.
AWS-36 A VPC without a route to the gateway can still receive: delivered, without a reply.

Not modelled:
- Attachments other than VPCs (VPN, Direct Connect, peering, Connect): what goes there is possible, and private
  addresses outside may come in by them.
- References to groups where they are supported (AWS-8): possible, never certain, since a zone has none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from netaudit.flows import ANYWHERE, IPV6
from netaudit.model import Diagnostic, Origin, Ref, Resource, Truth, Unknown
from netaudit.providers.aws import route_table
from netaudit.providers.aws.lookup import Lookup, existence
from netaudit.providers.aws.route_table import LISTED, PROPAGATED, Route, RouteTable, Target
from netaudit.providers.aws.subnet import Subnet
from netaudit.providers.aws.values import Fields, Leaf, cidr, same_text
from netaudit.providers.aws.vpc import Vpc

KIND = "aws_ec2_transit_gateway"
ATTACHMENT, TABLE = f"{KIND}_vpc_attachment", f"{KIND}_route_table"
_ACCEPTER = f"{ATTACHMENT}_accepter"
_VPN = "aws_vpn_connection"
_FOREIGN = (
    f"{KIND}_peering_attachment",
    f"{KIND}_connect",
    f"{KIND}_policy_table",
    "aws_dx_gateway_association",
    "aws_networkmanager_transit_gateway_peering",
    _VPN,
    "aws_ram_resource_association",
)
_ACCEPTING = (_ACCEPTER, f"{KIND}_peering_attachment_accepter")
_LOOKED_UP = f"data.{KIND}"
_NAMING = (
    "transit_gateway_id",
    "peer_transit_gateway_id",
    "transit_gateway_arn",
    "resource_arn",
    "associated_gateway_id",
)
_JOINED = f"{KIND}_peering_attachment"
_DEFAULTS = ("association_default_route_table_id", "propagation_default_route_table_id")


@dataclass(frozen=True, slots=True)
class Attachment:
    """A VPC's attachment: the subnets by which it enters, and the table that looks up (None: none does).

    One of an unknown VPC, `home`, is kept once for each that it may be; they have the key `written` in common.
    `because` says why it, or its table, may be others.
    """

    key: str
    written: str
    home: str
    subnets: tuple[Leaf, ...]
    table: str | None
    origin: Origin
    because: tuple[Unknown, ...] = ()
    references: bool | Unknown = True
    appliance: bool = False  # whether appliance mode is certainly on


@dataclass(frozen=True, slots=True)
class TransitGateway:
    """A declared gateway: its attachments, its tables by key, and whether anything else is attached."""

    key: str
    origin: Origin
    attachments: tuple[Attachment, ...]
    tables: dict[str, RouteTable]
    foreign: tuple[Unknown, ...]
    references: bool | Unknown  # whether references to groups hold over it

    def at(self, vpc: str) -> list[Attachment]:
        """The attachments of a VPC."""
        return [each for each in self.attachments if each.home == vpc]


Homes = Mapping[str, tuple[str, ...]]  # the VPCs that attachments may be of, by their addresses


def collect(lookup: Lookup, vpcs: dict[str, Vpc], homes: Homes, notes: list[Diagnostic]) -> list[TransitGateway]:
    """Every declared gateway with its routing (AWS-33)."""
    return [_Reader(resource, lookup, notes).read(vpcs, homes) for resource in lookup.of_kind(KIND)]


class _Reader:
    """Reads one gateway together with everything that refers to it."""

    def __init__(self, resource: Resource, lookup: Lookup, notes: list[Diagnostic]) -> None:
        self._resource = resource
        self._lookup = lookup
        self._notes = notes
        self._fields = Fields.of(resource, notes)
        self._default = f"{resource.address}:default-route-table"

    def read(self, vpcs: dict[str, Vpc], homes: Homes) -> TransitGateway:
        attached = [r for r in self._lookup.of_kind(ATTACHMENT) if self._is_mine(r, "transit_gateway_id")]
        attachments = tuple(found for each in attached for found in self._attachments(each, homes[each.address]))
        others = list(self._others())
        foreign = tuple(self._adds(each) for each in others)
        learnt = tuple(self._adds(each) for each in others if not self._adds_no_routes(each))
        tables = {key: RouteTable(key, origin, None, open=learnt) for key, origin in self._tables()}
        for key, route in [*self._static(), *self._listed(), *self._propagated(attached, vpcs, homes)]:
            for each in (key,) if key in tables else tuple(tables):
                doubts = () if key in tables else (Unknown("the table of a route", route.origin),)
                shaky = replace(route, because=(*route.because, *doubts))
                tables[each] = replace(tables[each], routes=(*tables[each].routes, shaky))
        support = self._fields.text("security_group_referencing_support")
        references = support if isinstance(support, Unknown) else support == "enable"
        return TransitGateway(self._resource.address, self._resource.origin, attachments, tables, foreign, references)

    def _is_mine(self, resource: Resource, name: str) -> bool:
        """Whether something is of this gateway, or may be."""
        leaf = self._lookup.follow(Fields.of(resource, self._notes).leaf(name))
        return isinstance(leaf, Unknown) or self._lookup.find(leaf, KIND) is self._resource

    def _tables(self) -> Iterator[tuple[str, Origin]]:
        yield self._default, self._resource.origin
        for table in self._lookup.of_kind(TABLE):
            if self._is_mine(table, "transit_gateway_id"):
                yield table.address, table.origin

    def _others(self) -> Iterator[Resource]:
        """What may be attached besides, or bring routes, that the model lacks."""
        for resource in self._lookup.of_kind(*_FOREIGN):
            if any(self._is_mine(resource, name) for name in _NAMING):
                yield resource
        for resource in self._lookup.of_kind(*_ACCEPTING):
            leaf = Fields.of(resource, self._notes).leaf("transit_gateway_attachment_id")
            if self._lookup.find(leaf, ATTACHMENT, _JOINED) is None:  # of a gateway elsewhere, or of another account
                yield resource

    def _adds(self, resource: Resource) -> Unknown:
        return Unknown(f"what {resource.address} adds to {self._resource.address}", resource.origin)

    def _adds_no_routes(self, resource: Resource) -> bool:
        """A connection with static routes announces none: they are written in the gateway's tables (AWS-38)."""
        return resource.kind == _VPN and Fields.of(resource, self._notes).flag("static_routes_only") is True

    # ---- attachments and their tables -----------------------------------------------------------------

    def _attached(self, leaf: Leaf | None) -> Resource | None:
        """The attachment that a leaf names, itself or by what accepts it for another account."""
        accepter = self._lookup.find(leaf, _ACCEPTER)
        if accepter is not None:
            leaf = Fields.of(accepter, self._notes).leaf("transit_gateway_attachment_id")
        return self._lookup.find(leaf, ATTACHMENT)

    def _attachments(self, resource: Resource, homes: tuple[str, ...]) -> Iterator[Attachment]:
        """An attachment, or one for each VPC that it may be of."""
        fields = Fields.of(resource, self._notes)
        table, doubts = self._associated(resource, fields)
        support = fields.text("security_group_referencing_support")
        leaves = (fields.leaf(name) for name in ("transit_gateway_id", "vpc_id"))
        doubts = (*doubts, *(leaf for leaf in leaves if isinstance(leaf, Unknown)))
        for home in homes:
            yield Attachment(
                resource.address if len(homes) == 1 else f"{resource.address} of {home}",
                resource.address,
                home,
                fields.leaves("subnet_ids") or (),
                table,
                resource.origin,
                (*existence(resource), *existence(self._resource), *doubts),
                support if isinstance(support, Unknown) else support != "disable",
                fields.text("appliance_mode_support") == "enable",
            )

    def _associated(self, resource: Resource, fields: Fields) -> tuple[str | None, tuple[Unknown, ...]]:
        """The table that looks up for an attachment: its association, else the default one if enabled."""
        unsure: list[Unknown] = []
        for link in self._lookup.of_kind(f"{TABLE}_association"):
            between = Fields.of(link, self._notes)
            leaf = self._lookup.follow(between.leaf("transit_gateway_attachment_id"))
            if self._attached(leaf) is resource:
                key = self._table(between.leaf("transit_gateway_route_table_id"))
                return (
                    (key, existence(link)) if key else (None, (Unknown(f"the table of {link.address}", link.origin),))
                )
            if isinstance(leaf, Unknown) or (isinstance(leaf, Ref) and leaf.address.startswith(_LOOKED_UP)):
                unsure.append(Unknown(f"the attachment of {link.address}", link.origin))
        if unsure:
            return self._default, tuple(unsure)
        wanted = self._wants(fields, "association")
        return (self._default if wanted is not False else None), ((wanted,) if isinstance(wanted, Unknown) else ())

    def _wants(self, fields: Fields, what: str) -> bool | Unknown:
        """Whether an attachment uses the gateway's default table: none of those that decide may say no (AWS-33).

        Where the sources make another table the default one, attachments that are older keep theirs.
        """
        name = f"transit_gateway_default_route_table_{what}"
        accepting = (Fields.of(each, self._notes) for each in self._lookup.of_kind(_ACCEPTER))
        mine = [a for a in accepting if self._attached(a.leaf("transit_gateway_attachment_id")) is fields.resource]
        said = [self._fields.text(f"default_route_table_{what}"), *(each.flag(name) for each in (fields, *mine))]
        if any(value == "disable" or value is False for value in said):
            return False
        for other in self._lookup.of_kind(f"{KIND}_default_route_table_{what}"):
            if self._is_mine(other, "transit_gateway_id"):
                return Unknown(f"whether {fields.resource.address} is older than {other.address}", other.origin)
        return next((value for value in said if isinstance(value, Unknown)), True)

    def _table(self, leaf: Leaf | None) -> str | None:
        followed = self._lookup.follow(leaf)
        if isinstance(followed, Ref) and followed.address == self._resource.address:
            return self._default if followed.path and followed.path[0] in _DEFAULTS else None
        found = self._lookup.find(leaf, TABLE)
        return found.address if found is not None and self._is_mine(found, "transit_gateway_id") else None

    def _of_another(self, leaf: Leaf | None) -> bool:
        """Whether a table is one of another gateway of the sources."""
        followed = self._lookup.follow(leaf)
        named = isinstance(followed, Ref) and self._lookup.find(Ref(followed.address), KIND) is not None
        return named or self._lookup.find(leaf, TABLE) is not None

    # ---- routes ---------------------------------------------------------------------------------------

    def _static(self) -> Iterator[tuple[str | None, Route]]:
        for resource in self._lookup.of_kind(f"{KIND}_route"):
            fields = Fields.of(resource, self._notes)
            leaf = fields.leaf("transit_gateway_route_table_id")
            key = self._table(leaf)
            if key is None and self._of_another(leaf):
                continue
            text = fields.text("destination_cidr_block")
            block = cidr(text) if isinstance(text, str) else None
            unknown = (
                None
                if block
                else text
                if isinstance(text, Unknown)
                else Unknown(f"the block of {resource.address}", resource.origin)
            )
            target, doubts = self._target(fields)
            because = (*existence(resource), *doubts)
            yield key, Route(target, resource.origin, "", (block,) if block else (), unknown=unknown, because=because)

    def _listed(self) -> Iterator[tuple[str | None, Route]]:
        """Static routes to the entries of prefix lists, behind other static ones to the same block (AWS-33)."""
        for resource in self._lookup.of_kind(f"{KIND}_prefix_list_reference"):
            fields = Fields.of(resource, self._notes)
            leaf = fields.leaf("transit_gateway_route_table_id")
            key = self._table(leaf)
            if key is None and self._of_another(leaf):
                continue
            target, doubts = self._target(fields)
            because, entries = (*existence(resource), *doubts), fields.leaf("prefix_list_id")
            listed = entries or Unknown(f"the prefix list of {resource.address}", resource.origin)
            yield key, Route(target, resource.origin, "", prefix_list=listed, rank=LISTED, because=because)

    def _target(self, fields: Fields) -> tuple[Target, tuple[Unknown, ...]]:
        blackhole = fields.flag("blackhole")
        if blackhole is True:
            return route_table.BLACKHOLE, ()
        leaf = fields.leaf("transit_gateway_attachment_id")
        found = self._attached(leaf)
        doubts = (blackhole,) if isinstance(blackhole, Unknown) else ()
        if found is not None:
            return Target("attachment", found.address), doubts
        if isinstance(leaf, Unknown):
            return route_table.UNKNOWN, (*doubts, leaf)
        return Target("foreign", leaf), doubts

    def _propagated(
        self, attached: list[Resource], vpcs: dict[str, Vpc], homes: Homes
    ) -> Iterator[tuple[str | None, Route]]:
        for resource in attached:
            wanted = self._wants(Fields.of(resource, self._notes), "propagation")
            if wanted is not False:
                doubts = (wanted,) if isinstance(wanted, Unknown) else ()
                announced = _announced(resource, [vpcs[home] for home in homes[resource.address]], doubts)
                yield None if doubts else self._default, announced
        for link in self._lookup.of_kind(f"{TABLE}_propagation"):
            fields = Fields.of(link, self._notes)
            leaf, table = fields.leaf("transit_gateway_attachment_id"), fields.leaf("transit_gateway_route_table_id")
            key = self._table(table)
            if key is None and self._of_another(table):
                continue
            found = self._attached(leaf)
            if found is not None and found.address in homes:
                yield key, _announced(found, [vpcs[home] for home in homes[found.address]], existence(link))
            else:
                reason = Unknown(f"what {link.address} propagates", link.origin)
                yield (
                    key,
                    Route(route_table.UNKNOWN, link.origin, "", unknown=reason, rank=PROPAGATED, because=(reason,)),
                )


def _announced(attachment: Resource, homes: list[Vpc], because: tuple[Unknown, ...]) -> Route:
    """The blocks of an attached VPC, as its attachment propagates them; unknown ones where it may be of several."""
    target = Target("attachment", attachment.address)
    doubts = (*existence(attachment), *because)
    vpc, *others = homes
    if others:
        reason = Unknown(f"the VPC of {attachment.address}", attachment.origin)
        return Route(target, attachment.origin, "propagated", unknown=reason, rank=PROPAGATED, because=doubts)
    unknown = next(iter((*vpc.unknown, *vpc.unknown_v6)), None)
    within = ANYWHERE if vpc.unknown else IPV6
    return Route(
        target, attachment.origin, "propagated", vpc.blocks, None, unknown, PROPAGATED, doubts, within, vpc.secret
    )


def same_zone(one: Subnet, other: Subnet) -> Truth:
    """Whether two subnets lie in one zone (AWS-34); names and ids are not comparable, nor names of two accounts."""
    if one.key == other.key:
        return Truth.YES
    comparable = one.zone_by_id or one.vpc == other.vpc or one.naming == other.naming
    if one.zone_by_id is not other.zone_by_id or not comparable:
        return Truth.MAYBE
    return same_text(one.zone, other.zone)
