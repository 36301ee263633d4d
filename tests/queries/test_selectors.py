"""The selector grammar of the contract, row by row, and everything that is no selector."""

from __future__ import annotations

import pytest

from netaudit.errors import QueryError
from netaudit.model import MORE, Group, Network, Origin, Unknown
from netaudit.queries.selector_syntax import And, Not, Or, Word, parse_selector
from tests.queries.building import host, picked, selected, wired

TIER = Unknown("var.tier", Origin("net.tf", 3))

LEDGER = host(
    "payments/ledger[Deployment]",
    names=["payments/ledger"],
    labels={"tier": "data", "app": "ledger"},
    groups=["ns/payments", "kind/Deployment"],
)
API = host(
    "payments/api[Deployment]", names=["payments/api"], labels={"tier": TIER}, groups=["ns/payments", "kind/Deployment"]
)
JOB = host(
    "payments/api[Job]", names=["payments/api"], kind="Job", labels={MORE: TIER}, groups=["ns/payments", "kind/Job"]
)
DB = host(
    'module.data["eu west"].aws_db_instance.main[0]',
    "10.0.1.5",
    tags={"Env": "prod", "Name": "the books"},
    groups=["vpc/aws_vpc.prod"],
)
WEB = host("module.web.aws_instance.this[0]", "10.0.1.6", tags={"Env": "dev"}, groups=["vpc/aws_vpc.prod"])
VPC_WEB = host("vpc/web[Deployment]", names=["vpc/web"], groups=["ns/vpc"])
GROUPS = (
    Group("ns/payments", "namespace", "payments"),
    Group("ns/vpc", "namespace", "vpc"),
    Group("vpc/aws_vpc.prod", "vpc", "prod", names=("vpc/prod", "vpc/the big one")),
    Group("kind/Deployment", "kind", "Deployment"),
    Group("kind/Job", "kind", "Job"),
    Group("cluster/main", "cluster", "main"),
)
ALL = (LEDGER, API, JOB, DB, WEB, VPC_WEB)
NETWORK: Network = wired(ALL, {}, outside=True, groups=GROUPS)


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        ("payments/ledger[Deployment]", [LEDGER.id]),
        ("payments/ledger", [LEDGER.id]),
        ("payments/led*", [LEDGER.id]),
        ('module.data["eu west"].aws_db_instance.main[0]', [DB.id]),
        ("module.web.*", [WEB.id]),
        ("module.*", [DB.id, WEB.id]),
        ("*", sorted(each.id for each in ALL)),
        ("ns/payments", sorted([LEDGER.id, API.id, JOB.id])),
        ("ns/pay*", sorted([LEDGER.id, API.id, JOB.id])),
        ("vpc/prod", [DB.id, WEB.id]),
        ("vpc/aws_vpc.prod", [DB.id, WEB.id]),
        ('vpc/"the big one"', [DB.id, WEB.id]),
        ("kind/Job", [JOB.id]),
        ("label:tier=data", [LEDGER.id]),
        ("label:app", [LEDGER.id]),
        ("tag:Env=prod", [DB.id]),
        ("tag:Env", [DB.id, WEB.id]),
        ('tag:Name="the books"', [DB.id]),
        ("tag:Name=the*", [DB.id]),
        ("ns/payments & kind/Job | module.web.*", sorted([JOB.id, WEB.id])),
        ("module.web.* | ns/payments & kind/Job", sorted([JOB.id, WEB.id])),
        ("(module.web.* | ns/payments) & kind/Job", [JOB.id]),
        ("!ns/payments & module.web.*", [WEB.id]),
        ("!!module.web.*", [WEB.id]),
        ("module.*&!module.web.*", [DB.id]),
    ],
)
def test_each_form_picks_what_the_contract_says(selector: str, expected: list[str]) -> None:
    """Ids, globs, groups by key and name, labels, tags; `!` binds before `&`, `&` before `|`."""
    assert expected == picked(NETWORK, selector)


def test_group_words_win_over_a_namespace_of_the_same_name() -> None:
    """`vpc/web` asks for a VPC even where a namespace `vpc` has a workload `web`; quotes ask for the workload."""
    with pytest.raises(QueryError, match=r"no such VPC 'vpc/web'"):
        picked(NETWORK, "vpc/web")
    assert [VPC_WEB.id] == picked(NETWORK, '"vpc/web"')


