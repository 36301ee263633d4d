"""AdminNetworkPolicy, its baseline and ClusterNetworkPolicy, one claim at a time."""

from __future__ import annotations

import pytest

from netaudit.engine.solve import Bounds, Reachability
from netaudit.flows import ANY, AddressSet, Traffic
from netaudit.model import Effect, Filter, Settings, Severity
from tests.providers.kubernetes.clusters import between, codes, exactly, namespace, network, only, pod, policy

GROUP = "policy.networking.k8s.io"
PORTS = (
    "containers: [{name: c, ports: [{name: http, containerPort: 8080}, {name: dns, containerPort: 53, protocol: UDP}]}]"
)
PODS = (
    namespace("default", "team: a")
    + namespace("far", "team: b")
    + pod("a", "app: a", status="podIP: 10.0.0.1")
    + pod("b", "app: b", spec=PORTS, status="podIP: 10.0.0.2")
    + pod("c", "app: c", namespace="far", status="podIP: 10.0.0.3")
)
A, B, C = "default/a[Pod]", "default/b[Pod]", "far/c[Pod]"
ALL = "{namespaces: {}}"
ON_B = "subject: {pods: {namespaceSelector: {}, podSelector: {matchLabels: {app: b}}}}"
ON_A = "subject: {pods: {namespaceSelector: {}, podSelector: {matchLabels: {app: a}}}}"
NO_ICMP = Settings(kubernetes_icmp_follows_policy="deny")


def anp(spec: str, *, name: str = "x", priority: str = "5") -> str:
    """An AdminNetworkPolicy's manifest; `spec` is the inside of a flow mapping."""
    kind = "AdminNetworkPolicy"
    spec = f"priority: {priority}, {spec}"
    return f"---\napiVersion: {GROUP}/v1alpha1\nkind: {kind}\nmetadata: {{name: {name}}}\nspec: {{{spec}}}\n"


def banp(spec: str, *, name: str = "default") -> str:
    """A BaselineAdminNetworkPolicy's manifest."""
    kind = "BaselineAdminNetworkPolicy"
    return f"---\napiVersion: {GROUP}/v1alpha1\nkind: {kind}\nmetadata: {{name: {name}}}\nspec: {{{spec}}}\n"


def cnp(spec: str, *, name: str = "w", tier: str = "Admin", priority: str = "5") -> str:
    """A ClusterNetworkPolicy's manifest."""
    spec = f"tier: {tier}, priority: {priority}, {spec}"
    return (
        f"---\napiVersion: {GROUP}/v1alpha2\nkind: ClusterNetworkPolicy\nmetadata: {{name: {name}}}\nspec: {{{spec}}}\n"
    )


def to_b(action: str, ports: str = "", peer: str = ALL) -> str:
    """A rule about what comes to `b`."""
    return f"{{action: {action}, from: [{peer}]{ports and ', ports: ' + ports}}}"


def node(name: str, labels: str, address: str) -> str:
    """A Node's manifest."""
    status = f"addresses: [{{type: Hostname, address: {name}}}, {{type: InternalIP, address: {address}}}]"
    return f"---\napiVersion: v1\nkind: Node\nmetadata: {{name: {name}, labels: {{{labels}}}}}\nstatus: {{{status}}}\n"


def _both(bounds: Bounds) -> tuple[Traffic, Traffic]:
    return bounds.certain, bounds.possible


TCP80 = "[{portNumber: {protocol: TCP, port: 80}}]"
NETPOL = policy("podSelector: {matchLabels: {app: b}}, ingress: [{ports: [{port: 80}]}]")


# ---- order ------------------------------------------------------------------------------------------------


def test_k8s_21_the_first_rule_that_matches_decides() -> None:
    """Allow 80, then deny everything: 80 remains. The other way round nothing does."""
    allow, deny = to_b("Allow", TCP80), to_b("Deny")
    assert exactly("tcp/80") == between(PODS + anp(f"{ON_B}, ingress: [{allow}, {deny}]"), A, B)
    assert exactly("") == between(PODS + anp(f"{ON_B}, ingress: [{deny}, {allow}]"), A, B)


