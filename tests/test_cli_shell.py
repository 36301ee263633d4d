"""The command line as a guest of other people's shells: colours, completion, the settings it would use."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from netaudit.model import Settings
from tests import small
from tests.test_cli import run

_RED = "\x1b[31m\x1b[1mVIOLATED\x1b[0m"
_QUIET: dict[str, str] = {"NO_COLOR": "", "FORCE_COLOR": ""}


@pytest.mark.parametrize(
    ("options", "environment", "coloured"),
    [
        ((), {}, False),
        (("--color", "auto"), {}, False),
        (("--color", "always"), {}, True),
        (("--color", "always"), {"NO_COLOR": "1"}, True),
        (("--color", "never"), {"FORCE_COLOR": "1"}, False),
        ((), {"FORCE_COLOR": "1"}, True),
        ((), {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
    ],
)
def test_colour_into_a_pipe(
    tmp_path: Path, options: tuple[str, ...], environment: dict[str, str], coloured: bool
) -> None:
    """What was asked for on the command line decides, then NO_COLOR, then FORCE_COLOR."""
    source, rules = small.manifests(tmp_path / "k8s"), small.rules(tmp_path, small.BROKEN)
    code, out, _ = run(*options, "check", source, "--rules", rules, environment=_QUIET | environment)
    assert (1, coloured) == (code, _RED in out)


def test_colour_is_for_people_only(tmp_path: Path) -> None:
    """Neither JSON nor a file is coloured."""
    source, rules = small.manifests(tmp_path / "k8s"), small.rules(tmp_path, small.BROKEN)
    file = tmp_path / "report.txt"
    formats = ("--format", "json", "--format", f"text={file}")
    out = run("--color", "always", "check", source, "--rules", rules, *formats)[1]
    assert ("VIOLATED" in out, "\x1b" in out + file.read_text()) == (True, False)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_a_script_for_the_shell(shell: str) -> None:
    """The shell itself can read it, where it is installed."""
    code, script, _ = run("completion", shell)
    assert (0, True) == (code, f"_NETAUDIT_COMPLETE={shell}_complete" in script)
    if program := shutil.which(shell):
        assert 0 == subprocess.run([program, "-n"], input=script, text=True, check=False).returncode


def test_completion_offers_the_commands() -> None:
    """As the script asks for them."""
    asked = {"_NETAUDIT_COMPLETE": "bash_complete", "COMP_WORDS": "netaudit di", "COMP_CWORD": "1"}
    assert "plain,diagram\nplain,diff\n" == run(environment=asked)[1]


def test_show_settings_shows_all_of_them_and_reads_nothing(tmp_path: Path) -> None:
    """With those that were given; the source need not exist."""
    given = ("--set", "kubernetes.host_network=node", "--show-settings")
    code, out, err = run("reach", tmp_path / "nowhere", *given)
    assert (0, "") == (code, err)
    assert "kubernetes.host_network=node\n" in out
    assert set(Settings.keys()) == {line.split("=")[0].split()[0] for line in out.splitlines()}
