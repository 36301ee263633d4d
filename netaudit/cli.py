"""The command line: arguments in, exit code out, no logic."""

from __future__ import annotations

import io
import json
import os
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from netaudit import __version__
from netaudit.errors import NetauditError, QueryError

if TYPE_CHECKING:
    from netaudit.api import Estate
    from netaudit.model import Diagnostic
    from netaudit.queries.answer import Context
    from netaudit.queries.explain import Explanation
    from netaudit.queries.tabular import Row
    from netaudit.reports.as_json import Json
    from netaudit.sources.request import Request

Command = Callable[..., Any]
Formats = Sequence[tuple[str, str]]  # name and file, which is empty for standard output

_AT_ONCE = 4096  # so many pieces of an answer are written together
_EPILOG = "Exit codes: 0 holds · 1 violated · 2 unusable input, rules or command line · 3 unknown or vacuous."


@click.group(context_settings={"help_option_names": ["-h", "--help"]}, epilog=_EPILOG)
@click.version_option(__version__, prog_name="netaudit")
@click.option(
    "--color",
    type=click.Choice(["auto", "always", "never"]),
    default="auto",
    show_default=True,
    expose_value=False,
    callback=lambda ctx, _, given: ctx.meta.__setitem__("color", given),
    help="Colour of verdicts; auto: on a terminal, unless NO_COLOR or FORCE_COLOR say otherwise.",
)
def main() -> None:
    """Prove network segmentation from Terraform and Kubernetes code, before anything is deployed."""


