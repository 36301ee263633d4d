"""NetworkPolicy, one claim at a time."""

from __future__ import annotations

import pytest

from netaudit.flows import ANY, CLAIMED, Traffic
from netaudit.model import Effect, Settings, Severity
from tests.providers.kubernetes.clusters import between, claimed, codes, exactly, namespace, network, only, pod, policy

PODS = pod("a", "app: a") + pod("b", "app: b") + pod("c", "app: c")
ALL = "tcp udp sctp"
TO_B = "podSelector: {matchLabels: {app: b}}"


def test_k8s_01_without_policy_types_only_ingress_is_isolated() -> None:
    """A policy with neither types nor egress rules says nothing about what its pods send."""
    text = PODS + policy(TO_B)
    assert exactly("") == claimed(between(text, "a", "b"))
    assert exactly(ALL) == claimed(between(text, "b", "a"))


def test_k8s_01_an_egress_rule_isolates_egress_too() -> None:
    """Without types, a non-empty list of egress rules makes the policy one about egress as well."""
    text = PODS + policy(TO_B + ", egress: [{to: [{podSelector: {matchLabels: {app: c}}}]}]")
    assert exactly("") == claimed(between(text, "b", "a"))
    assert exactly(ALL) == claimed(between(text, "b", "c"))


def test_k8s_01_an_empty_list_of_egress_rules_does_not_isolate_egress() -> None:
    """`egress: []` without types is as good as no egress at all."""
    assert exactly(ALL) == claimed(between(PODS + policy(TO_B + ", egress: []"), "b", "a"))


def test_k8s_01_the_type_egress_alone_denies_all_egress_and_leaves_ingress() -> None:
    """`policyTypes: [Egress]` without rules lets nothing out and anything in."""
    text = PODS + policy(TO_B + ", policyTypes: [Egress]")
    assert exactly("") == claimed(between(text, "b", "a"))
    assert exactly(ALL) == claimed(between(text, "a", "b"))


@pytest.mark.parametrize("rules", ["", ", ingress: []", ", ingress: null"])
def test_k8s_02_without_rules_nothing_comes_in(rules: str) -> None:
    """An absent and an empty list of rules mean the same: nothing."""
    assert exactly("") == claimed(between(PODS + policy(TO_B + rules), "a", "b"))


@pytest.mark.parametrize("rule", ["{}", "{from: []}", "{ports: []}", "{from: null, ports: null}"])
def test_k8s_02_an_empty_rule_lets_everything_in(rule: str) -> None:
    """No peers are all peers, no ports are all ports."""
    assert exactly(ALL) == claimed(between(PODS + policy(TO_B + f", ingress: [{rule}]"), "a", "b"))


@pytest.mark.parametrize("selector", ["podSelector: {}", "podSelector: null", "policyTypes: [Ingress]"])
def test_k8s_03_an_empty_pod_selector_selects_the_whole_namespace(selector: str) -> None:
    """Every pod of the policy's namespace, and of no other."""
    text = PODS + namespace("other") + pod("d", namespace="other") + policy(selector)
    assert exactly("") == claimed(between(text, "a", "b"))
    assert exactly(ALL) == claimed(between(text, "a", "other/d[Pod]"))


TWO = (
    namespace("default")
    + namespace("other", "team: x")
    + pod("a", "app: a")
    + pod("b", "app: b")
    + pod("e", "app: e")
    + pod("d", "app: a", namespace="other")
    + pod("f", "app: f", namespace="other")
)