def test_k8s_21_the_smaller_priority_comes_first() -> None:
    """Whatever the names and the order of the documents."""
    first = anp(f"{ON_B}, ingress: [{to_b('Allow', TCP80)}]", name="z", priority="1")
    second = anp(f"{ON_B}, ingress: [{to_b('Deny')}]", name="a", priority="2")
    assert exactly("tcp/80") == between(PODS + second + first, A, B)


def test_k8s_21_allow_and_deny_are_final_and_pass_goes_on_to_network_policy() -> None:
    """The NetworkPolicy allows 80 only."""
    for action, allowed in (("Allow", "any"), ("Deny", ""), ("Pass", "tcp/80")):
        text = PODS + NETPOL + anp(f"{ON_B}, ingress: [{to_b(action)}]")
        assert exactly(allowed) == between(text, A, B, NO_ICMP)


def test_k8s_21_pass_skips_the_remaining_admin_policies() -> None:
    """A later deny of the same level is not asked any more."""
    text = anp(f"{ON_B}, ingress: [{to_b('Pass', TCP80)}]", priority="1")
    text += anp(f"{ON_B}, ingress: [{to_b('Deny')}]", name="later", priority="2")
    assert exactly("tcp/80") == between(PODS + text, A, B)


def test_k8s_21_the_baseline_is_asked_only_where_no_network_policy_selects_the_pod() -> None:
    """A NetworkPolicy's own answer is final, also for what it does not list."""
    baseline = banp(f"{ON_B}, ingress: [{to_b('Allow', '[{portNumber: {port: 443}}]')}, {to_b('Deny')}]")
    assert exactly("tcp/443") == between(PODS + baseline, A, B)
    assert exactly("tcp/80") == between(PODS + baseline + NETPOL, A, B, NO_ICMP)


def test_k8s_22_what_no_rule_mentions_is_left_alone() -> None:
    """A deny of one port leaves the others, and the other direction."""
    text = PODS + anp(f"{ON_B}, ingress: [{to_b('Deny', TCP80)}]")
    assert exactly("any") == between(text, B, A)
    found = between(text, A, B)
    assert ANY - Traffic.parse("tcp/80") == found.certain == found.possible


def test_k8s_22_both_sides_must_pass() -> None:
    """Allowed in at the destination, denied out at the source."""
    text = anp(f"{ON_B}, ingress: [{to_b('Allow')}]")
    text += anp(f"{ON_A}, egress: [{{action: Deny, to: [{ALL}]}}]", name="out")
    assert exactly("") == between(PODS + text, A, B)


# ---- no order ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [anp, cnp])
def test_k8s_23_k8s_27_policies_of_one_priority_are_open_exactly_where_they_disagree(kind: object) -> None:
    """One allows 80 and 81, the other denies 80: 80 is unknown, 81 certain. An error names both."""
    old = kind is anp
    make, allow = (anp, "Allow") if old else (cnp, "Accept")
    key = "ports" if old else "protocols"
    two = "[{portRange: {start: 80, end: 81}}]" if old else "[{tcp: {destinationPort: {range: {start: 80, end: 81}}}}]"
    one = TCP80 if old else "[{tcp: {destinationPort: {number: 80}}}]"
    text = make(f"{ON_B}, ingress: [{{action: {allow}, from: [{ALL}], {key}: {two}}}]", name="p")
    text += make(f"{ON_B}, ingress: [{{action: Deny, from: [{ALL}], {key}: {one}}}]", name="q")
    text += make(f"{ON_B}, ingress: [{{action: Deny, from: [{ALL}]}}]", name="r", priority="9")
    found = between(PODS + text, A, B)
    assert (Traffic.parse("tcp/81"), Traffic.parse("tcp/80-81")) == (found.certain, found.possible)
    note = only(network(PODS + text), "POLICY_PRIORITY_AMBIGUOUS")
    assert (Severity.ERROR, Effect.OVER_APPROXIMATED, (B,)) == (note.severity, note.effect, note.touches)


