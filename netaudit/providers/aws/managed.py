"""Managed services are network interfaces in given subnets with given groups, at addresses known after apply.

https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_VPC.WorkingWithRDSInstanceinaVPC.html (read 2026-11-23)
https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html (read 2026-11-23)
https://docs.aws.amazon.com/eks/latest/userguide/fargate-pod-configuration.html (read 2026-11-27)
https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/network-type.html (read 2026-11-27)
https://docs.aws.amazon.com/sagemaker/latest/dg/appendix-notebook-and-internet-access.html (read 2026-11-27)

AWS-45 RDS, ElastiCache, OpenSearch, MSK, EFS mount targets, Lambda in a VPC, ECS `awsvpc` tasks and the EKS
       control plane are interfaces in given subnets with given groups. Their address is one of the subnet's.
       RDS may land in any subnet of its group; `publicly_accessible` adds a public address.
       Functions only send: egress only, never a public address.
AWS-46 An ECS service with `awsvpc` networking has interfaces and groups of its own.
AWS-47 The EKS cluster group allows all from itself and all egress; the control plane, managed nodes and pods on Fargate
       have it.
       With `remote_access` EKS adds a group to the nodes, whose rules are not in the sources.
AWS-53 A dual-stack service has addresses of both families. A cache with the network type `ipv6` accepts connections
       over IPv6 only.
AWS-55 What opens connections for somebody outside (Instance Connect Endpoints, Client VPN, API Gateway's VPC links)
       does so from interfaces in subnets with groups. Whom it lets is not a matter of the network: never certain.

Not modelled:
- Rules that EMR writes into its groups: its nodes may be open.
- Ports that a service really listens on: reachability is of the network.
- The number of nodes or tasks: they are alike, one interface in one of the subnets stands for them.
- ECS in `bridge` and `host` mode: those tasks are at their instance, which is an endpoint of its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from netaudit.flows import AddressSet
from netaudit.model import Diagnostic, Effect, Ref, Resource, Severity, Unknown
from netaudit.providers.aws import instance, tags
from netaudit.providers.aws.interface import Attachment, Owner, PublicFace
from netaudit.providers.aws.lookup import Lookup, existence
from netaudit.providers.aws.shapes import MEMBERS, SHAPES, Shape
from netaudit.providers.aws.values import Fields, Leaf, cidr


class _Placement(NamedTuple):
    subnets: tuple[Leaf, ...]
    groups: tuple[Leaf, ...] | None
    public: PublicFace | None = None
    by_default: bool = False
    because: tuple[Unknown, ...] = ()  # why nothing of it is certain
    v6: bool | Unknown | None = False  # None: the subnet's default decides
    lacks_v4: bool | Unknown = False
    doubt: tuple[Unknown, ...] = ()  # why this very place may be none of its
    beside: tuple[_Placement, ...] = ()
    reach: AddressSet | None = None


def read(resource: Resource, lookup: Lookup, notes: list[Diagnostic]) -> Owner | None:
    """A managed service as an endpoint; None where it is in no VPC (AWS-45)."""
    shape = SHAPES[resource.kind]
    fields = Fields.of(resource, notes)
    reader = _READERS.get(resource.kind)
    if reader is None:
        places = _places(fields, shape, lookup)
    else:
        place = reader(fields, shape, lookup)
        places = [] if place is None else [place, *place.beside]
    if not places:
        return None
    choices = [(place, choice) for place in places for choice in _choices(place, shape)]
    attachments = tuple(
        Attachment(
            resource.address if index == 0 else f"{resource.address}#eni-{index}",
            resource.origin,
            choice,
            place.groups,
            public=place.public,
            by_default=place.by_default,
            v6=place.v6,
            lacks_v4=place.lacks_v4,
            because=place.doubt,
        )
        for index, (place, choice) in enumerate(choices)
    )
    because = dict.fromkeys(reason for place in places for reason in place.because)
    return Owner(
        resource.address,
        resource.kind,
        resource.origin,
        attachments,
        tags.name_of(resource),
        tags.read(resource),
        (*existence(resource), *because),
        shape.accepts,
        reach=places[0].reach,
    )


def _choices(place: _Placement, shape: Shape) -> Sequence[tuple[Leaf, ...]]:
    """One interface in each of the subnets, or in one of them."""
    return [(leaf,) for leaf in place.subnets] if shape.spread and place.subnets else [place.subnets]


def _places(fields: Fields, shape: Shape, lookup: Lookup) -> list[_Placement]:
    """A place for each block that is written, or for the resource itself."""
    blocks: list[Fields | Unknown] = [each for path in shape.block.split() for each in _inside(fields, path)]
    if not shape.block:
        blocks = [fields]
    elif not blocks and not shape.optional:
        blocks = [Unknown(f"{fields.resource.address}.{shape.block}", fields.origin)]
    found = [_in_block(fields, block, shape, lookup) for block in blocks]
    return [place for place in found if place is not None]


def _inside(fields: Fields, path: str) -> tuple[Fields | Unknown, ...]:
    """The blocks at a path."""
    found: tuple[Fields | Unknown, ...] = (fields,)
    for name in path.split("."):
        deeper = ((each,) if isinstance(each, Unknown) else each.blocks(name) for each in found)
        found = tuple(block for blocks in deeper for block in blocks)
    return found


def _in_block(fields: Fields, block: Fields | Unknown, shape: Shape, lookup: Lookup) -> _Placement | None:
    if isinstance(block, Unknown):
        return _Placement((block,), (block,), PublicFace(because=(block,)) if shape.public else None)
    subnets = _subnets(block, shape, lookup)
    if shape.optional and not subnets:
        return None
    groups = _groups(fields, block, shape)
    if shape.by_default:
        return _Placement(subnets, groups, None, True, v6=None)
    public = _public(fields, block, shape)
    return _Placement(subnets, groups, public, v6=_dual(fields, block), lacks_v4=_lacks_v4(fields, block))


def _groups(fields: Fields, block: Fields, shape: Shape) -> tuple[Leaf, ...] | None:
    """The groups that are written, and the one that AWS makes; where it takes another one, that is unknown."""
    written = _leaves(block, shape.groups) or _leaves(fields, shape.groups)
    if shape.own or (shape.unsaid and not written):
        return (*(written or ()), _made(fields, shape))
    return written


def _made(fields: Fields, shape: Shape) -> Leaf:
    """The group that AWS makes for a service: its rules are not in the sources, references to it may be."""
    if shape.own not in ("", "?"):
        return Ref(fields.resource.address, (shape.own,))
    return Unknown(f"the security group that AWS gives {fields.resource.address}", fields.origin)


def _placed(fields: Fields, shape: Shape, lookup: Lookup) -> _Placement | None:
    """The first place."""
    return next(iter(_places(fields, shape, lookup)), None)


def _dual(*written: Fields) -> bool | Unknown:
    """Whether a service says that it has IPv6 addresses as well (AWS-53)."""
    kinds = [each.text(name) for each in written for name in ("network_type", "ip_address_type")]
    flags = [each.flag("ipv6_allowed_for_dual_stack") for each in written]
    if True in flags or any(isinstance(kind, str) and _BOTH.search(kind) for kind in kinds):
        return True
    return next((value for value in (*kinds, *flags) if isinstance(value, Unknown)), False)


_BOTH = re.compile("dual|ipv6", re.IGNORECASE)


def _lacks_v4(*written: Fields) -> bool | Unknown:
    """Whether a service says that it accepts connections over IPv6 only (AWS-53); few kinds can say so."""
    kinds = [each.text("network_type") for each in written]
    if any(isinstance(kind, str) and kind.lower() == "ipv6" for kind in kinds):
        return True
    may_say_so = written[0].resource.kind.startswith(("aws_elasticache_", "aws_memorydb_", "aws_dax_"))
    return next((kind for kind in kinds if isinstance(kind, Unknown)), False) if may_say_so else False


def _subnets(block: Fields, shape: Shape, lookup: Lookup) -> tuple[Leaf, ...]:
    if not shape.subnet_group:
        return _leaves(block, shape.subnets) or ()
    written = block.leaf(shape.subnet_group)
    if written is None:
        return _inherited(block)
    group = lookup.find(written, shape.group_kind)
    if group is None:
        return (Unknown(f"the subnets of {written}", block.origin),)
    return Fields.of(group, block.notes).leaves("subnet_ids") or ()


def _leaves(block: Fields, name: str) -> tuple[Leaf, ...] | None:
    """A list, or the one thing that an argument in the singular names."""
    if not name.endswith(("_id", "_arn")) and not isinstance(block.raw(name), str):
        return block.leaves(name)
    single = block.leaf(name)
    return None if single is None else (single,)


def _inherited(block: Fields) -> tuple[Leaf, ...]:
    """A replica is where its source is; others are in the default VPC."""
    if block.raw("replicate_source_db") is not None:
        return (Unknown(f"the subnets of {block.resource.address}", block.origin),)
    return ()


def _public(fields: Fields, block: Fields, shape: Shape) -> PublicFace | None:
    wished = (_wished(block, shape.public) or _wished(fields, shape.public)) if shape.public else None
    if wished is None and shape.unset:
        wished = Unknown(f"{fields.resource.address}.{shape.public} ({shape.unset})", block.origin)
    return instance.public_face(bool(wished) if wished is None else wished, None)[0]


def _wished(block: Fields, name: str) -> bool | Unknown | None:
    """A truth value, which some kinds write in words."""
    words = {"ENABLED": True, "DISABLED": False}
    written = block.raw(name)
    return words[written] if isinstance(written, str) and written in words else block.flag(name)


def _database(fields: Fields, shape: Shape, lookup: Lookup) -> _Placement | None:
    """A database, whose options may bring groups of their own."""
    place = _placed(fields, shape, lookup)
    options = lookup.find(fields.leaf("option_group_name"), "aws_db_option_group")
    blocks = Fields.of(options, fields.notes).blocks("option") if options is not None else ()
    names = ("vpc_security_group_memberships", "db_security_group_memberships")
    if place is None or not any(isinstance(b, Unknown) or any(map(b.raw, names)) for b in blocks):
        return place
    reason = Unknown(f"what the options of {fields.resource.address} open", fields.origin)
    return place._replace(groups=(*(place.groups or ()), reason))


def _database_cluster(fields: Fields, shape: Shape, lookup: Lookup) -> _Placement | None:
    """A cluster whose instances AWS makes itself: a Multi-AZ one is public where its VPC has an internet gateway."""
    place, name = _placed(fields, shape, lookup), fields.resource.address
    shards = (Fields.of(each, fields.notes) for each in lookup.of_kind("aws_rds_shard_group"))
    mine = [each for each in shards if _may_be(lookup, each.leaf("db_cluster_identifier"), fields.resource)]
    wished = any(each.flag("publicly_accessible") not in (None, False) for each in mine)
    if place is None or not (wished or fields.raw("db_cluster_instance_class") is not None):
        return place
    return place._replace(public=PublicFace(because=(Unknown(f"whether AWS makes {name} public", fields.origin),)))


def _cache(fields: Fields, shape: Shape, lookup: Lookup) -> _Placement | None:
    """A cache; one that joins a replication group is where that one is."""
    group = lookup.find(fields.leaf("replication_group_id"), "aws_elasticache_replication_group")
    return _placed(fields if group is None else Fields.of(group, fields.notes), shape, lookup)


def _member(fields: Fields, shape: Shape, lookup: Lookup) -> _Placement | None:
    """A member of a cluster has the groups of that one, and its subnets where it names none."""
    kind = MEMBERS[fields.resource.kind]
    cluster = lookup.find(fields.leaf("cluster_identifier"), kind)
    written = bool(shape.subnet_group) and fields.leaf(shape.subnet_group) is not None
    public = _public(fields, fields, shape)
    if cluster is None:
        reason = Unknown(f"the cluster of {fields.resource.address}", fields.origin)
        return _Placement(_subnets(fields, shape, lookup) if written else (reason,), (reason,), public)
    whole = Fields.of(cluster, fields.notes)
    subnets = _subnets(fields, shape, lookup) if written else _subnets(whole, SHAPES[kind], lookup)
    return _Placement(subnets, _groups(whole, whole, SHAPES[kind]), public, v6=_dual(whole, fields))


def _brokers(fields: Fields, shape: Shape, lookup: Lookup) -> _Placement | None:
    """Kafka brokers have public addresses when their connectivity says so."""
    place, inner = _placed(fields, shape, lookup), fields
    for name in (shape.block, "connectivity_info", "public_access"):
        found = inner.block(name)
        if place is None or found is None:
            return place
        if isinstance(found, Unknown):
            return place._replace(public=PublicFace(because=(found,)))
        inner = found
    kind = inner.text("type")
    wished = kind if isinstance(kind, Unknown) else kind not in (None, "DISABLED")
    return place._replace(public=instance.public_face(wished, None)[0]) if place else None


def _transfer(fields: Fields, shape: Shape, lookup: Lookup) -> _Placement | None:
    """A file transfer server is public by the elastic addresses that it is given."""
    place, block = _placed(fields, shape, lookup), fields.block(shape.block)
    if place is None or not isinstance(block, Fields):
        return place
    given = block.leaves("address_allocation_ids") or ()
    many = tuple(leaf for leaf in given if isinstance(leaf, Unknown) and leaf.many)
    return place._replace(public=PublicFace(because=many)) if given else place


def _channel(fields: Fields, shape: Shape, lookup: Lookup) -> _Placement | None:
    """A channel has the elastic addresses that it is given."""
    place, block = _placed(fields, shape, lookup), fields.block(shape.block)
    given = isinstance(block, Fields) and block.raw("public_address_allocation_ids")
    return place._replace(public=PublicFace()) if place is not None and given else place


def _files(fields: Fields, shape: Shape, lookup: Lookup) -> _Placement | None:
    """A file system in several zones is dialled at addresses that float between them, outside of its subnets."""
    kind = fields.text("deployment_type")
    if isinstance(kind, Unknown) or (kind or "").startswith("MULTI_AZ"):
        _missing(fields, "addresses that float between its zones", fields.resource.address)
    return _placed(fields, shape, lookup)


def _into_files(fields: Fields, shape: Shape, lookup: Lookup) -> _Placement | None:
    """What copies files of a file system has its interfaces in that one's subnets."""
    names = (name for name in fields.values if name.startswith("fsx_") and name.endswith("_arn"))
    leaves = [leaf for name in names if (leaf := fields.leaf(name)) is not None]
    leaf = leaves[0] if leaves else None
    found = lookup.find(leaf, *(kind for kind in SHAPES if kind.startswith("aws_fsx_")))
    if found is None:
        machine = lookup.find(leaf, "aws_fsx_ontap_storage_virtual_machine")
        over = Fields.of(machine, fields.notes).leaf("file_system_id") if machine is not None else None
        found = lookup.find(over, "aws_fsx_ontap_file_system")
    subnets = Fields.of(found, fields.notes).leaves("subnet_ids") if found is not None else None
    unknown = Unknown(f"the file system of {fields.resource.address}", fields.origin)
    return _Placement(subnets or (unknown,), _leaves(fields, shape.groups))