@pytest.mark.parametrize(
    ("peers", "allowed"),
    [
        ("[{podSelector: {matchLabels: {app: a}}}]", {"default/a"}),
        ("[{namespaceSelector: {matchLabels: {team: x}}}]", {"other/d", "other/f"}),
        ("[{namespaceSelector: {matchLabels: {team: x}}, podSelector: {matchLabels: {app: a}}}]", {"other/d"}),
        (
            "[{namespaceSelector: {matchLabels: {team: x}}}, {podSelector: {matchLabels: {app: a}}}]",
            {"default/a", "other/d", "other/f"},
        ),
        ("[{namespaceSelector: {}}]", {"default/a", "default/e", "other/d", "other/f"}),
        ("[{podSelector: {}}]", {"default/a", "default/e"}),
    ],
)
def test_k8s_04_selectors_of_one_peer_must_both_pick_and_peers_are_alternatives(peers: str, allowed: set[str]) -> None:
    """Own namespace, whole namespaces, both, either."""
    text = TWO + policy(TO_B + f", ingress: [{{from: {peers}}}]")
    sources = ("default/a", "default/e", "other/d", "other/f")
    found = {name for name in sources if claimed(between(text, f"{name}[Pod]", "b")) == exactly(ALL)}
    assert allowed == found


@pytest.mark.parametrize(
    ("spec", "field"),
    [
        ("ingress: [{from: [{}]}]", "spec.ingress[0].from[0]"),
        ("ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8}, podSelector: {}}]}]", "spec.ingress[0].from[0].ipBlock"),
        ("ingress: [{from: [{ipBlock: {cidr: 10.0.0.0}}]}]", "spec.ingress[0].from[0].ipBlock.cidr"),
        ("ingress: [{from: [{ipBlock: {cidr: 300.0.0.0/8}}]}]", "spec.ingress[0].from[0].ipBlock.cidr"),
        ("ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/255.0.0.0}}]}]", "spec.ingress[0].from[0].ipBlock.cidr"),
        (
            "ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8, except: [11.0.0.0/16]}}]}]",
            "spec.ingress[0].from[0].ipBlock.except[0]",
        ),
        (
            "ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8, except: ['2001:db8::/32']}}]}]",
            "spec.ingress[0].from[0].ipBlock.except[0]",
        ),
        ("ingress: [{form: []}]", "spec.ingress[0].form"),
        ("ingress: {}", "spec.ingress"),
        ("ingress: [7]", "spec.ingress[0]"),
        ("egress: [{to: [{ipBlock: {cidr: 10.0.0.0/8}}], ports: [{port: http}]}]", "spec.egress[0].ports[0]"),
        ("ingress: [{ports: [{endPort: 90}]}]", "spec.ingress[0].ports[0].endPort"),
        ("ingress: [{ports: [{port: http, endPort: 90}]}]", "spec.ingress[0].ports[0].endPort"),
        ("ingress: [{ports: [{port: 91, endPort: 90}]}]", "spec.ingress[0].ports[0].endPort"),
        ("ingress: [{ports: [{port: 0}]}]", "spec.ingress[0].ports[0].port"),
        ("ingress: [{ports: [{port: 65536}]}]", "spec.ingress[0].ports[0].port"),
        ("ingress: [{ports: [{port: true}]}]", "spec.ingress[0].ports[0].port"),
        ("ingress: [{ports: [{port: '80'}]}]", "spec.ingress[0].ports[0].port"),
        ("ingress: [{ports: [{protocol: tcp}]}]", "spec.ingress[0].ports[0].protocol"),
        ("ingress: [{ports: [{protocol: ICMP}]}]", "spec.ingress[0].ports[0].protocol"),
        ("policyTypes: [Inwards]", "spec.policyTypes[0]"),
        ("podSelector: {matchLabels: {a@b: c}}", "spec.podSelector.matchLabels.a@b"),
        ("podSelector: {matchLabels: {a: $c}}", "spec.podSelector.matchLabels.a"),
        ("podSelector: {matchLabels: {a: 7}}", "spec.podSelector.matchLabels.a"),
        (
            "podSelector: {matchExpressions: [{key: a, operator: Is}]}",
            "spec.podSelector.matchExpressions[0].operator",
        ),
        (
            "podSelector: {matchExpressions: [{key: a, operator: In}]}",
            "spec.podSelector.matchExpressions[0].values",
        ),
    ],
)
def test_k8s_05_a_malformed_policy_is_an_error_that_names_the_field_and_makes_its_pods_unknown(
    spec: str, field: str
) -> None:
    """A policy that cannot be understood is never dropped: anything may pass its namespace, nothing certainly."""
    text = PODS + policy(spec)
    error = only(network(text), "POLICY_MALFORMED")
    assert (Severity.ERROR, Effect.UNREADABLE) == (error.severity, error.effect)
    assert f"default/p[NetworkPolicy]: {field} " in error.message
    assert error.origin is not None
    assert error.origin.line > 0
    found = between(text, "a", "b")
    assert (Traffic.nothing(), ANY) == (found.certain, found.possible)


