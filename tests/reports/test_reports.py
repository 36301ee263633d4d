"""The contract's JSON, member by member; text and tables in which nothing acts on its own."""

from __future__ import annotations

import csv
import io
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
from hypothesis import given
from hypothesis import strategies as st

import netaudit
from netaudit.flows import ANY, NO_TRAFFIC, Traffic
from netaudit.model import Origin, Ref, Sensitive, Unknown
from netaudit.reports.as_csv import table_csv
from netaudit.reports.as_json import (
    dumps,
    explain_chain_json,
    explain_json,
    reach_json,
    resources_json,
    value_json,
)
from netaudit.reports.as_text import explain_text, question_text, reach_text, table_text
from netaudit.reports.escape import printable, printable_line
from netaudit.reports.report_json import check_json
from netaudit.reports.report_text import check_text
from tests import small

Json = dict[str, Any]

# ---- the contract's shapes, written down once more ------------------------------------------------------


def members(required: Json, **optional: Any) -> Json:
    """An object with exactly these members."""
    properties = required | optional
    return {"type": "object", "properties": properties, "required": list(required), "additionalProperties": False}


def every(item: Json) -> Json:
    """A list of these."""
    return {"type": "array", "items": item}


TEXT, NUMBER = {"type": "string"}, {"type": "integer", "minimum": 0}
WORDS = every(TEXT)
RANGES = every({"type": "array", "items": {"type": "integer", "minimum": 0}, "minItems": 2, "maxItems": 2})
CODES = {"type": "object", "additionalProperties": RANGES}
TRAFFIC = members(
    {},
    tcp=RANGES,
    udp=RANGES,
    sctp=RANGES,
    icmp=RANGES,
    icmpv6=RANGES,
    other=RANGES,
    icmp_codes=CODES,
    icmpv6_codes=CODES,
)
DEPENDS = members({"what": TEXT}, file=TEXT, line=NUMBER)
PLACE: Json = {"file": TEXT, "line": NUMBER}
DIAGNOSTIC = members(
    {
        "code": TEXT,
        "severity": {"enum": ["error", "warning", "info"]},
        "message": TEXT,
        "effect": {"enum": ["ignored", "over-approximated", "unreadable"]},
    },
    **PLACE,
)
CONTEXT: Json = {
    "not_joined": every({"type": "array", "items": TEXT, "minItems": 2, "maxItems": 2}),
    "settings": {"type": "object"},
    "assumptions": WORDS,
    "diagnostics": every(DIAGNOSTIC),
}
FLOW = members(
    {"source": TEXT, "destination": TEXT, "certain": TRAFFIC, "possible": TRAFFIC, "depends_on": every(DEPENDS)},
    one_way=TRAFFIC, through=WORDS, dialled=TRAFFIC,
)  # fmt: skip
HOP = members(
    {"at": TEXT, "verdict": {"enum": ["ALLOWED", "BLOCKED", "UNKNOWN"]}, "reason": TEXT, "code": TEXT},
    stage=TEXT, hop=TEXT, via=WORDS, depends_on=every(DEPENDS), **PLACE,
)  # fmt: skip
WITNESS = members({"source": TEXT, "destination": TEXT, "traffic": TRAFFIC, "alike": NUMBER, "hops": every(HOP)})
STAKE = members(
    {"verdict": TEXT},
    source=TEXT, destination=TEXT, traffic=TRAFFIC, passes={"type": "boolean"}, alike=NUMBER,
)  # fmt: skip
VERDICTS = ["PROVED", "VIOLATED", "UNKNOWN", "VACUOUS", "WAIVED"]
RESULT = members(
    {
        "rule": TEXT,
        "kind": TEXT,
        "relation": {"enum": ["direct", "forwarded", "pivot"]},
        "verdict": {"enum": VERDICTS},
        "severity": {"enum": ["critical", "high", "medium", "low", "info"]},
        "witnesses": every(WITNESS),
        "depends_on": every(DEPENDS),
        "examined": NUMBER,
        "failing": NUMBER,
        "baselined": {"type": "boolean"},
        "waiver": {"type": ["null", "object"]},
        "controls": WORDS,
    },
    title=TEXT, note=TEXT, outcomes=every(STAKE), closing=members({"edits": WORDS, "flows": NUMBER}), **PLACE,
)  # fmt: skip
REACH = members(
    {
        "schema": {"const": "netaudit/reach/v1"},
        "relation": {"enum": ["direct", "forwarded", "pivot"]},
        "flows": every(FLOW),
        "external": {"type": "object", "additionalProperties": WORDS},
    }
    | CONTEXT
)
CHECK = members(
    {
        "schema": {"const": "netaudit/check/v1"},
        "claim": TEXT,
        "results": every(RESULT),
        "summary": members(dict.fromkeys(VERDICTS, NUMBER)),
        "coverage": members(dict.fromkeys(["modelled", "irrelevant", "unsupported", "unknown"], NUMBER)),
    }
    | CONTEXT,
    accepted=every(members({"name": TEXT, "diagnostics": NUMBER})),
)
RESOURCES = members(
    {
        "schema": {"const": "netaudit/resources/v1"},
        "resources": every(
            members(
                {"address": TEXT, "kind": TEXT, "attributes": {"type": "object"}, "end_line": NUMBER, "via": WORDS}
                | PLACE
            )
        ),
        "diagnostics": every(DIAGNOSTIC),
    }
)


