"""One HTML file that works from disk, offline and in a notebook: the map, the matrix, the paths, and what decides.

The pictures are our own SVG; `page.js` and `page.css` are the only script and style, and both are ours. The file may
load nothing at all (Content-Security-Policy), data is JSON in which no `<` is left, and every name reaches the page
as text.
"""

from __future__ import annotations

import json
import re
from functools import cache
from html import escape
from importlib.resources import files

from netaudit.checks.invariants import RuleResult, Witness
from netaudit.diagrams.fonts import clean
from netaudit.diagrams.map import draw_map
from netaudit.diagrams.matrix import draw_matrix
from netaudit.diagrams.page_data import PageData
from netaudit.diagrams.path import draw_legs
from netaudit.diagrams.style import ALWAYS, DARK, LIGHT, STYLE
from netaudit.diagrams.svg import element
from netaudit.diagrams.view import Level, View
from netaudit.reports.escape import harmless_json

_MOST_PATHS = 40
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:"
_SELECTOR = re.compile(r"([^{}]+)\{")
_VERDICTS = (
    ("", "all flows"),
    ("certain", "certain"),
    ("unknown", "on an unknown"),
    ("violated", "violations"),
)
_KEYS = "/ search · 1 2 3 views · + − 0 zoom · arrows move · Tab and Enter choose · Esc back"


def to_page(view: View) -> str:
    """The page as text; ends with a line break."""
    title = escape(clean(view.picture.title or "Who can reach whom"))
    views = _views(view)
    return "\n".join(
        [
            "<!doctype html>",
            '<html lang="en" data-theme="auto">',
            '<head><meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
            '<meta name="viewport" content="width=device-width,initial-scale=1">',
            f"<title>{title}</title>",
            f"<style>{_read('page.css')}{_pictures_style()}</style></head>",
            "<body>",
            _header(title, list(views), view),
            f"<main>{''.join(_section(name, markup) for name, markup in views.items())}{_ZOOM}</main>",
            _aside(judged=view.report is not None) + _endpoint_names(view),
            f'<script type="application/json" id="data">{_json(PageData(view).document())}</script>',
            f"<script>{_script()}</script>",
            "</body></html>\n",
        ]
    )


@cache
def _read(name: str) -> str:
    return files("netaudit.diagrams").joinpath(name).read_text(encoding="utf-8")