@pytest.mark.parametrize("special", ["payments/?edger", "payments/[l]edger", "payments/ledge.", "payments/ledger+"])
def test_only_the_star_is_special(special: str) -> None:
    """What other globs and regular expressions mean is taken literally."""
    assert [] == picked(NETWORK, special, strict=False)


def test_a_name_that_could_be_two_kinds_is_refused_with_the_candidates() -> None:
    """`[Kind]` may be left out only where it is unambiguous, on the command line and in a rule file."""
    for strict in (True, False):
        with pytest.raises(QueryError, match=r"ambiguous: it could be 'payments/api\[Deployment\]', 'payments/api\[J"):
            picked(NETWORK, "payments/api", strict=strict)


# ---- outside ------------------------------------------------------------------------------------------


def test_internet_is_all_public_space_of_both_families_whatever_is_cut_from_it() -> None:
    """A block that a selector sets apart still is the internet; private space is not."""
    assert ["203.0.113.0/24", "internet", "internet6"] == picked(NETWORK, "internet & !10.9.0.0/16 | 203.0.113.0/24")


def test_a_block_can_be_taken_out_of_the_internet() -> None:
    """`internet & !203.0.113.0/24` is the rest."""
    assert ["internet", "internet6"] == picked(NETWORK, "internet & !203.0.113.0/24")


def test_external_is_everything_outside_the_model() -> None:
    """Public or not, of both families."""
    assert ["internet", "internet6", "private", "private6"] == picked(NETWORK, "external")


@pytest.mark.parametrize("name", ["internet6", "private", "private6"])
def test_the_other_blocks_are_picked_by_their_ids(name: str) -> None:
    """They are ids like any other."""
    assert [name] == picked(NETWORK, name)


@pytest.mark.parametrize("block", ["203.0.113.0/24", "192.0.2.0-192.0.2.9", "2001:db8::/32", "8.8.8.8"])
def test_addresses_pick_the_block_that_is_cut_at_them(block: str) -> None:
    """A block, a range, one address; its id is its text."""
    assert [block] == picked(NETWORK, block)


def test_two_selectors_cut_each_other() -> None:
    """A block inside a block divides it into what lies before, inside and after."""
    expected = ["203.0.113.0/26", "203.0.113.128/25", "203.0.113.64/26"]
    assert expected == picked(NETWORK, "203.0.113.0/24 | 203.0.113.64/26")


def test_a_star_picks_nothing_outside_the_model() -> None:
    """Only endpoints have names to match."""
    assert [] == picked(NETWORK, "inter*", strict=False)


def test_an_address_inside_the_model_is_no_external_block_and_names_its_owner() -> None:
    """An address is outside the model, or it is an endpoint's, whose id is offered."""
    with pytest.raises(
        QueryError, match=r"no address outside the model; did you mean 'module.web.aws_instance.this\[0"
    ):
        picked(NETWORK, "10.0.1.6")


# ---- unknown labels -----------------------------------------------------------------------------------


def test_an_unknown_label_picks_possibly_and_says_why() -> None:
    """The value may be the one asked for; a key that may exist is possible, one that does exist is certain."""
    by_value, by_key = selected(NETWORK, "label:tier=data"), selected(NETWORK, "label:tier")
    assert {LEDGER.id, API.id, JOB.id} == by_value.possible
    assert {LEDGER.id} == by_value.certain
    assert {API.id: (TIER,), JOB.id: (TIER,)} == by_value.because
    assert {LEDGER.id, API.id} == by_key.certain
    assert {LEDGER.id, API.id, JOB.id} == by_key.possible


def test_not_turns_possible_members_round() -> None:
    """What is only possibly picked is only possibly left out."""
    rest = selected(NETWORK, "ns/payments & !label:tier=data")
    assert (frozenset(), frozenset({API.id, JOB.id})) == (rest.certain, rest.possible)
    assert (TIER,) == rest.because[API.id]


# ---- zones --------------------------------------------------------------------------------------------


