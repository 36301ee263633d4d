"""The documentation: what it tells people to type exists, and what it generates is about the program as it is."""

from __future__ import annotations

import importlib.util
import re
import shlex
import shutil
import tomllib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import click
import pytest

from netaudit.cli import main
from tests.oracles import REPOSITORY

_GUIDES = sorted((REPOSITORY / "docs" / "guides").glob("*.md"))


def _hook(name: str = "build_site") -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, REPOSITORY / "docs" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _typed() -> Iterator[str]:
    for guide in _GUIDES:
        for line in guide.read_text(encoding="utf-8").splitlines():
            if line.startswith("$ netaudit "):
                yield line.removeprefix("$ netaudit ")


def test_the_page_about_packs_is_about_the_packs_as_they_are() -> None:
    """`python docs/build_packs.py` writes it anew."""
    assert (REPOSITORY / "docs" / "packs.md").read_text(encoding="utf-8") == _hook("build_packs").page()


def test_an_installed_netaudit_has_the_packs() -> None:
    """The wheel holds them in the package, where they are looked for first."""
    build = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["hatch"]["build"]
    assert build["targets"]["wheel"]["force-include"] == {"rules": "netaudit/rules"}


@pytest.mark.parametrize("line", list(_typed()))
def test_what_a_guide_says_to_type_is_a_command(line: str) -> None:
    """The verb exists, and each of its options is one that the verb has."""
    words = shlex.split(line)
    command: click.Command = main
    while isinstance(command, click.Group):
        command = command.commands[words.pop(0)]
    known = {name for parameter in command.params for name in parameter.opts}
    assert {word for word in words if re.fullmatch(r"--?[a-z][a-z-]*", word)} <= known


def test_the_python_of_the_guide_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From top to bottom in the directory of the bank; a label that policies select by carries flows."""
    shutil.copytree(REPOSITORY / "fixtures" / "scenarios" / "bank", tmp_path / "bank")
    monkeypatch.chdir(tmp_path / "bank")
    guide = (REPOSITORY / "docs" / "guides" / "python.md").read_text(encoding="utf-8")
    code = "".join(re.findall(r"^```python\n(.*?)^```", guide, re.MULTILINE | re.DOTALL))
    ran: dict[str, Any] = {}
    exec(code, ran)
    assert "payments/api[Deployment]" in {change.source for change in ran["then"].diff(ran["estate"]).closed}


def test_the_reference_has_every_command() -> None:
    """Each verb, and each verb below it, has a heading."""

    def names(command: click.Command, path: str) -> Iterator[str]:
        yield path
        for name, below in getattr(command, "commands", {}).items():
            yield from names(below, f"{path} {name}")

    page = _hook().pages()["reference/cli.md"]
    assert set(names(main, "netaudit")) == set(re.findall(r"^## (.+)$", page, re.MULTILINE))


def test_the_home_page_links_to_pages_of_the_site() -> None:
    """The README's links into docs/ are relative to it there."""
    home: Any = _hook().home("[a](docs/rules.md) [b](docs/decisions/) [c](action.yml) [d](https://e.example)")
    assert "[a](rules.md) [b](decisions/index.md) [c](#) [d](https://e.example)" == home


def test_every_picture_of_the_guides_is_drawn() -> None:
    """A guide shows no picture that the build does not make."""
    shown = {
        Path(p).name for g in _GUIDES for p in re.findall(r"\.\./pictures/([\w.]+)", g.read_text(encoding="utf-8"))
    }
    assert shown == {Path(path).name for path in _hook().pictures()}