def test_k8s_23_policies_of_one_priority_that_agree_are_accepted_with_a_warning() -> None:
    """Their order cannot change any answer."""
    text = anp(f"{ON_B}, ingress: [{to_b('Deny', TCP80)}]", name="p")
    text += anp(f"{ON_B}, ingress: [{to_b('Deny')}]", name="q")
    assert exactly("") == between(PODS + text, A, B)
    note = only(network(PODS + text), "POLICY_PRIORITY_AMBIGUOUS")
    assert (Severity.WARNING, Effect.IGNORED) == (note.severity, note.effect)


def test_k8s_23_policies_of_one_priority_about_different_pods_are_nothing_to_speak_of() -> None:
    """They never meet."""
    text = anp(f"{ON_B}, ingress: [{to_b('Deny')}]", name="p") + anp(f"{ON_A}, ingress: [{to_b('Allow')}]", name="q")
    assert "POLICY_PRIORITY_AMBIGUOUS" not in codes(network(PODS + text))


def test_k8s_23_three_disagreeing_policies_leave_each_of_their_answers_possible() -> None:
    """Allow, deny, or pass to a NetworkPolicy that allows 80 only."""
    text = "".join(
        anp(f"{ON_B}, ingress: [{to_b(action)}]", name=action.lower()) for action in ("Deny", "Pass", "Allow")
    )
    found = between(PODS + NETPOL + text, A, B)
    assert (Traffic.nothing(), ANY) == (found.certain, found.possible)


# ---- what rules say ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ports", "allowed"),
    [
        ("", "any"),
        ("[]", "any"),
        ("[{portNumber: {port: 80}}]", "tcp/80"),
        ("[{portNumber: {protocol: SCTP, port: 80}}]", "sctp/80"),
        ("[{portRange: {protocol: UDP, start: 5, end: 9}}, {portNumber: {port: 1}}]", "tcp/1 udp/5-9"),
        ("[{portRange: {start: 5, end: 5}}]", "tcp/5"),
        ("[{namedPort: http}]", "tcp/8080"),
        ("[{namedPort: dns}]", "udp/53"),
        ("[{namedPort: nobody}]", ""),
    ],
)
def test_k8s_24_k8s_08_ports_are_numbers_ranges_or_names_and_all_traffic_without(ports: str, allowed: str) -> None:
    """There is no TCP by default for a list that is absent; a name means whatever protocol the pod declares."""
    ingress = anp(f"{ON_B}, ingress: [{to_b('Allow', ports)}, {to_b('Deny')}]")
    assert exactly(allowed) == between(PODS + ingress, A, B)
    allow = f"{{action: Allow, to: [{ALL}]{ports and ', ports: ' + ports}}}"
    egress = anp(f"{ON_A}, egress: [{allow}, {{action: Deny, to: [{ALL}]}}]")
    assert exactly(allowed) == between(PODS + egress, A, B)


@pytest.mark.parametrize(
    "subject", ["{namespaces: {matchLabels: {team: b}}}", "{pods: {podSelector: {matchLabels: {app: c}}}}"]
)
def test_k8s_03_k8s_24_a_subject_is_namespaces_or_pods(subject: str) -> None:
    """By labels of namespaces, or of pods anywhere."""
    text = PODS + anp(f"subject: {subject}, ingress: [{to_b('Deny')}]")
    assert (exactly(""), exactly("any")) == (between(text, A, C), between(text, A, B))


def _outside(text: str, address: str, settings: Settings | None = None) -> tuple[Traffic, Traffic]:
    """What `a` certainly and possibly sends to an address outside."""
    reach = Reachability(network(text, settings))
    point = AddressSet.parse(address)
    there = next(each for each in reach.external if point <= each.addresses)
    found = reach.bounds(reach.by_id[A], there)
    return found.certain, found.possible


@pytest.mark.parametrize("make", [anp, cnp])
def test_k8s_25_k8s_29_networks_match_pods_by_address_too(make: object) -> None:
    """Deny 10.0.0.2/31 stops b and c and their neighbours outside, and leaves the rest."""
    text = PODS + make(f"{ON_A}, egress: [{{action: Deny, to: [{{networks: [10.0.0.2/32]}}]}}]")  # type: ignore[operator]
    assert (exactly(""), exactly("any")) == (between(text, A, B), between(text, A, C))
    wide = PODS + make(f"{ON_A}, egress: [{{action: Deny, to: [{{networks: [10.0.0.0/24]}}]}}]")  # type: ignore[operator]
    assert (Traffic.nothing(), Traffic.nothing()) == _outside(wide, "10.0.0.77")
    assert (ANY, ANY) == _outside(wide, "10.0.1.77")


