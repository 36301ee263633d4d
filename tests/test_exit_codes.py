"""The exit code of `netaudit check` for every combination of verdicts, and of what lets them pass."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import small
from tests.test_cli import run

_TODAY = ("--today", "2026-12-01")
# b may or may not be in the office.
_SOURCE = """\
variable "office" {}

resource "aws_vpc" "main" {
  cidr_block = "10.0.0.0/16"
}

resource "aws_subnet" "a" {
  vpc_id     = aws_vpc.main.id
  cidr_block = "10.0.1.0/24"
}

resource "aws_security_group" "closed" {
  vpc_id = aws_vpc.main.id
}

resource "aws_security_group" "open" {
  vpc_id = aws_vpc.main.id

  ingress {
    from_port   = 443
    to_port     = 443
    protocol    = "tcp"
    cidr_blocks = ["10.0.0.0/16"]
  }

  ingress {
    from_port   = 22
    to_port     = 22
    protocol    = "tcp"
    cidr_blocks = [var.office]
  }

  egress {
    from_port   = 0
    to_port     = 0
    protocol    = "-1"
    cidr_blocks = ["0.0.0.0/0"]
  }
}

resource "aws_instance" "a" {
  subnet_id              = aws_subnet.a.id
  vpc_security_group_ids = [aws_security_group.open.id]
}

resource "aws_instance" "b" {
  subnet_id              = aws_subnet.a.id
  vpc_security_group_ids = [aws_security_group.open.id]
}

resource "aws_instance" "c" {
  subnet_id              = aws_subnet.a.id
  vpc_security_group_ids = [aws_security_group.closed.id]
}
"""
_RULES = {
    "P": "  - {id: P, kind: forbid, from: aws_instance.b, to: aws_instance.c}\n",
    "V": "  - {id: V, kind: forbid, from: aws_instance.b, to: aws_instance.a, traffic: tcp/443}\n",
    "U": "  - {id: U, kind: forbid, from: aws_instance.b, to: aws_instance.a, traffic: tcp/22}\n",
    "E": "  - {id: E, kind: forbid, from: aws_instance.b, to: aws_instance.nobody}\n",
}
_WAIVER = """\
  - id: W-{rule}
    rule: {rule}
    match: {{source: aws_instance.b, destination: aws_instance.a, traffic: tcp}}
    owner: ana
    approver: bo
    reason: until the move is done
    created: 2026-11-01
    expires: {expires}
"""
# Proved, violated, unknown, empty (vacuous): the code with --on-unknown fail, with warn, and with V and U let pass.
_CODES = {
    "P": (0, 0, 0),
    "V": (1, 1, 0),
    "U": (3, 0, 0),
    "E": (3, 3, 3),
    "PV": (1, 1, 0),
    "PU": (3, 0, 0),
    "PE": (3, 3, 3),
    "VU": (1, 1, 0),
    "VE": (1, 1, 3),
    "UE": (3, 3, 3),
    "PVU": (1, 1, 0),
    "PVE": (1, 1, 3),
    "PUE": (3, 3, 3),
    "VUE": (1, 1, 3),
    "PVUE": (1, 1, 3),
}


def _prepared(directory: Path, verdicts: str, expires: str = "2026-12-31") -> tuple[str | Path, ...]:
    """The command's beginning, with its source and rules written, and waivers of what is not proved beside them."""
    source, rules = small.terraform(directory / "infra", _SOURCE), directory / "rules.yaml"
    rules.write_text("version: 1\nrules:\n" + "".join(_RULES[verdict] for verdict in verdicts))
    waivers = "".join(_WAIVER.format(rule=verdict, expires=expires) for verdict in "VU" if verdict in verdicts)
    (directory / "waivers.yaml").write_text(f"version: 1\nwaivers:\n{waivers or '  []'}\n")
    return (source, "--rules", rules)


def test_each_rule_has_the_verdict_that_the_table_is_about(tmp_path: Path) -> None:
    """P is proved, V violated, U unknown, E vacuous."""
    out = run("check", *_prepared(tmp_path, "PVUE"))[1]
    said = [tuple(line.split()[:2]) for line in out.splitlines() if line[:1].isupper()][:4]
    assert [("PROVED", "P"), ("VIOLATED", "V"), ("UNKNOWN", "U"), ("VACUOUS", "E")] == said


@pytest.mark.parametrize("verdicts", _CODES)
def test_exit_codes(tmp_path: Path, verdicts: str) -> None:
    """A violation beats what is unknown or empty; --on-unknown warn lets unknown pass, and nothing else."""
    given = _prepared(tmp_path, verdicts)
    codes = [run("check", *given, "--on-unknown", mode)[0] for mode in ("fail", "warn")]
    assert list(_CODES[verdicts][:2]) == codes


@pytest.mark.parametrize("verdicts", _CODES)
def test_exit_codes_of_what_is_let_pass(tmp_path: Path, verdicts: str) -> None:
    """Waived or baselined, violated and unknown rules pass; a vacuous one never does."""
    given, known = _prepared(tmp_path, verdicts), tmp_path / "baseline.json"
    assert 0 == run("baseline", "write", *given, "-o", known)[0]
    waivers = ("--waivers", tmp_path / "waivers.yaml", *_TODAY)
    codes = [run("check", *given, *more)[0] for more in (waivers, ("--baseline", known))]
    assert [_CODES[verdicts][2]] * 2 == codes


@pytest.mark.parametrize("verdicts", ["V", "U"])
def test_exit_codes_of_waivers_that_do_not_hold(tmp_path: Path, verdicts: str) -> None:
    """Expired or not to be applied, they let nothing pass; expired ones are an error where that was asked for."""
    given = ("check", *_prepared(tmp_path, verdicts, "2026-11-30"), "--waivers", tmp_path / "waivers.yaml", *_TODAY)
    codes = [run(*given, *more)[0] for more in ((), ("--no-waivers",), ("--strict-waivers",))]
    assert [*_CODES[verdicts][:1] * 2, 2] == codes


@pytest.mark.parametrize(
    "mistake",
    [
        ("--format", "word"),
        ("--nothing-such",),
        ("--waivers", "nowhere.yaml"),
        ("--baseline", "nowhere.json"),
        ("--today", "tomorrow"),
        ("--set", "no.such=setting"),
        ("--rules", "nowhere.yaml"),
        ("--assume", "nowhere.yaml"),
    ],
    ids=" ".join,
)
def test_exit_code_2_for_what_cannot_be_used(tmp_path: Path, mistake: tuple[str, ...]) -> None:
    """Even where a rule is violated besides."""
    assert 2 == run("check", *_prepared(tmp_path, "V"), *mistake)[0]