class _Reading(click.Command):
    """A command that reads sources: remembers the order of `--var` and `--var-file`, because the later one wins."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        values, _, order = self.make_parser(ctx).parse_args(args=list(args))
        given = {name: iter(values.get(name) or ()) for name in ("variables", "var_files")}
        ctx.meta["variables"] = [(each.name, next(given[each.name])) for each in order if each.name in given]
        return super().parse_args(ctx, args)


def _options(*options: Command) -> Command:
    def decorate(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


_reading = _options(
    click.argument("sources", nargs=-1, required=True, metavar="SOURCE…"),
    click.option("--var", "variables", multiple=True, metavar="NAME=VALUE", help="A Terraform variable."),
    click.option("--var-file", "var_files", multiple=True, metavar="FILE", help="A file of Terraform variables."),
    click.option("--assume", metavar="FILE", help="What the text cannot say: region, data sources, …"),
    click.option("--render", is_flag=True, help="Render charts and kustomizations, by helm and kubectl on PATH."),
    click.option("--values", "values", multiple=True, metavar="FILE", help="A file of values for charts."),
    click.option("--hcl-parser", type=click.Choice(["fast", "reference"]), help="Which front end reads Terraform."),
    click.option("--no-cache", is_flag=True, help="Keep no parsed text on disk, and use none."),
    click.option("--tf-var-env", is_flag=True, help="Read TF_VAR_… from the environment."),
    click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="A setting of the contract."),
    click.option("--show-settings", is_flag=True, help="Print every setting with its value, and do nothing else."),
    click.option("-q", "--quiet", is_flag=True, help="No progress and no diagnostics on standard error."),
)


def _format(*names: str) -> Command:
    """The option `--format`, whose names are looked at before anything is read."""

    def known(_: click.Context, __: click.Parameter, given: tuple[str, ...]) -> list[tuple[str, str]]:
        wanted = [text.partition("=") for text in given or names[:1]]
        for name, equals, file in wanted:
            if name not in names:
                raise click.BadParameter(f"unknown format '{name}'; expected one of {', '.join(names)}")
            if equals and not file:
                raise click.BadParameter(f"'{name}=' names no file")
        files = Counter(file for _, _, file in wanted if file)
        if twice := next((file for file, number in files.items() if number > 1), ""):
            raise click.BadParameter(f"'{twice}' is named for two formats: the last would overwrite the first")
        return [(name, file) for name, _, file in wanted]

    text = f"{', '.join(names)}; may be repeated. Default: {names[0]}."
    return click.option("--format", "formats", multiple=True, metavar="NAME[=FILE]", callback=known, help=text)


_relation = click.option(
    "--relation", type=click.Choice(["direct", "forwarded", "pivot"]), default="direct", help="Which relation."
)


@main.command(cls=_Reading)
@_reading
@_format("text", "json")
@_relation
@click.option("--from", "source", metavar="SEL", help="Only flows from these.")
@click.option("--to", "destination", metavar="SEL", help="Only flows to these.")
@click.option("--traffic", default="tcp udp sctp", show_default=True, help="Clip to this traffic; 'any' for all.")
def reach(
    sources: Sequence[str],
    formats: Formats,
    relation: str,
    source: str | None,
    destination: str | None,
    traffic: str,
    **reading: Any,
) -> None:
    """Who can reach whom: all pairs, or those asked for."""
    from netaudit.reports import as_text, reach_pieces  # noqa: PLC0415 - `--help` must not load the engine

    estate = _load(sources, reading)
    if source is not None and destination is not None:
        question = estate.reach(source, destination, traffic, relation=relation)
        pieces = lambda: reach_pieces.reach_pieces(question.reach, question.reach.flows)  # noqa: E731 - one of two
        _write(formats, {"text": lambda: as_text.question_text(question), "json": pieces})
        return
    asked = (source, destination)
    _write(
        formats,
        {
            "text": lambda: as_text.reach_text(estate.flows(*asked, relation=relation, traffic=traffic)),
            "json": lambda: reach_pieces.reach_pieces(*estate.streamed(*asked, relation=relation, traffic=traffic)),
        },
    )


@main.command(cls=_Reading)
@_reading
@_format("text", "json")
@click.option("--from", "source", required=True, metavar="SEL", help="One client.")
@click.option("--to", "destination", required=True, metavar="SEL", help="One server.")
@click.option("--traffic", required=True, metavar="T", help="One point of traffic, such as tcp/443.")
@_relation
def explain(
    sources: Sequence[str],
    formats: Formats,
    source: str,
    destination: str,
    traffic: str,
    relation: str,
    **reading: Any,
) -> None:
    """Why one endpoint reaches another, or why not, stage by stage."""
    from netaudit.reports import as_json, as_text  # noqa: PLC0415 - `--help` must not load the engine

    estate = _load(sources, reading)
    if relation == "direct":
        found = estate.explain(source, destination, traffic)
        writers: dict[str, Callable[[], str]] = {
            "text": lambda: as_text.explain_text(found, estate.context),
            "json": lambda: as_json.dumps(as_json.explain_json(found, estate.context)),
        }
    else:
        chain = estate.explain_chain(source, destination, traffic, relation=relation)
        writers = {
            "text": lambda: as_text.explain_chain_text(chain, estate.context),
            "json": lambda: as_json.dumps(as_json.explain_chain_json(chain, estate.context)),
        }
    _write(formats, writers)


@main.command(cls=_Reading)
@_reading
@_format("text", "json", "sarif", "junit", "github", "gitlab", "markdown")
@click.option("--rules", multiple=True, required=True, metavar="FILE", help="A rule file, a directory, or pack:NAME.")
@click.option("--accept", multiple=True, metavar="CODE[:FILE]", help="Tolerate this unreadable input.")
@click.option("--waivers", multiple=True, metavar="FILE", help="A file of waivers.")
@click.option("--no-waivers", is_flag=True, help="Judge as if no waiver had been given.")
@click.option("--strict-waivers", is_flag=True, help="End with 2 on expired, unused and too broad waivers.")
@click.option("--baseline", metavar="FILE", help="Findings that are listed there do not fail.")
@click.option("--base", "bases", multiple=True, metavar="REV|SOURCE", help="The sources before a change: see monotone.")
@click.option("--today", metavar="YYYY-MM-DD", help="The day of waivers; default SOURCE_DATE_EPOCH, then the clock.")
@click.option(
    "--on-unknown",
    type=click.Choice(["fail", "warn"]),
    default="fail",
    show_default=True,
    help="Whether an unknown verdict fails the command; a vacuous one always does.",
)
def check(
    sources: Sequence[str],
    formats: Formats,
    rules: Sequence[str],
    accept: Sequence[str],
    *,
    strict_waivers: bool,
    on_unknown: str,
    bases: Sequence[str],
    **reading: Any,
) -> None:
    """Judge invariants: prove them, or refute them with a path down to file and line."""
    from netaudit.reports.formats import CHECK_FORMATS, check_as  # noqa: PLC0415 - `--help` must not load the engine

    day = _today(reading["today"])
    estate = _load(sources, reading)
    applied = () if reading["no_waivers"] else reading["waivers"]
    base = _load_base(sources, bases, reading) if bases else None
    report = estate.check(list(rules), accept, waivers=applied, today=day, base=base, name=", ".join(bases))
    if reading["baseline"]:
        from netaudit.checks.baseline import baselined, read_baseline  # noqa: PLC0415 - most runs have none

        report = baselined(report, read_baseline(Path(reading["baseline"])))
    answer = (report, estate.context, estate.network.coverage)
    _write(formats, {name: partial(check_as, name, *answer, version=__version__) for name in CHECK_FORMATS})
    if strict_waivers and report.faults:
        raise QueryError("\n".join(report.faults))
    sys.exit(report.exit_code_with(unknown_fails=on_unknown == "fail"))


def _today(given: str | None) -> date:
    """The day on which waivers are judged, in UTC."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    try:
        if given is not None:
            return date.fromisoformat(given)
        return datetime.fromtimestamp(int(epoch), UTC).date() if epoch else datetime.now(UTC).date()
    except (ValueError, OverflowError, OSError):
        raise QueryError(f"'{given if given is not None else epoch}' is no day; give --today YYYY-MM-DD") from None


