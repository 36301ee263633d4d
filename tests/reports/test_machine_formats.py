"""SARIF, JUnit, GitHub, GitLab, Markdown: shaped as the published formats say, and harmless."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import jsonschema  # type: ignore[import-untyped]
import pytest

import netaudit
from netaudit.checks.invariants import Report, Verdict
from netaudit.model.network import NO_COVERAGE
from netaudit.queries.answer import Context
from netaudit.reports.as_github import check_github
from netaudit.reports.as_gitlab import check_gitlab
from netaudit.reports.as_junit import check_junit
from netaudit.reports.as_markdown import MARKER, check_markdown
from netaudit.reports.as_sarif import FINGERPRINT, check_sarif
from netaudit.reports.findings import relative
from tests import small

Json = dict[str, Any]

MESSAGE: Json = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string", "minLength": 1}}}
LOCATION: Json = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "id": {"type": "integer", "minimum": 0},
        "message": MESSAGE,
        "logicalLocations": {"type": "array", "items": {"required": ["fullyQualifiedName"]}},
        "physicalLocation": {
            "type": "object",
            "required": ["artifactLocation"],
            "additionalProperties": False,
            "properties": {
                "artifactLocation": {
                    "type": "object",
                    "required": ["uri"],
                    "properties": {
                        "uri": {"type": "string", "pattern": "^[^ ]+$"},
                        "uriBaseId": {"const": "%SRCROOT%"},
                    },
                },
                "region": {
                    "type": "object",
                    "required": ["startLine"],
                    "properties": {"startLine": {"minimum": 1}, "endLine": {"minimum": 1}},
                    "additionalProperties": False,
                },
            },
        },
    },
}
LEVEL: Json = {"enum": ["none", "note", "warning", "error"]}
RESULT: Json = {
    "type": "object",
    "required": ["ruleId", "ruleIndex", "kind", "level", "message", "locations", "partialFingerprints"],
    "additionalProperties": False,
    "properties": {
        "ruleId": {"type": "string"},
        "ruleIndex": {"type": "integer", "minimum": 0},
        "kind": {"enum": ["notApplicable", "pass", "fail", "review", "open", "informational"]},
        "level": LEVEL,
        "message": MESSAGE,
        "locations": {"type": "array", "items": LOCATION, "minItems": 1},
        "relatedLocations": {"type": "array", "items": LOCATION},
        "partialFingerprints": {"type": "object", "additionalProperties": {"type": "string"}},
        "baselineState": {"enum": ["new", "unchanged", "updated", "absent"]},
        "suppressions": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["kind"],
                "properties": {"kind": {"enum": ["inSource", "external"]}, "status": {"const": "accepted"}},
            },
        },
        "codeFlows": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["threadFlows"],
                "properties": {
                    "threadFlows": {
                        "type": "array",
                        "minItems": 1,
                        "items": {
                            "type": "object",
                            "required": ["locations"],
                            "properties": {
                                "locations": {
                                    "type": "array",
                                    "minItems": 1,
                                    "items": {
                                        "type": "object",
                                        "properties": {
                                            "location": LOCATION,
                                            "executionOrder": {"type": "integer", "minimum": 1},
                                            "importance": {"enum": ["essential", "important", "unimportant"]},
                                        },
                                        "additionalProperties": False,
                                    },
                                }
                            },
                        },
                    }
                },
            },
        },
    },
    # A level other than none belongs to kind "fail" alone (section 3.27.9).
    "if": {"properties": {"kind": {"not": {"const": "fail"}}}},
    "then": {"properties": {"level": {"const": "none"}}},
}
SARIF: Json = {
    "type": "object",
    "required": ["version", "runs"],
    "properties": {
        "version": {"const": "2.1.0"},
        "runs": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["tool", "results"],
                "additionalProperties": False,
                "properties": {
                    "tool": {
                        "properties": {
                            "driver": {
                                "required": ["name", "rules"],
                                "properties": {
                                    "rules": {
                                        "items": {
                                            "required": ["id"],
                                            "properties": {"shortDescription": MESSAGE, "help": MESSAGE},
                                        }
                                    }
                                },
                            }
                        }
                    },
                    "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
                    "originalUriBaseIds": {"type": "object"},
                    "invocations": {
                        "items": {
                            "required": ["executionSuccessful"],
                            "properties": {
                                "toolExecutionNotifications": {
                                    "items": {
                                        "required": ["message"],
                                        "properties": {
                                            "message": MESSAGE,
                                            "level": LEVEL,
                                            "locations": {"items": LOCATION},
                                        },
                                    }
                                }
                            },
                        }
                    },
                    "results": {"type": "array", "items": RESULT},
                    "properties": {"type": "object"},
                },
            },
        },
    },
}


@pytest.fixture
def answer(tmp_path: Path) -> tuple[Report, Context]:
    """One rule proved, one violated, one vacuous, with paths that are relative."""
    return judged(tmp_path, small.MANIFESTS)


def judged(directory: Path, manifests: str, *more: str) -> tuple[Report, Context]:
    """The small cluster's report."""
    estate = netaudit.load(small.manifests(directory / "k8s", manifests))
    report = estate.check(small.rules(directory, *(more or (small.BROKEN, small.VACUOUS))))
    return report, estate.context


