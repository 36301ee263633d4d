"""The facade: `load()` gives an `Estate`, and an estate answers questions.

import netaudit
estate = netaudit.load("infra/", "k8s/")
estate.reach("internet", "kind/aws_db_instance").verdict
estate.explain("payments/api", "ledger/books", "tcp/9090").changes
estate.check("rules/").exit_code
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING
from typing import Literal as OneOf

from netaudit import pipeline
from netaudit.engine.solve import Reachability
from netaudit.errors import QueryError
from netaudit.flows import CLAIMED, AddressSet, Traffic, protocol_of
from netaudit.model import (
    NO_SECRETS,
    Endpoint,
    Exposure,
    Network,
    NewcomerSide,
    Resource,
    Secrets,
)
from netaudit.queries.answer import Context, QuestionAnswer, ReachAnswer
from netaudit.queries.blocks import DirectFlows
from netaudit.queries.diff import DiffAnswer, RuleChange, changes, common_cuts
from netaudit.queries.explain import Explanation, explain
from netaudit.queries.explain_chain import ChainExplanation, explain_chain
from netaudit.queries.flow import Flow, Relation
from netaudit.queries.picked import Picked, Problems
from netaudit.queries.question import decide_pairs
from netaudit.queries.relations import Relations, reach
from netaudit.queries.rewritten import rewritten
from netaudit.queries.selector_syntax import address_sets, parse_selector
from netaudit.queries.selectors import Selection, Selectors
from netaudit.queries.tabular import Row, html_table, placed
from netaudit.queries.what_if import Edit, apply
from netaudit.sources.edits import AddResource, Apply, ChangeResource, DeclaredEdit, Relabel, RemoveResource
from netaudit.sources.request import Request
from netaudit.sources.terraform import inputs

__all__ = [
    "AddResource",
    "Apply",
    "ChangeResource",
    "Estate",
    "Picked",
    "Relabel",
    "RemoveResource",
    "default_cache",
    "load",
]

if TYPE_CHECKING:
    from netaudit.checks.first_rules import FirstRules
    from netaudit.checks.invariants import Report
    from netaudit.checks.rulefile import Rulebook
    from netaudit.diagrams import Drawing, Svg
    from netaudit.diagrams.focus import Direction
    from netaudit.diagrams.graph import Graph
    from netaudit.diagrams.picture import Picture
    from netaudit.diagrams.view import Only

_SHOWN = {".tf", ".tofu", ".yaml", ".yml"}  # written by people, and without the values of a state
_LARGEST_SHOWN = 4 << 20


def load(  # noqa: PLR0913 - each is an option of every command
    *sources: str | Path,
    variables: Mapping[str, str] | Sequence[tuple[str, str] | Path] = (),
    assume: str | Path | None = None,
    settings: Mapping[str, str] | None = None,
    environment: Mapping[str, str] | None = None,
    hcl_parser: OneOf["fast", "reference"] | None = None,
    cache: str | Path | None = None,
    progress: Callable[[str], None] = lambda _: None,
    rev: str | None = None,
    render: bool = False,
    values: Sequence[str | Path] = (),
) -> Estate:
    """Read sources (directories, plan or state JSON, manifests, `-`; `name=path` prefixes ids) into an estate.

    `variables` are Terraform's: names to values, or a sequence of `(name, value)` and files, of which the later
    one wins. `settings` are the contract's keys. With `rev` the files are those of a git revision, files of variables
    and assumptions included where it has them. `render` lets helm and kubectl render charts and kustomizations, charts
    with the files of `values`. In the folder `cache` the trees of parsed text are kept. Raises InputError, QueryError
    or RuleFileError.
    """
    return estate_of(
        Request(
            sources=tuple(map(str, sources)),
            variables=tuple(variables.items() if isinstance(variables, Mapping) else variables),
            assume=Path(assume) if assume else None,
            settings=settings or {},
            environment=environment or {},
            hcl_parser=hcl_parser,
            cache=Path(cache) if cache else None,
            progress=progress,
            rev=rev,
            render=render,
            values=tuple(map(Path, values)),
        )
    )


def estate_of(request: Request) -> Estate:
    """What `load` gives for the same options."""
    taken = request.read()
    request.progress("assembling the network")
    estate = Estate(pipeline.build(taken), request.as_given())
    estate.of_revision = request.rev is not None
    return estate


def default_cache() -> Path | None:
    """Where the command line keeps the trees of parsed text; a library keeps none unless it is told to."""
    return inputs.default_cache()


class Estate:
    """Everything that was read in one run, and every question that can be put to it."""

    def __init__(self, model: pipeline.Model, sources: Iterable[str] = ()) -> None:
        self._model = model
        self.sources = tuple(sources)  # as they were given, with the options that change answers
        self._solved: dict[tuple[frozenset[AddressSet], Secrets], Reachability] = {}
        self._earlier: dict[tuple[frozenset[AddressSet], Secrets], Reachability] = {}  # what the edited estate solved
        self._rules_edited = False
        self.of_revision = False  # its files are not those on disk

    def __repr__(self) -> str:
        network = self.network
        kinds = Counter(group.kind for group in network.groups if group.box)
        boxes = "".join(f", {kinds[kind]} {kind}s" for kind in sorted(kinds))
        return f"<Estate: {len(network.endpoints)} endpoints{boxes}, {len(network.diagnostics)} diagnostics>"

    def _repr_html_(self) -> str:
        kinds = Counter(endpoint.kind for endpoint in self.network.endpoints)
        counts: list[Row] = [{"kind": kind, "endpoints": number} for kind, number in sorted(kinds.items())]
        return html_table(repr(self).strip("<>"), ("kind", "endpoints"), counts)

    @property
    def network(self) -> Network:
        """The neutral model that the answers are read off."""
        return self._model.network

    @property
    def newcomers(self) -> tuple[Exposure, ...]:
        """What pods that do not exist yet would be open to, by namespace, side and peer."""
        return self._model.newcomers

    @cached_property
    def _newcomer_sides(self) -> tuple[NewcomerSide, ...]:
        return self._model.newcomer_sides

    @property
    def resources(self) -> tuple[Resource, ...]:
        """What was read, before any meaning is given to it, sorted by address."""
        return self._model.taken.resources

    @cached_property
    def context(self) -> Context:
        """What every answer rests on."""
        network = self.network
        return Context(network.not_joined, network.settings, network.assumptions, network.diagnostics)

    @property
    def reachability(self) -> Reachability:
        """The solved network, with external blocks cut by its own rules only."""
        return self._reachability(frozenset())

    @property
    def problems(self) -> Problems:
        """Everything that could not be read or is not modelled."""
        rows: list[Row] = [
            {
                "code": each.code,
                "severity": each.severity.value,
                "effect": each.effect.value,
                "message": each.message,
                **placed(each.origin),
            }
            for each in self.network.diagnostics
        ]
        return Problems(tuple(rows))

    def __getitem__(self, selector: str) -> Picked:
        """What a selector picks, as a set: `estate["ns/payments"] & "label:tier=data"`. Raises QueryError."""
        solved, (chosen,) = self._select([selector])
        assert chosen is not None  # noqa: S101 - for mypy: a text was given
        return Picked(selector, tuple(_endpoints(solved, chosen) or ()), chosen.certain, self.__getitem__)

    @property
    def internet(self) -> Picked:
        """All public address space of both families."""
        return self["internet"]

    # ---- questions ------------------------------------------------------------------------------------

    def flows(
        self,
        source: str | Picked | None = None,
        destination: str | Picked | None = None,
        *,
        relation: Relation | str = Relation.DIRECT,
        traffic: Traffic | str = CLAIMED,
    ) -> ReachAnswer:
        """All flows from what one selector picks to what another picks; every pair by default."""
        answer, flows = self.streamed(source, destination, relation=relation, traffic=traffic)
        return replace(answer, flows=tuple(flows))

    def streamed(
        self,
        source: str | Picked | None = None,
        destination: str | Picked | None = None,
        *,
        relation: Relation | str = Relation.DIRECT,
        traffic: Traffic | str = CLAIMED,
    ) -> tuple[ReachAnswer, Iterator[Flow]]:
        """The same answer without its flows, and the flows one after another: for more than the memory holds."""
        wanted = _traffic(traffic)
        solved, chosen = self._select([source, destination])
        flows = reach(
            Relations(solved, CLAIMED),
            Relation(relation),
            sources=_endpoints(solved, chosen[0]),
            destinations=_endpoints(solved, chosen[1]),
            traffic=wanted,
        )
        external = {endpoint.id: endpoint.shown for endpoint in solved.external}
        return ReachAnswer(Relation(relation), (), external, self.context), flows

    def reach(
        self,
        source: str | Picked,
        destination: str | Picked,
        traffic: Traffic | str = CLAIMED,
        *,
        relation: Relation | str = Relation.DIRECT,
    ) -> QuestionAnswer:
        """Which of these reach which of those, and what decides for each pair."""
        wanted = _traffic(traffic)
        solved, chosen = self._select([source, destination])
        answer = self.flows(source, destination, relation=relation, traffic=wanted)
        starts, goals = (_endpoints(solved, each) or [] for each in chosen)
        pairs = decide_pairs(Relations(solved, wanted), Relation(relation), starts, goals, answer.flows, wanted)
        return QuestionAnswer(f"{source} → {destination}", wanted, pairs, answer)

    def isolated(
        self,
        source: str | Picked,
        destination: str | Picked,
        traffic: Traffic | str = CLAIMED,
        *,
        relation: Relation | str = Relation.DIRECT,
    ) -> bool:
        """Whether it is proved that nothing passes either way; False where it is not known, or nothing is picked."""
        from netaudit.checks.rulefile import rulebook_of_one  # noqa: PLC0415 - most runs judge no rules

        ways = ((str(source), str(destination)), (str(destination), str(source)))
        books = (rulebook_of_one("forbid", *way, str(_traffic(traffic)), relation) for way in ways)
        return all(self.check(book).exit_code == 0 for book in books)

    def explain(self, source: str | Picked, destination: str | Picked, traffic: Traffic | str) -> Explanation:
        """Why one endpoint reaches another on one point of traffic (`tcp/443`, `icmp/8`), or why not."""
        point = _point(traffic)
        return explain(*self._ends(source, destination), point)

    def explain_chain(
        self,
        source: str | Picked,
        destination: str | Picked,
        traffic: Traffic | str,
        *,
        relation: Relation | str = Relation.PIVOT,
    ) -> ChainExplanation:
        """The same where several connections make a flow: by proxies (`forwarded`), or host to host (`pivot`)."""
        point = _point(traffic)
        solved, start, goal = self._ends(source, destination)
        return explain_chain(Relations(solved), Relation(relation), start, goal, point)

    def _ends(self, source: str | Picked, destination: str | Picked) -> tuple[Reachability, Endpoint, Endpoint]:
        """The two endpoints that are meant, and the network solved for them. Raises QueryError."""
        solved, chosen = self._select([source, destination])
        start = _only(solved, str(source), chosen[0])
        goal = _only(solved, str(destination), chosen[1])
        if not solved.joined(start, goal):
            raise QueryError(f"nothing joins the sources of {start.id} and {goal.id}: nothing is known between them")
        return solved, start, goal

    def check(
        self,
        rules: str | Path | Sequence[str | Path] | Rulebook,
        accept: Iterable[str] = (),
        *,
        waivers: Sequence[str | Path] = (),
        today: date | None = None,
        base: Estate | None = None,
        name: str = "base",
    ) -> Report:
        """Judge the invariants of rule files, and let pass what the waivers of some files cover on a day.

        `today` is needed with waivers: the answer depends on no clock of its own. `base` is the estate before a change,
        for rules of the kind `monotone`, and `name` what the report calls it.
        """
        book = _book(rules)
        base = base if book.compares else None
        if not waivers:
            before, solved = self._both(base, book.cuts) if base else (None, self._reachability(book.cuts))
            return replace(self._judged(solved, book, accept, before), cuts=book.cuts, base=name if base else "")
        if today is None:
            raise QueryError("waivers are judged on a day, which was not given")
        from netaudit.checks.waivers import read_waivers, waived  # noqa: PLC0415 - most runs have none

        given = read_waivers(_paths(waivers))
        cuts = book.cuts | given.cuts
        before, solved = self._both(base, cuts) if base else (None, self._reachability(cuts))
        report = waived(self._judged(solved, book, accept, before), solved, book, given, today)
        return replace(report, cuts=cuts, base=name if base else "")

    def first_rules(self) -> FirstRules:
        """Rules that are proved today, for a first rule file. Raises QueryError where there are none."""
        from netaudit.checks.first_rules import first_rules  # noqa: PLC0415 - one command needs it

        return first_rules(self.reachability, lambda: self._newcomer_sides)

    def diff(
        self,
        base: Estate,
        *,
        relation: Relation | str = Relation.DIRECT,
        traffic: Traffic | str = CLAIMED,
        rules: str | Path | Sequence[str | Path] | Rulebook | None = None,
        name: str = "",
    ) -> DiffAnswer:
        """What differs from `base`: flows opened, closed and changed, and rules whose verdict is another.

        `name` is what the answer calls the base. The same rules are judged on both sides.
        """
        before, after = self._both(base)
        written = rewritten(base._model.taken.readings, self._model.taken.readings)
        found, unchanged = changes(before, after, Relation(relation), _traffic(traffic), written)
        external = {e.id: e.shown for solved in (before, after) for e in solved.external}
        book = None if rules is None else _book(rules)
        verdicts = () if book is None else _rule_changes(base.check(book, base=base), self.check(book, base=base))
        return DiffAnswer(Relation(relation), found, unchanged, external, name, self.context, verdicts, written)

    def change(self, base: Estate, answer: DiffAnswer | None = None, *, title: str = "") -> Picture:
        """What differs from `base` as a picture; `answer` is what `diff` said, where it was asked already."""
        from netaudit.diagrams.change import change_picture  # noqa: PLC0415 - most runs draw nothing

        found = answer or self.diff(base)
        before, after = self._both(base)
        return change_picture(found, before, after, title=title)

    def view(  # noqa: PLR0913 - each is one option of `netaudit diagram`
        self,
        report: Report | None = None,
        *,
        kind: str = "map",
        title: str = "",
        relation: Relation | str = Relation.DIRECT,
        focus: str | Picked | None = None,
        depth: int = 1,
        direction: Direction | str = "both",
        max_arrows: int | None = None,
        collapse: str = "",
        by: str = "",
        only: Only | str = "everything",
    ) -> Drawing:
        """A picture of the estate, to be shown or saved: `estate.view(focus="ns/payments").save("payments.html")`.

        `kind` is `map` or `matrix`, `report` marks violations, `focus` is a selector whose neighbourhood is shown,
        `depth` flows away, flows `in`, `out` or `both`. A map of more than `max_arrows` becomes a matrix;
        `collapse` draws no boxes inside boxes of a kind, such as `vpc`; `by` groups by something else altogether:
        a kind of group (`sg`, `kind`, `source`), `label:KEY` or `tag:KEY`. `only` is `exposure` or `violations`.
        """
        from netaudit.diagrams import Drawing  # noqa: PLC0415 - most runs draw nothing
        from netaudit.diagrams.focus import Direction, Focus  # noqa: PLC0415
        from netaudit.diagrams.map import READABLE  # noqa: PLC0415
        from netaudit.diagrams.view import Only  # noqa: PLC0415

        centre, cuts = None, report.cuts if report else frozenset()
        if focus is not None:
            cuts |= frozenset(address_sets(parse_selector(str(focus))))
        solved = self._reachability(cuts)
        if focus is not None:
            chosen = _picked(Selectors(solved, strict=True), str(focus))
            centre = Focus(str(focus), chosen.possible, depth, Direction(direction))
        direct = Relation(relation) is Relation.DIRECT
        flows = DirectFlows(solved) if direct else tuple(reach(Relations(solved), Relation(relation), explained=False))
        return Drawing(
            solved,
            flows,
            Relation(relation),
            report,
            title,
            centre,
            kind,
            READABLE if max_arrows is None else max_arrows,
            self.sources,
            collapse,
            by,
            Only(only),
        )

    def path(self, source: str, destination: str, traffic: Traffic | str) -> Svg:
        """The way of one flow as SVG text: a strip of gates, each with its rule and place."""
        from netaudit.diagrams import Svg  # noqa: PLC0415 - most runs draw nothing
        from netaudit.diagrams.path import draw_path  # noqa: PLC0415

        return Svg(draw_path(self.explain(source, destination, traffic).trace))

    def picture(self, report: Report | None = None, *, title: str = "") -> Picture:
        """The map's model: boxes and bundled arrows, with the violations of a report marked on it."""
        return self.view(report, title=title).picture

    def map(self, report: Report | None = None, *, title: str = "") -> Svg:
        """The map as SVG text."""
        from netaudit.diagrams import Svg  # noqa: PLC0415 - most runs draw nothing

        return Svg(self.view(report, title=title).svg())

    def matrix(self, report: Report | None = None, *, by: str = "", title: str = "") -> Drawing:
        """The matrix, grouped by boxes or by something else, as `view` says."""
        return self.view(report, kind="matrix", by=by, title=title)

    def dot(self, report: Report | None = None, *, title: str = "") -> str:
        """The map as Graphviz source."""
        from netaudit.diagrams import FORMATS  # noqa: PLC0415 - most runs draw nothing

        return FORMATS[".dot"](self.view(report, title=title))

    def to_networkx(self, report: Report | None = None, *, relation: Relation | str = Relation.DIRECT) -> Graph[str]:
        """The reachability graph as a `networkx.MultiDiGraph`: endpoints and flows, as netaudit.diagrams.graph says."""
        from netaudit.diagrams.graph import to_networkx  # noqa: PLC0415 - most runs draw nothing

        return to_networkx(self.view(report, relation=relation))

    def what_if(self, edits: Iterable[Edit | DeclaredEdit]) -> Estate:
        """A new estate after some edits; what is solved already and no edit touches is shared. Raises QueryError.

        An edit is one of a rule, as `explain(…).changes` has them, or of what is declared (`Relabel`, `Apply`,
        `AddResource`, `RemoveResource`, `ChangeResource`). Those of rules come last: they are made on what is compiled.
        """
        listed = list(edits)
        declared = [each for each in listed if isinstance(each, DeclaredEdit)]
        of_rules = [each for each in listed if not isinstance(each, DeclaredEdit)]
        if declared and self._rules_edited:
            raise QueryError("what is declared has to be edited before rules: no text says what became of these")
        model = pipeline.edited(self._model, declared) if declared else self._model
        found = Estate(replace(model, network=apply(model.network, of_rules)), self.sources)
        found.of_revision = self.of_revision
        found._rules_edited = self._rules_edited or bool(of_rules)
        found._earlier = {**self._earlier, **self._solved}
        return found

    def _judged(self, solved: Reachability, book: Rulebook, accept: Iterable[str], base: Reachability | None) -> Report:
        from netaudit.checks.excerpts import excerpts  # noqa: PLC0415 - most runs judge no rules
        from netaudit.checks.invariants import check  # noqa: PLC0415

        before = Relations(base) if base else None
        report = check(Relations(solved), book, accept, lambda: self._newcomer_sides, before)
        return replace(report, excerpts=excerpts(report, self._lines))

    def _lines(self, file: str) -> Sequence[str]:
        """The lines of a source file as it is on disk; none of other files, nor of a revision."""
        path = Path(file)
        if self.of_revision or path.suffix not in _SHOWN or not path.is_file() or path.stat().st_size > _LARGEST_SHOWN:
            return ()
        return path.read_text(encoding="utf-8", errors="replace").splitlines()

    # ---- helpers --------------------------------------------------------------------------------------

    def _both(self, base: Estate, named: frozenset[AddressSet] = frozenset()) -> tuple[Reachability, Reachability]:
        """The solved networks before and after, cut alike, so that an external block means the same in both."""
        cuts = named | common_cuts([base.network, self.network])
        return base._reachability(cuts, self.network.secrets), self._reachability(cuts, base.network.secrets)

    def _reachability(self, named: frozenset[AddressSet], secrets: Secrets = NO_SECRETS) -> Reachability:
        """The solved network, cut at what is named; `secrets` are those of a network that it is compared with."""
        key = (named, secrets | self.network.secrets)
        found = self._solved.get(key)
        if found is None:
            same = key[1] == self.network.secrets
            network = self.network if same else replace(self.network, secrets=key[1])
            earlier = self._earlier.pop(key, None)
            found = self._solved[key] = earlier.edited(network) if earlier else Reachability(network, named)
        return found

    def _select(self, given: Sequence[str | Picked | None]) -> tuple[Reachability, list[Selection | None]]:
        texts = [None if each is None else str(each) for each in given]
        parsed = [None if text is None else parse_selector(text) for text in texts]
        named = frozenset(addresses for each in parsed if each is not None for addresses in address_sets(each))
        solved = self._reachability(named)
        selectors = Selectors(solved, strict=True)
        return solved, [None if text is None else _picked(selectors, text) for text in texts]