def test_k8s_25_a_setting_turns_networks_against_pods_off_for_the_old_kinds_only() -> None:
    """`kubernetes.networks_match_pods=never`, as some tools read them."""
    never = Settings(kubernetes_networks_match_pods="never")
    rule = f"{ON_A}, egress: [{{action: Deny, to: [{{networks: [0.0.0.0/0]}}]}}]"
    assert exactly("any") == between(PODS + anp(rule), A, B, never)
    assert exactly("") == between(PODS + cnp(rule), A, B, never)
    assert {"kubernetes.networks_match_pods"} == set(network(PODS + anp(rule)).settings)


def test_k8s_25_a_pod_without_a_known_address_may_be_in_any_network_and_is_in_all_of_them() -> None:
    """Open for IPv4 alone, certain for both families together."""
    text = namespace("default") + pod("a", "app: a") + pod("b")
    four = anp(f"{ON_A}, egress: [{{action: Deny, to: [{{networks: [0.0.0.0/0]}}]}}]")
    assert (Traffic.nothing(), ANY) == _both(between(text + four, "a", "b"))
    both = anp(f"{ON_A}, egress: [{{action: Deny, to: [{{networks: [0.0.0.0/0, '::/0']}}]}}]")
    assert exactly("") == between(text + both, "a", "b")


@pytest.mark.parametrize("field", ["sameLabels: [team]", "notSameLabels: [team]"])
def test_k8s_26_selectors_that_were_removed_from_the_api_are_refused_by_name(field: str) -> None:
    """The field is named, and the subject's answers are unknown."""
    text = PODS + anp(f"{ON_B}, ingress: [{{action: Deny, from: [{{namespaces: {{{field}}}}}]}}]")
    error = only(network(text), "POLICY_MALFORMED")
    assert field.partition(":")[0] in error.message
    assert (Traffic.nothing(), ANY) == _both(between(text, A, B))


# ---- ClusterNetworkPolicy ---------------------------------------------------------------------------------


def test_k8s_27_the_tier_says_whether_it_comes_before_or_after_network_policy() -> None:
    """Admin overrides the NetworkPolicy, Baseline is overridden."""
    accept = f"{ON_B}, ingress: [{{action: Accept, from: [{ALL}]}}]"
    assert exactly("any") == between(PODS + NETPOL + cnp(accept), A, B, NO_ICMP)
    assert exactly("tcp/80") == between(PODS + NETPOL + cnp(accept, tier="Baseline"), A, B, NO_ICMP)


def test_k8s_27_pass_in_the_baseline_is_what_holds_without_policies() -> None:
    """It skips a later deny, and then everything is allowed."""
    rules = f"[{{action: Pass, from: [{ALL}]}}, {{action: Deny, from: [{ALL}]}}]"
    assert exactly("any") == between(PODS + cnp(f"{ON_B}, ingress: {rules}", tier="Baseline"), A, B)


@pytest.mark.parametrize(
    ("protocols", "allowed"),
    [
        ("[{tcp: {destinationPort: {number: 80}}}]", "tcp/80"),
        (
            "[{udp: {destinationPort: {range: {start: 5, end: 9}}}}, {sctp: {destinationPort: {number: 1}}}]",
            "udp/5-9 sctp/1",
        ),
        ("[{destinationNamedPort: http}]", "tcp/8080"),
        ("[{destinationNamedPort: dns}]", "udp/53"),
    ],
)
def test_k8s_28_protocols_carry_ports_and_names_carry_no_protocol(protocols: str, allowed: str) -> None:
    """The same on both sides."""
    accept = f"{{action: Accept, from: [{ALL}], protocols: {protocols}}}"
    text = PODS + cnp(f"{ON_B}, ingress: [{accept}, {{action: Deny, from: [{ALL}]}}]")
    assert exactly(allowed) == between(text, A, B)