@main.command(cls=_Reading)
@_reading
@click.option("-o", "--output", default="netaudit-rules.yaml", show_default=True, metavar="FILE", help="A new file.")
def init(sources: Sequence[str], output: str, **reading: Any) -> None:
    """Write a first rule file from what is proved today; no file is overwritten."""
    if Path(output).exists():
        raise QueryError(f"{output} exists already; name another file with -o, or take it away")
    found = _load(sources, reading).first_rules()
    _save(Path(output), found.text())
    told = "".join(f"not proved today, so not written: {title}\n" for title in found.left_out)
    _echo(f"{told}{len(found.rules)} rules → {output}\n", err=True)


@main.group()
def waivers() -> None:
    """What is let pass, by whom, and until when."""


@waivers.command("list")
@click.argument("files", nargs=-1, required=True, metavar="FILE…")
@_format("text", "json", "csv")
@click.option("--today", metavar="YYYY-MM-DD", help="The day; default SOURCE_DATE_EPOCH, then the clock.")
def waivers_list(files: Sequence[str], formats: Formats, today: str | None) -> None:
    """List waivers, the first to end first."""
    from netaudit.checks.waivers import read_waivers, waiver_rows  # noqa: PLC0415 - `--help` must not load the engine
    from netaudit.reports import as_csv, as_text  # noqa: PLC0415

    rows = waiver_rows(read_waivers(map(Path, files)), _today(today))
    document = {"schema": "netaudit/waivers/v1", "waivers": rows}
    _write(
        formats,
        {
            "text": lambda: as_text.table_text(rows),
            "json": lambda: json.dumps(document, indent=1) + "\n",
            "csv": lambda: as_csv.table_csv(rows),
        },
    )