def test_zones_are_selectors_with_a_name() -> None:
    """They may use one another, and complete a grammar of their own."""
    assert [WEB.id] == picked(NETWORK, "zone/app & !zone/data", {"app": "vpc/prod", "data": "tag:Env=prod"})


def test_a_ladder_of_zones_costs_no_more_than_its_length() -> None:
    """Sixty zones, each twice in the next one, would be 2**60 words if they were written out."""
    zones = {f"z{n}": f"zone/z{n - 1} | zone/z{n - 1}" for n in range(1, 60)}
    assert [WEB.id] == picked(NETWORK, "zone/z59", {"z0": "module.web.*", **zones})


# ---- what matches nothing -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("selector", "message"),
    [
        ("payments/ledgr", "no such endpoint 'payments/ledgr'; did you mean 'payments/ledger'?"),
        ("ns/paymets", "no such namespace 'ns/paymets'; did you mean 'ns/payments'?"),
        ("tag:Env=prd", "no such tag 'tag:Env=prd'; did you mean 'tag:Env=prod'?"),
        ("internt", "no such endpoint 'internt'; did you mean 'internet'?"),
        ("zone/dta", "no such zone 'dta'; did you mean 'data'?"),
        ("sg/qqqqqqqq", "no such security group 'sg/qqqqqqqq'"),
        ("ns/payments & !ns/paymets", "no such namespace 'ns/paymets'; did you mean 'ns/payments'?"),
    ],
)
def test_on_the_command_line_a_name_that_matches_nothing_is_an_error(selector: str, message: str) -> None:
    """It says what there is no such thing of, and what may have been meant."""
    with pytest.raises(QueryError) as caught:
        picked(NETWORK, selector, {"data": "tag:Env=prod"})
    assert message == str(caught.value)


def test_a_typo_in_a_label_is_found_where_all_labels_are_known() -> None:
    """Where there may be further labels, the typo may be one of them."""
    with pytest.raises(QueryError, match=r"no such label 'label:teir=data'; did you mean 'label:tier=data'\?"):
        picked(wired([LEDGER], {}), "label:teir=data")
    assert {JOB.id} == selected(NETWORK, "label:teir=data").possible


def test_in_a_rule_file_a_name_that_matches_nothing_picks_nothing() -> None:
    """The rule that uses it is then VACUOUS, not an error."""
    assert [] == picked(NETWORK, "ns/paymets", strict=False)


# ---- what is no selector ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "selector '': expected a name before the end"),
        ("   ", "selector '   ': expected a name before the end"),
        ("a &", "selector 'a &': expected a name before the end"),
        ("| a", "selector '| a': expected a name before '|'"),
        ("(a", "selector '(a': a '(' is never closed"),
        ("a)", "selector 'a)': unexpected ')'"),
        ("a b", "selector 'a b': unexpected 'b'"),
        ('a & "b', "selector 'a & \"b': cannot read ' \"b'"),
        ("10.0.0.0/33", "selector: not an address or CIDR block: '10.0.0.0/33'"),
        ("10.0.0.9-10.0.0.1", "selector: not an address range: '10.0.0.9-10.0.0.1'"),
        ("300.1.2.3", "selector: not an address or CIDR block: '300.1.2.3'"),
    ],
)
def test_what_is_no_selector_is_refused_where_it_stops_making_sense(text: str, message: str) -> None:
    """An address that is none is no name either: a typo in it never is an empty selection."""
    with pytest.raises(QueryError) as caught:
        parse_selector(text)
    assert message == str(caught.value)


@pytest.mark.parametrize(
    "text", ["(" * 100_000, "!" * 100_000, "a|" * 1_000_000, "x" * 2_000_000, '"' * 3001, "((" * 40]
)
def test_a_hostile_selector_is_refused_at_once_in_few_words(text: str) -> None:
    """Neither depth nor length costs anything, and the error does not repeat the text."""
    with pytest.raises(QueryError) as caught:
        parse_selector(text)
    assert len(str(caught.value)) < 200


def test_the_tree_is_as_the_precedence_says() -> None:
    """not, and, or, in this order of binding."""
    expected = Or((And((Not(Word("a")), Word("b"))), Word("c d", quoted=True)))
    assert expected == parse_selector('!a & b | "c d"')