def assert_shape(schema: Json, document: Json) -> None:
    """The document, as its reader gets it, has exactly the members that the contract lists."""
    jsonschema.Draft202012Validator(schema).validate(json.loads(dumps(document)))


@pytest.fixture
def estate(tmp_path: Path) -> netaudit.Estate:
    """The small cluster and the small estate, with a document that cannot be read."""
    k8s = small.manifests(tmp_path / "k8s")
    (k8s / "broken.yaml").write_text("apiVersion: v1\nkind: Pod\nmetadata: [\n")
    return netaudit.load(k8s, small.terraform(tmp_path / "infra"), variables={"office": "203.0.113.0/24"})


@pytest.mark.parametrize("relation", ["direct", "forwarded", "pivot"])
def test_reach_has_the_contracts_shape(estate: netaudit.Estate, relation: str) -> None:
    """Under every relation, over all traffic."""
    answer = estate.flows(relation=relation, traffic="any")
    assert answer.flows
    assert_shape(REACH, reach_json(answer))


def test_check_has_the_contracts_shape(estate: netaudit.Estate, tmp_path: Path) -> None:
    """With every sort of verdict in it."""
    report = estate.check(small.rules(tmp_path, small.BROKEN, small.VACUOUS), ["K8S_DOCUMENT_UNREAD"])
    document = check_json(report, estate.context, estate.network.coverage)
    assert_shape(CHECK, document)
    assert {"UNKNOWN", "VIOLATED", "VACUOUS"} == {result["verdict"] for result in document["results"]}
    assert len(document["results"]) == sum(document["summary"].values())


UNDECIDED = """\
version: 1
rules:
  - {id: OPEN, kind: forbid, from: aws_instance.client, to: aws_instance.web}
  - {id: SERVED, kind: require, from: aws_instance.client, to: aws_instance.web, traffic: tcp/443}
"""
CLIENT = """
resource "aws_instance" "client" {
  subnet_id              = aws_subnet.a.id
  vpc_security_group_ids = [aws_security_group.client.id]
}

resource "aws_security_group" "client" {
  vpc_id = aws_vpc.main.id

  egress {
    from_port   = 0
    to_port     = 0
    protocol    = "-1"
    cidr_blocks = ["0.0.0.0/0"]
  }
}
"""


def test_an_unknown_verdict_says_both_outcomes(tmp_path: Path) -> None:
    """What would violate the rule if its unknown came out so: that something passes, or that it does not."""
    (rules := tmp_path / "rules.yaml").write_text(UNDECIDED)
    infra = small.terraform(tmp_path / "infra", small.TERRAFORM.replace('  default = "203.0.113.0/24"\n', "") + CLIENT)
    estate = netaudit.load(infra)
    told = check_text(estate.check(rules), estate.context, estate.network.coverage)
    flow = "either PROVED, or VIOLATED by aws_instance.client → aws_instance.web on tcp/443, which"
    assert (1, 1) == (told.count(f"{flow} passes"), told.count(f"{flow} does not pass"))


def test_a_chain_is_explained_connection_by_connection(estate: netaudit.Estate) -> None:
    """Each has the shape of a direct answer; the verdict and what would flip it are those of the whole."""
    chain = estate.explain_chain("shop/web", "data/db", "tcp/5432", relation="pivot")
    document = explain_chain_json(chain, estate.context)
    (leg,) = document["legs"]
    assert ("netaudit/explain/v1", "pivot", "YES") == (document["schema"], document["relation"], document["verdict"])
    alone = explain_json(estate.explain("shop/web", "data/db", "tcp/5432"), estate.context)
    assert leg == {key: alone[key] for key in leg}


def test_explain_has_its_hops_in_the_same_shape(estate: netaudit.Estate) -> None:
    """As in a witness."""
    document = explain_json(estate.explain("data/job", "data/db", "tcp/5432"), estate.context)
    for hop in document["hops"]:
        jsonschema.Draft202012Validator(HOP).validate(hop)
    assert ("NO", "netaudit/explain/v1") == (document["verdict"], document["schema"])
    assert 1 == len(document["changes"])