def _replication(fields: Fields, shape: Shape, lookup: Lookup) -> _Placement | None:
    """Replication servers have a group of the service besides, unless that is switched off."""
    place = _placed(fields, shape, lookup)
    if place is None or fields.flag("associate_default_security_group") is False:
        return place
    return place._replace(groups=(*(place.groups or ()), _made(fields, shape)))


def _desktops(fields: Fields, shape: Shape, lookup: Lookup) -> _Placement | None:
    """A directory stands for its desktops, which may have a group of their own, and public addresses."""
    place, block = _placed(fields, shape, lookup), fields.block("workspace_creation_properties")
    if place is None or block is None:
        return place
    if isinstance(block, Unknown):
        return place._replace(groups=(*(place.groups or ()), block), public=PublicFace(because=(block,)))
    further = block.leaf("custom_security_group_id")
    groups = (*(place.groups or ()), *(() if further is None else (further,)))
    public, _ = instance.public_face(block.flag("enable_internet_access"), None)
    return place._replace(groups=groups, public=public)


def _studio(fields: Fields, shape: Shape, lookup: Lookup) -> _Placement | None:
    """Apps of a domain have the groups of its users' settings, and a way to the internet past its VPC."""
    place = _placed(fields, shape, lookup)
    if place is None:
        return None
    blocks = [b for name in ("default_user_settings", "default_space_settings") for b in fields.blocks(name)]
    groups = [g for b in blocks for g in ((b,) if isinstance(b, Unknown) else b.leaves(shape.groups) or ())]
    if fields.text("app_network_access_type") != "VpcOnly":
        _direct(fields)
    return place._replace(groups=(*(place.groups or ()), *groups))