def _rule_changes(before: Report, after: Report) -> tuple[RuleChange, ...]:
    verdicts = zip(before.results, after.results, strict=True)  # of one rulebook, in its order
    return tuple(
        RuleChange(new.invariant.id, old.verdict.value, new.verdict.value)
        for old, new in verdicts
        if old.verdict is not new.verdict
    )


def _picked(selectors: Selectors, text: str) -> Selection:
    selection = selectors.select(parse_selector(text))
    if not selection:
        raise QueryError(f"'{text}' picks nothing")
    return selection


def _book(rules: str | Path | Sequence[str | Path] | Rulebook) -> Rulebook:
    from netaudit.checks.rulefile import Rulebook, read_rules  # noqa: PLC0415 - most runs judge no rules

    return rules if isinstance(rules, Rulebook) else read_rules(_paths(rules))


def _paths(rules: str | Path | Sequence[str | Path]) -> list[Path]:
    return [Path(rules)] if isinstance(rules, str | Path) else [Path(rule) for rule in rules]


def _traffic(traffic: Traffic | str) -> Traffic:
    if isinstance(traffic, Traffic):
        return traffic
    try:
        return Traffic.parse(traffic)
    except ValueError as error:
        raise QueryError(str(error)) from None


def _point(traffic: Traffic | str) -> int:
    """The one point that an explanation is about; of an ICMP type without a code it is code 0."""
    wanted = _traffic(traffic)
    protocol, number = protocol_of(wanted.least) if wanted else ("", 0)
    one_type = protocol.startswith("icmp") and wanted == Traffic.icmp(number // 256, protocol=protocol)
    if wanted.size != 1 and not one_type:
        raise QueryError(f"'{wanted}' is more than one point of traffic; an explanation is about one, such as tcp/443")
    return wanted.least


def _endpoints(solved: Reachability, selection: Selection | None) -> list[Endpoint] | None:
    if selection is None:
        return None
    return [solved.by_id[name] for name in sorted(selection.possible)]


def _only(solved: Reachability, text: str, selection: Selection | None) -> Endpoint:
    exact = solved.by_id.get(text)
    found = [exact] if exact else _endpoints(solved, selection) or []
    if len(found) != 1:
        names = ", ".join(endpoint.id for endpoint in found[:5]) + (", …" if len(found) > 5 else "")
        raise QueryError(f"'{text}' picks {len(found)} endpoints ({names}); an explanation is about one")
    return found[0]