def test_k8s_28_an_empty_protocol_is_all_of_it_with_a_warning() -> None:
    """The API would refuse it."""
    accept = f"{{action: Accept, from: [{ALL}], protocols: [{{tcp: {{}}}}]}}"
    text = PODS + cnp(f"{ON_B}, ingress: [{accept}, {{action: Deny, from: [{ALL}]}}]")
    assert exactly("tcp") == between(text, A, B)
    assert Effect.OVER_APPROXIMATED == only(network(text), "POLICY_EMPTY_PROTOCOL").effect


def test_k8s_29_nodes_are_the_addresses_of_their_status() -> None:
    """Of the nodes that the labels pick."""
    nodes = node("n1", "role: infra", "192.0.2.1") + node("n2", "role: worker", "192.0.2.2")
    text = PODS + nodes + cnp(f"{ON_A}, egress: [{{action: Deny, to: [{{nodes: {{matchLabels: {{role: infra}}}}}}]}}]")
    assert (Traffic.nothing(), Traffic.nothing()) == _outside(text, "192.0.2.1")
    assert (ANY, ANY) == _outside(text, "192.0.2.2")


def test_k8s_29_a_pod_on_the_nodes_network_is_met_at_its_node() -> None:
    """Nodes match it, selectors do not, and no policy is about it."""
    nodes = node("n1", "role: infra", "192.0.2.1") + node("n2", "role: worker", "192.0.2.2")
    for where, allowed in (("n1", Traffic.nothing()), ("n2", ANY)):
        host = pod("h", "app: b", spec=f"hostNetwork: true, nodeName: {where}, containers: [{{name: c}}]")
        text = PODS + host + nodes
        text += cnp(f"{ON_A}, egress: [{{action: Deny, to: [{{nodes: {{matchLabels: {{role: infra}}}}}}]}}]")
        assert allowed == between(text, A, "default/h[Pod]").certain
        by_label = PODS + host + cnp(f"{ON_B}, ingress: [{{action: Deny, from: [{ALL}]}}]")
        assert exactly("any") == between(by_label, A, "default/h[Pod]")


def test_k8s_29_without_node_objects_what_nodes_means_is_said_to_be_unknown() -> None:
    """The pods whose answers it concerns are named."""
    text = PODS + anp(f"{ON_A}, egress: [{{action: Deny, to: [{{nodes: {{}}}}]}}]")
    note = only(network(text), "K8S_NODES_UNKNOWN")
    assert (Effect.UNREADABLE, (A,)) == (note.effect, note.touches)


def test_k8s_29_domain_names_may_be_anywhere() -> None:
    """Allowed before everything is denied: possible everywhere, certain nowhere."""
    rules = "{action: Accept, to: [{domainNames: ['*.example.com']}]}"
    rules += ", {action: Deny, to: [{networks: [0.0.0.0/0, '::/0']}]}"
    text = PODS + cnp(f"{ON_A}, egress: [{rules}]")
    assert (Traffic.nothing(), ANY) == _outside(text, "192.0.2.1")
    assert (Traffic.nothing(), ANY) == _both(between(text, A, B))


@pytest.mark.parametrize("peer", ["{}", "{galaxies: {}}"])
@pytest.mark.parametrize(("action", "port", "rest"), [("Accept", "", "any"), ("Deny", "", ""), ("Pass", "", "")])
def test_k8s_30_a_peer_without_a_known_field_fails_closed(peer: str, action: str, port: str, rest: str) -> None:
    """An accepting rule matches nothing, any other denies everything; proofs about its pods are called off."""
    text = PODS + cnp(f"{ON_B}, ingress: [{{action: {action}, from: [{peer}, {ALL}]{port}}}]")
    assert exactly(rest) == between(text, A, B)
    note = only(network(text), "POLICY_PEER_UNKNOWN_FIELD")
    assert (Effect.UNREADABLE, (B,)) == (note.effect, note.touches)


def test_k8s_31_nothing_is_said_about_a_pod_and_itself() -> None:
    """A pod to its own address is exempt from these policies; pairs with itself are not claimed."""
    reach = Reachability(network(PODS + cnp(f"{ON_B}, ingress: [{{action: Deny, from: [{ALL}]}}]")))
    assert not [pair for pair in reach.pairs() if pair[0].id == pair[1].id]


