"""The bank through the product: its flows and verdicts are those worked out by hand, its witness names the lines."""

from __future__ import annotations

import json
from collections.abc import Iterator
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from netaudit.cli import main
from tests.scenarios.bank_expected import BANK, EXPECTED, ports

SCENARIO = BANK.parent
Json = dict[str, Any]


def ask(monkeypatch: pytest.MonkeyPatch, *arguments: str, exit_code: int = 0) -> Json:
    """Standard output of one command in the bank's directory, as JSON."""
    monkeypatch.chdir(BANK)
    result = CliRunner().invoke(main, [*arguments, "--format", "json"])
    assert exit_code == result.exit_code, result.output
    return json.loads(result.stdout)  # type: ignore[no-any-return]


# ---- flows --------------------------------------------------------------------------------------------


def ranges(external: dict[str, list[str]]) -> dict[str, list[tuple[int, int]]]:
    """The IPv4 ranges of each outside block; the two of IPv6 keep their names, since nothing divides them."""
    found: dict[str, list[tuple[int, int]]] = {}
    for name, texts in external.items():
        pairs = [text.split("-") for text in texts if ":" not in text]
        if pairs:
            found[name] = [(int(IPv4Address(a)), int(IPv4Address(z))) for a, z in pairs]
    return found


def atoms(*sides: dict[str, list[tuple[int, int]]]) -> list[int]:
    """One address for each range that no block of either side divides."""
    runs = [run for side in sides for blocks in side.values() for run in blocks]
    starts = {first for first, _ in runs} | {last + 1 for _, last in runs}
    return sorted(start for start in starts if any(first <= start <= last for first, last in runs))


def places(name: str, outside: dict[str, list[tuple[int, int]]], points: list[int]) -> Iterator[str]:
    """An endpoint's id, or the addresses that stand for an outside block."""
    if name not in outside:
        yield name
    else:
        for point in points:
            if any(first <= point <= last for first, last in outside[name]):
                yield str(IPv4Address(point))


def spread(document: Json, points: list[int]) -> dict[tuple[str, str], tuple[int, int]]:
    """Certain and possible traffic between endpoints and single addresses, whatever the blocks are called."""
    outside = ranges(document["external"])
    found: dict[tuple[str, str], tuple[int, int]] = {}
    for flow in document["flows"]:
        sure, maybe = ports(flow["certain"]), ports(flow["possible"])
        for source in places(flow["source"], outside, points):
            for destination in places(flow["destination"], outside, points):
                before = found.get((source, destination), (0, 0))
                found[source, destination] = (before[0] | sure, before[1] | maybe)
    return {pair: both for pair, both in found.items() if both[1]}


@pytest.mark.parametrize("source", ["infra", "k8s"])
def test_every_flow_is_the_one_worked_out_by_hand(monkeypatch: pytest.MonkeyPatch, source: str) -> None:
    """In both bounds, for every pair, and for every outside address by whatever block it is in."""
    actual = ask(monkeypatch, "reach", source)
    expected = {"flows": EXPECTED["flows"][source], "external": EXPECTED["external"][source]}
    points = atoms(ranges(expected["external"]), ranges(actual["external"]))
    assert spread(expected, points) == spread(actual, points)