@waivers.command("check")
@click.argument("files", nargs=-1, required=True, metavar="FILE…")
@click.option("--today", metavar="YYYY-MM-DD", help="The day; default SOURCE_DATE_EPOCH, then the clock.")
def waivers_check(files: Sequence[str], today: str | None) -> None:
    """Check the form of waiver files; end with 1 when a waiver has expired."""
    from netaudit.checks.waivers import read_waivers, waiver_rows  # noqa: PLC0415 - `--help` must not load the engine

    rows = waiver_rows(read_waivers(map(Path, files)), _today(today))
    expired = [row for row in rows if row["state"] == "expired"]
    for row in expired:
        _echo(f"waiver '{row['id']}' of rule '{row['rule']}' expired on {row['expires']}\n")
    _echo(f"{len(rows)} waivers, {len(expired)} expired\n")
    sys.exit(1 if expired else 0)


@main.command(cls=_Reading)
@_reading
@_format("text", "json")
@_relation
@click.option("--base", "bases", multiple=True, required=True, metavar="REV|SOURCE", help="What to compare with.")
@click.option("--head", metavar="REV", help="Read the sources from this git revision instead of the files.")
@click.option("--rules", multiple=True, metavar="FILE", help="Rules to be judged on both sides.")
@click.option("--traffic", default="tcp udp sctp", show_default=True, help="Clip to this traffic; 'any' for all.")
@click.option("--exit-code", is_flag=True, help="End with 1 when traffic was opened or a rule newly broken.")
@click.option("-o", "--output", "outputs", multiple=True, metavar="FILE", help="Draw it: .svg .dot .mmd .drawio.")
def diff(  # noqa: PLR0913 - each is one option of the command
    sources: Sequence[str],
    formats: Formats,
    *,
    relation: str,
    bases: Sequence[str],
    head: str | None,
    rules: Sequence[str],
    traffic: str,
    exit_code: bool,
    outputs: Sequence[str],
    **reading: Any,
) -> None:
    """What a change opens and closes, against other sources or a git revision (a name that is no path)."""
    from netaudit.diagrams import account, change  # noqa: PLC0415 - `--help` must not load the engine
    from netaudit.reports import as_json, as_text  # noqa: PLC0415 - `--help` must not load the engine

    _known_endings(outputs, change.FORMATS)
    base = _load_base(sources, bases, reading)
    estate = _load(sources, reading, rev=head)
    name = ", ".join(bases)
    answer = estate.diff(base, relation=relation, traffic=traffic, rules=list(rules) or None, name=name)
    if outputs:
        drawn = estate.change(base, answer)
        for output in outputs:
            _save_drawing(output, change.FORMATS[Path(output).suffix](drawn), f"change: {account(drawn.totals)}")
    _write(
        formats,
        {
            "text": lambda: as_text.diff_text(answer),
            "json": lambda: as_json.dumps(as_json.diff_json(answer)),
        },
    )
    sys.exit(answer.exit_code if exit_code else 0)


def _load_base(sources: Sequence[str], bases: Sequence[str], reading: dict[str, Any]) -> Estate:
    """What is compared with: other sources, or these ones as a git revision has them (a name that is no path)."""
    is_revision = len(bases) == 1 and bases[0] != "-" and not _is_path(bases[0])
    return _load(sources, reading, rev=bases[0]) if is_revision else _load(bases, reading)


def _is_path(base: str) -> bool:
    name, equals, path = base.partition("=")
    return bool(base) and (Path(base).exists() or bool(name and equals and Path(path).exists()))


@main.group()
def baseline() -> None:
    """Findings that are known already, so that only new ones fail."""


_listing = _options(
    _reading,
    click.option("--rules", multiple=True, required=True, metavar="FILE", help="The rules that are judged."),
    click.option("-o", "--output", required=True, metavar="FILE", help="The baseline."),
)


@baseline.command("write", cls=_Reading)
@_listing
@click.option("--waivers", multiple=True, metavar="FILE", help="Rules that these let pass are not listed.")
@click.option("--today", metavar="YYYY-MM-DD", help="The day; default SOURCE_DATE_EPOCH, then the clock.")
def baseline_write(
    sources: Sequence[str], rules: Sequence[str], waivers: Sequence[str], output: str, today: str | None, **given: Any
) -> None:
    """List everything that is wrong now; what the file lists already keeps its day."""
    from netaudit.checks import baseline as known  # noqa: PLC0415 - `--help` must not load the engine

    path = Path(output)
    before = known.read_baseline(path) if path.exists() else None
    day = _today(today)
    found = known.baseline_of(_load(sources, given).check(list(rules), waivers=waivers, today=day), day, before)
    _save(path, known.baseline_text(found))
    _echo(f"{len(found)} findings → {output}\n", err=True)