BLOCK = PODS + policy(TO_B + ", ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8, except: [10.1.0.0/16]}}]}]")


def test_k8s_06_an_ip_block_never_matches_pods_when_told_so() -> None:
    """`never`: pods do not match, whatever their addresses."""
    assert exactly("") == claimed(between(BLOCK, "a", "b", Settings(kubernetes_ipblock_matches_pods="never")))


def test_k8s_06_by_default_an_ip_block_may_match_a_pod_without_a_known_address() -> None:
    """`unknown`: possible, not certain, and the answer names the setting."""
    found = claimed(between(BLOCK, "a", "b"))
    assert (Traffic.nothing(), CLAIMED) == (found.certain, found.possible)


@pytest.mark.parametrize(("address", "allowed"), [("10.2.0.1", ALL), ("10.1.0.1", ""), ("192.168.0.1", "")])
def test_k8s_06_by_address_decides_by_the_address_in_the_status(address: str, allowed: str) -> None:
    """`by-address`: exact where the address is known, holes respected."""
    text = BLOCK + pod("x", "app: x", status=f"podIP: {address}")
    settings = Settings(kubernetes_ipblock_matches_pods="by-address")
    assert exactly(allowed) == claimed(between(text, "x", "b", settings))


def test_k8s_06_by_address_is_open_for_a_pod_without_a_known_address() -> None:
    """`by-address` cannot decide about an address that no status names."""
    found = claimed(between(BLOCK, "a", "b", Settings(kubernetes_ipblock_matches_pods="by-address")))
    assert (Traffic.nothing(), CLAIMED) == (found.certain, found.possible)


def test_k8s_06_a_known_address_outside_the_block_is_never_matched() -> None:
    """`unknown` widens only where the address could lie in the block."""
    text = BLOCK + pod("x", "app: x", status="podIP: 192.168.0.1")
    assert exactly("") == claimed(between(text, "x", "b"))


def test_k8s_07_a_block_allows_exactly_its_addresses_outside_the_cluster() -> None:
    """The outside is cut at the bounds of the block and of its holes, and IPv6 is not IPv4 (defect 1 of section 7)."""
    text = PODS + policy(TO_B + ", ingress: [{from: [{ipBlock: {cidr: '2001:db8::/32'}}]}]")
    assert exactly(ALL) == claimed(between(text, "2001:db8::/32", "b"))
    assert exactly("") == claimed(between(text, "internet", "b"))
    assert exactly(ALL) == claimed(between(BLOCK, "10.2.0.0-10.255.255.255", "b"))
    assert exactly("") == claimed(between(BLOCK, "private", "b"))


def test_k8s_07_a_pod_that_nothing_isolates_talks_to_the_whole_outside() -> None:
    """Without a policy both families are open in both directions."""
    for outside in ("internet", "internet6", "private", "private6"):
        assert exactly("any") == between(PODS, "a", outside)
        assert exactly("any") == between(PODS, outside, "a")


def _ports(text: str) -> str:
    return f"containers: [{{name: c, ports: [{text}]}}]"


NAMED = pod("a", "app: a") + pod("b", "app: b", spec=_ports("{name: http, containerPort: 8080}"))
NAMED += pod("c", "app: c", spec=_ports("{name: http, containerPort: 9090}"))