def test_what_is_not_certain_in_the_estate_hangs_on_the_variable_without_value(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each such flow names it, and the line of its declaration."""
    flows = ask(monkeypatch, "reach", "infra")["flows"]
    why = EXPECTED["verdicts"]["BANK-005"]["depends_on"]
    open_ = [flow for flow in flows if flow["certain"] != flow["possible"]]
    assert open_
    assert [why] * len(open_) == [flow["depends_on"] for flow in open_]


# ---- verdicts -----------------------------------------------------------------------------------------


@pytest.fixture
def report(monkeypatch: pytest.MonkeyPatch) -> Json:
    """`netaudit check` on both sources."""
    return ask(monkeypatch, "check", "infra", "k8s", "--rules", "rules.yaml", exit_code=1)


def test_every_verdict_is_the_promised_one(report: Json) -> None:
    """Twelve proved, one violated, one unknown; the command exits 1."""
    expected = {rule: each["verdict"] for rule, each in EXPECTED["verdicts"].items()}
    assert expected == {result["rule"]: result["verdict"] for result in report["results"]}


def test_the_unknown_promise_names_what_it_depends_on(report: Json) -> None:
    """The variable, and the line where it is declared."""
    (unknown,) = [result for result in report["results"] if result["verdict"] == "UNKNOWN"]
    assert EXPECTED["verdicts"]["BANK-005"]["depends_on"] == unknown["depends_on"]


def violated(report: Json) -> Json:
    """The result of the one broken promise."""
    (found,) = [result for result in report["results"] if result["verdict"] == "VIOLATED"]
    return found  # type: ignore[no-any-return]


def test_the_broken_promise_is_witnessed_by_both_build_machines(report: Json) -> None:
    """Each is shown, or counted as alike; the traffic is what certainly passes."""
    witnesses = violated(report)["witnesses"]
    expected = EXPECTED["verdicts"]["BANK-002"]["witnesses"]
    assert len(expected) == sum(1 + witness["alike"] for witness in witnesses)
    shown = [{key: witness[key] for key in ("source", "destination", "traffic")} for witness in witnesses]
    assert [] == [each for each in shown if each not in expected]


def spans(document: Path) -> Iterator[tuple[int, int]]:
    """The blocks of a file of Terraform, by the lines at which they begin and end at the margin."""
    start = 0
    for number, line in enumerate(document.read_text().splitlines(), start=1):
        if line.rstrip().endswith("{") and not line.startswith((" ", "}")):
            start = number
        elif line.startswith("}"):
            yield start, number


def test_the_witness_names_the_places_that_the_mistake_rests_on(report: Json) -> None:
    """The group that lets out, the routes of the peering, the ACL and the group that let in.

    A line of the expected file is named when some hop names it, or a line of the same block or the place of the
    module call that it is in. The value in the variables' file is not a rule, and so is no hop.
    """
    named: set[tuple[str, int]] = set()
    for witness in violated(report)["witnesses"]:
        for hop in witness["hops"]:
            if "file" in hop:
                named.add((hop["file"], hop.get("line", 0)))
            for call in hop.get("via", ()):
                file, _, line = call.partition(" ")[0].rpartition(":")
                named.add((file, int(line)))
    missing = []
    for place in EXPECTED["verdicts"]["BANK-002"]["rests_on"]:
        blocks = [span for span in spans(BANK / place["file"]) if span[0] <= place["line"] <= span[1]]
        near = blocks[0] if blocks else (place["line"], place["line"])
        if not any(file == place["file"] and near[0] <= line <= near[1] for file, line in named):
            missing.append((place["file"], place["line"]))
    assert [("infra/terraform.tfvars", 2), ("infra/modules/peering/main.tf", 12)] == missing


def test_the_repair_keeps_the_broken_promise(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the block one bit narrower nothing in the estate breaks it any more.

    Read together with the cluster, which nothing joins, nobody can say that no pod is among the other clients.
    """
    repair = ("--rules", "rules.yaml", "--var", "administrators_cidr=10.20.0.0/16")
    for sources, verdict, why in (
        (("infra",), "PROVED", []),
        (("infra", "k8s"), "UNKNOWN", ["infra and k8s are not joined"]),
    ):
        results = {each["rule"]: each for each in ask(monkeypatch, "check", *sources, *repair, exit_code=3)["results"]}
        assert verdict == results["BANK-002"]["verdict"]
        assert why == [each["what"] for each in results["BANK-002"]["depends_on"]]


@pytest.mark.parametrize(("block", "verdict"), [("198.51.100.0/24", "PROVED"), ("198.51.0.0/16", "VIOLATED")])
def test_the_open_question_is_answered_by_the_variable(
    monkeypatch: pytest.MonkeyPatch, block: str, verdict: str
) -> None:
    """With the partner's own block the promise is kept, with a wider one it is broken."""
    arguments = ("check", "infra", "k8s", "--rules", "rules.yaml", "--var", f"partner_cidr={block}")
    results = {result["rule"]: result for result in ask(monkeypatch, *arguments, exit_code=1)["results"]}
    assert verdict == results["BANK-005"]["verdict"]