@baseline.command("prune", cls=_Reading)
@_listing
def baseline_prune(sources: Sequence[str], rules: Sequence[str], output: str, **given: Any) -> None:
    """Take out of a baseline what is wrong no more; nothing is added."""
    from netaudit.checks import baseline as known  # noqa: PLC0415 - `--help` must not load the engine

    before = known.read_baseline(Path(output))
    kept = known.pruned(_load(sources, given).check(list(rules)), before)
    _save(Path(output), known.baseline_text(kept))
    _echo(f"{len(before) - len(kept)} findings mended, {len(kept)} left → {output}\n", err=True)


@baseline.command("show")
@click.argument("file", metavar="FILE")
@click.option("--today", metavar="YYYY-MM-DD", help="The day; default SOURCE_DATE_EPOCH, then the clock.")
def baseline_show(file: str, today: str | None) -> None:
    """List a baseline, with the age of each finding in days."""
    from netaudit.checks.baseline import read_baseline  # noqa: PLC0415 - `--help` must not load the engine
    from netaudit.reports.as_text import table_text  # noqa: PLC0415

    day = _today(today)
    rows = [
        {"rule": rule, "flow": f"{source} → {destination} {known.possible}", "days": (day - known.since).days}
        for (rule, source, destination), known in sorted(read_baseline(Path(file)).items())
    ]
    _echo(table_text(rows))


@main.group()
def diagram() -> None:
    """Draw the estate: as a map, as a matrix, or the way of one flow."""


_drawing = _options(
    _reading,
    click.option("--rules", multiple=True, metavar="FILE", help="Draw the violations of these rules on it."),
    click.option("--focus", metavar="SEL", help="Only the neighbourhood of these endpoints."),
    click.option("--depth", type=click.IntRange(0, 99), default=1, show_default=True, help="Flows away from them."),
    click.option("--direction", type=click.Choice(["in", "out", "both"]), default="both", show_default=True),
    click.option("--only", type=click.Choice(["everything", "exposure", "violations"]), default="everything"),
    click.option("--by", default="", metavar="WHAT", help="Other boxes: sg, kind, source, label:KEY, tag:KEY."),
    click.option("--collapse", default="", metavar="KIND", help="No boxes inside boxes of a kind: vpc, cluster, ..."),
    _relation,
    click.option("-o", "--output", "outputs", multiple=True, required=True, metavar="FILE", help="Its ending decides."),
    click.option("--title", default="", help="The picture's title."),
)


@diagram.command("map", cls=_Reading)
@_drawing
@click.option("--max-arrows", type=click.IntRange(1), default=80, show_default=True, help="More become a matrix.")
def map_(sources: Sequence[str], outputs: Sequence[str], max_arrows: int, **given: Any) -> None:
    """Nested boxes, bundled arrows, violations in colour: .svg .html .dot .mmd .drawio .graphml .json."""
    _draw(sources, outputs, "map", max_arrows=max_arrows, **given)


@diagram.command("matrix", cls=_Reading)
@_drawing
def matrix(sources: Sequence[str], outputs: Sequence[str], **given: Any) -> None:
    """A row for each segment as source, a column as destination: .svg .html, and the exports of the map."""
    _draw(sources, outputs, "matrix", **given)


