"""The page: one file, no network, every name inert, and in a real browser it does what it says."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings

import netaudit
from netaudit.diagrams import View
from netaudit.diagrams.page import to_page
from netaudit.diagrams.page_data import PageData
from netaudit.model import Group
from tests.browser import Browser, browser
from tests.diagrams.building import bank, endpoint, flow, solved
from tests.diagrams.strategies import NASTY, Case, cases
from tests.oracles import REPOSITORY

_BANK = REPOSITORY / "fixtures" / "scenarios" / "bank"
_LARGEST_SCRIPT = 16 * 1024


def _bank() -> View:
    network, flows, _ = bank()
    return View(network, tuple(flows))


class _Tags(HTMLParser):
    """What elements and attributes a page has, and the text of its scripts."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag == "script":
            self.scripts.append("")

    def handle_data(self, data: str) -> None:
        if self.found and self.found[-1][0] == "script":
            self.scripts[-1] += data

    @property
    def data(self) -> dict[str, object]:
        """The embedded value."""
        return dict(json.loads(self.scripts[0]))


def test_the_page_may_load_nothing() -> None:
    """Its policy allows only what is written in it, and it names no address at all but that of SVG itself."""
    page = to_page(_bank())
    policy = next(about["content"] for tag, about in _Tags(page).found if tag == "meta" and "http-equiv" in about)
    assert "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:" == policy
    assert {"http://www.w3.org/2000/svg"} == set(re.findall(r"https?://[^\s\"'<]+", page))


def test_the_script_is_small() -> None:
    """As it is delivered, our script has at most 16 KB."""
    script = _Tags(to_page(_bank())).scripts[1]
    assert len(script.encode()) <= _LARGEST_SCRIPT


def test_the_same_facts_give_the_same_bytes() -> None:
    """Whatever the order of the flows."""
    network, flows, _ = bank()
    assert to_page(View(network, tuple(flows))) == to_page(View(network, tuple(reversed(flows))))


def _hostile() -> View:
    markup = ["</script><script>alert(1)</script>", "<img src=x onerror=alert(1)>", "]]>", "<!--", '" onclick="x']
    names = [*NASTY, *markup]
    groups = [Group(f"ns/{name}", "namespace", name) for name in names]
    hosts = [endpoint(f"{number}{name}", "Deployment", f"ns/{name}") for number, name in enumerate(names)]
    flows = tuple(flow(a.id, b.id, "tcp/443") for a in hosts for b in hosts if a is not b)
    return View(solved(groups, hosts), flows, title=markup[0], sources=tuple(markup))


def test_hostile_names_add_no_element() -> None:
    """As many scripts as ever, no image, no attribute that acts, and the names are in the data as they were."""
    tags = _Tags(to_page(_hostile()))
    assert 2 == Counter(tag for tag, _ in tags.found)["script"]
    assert "img" not in {tag for tag, _ in tags.found}
    assert not [name for _, about in tags.found for name in about if name.startswith("on")]
    nodes = tags.data["nodes"]
    assert isinstance(nodes, list)
    assert any("</script><script>alert(1)</script>" in node[0] for node in nodes)


@settings(deadline=None, max_examples=25)
@given(cases())
def test_every_flow_is_in_the_data(case: Case) -> None:
    """By its ends and traffic, and every check that is named is there."""
    data = json.loads(json.dumps(PageData(View(case.solved, case.flows)).document()))
    nodes, traffic = data["nodes"], data["traffic"]
    embedded = Counter((nodes[s][0], nodes[d][0], traffic[possible][0]) for s, d, _, possible, *_ in data["flows"])
    assert Counter((each.source, each.destination, str(each.possible)) for each in case.flows) == embedded
    assert all(check < len(data["checks"]) for _, check, _ in data["why"].values())


def test_too_many_flows_are_told_by_box(monkeypatch: pytest.MonkeyPatch) -> None:
    """All of them are counted in bundles, counters and badges, and the page says so."""
    monkeypatch.setattr("netaudit.diagrams.page_data.MOST_FLOWS", 10)
    view = _bank()
    data = PageData(view).document()
    assert data["flows"] is None
    assert len(view.flows) == sum(bundle[-1] for bundle in data["levels"][0]["bundles"])