def _script() -> str:
    """Our script without its comments, indentation and empty lines: none of it lies within a string."""
    lines = (line.strip() for line in _read("page.js").splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//"))


def _json(value: object) -> str:
    """JSON that ends no script and starts no comment, whatever the names are."""
    text = harmless_json(json.dumps(value, ensure_ascii=False, separators=(",", ":")))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


# ---- pictures -----------------------------------------------------------------------------------------


def _views(view: View) -> dict[str, str]:
    """The pictures by name, the one that was asked for first."""
    found = {"matrix": _inline(draw_matrix(view.picture), "matrix")}
    if view.readable:
        drawn = {"map": "".join(_level(level, view) for level in view.readable)}
        found = drawn | found if view.drawn == "map" else found | drawn
    if view.report:
        found["paths"] = _paths(view)
    return found


def _level(level: Level, view: View) -> str:
    """The map at one degree of detail, by its place in the data; the page shows one of them at a time."""
    drawn = _inline(draw_map(level.picture, max_arrows=view.max_arrows), f"map{level.number}")
    return f'<div class="level" data-level="{level.number}" hidden>{drawn}</div>'


def _inline(svg: str, name: str) -> str:
    """A picture of ours within the page: its style is the page's, its title and description have their own ids."""
    svg = svg.replace(element("style", STYLE), "", 1).replace('role="img"', 'role="group"', 1)
    for part in ("title", "desc"):
        svg = svg.replace(f'id="netaudit-{part}"', f'id="{name}-{part}"', 1)
    return svg.replace('"netaudit-title netaudit-desc"', f'"{name}-title {name}-desc"', 1)


def _paths(view: View) -> str:
    """The strips of the witnesses of every rule that has some."""
    assert view.report is not None  # noqa: S101 - for mypy: asked for only then
    drawn: list[str] = []
    for result in view.report.results:
        shown = [each for each in result.witnesses if _is_drawable(view, each)]
        for witness in shown[: _MOST_PATHS - len(drawn)]:
            legs = [(view.solved.by_id[a], checks, view.solved.by_id[b]) for a, b, checks in witness.legs]
            said = f"{result.invariant.id}: {witness.source} → {witness.destination} {witness.traffic}"
            drawn.append(_inline(draw_legs(legs, said), f"path{len(drawn)}"))
    left = _witnesses(view.report.results) - len(drawn)
    more = f"<p>… and {left} more witnesses, listed under their rules.</p>" if left else ""
    return "".join(drawn) + more or "<p>No rule has a witness against it.</p>"


def _is_drawable(view: View, witness: Witness) -> bool:
    """Whether it goes by endpoints that exist: a rule about pods to come has others."""
    return all(name in view.solved.by_id for start, goal, _ in witness.legs for name in (start, goal))


def _witnesses(results: tuple[RuleResult, ...]) -> int:
    return sum(len(result.witnesses) for result in results)


def _pictures_style() -> str:
    """The style of the pictures, for a theme that the reader may also choose."""
    dark = f"@media (prefers-color-scheme:dark){{{_under(':root[data-theme=auto]', DARK)}}}"
    chosen = _under(":root[data-theme=dark]", DARK)
    return f"{ALWAYS}{LIGHT}{dark}{chosen}@media print{{{_under(':root[data-theme]', LIGHT)}}}"


def _under(root: str, style: str) -> str:
    """The rules of a style sheet, each for what lies under a root."""
    return _SELECTOR.sub(lambda found: ",".join(f"{root} {s.strip()}" for s in found[1].split(",")) + "{", style)


# ---- the page around them -----------------------------------------------------------------------------


def _section(name: str, markup: str) -> str:
    return f'<section class="view" id="{name}" hidden>{markup}</section>'


def _header(title: str, views: list[str], view: View) -> str:
    tabs = "".join(f'<button type="button" id="to-{name}">{name.capitalize()}</button>' for name in views)
    zones = [("", "all zones"), *((name, f"zone {name}") for name in sorted(view.report.zones if view.report else ()))]
    levels = [(str(each.number), f"{each.name} only" if each.number else "all boxes") for each in view.readable]
    levels[:1] = [("", words) for _, words in levels[:1]]  # what is shown first needs no word in the address
    return (
        f"<header><h1>{title}</h1>{tabs}"
        '<input id="q" type="search" placeholder="Search" aria-label="Search endpoints and boxes">'
        '<input id="port" placeholder="Port: tcp/443" aria-label="Filter by protocol or port">'
        f"{_choice('show', 'Filter by verdict', list(_VERDICTS))}"
        f"{_choice('zone', 'Filter by zone', zones)}{_choice('level', 'Boxes shown', levels)}"
        '<button type="button" id="clear">Clear</button>'
        '<button type="button" id="theme" aria-label="Light, dark or as the system says">◐</button></header>'
    )


def _choice(name: str, said: str, values: list[tuple[str, str]]) -> str:
    """A choice between some values, with their words; hidden where there is none to make."""
    options = "".join(f'<option value="{escape(value)}">{escape(clean(words))}</option>' for value, words in values)
    off = "" if len(values) > 1 else " hidden"
    return f'<select id="{name}" aria-label="{said}"{off}>{options}</select>'


_ZOOM = (
    '<div id="zoom"><button type="button" id="larger" aria-label="Larger">+</button>'
    '<button type="button" id="smaller" aria-label="Smaller">−</button>'
    '<button type="button" id="fit">Fit</button></div>'
)


def _aside(*, judged: bool) -> str:
    heading = "<h3>Invariants</h3>" if judged else ""
    return (
        '<aside><div id="about" aria-live="polite"></div><div class="ask"><h3>Why, or why not?</h3><div class="row">'
        '<input id="from" list="names" placeholder="From" aria-label="From">'
        '<input id="to" list="names" placeholder="To" aria-label="To"></div></div>'
        f'<div id="why" aria-live="polite"></div>{heading}<ul id="rules"></ul>'
        f'<p class="dim ask"><small>{_KEYS}</small></p></aside>'
    )


def _endpoint_names(view: View) -> str:
    ids = [*(endpoint.id for endpoint in view.endpoints)][:2_000]
    return f'<datalist id="names">{"".join(f"<option>{escape(clean(name))}</option>" for name in ids)}</datalist>'