# ---- what the API refuses ---------------------------------------------------------------------------------

DENY = to_b("Deny")
MANY = ", ".join([DENY] * 101)
REFUSED = [
    (anp(f"{ON_B}, ingress: [{DENY}]", priority="1001"), "spec.priority"),
    (anp(f"{ON_B}, ingress: [{DENY}]", priority="null"), "spec.priority"),
    (anp(f"subject: {{}}, ingress: [{DENY}]"), "spec.subject"),
    (anp(f"subject: {{namespaces: {{}}, pods: {{}}}}, ingress: [{DENY}]"), "spec.subject"),
    (anp(f"{ON_B}, ingress: [{{action: Deny}}]"), "spec.ingress[0].from"),
    (anp(f"{ON_B}, ingress: [{{action: Deny, from: []}}]"), "spec.ingress[0].from"),
    (anp(f"{ON_B}, ingress: [{{action: Deny, from: [{{}}]}}]"), "spec.ingress[0].from[0]"),
    (anp(f"{ON_B}, ingress: [{{action: Deny, from: [{{namespaces: {{}}, pods: {{}}}}]}}]"), "spec.ingress[0].from[0]"),
    (
        anp(f"{ON_B}, ingress: [{{action: Deny, from: [{{networks: [10.0.0.0/8]}}]}}]"),
        "spec.ingress[0].from[0].networks",
    ),
    (anp(f"{ON_B}, ingress: [{{action: Accept, from: [{ALL}]}}]"), "spec.ingress[0].action"),
    (anp(f"{ON_B}, ingress: [{{from: [{ALL}]}}]"), "spec.ingress[0].action"),
    (anp(f"{ON_B}, ingress: [{to_b('Deny', '[{}]')}]"), "spec.ingress[0].ports[0]"),
    (anp(f"{ON_B}, ingress: [{to_b('Deny', '[{namedPort: a, portNumber: {port: 1}}]')}]"), "spec.ingress[0].ports[0]"),
    (anp(f"{ON_B}, ingress: [{to_b('Deny', '[{portRange: {}}]')}]"), "spec.ingress[0].ports[0].portRange.start"),
    (anp(f"{ON_B}, ingress: [{to_b('Deny', '[{portRange: {start: 9, end: 5}}]')}]"), "ports[0].portRange.end"),
    (anp(f"{ON_B}, ingress: [{to_b('Deny', '[{portNumber: {port: 0}}]')}]"), "ports[0].portNumber.port"),
    (anp(f"{ON_B}, ingress: [{MANY}]"), "spec.ingress"),
    (anp(f"{ON_B}, egress: [{{action: Deny, to: [{{networks: [nonsense]}}]}}]"), "spec.egress[0].to[0].networks[0]"),
    (anp(f"{ON_B}, egress: [{{action: Deny, to: [{{networks: []}}]}}]"), "spec.egress[0].to[0].networks"),
    (
        anp(f"{ON_B}, egress: [{{action: Deny, to: [{{networks: [10.0.0.0/8]}}], ports: [{{namedPort: a}}]}}]"),
        "spec.egress[0].to[0]",
    ),
    (banp(f"{ON_B}, ingress: [{DENY}]", name="other"), "metadata.name"),
    (banp(f"{ON_B}, ingress: [{to_b('Pass')}]"), "spec.ingress[0].action"),
    (banp(f"{ON_B}, priority: 5, ingress: [{DENY}]"), "spec.priority"),
    (cnp(f"{ON_B}, ingress: [{DENY}]", tier="Middle"), "spec.tier"),
    (cnp(f"{ON_B}, ingress: [{DENY}]", tier="null"), "spec.tier"),
    (cnp(f"{ON_B}, ingress: [{to_b('Allow')}]"), "spec.ingress[0].action"),
    (cnp(f"{ON_B}, ingress: [{{action: Deny, from: [{ALL}], protocols: []}}]"), "spec.ingress[0].protocols"),
    (
        cnp(
            f"{ON_B}, ingress: [{{action: Deny, from: [{ALL}],"
            " protocols: [{tcp: {destinationPort: {range: {start: 5, end: 5}}}}]}]"
        ),
        "destinationPort.range.end",
    ),
    (
        cnp(f"{ON_B}, egress: [{{action: Deny, to: [{{nodes: {{}}}}], protocols: [{{destinationNamedPort: a}}]}}]"),
        "spec.egress[0].to[0]",
    ),
    (
        cnp(f"{ON_B}, egress: [{{action: Deny, to: [{{domainNames: [a.example]}}]}}]"),
        "spec.egress[0].to[0].domainNames",
    ),
    (
        cnp(f"{ON_B}, egress: [{{action: Pass, to: [{{domainNames: [a.example]}}]}}]"),
        "spec.egress[0].to[0].domainNames",
    ),
    (cnp(f"{ON_B}, ingress: [{{action: Accept, from: [{{domainNames: [a.example]}}]}}]"), "from[0].domainNames"),
    (cnp(f"{ON_B}, ingress: [{', '.join([DENY] * 26)}]"), "spec.ingress"),
]