def test_k8s_08_a_named_port_of_ingress_resolves_on_the_selected_pod() -> None:
    """One policy, two pods, two numbers."""
    text = NAMED + policy("podSelector: {}, ingress: [{ports: [{port: http}]}]")
    assert exactly("tcp/8080") == claimed(between(text, "a", "b"))
    assert exactly("tcp/9090") == claimed(between(text, "a", "c"))


def test_k8s_08_a_named_port_of_egress_resolves_on_the_destination() -> None:
    """Each destination has its own number; one without the name gets nothing, nor does the outside."""
    text = NAMED + policy("podSelector: {matchLabels: {app: a}}, egress: [{ports: [{port: http}]}]")
    assert exactly("tcp/8080") == claimed(between(text, "a", "b"))
    assert exactly("tcp/9090") == claimed(between(text + pod("d"), "a", "c"))
    assert exactly("") == claimed(between(text + pod("d"), "a", "d"))
    assert exactly("") == claimed(between(text, "a", "internet"))


def test_k8s_08_one_name_with_two_protocols_is_resolved_by_protocol() -> None:
    """`dns` is UDP 53 and TCP 5353 on one pod; a rule for TCP means 5353 (defect 2 of section 7)."""
    dns = _ports("{name: dns, containerPort: 53, protocol: UDP}, {name: dns, containerPort: 5353}")
    text = pod("a") + pod("b", "app: b", spec=dns)
    tcp = policy(TO_B + ", ingress: [{ports: [{port: dns}]}]")
    udp = policy(TO_B + ", ingress: [{ports: [{port: dns, protocol: UDP}]}]")
    assert exactly("tcp/5353") == claimed(between(text + tcp, "a", "b"))
    assert exactly("udp/53") == claimed(between(text + udp, "a", "b"))


def test_k8s_08_a_sidecar_declares_ports_and_an_ordinary_init_container_does_not() -> None:
    """Init containers that restart always run beside the others."""
    init = "initContainers: [{name: %s, %sports: [{name: http, containerPort: %d}]}]"
    sidecar = pod("s", "app: b", spec="containers: [{name: c}], " + init % ("s", "restartPolicy: Always, ", 8080))
    ordinary = pod("o", "app: b", spec="containers: [{name: c}], " + init % ("o", "", 8081))
    text = pod("a") + sidecar + ordinary + policy(TO_B + ", ingress: [{ports: [{port: http}]}]")
    assert exactly("tcp/8080") == claimed(between(text, "a", "s"))
    assert exactly("") == claimed(between(text, "a", "o"))


def test_k8s_08_a_name_that_two_containers_use_is_open() -> None:
    """Names are unique in a container only: which number is meant is for the plugin to say."""
    one, two = (f"{{name: c{number}, ports: [{{name: http, containerPort: {number}}}]}}" for number in (1, 2))
    text = pod("a") + pod("b", "app: b", spec=f"containers: [{one}, {two}]")
    found = claimed(between(text + policy(TO_B + ", ingress: [{ports: [{port: http}]}]"), "a", "b"))
    assert (Traffic.nothing(), Traffic.parse("tcp/1-2")) == (found.certain, found.possible)


def test_k8s_09_end_port_is_inclusive() -> None:
    """80 to 82 are three ports."""
    text = PODS + policy(TO_B + ", ingress: [{ports: [{port: 80, endPort: 82}]}]")
    assert exactly("tcp/80-82") == claimed(between(text, "a", "b"))


def test_k8s_10_the_protocol_is_tcp_where_it_is_absent_and_a_protocol_alone_is_all_its_ports() -> None:
    """`{port: 53}` is TCP 53, `{protocol: UDP}` all of UDP."""
    text = PODS + policy(TO_B + ", ingress: [{ports: [{port: 53}, {protocol: UDP}]}]")
    assert exactly("tcp/53 udp") == claimed(between(text, "a", "b"))