@diagram.command("path", cls=_Reading)
@_reading
@click.option("--from", "source", required=True, metavar="SEL", help="One client.")
@click.option("--to", "destination", required=True, metavar="SEL", help="One server.")
@click.option("--traffic", required=True, metavar="T", help="One point of traffic, such as tcp/443.")
@click.option("-o", "--output", "outputs", multiple=True, required=True, metavar="FILE", help="FILE.svg or FILE.json.")
def path_(
    sources: Sequence[str], outputs: Sequence[str], source: str, destination: str, traffic: str, **reading: Any
) -> None:
    """The way of one flow: a gate for every check, with its rule and place."""
    from netaudit.diagrams.path import draw_path  # noqa: PLC0415 - `--help` must not load the engine
    from netaudit.reports import as_json  # noqa: PLC0415

    writers: dict[str, Callable[[Explanation, Context], str]] = {
        ".svg": lambda found, _: draw_path(found.trace),
        ".json": lambda found, context: as_json.dumps(as_json.explain_json(found, context)),
    }
    _known_endings(outputs, writers)
    estate = _load(sources, reading)
    found = estate.explain(source, destination, traffic)
    for output in outputs:
        text = writers[Path(output).suffix](found, estate.context)
        _save_drawing(output, text, f"path: {_ANSWERS[found.verdict.name]}")


def _draw(
    sources: Sequence[str], outputs: Sequence[str], kind: str, rules: Sequence[str], depth: int, **given: Any
) -> None:
    from netaudit.diagrams import FORMATS, account  # noqa: PLC0415 - `--help` must not load the engine

    _known_endings(outputs, FORMATS)
    estate = _load(sources, given)
    report = estate.check(list(rules)) if rules else None
    names = ("title", "relation", "focus", "direction", "collapse", "by", "only", "max_arrows")
    view = estate.view(report, kind=kind, depth=depth, **{name: given[name] for name in names if name in given})
    if view.why_matrix:
        narrow = f"narrow with --focus SEL, or force with --max-arrows {len(view.picture.bundles)}"
        _echo(f"{view.why_matrix}: drew the matrix instead of the map; {narrow}\n", err=True)
    for output in outputs:
        _save_drawing(output, FORMATS[Path(output).suffix](view), f"{view.drawn}: {account(view.picture.totals)}")


def _known_endings(outputs: Sequence[str], writers: Mapping[str, object]) -> None:
    unknown = [output for output in outputs if Path(output).suffix not in writers]
    if unknown:
        raise QueryError(f"'{unknown[0]}' has no known ending; expected one of {', '.join(writers)}")


def _save_drawing(output: str, text: str, said: str) -> None:
    _save(Path(output), text)
    _echo(f"{said} → {output} {len(text.encode()) // 1024 + 1} KB\n", err=True)


_LISTS = ("endpoints", "groups", "rules", "exposed", "unresolved", "diagnostics", "resources")


@main.command("ls", cls=_Reading)
@click.argument("what", type=click.Choice(_LISTS))
@_reading
@_format("text", "json", "csv")
def list_things(what: str, sources: Sequence[str], formats: Formats, **reading: Any) -> None:
    """List what was read: endpoints, groups, rules, exposed, unresolved, diagnostics or resources."""
    from netaudit.queries import lists  # noqa: PLC0415 - `--help` must not load the engine
    from netaudit.reports import as_csv, as_json, as_text  # noqa: PLC0415

    rows: Callable[[], Sequence[Row]]
    document: Callable[[], Json]
    if what == "resources":
        taken = _request(sources, reading).read()
        _tell(taken.unread, reading)
        rows = partial(lists.resources, taken.resources)  # each only where its format is asked for: they are many
        document = partial(as_json.resources_json, taken.resources, taken.unread)
    else:
        estate = _load(sources, reading)
        listed = lists.LISTS[what](estate.reachability, estate.resources)
        listed += lists.newcomers(estate.newcomers) if what == "exposed" else []
        rows = partial(tuple, listed)
        document = partial(as_json.table_json, what, listed, estate.context)
    _write(
        formats,
        {
            "text": lambda: as_text.table_text(rows()),
            "json": lambda: as_json.dumps(document()),
            "csv": lambda: as_csv.table_csv(rows()),
        },
    )


