"""Rule files: what they hold, and every mistake on the line where it stands."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jsonschema  # type: ignore[import-untyped]
import pytest
import yaml

from netaudit.checks.clauses import Clause
from netaudit.checks.rulefile import Rulebook, json_schema, read_rules
from netaudit.errors import RuleFileError
from netaudit.flows import CLAIMED, AddressSet, Traffic
from netaudit.queries.flow import Relation
from netaudit.queries.selector_syntax import Word
from tests.oracles import REPOSITORY

RULE = "  - {id: A-1, kind: forbid, from: internet, to: '*'}\n"


def read(tmp_path: Path, text: str | bytes, name: str = "rules.yaml") -> Rulebook:
    """The rulebook of one file."""
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_rules([path])


def mistakes(tmp_path: Path, text: str | bytes) -> str:
    """What is said about one file, with its directory left out."""
    with pytest.raises(RuleFileError) as caught:
        read(tmp_path, text)
    return str(caught.value).replace(f"{tmp_path}/", "")


# ---- what is right ------------------------------------------------------------------------------------


def test_a_rule_has_its_selectors_its_defaults_and_its_line(tmp_path: Path) -> None:
    """TCP, UDP and SCTP under the direct relation, unless it says otherwise."""
    book = read(tmp_path, "version: 1\nzones:\n  db: aws_db_instance.x\nrules:\n" + RULE)
    (rule,) = book.invariants
    (clause,) = rule.clauses
    assert isinstance(clause, Clause)
    assert (Word("internet"), Word("*")) == (clause.sources, clause.destinations)
    assert (CLAIMED, Relation.DIRECT, 5) == (rule.traffic, rule.relation, rule.origin.line)
    assert {"db": Word("aws_db_instance.x")} == book.zones


def test_a_rule_may_name_its_traffic_and_its_relation(tmp_path: Path) -> None:
    """All three relations and any traffic."""
    rule = "{id: A, kind: require, from: a, to: b, traffic: tcp/443 icmp/8, relation: pivot}"
    (invariant,) = read(tmp_path, f"version: 1\nrules:\n  - {rule}\n").invariants
    assert (Traffic.parse("tcp/443 icmp/8"), Relation.PIVOT) == (invariant.traffic, invariant.relation)


def test_a_directory_is_all_its_files_and_zones_are_shared(tmp_path: Path) -> None:
    """In the order of their names, in every depth; other files are left alone."""
    (tmp_path / "deep").mkdir()
    (tmp_path / "a.yaml").write_text("version: 1\nzones: {z: a}\n")
    (tmp_path / "deep" / "b.yml").write_text("version: 1\nrules:\n  - {id: B, kind: forbid, from: zone/z, to: b}\n")
    (tmp_path / "notes.txt").write_text("not rules")
    assert ["B"] == [rule.id for rule in read_rules([tmp_path]).invariants]


def test_a_file_given_twice_is_read_once(tmp_path: Path) -> None:
    """By its own name and through its directory."""
    read(tmp_path, "version: 1\nrules:\n" + RULE)
    assert 1 == len(read_rules([tmp_path / "rules.yaml", tmp_path]).invariants)


def test_blocks_are_cut_at_the_addresses_of_all_rules_and_zones(tmp_path: Path) -> None:
    """Also at those of a zone that no rule uses."""
    book = read(
        tmp_path, "version: 1\nzones: {z: 192.0.2.0/24}\nrules:\n  - {id: A, kind: forbid, from: 8.8.8.8, to: b}"
    )
    assert frozenset({AddressSet.parse("192.0.2.0/24"), AddressSet.parse("8.8.8.8")}) == book.cuts


# ---- the schema ---------------------------------------------------------------------------------------


def test_the_schema_is_one_and_accepts_the_banks_rules() -> None:
    """A reader that knows JSON Schema only, and shares nothing with ours, agrees about the scenario's file."""
    schema = json.loads(json.dumps(json_schema()))
    jsonschema.Draft202012Validator.check_schema(schema)
    bank = yaml.safe_load((REPOSITORY / "fixtures" / "scenarios" / "bank" / "rules.yaml").read_text())
    jsonschema.Draft202012Validator(schema).validate(bank)


