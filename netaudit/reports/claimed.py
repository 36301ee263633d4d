"""What a proof claims, as sentences: of the model of some files, under assumptions, and of no more than they say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from netaudit.checks.clauses import Allowed, Clause, DefaultDeny, NoDeadRule, Partition, Sense, Sentence, Survival
from netaudit.checks.invariants import RuleResult, Verdict
from netaudit.queries.selector_syntax import selector_text

_IN_THE_MODEL = "in the model of these files, under the listed assumptions"


def claimed(result: RuleResult) -> tuple[str, ...]:
    """One sentence for each clause of a rule that is proved; none where it is not."""
    if result.verdict is not Verdict.PROVED:
        return ()
    relation = str(result.invariant.relation)
    return tuple(f"{_IN_THE_MODEL}, {_sentence(clause, relation)}" for clause in result.invariant.clauses)


def _sentence(said: Sentence, relation: str) -> str:
    match said:
        case Clause():
            return _of_flows(said, relation)
        case Partition():
            zones = f"the zones {_listed(said.zones)}" if said.zones else "the zones"
            return f"every endpoint of {selector_text(said.over)} is in exactly one of {zones}"
        case DefaultDeny():
            pod = " ".join(("a new pod without labels", _named("in a namespace", said.namespaces, said.exempt)))
            but = f" but {said.allowed}" if said.allowed else ""
            others = "a pod of which nothing is known, nor with an address outside"
            return f"{pod} exchanges nothing{but} with {others} ({_listed(said.sides, 'and')})"
        case NoDeadRule():
            does = "lets a declared flow pass" if said.declared else "changes what flows"
            return f"every rule {_named('of a holder', said.holders, said.exempt)} {does}"
        case Survival():
            lost = f"whichever {said.count} {_named(_listed(said.losing), said.among, ())} is lost"
            return f"each part of {said.traffic} flows ({relation}) {_ends(said)}, between some pair, {lost}"


def _listed(names: Sequence[str], last: str = "or") -> str:
    *others, final = names
    return f"{', '.join(others)} {last} {final}" if others else final


def _named(what: str, patterns: Sequence[str], exempt: Sequence[str]) -> str:
    """Things whose names match; no more than `what` they are where any name does."""
    named = "" if "*" in patterns else f"named {_listed(patterns)}"
    spared = f"not named {_listed(exempt)}" if exempt else ""
    return " ".join(part for part in (what, named, spared) if part)


def _ends(said: Clause | Survival | Allowed) -> str:
    return f"from {selector_text(said.sources)} to {selector_text(said.destinations)}"


def _of_flows(clause: Clause, relation: str) -> str:
    if clause.sense is Sense.ALWAYS:
        return f"all of {clause.traffic} flows ({relation}) {_ends(clause)}, between every pair"
    if clause.sense is Sense.SOMEWHERE:
        return f"each part of {clause.traffic} flows ({relation}) {_ends(clause)}, between some pair"
    return ", ".join((f"no {relation} flow of {clause.traffic} exists {_ends(clause)}", *_exceptions(clause)))


def _exceptions(clause: Clause) -> Iterator[str]:
    for each in clause.allowed:
        yield f"but for {each.traffic} {_ends(each)}"
    if clause.since is not None:
        yield "but for what flowed at the base"
    if clause.without is not None:
        yield f"without {selector_text(clause.without)}"
