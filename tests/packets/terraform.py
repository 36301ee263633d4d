"""Writes an estate as Terraform. Where there are several ways to write a thing, the seed chooses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from random import Random

from tests.packets.facts import Acl, Balancer, Entry, Estate, Group, Listener, Machine, Route, Rule

_NUMBERS = {"any": "-1", "58": "icmpv6"}
_REGION = "eu-west-1"
_DEFAULTS = ("default_route_table_association", "default_route_table_propagation")
Fields = dict[str, object]


def text(estate: Estate, seed: int) -> str:
    """The whole root module."""
    return "\n".join(_Writer(estate, Random(seed)).resources())


def _quoted(word: object) -> str:
    return f'"{word}"'


def _bare(value: object) -> str:
    """References as they are, everything else as a literal."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_bare(each) for each in value) + "]"
    if isinstance(value, str) and not value.startswith("aws_"):
        return _quoted(value)
    return str(value)


def _block(head: str, fields: Fields, inner: Iterable[tuple[str, Fields]] = ()) -> str:
    lines = [f"  {key} = {_bare(value)}" for key, value in fields.items() if value is not None]
    for name, more in inner:
        lines += [f"  {name} {{", *(f"    {k} = {_bare(v)}" for k, v in more.items() if v is not None), "  }"]
    return "\n".join([f"{head} {{", *lines, "}", ""])


def _resource(kind: str, name: str, fields: Fields, *inner: tuple[str, Fields]) -> str:
    return _block(f'resource "{kind}" "{name}"', fields, inner)