@pytest.mark.parametrize(
    "rule",
    [
        {"id": "A", "kind": "forbid", "from": "a"},
        {"id": "A", "kind": "forbid", "sources": "a", "destinations": "b"},
        {"id": "A", "kind": "forbid", "from": "a", "to": "b", "colour": "red"},
        {"id": "A", "kind": "forbids", "from": "a", "to": "b"},
        {"id": "A", "kind": "require", "from": "a", "to": "b"},
        {"id": "A", "kind": "forbid", "from": "a", "to": "b", "severity": "huge"},
        {"id": "a b", "kind": "forbid", "from": "a", "to": "b"},
        {"id": "A", "kind": "forbid", "from": ["a"], "to": "b"},
    ],
)
def test_the_schema_refuses_what_the_reader_refuses(tmp_path: Path, rule: dict[str, object]) -> None:
    """Missing and unknown fields, kinds, values."""
    document = {"version": 1, "rules": [rule]}
    assert not jsonschema.Draft202012Validator(json_schema()).is_valid(document)
    assert mistakes(tmp_path, yaml.safe_dump(document))


# ---- what is wrong ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "rules.yaml: expected one YAML document, found 0"),
        ("version: 1\n---\nversion: 1\n", "rules.yaml: expected one YAML document, found 2"),
        ("version: 1\nrules: []\n", "rules.yaml: no rule is declared here: nothing would be checked"),
        ("version: 1\nzones: {a: b}\n", "rules.yaml: no rule is declared here: nothing would be checked"),
        ("version: 2\nrules:\n" + RULE, "rules.yaml:1: version: Input should be 1"),
        ("rules:\n" + RULE, "rules.yaml:1: version: 'version' is missing"),
        (
            "version: 1\nrule: x\nrules:\n" + RULE,
            "rules.yaml:2: rule: unknown field 'rule'; did you mean 'rules'?",
        ),
        (
            "version: 1\nrules:\n  - id: A\n    kind: forbid\n    form: a\n    to: b\n",
            "rules.yaml:3: rules.0.from: 'from' is missing\n"
            "rules.yaml:5: rules.0.form: unknown field 'form'; did you mean 'from'?",
        ),
        (
            "version: 1\nrules:\n  - id: A\n    kind: forbidd\n    from: a\n    to: b\n",
            "rules.yaml:3: rules.0: unknown kind 'forbidd', expected one of forbid, only-from, only-services, "
            "require, isolated, ",
        ),
        (
            "version: 1\nrules:\n  - id: A\n    from: a\n    to: b\n",
            "rules.yaml:3: rules.0: a rule needs a kind, one of forbid, only-from, only-services, require",
        ),
        (
            "version: 1\nrules:\n  - id: A\n    kind: forbid\n    from: (a\n    to: b\n    traffic: tcp/99999\n",
            "rules.yaml:5: rules.0.from: selector '(a': a '(' is never closed\n"
            "rules.yaml:7: rules.0.traffic: 99999 in 'tcp/99999' is above 65535",
        ),
        (
            "version: 1\nzones:\n  forbid: '&'\nrules:\n" + RULE,
            "rules.yaml:3: zones.forbid: selector '&': expected a name before '&'",
        ),
        (
            "version: 1\nrules:\n" + RULE + "\n" + RULE,
            "rules.yaml:5: rule 'A-1' is declared twice, first at rules.yaml:3",
        ),
        (
            "version: 1\nzones:\n  a: b\n  a: c\nrules:\n" + RULE,
            "rules.yaml:4: the key 'a' occurs twice, first on line 3",
        ),
        (
            "version: 1\nzones:\n  data: b\nrules:\n  - id: A\n    kind: forbid\n    from: zone/dat\n    to: b\n",
            "rules.yaml:5: no such zone 'dat'; did you mean 'data'?",
        ),
        (
            "version: 1\nzones:\n  unused: zone/missing\nrules:\n" + RULE,
            "rules.yaml:3: no such zone 'missing'",
        ),
        ("version: 1\nrules:\n  - [1, 2\n", "rules.yaml:4: did not find expected ',' or ']'"),
        ("version: 1\n\tzones: {}\n", "rules.yaml:2: a tab indents the line; YAML allows only blanks there"),
        ("version: 1\nrules: !!python/object:os.system [x]\n", "rules.yaml:2: the tag tag:yaml.org,2002:python/object"),
    ],
)
def test_every_mistake_names_its_line(tmp_path: Path, text: str, expected: str) -> None:
    """All mistakes of a file at once where they are of its form, with "did you mean"."""
    assert mistakes(tmp_path, text).startswith(expected)