def test_a_map_that_cannot_be_read_is_offered_with_fewer_boxes() -> None:
    """The matrix is what opens; beside it stands the map of the outer boxes, whose arrows are few enough."""
    network, flows, _ = bank()
    view = View(network, tuple(flows), max_arrows=20)
    page = to_page(view)
    assert ["matrix", "map"] == [str(attrs["id"]) for tag, attrs in _Tags(page).found if attrs.get("class") == "view"]
    assert [len(level.picture.bundles) <= 20 for level in view.readable] == [True]
    assert "all boxes" not in page


def test_every_level_accounts_for_every_flow() -> None:
    """However few boxes are drawn, no flow is dropped, and the outermost level has no box in a box."""
    levels = _bank().levels
    assert [0] * len(levels) == [level.picture.totals.dropped for level in levels]
    assert {level.picture.totals.flows for level in levels} == {len(_bank().flows)}
    assert not any(box.boxes for box in levels[-1].picture.boxes)


def test_a_depth_with_a_single_box_is_no_level() -> None:
    """Two namespaces of one cluster are the whole map; the cluster alone would tell nothing and is not composed."""
    inner = [Group(f"ns/{name}", "namespace", name, parent="cluster/c") for name in ("a", "b")]
    endpoints = [endpoint(each.key, "pod", each.key, "cluster/c") for each in inner]
    view = View(solved([Group("cluster/c", "cluster", "c"), *inner], endpoints), ())
    assert [0] == [level.number for level in view.levels]


def test_the_command_is_exact_and_keeps_secrets() -> None:
    """The settings that change answers are part of it; the value of a variable is not."""
    estate = netaudit.load(
        _BANK / "k8s", variables={"password": "hunter2"}, settings={"kubernetes.host_network": "node"}
    )
    sources = str(PageData(estate.view()).document()["sources"])
    assert sources.endswith("k8s --var 'password=…' --set kubernetes.host_network=node")
    assert "hunter2" not in to_page(estate.view())


