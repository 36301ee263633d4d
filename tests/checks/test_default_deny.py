"""`namespace-default-deny`: what pods that do not exist yet would be open to, against docs/rules.md spelt out."""

from __future__ import annotations

from collections.abc import Callable
from io import StringIO

from hypothesis import given, settings
from hypothesis import strategies as st

from netaudit.checks.invariants import Report, RuleResult, Verdict, check
from netaudit.engine.solve import Reachability
from netaudit.flows import CLAIMED
from netaudit.model import Settings
from netaudit.providers.kubernetes import build, newcomer_sides
from netaudit.queries.relations import Relations
from netaudit.sources.manifests import read_manifests
from tests.checks.building import rulebook
from tests.providers.kubernetes.clusters import namespace, pod, policy

V = Verdict
BOTH = "policyTypes: [Ingress, Egress]"
DENY = policy(f"podSelector: {{}}, {BOTH}", name="deny")
BASE = namespace("default") + pod("a", "app: a")


def report(text: str, **fields: object) -> Report:
    """The report on one rule of this kind."""
    readings = [read_manifests(StringIO(text), name="k8s")]
    book = rulebook({"kind": "namespace-default-deny"} | fields)
    relations = Relations(Reachability(build(readings, Settings()), book.cuts))
    return check(relations, book, (), lambda: newcomer_sides(readings, Settings()))


def result(text: str, **fields: object) -> RuleResult:
    """The verdict on it."""
    (found,) = report(text, **fields).results
    return found


def test_a_default_deny_on_both_sides_is_proved() -> None:
    """With rules for particular pods beside it, too."""
    allow = policy("podSelector: {matchLabels: {app: a}}, ingress: [{from: [{podSelector: {}}]}]", name="allow")
    assert (V.PROVED, 2) == ((found := result(BASE + DENY + allow)).verdict, found.examined)


def test_a_namespace_without_policies_is_violated_by_a_new_pod() -> None:
    """Both ways, with any pod and with the outside."""
    found = result(BASE)
    new = "default/{a new pod}"
    ends = {(w.source, w.destination, w.traffic) for w in found.witnesses}
    peers = ("any pod", "any address outside")
    assert {(p, new, CLAIMED) for p in peers} | {(new, p, CLAIMED) for p in peers} == ends
    assert (V.VIOLATED, 4) == (found.verdict, found.failing)


def test_a_violation_is_placed_where_the_namespace_is_declared() -> None:
    """There is no policy that could be named."""
    origins = {check.origin for w in result(BASE).witnesses for *_, leg in w.legs for check in leg}
    assert {2} == {origin.line for origin in origins if origin}


def test_only_the_sides_that_are_asked_for_count() -> None:
    """Ingress is closed, egress not."""
    text = BASE + policy("podSelector: {}")
    assert (V.PROVED, V.VIOLATED) == tuple(result(text, sides=[s]).verdict for s in ("ingress", "egress"))


def test_a_policy_that_allows_everything_is_no_default_deny() -> None:
    """Every pod is selected, and open."""
    assert V.VIOLATED == result(BASE + policy("podSelector: {}, ingress: [{}]"), sides=["ingress"]).verdict


def test_what_is_allowed_to_all_may_be_declared() -> None:
    """Name resolution, and not more."""
    text = BASE + policy("podSelector: {}, policyTypes: [Egress], egress: [{ports: [{protocol: UDP, port: 53}]}]")
    said = [result(text, sides=["egress"], allowed=allowed).verdict for allowed in ("udp/53", "udp/54")]
    assert [V.PROVED, V.VIOLATED] == said


def test_a_namespace_that_has_no_pod_yet_is_judged() -> None:
    """It would be open to the first one."""
    assert V.VIOLATED == result(BASE + DENY + namespace("empty")).verdict
    assert V.PROVED == result(BASE + DENY + namespace("empty"), exempt=["emp*"]).verdict


def test_it_is_vacuous_where_no_namespace_has_the_name() -> None:
    """A typing mistake is no pass."""
    found = result(BASE + DENY, namespaces=["defualt"])
    assert (V.VACUOUS, "there is no such namespace") == (found.verdict, found.note)


def test_it_is_vacuous_where_one_of_the_names_is_no_namespace() -> None:
    """The others are closed, but that one was meant too; a pattern asks, so that it may match nothing."""
    said = [result(BASE + DENY, namespaces=["default", name]) for name in ("defualt", "defualt*")]
    expected = [(V.VACUOUS, "there is no namespace defualt"), (V.PROVED, "")]
    assert expected == [(each.verdict, each.note) for each in said]


def test_pods_that_no_selector_may_pick_leave_it_unknown() -> None:
    """A pod without labels is isolated, one with the label is not."""
    text = BASE + policy(f"podSelector: {{matchExpressions: [{{key: app, operator: DoesNotExist}}]}}, {BOTH}")
    found = result(text)
    assert (V.UNKNOWN, ["which labels a new pod will have"]) == (found.verdict, [u.reason for u in found.depends_on])


def test_some_addresses_outside_leave_it_unknown() -> None:
    """Not every address is admitted, and not none."""
    text = BASE + policy("podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 192.0.2.0/24}}]}]")
    assert V.UNKNOWN == result(text, sides=["ingress"]).verdict


def test_a_policy_that_cannot_be_read_leaves_it_unknown() -> None:
    """It might allow everything."""
    broken = policy("podSelector: {}, ingress: [{from: [{}]}]", name="broken")
    assert V.UNKNOWN == result(BASE + DENY + broken).verdict


EXPRESSIONS: dict[str, Callable[[str | None], bool]] = {
    "": lambda _: True,
    "{key: app, operator: In, values: [x]}": lambda value: value == "x",
    "{key: app, operator: NotIn, values: [x]}": lambda value: value != "x",
    "{key: app, operator: Exists}": lambda value: value is not None,
    "{key: app, operator: DoesNotExist}": lambda value: value is None,
}


@settings(max_examples=40)
@given(st.lists(st.tuples(st.sampled_from(sorted(EXPRESSIONS)), st.booleans()), max_size=3))
def test_proofs_and_violations_hold_for_every_pod_there_could_be(chosen: list[tuple[str, bool]]) -> None:
    """Each value of the one label that selectors speak of, one that none does, and no label at all."""
    text = BASE + "".join(
        policy(f"podSelector: {{matchExpressions: [{e}]}}" + (", ingress: [{}]" if opens else ""), name=f"p{n}")
        for n, (e, opens) in enumerate(chosen)
    )
    meant = {value: [opens for e, opens in chosen if EXPRESSIONS[e](value)] for value in (None, "x", "y")}
    said = result(text, sides=["ingress"]).verdict
    bare_is_open = not meant[None] or any(meant[None])
    assert (said is V.VIOLATED) == bare_is_open
    assert said is not V.PROVED or all(meant.values())


@settings(max_examples=20)
@given(st.lists(st.sampled_from(sorted(EXPRESSIONS)), max_size=2), st.sampled_from(sorted(EXPRESSIONS)))
def test_a_policy_that_only_denies_breaks_nothing(chosen: list[str], further: str) -> None:
    """The verdict never becomes worse by one more."""
    texts = [
        policy(f"podSelector: {{matchExpressions: [{e}]}}", name=f"p{n}") for n, e in enumerate([*chosen, further])
    ]
    order = [V.VIOLATED, V.UNKNOWN, V.PROVED]
    before, after = (result(BASE + "".join(some), sides=["ingress"]).verdict for some in (texts[:-1], texts))
    assert order.index(before) <= order.index(after)
