"""Networks for pictures as nobody would build them: odd nesting, stray members, hostile names."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st

from netaudit.engine.solve import Reachability
from netaudit.model import Endpoint, Group
from netaudit.queries.flow import Flow
from tests.diagrams.building import endpoint, flow, solved

MARKUP = ["<script>alert(1)</script>", "\"&'", "]]>", "--><!--", "a\nb"]
NASTY = [*MARKUP, "\x1b[31m", "a\u202eb", "x" * 300, "", "日本語", "\u200f\u05d0", "\ud800"]
_NAMES = st.one_of(st.sampled_from(["web", "data-a", "app[0]", "prod"]), st.sampled_from(NASTY), st.text(max_size=12))
_TRAFFIC = st.sampled_from(["tcp/443", "tcp/22,80,443,5432,8080-8090 udp/53", "any", "icmp/8", "udp"])
_OUTSIDE = ["internet", "private", "203.0.113.0/24"]


@dataclass(frozen=True)
class Case:
    """What a picture is made of."""

    groups: tuple[Group, ...]
    endpoints: tuple[Endpoint, ...]
    flows: tuple[Flow, ...]
    violations: dict[tuple[str, str], tuple[str, ...]]

    @property
    def solved(self) -> Reachability:
        """The network."""
        return solved(self.groups, self.endpoints)


def crowded() -> Case:
    """Three boxes of six leaves each in three tiers; everybody talks to everybody, and every seventh pair must not."""
    groups = [Group(f"vpc/{v}", "vpc", f"vpc-{v}") for v in range(3)]
    leaves = [(v, i) for v in range(3) for i in range(6)]
    groups += [Group(f"s/{v}{i}", "subnet", f"s{i}", parent=f"vpc/{v}", column=i % 3) for v, i in leaves]
    endpoints = [endpoint(f"host{v}{i}", "aws_instance", f"s/{v}{i}", f"vpc/{v}") for v, i in leaves]
    pairs = [(a.id, b.id) for a in endpoints for b in endpoints if a.id != b.id]
    flows = [flow(*pair, "tcp/443", "" if index % 5 == 0 else None) for index, pair in enumerate(pairs)]
    violations: dict[tuple[str, str], tuple[str, ...]] = dict.fromkeys(pairs[::7], ("SEG-1", "SEG-2"))
    return Case(tuple(groups), tuple(endpoints), tuple(flows), violations)


@st.composite
def _groups(draw: st.DrawFn) -> tuple[Group, ...]:
    found: list[Group] = []
    for index in range(draw(st.integers(0, 9))):
        parent = draw(st.one_of(st.none(), st.integers(0, max(index, 1) - 1)))
        found.append(
            Group(
                key=f"g/{index}",
                kind=draw(st.sampled_from(["vpc", "subnet", "namespace"])),
                title=draw(_NAMES),
                parent=None if parent is None else f"g/{parent}",
                detail=draw(st.sampled_from(["", "10.0.0.0/16", "2001:db8:aaaa:bbbb::/64"])),
                column=draw(st.integers(0, 2)),
                box=draw(st.integers(0, 5)) > 0,
            )
        )
    return tuple(found)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """A network, flows among its endpoints and with the outside, and some of them violated."""
    groups = draw(_groups())
    keys = [group.key for group in groups]
    endpoints = []
    for index in range(draw(st.integers(1, 14))):
        member_of = draw(st.lists(st.sampled_from(keys), max_size=2)) if keys else []
        around = {group.parent for group in groups if group.key in member_of and group.parent is not None}
        kind = draw(st.sampled_from(["aws_instance", "Deployment"]))
        endpoints.append(endpoint(f"{index}{draw(_NAMES)}", kind, *member_of, *around))
    names = [each.id for each in endpoints]
    ends = st.sampled_from([*names, *_OUTSIDE])
    pairs = draw(st.lists(st.tuples(ends, ends).filter(lambda pair: pair[0] != pair[1]), max_size=40, unique=True))
    flows = tuple(flow(*pair, draw(_TRAFFIC), draw(st.sampled_from([None, ""]))) for pair in pairs)
    broken = draw(st.lists(st.sampled_from(pairs), max_size=6)) if pairs else []
    violations = {pair: tuple(draw(st.lists(_NAMES, min_size=1, max_size=2))) for pair in broken}
    return Case(groups, tuple(endpoints), flows, violations)
