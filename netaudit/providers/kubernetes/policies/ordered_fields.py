"""Reading what the two generations of the ordered policies' API write alike: subjects, rules, peers.

https://network-policy-api.sigs.k8s.io/reference/spec/ (read 2026-11-23)

K8S-3   A selector that is absent inside `pods` selects all, like an empty one.
K8S-24  A subject has exactly one of `namespaces` and `pods`, a peer exactly one field, a rule at least one peer.
K8S-26  `sameLabels` and `notSameLabels` were removed from the API.
K8S-29  A port's name goes with no peer that is not a pod; `domainNames` only with rules that allow egress.

Not modelled: nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from netaudit.flows import AddressSet
from netaudit.model import Action, Resource
from netaudit.providers.kubernetes.fields import Field, MalformedError
from netaudit.providers.kubernetes.policies.contribution import Side
from netaudit.providers.kubernetes.policies.ordered import PEERS_KEY, DomainPeer, NodePeer, OrderedRule, Peer
from netaudit.providers.kubernetes.policies.peers import IpBlock, SelectorPeer, read_cidr
from netaudit.providers.kubernetes.policies.ports import Port
from netaudit.providers.kubernetes.selectors import Selector, read_selector

_INSIDE = ("namespaces", "pods")
_OUTSIDE = ("networks", "nodes", "domainNames")
_REMOVED = ("sameLabels", "notSameLabels")
_DOMAIN = re.compile(r"(?:\*\.)?(?:[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?\.)+[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?\.?")


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one kind writes its rules.

    `actions` gives each word's meaning, `code` begins the reason codes, `ports` is the name of the list of
    ports and `port` reads one of its items. `rules` and `peers` are the longest lists that the API takes. A
    kind that `fails_closed` on a peer without a known field reads such a rule; for others it is an error.
    `empty_ports`: whether an empty list of ports is as good as none.
    """

    actions: dict[str, Action]
    code: str
    ports: str
    port: Callable[[Field], Port]
    rules: int
    peers: int
    domains: bool = True
    fails_closed: bool = False
    empty_ports: bool = True


def title_of(resource: Resource) -> str:
    """How people call a policy of the whole cluster: `AdminNetworkPolicy isolate`."""
    return f"{resource.kind} {resource.address.rpartition('[')[0]}"


def read_subject(field: Field) -> SelectorPeer:
    """The pods that a policy is about. Raises MalformedError."""
    field.only(*_INSIDE)
    return _pods(_the_one(field), field)


def subject_of(resource: Resource) -> SelectorPeer | None:
    """The subject of a policy of which something else may be wrong, None where it cannot be told."""
    try:
        return read_subject(Field.root(resource).get("spec", "subject"))
    except MalformedError:
        return None


def read_sides(spec: Field, dialect: Dialect) -> dict[Side, tuple[OrderedRule, ...]]:
    """The rules of the sides that have any. Raises MalformedError."""
    found: dict[Side, tuple[OrderedRule, ...]] = {}
    for side in Side:
        items = _at_most(spec.get(side.value), dialect.rules)
        if items:
            found[side] = tuple(_rule(item, side, dialect) for item in items)
    return found


def _rule(field: Field, side: Side, dialect: Dialect) -> OrderedRule:
    to = PEERS_KEY[side]
    field.only("name", "action", to, dialect.ports)
    given = field.get("name").optional_text("")
    if len(given) > 100:
        raise MalformedError(field.get("name"), "must not be longer than 100 characters")
    word = field.get("action").text()
    if word not in dialect.actions:
        raise MalformedError(field.get("action"), f"must be one of {', '.join(dialect.actions)}")
    name = f"{side.value}[{field.path[-1]}]" + (f" {given}" if given else "")
    ports = _ports(field.get(dialect.ports), dialect)
    items = _some(field.get(to), dialect.peers)
    closed = dialect.fails_closed and any(_has_no_known_field(item) for item in items)
    action, code = dialect.actions[word], f"{dialect.code}_{word.upper()}"
    if closed:
        return OrderedRule(name, field.origin, action, code, (), ports, fails_closed=True)
    peers = tuple((f"{name}.{to}[{index}]", item.origin, _peer(item, side)) for index, item in enumerate(items))
    for item, (_, _, peer) in zip(items, peers, strict=True):
        _check_together(item, peer, action, ports, dialect)
    return OrderedRule(name, field.origin, action, code, peers, ports)


def _check_together(field: Field, peer: Peer, action: Action, ports: tuple[Port, ...], dialect: Dialect) -> None:
    """What may not go with what (K8S-29). Raises MalformedError."""
    if any(port.name for port in ports) and not isinstance(peer, SelectorPeer):
        raise MalformedError(field, "cannot go with a port's name: only pods declare names")
    if isinstance(peer, DomainPeer) and (action is not Action.ALLOW or not dialect.domains):
        raise MalformedError(field.get("domainNames"), "can only be in a rule that allows")


def _ports(field: Field, dialect: Dialect) -> tuple[Port, ...]:
    items = _at_most(field, dialect.peers)
    if field and not items and not dialect.empty_ports:
        raise MalformedError(field, "must have at least one item")
    return tuple(dialect.port(item) for item in items)


def _has_no_known_field(field: Field) -> bool:
    return not any(field.get(key) for key in (*_INSIDE, *_OUTSIDE)) or not {*field.mapping()} <= {*_INSIDE, *_OUTSIDE}


def _peer(field: Field, side: Side) -> Peer:
    """One peer (K8S-24). Raises MalformedError."""
    field.only(*_INSIDE, *(_OUTSIDE if side is Side.EGRESS else ()))
    key = _the_one(field)
    value = field.get(key)
    if key == "networks":
        return _networks(value)
    if key == "nodes":
        return NodePeer(read_selector(value))
    if key == "domainNames":
        return DomainPeer(tuple(_domain(item) for item in _some(value, 25)))
    return _pods(key, field)


def _the_one(field: Field) -> str:
    """The key of the one field that is set. Raises MalformedError."""
    found = [key for key in field.mapping() if field.get(key)]
    if len(found) != 1:
        raise MalformedError(field, f"must have exactly one field, not {len(found)}")
    return found[0]


def _pods(key: str, field: Field) -> SelectorPeer:
    value = field.get(key)
    if key == "namespaces":
        return SelectorPeer(_namespaces(value), None)
    value.only("namespaceSelector", "podSelector", *_REMOVED)
    return SelectorPeer(_namespaces(value.get("namespaceSelector")), read_selector(value.get("podSelector")))


def _namespaces(field: Field) -> Selector:
    for key in _REMOVED:
        if field.get(key):
            raise MalformedError(field.get(key), "was removed from the API: use label selectors")
    return read_selector(field)


def _networks(field: Field) -> IpBlock:
    blocks = [read_cidr(item) for item in _some(field, 25)]
    return IpBlock(AddressSet.union(blocks), ", ".join(str(block) for block in blocks))


def _domain(field: Field) -> str:
    text = field.text()
    if len(text) > 254 or not _DOMAIN.fullmatch(text):
        raise MalformedError(field, f"is {text[:60]!r}, which is not a domain name")
    return text


def _some(field: Field, most: int) -> list[Field]:
    """A list with at least one item. Raises MalformedError."""
    items = _at_most(field, most)
    if not items:
        raise MalformedError(field, "must have at least one item")
    return items


def _at_most(field: Field, most: int) -> list[Field]:
    items = field.items()
    if len(items) > most:
        raise MalformedError(field, f"must have at most {most} items, not {len(items)}")
    return items