def sarif(report: Report, context: Context) -> Json:
    """The only run of the log."""
    log: Json = json.loads(check_sarif(report, context, NO_COVERAGE, version="1.2.3"))
    jsonschema.Draft202012Validator(SARIF).validate(log)
    (run,) = log["runs"]
    return dict(run)


def test_sarif_has_a_result_for_what_is_not_proved(answer: tuple[Report, Context]) -> None:
    """A violated rule fails with its severity's level, a vacuous one is not applicable, a proved one has none."""
    results = sarif(*answer)["results"]
    assert [("BROKEN", "fail", "error"), ("EMPTY", "notApplicable", "none")] == [
        (result["ruleId"], result["kind"], result["level"]) for result in results
    ]


def test_sarif_points_at_the_rule_that_opens_the_hole(answer: tuple[Report, Context]) -> None:
    """The policy's ingress rule, and the way there hop by hop."""
    result = sarif(*answer)["results"][0]
    place = result["locations"][0]["physicalLocation"]
    lines = small.MANIFESTS.splitlines()
    assert (
        "ports: [{port: 5432}]" in "\n".join(lines[place["region"]["startLine"] - 1 : place["region"]["endLine"]])
        or "from:" in lines[place["region"]["startLine"] - 1]
    )
    steps = result["codeFlows"][0]["threadFlows"][0]["locations"]
    assert list(range(1, len(steps) + 1)) == [step["executionOrder"] for step in steps]
    assert "allowed" in steps[-1]["location"]["message"]["text"]


def test_fingerprints_do_not_depend_on_lines(tmp_path: Path) -> None:
    """Ten empty lines on top move the place and keep the fingerprint; other traffic changes it."""
    first = sarif(*judged(tmp_path / "a", small.MANIFESTS))["results"][0]
    moved = sarif(*judged(tmp_path / "b", "\n" * 10 + small.MANIFESTS))["results"][0]
    other = sarif(*judged(tmp_path / "c", small.MANIFESTS.replace("5432", "5433")))["results"][0]

    def line(result: Json) -> int:
        return int(result["locations"][0]["physicalLocation"]["region"]["startLine"])

    assert line(first) + 10 == line(moved)
    assert first["partialFingerprints"] == moved["partialFingerprints"]
    assert first["partialFingerprints"][FINGERPRINT] != other["partialFingerprints"][FINGERPRINT]


def test_sarif_notifies_of_what_limits_the_answer(tmp_path: Path) -> None:
    """A document that cannot be read is a notification, and the rule is open."""
    broken = small.MANIFESTS + "---\napiVersion: v1\nkind: Pod\nmetadata: [\n"
    run = sarif(*judged(tmp_path, broken, "  - {id: X, kind: forbid, from: data/db, to: shop/nothing-such}\n"))
    notes = run["invocations"][0]["toolExecutionNotifications"]
    assert ["K8S_DOCUMENT_UNREAD"] == [note["descriptor"]["id"] for note in notes]
    assert ("KEPT", "open") == (run["results"][0]["ruleId"], run["results"][0]["kind"])


@pytest.mark.parametrize(
    ("file", "expected"),
    [("a/b.tf", "a/b.tf"), ("./a.tf", "a.tf"), ("a/../b.tf", "b.tf"), ("../b.tf", None), ("/etc/x", None)],
)
def test_paths_are_relative_to_the_working_directory(file: str, expected: str | None) -> None:
    """A file elsewhere has no such path."""
    assert expected == relative(file)


def test_junit_has_a_case_for_every_rule(answer: tuple[Report, Context]) -> None:
    """A failure with the witness, an error for what is vacuous, counts that add up."""
    suites = ET.fromstring(check_junit(*answer, NO_COVERAGE))
    assert ("testsuites", "3", "1", "1") == (suites.tag, *map(suites.get, ("tests", "failures", "errors")))
    assert [("3", "1", "1", "0")] == [
        tuple(map(suite.get, ("tests", "failures", "errors", "skipped"))) for suite in suites.iter("testsuite")
    ]
    cases = {str(case.get("name")).split()[0]: [child.tag for child in case][:-1] for case in suites.iter("testcase")}
    assert {"KEPT": [], "BROKEN": ["failure"], "EMPTY": ["error"]} == cases
    places = [str(each.text).rpartition("/")[2] for each in suites.iter("system-out")]
    assert ["rules.yaml:3", "rules.yaml:4", "rules.yaml:5"] == places
    assert "shop/web" in str(next(suites.iter("failure")).text)