@pytest.mark.parametrize(("text", "field"), REFUSED, ids=[str(number) for number in range(len(REFUSED))])
def test_what_the_api_refuses_is_an_error_and_makes_the_subject_unknown(text: str, field: str) -> None:
    """The field is named with its line; the subject's pods are open."""
    found = network(PODS + text)
    error = only(found, "POLICY_MALFORMED")
    assert (Severity.ERROR, Effect.UNREADABLE) == (error.severity, error.effect)
    assert f"{field} " in error.message
    assert error.origin is not None
    assert error.origin.line > 0
    assert (Traffic.nothing(), ANY) == _both(between(PODS + text, A, B))


@pytest.mark.parametrize(("text", "elsewhere"), [(REFUSED[0][0], ANY), (REFUSED[2][0], Traffic.nothing())])
def test_only_where_the_subject_cannot_be_read_either_are_all_pods_in_doubt(text: str, elsewhere: Traffic) -> None:
    """A wrong priority leaves the subject as it is; without a subject it could be anybody."""
    assert (elsewhere, ANY) == _both(between(PODS + text, A, C))


def test_two_policies_of_one_kind_and_name_are_both_in_doubt() -> None:
    """Which of the two holds is unknown, so is every pod that either may select."""
    text = PODS + anp(f"{ON_B}, ingress: [{DENY}]") + anp(f"{ON_B}, ingress: [{to_b('Allow')}]")
    assert Effect.UNREADABLE == only(network(text), "K8S_DUPLICATE").effect
    assert (Traffic.nothing(), ANY) == _both(between(text, A, B))


def test_a_decision_names_the_rule_that_made_it() -> None:
    """The rule's place in its policy, its own name, and the reason code of its kind."""
    text = PODS + anp(f"{ON_B}, ingress: [{{name: keep out, action: Deny, from: [{ALL}], ports: {TCP80}}}]")
    hop = next(hop for hop in network(text).hops if hop.head == B)
    (step,) = hop.steps
    assert isinstance(step, Filter)
    (rule,) = step.policy.tiers[0].rules
    assert ("ingress[0] keep out.from[0]", "ANP_DENY", "tcp/80 from any namespace") == (rule.name, rule.code, rule.text)


def test_k8s_13_whether_an_admin_policy_holds_between_a_pod_and_its_own_node_is_open() -> None:
    """NetworkPolicy leaves that way free; the ordered policies' API does not say. Another node is denied."""
    node_only = Settings(kubernetes_host_network="node")
    deny = cnp(f"{ON_A}, egress: [{{action: Deny, to: [{{networks: [192.0.2.0/24]}}]}}]")
    for where, possible in (("n1", ANY), ("n2", Traffic.nothing())):
        host = f"hostNetwork: true, nodeName: {where}, containers: [{{name: c}}]"
        text = namespace("default") + pod("h", spec=host, status="hostIP: 192.0.2.1") + deny
        text += pod("a", "app: a", spec="nodeName: n1, containers: [{name: c}]")
        assert (Traffic.nothing(), possible) == _both(between(text, A, "default/h[Pod]", node_only))