class _Writer:
    def __init__(self, estate: Estate, random: Random) -> None:
        self._estate = estate
        self._random = random
        adopted = {each.main for each in estate.vpcs.values() if each.main and self._chance()}
        self._tables_at = {
            name: f"aws_{'default_' if name in adopted else ''}route_table.{name}" for name in estate.tables
        }
        self._groups_at = {name: f"aws_security_group.{name}" for name in estate.groups}
        self._groups_at |= {
            each.group: f"aws_default_security_group.{each.group}" for each in estate.vpcs.values() if each.group
        }

    def _chance(self) -> bool:
        return self._random.random() < 0.5

    def resources(self) -> Iterator[str]:
        yield _block('provider "aws"', {"region": _REGION})
        yield from self._vpcs()
        yield from self._subnets()
        yield from self._peerings()
        yield from self._transit()
        yield from self._lists()
        yield from self._nats()
        yield from self._tables()
        for name, acl in self._estate.acls.items():
            yield from self._acl(name, acl)
        for name, group in self._estate.groups.items():
            yield from self._group(name, group)
        for name, machine in self._estate.machines.items():
            yield from self._machine(name, machine)
        for name, database in self._estate.databases.items():
            subnets = [f"aws_subnet.{subnet}.id" for subnet in database.subnets]
            yield _resource("aws_db_subnet_group", name, {"name": name, "subnet_ids": subnets})
            groups = [f"{self._groups_at[group]}.id" for group in database.groups]
            where: Fields = {"db_subnet_group_name": f"aws_db_subnet_group.{name}.name"}
            yield _resource("aws_db_instance", name, where | {"vpc_security_group_ids": groups})
        for name, balancer in self._estate.balancers.items():
            write = self._classic_balancer if balancer.kind == "classic" else self._balancer
            yield from write(name, balancer)
        yield from self._doors()
        yield from self._gateway_endpoint()

    # ── networks ─────────────────────────────────────────────────────────────────────────────────────────

    def _vpcs(self) -> Iterator[str]:
        for name, each in self._estate.vpcs.items():
            six = {"ipv6_cidr_block": each.six, "ipv6_ipam_pool_id": "ipam-pool-0123456789abcdef0"} if each.six else {}
            yield _resource("aws_vpc", name, {"cidr_block": each.cidrs[0], **six})
            for index, cidr in enumerate(each.cidrs[1:]):
                fields: Fields = {"vpc_id": f"aws_vpc.{name}.id", "cidr_block": cidr}
                yield _resource("aws_vpc_ipv4_cidr_block_association", f"{name}_{index}", fields)
            if each.internet:
                yield _resource("aws_internet_gateway", name, {"vpc_id": f"aws_vpc.{name}.id"})
            if each.egress_only:
                yield _resource("aws_egress_only_internet_gateway", name, {"vpc_id": f"aws_vpc.{name}.id"})

    def _subnets(self) -> Iterator[str]:
        for name, each in self._estate.subnets.items():
            fields = {"vpc_id": f"aws_vpc.{each.vpc}.id", "cidr_block": each.cidr, "availability_zone": each.zone}
            launch = {"map_public_ip_on_launch": each.gives_public} if each.gives_public or self._chance() else {}
            yield _resource("aws_subnet", name, {**fields, "ipv6_cidr_block": each.six, **launch})
            if each.table:
                link = {"subnet_id": f"aws_subnet.{name}.id", "route_table_id": f"{self._tables_at[each.table]}.id"}
                yield _resource("aws_route_table_association", name, dict(link))

    def _peerings(self) -> Iterator[str]:
        for name, each in self._estate.peerings.items():
            ends: Fields = {"vpc_id": f"aws_vpc.{each.one}.id", "peer_vpc_id": f"aws_vpc.{each.other}.id"}
            yield _resource("aws_vpc_peering_connection", name, {**ends, "auto_accept": each.accepted or None})

    def _transit(self) -> Iterator[str]:
        attached = self._estate.attachments
        usual = set(self._estate.transit_tables) == {"t0"} and all(
            (each.table, each.propagates) == ("t0", ("t0",)) for each in attached.values()
        )
        by_default = usual and self._chance()
        off = {} if by_default else dict.fromkeys(_DEFAULTS, "disable")
        for gateway in sorted(set(self._estate.transit_tables.values())):
            yield _resource("aws_ec2_transit_gateway", gateway, dict(off))
        for table, gateway in self._estate.transit_tables.items() if not by_default else ():
            home: Fields = {"transit_gateway_id": f"aws_ec2_transit_gateway.{gateway}.id"}
            yield _resource("aws_ec2_transit_gateway_route_table", table, home)
        for key, each in attached.items():
            fields: Fields = {
                "transit_gateway_id": f"aws_ec2_transit_gateway.{each.gateway}.id",
                "vpc_id": f"aws_vpc.{each.vpc}.id",
                "subnet_ids": [f"aws_subnet.{subnet}.id" for subnet in each.subnets],
            }
            unset = {} if by_default else {f"transit_gateway_{name}": False for name in _DEFAULTS}
            yield _resource("aws_ec2_transit_gateway_vpc_attachment", key, {**fields, **unset})
            if each.table and not by_default:
                yield self._link("association", key, key, each.table)
            for table in each.propagates if not by_default else ():
                yield self._link("propagation", f"{key}_{table}", key, table)
        for index, route in enumerate(self._estate.transit_routes):
            by: Fields = {"blackhole": True}
            if route.by:
                by = {"transit_gateway_attachment_id": f"aws_ec2_transit_gateway_vpc_attachment.{route.by}.id"}
            table = f"aws_ec2_transit_gateway_route_table.{route.table}.id"
            if by_default:
                table = "aws_ec2_transit_gateway.g.association_default_route_table_id"
            where: Fields = {"destination_cidr_block": route.to, "transit_gateway_route_table_id": table}
            yield _resource("aws_ec2_transit_gateway_route", f"r{index}", where | by)

    def _link(self, what: str, name: str, attachment: str, table: str) -> str:
        return _resource(
            f"aws_ec2_transit_gateway_route_table_{what}",
            name,
            {
                "transit_gateway_attachment_id": f"aws_ec2_transit_gateway_vpc_attachment.{attachment}.id",
                "transit_gateway_route_table_id": f"aws_ec2_transit_gateway_route_table.{table}.id",
            },
        )

    def _lists(self) -> Iterator[str]:
        for name, cidrs in self._estate.lists.items():
            if name == "s3":
                continue  # a list of AWS
            head: Fields = {"name": name, "address_family": "IPv4", "max_entries": 5}
            kind = "aws_ec2_managed_prefix_list"
            if self._chance():
                yield _resource(kind, name, head, *(("entry", Fields(cidr=cidr)) for cidr in cidrs))
                continue
            yield _resource(kind, name, head)
            for index, cidr in enumerate(cidrs):
                yield _resource(
                    f"{kind}_entry", f"{name}_{index}", {"cidr": cidr, "prefix_list_id": f"{kind}.{name}.id"}
                )

    def _nats(self) -> Iterator[str]:
        for name, each in self._estate.nats.items():
            fields: Fields = {"subnet_id": f"aws_subnet.{each.subnet}.id", "private_ip": each.address}
            if each.public:
                yield _resource("aws_eip", f"nat_{name}", {"domain": "vpc"})
                yield _resource("aws_nat_gateway", name, fields | {"allocation_id": f"aws_eip.nat_{name}.id"})
            else:
                yield _resource("aws_nat_gateway", name, fields | {"connectivity_type": "private"})

    # ── routes ───────────────────────────────────────────────────────────────────────────────────────────

    def _tables(self) -> Iterator[str]:
        for name, each in self._estate.tables.items():
            routes = [self._route(each.vpc, route) for route in each.routes if route.by != "endpoint"]
            home: Fields = {"vpc_id": f"aws_vpc.{each.vpc}.id"}
            adopted = self._tables_at[name].startswith("aws_default")
            if adopted:
                home = {"default_route_table_id": f"aws_vpc.{each.vpc}.default_route_table_id"}
            kind = self._tables_at[name].partition(".")[0]
            if adopted or self._chance():
                inner = [("route", {_INLINE.get(key, key): value for key, value in route.items()}) for route in routes]
                yield _resource(kind, name, home, *inner)
            else:
                yield _resource(kind, name, home)
                for index, route in enumerate(routes):
                    table = {"route_table_id": f"{self._tables_at[name]}.id"}
                    yield _resource("aws_route", f"{name}_{index}", {**table, **route})
            if self._estate.vpcs[each.vpc].main == name and not adopted:
                table = {"route_table_id": f"{self._tables_at[name]}.id"}
                yield _resource("aws_main_route_table_association", each.vpc, {**home, **table})

    def _route(self, vpc: str, route: Route) -> Fields:
        kind, _, name = route.by.partition(":")
        if route.to in self._estate.lists:
            to: Fields = {"destination_prefix_list_id": f"aws_ec2_managed_prefix_list.{route.to}.id"}
        else:
            to = {"destination_ipv6_cidr_block" if ":" in route.to else "destination_cidr_block": route.to}
        by = {
            "internet": ("gateway_id", f"aws_internet_gateway.{vpc}.id"),
            "egress-only": ("egress_only_gateway_id", f"aws_egress_only_internet_gateway.{vpc}.id"),
            "nat": ("nat_gateway_id", f"aws_nat_gateway.{name}.id"),
            "peering": ("vpc_peering_connection_id", f"aws_vpc_peering_connection.{name}.id"),
            "machine": ("network_interface_id", f"aws_instance.{name}.primary_network_interface_id"),
            "transit": ("transit_gateway_id", f"aws_ec2_transit_gateway.{name}.id"),
        }[kind]
        return to | dict([by])

    # ── filters ──────────────────────────────────────────────────────────────────────────────────────────

    def _acl(self, name: str, acl: Acl) -> Iterator[str]:
        subnets = [f"aws_subnet.{key}.id" for key, each in self._estate.subnets.items() if each.acl == name]
        head: Fields = {"vpc_id": f"aws_vpc.{acl.vpc}.id"}
        if self._estate.vpcs[acl.vpc].acl == name:
            adopted: Fields = {"default_network_acl_id": f"aws_vpc.{acl.vpc}.default_network_acl_id"}
            sides = [("ingress", each) for each in acl.inward] + [("egress", each) for each in acl.outward]
            inner = [(side, _entry(entry, "rule_no", "action")) for side, entry in sides]
            yield _resource("aws_default_network_acl", name, adopted, *inner)
            return
        apart = self._chance()
        if not apart:
            head["subnet_ids"] = subnets
        lines = [("ingress", entry) for entry in acl.inward] + [("egress", entry) for entry in acl.outward]
        self._random.shuffle(lines)
        if self._chance():
            yield _resource(
                "aws_network_acl", name, head, *((side, _entry(e, "rule_no", "action")) for side, e in lines)
            )
        else:
            yield _resource("aws_network_acl", name, head)
            for index, (side, entry) in enumerate(lines):
                fields = _entry(entry, "rule_number", "rule_action")
                owner = {"network_acl_id": f"aws_network_acl.{name}.id", "egress": side == "egress"}
                yield _resource("aws_network_acl_rule", f"{name}_{index}", {**owner, **fields})
        for index, subnet in enumerate(subnets if apart else ()):
            link = {"network_acl_id": f"aws_network_acl.{name}.id", "subnet_id": subnet}
            yield _resource("aws_network_acl_association", f"{name}_{index}", dict(link))

    def _group(self, name: str, group: Group) -> Iterator[str]:
        head: Fields = {"name": name, "vpc_id": f"aws_vpc.{group.vpc}.id"}
        rules = [("ingress", rule) for rule in group.ingress] + [("egress", rule) for rule in group.egress]
        style = self._random.choice(("inline", "rule", "single"))
        if self._groups_at[name].startswith("aws_default"):
            del head["name"]
            yield _resource("aws_default_security_group", name, head, *((side, self._classic(r)) for side, r in rules))
            return
        if style == "inline":
            yield _resource("aws_security_group", name, head, *((side, self._classic(rule)) for side, rule in rules))
            return
        yield _resource("aws_security_group", name, head)
        owner = f"{self._groups_at[name]}.id"
        for index, (side, rule) in enumerate(rules):
            if style == "rule":
                fields = {"type": side, "security_group_id": owner, **self._classic(rule, alone=True)}
                yield _resource("aws_security_group_rule", f"{name}_{index}", fields)
            else:
                fields = {"security_group_id": owner, **self._single(rule, name)}
                yield _resource(f"aws_vpc_security_group_{side}_rule", f"{name}_{index}", fields)

    # ── machines ─────────────────────────────────────────────────────────────────────────────────────────

    def _machine(self, name: str, machine: Machine) -> Iterator[str]:
        """An instance, with its own interface or with a written one; or a further interface of another."""
        gives = self._estate.subnets[machine.subnet].gives_public
        elastic = machine.public and (machine.of is not None or self._chance())
        apart = machine.of is not None or (self._chance() and (elastic or not machine.public) and not machine.forwards)
        groups = [f"{self._groups_at[group]}.id" for group in machine.groups]
        later = groups.pop() if len(groups) > 1 and self._chance() else None
        where = {
            "subnet_id": f"aws_subnet.{machine.subnet}.id",
            "ipv6_addresses": [machine.six] if machine.six else None,
        }
        image: Fields = {"ami": "ami-0123456789abcdef0", "instance_type": "t3.micro"}
        instance, face = f"aws_instance.{machine.of or name}", f"aws_network_interface.{name}"
        if apart:
            address = {"private_ips": [machine.address] if machine.address else None, "security_groups": groups or None}
            yield from self._interface(name, machine, {**where, **address}, image)
            holder = {"network_interface": f"{face}.id"}
        else:
            asked = None if gives and machine.public and not elastic else machine.public and not elastic
            given: Fields = {"private_ip": machine.address, "vpc_security_group_ids": groups or None}
            given["source_dest_check"] = False if machine.forwards else None
            yield _resource("aws_instance", name, {**image, **where, **given, "associate_public_ip_address": asked})
            holder = {"instance": f"{instance}.id"}
        if later:
            primary = f"{face}.id" if apart else f"{instance}.primary_network_interface_id"
            link: Fields = {"security_group_id": later, "network_interface_id": primary}
            yield _resource("aws_network_interface_sg_attachment", name, link)
        if elastic and self._chance():
            yield _resource("aws_eip", name, {"domain": "vpc", **holder})
        elif elastic:
            yield _resource("aws_eip", name, {"domain": "vpc"})
            ids = {f"{key}_id": value for key, value in holder.items()}
            yield _resource("aws_eip_association", name, {"allocation_id": f"aws_eip.{name}.id", **ids})

    def _interface(self, name: str, machine: Machine, fields: Fields, image: Fields) -> Iterator[str]:
        """A written interface, and what attaches it."""
        link: Fields = {"device_index": 0, "network_interface_id": f"aws_network_interface.{name}.id"}
        if machine.of is None:
            yield _resource("aws_network_interface", name, fields)
            yield _resource("aws_instance", name, image, ("network_interface", link))
            return
        holder: Fields = {"device_index": 1, "instance": f"aws_instance.{machine.of}.id"}
        if self._chance():
            yield _resource("aws_network_interface", name, fields, ("attachment", holder))
            return
        yield _resource("aws_network_interface", name, fields)
        ends: Fields = {"instance_id": holder["instance"], "network_interface_id": link["network_interface_id"]}
        yield _resource("aws_network_interface_attachment", name, {"device_index": 1, **ends})

    # ── load balancers and endpoints ─────────────────────────────────────────────────────────────────────

    def _balancer(self, name: str, balancer: Balancer) -> Iterator[str]:
        """A network or application load balancer; the network kind may say its addresses."""
        network = balancer.kind == "network"
        fields: Fields = {
            "name": name,
            "internal": not balancer.public,
            "load_balancer_type": balancer.kind if network or self._chance() else None,
            "security_groups": self._ids(balancer.groups),
            "enable_cross_zone_load_balancing": (balancer.crosses or None) if network else None,
        }
        subnets = [f"aws_subnet.{subnet}.id" for subnet in balancer.subnets]
        if balancer.addresses:
            pairs = zip(subnets, balancer.addresses, strict=True)
            places = [("subnet_mapping", Fields(subnet_id=key, private_ipv4_address=one)) for key, one in pairs]
            yield _resource("aws_lb", name, fields, *places)
        else:
            yield _resource("aws_lb", name, fields | {"subnets": subnets})
        for index, listener in enumerate(balancer.listeners):
            yield from self._listener(f"{name}_{index}", name, listener)

    def _listener(self, name: str, balancer: str, listener: Listener) -> Iterator[str]:
        (key,) = listener.pools
        action: Fields = {"type": "forward", "target_group_arn": f"aws_lb_target_group.{key}.arn"}
        where: Fields = {"load_balancer_arn": f"aws_lb.{balancer}.arn"}
        what: Fields = {"port": listener.port, "protocol": listener.protocol.upper()}
        yield _resource("aws_lb_listener", name, where | what, ("default_action", action))
        pool = self._estate.pools[key]
        home = self._estate.subnets[self._estate.balancers[balancer].subnets[0]].vpc
        fields: Fields = {
            "port": pool.port,
            "protocol": pool.protocol.upper(),
            "vpc_id": f"aws_vpc.{home}.id",
            "target_type": "ip" if pool.by_address else None,
            "preserve_client_ip": pool.preserves,
            "load_balancing_cross_zone_enabled": None if pool.crosses is None else str(pool.crosses).lower(),
        }
        yield _resource("aws_lb_target_group", key, fields)
        for index, machine in enumerate(pool.machines):
            target = self._address(machine) if pool.by_address else f"aws_instance.{machine}.id"
            link: Fields = {"target_group_arn": f"aws_lb_target_group.{key}.arn", "target_id": target}
            if self._estate.subnets[self._estate.machines[machine].subnet].vpc != home:
                link["availability_zone"] = "all"
            yield _resource("aws_lb_target_group_attachment", f"{key}_{index}", link)

    def _address(self, name: str) -> str:
        """A machine's address, written or referred to."""
        machine = self._estate.machines[name]
        if machine.of is not None or (machine.address and self._chance()):
            assert machine.address is not None
            return machine.address
        return f"aws_instance.{name}.private_ip"

    def _classic_balancer(self, name: str, balancer: Balancer) -> Iterator[str]:
        pools = [(each, self._estate.pools[key]) for each in balancer.listeners for key in each.pools]
        listeners = [
            ("listener", Fields(lb_port=a.port, lb_protocol="http", instance_port=b.port, instance_protocol="http"))
            for a, b in pools
        ]
        fields: Fields = {
            "internal": not balancer.public or None,
            "subnets": [f"aws_subnet.{subnet}.id" for subnet in balancer.subnets],
            "security_groups": self._ids(balancer.groups),
            "cross_zone_load_balancing": balancer.crosses,
            "instances": [f"aws_instance.{machine}.id" for machine in pools[0][1].machines],
        }
        yield _resource("aws_elb", name, fields, *listeners)

    def _doors(self) -> Iterator[str]:
        for balancer in sorted({each.balancer for each in self._estate.doors.values() if each.balancer}):
            behind: Fields = {"network_load_balancer_arns": [f"aws_lb.{balancer}.arn"]}
            yield _resource("aws_vpc_endpoint_service", balancer, behind | {"acceptance_required": False})
        for name, door in self._estate.doors.items():
            service = f"com.amazonaws.{_REGION}.sqs"
            if door.balancer:
                service = f"aws_vpc_endpoint_service.{door.balancer}.service_name"
            fields: Fields = {
                "vpc_id": f"aws_vpc.{self._estate.subnets[door.subnets[0]].vpc}.id",
                "vpc_endpoint_type": "Interface",
                "service_name": service,
                "subnet_ids": [f"aws_subnet.{subnet}.id" for subnet in door.subnets],
                "security_group_ids": self._ids(door.groups),
            }
            yield _resource("aws_vpc_endpoint", name, fields)

    def _gateway_endpoint(self) -> Iterator[str]:
        """To S3, whose list of addresses AWS keeps: no Terraform writes it."""
        tables = [(name, t.vpc) for name, t in self._estate.tables.items() if any(r.by == "endpoint" for r in t.routes)]
        if tables:
            fields: Fields = {
                "vpc_id": f"aws_vpc.{tables[0][1]}.id",
                "service_name": f"com.amazonaws.{_REGION}.s3",
                "vpc_endpoint_type": "Gateway" if self._chance() else None,
                "route_table_ids": [f"{self._tables_at[name]}.id" for name, _ in tables],
            }
            yield _resource("aws_vpc_endpoint", "s3", fields)

    def _ids(self, groups: Iterable[str]) -> list[str] | None:
        return [f"{self._groups_at[group]}.id" for group in groups] or None

    # ── single rules ─────────────────────────────────────────────────────────────────────────────────────

    def _classic(self, rule: Rule, *, alone: bool = False) -> Fields:
        kind, _, name = rule.peer.partition(":")
        fields = {"protocol": _NUMBERS.get(rule.protocol, rule.protocol), **_ports(rule)}
        if rule.peer == "self":
            return {**fields, "self": True}
        if kind == "group" and alone:
            return {**fields, "source_security_group_id": f"{self._groups_at[name]}.id"}
        if kind == "group":
            return {**fields, "security_groups": [f"{self._groups_at[name]}.id"]}
        if kind == "list":
            return {**fields, "prefix_list_ids": [_list(name)]}
        return {**fields, "ipv6_cidr_blocks" if ":" in rule.peer else "cidr_blocks": [rule.peer]}

    def _single(self, rule: Rule, owner: str) -> Fields:
        kind, _, name = rule.peer.partition(":")
        ports = _ports(rule) if rule.protocol in ("tcp", "udp", "icmp", "58") else {}
        fields = {"ip_protocol": _NUMBERS.get(rule.protocol, rule.protocol), **ports}
        if rule.peer == "self" or kind == "group":
            other = owner if rule.peer == "self" else name
            return {**fields, "referenced_security_group_id": f"{self._groups_at[other]}.id"}
        if kind == "list":
            return {**fields, "prefix_list_id": _list(name)}
        return {**fields, "cidr_ipv6" if ":" in rule.peer else "cidr_ipv4": rule.peer}