def _autoscaling(fields: Fields, shape: Shape, lookup: Lookup) -> _Placement | None:
    """An autoscaling group's instances are what its launch template says, in one of its subnets."""
    templates = [template] if (template := instance.template_of(fields, lookup)) is not None else []
    templates = templates or list(_mixed(fields, lookup))
    subnets = _subnets(fields, shape, lookup)
    if not templates:
        reason = Unknown(f"the launch template of {fields.resource.address}", fields.origin)
        return _Placement(subnets, (reason,), PublicFace(because=(reason,)), v6=reason)
    which = Unknown(f"which of its launch templates {fields.resource.address} uses", fields.origin)
    doubt = (which,) if len(templates) > 1 else ()
    first, *others = (_launched(each, subnets, doubt) for template in templates for each in template.interfaces)
    return first._replace(beside=tuple(others))


def _launched(each: Attachment, subnets: tuple[Leaf, ...], doubt: tuple[Unknown, ...] = ()) -> _Placement:
    """An interface of the machines of a launch template, in one of some subnets, or in its own."""
    where = tuple(dict.fromkeys((*subnets, *each.subnets)))
    return _Placement(where, each.groups, each.public, each.by_default, v6=each.v6, doubt=doubt)


def _mixed(fields: Fields, lookup: Lookup) -> Iterator[instance.Template]:
    """The launch templates of a mixed policy: its own, and those of its overrides."""
    policy = fields.block("mixed_instances_policy")
    outer = policy.block("launch_template") if isinstance(policy, Fields) else None
    if not isinstance(outer, Fields):
        return
    overrides = outer.blocks("override")
    named = [outer.block("launch_template_specification")]
    named += [each if isinstance(each, Unknown) else each.block("launch_template_specification") for each in overrides]
    found = (_specified(fields, each, lookup) for each in named if each is not None)
    yield from dict.fromkeys(template for template in found if template is not None)


