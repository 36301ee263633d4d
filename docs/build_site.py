"""What the documentation site has that no file of the repository holds: home, references and pictures, made anew.

MkDocs calls `on_files` (a hook of its own) when it builds the site. The home page is the README, the references are
read off the program, and the pictures are drawn from the bank in `fixtures/`, so that none of them can be out of date.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

import netaudit
from netaudit.checks import rulefile
from netaudit.checks.explained import kind_text
from netaudit.checks.kinds import KINDS
from netaudit.cli import main
from netaudit.diagrams import FORMATS

if TYPE_CHECKING:
    from mkdocs.structure.files import Files

REPOSITORY = Path(__file__).resolve().parent.parent
BANK = REPOSITORY / "fixtures" / "scenarios" / "bank"
_API = ("netaudit.load", "netaudit.api.Estate", "netaudit.testing")
_LINK = re.compile(r"\]\((?!https?:|#)(?P<target>[^)]+)\)")


def on_files(files: Files, config: Any) -> Files:
    """MkDocs' hook: the files of the site, with those that are generated."""
    from mkdocs.structure.files import File  # noqa: PLC0415 - everything else here works without MkDocs

    for path, content in {**pages(), **pictures()}.items():
        known = files.get_file_from_path(path)
        if known is not None:
            files.remove(known)
        files.append(File.generated(config, path, content=content))
    return files


def pages() -> dict[str, str]:
    """The generated pages by their path below `docs`."""
    return {
        "index.md": home((REPOSITORY / "README.md").read_text(encoding="utf-8")),
        "reference/cli.md": "# Command line\n\n" + "\n".join(_commands(main, ("netaudit",))),
        "reference/kinds.md": "# Every kind of rule\n\n" + "\n".join(map(_kind, KINDS)),
        "reference/schema.md": f"# Rule files: the JSON Schema\n\n{_block(_schema(), 'json')}",
        "decisions/index.md": "# Decisions\n\n" + "\n".join(_decisions()),
        "reference/api.md": "# Python API\n\n" + "\n".join(f"::: {name}\n" for name in _API),
    }


def home(readme: str) -> str:
    """The README with its links as they are from the site; files that the site does not have lose theirs."""

    def relinked(found: re.Match[str]) -> str:
        target = found["target"]
        if target == "docs/decisions/":
            return "](decisions/index.md)"
        return f"]({target.removeprefix('docs/')})" if target.startswith("docs/") else "](#)"

    return _LINK.sub(relinked, readme)


def pictures() -> dict[str, str]:
    """The pictures of the bank by their path below `docs`."""
    estate = netaudit.load(BANK / "infra", BANK / "k8s")
    report = estate.check(BANK / "rules.yaml")
    repaired = netaudit.load(BANK / "infra", BANK / "k8s", variables={"administrators_cidr": "10.20.0.0/16"})
    view = estate.view(report, title="The bank")
    return {
        "pictures/bank.svg": view.svg(),
        "pictures/matrix.svg": estate.view(report, kind="matrix", title="The bank").svg(),
        "pictures/focus.svg": estate.view(report, focus="ns/ledger").svg(),
        "pictures/path.svg": str(estate.path("aws_instance.ci_runner[0]", "aws_db_instance.ledger", "tcp/5432")),
        "pictures/change.svg": _change(estate, repaired),
        "pictures/bank.html": FORMATS[".html"](view),
    }


def _change(estate: netaudit.Estate, repaired: netaudit.Estate) -> str:
    from netaudit.diagrams.change import FORMATS  # noqa: PLC0415 - beside its only use

    return FORMATS[".svg"](repaired.change(estate, title="The repair of BANK-002"))


def _commands(command: click.Command, names: tuple[str, ...]) -> Iterator[str]:
    """The help of a command and of all that are below it, as `--help` prints it."""
    context = click.Context(command, info_name=" ".join(names), max_content_width=100, terminal_width=100)
    yield f"## {' '.join(names)}\n\n{_block(command.get_help(context))}"
    for name, below in sorted(getattr(command, "commands", {}).items()):
        yield from _commands(below, (*names, name))


def _kind(name: str) -> str:
    return f"## {name}\n\n{_block(kind_text(name))}"


def _schema() -> str:
    return json.dumps(rulefile.json_schema(), indent=1)


def _decisions() -> Iterator[str]:
    """A line for each decision: its title, which is the first line of its file."""
    for path in sorted((REPOSITORY / "docs" / "decisions").glob("*.md")):
        title = path.read_text(encoding="utf-8").partition("\n")[0].removeprefix("# ")
        yield f"- [{title}]({path.name})"


def _block(text: str, language: str = "text") -> str:
    return f"```{language}\n{text.rstrip()}\n```\n"