def _list(name: str) -> str:
    return "aws_vpc_endpoint.s3.prefix_list_id" if name == "s3" else f"aws_ec2_managed_prefix_list.{name}.id"


_INLINE = {"destination_cidr_block": "cidr_block", "destination_ipv6_cidr_block": "ipv6_cidr_block"}


def _ports(line: Rule | Entry) -> Fields:
    if line.protocol == "58":
        return {"from_port": -1, "to_port": -1}
    if line.protocol == "icmp":
        return {"from_port": -1 if line.low < line.high else line.low, "to_port": -1}
    ports = line.protocol in ("tcp", "udp")
    return {"from_port": line.low if ports else 0, "to_port": line.high if ports else 0}


def _entry(entry: Entry, number: str, action: str) -> Fields:
    block = "ipv6_cidr_block" if ":" in entry.cidr else "cidr_block"
    fields = {number: entry.number, action: "allow" if entry.allow else "deny", block: entry.cidr}
    fields["protocol"] = _NUMBERS.get(entry.protocol, entry.protocol)
    if entry.protocol in ("icmp", "58"):
        kind = entry.low if entry.low == entry.high else -1
        return {**fields, "from_port": 0, "to_port": 0, "icmp_type": kind, "icmp_code": -1}
    return {**fields, **_ports(entry)}