def _specified(fields: Fields, block: Fields | Unknown, lookup: Lookup) -> instance.Template | None:
    written = block if isinstance(block, Unknown) else block.values
    return instance.template_of(Fields(fields.resource, fields.notes, {"launch_template": [written]}), lookup)


def _control_plane(fields: Fields, shape: Shape, lookup: Lookup) -> _Placement | None:
    """The EKS control plane has the cluster's own group besides those written (AWS-47)."""
    place = _placed(fields, shape, lookup)
    if place is None:
        return None
    block = fields.block("vpc_config")
    if not isinstance(block, Fields) or block.flag("endpoint_public_access") is not False:
        fields.notes.append(_public_endpoint(fields))
    mode = fields.block("compute_config")
    if isinstance(mode, Unknown) or (mode is not None and mode.flag("enabled") not in (None, False)):
        _missing(fields, "the nodes that it starts itself (compute_config)")
    return place._replace(groups=(*(place.groups or ()), cluster_group(fields.resource)))


def _public_endpoint(fields: Fields) -> Diagnostic:
    """The endpoint that is open to the internet by default lies outside the VPC, and no group filters it."""
    address = fields.resource.address
    message = f"{address}: its public API endpoint is not modelled; set endpoint_public_access = false to close it"
    return Diagnostic(
        "AWS_PUBLIC_API_ENDPOINT", message, Severity.WARNING, fields.origin, Effect.UNREADABLE, (address,)
    )