def test_resources_have_the_contracts_shape(estate: netaudit.Estate) -> None:
    """Every resource with file and lines."""
    assert_shape(RESOURCES, resources_json(estate.resources, estate.network.diagnostics))


def test_values_that_are_not_plain_are_objects_with_one_dollar() -> None:
    """Unknown, reference, sensitive; what is secret is not even counted."""
    given_ = {"a": Unknown("known after apply"), "b": Ref("aws_vpc.main"), "c": [Sensitive("hunter2")]}
    expected = {"a": {"$unknown": "known after apply"}, "b": {"$ref": "aws_vpc.main.id"}, "c": [{"$sensitive": True}]}
    assert expected == value_json(given_)
    assert "hunter2" not in dumps(value_json(given_))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Decimal("8080"), "8080"),
        (Decimal("1.50"), "1.5"),
        (Decimal("1E+9999999"), '"1E+9999999"'),
        (Decimal("NaN"), '"NaN"'),
    ],
)
def test_numbers_are_numbers_where_json_has_one(value: Decimal, expected: str) -> None:
    """One too large for every reader keeps its digits as text, at once."""
    assert expected + "\n" == dumps(value)


# ---- nothing acts on its own --------------------------------------------------------------------------

DANGEROUS = set(map(chr, (*range(0x20), *range(0x7F, 0xA0), 0x61C, 0x200E, 0x200F, *range(0x2028, 0x202F), 0xFEFF)))


@given(st.text(max_size=40) | st.text(sorted(DANGEROUS), max_size=5))
def test_what_is_printable_moves_no_cursor_and_reorders_nothing(text: str) -> None:
    """Every control character and mark of direction is written out; a plain text stays as it is."""
    assert not DANGEROUS & set(printable(text))
    if text.isascii() and text.isprintable():
        assert text == printable(text)


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("  ::stop-commands::x", "  \\u003a:stop-commands::x"),
        ("::error file=a.tf,line=1::x", "\\u003a:error file=a.tf,line=1::x"),
        ("39 | ##[add-mask]x", "39 | \\u0023#[add-mask]x"),
        ("  ::ffff/96 → shop/web", "  ::ffff/96 → shop/web"),
        ("prod::web → shop::db", "prod::web → shop::db"),
    ],
)
def test_a_line_of_a_log_is_no_command_to_a_runner(line: str, shown: str) -> None:
    """A workload may be called `::stop-commands::x`; addresses and names of sources are shown as they are."""
    assert shown == printable_line(line)


@given(st.text(max_size=40) | st.text(sorted(DANGEROUS), max_size=5))
def test_json_is_harmless_and_means_the_same(text: str) -> None:
    """Its reader gets the name as it was."""
    written = dumps({"name": text})
    assert not (DANGEROUS - {"\n"}) & set(written)
    assert {"name": text} == json.loads(written)


@given(st.sampled_from(["=", "+", "-", "@", " =", "\t=", "\r=", "＝"]), st.text(max_size=10))
def test_no_cell_is_a_formula(start: str, rest: str) -> None:
    """A spreadsheet takes it as text."""
    (row,) = csv.DictReader(io.StringIO(table_csv([{"name": start + rest}])))
    assert row["name"].lstrip(" ")[0] not in "=+-@\t\r＝"


def test_a_table_has_the_same_rows_in_text_and_csv() -> None:
    """A place is `file:line` in text and two columns in CSV; lists are joined; what is empty is empty."""
    row = {
        "id": "a",
        "names": ["x", "y"],
        "certain": NO_TRAFFIC,
        "possible": Traffic.parse("tcp/443"),
        "place": Origin("m.tf", 3),
    }
    assert "ID  NAMES  CERTAIN  POSSIBLE  PLACE\na   x, y            tcp/443   m.tf:3\n" == table_text([row])
    assert "id,names,certain,possible,file,line\na,x y,,tcp/443,m.tf,3\n" == table_csv([row])
    assert ("nothing to list\n", "") == (table_text([]), table_csv([]))


def test_every_text_is_lines_that_end(estate: netaudit.Estate, tmp_path: Path) -> None:
    """One final line end, no two empty lines together, no blanks at an end."""
    report = estate.check(small.rules(tmp_path, small.BROKEN, small.VACUOUS))
    for text in (
        reach_text(estate.flows()),
        question_text(estate.reach("*", "*", ANY)),
        explain_text(estate.explain("data/job", "data/db", "tcp/5432"), estate.context),
        check_text(report, estate.context, estate.network.coverage),
    ):
        assert text.endswith("\n")
        assert "\n\n\n" not in text
        assert not text.endswith("\n\n")
        assert [] == [line for line in text.splitlines() if line != line.rstrip()]
