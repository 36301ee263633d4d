"""What the manifests of a cluster ask of load balancer controllers, as far as it is written.

https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/service/annotations/ (read 2026-11-27)
https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/ingress/annotations/ (read 2026-11-27)
https://kubernetes.io/docs/concepts/services-networking/service/#internal-load-balancer (read 2026-11-27)

AWS-51 A Service of type LoadBalancer, or an Ingress of the class `alb`, gets a load balancer: internal or facing the
       internet, before pods (`ip`) or node ports (`instance`), open to source ranges. The controller that a Service
       names by class or type makes internal ones unless told otherwise, the one in the tree those that face the
       internet; where none is named it may be either. Ingresses of one group share a load balancer, which each of them
       opens at its own ports; what one of them says of it the others must not contradict.

Not modelled: what IngressClassParams, a GlobalAccelerator and arguments of the controller say, so that with one in the
sources annotations, or their defaults, may not hold; a second load balancer before the first, prefix lists and further
groups of a load balancer: with these nothing is said of it but that it may exist.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from netaudit.bridges.cni import texts
from netaudit.flows import ANYWHERE, AddressSet, Traffic
from netaudit.model import Resource, Truth
from netaudit.providers.kubernetes.controller import CLASS, CLOUD, served_by
from netaudit.providers.kubernetes.workload import namespace_of

_SERVICE = "service.beta.kubernetes.io/"
_INGRESS = "alb.ingress.kubernetes.io/"
_ACTIONS = "actions."  # which lead to Services that no backend names, or to target groups
_ANYBODY = "0.0.0.0/0"
_UNREAD_OF_SERVICES = (
    "aws-load-balancer-security-group-prefix-lists",
    "aws-load-balancer-extra-security-groups",
    "aws-load-balancer-disable-nlb-sg",
    "aws-load-balancer-ip-address-type",
)
_UNREAD_OF_INGRESSES = (
    "security-group-prefix-lists",
    "ip-address-type",
    "customer-owned-ipv4-pool",
    "enable-frontend-nlb",
    "frontend-nlb-",
    _ACTIONS,
)
_MANAGED = "manage-backend-security-group-rules"
_OF_ALL = ("scheme", "subnets", "security-groups", _MANAGED)  # what holds for a group of Ingresses if one says it
_ACCELERATOR = "GlobalAccelerator"  # which leads the internet to load balancers, internal ones included
_BESIDE = ("IngressClassParams", _ACCELERATOR)
_DEFAULTS = ("--default-load-balancer-scheme", "--default-target-type")  # arguments of the controller
_CLASSES = frozenset({"service.k8s.aws/nlb", "eks.amazonaws.com/nlb"})


@dataclass(frozen=True, slots=True)
class Asked:
    """A load balancer that a manifest asks for. `ranges` are the clients that its groups let in.

    `whole` says that all of it is written: which controller makes it, and nothing that is not read here.
    `rules` says whether its controller lets it into the groups of the nodes.
    """

    resource: Resource
    application: bool
    internal: Truth
    by_address: Truth  # whether pods are the targets, not the ports of nodes
    ranges: tuple[str, ...]
    whole: bool
    listens: tuple[int, ...] = ()  # on which ports an application one does, none where that is not known
    subnets: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    rules: bool = True
    opens: tuple[int, ...] = ()  # on which ports it listens for all that ask for it, none where that is not known
    seen: bool = False  # whether its targets may see its clients in its place
    stands_for: Resource | None = None  # one of several that ask for it, which gives it its name

    @property
    def named_by(self) -> Resource:
        """The manifest that the load balancer is named by."""
        return self.stands_for or self.resource

    @property
    def accepts(self) -> Traffic:
        """What an application one takes."""
        return Traffic.union(Traffic.ports("tcp", port, port) for port in self.listens)

    @property
    def clients(self) -> AddressSet:
        """Those whom its groups let in, as far as that is known."""
        return ANYWHERE if self.groups or _ANYBODY in self.ranges else _ranges(self.ranges)


def asked(manifests: Iterable[Resource]) -> Mapping[str, Asked]:
    """Every load balancer that is asked for, by what a way calls it."""
    manifests = tuple(manifests)
    found = dict(_asked(manifests))
    return found | _shared(found, manifests)


def _asked(manifests: tuple[Resource, ...]) -> Iterator[tuple[str, Asked]]:
    classes = [resource for resource in manifests if resource.kind == CLASS]
    if not any(_is_balanced(each) or served_by(each, classes) == CLOUD for each in manifests):
        return
    overridden = any(resource.kind in _BESIDE or _sets_defaults(resource) for resource in manifests)
    accelerated = any(resource.kind == _ACCELERATOR for resource in manifests)
    told = {_targets(each) for each in manifests if each.kind == "Service" and _usable(each)} - {""}
    for resource in manifests:
        name = f"{namespace_of(resource)}/{resource.attributes['metadata'].get('name')}" if _usable(resource) else ""
        if _is_balanced(resource):
            yield f"LoadBalancer Service {name}", _of_service(resource, overridden=overridden, accelerated=accelerated)
        elif served_by(resource, classes) == CLOUD:
            found = _of_ingress(resource, overridden=overridden)
            meant = told | {_targets(resource) or "instance"}  # what a Service says goes before its Ingress
            yield f"Ingress {name}", found if len(meant) == 1 else replace(found, by_address=Truth.MAYBE)


def _is_balanced(resource: Resource) -> bool:
    return resource.kind == "Service" and _spec(resource).get("type") == "LoadBalancer"


# ---- one load balancer for several Ingresses --------------------------------------------------------


def _shared(found: Mapping[str, Asked], manifests: Iterable[Resource]) -> dict[str, Asked]:
    """Those of Ingresses in groups: what one of a group says of their load balancer holds for all of them."""
    grouped: defaultdict[str, dict[str, Asked]] = defaultdict(dict)
    for name, each in sorted(found.items()):
        if each.application and (group := _group(each.resource)):
            grouped[group][name] = each
    mine = {id(each.resource) for each in found.values()}
    others = {_group(each) for each in manifests if each.kind == "Ingress" and id(each) not in mine}
    known = None not in others | {_group(each.resource) for each in found.values() if each.application}
    every: dict[str, Asked] = {}
    for group, members in grouped.items():
        every |= _together(members, known=known and group not in others)
    return every


def _group(ingress: Resource) -> str | None:
    """The group of an Ingress, empty where it has none, None where that is not known."""
    return _Notes(ingress, _INGRESS).text("group.name") if _usable(ingress) else None


def _together(members: Mapping[str, Asked], *, known: bool) -> dict[str, Asked]:
    """The members of a group, each with what holds for all; nothing does where they disagree, or one is not whole."""
    every = list(members.values())
    notes = [_Notes(each.resource, _INGRESS) for each in every]
    said = {name: {text for each in notes if (text := each.text(name))} for name in _OF_ALL}
    agreed = all(len(texts) < 2 for texts in said.values()) and len({each.ranges for each in every}) == 1
    whole = known and agreed and all(each.whole for each in every)
    scheme, managed = (next(iter(said[name]), "") for name in ("scheme", _MANAGED))
    own = max((each.groups for each in every), key=len)
    opens = {port for each in every for port in each.listens} if all(each.listens for each in every) else set()
    alike = replace(
        every[0],
        internal=_truth(scheme or "internal", "internal", "internet-facing") if whole else Truth.MAYBE,
        ranges=every[0].ranges if whole else (_ANYBODY,),
        whole=whole,
        opens=tuple(sorted(opens)),
        subnets=max((each.subnets for each in every), key=len),
        groups=own,
        rules=managed == "true" if managed else not own,
        stands_for=every[0].resource,
    )
    return {
        name: replace(alike, resource=each.resource, by_address=each.by_address, listens=each.listens)
        for name, each in members.items()
    }


def _sets_defaults(resource: Resource) -> bool:
    """Whether it is a controller whose arguments say what holds where nothing is annotated."""
    return resource.kind == "Deployment" and any(text.startswith(_DEFAULTS) for text in texts(resource.attributes))


def _targets(resource: Resource) -> str:
    """What an object says of the targets of an Ingress."""
    return _Notes(resource, _INGRESS).text("target-type") or ""


def leads_beyond(resource: Resource) -> bool:
    """Whether an Ingress says in annotations where else it leads."""
    return resource.kind == "Ingress" and not _Notes(resource, _INGRESS).silent(_ACTIONS)


def _usable(resource: Resource) -> bool:
    return isinstance(resource.attributes.get("metadata"), dict)


def _spec(resource: Resource) -> Mapping[str, object]:
    spec = resource.attributes.get("spec")
    return spec if isinstance(spec, dict) else {}


class _Notes:
    """The annotations of an object under a prefix."""

    def __init__(self, resource: Resource, prefix: str) -> None:
        found = resource.attributes["metadata"].get("annotations") or {}
        self._readable = isinstance(found, dict)
        self._found = found if isinstance(found, dict) else {}
        self._prefix = prefix

    def text(self, name: str, default: str = "") -> str | None:
        """The text of an annotation, the default where it is not written, None where it is not known."""
        if not self._readable:
            return None
        value = self._found.get(self._prefix + name, default)
        return value.strip() if isinstance(value, str) else None

    def silent(self, *names: str) -> bool:
        """Whether nothing is said under names that begin like these, nor in what cannot be read."""
        texts = all(isinstance(text, str) for text in self._found.values())
        begun = [key for key in map(str, self._found) if key.startswith(tuple(self._prefix + name for name in names))]
        return self._readable and texts and not begun

    def parts(self, name: str) -> tuple[str, ...]:
        """The parts of a list."""
        text = self.text(name) or ""
        return tuple(part.strip() for part in text.split(",") if part.strip())


def _ranges(texts: Iterable[object]) -> AddressSet:
    found = AddressSet.union(())
    for text in texts:
        try:
            found |= AddressSet.parse(str(text))
        except ValueError:
            return ANYWHERE
    return found


def _truth(text: str | None, yes: str, no: str) -> Truth:
    return {yes: Truth.YES, no: Truth.NO}.get(text.lower(), Truth.MAYBE) if text is not None else Truth.MAYBE


def _of_service(resource: Resource, *, overridden: bool, accelerated: bool) -> Asked:
    notes, spec = _Notes(resource, _SERVICE), _spec(resource)
    kind = notes.text("aws-load-balancer-type")
    named = str(spec.get("loadBalancerClass")) in _CLASSES or kind in ("external", "nlb-ip")
    scheme = notes.text("aws-load-balancer-scheme", "internal" if named and not overridden else "")
    internal = _truth(scheme, "internal", "internet-facing")
    if notes.text("aws-load-balancer-internal") not in ("", None):
        internal = _truth(notes.text("aws-load-balancer-internal"), "true", "false")
    if accelerated:
        internal = Truth.MAYBE
    targets = "ip" if kind == "nlb-ip" else "" if overridden else "instance"
    by_address = _truth(notes.text("aws-load-balancer-nlb-target-type", targets), "ip", "instance")
    written = spec.get("loadBalancerSourceRanges") or []
    ranges = tuple(map(str, written)) if isinstance(written, list) else (_ANYBODY,)
    ranges += notes.parts("load-balancer-source-ranges")
    own = notes.parts("aws-load-balancer-security-groups")
    silent = notes.silent(*_UNREAD_OF_SERVICES) and not spec.get("externalIPs")
    return Asked(
        resource,
        application=False,
        internal=internal if not spec.get("externalIPs") else Truth.MAYBE,
        by_address=by_address if named else Truth.MAYBE,
        ranges=ranges if ranges and silent else (_ANYBODY,),
        whole=named and silent,
        subnets=notes.parts("aws-load-balancer-subnets"),
        groups=own,
        seen="preserve_client_ip" in (notes.text("aws-load-balancer-target-group-attributes") or ""),
        rules=_managed(notes, "aws-load-balancer-manage-backend-security-group-rules", own),
    )


def _of_ingress(resource: Resource, *, overridden: bool) -> Asked:
    notes = _Notes(resource, _INGRESS)
    own = notes.parts("security-groups")
    silent = notes.silent(*_UNREAD_OF_INGRESSES) and not overridden
    scheme = _truth(notes.text("scheme", "internal"), "internal", "internet-facing")
    listens = _listens(notes, tls=bool(_spec(resource).get("tls")))
    return Asked(
        resource,
        application=True,
        internal=scheme if silent else Truth.MAYBE,
        by_address=_truth(notes.text("target-type", "" if overridden else "instance"), "ip", "instance"),
        ranges=notes.parts("inbound-cidrs") or (_ANYBODY,) if silent else (_ANYBODY,),
        whole=silent,
        listens=listens,
        opens=listens,
        subnets=notes.parts("subnets"),
        groups=own,
        rules=_managed(notes, _MANAGED, own),
    )


def _managed(notes: _Notes, name: str, own: tuple[str, ...]) -> bool:
    """Whether the controller writes rules into the groups of the nodes: not beside groups of one's own, unless told."""
    return notes.text(name, "false" if own else "true") == "true"


def _listens(notes: _Notes, *, tls: bool) -> tuple[int, ...]:
    """The ports of an Ingress's listeners: as written, or by what is known of certificates."""
    written = notes.text("listen-ports")
    if written == "":
        if notes.text("certificate-arn"):
            return (443,)
        return () if tls else (80,)
    try:
        ports = tuple(int(port) for each in json.loads(written or "") for port in each.values())
        return ports if all(0 < port <= 65535 for port in ports) else ()
    except (ValueError, TypeError, AttributeError, RecursionError):
        return ()
