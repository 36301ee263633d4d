"""The command line: exit codes, streams, one line for every mistake, every option."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from netaudit import cli
from tests import small
from tests.oracles import REPOSITORY

PROGRAM = (sys.executable, "-m", "netaudit")


def run(
    *arguments: str | Path,
    given: bytes = b"",
    cwd: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of one command, without a new process."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2))
    code: object = 0
    with (
        mock.patch.dict(os.environ, environment or {}),
        mock.patch.object(sys, "argv", ["netaudit", *map(str, arguments)]),
        mock.patch.object(sys, "stdin", io.TextIOWrapper(io.BytesIO(given), encoding="utf-8")),
        contextlib.chdir(cwd or Path.cwd()),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        try:
            cli.run()
        except SystemExit as exit_:
            code = exit_.code or 0
    shown = [stream.detach().getvalue().decode() for stream in (out, err)]
    return int(str(code)), shown[0], shown[1]


def process(*arguments: str | Path, **options: Any) -> subprocess.CompletedProcess[bytes]:
    """The same in a process of its own."""
    options.setdefault("stderr", subprocess.PIPE)
    options.setdefault("stdout", subprocess.PIPE)
    return subprocess.run([*PROGRAM, *map(str, arguments)], check=False, **options)


@pytest.fixture
def k8s(tmp_path: Path) -> Path:
    """The small cluster."""
    return small.manifests(tmp_path / "k8s")


@pytest.fixture
def infra(tmp_path: Path) -> Path:
    """The small estate."""
    return small.terraform(tmp_path / "infra")


# ---- exit codes ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "options", "code"),
    [
        ((), (), 0),
        ((small.BROKEN,), (), 1),
        ((small.BROKEN, small.VACUOUS), (), 1),
        ((small.VACUOUS,), (), 3),
        ((small.VACUOUS,), ("--on-unknown", "warn"), 3),
    ],
)
def test_check_exits_as_the_contract_says(
    tmp_path: Path, k8s: Path, more: tuple[str, ...], options: tuple[str, ...], code: int
) -> None:
    """0 all proved, 1 something violated, 3 something vacuous, whatever is said about unknowns."""
    assert code == run("check", k8s, "--rules", small.rules(tmp_path, *more), *options)[0]


def test_unknown_fails_unless_it_is_let_pass(tmp_path: Path, k8s: Path) -> None:
    """A document that cannot be read makes the rule unknown: 3, and 0 with `--on-unknown warn` or accepted."""
    (k8s / "broken.yaml").write_text("apiVersion: v1\nkind: Pod\nmetadata: [\n")
    command = ("check", k8s, "--rules", small.rules(tmp_path))
    assert 3 == run(*command)[0]
    assert 0 == run(*command, "--on-unknown", "warn")[0]
    code, out, _ = run(*command, "--accept", "K8S_DOCUMENT_UNREAD")
    assert (0, True) == (code, "accepted: K8S_DOCUMENT_UNREAD (1 diagnostic)" in out)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("reach", "absent"), "absent: no such file or directory"),
        (("reach", "empty"), "empty: nothing is recognised here"),
        (("reach", "k8s", "--format", "xml"), "unknown format 'xml'; expected one of text, json"),
        (("reach", "k8s", "--format", "json="), "'json=' names no file"),
        (("reach", "k8s", "--format", "json=x", "--format", "text=x"), "'x' is named for two formats"),
        (("reach", "k8s", "--format", "json=absent/x.json"), "cannot write absent/x.json: No such file or directory"),
        (("reach", "k8s", "--format", "json=k8s"), "cannot write k8s: Is a directory"),
        (("reach", "k8s", "--traffic", "tcp/99999"), "99999 in 'tcp/99999' is above 65535"),
        (("reach", "k8s", "--relation", "magic"), "'magic' is not one of"),
        (("reach", "k8s", "--from", "shop/wbe", "--to", "*"), "no such endpoint 'shop/wbe'; did you mean 'shop/web'?"),
        (("reach", "k8s", "--from", "ns/shop & ns/data", "--to", "*"), "'ns/shop & ns/data' picks nothing"),
        (("reach", "k8s", "--set", "kubernetes.host_netwrk=node"), "did you mean 'kubernetes.host_network'?"),
        (("reach", "k8s", "--set", "x"), "--set takes NAME=VALUE, not 'x'"),
        (("reach", "infra", "--var", "x"), "--var takes NAME=VALUE, not 'x'"),
        (("reach", "infra", "--var-file", "absent.tfvars"), "absent.tfvars"),
        (("reach", "infra", "--assume", "absent.yaml"), "absent.yaml"),
        (("reach", "k8s", "k8s"), "two sources are called"),
        (("reach", "infra", "again"), "'aws_instance.web' occurs in more than one source (again, infra)"),
        (("reach", "a=k8s", "a=infra"), "two sources are called 'a'"),
        (("reach", "k8s=infra", "k8s"), "two sources are called 'k8s'"),
        (("reach", "infra/main.tf"), "is one file of a Terraform module: give its directory"),
        (("explain", "k8s", "--from", "*", "--to", "data/db", "--traffic", "tcp/1"), "'*' picks 3 endpoints"),
        (("explain", "k8s", "--from", "shop/web", "--to", "data/db", "--traffic", "tcp/1-2"), "more than one point"),
        (("check", "k8s", "--rules", "absent.yaml"), "absent.yaml: cannot be read: No such file or directory"),
        (("check", "k8s", "--rules", "empty"), "empty: holds no rule file"),
        (("check", "k8s"), "Missing option '--rules'"),
        (("reach",), "Missing argument 'SOURCE…'"),
        (("ls", "nonsense", "k8s"), "'nonsense' is not one of"),
        (("diagram", "map", "k8s", "-o", "map.png"), "'map.png' has no known ending"),
        (("raech", "k8s"), "No such command 'raech'"),
        (("reach", "k8s", "--no-such-option"), "No such option"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_cannot_be_used_ends_with_one_line_and_exit_code_2(
    tmp_path: Path, k8s: Path, infra: Path, arguments: tuple[str, ...], message: str
) -> None:
    """On standard error, where standard output stays empty; never a traceback."""
    assert (k8s.is_dir(), infra.is_dir()) == (True, True)
    (tmp_path / "empty").mkdir()
    small.terraform(tmp_path / "again")
    code, out, err = run(*arguments, cwd=tmp_path)
    assert (2, "") == (code, out)
    last = err.strip().splitlines()[-1]
    assert last.startswith("netaudit: ")
    assert message in last


@pytest.mark.parametrize(
    ("error", "code"), [(TypeError("odd"), 2), (RecursionError("deep"), 2), (KeyboardInterrupt(), 130)]
)
def test_a_bug_never_looks_like_a_violated_rule(k8s: Path, error: BaseException, code: int) -> None:
    """What nobody expected ends with 2 and one line, an interrupt with 130."""
    with mock.patch("netaudit.api.estate_of", side_effect=error):
        found, out, err = run("reach", k8s)
    assert (code, "") == (found, out)
    assert code == 130 or err == f"netaudit: internal error, please report it: {type(error).__name__}: {error} " + (
        "(NETAUDIT_DEBUG=1 shows where)\n"
    )


def test_a_reader_that_goes_away_changes_no_verdict(tmp_path: Path, k8s: Path) -> None:
    """`netaudit check … | head -0` under pipefail still says that a rule is violated."""
    rules = small.rules(tmp_path, small.BROKEN)
    reading, writing = os.pipe()
    os.close(reading)
    done = process("check", k8s, "--rules", rules, stdout=writing)
    os.close(writing)
    assert (1, b"") == (done.returncode, done.stderr)


# ---- sources ------------------------------------------------------------------------------------------


def flows(*arguments: str | Path, given: bytes = b"") -> dict[tuple[str, str], dict[str, object]]:
    """Certain flows of `netaudit reach` by their ends."""
    code, out, err = run("reach", *arguments, "--format", "json", given=given)
    assert 0 == code, err
    return {(flow["source"], flow["destination"]): flow["certain"] for flow in json.loads(out)["flows"]}


def test_a_dash_reads_manifests_from_standard_input(k8s: Path) -> None:
    """The same answer as from the files."""
    assert flows(k8s) == flows("-", given=small.MANIFESTS.encode())


def test_standard_input_that_is_no_text_is_refused() -> None:
    """Exit 2, in one line."""
    assert (2, "", "netaudit: standard input: it is not UTF-8 text\n") == run("reach", "-", given=b"\xff\xfe")


def test_a_named_source_prefixes_its_ids(k8s: Path) -> None:
    """`prod=PATH` makes `prod::…`, and nothing else changes."""
    plain, named = flows(k8s), flows(f"prod={k8s}")
    assert {(f"prod::{a}", f"prod::{z}") for a, z in plain if "[" in a and "[" in z} <= named.keys()
    assert len(plain) == len(named)


def test_one_directory_with_a_cloud_and_a_cluster_is_two_realms(tmp_path: Path) -> None:
    """Nothing joins the two, so nothing is claimed between them."""
    both = small.manifests(small.terraform(tmp_path / "both"))
    answer = json.loads(run("reach", both, "--format", "json")[1])
    assert [["both (aws)", "both (kubernetes)"]] == answer["not_joined"]
    listed = json.loads(run("ls", "endpoints", both, "--format", "json")[1])["endpoints"]
    assert all("source/both" in row["groups"] for row in listed if row["kind"] != "external")


def test_the_later_of_var_and_var_file_wins(tmp_path: Path, infra: Path) -> None:
    """In the order given, as Terraform has it."""
    file = tmp_path / "more.tfvars"
    file.write_text('office = "198.51.100.0/24"\n')
    block = "192.0.2.0/24"

    def offices(*options: str | Path) -> list[str]:
        answer = json.loads(run("reach", infra, *options, "--format", "json")[1])
        return [name for name in answer["external"] if "/" in name]

    assert ["203.0.113.0/24"] == offices()
    assert ["198.51.100.0/24"] == offices("--var", f"office={block}", "--var-file", file)
    assert [block] == offices("--var-file", file, "--var", f"office={block}")
    assert [block] == offices(f"--var-file={file}", f"--var=office={block}")
    assert ["203.0.113.0/24"] == offices("--set", "aws.ephemeral_ports=1024-65535")


def test_the_environment_is_read_only_when_it_is_asked_for(infra: Path) -> None:
    """TF_VAR_… with `--tf-var-env`."""
    command, office = ("reach", infra, "--format", "json"), {"TF_VAR_office": "192.0.2.0/24"}
    assert "192.0.2.0/24" not in json.loads(run(*command, environment=office)[1])["external"]
    assert "192.0.2.0/24" in json.loads(run(*command, "--tf-var-env", environment=office)[1])["external"]


# ---- output -------------------------------------------------------------------------------------------


def test_several_formats_at_once(tmp_path: Path, k8s: Path) -> None:
    """One to a file, one to standard output."""
    file = tmp_path / "out.json"
    code, out, _ = run("reach", k8s, "--format", f"json={file}", "--format", "text")
    assert (0, "netaudit/reach/v1") == (code, json.loads(file.read_text())["schema"])
    assert "data/db[Pod]" in out


def test_the_first_word_of_an_answer_is_the_verdict(tmp_path: Path, k8s: Path) -> None:
    """YES, NO; and for rules theirs."""
    ends = ("--from", "shop/web", "--to", "data/db")
    assert run("reach", k8s, *ends)[1].startswith("YES: shop/web → data/db on tcp udp sctp: 1 of 1 pair\n")
    assert run("reach", k8s, "--from", "data/job", "--to", "data/db")[1].startswith("NO: ")
    assert run("explain", k8s, *ends, "--traffic", "tcp/5432")[1].startswith(
        "YES: shop/web[Pod] can reach data/db[Pod]"
    )
    by_hosts = run("explain", k8s, *ends, "--traffic", "tcp/5432", "--relation", "pivot")[1].splitlines()
    assert "YES: shop/web[Pod] can reach data/db[Pod] on tcp/5432 (pivot)" == by_hosts[0]
    assert "  YES: shop/web[Pod] can reach data/db[Pod] on tcp/5432" == by_hosts[1]
    assert run("explain", k8s, *ends, "--traffic", "tcp/1")[1].startswith("NO: shop/web[Pod] cannot reach data/db[Pod]")
    assert run("check", k8s, "--rules", small.rules(tmp_path, small.BROKEN))[1].startswith("PROVED ")


def test_icmp_is_not_claimed_unless_it_is_asked_for(k8s: Path) -> None:
    """And the report says so."""
    said = "ICMP and other protocols: not claimed"
    assert said in run("reach", k8s)[1]
    assert said not in run("reach", k8s, "--traffic", "any")[1]
    assert "icmp" not in next(iter(flows(k8s).values()))
    assert "icmp" in flows(k8s, "--traffic", "any")["shop/web[Pod]", "data/job[Pod]"]


@pytest.mark.parametrize("what", ["endpoints", "groups", "rules", "exposed", "unresolved", "diagnostics", "resources"])
def test_every_list_has_three_forms(what: str, k8s: Path, infra: Path) -> None:
    """Text, JSON of its own schema, CSV with a header."""
    code, text, _ = run("ls", what, k8s, infra)
    assert (0, True) == (code, bool(text.strip()))
    document = json.loads(run("ls", what, k8s, infra, "--format", "json")[1])
    assert f"netaudit/{what}/v1" == document["schema"]
    rows = list(csv.DictReader(io.StringIO(run("ls", what, k8s, infra, "--format", "csv")[1])))
    assert len(document[what]) == len(rows)


def test_nothing_but_results_goes_to_standard_output(tmp_path: Path, k8s: Path) -> None:
    """Diagnostics go to standard error, and with `-q` nowhere."""
    (k8s / "broken.yaml").write_text("apiVersion: v1\nkind: Pod\nmetadata: [\n")
    _, out, err = run("reach", k8s, "--format", "json")
    assert json.loads(out)
    assert "K8S_DOCUMENT_UNREAD" in err
    assert "" == run("reach", k8s, "--format", "json", "-q", cwd=tmp_path)[2]


@pytest.mark.parametrize(
    ("environment", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False)], ids=["a terminal", "NO_COLOR"]
)
def test_verdicts_are_coloured_on_a_terminal_only(
    tmp_path: Path, k8s: Path, environment: dict[str, str], coloured: bool
) -> None:
    """Not through a pipe, not when it is refused, not in JSON."""
    import pty  # noqa: PLC0415 - not on every platform

    def on_a_terminal(*more: str) -> bytes:
        leader, follower = pty.openpty()
        variables = {k: v for k, v in os.environ.items() if k != "NO_COLOR"} | {"TERM": "xterm"} | environment
        process("check", k8s, "--rules", small.rules(tmp_path), *more, stdout=follower, env=variables)
        os.close(follower)
        found = os.read(leader, 65536)
        os.close(leader)
        return found

    assert coloured == (b"\x1b[32m\x1b[1mPROVED\x1b[0m" in on_a_terminal())
    assert b"\x1b" not in on_a_terminal("--format", "json")
    assert "\x1b" not in run("check", k8s, "--rules", small.rules(tmp_path))[1]


def test_a_terminal_without_arrows_gets_them_spelt_out(k8s: Path) -> None:
    """Never an encoding error."""
    done = process("reach", k8s, env=os.environ | {"PYTHONIOENCODING": "latin-1"})
    assert (0, True) == (done.returncode, b"\\u2192" in done.stdout)


def test_the_same_input_gives_the_same_bytes(tmp_path: Path, k8s: Path, infra: Path) -> None:
    """In processes whose sets and dictionaries are ordered differently."""
    rules = small.rules(tmp_path, small.BROKEN, small.VACUOUS)
    commands = [
        ["reach", k8s, infra, "--format", "json"],
        ["reach", k8s, infra, "--relation", "pivot", "--traffic", "any"],
        ["check", k8s, infra, "--rules", rules, "--format", "json"],
        ["ls", "resources", k8s, infra, "--format", "json"],
        ["ls", "groups", k8s, infra],
    ]
    script = "import json, sys\nfrom tests.test_cli import run\nfor c in json.loads(sys.argv[1]): print(run(*c))"
    arguments = [sys.executable, "-c", script, json.dumps(commands, default=str)]
    answers = [
        subprocess.run(
            arguments, check=True, capture_output=True, cwd=REPOSITORY, env=os.environ | {"PYTHONHASHSEED": seed}
        )
        for seed in ("1", "2")
    ]
    assert answers[0].stdout == answers[1].stdout
    assert len(commands) == len(answers[0].stdout.splitlines())


def test_what_was_read_is_listed_before_any_meaning(tmp_path: Path) -> None:
    """So that a resource which means nothing yet is a row of one list, and a diagnostic of the other."""
    (tmp_path / "main.tf").write_text('resource "azurerm_subnet" "a" {\n  name = "a"\n}\n')
    resources = json.loads(run("ls", "resources", tmp_path, "--format", "json")[1])
    diagnostics = json.loads(run("ls", "diagnostics", tmp_path, "--format", "json")[1])
    assert [] == resources["diagnostics"]
    assert ["azurerm_subnet.a"] == [each["address"] for each in resources["resources"]]
    assert ["PROVIDER_NOT_MODELLED"] == [each["code"] for each in diagnostics["diagnostics"]]


HOSTILE = "\x1b]0;title\x07\x9b31m\u202e<script>"


def test_names_from_files_never_reach_a_terminal_raw(tmp_path: Path, k8s: Path) -> None:
    """Not in text, JSON, CSV, errors: what could move a cursor or reorder text is written out."""
    text = small.MANIFESTS.replace("labels: {app: job}", f"labels: {{app: {json.dumps(HOSTILE)}}}")
    text = text.replace("name: job", f"name: {json.dumps('job' + HOSTILE)}")
    k8s = small.manifests(tmp_path / "hostile", text)
    rules = small.rules(tmp_path, f"  - {{id: X, kind: forbid, title: {json.dumps(HOSTILE)}, from: '*', to: '*'}}\n")
    for command in (
        ("reach", k8s),
        ("reach", k8s, "--format", "json"),
        ("check", k8s, "--rules", rules),
        ("check", k8s, "--rules", rules, "--format", "json"),
        ("ls", "endpoints", k8s, "--format", "csv"),
        ("ls", "resources", k8s, "--format", "json"),
        ("reach", k8s, "--from", HOSTILE, "--to", "*"),
        ("reach", k8s, "--format", HOSTILE),
        ("reach", HOSTILE),
    ):
        _, out, err = run(*command)
        assert out + err
        assert set() == set("\x1b\x07\x9b\u202e") & set(out + err)


# ---- help ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["reach", "--help"], ["check", "--help"]])
def test_help_loads_nothing_heavy(arguments: list[str]) -> None:
    """So that it comes at once."""
    code = (
        "import sys, netaudit.cli\n"
        f"sys.argv = ['netaudit', *{arguments}]\n"
        "try: netaudit.cli.run()\n"
        "except SystemExit: pass\n"
        "heavy = {'pydantic', 'yaml', 'hcl2', 'lark', 'networkx', 'graphviz', 'rich', 'netaudit.api'}\n"
        "print('HEAVY', sorted(heavy & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert "HEAVY []" == done.stdout.splitlines()[-1]


def test_the_version_is_printed() -> None:
    """With the program's name."""
    from netaudit import __version__  # noqa: PLC0415 - beside what it is compared with

    assert (0, f"netaudit, version {__version__}\n", "") == run("--version")


def test_the_schema_of_rule_files_is_printed() -> None:
    """As JSON Schema 2020-12."""
    assert "https://json-schema.org/draft/2020-12/schema" == json.loads(run("schema", "rules")[1])["$schema"]


def test_exposed_tells_what_a_new_pod_would_be_open_to(tmp_path: Path) -> None:
    """A namespace without a default deny is named, with the pod that does not exist yet."""
    (tmp_path / "ns.yaml").write_text("apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n", encoding="utf-8")
    _, out, _ = run("ls", "exposed", tmp_path, "--format", "json")
    rows = json.loads(out)["exposed"]
    assert {("shop/{a new pod}", "any pod"), ("any pod", "shop/{a new pod}")} <= {(r["id"], r["from"]) for r in rows}