def test_zones_made_of_themselves_are_refused_used_or_not(tmp_path: Path) -> None:
    """The circle is shown."""
    text = "version: 1\nzones:\n  a: zone/b\n  b: zone/c & x\n  c: '!zone/a'\nrules:\n" + RULE
    said = mistakes(tmp_path, text)
    assert "is made of itself" in said
    assert said.startswith("rules.yaml:")
    assert all(f" {name} " in f" {said.partition(': ')[2]} " for name in ("a", "b", "c"))


def test_a_rule_declared_in_two_files_names_both(tmp_path: Path) -> None:
    """Ids are unique over all files given."""
    for name in ("a.yaml", "b.yaml"):
        (tmp_path / name).write_text("version: 1\nrules:\n" + RULE)
    with pytest.raises(RuleFileError, match=r"b\.yaml:3: rule 'A-1' is declared twice, first at .*a\.yaml:3"):
        read_rules([tmp_path])


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"\xff\xfe\x00", "cannot be read: it is not UTF-8 text"),
        (b"version: 1\nrules: \x1b[31m", "control characters"),
        (b"x" * ((4 << 20) + 1), "is larger than 4 MiB"),
        (b"[" * 5000, "nested more than 100 levels deep"),
        (b"a: &a [x,x,x,x,x,x,x,x,x,x]\n" + b"".join(
            b"%c: &%c [%s]\n" % (c, c, b",".join([b"*%c" % (c - 1)] * 10)) for c in range(ord("b"), ord("k"))
        ), "aliases expand to more than"),
        (b"42", "expected a mapping"),
    ],
    ids=["binary", "control characters", "huge", "deep", "alias bomb", "a number"],
)  # fmt: skip
def test_hostile_files_are_refused_in_words(tmp_path: Path, data: bytes, expected: str) -> None:
    """Nothing of it takes long, and none of it is repeated raw."""
    assert expected in mistakes(tmp_path, data)


def test_a_missing_file_and_an_empty_directory_are_errors(tmp_path: Path) -> None:
    """Never a check of nothing."""
    with pytest.raises(RuleFileError, match="cannot be read: No such file or directory"):
        read_rules([tmp_path / "absent.yaml"])
    with pytest.raises(RuleFileError, match="holds no rule file"):
        read_rules([tmp_path])


def test_an_endless_file_is_not_read_to_its_end() -> None:
    """A device that never ends is larger than any rule file."""
    with pytest.raises(RuleFileError, match="is larger than 4 MiB"):
        read_rules([Path("/dev/zero")])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("version: 1\nrules: {}\n", "rules: expected a list"),
        ("[]\n", ":1: expected a mapping"),
        ("version: 1\nrules:\n- 5\n", ":3: rules.0: expected a mapping"),
        ("version: 1\nzones: [a]\nrules: []\n", "zones: expected a mapping"),
        (
            "version: 1\nrules:\n- {id: 5, kind: forbid, from: a, to: b}\n",
            "rules.0.id: expected a text; quotes make one",
        ),
    ],
)
def test_a_wrong_shape_is_named_as_yaml_has_it(tmp_path: Path, text: str, message: str) -> None:
    """A list, a mapping, a text: no words of the library that finds it."""
    path = tmp_path / "rules.yaml"
    path.write_text(text)
    with pytest.raises(RuleFileError, match=re.escape(message)):
        read_rules([path])