@pytest.mark.parametrize(
    ("setting", "certain", "possible"),
    [("unknown", CLAIMED, ANY), ("allow", ANY, ANY), ("deny", CLAIMED, CLAIMED)],
)
def test_k8s_10_icmp_at_an_isolated_pod_is_what_the_setting_says(
    setting: str, certain: Traffic, possible: Traffic
) -> None:
    """A rule that allows everything allows TCP, UDP and SCTP; the rest is not defined."""
    text = PODS + policy(TO_B + ", ingress: [{}]")
    found = between(text, "a", "b", Settings(kubernetes_icmp_follows_policy=setting))
    assert (certain, possible) == (found.certain, found.possible)


def test_k8s_11_policies_add_up_in_any_order() -> None:
    """Two policies of one pod allow what either allows."""
    first = policy(TO_B + ", ingress: [{ports: [{port: 1}]}]", name="first")
    second = policy(TO_B + ", ingress: [{ports: [{port: 2}]}]", name="second")
    assert exactly("tcp/1-2") == claimed(between(PODS + first + second, "a", "b"))
    assert exactly("tcp/1-2") == claimed(between(PODS + second + first, "a", "b"))


def test_k8s_11_a_side_that_no_policy_selects_is_unrestricted() -> None:
    """Without policies everything flows, ICMP included."""
    assert exactly("any") == between(PODS, "a", "b")


def test_k8s_12_traffic_of_a_pod_with_itself_is_not_claimed() -> None:
    """A pod always reaches itself, so no policy is asked."""
    assert exactly("") == between(PODS + policy("podSelector: {}"), "a", "a")


def test_k8s_18_two_policies_of_one_name_make_their_namespace_unknown() -> None:
    """Which of the two the cluster would have is not known."""
    text = PODS + policy(TO_B) + policy(TO_B + ", ingress: [{}]")
    error = only(network(text), "K8S_DUPLICATE")
    assert (Severity.ERROR, Effect.UNREADABLE) == (error.severity, error.effect)
    found = between(text, "a", "b")
    assert (Traffic.nothing(), ANY) == (found.certain, found.possible)


def test_k8s_18_the_same_policy_twice_counts_once() -> None:
    """Equal contents leave nothing open, but the diagnostic stays."""
    text = PODS + policy(TO_B) + policy(TO_B)
    assert Effect.IGNORED == only(network(text), "K8S_DUPLICATE").effect
    assert exactly("") == claimed(between(text, "a", "b"))


def test_k8s_20_a_policy_that_selects_no_pod_is_noted_and_changes_nothing() -> None:
    """It is legal, and mostly a mistake."""
    text = PODS + policy("podSelector: {matchLabels: {app: gone}}")
    assert "POLICY_SELECTS_NOTHING" in codes(network(text))
    assert exactly("any") == between(text, "a", "b")


def test_rules_point_at_the_very_item_of_the_list() -> None:
    """A rule's origin is the line of the peer, its name the path, its text what was written."""
    text = """\
    apiVersion: v1
    kind: Pod
    metadata: {name: a, labels: {app: a}}
    ---
    {apiVersion: v1, kind: Namespace, metadata: {name: default}}
    ---
    apiVersion: networking.k8s.io/v1
    kind: NetworkPolicy
    metadata: {name: allow}
    spec:
      podSelector: {}
      ingress:
        - ports:
            - {port: 443}
          from:
            - podSelector: {}
            - namespaceSelector: {matchLabels: {app: web}}
    """
    found = network(text)
    rules = [rule for each in found.policies for tier in each.tiers for rule in tier.rules if rule.name]
    assert [
        ("ingress[0].from[0]", "tcp/443 from any pod", 16),
        ("ingress[0].from[1]", "tcp/443 from namespaces app=web", 17),
    ] == [(rule.name, rule.text, rule.origin.line) for rule in rules]
    assert {"default/allow[NetworkPolicy]"} == {rule.origin.address for rule in rules}
    assert "NetworkPolicy default/allow" in {each.name for each in found.policies}