def test_github_annotates_one_line_a_finding(answer: tuple[Report, Context]) -> None:
    """An error with file and line for the violated rule, a warning for the vacuous one, a notice of the claims."""
    lines = check_github(*answer, NO_COVERAGE).splitlines()
    assert ["error", "warning", "notice"] == [line.split(" ")[0].removeprefix("::") for line in lines]
    assert re.match(r"::error file=[^,:]+,line=\d+,endLine=\d+,title=netaudit VIOLATED \(BROKEN\)::", lines[0])


# GitLab publishes no schema: this is the table of its page, https://docs.gitlab.com/ci/testing/code_quality/
# (section "Code Quality report format", read 2026-11-23), written as one. What it does not name, it does not read.
GITLAB: Any = {
    "type": "array",
    "items": {
        "type": "object",
        "additionalProperties": False,
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "properties": {
            "description": {"type": "string", "minLength": 1},
            "check_name": {"type": "string", "minLength": 1},
            "fingerprint": {"type": "string", "minLength": 1},
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": {
                "type": "object",
                "additionalProperties": False,
                "required": ["path", "lines"],
                "properties": {
                    "path": {"type": "string", "pattern": r"^(?!\./)."},
                    "lines": {
                        "type": "object",
                        "additionalProperties": False,
                        "required": ["begin"],
                        "properties": {"begin": {"type": "integer", "minimum": 1}},
                    },
                },
            },
        },
    },
}


def test_gitlab_issues_have_what_the_format_requires(answer: tuple[Report, Context]) -> None:
    """Description, check, fingerprint, severity and place; the fingerprints differ."""
    issues = json.loads(check_gitlab(*answer, NO_COVERAGE))
    jsonschema.Draft202012Validator(GITLAB).validate(issues)
    assert [("BROKEN", "critical"), ("EMPTY", "major")] == [(i["check_name"], i["severity"]) for i in issues]
    assert 2 == len({issue["fingerprint"] for issue in issues})


def test_markdown_opens_with_its_marker_and_folds_each_witness(answer: tuple[Report, Context]) -> None:
    """Then the counts, the table with what is not proved first, and what the answer rests on."""
    text = check_markdown(*answer, NO_COVERAGE)
    assert text.startswith(f"{MARKER}\n### netaudit: 3 rules: 1 proved, 1 violated, 1 vacuous\n")
    table = [line for line in text.splitlines() if line.startswith("| ")][1:]
    assert ["VIOLATED", "VACUOUS", "PROVED"] == [row.split()[2] for row in table]
    assert 2 == text.count("<details>") == text.count("</details>")


def test_a_comment_is_never_too_long(answer: tuple[Report, Context]) -> None:
    """Thousands of witnesses leave whole ones out, say how many, and close what they open."""
    report, context = answer
    broken = next(result for result in report.results if result.verdict is Verdict.VIOLATED)
    many = replace(broken, witnesses=broken.witnesses * 3)
    text = check_markdown(replace(report, results=(many,) * 900), context, NO_COVERAGE)
    assert len(text) < 65_536
    assert text.count("<details>") == text.count("</details>")
    assert re.search(r"\*\*\d+ more findings do not fit here\*\*", text)
    assert "more rules" in text


HOSTILE = "a`b|<script>alert(1)</script>**x**@team\u202e\x1b[31m::error::%0A\nhttps://x"


def test_names_from_files_act_nowhere(answer: tuple[Report, Context]) -> None:
    """Markup, mentions, commands and control characters in a name stay text in every format."""
    report, context = answer
    broken = next(result for result in report.results if result.verdict is Verdict.VIOLATED)
    witness = replace(broken.witnesses[0], source=HOSTILE)
    hostile = replace(report, results=(replace(broken, witnesses=(witness,)),))
    markdown = check_markdown(hostile, context, NO_COVERAGE)
    assert "<script" not in markdown
    assert "**x**" not in markdown
    assert "@team" not in markdown
    github = check_github(hostile, context, NO_COVERAGE)
    assert 2 == len(github.splitlines())
    ET.fromstring(check_junit(hostile, context, NO_COVERAGE))
    texts = [markdown, github, check_gitlab(hostile, context, NO_COVERAGE)]
    texts.append(check_sarif(hostile, context, NO_COVERAGE, version="1"))
    assert not any("\x1b" in text or "\u202e" in text for text in texts)