# ---- in a browser -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of the bank in fixtures, with its rules."""
    estate = netaudit.load(_BANK / "infra", _BANK / "k8s")
    file = tmp_path_factory.mktemp("page") / "bank.html"
    file.write_text(to_page(estate.view(estate.check(_BANK / "rules.yaml"))), encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A browser without a network."""
    with browser(tmp_path_factory.mktemp("profile")) as found:
        found.look(1400, 900)
        yield found


def _lit(found: Browser) -> set[tuple[str, str]]:
    arrows = "[...document.querySelectorAll('#map .level:not([hidden]) [data-source]:not(.off)')]"
    return {tuple(pair) for pair in found.run(f"{arrows}.map((a) => [a.dataset.source, a.dataset.destination])")}


def _told(found: Browser, part: str) -> str:
    return str(found.run(f"document.getElementById('{part}').innerText"))


@pytest.mark.oracle
def test_it_opens_from_disk_and_asks_for_nothing(chromium: Browser, page: Path) -> None:
    """One request, for the file itself; nothing in the console; the whole map is lit."""
    chromium.complaints.clear()
    chromium.requests.clear()
    chromium.open(page)
    assert [page.as_uri()] == [url for url in chromium.requests if not url.startswith("about:")]
    assert [] == chromium.complaints
    assert 0 == chromium.run("document.querySelectorAll('.off').length")


@pytest.mark.oracle
def test_a_click_on_a_box_isolates_it(chromium: Browser, page: Path) -> None:
    """Only arrows of that box stay lit; its flows are listed; the address can be passed on; Escape ends it."""
    chromium.open(page)
    every = _lit(chromium)
    chromium.click("#map [data-box='ns/ledger'] > text")
    mine = {pair for pair in every if "ns/ledger" in pair}
    assert mine == _lit(chromium) != set()
    assert "ledger/postings[Deployment]" in _told(chromium, "about")
    assert "#box=ns%2Fledger" == chromium.run("location.hash")
    chromium.press("Escape")
    assert every == _lit(chromium)


@pytest.mark.oracle
def test_a_link_restores_what_was_looked_at(chromium: Browser, page: Path) -> None:
    """View, theme, filter and selection come from the hash."""
    chromium.open(page, "#view=matrix&theme=dark&port=tcp%2F5432&end=aws_db_instance.ledger")
    assert [True, False] == chromium.run("['map', 'matrix'].map((name) => document.getElementById(name).hidden)")
    assert "dark" == chromium.run("document.documentElement.dataset.theme")
    assert "aws_db_instance.ledger" in _told(chromium, "about")
    dark = "getComputedStyle(document.querySelector('#matrix .paper')).fill"
    assert "rgb(18, 22, 28)" == chromium.run(dark)


@pytest.mark.oracle
def test_search_finds_and_dims_the_rest(chromium: Browser, page: Path) -> None:
    """`/` goes to the field; what is typed is found by id."""
    chromium.open(page)
    chromium.press("/")
    for letter in "postings":
        chromium.press(letter)
    assert _told(chromium, "about").startswith("Found: 1")
    chips = "[...document.querySelectorAll('#map .level:not([hidden]) [data-chip]:not(.off)')]"
    lit = chromium.run(f"{chips}.map((chip) => chip.dataset.chip)")
    assert ['["ledger/postings[Deployment]"]'] == lit
    assert _lit(chromium)
    assert all("ns/ledger" in pair for pair in _lit(chromium))


@pytest.mark.oracle
def test_the_port_filter_keeps_what_carries_it(chromium: Browser, page: Path) -> None:
    """Only the application may speak 9090 to the ledger; a port that is none is refused."""
    chromium.open(page, "#port=tcp%2F9090")
    assert ("ns/payments", "ns/ledger") in _lit(chromium)
    assert not any("aws_" in key for pair in _lit(chromium) for key in pair if "5432" in key)
    every = _lit(chromium)
    chromium.open(page, "#port=nonsense")
    assert set() == _lit(chromium) < every
    assert "true" == chromium.run("document.getElementById('port').getAttribute('aria-invalid')")


@pytest.mark.oracle
def test_fewer_boxes_are_one_choice_away(chromium: Browser, page: Path) -> None:
    """Collapsed to VPCs and clusters, the arrows go between these, by address as by hand; filters go on working."""
    chromium.open(page)
    first = chromium.run("document.querySelector('#level option:nth-child(2)').value")
    chromium.open(page, f"#level={first}&show=violated")
    assert {("vpc/module.shared_services.aws_vpc.this", "vpc/module.production.aws_vpc.this")} == _lit(chromium)
    assert 1 == chromium.run("[...document.querySelectorAll('.level')].filter((map) => map.clientWidth).length")


@pytest.mark.oracle
def test_the_zone_filter_keeps_what_touches_it(chromium: Browser, page: Path) -> None:
    """Every arrow that stays lit begins or ends where a member of the zone sits."""
    chromium.open(page)
    every = _lit(chromium)
    zone = chromium.run("document.querySelector('#zone option:nth-child(2)').value")
    chromium.open(page, f"#zone={zone}")
    assert set() != _lit(chromium) < every


@pytest.mark.oracle
def test_violations_alone(chromium: Browser, page: Path) -> None:
    """The two arrows of the bank's broken rule, and nothing else."""
    chromium.open(page, "#show=violated")
    drawn = "document.querySelectorAll('#map .level:not([hidden]) [data-points]:not([data-violated=\"0\"])')"
    violated = chromium.run(f"{drawn}.length")
    assert len(_lit(chromium)) == violated == 2


@pytest.mark.oracle
def test_why_and_why_not(chromium: Browser, page: Path) -> None:
    """The build machine's way in with the rule that opens it; the portal's refusal with the policy and its line."""
    chromium.open(page, "#from=aws_instance.ci_runner%5B0%5D&to=aws_db_instance.ledger")
    why = _told(chromium, "why")
    assert "YES" in why
    assert "tcp/5432 from 10.20.0.0/15" in why
    assert "infra/databases.tf:28" in why
    chromium.open(page, "#from=edge%2Fportal%5BDeployment%5D&to=ledger%2Fpostings%5BDeployment%5D")
    why = _told(chromium, "why")
    assert "NO" in why
    assert "k8s/dns.yaml:48" in why
    assert "--from 'edge/portal[Deployment]' --to 'ledger/postings[Deployment]'" in why


@pytest.mark.oracle
def test_nothing_is_said_where_nothing_is_joined(chromium: Browser, page: Path) -> None:
    """The cluster and the VPCs are not joined: never a NO."""
    chromium.open(page, "#from=edge%2Fportal%5BDeployment%5D&to=aws_db_instance.ledger")
    assert "UNKNOWN" in _told(chromium, "why")
    assert "Nothing joins" in _told(chromium, "why")


@pytest.mark.oracle
def test_a_focused_page_does_not_deny_what_it_leaves_out(chromium: Browser, tmp_path: Path) -> None:
    """Settlement asks the name server, but that is not among the flows around the ledger: still no NO."""
    estate = netaudit.load(_BANK / "k8s")
    file = tmp_path / "focus.html"
    file.write_text(to_page(estate.view(focus="ledger/postings")), encoding="utf-8")
    chromium.open(file, "#from=payments%2Fsettlement%5BCronJob%5D&to=kube-system%2Fcoredns%5BDeployment%5D")
    assert "YES" in _told(chromium, "why")
    assert "outside the focus" in _told(chromium, "why")


@pytest.mark.oracle
def test_a_rule_shows_its_witnesses(chromium: Browser, page: Path) -> None:
    """Hop by hop, each with its line."""
    chromium.open(page, "#rule=BANK-002")
    told = _told(chromium, "rules")
    assert "aws_instance.ci_runner[0] → aws_db_instance.ledger tcp/5432" in told
    assert "infra/modules/network/main.tf:131" in told


@pytest.mark.oracle
def test_zoom_and_views_by_key(chromium: Browser, page: Path) -> None:
    """`+` shows less, `0` all of it, `2` the matrix."""
    chromium.open(page)
    width = "+document.querySelector('#map svg').getAttribute('viewBox').split(' ')[2]"
    whole = chromium.run(width)
    chromium.press("+")
    assert chromium.run(width) == pytest.approx(whole * 0.7, rel=0.01)
    chromium.press("0")
    assert chromium.run(width) == pytest.approx(whole)
    chromium.press("2")
    assert "#view=matrix" == chromium.run("location.hash")


@pytest.mark.oracle
def test_the_keyboard_reaches_every_box(chromium: Browser, page: Path) -> None:
    """A box takes the focus, and Enter is a click."""
    chromium.open(page)
    chromium.run("document.querySelector(\"#map [data-box='ns/ledger']\").focus()")
    chromium.press("Enter")
    assert "#box=ns%2Fledger" == chromium.run("location.hash")


@pytest.mark.oracle
def test_hostile_names_do_nothing_in_a_browser(chromium: Browser, tmp_path: Path) -> None:
    """No dialogue, no script, no complaint; every endpoint can be looked at."""
    chromium.complaints.clear()
    file = tmp_path / "hostile.html"
    file.write_text(to_page(_hostile()), encoding="utf-8")
    chromium.open(file)
    chromium.run("window.alert = () => { window.hit = true }")
    ids = chromium.run("JSON.parse(document.getElementById('data').textContent).nodes.map((node) => node[0])")
    for name in ids:
        chromium.run(f"location.hash = 'end=' + encodeURIComponent({json.dumps(name)}.toWellFormed()), 0")
        chromium.run("new Promise((done) => setTimeout(done))")
    assert [] == chromium.complaints
    assert chromium.run("window.hit") is None
    assert 0 == chromium.run("document.querySelectorAll('img').length")


@pytest.mark.oracle
@pytest.mark.parametrize("width", [390, 1400])
def test_nothing_is_wider_than_the_window(chromium: Browser, page: Path, width: int) -> None:
    """On a phone as on a desk."""
    chromium.look(width, 844)
    chromium.open(page, "#end=aws_db_instance.ledger&rule=BANK-002")
    assert chromium.run("document.documentElement.scrollWidth") <= width
    chromium.look(1400, 900)