@main.command("rule")
@click.argument("name", metavar="ID|KIND|pack:NAME", default="")
@click.option("--rules", multiple=True, metavar="FILE", help="Where the rule is declared, unless in a pack.")
@click.option("--packs", is_flag=True, help="List the rule packs that come with netaudit.")
def rule_(name: str, rules: Sequence[str], *, packs: bool) -> None:
    """Explain a rule of some files or packs, a kind of rule, or a pack."""
    from netaudit.checks import explained  # noqa: PLC0415 - `--help` must not load the engine
    from netaudit.checks.rulefile import declared_in  # noqa: PLC0415
    from netaudit.reports.as_text import table_text  # noqa: PLC0415
    from netaudit.reports.escape import printable  # noqa: PLC0415

    if packs == bool(name):
        raise QueryError("name a rule, a kind or a pack to be explained, or give --packs for the list")
    text = table_text(explained.pack_rows()) if packs else explained.text_of(name, declared_in(map(Path, rules)))
    _echo("".join(printable(line) + "\n" for line in text.splitlines()))


@main.command()
@click.argument("name", type=click.Choice(["rules", "waivers"]))
def schema(name: str) -> None:
    """Print the JSON Schema of a file format."""
    from netaudit.checks import rulefile, waivers  # noqa: PLC0415 - `--help` must not load the engine

    schemas = {"rules": rulefile.json_schema, "waivers": waivers.json_schema}
    _echo(json.dumps(schemas[name](), indent=1) + "\n")


