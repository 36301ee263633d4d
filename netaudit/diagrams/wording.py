"""The words on a picture: short ones for labels, whole ones for the titles that a pointer or a screen reader finds."""

from __future__ import annotations

from collections.abc import Iterable

from netaudit.diagrams.picture import Badge, Box, Bundle, Chip, Sum, Totals
from netaudit.flows import ANY, CLAIMED, Traffic

_TOP = 3
_LISTED = 12
_READ = 300  # characters of traffic in a title
_KINDS = {
    "vpc": "VPC",
    "ns": "namespace",
    "aws_vpc": "VPC",
    "aws_lb": "load balancer",
    "aws_elb": "load balancer",
    "aws_alb": "load balancer",
    "aws_db_instance": "database",
    "aws_rds_cluster": "database cluster",
    "aws_eks_cluster": "cluster",
}


def kind_text(kind: str) -> str:
    """A kind as a reader says it: `aws_db_instance` is `db instance`."""
    return _KINDS.get(kind, kind.removeprefix("aws_").replace("_", " "))


def short_traffic(traffic: Traffic) -> str:
    """The first three ports or protocols, and how many more there are: `tcp/22,443,5432 +2`."""
    if not traffic:
        return ""
    if traffic >= ANY or traffic == CLAIMED:
        return "any" if traffic >= ANY else "any port"
    pieces = [
        (protocol, number)
        for protocol, _, numbers in (word.partition("/") for word in str(traffic).split())
        for number in numbers.split(",")
    ]
    shown: dict[str, list[str]] = {}
    for protocol, number in pieces[:_TOP]:
        shown.setdefault(protocol, []).append(number)
    text = " ".join(f"{protocol}/{','.join(n)}" if any(n) else protocol for protocol, n in shown.items())
    return f"{text} +{len(pieces) - _TOP}" if len(pieces) > _TOP else text


def count(number: int, thing: str) -> str:
    """`1 flow`, `2 flows`."""
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"


def rules_text(rules: tuple[str, ...]) -> str:
    """The first rule, and how many more there are."""
    return rules[0] + (f" +{len(rules) - 1}" if len(rules) > 1 else "") if rules else ""


def violation_text(total: Sum) -> str:
    """The label of a marked arrow: the rules that it violates, or what became of it, and the traffic concerned."""
    several = f" · {count(total.violated, 'flow')}" if total.violated > 1 else ""
    return f"{mark_text(total)} · {short_traffic(total.violating)}{several}"


def mark_text(total: Sum) -> str:
    """Which rules are violated, or which change this is."""
    return rules_text(total.rules) if total.look == "violated" else total.look


def badge_text(badge: Badge) -> str:
    """What a badge says in one line."""
    total = badge.sum
    where = _peers_text(badge.peers)
    if total.violated:
        return f"{mark_text(total)} · {where} {short_traffic(total.violating)}"
    return f"{where} {short_traffic(total.traffic)}" + ("" if total.certain else " ?")


def _peers_text(peers: tuple[str, ...]) -> str:
    public = [peer for peer in peers if peer in {"internet", "internet6"}]
    if public:
        return "internet"
    return peers[0] if len(peers) == 1 else f"{peers[0]} +{len(peers) - 1}"


def counter_text(name: str, number: int) -> str:
    """What a header counts."""
    return f"{number:,} {'internal' if name == 'inner' else 'to outside'}"


def whole_traffic(traffic: Traffic) -> str:
    """All of it, unless that is longer than anybody reads."""
    text = str(traffic)
    if len(text) <= _READ:
        return text
    return text[:_READ].rpartition(",")[0] + ",…"


def sum_title(total: Sum) -> str:
    """Everything about some flows, in words."""
    sure = "" if total.certain else ", possible only"
    text = f"{count(total.flows, 'flow')}{sure}: {whole_traffic(total.traffic)}"
    if total.violated:
        verb = "violating " if total.look == "violated" else ""
        text += f"; {total.violated} {verb}{', '.join(total.rules)}: {whole_traffic(total.violating)}"
    return text


def bundle_title(bundle: Bundle, source: Box, destination: Box) -> str:
    """`subnet app-a → subnet data-a: 3 flows: tcp/5432`."""
    return f"{named(source)} → {named(destination)}: {sum_title(bundle.sum)}"


def named(box: Box) -> str:
    """Kind and title of a box."""
    return " ".join(part for part in (kind_text(box.kind), box.title) if part)


def box_title(box: Box) -> str:
    """What a box is, and what it counts."""
    inner = f"; inside: {sum_title(box.inner)}" if box.inner else ""
    chips = f"; {count(sum(len(chip.ids) for chip in box.chips), 'endpoint')}" if box.chips else ""
    return f"{named(box)}{f' {box.detail}' if box.detail else ''}{chips}{inner}"


def chip_title(chip: Chip) -> str:
    """Which endpoints it stands for, and all of its badges."""
    marks = [f"takes part in: {listed(chip.marks)}"] if chip.marks else []
    lines = [f"{kind_text(chip.kind)}: {listed(chip.ids)}", *marks, *(badge_title(badge) for badge in chip.badges)]
    return "\n".join(lines)


def badge_title(badge: Badge) -> str:
    """Which external blocks, and what."""
    return f"{'reachable from' if badge.inward else 'reaches'} {listed(badge.peers)}: {sum_title(badge.sum)}"


def listed(names: Iterable[str]) -> str:
    """Some names, and how many more there are."""
    names = list(names)
    more = f", and {len(names) - _LISTED:,} more" if len(names) > _LISTED else ""
    return ", ".join(names[:_LISTED]) + more


def account(totals: Totals) -> str:
    """The footer: where every flow is shown."""
    parts = [
        f"{totals.bundled:,} bundled in {count(totals.arrows, 'arrow')}",
        f"{totals.inner:,} inside boxes",
        f"{totals.badged:,} in {count(totals.badges, 'badge')}",
        f"{totals.outward:,} to outside",
    ]
    if totals.transit:
        parts.append(f"{totals.transit:,} from outside to outside")
    hidden = f"; {totals.hidden:,} {totals.hidden_why}" if totals.hidden else ""
    return f"{count(totals.flows, 'flow')}: {', '.join(parts)}, {totals.dropped} dropped{hidden}"