def _notebook(fields: Fields, shape: Shape, lookup: Lookup) -> _Placement | None:
    """A notebook has an interface of SageMaker's own besides, unless direct internet access is disabled."""
    place = _placed(fields, shape, lookup)
    if place is not None and fields.text("direct_internet_access") != "Disabled":
        _direct(fields)
    return place


def _direct(fields: Fields) -> None:
    """Say that a service has a way to the internet of its own."""
    address = fields.resource.address
    message = f"{address}: its direct internet access passes no VPC and is missing from every answer"
    fields.notes.append(
        Diagnostic("AWS_DIRECT_INTERNET", message, Severity.WARNING, fields.origin, Effect.UNREADABLE, (address,))
    )


def cluster_group(cluster: Resource) -> Ref:
    """The group that EKS makes for a cluster (AWS-47); its key in the model is this reference as text."""
    return Ref(cluster.address, ("vpc_config", 0, "cluster_security_group_id"))


def _nodes(fields: Fields, shape: Shape, lookup: Lookup) -> _Placement | None:
    """Managed nodes have their cluster's group, or instead those that their launch template names (AWS-47)."""
    template = instance.template_of(fields, lookup)
    subnets = _subnets(fields, shape, lookup)
    if template is not None and template.first.groups:
        return _nodes_of(template, subnets, template.first.groups)
    cluster = lookup.find(fields.leaf("cluster_name"), "aws_eks_cluster")
    missing = Unknown(f"the cluster of {fields.resource.address}", fields.origin)
    groups = (missing if cluster is None else cluster_group(cluster), *_remote_access(fields))
    if template is not None:
        return _nodes_of(template, subnets, groups)
    return _Placement(subnets, groups, None, True, v6=None)