@main.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print a script that completes commands and options: bash (4.4 or later), zsh or fish."""
    from click.shell_completion import get_completion_class  # noqa: PLC0415 - no other command needs it

    complete = get_completion_class(shell)
    assert complete is not None  # noqa: S101 - for mypy: click knows these three
    _echo(complete(main, {}, "netaudit", "_NETAUDIT_COMPLETE").source() + "\n")


# ---- effects ------------------------------------------------------------------------------------------


def _load(sources: Sequence[str], reading: dict[str, Any], rev: str | None = None) -> Estate:
    from netaudit.api import estate_of  # noqa: PLC0415 - `--help` must not load the engine

    estate = estate_of(_request(sources, reading, rev))
    _tell(estate.network.diagnostics, reading)
    return estate


def _request(sources: Sequence[str], reading: dict[str, Any], rev: str | None = None) -> Request:
    from netaudit.sources.request import Request  # noqa: PLC0415 - `--help` must not load the readers
    from netaudit.sources.terraform.inputs import default_cache  # noqa: PLC0415

    settings = dict(_pair(text, "--set") for text in reading["settings"])
    if reading["show_settings"]:
        _show_settings(settings)
    kept = settings.get("cache.dir")
    return Request(
        sources=sources,
        variables=[_variable(option, text) for option, text in click.get_current_context().meta["variables"]],
        assume=Path(reading["assume"]) if reading["assume"] else None,
        settings=settings,
        environment=dict(os.environ) if reading["tf_var_env"] else {},
        hcl_parser=reading["hcl_parser"],
        cache=None if reading["no_cache"] else Path(kept) if kept else default_cache(),
        progress=_Progress(quiet=reading["quiet"]),
        rev=rev,
        render=reading["render"],
        values=[Path(file) for file in reading["values"]],
    )


def _tell(diagnostics: Iterable[Diagnostic], reading: dict[str, Any]) -> None:
    from netaudit.reports.as_text import diagnostics_text  # noqa: PLC0415 - `--help` must not load the reports

    if not reading["quiet"]:
        _echo(diagnostics_text([each for each in diagnostics if each.severity != "info"]), err=True)


def _show_settings(given: Mapping[str, str]) -> NoReturn:
    from netaudit.model import Settings  # noqa: PLC0415 - `--help` must not load the engine

    shown = Settings().parse(given).shown(*Settings.keys())
    for key, value in sorted(shown.items()):
        _echo(f"{key} is not set\n" if value is None else f"{key}={value}\n")
    sys.exit(0)


class _Progress:
    """Says on a terminal what is being done, once the work has taken longer than a second."""

    def __init__(self, *, quiet: bool) -> None:
        self._silent = quiet or not sys.stderr.isatty()
        self._began = time.monotonic()

    def __call__(self, doing: str) -> None:
        if not self._silent and time.monotonic() - self._began > 1:
            click.echo(f"netaudit: {doing} …", err=True)


def _pair(text: str, option: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise QueryError(f"{option} takes NAME=VALUE, not '{text}'")
    return name, value


def _variable(option: str, text: str) -> tuple[str, str] | Path:
    return Path(text) if option == "var_files" else _pair(text, "--var")


def _write(formats: Formats, writers: Mapping[str, Callable[[], str | Iterable[str]]]) -> None:
    """Write every format that was asked for, in one piece or many: to its file, or to standard output."""
    for name, file in formats:
        made = writers[name]()
        pieces = iter((made,) if isinstance(made, str) else made)
        if file:
            _save(Path(file), pieces)
            continue
        while text := "".join(islice(pieces, _AT_ONCE)):
            _echo(text, coloured=name == "text")


def _save(path: Path, text: str | Iterable[str]) -> None:
    try:
        with path.open("w", encoding="utf-8") as file:
            file.writelines((text,) if isinstance(text, str) else text)
    except OSError as error:
        raise QueryError(f"cannot write {path}: {error.strerror}") from None


_ANSWERS = {"YES": "ALLOWED", "NO": "BLOCKED", "MAYBE": "UNKNOWN"}
_COLOURS = {"PROVED": "green", "VIOLATED": "red", "UNKNOWN": "yellow", "VACUOUS": "yellow", "WAIVED": "yellow"}
_COLOURS |= {"ALLOWED": "green", "BLOCKED": "red"}
_VERDICT = re.compile(rf"(?<![\w-])(?:{'|'.join(_COLOURS)})(?![\w-])")


def _echo(text: str, *, coloured: bool = False, err: bool = False) -> None:
    """Print; the verdicts of a text are coloured where `--color` says so.

    A reader that has gone away, as `head` does, does not change what was found out, nor the exit code.
    """
    stream = sys.stderr if err else sys.stdout
    if coloured := coloured and _wants_colour(stream.isatty()):
        text = _VERDICT.sub(lambda word: click.style(word.group(), fg=_COLOURS[word.group()], bold=True), text)
    try:
        click.echo(text, nl=False, err=err, color=coloured or None)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _wants_colour(terminal: bool) -> bool:
    context = click.get_current_context(silent=True)
    wanted = context.meta.get("color", "auto") if context else "auto"
    if wanted != "auto":
        return bool(wanted == "always")
    return not os.environ.get("NO_COLOR") and (terminal or bool(os.environ.get("FORCE_COLOR")))


def run() -> None:
    """The console script: every mistake in what was given ends with one line and exit code 2."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # arrows and foreign names on a terminal that has none
            stream.reconfigure(errors="backslashreplace")
    try:
        main(standalone_mode=False)
    except NetauditError as error:
        _fail(str(error))
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        sys.exit(2)
    except click.ClickException as error:
        _fail(_told(error))
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
    except OSError as error:
        _fail(f"{error.filename}: {error.strerror}" if error.filename else str(error))
    except Exception as error:  # a bug must not end with 1, which says that a rule is violated
        if os.environ.get("NETAUDIT_DEBUG"):
            raise
        _fail(f"internal error, please report it: {type(error).__name__}: {error} (NETAUDIT_DEBUG=1 shows where)")


def _told(error: click.ClickException) -> str:
    """A mistake on the command line in one line, with the command whose help tells more."""
    context = error.ctx if isinstance(error, click.UsageError) else None
    return error.format_message() + (f" (see `{context.command_path} --help`)" if context else "")


def _fail(message: str) -> None:
    from netaudit.reports.escape import printable  # noqa: PLC0415 - only when something went wrong

    for line in message.split("\n"):
        _echo(f"netaudit: {printable(line)}\n", err=True)
    sys.exit(2)