def _nodes_of(template: instance.Template, subnets: tuple[Leaf, ...], groups: tuple[Leaf, ...]) -> _Placement:
    """Nodes of a launch template, the first interface with these groups."""
    place = _launched(template.first, subnets)._replace(groups=groups)
    return place._replace(beside=tuple(_launched(each, subnets) for each in template.beside))


def _on_fargate(fields: Fields, shape: Shape, lookup: Lookup) -> _Placement | None:
    """Pods on Fargate have an interface each, with the group of their cluster and no public address (AWS-47)."""
    cluster = lookup.find(fields.leaf("cluster_name"), "aws_eks_cluster")
    missing = Unknown(f"the cluster of {fields.resource.address}", fields.origin)
    return _Placement(_subnets(fields, shape, lookup), (missing if cluster is None else cluster_group(cluster),))


def _remote_access(fields: Fields) -> tuple[Leaf, ...]:
    """The group that EKS makes for logging in: SSH, or RDP, from the groups named, or else from everywhere."""
    if not fields.blocks("remote_access"):
        return ()
    return (Unknown(f"the remote access group of {fields.resource.address}", fields.origin),)


# ---- what opens connections for somebody outside ------------------------------------------------------


def _batch(fields: Fields, shape: Shape, lookup: Lookup) -> _Placement | None:
    """Batch starts instances, or tasks of Fargate whose public address the job decides about."""
    place, block = _placed(fields, shape, lookup), fields.block(shape.block)
    if place is None or not isinstance(block, Fields):
        return place
    kind, template = block.text("type"), instance.template_of(block, lookup)
    if kind not in ("EC2", "SPOT"):
        reason = kind if isinstance(kind, Unknown) else Unknown(f"the jobs of {fields.resource.address}", block.origin)
        return place._replace(public=PublicFace(because=(reason,)))
    if template is None:
        return place._replace(by_default=True, v6=None)
    reason = Unknown(f"what the launch template of {fields.resource.address} adds", block.origin)
    return place._replace(groups=(*(place.groups or ()), reason), public=PublicFace(because=(reason,)), v6=None)


def _emr(fields: Fields, shape: Shape, lookup: Lookup) -> _Placement | None:
    """EMR writes rules of its own into the groups of its nodes, which the sources do not show."""
    block = fields.block(shape.block)
    if block is None or isinstance(block, Unknown):
        return _placed(fields, shape, lookup)
    single = block.leaf("subnet_id")
    subnets = (single,) if single is not None else block.leaves("subnet_ids") or ()
    reason = Unknown(f"the rules that EMR adds for {fields.resource.address}", block.origin)
    return _Placement(subnets, (reason,), by_default=True, v6=None)


def _connect(fields: Fields, shape: Shape, lookup: Lookup) -> _Placement | None:
    """An Instance Connect Endpoint: its users come in whatever its groups say, and go on as its interface."""
    place, address = _placed(fields, shape, lookup), fields.resource.address
    if fields.flag("preserve_client_ip") is not False:
        _missing(fields, "who connects through it with an address of their own (preserve_client_ip)")
    return place._replace(because=(Unknown(f"whom IAM lets use {address}", fields.origin),)) if place else None


def _api_link(fields: Fields, shape: Shape, lookup: Lookup) -> _Placement | None:
    """A VPC link dials what the integrations of its API name, for clients of that API."""
    place, address = _placed(fields, shape, lookup), fields.resource.address
    _missing(fields, "clients of the API whose connections it forwards")
    return place._replace(because=(Unknown(f"what integrations use {address}", fields.origin),)) if place else None


def _client_vpn(fields: Fields, shape: Shape, lookup: Lookup) -> _Placement | None:
    """Clients come out of an interface in each associated subnet, with its address."""
    address = fields.resource.address
    associations = [Fields.of(r, fields.notes) for r in lookup.of_kind("aws_ec2_client_vpn_network_association")]
    mine = [a for a in associations if _may_be(lookup, a.leaf("client_vpn_endpoint_id"), fields.resource)]
    subnets = tuple(leaf for each in mine if (leaf := each.leaf("subnet_id")) is not None)
    if not subnets:
        _missing(fields, "Client VPN without a network association in the sources")
        return None
    reason = Unknown(f"whom the authorization rules of {address} let where", fields.origin)
    return _Placement(subnets, fields.leaves(shape.groups), because=(reason,), reach=_authorized(fields, lookup))


def _authorized(endpoint: Fields, lookup: Lookup) -> AddressSet | None:
    """Where the authorization rules of a Client VPN let; None where not all of them are known, or none is written."""
    rules = [Fields.of(each, endpoint.notes) for each in lookup.of_kind("aws_ec2_client_vpn_authorization_rule")]
    mine = [rule for rule in rules if _may_be(lookup, rule.leaf("client_vpn_endpoint_id"), endpoint.resource)]
    texts = [rule.text("target_network_cidr") for rule in mine]
    blocks = [cidr(text) if isinstance(text, str) else None for text in texts]
    known = [block for block in blocks if block is not None]
    return AddressSet.union(known) if known and len(known) == len(blocks) else None


def _verified(fields: Fields, shape: Shape, _: Lookup) -> _Placement | None:
    """Whom its policies let in comes out of an interface in each subnet, and dials what the endpoint is of."""
    _missing(fields, "users whom its policies let in, and whose requests it forwards")
    kinds = ("cidr_options", "load_balancer_options", "rds_options", "network_interface_options")
    blocks = [block for name in kinds for block in fields.blocks(name)]
    found = [leaf for b in blocks for leaf in ((b,) if isinstance(b, Unknown) else b.leaves("subnet_ids") or ())]
    subnets = tuple(found) or (Unknown(f"the subnets of {fields.resource.address}", fields.origin),)
    reason = Unknown(f"whom the policies of {fields.resource.address} let in", fields.origin)
    return _Placement(subnets, _groups(fields, fields, shape), because=(reason,))


def _shared_resources(fields: Fields, shape: Shape, lookup: Lookup) -> _Placement | None:
    """A resource gateway dials what is shared by it, for clients in other VPCs and accounts."""
    place, address = _placed(fields, shape, lookup), fields.resource.address
    _missing(fields, "clients in other networks to whom resources are shared by it")
    return place._replace(because=(Unknown(f"what is shared by {address}", fields.origin),)) if place else None


def _may_be(lookup: Lookup, leaf: Leaf | None, resource: Resource) -> bool:
    return isinstance(leaf, Unknown) or lookup.find(leaf, resource.kind) is resource


def _missing(fields: Fields, what: str, *touches: str) -> None:
    message = f"{fields.resource.address}: not modelled: {what}"
    effect = Effect.UNREADABLE
    fields.notes.append(Diagnostic("AWS_NOT_MODELLED", message, Severity.WARNING, fields.origin, effect, touches))


_READERS: Mapping[str, Callable[[Fields, Shape, Lookup], _Placement | None]] = {
    "aws_db_instance": _database,
    "aws_elasticache_cluster": _cache,
    "aws_rds_cluster": _database_cluster,
    "aws_medialive_channel": _channel,
    "aws_fsx_ontap_file_system": _files,
    "aws_fsx_openzfs_file_system": _files,
    "aws_datasync_location_fsx_lustre_file_system": _into_files,
    "aws_datasync_location_fsx_ontap_file_system": _into_files,
    "aws_datasync_location_fsx_openzfs_file_system": _into_files,
    "aws_datasync_location_fsx_windows_file_system": _into_files,
    "aws_drs_replication_configuration_template": _replication,
    "aws_workspaces_directory": _desktops,
    "aws_sagemaker_domain": _studio,
    "aws_gamelift_game_server_group": _autoscaling,
    "aws_verifiedaccess_endpoint": _verified,
    "aws_vpclattice_resource_gateway": _shared_resources,
    **dict.fromkeys(MEMBERS, _member),
    "aws_autoscaling_group": _autoscaling,
    "aws_msk_cluster": _brokers,
    "aws_transfer_server": _transfer,
    "aws_sagemaker_notebook_instance": _notebook,
    "aws_eks_cluster": _control_plane,
    "aws_eks_node_group": _nodes,
    "aws_eks_fargate_profile": _on_fargate,
    "aws_batch_compute_environment": _batch,
    "aws_emr_cluster": _emr,
    "aws_ec2_instance_connect_endpoint": _connect,
    "aws_apigatewayv2_vpc_link": _api_link,
    "aws_ec2_client_vpn_endpoint": _client_vpn,
}
