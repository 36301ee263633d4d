"""Sources in, one network out: the only file that names every stage."""

from __future__ import annotations

import json
from collections import ChainMap, Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import combinations
from pathlib import Path
from typing import Any

from netaudit import bridges
from netaudit.errors import InputError
from netaudit.flows import AddressSet
from netaudit.model import (
    Coverage,
    Diagnostic,
    Effect,
    Endpoint,
    Exposure,
    Group,
    Network,
    NewcomerSide,
    Origin,
    Reading,
    Resource,
    Settings,
    Severity,
)
from netaudit.providers import aws, kubernetes
from netaudit.providers.aws import cloud_control
from netaudit.queries.what_if import settled
from netaudit.sources import terraform
from netaudit.sources.edits import DeclaredEdit, applied
from netaudit.sources.manifests import read_manifests
from netaudit.sources.rendered import Rendering, command_for, read_rendered, to_render
from netaudit.sources.snapshot import is_answer, is_snapshot, read_snapshot
from netaudit.sources.terraform import Assumptions
from netaudit.sources.terraform.inputs import Inputs
from netaudit.text import jsontext

Ground = Mapping[str, AddressSet]  # the addresses that a cloud has for the pods of a cluster
Clusters = Mapping[str, str]  # which cluster a source of manifests runs on (contract, `clusters:`)

CLOUDS: tuple[Callable[[Sequence[Reading], Settings, AddressSet | None], Network], ...] = (aws.build,)
PROVIDERS = (*CLOUDS, kubernetes.build)
# What controllers of a cluster make in a cloud at run time counts as if it were declared there.
DERIVED: tuple[Callable[[Sequence[Reading], Clusters], Sequence[Reading]], ...] = (bridges.derive,)
# A cluster stands on the ground of a cloud: its policies may speak of addresses that its pods have there.
GROUNDS: tuple[Callable[[Network, Sequence[Reading], Clusters], Ground], ...] = (bridges.ground,)
BRIDGES: tuple[Callable[[Network, Sequence[Reading], Clusters], Network], ...] = (bridges.bridge,)

_TERRAFORM = (".tf", ".tofu", ".tf.json", ".tofu.json")
_MANIFESTS = (".yaml", ".yml", ".json")
_HIDDEN = {".terraform", ".git", ".venv", "node_modules"}
_LARGEST_JSON = 512 * 1024 * 1024
# Those whose resources a provider here gives a meaning to, or says that it does not.
_MODELLED = {"aws", "kubernetes", "kubectl", "helm"}
# Terraform providers whose resources never carry a packet.
_BESIDE_THE_NETWORK = {"archive", "external", "http", "local", "null", "random", "template", "terraform", "time", "tls"}


@dataclass(frozen=True, slots=True)
class Source:
    """One SOURCE of the command line: `path`, or `name=path`, whose ids are then prefixed with `name::`."""

    path: str
    name: str
    named: bool

    @classmethod
    def parse(cls, text: str) -> Source:
        """Read `prod=infra/prod` or `infra/prod`; `-` is standard input."""
        name, equals, path = text.partition("=")
        if equals and path and name.replace("-", "").replace("_", "").replace(".", "").isalnum() and "/" not in name:
            return cls(path, name, named=True)
        return cls(text, "stdin" if text == "-" else Path(text).resolve().name or text, named=False)


@dataclass(frozen=True, slots=True)
class Options:
    """How to read: Terraform's inputs, the settings, and the text of standard input where `-` is a source.

    Without `rendering` charts and kustomizations are refused.
    """

    inputs: Inputs = field(default_factory=Inputs)
    rendering: Rendering | None = None
    settings: Settings = field(default_factory=Settings)
    standard_input: Callable[[], str] = lambda: ""
    progress: Callable[[str], None] = lambda _: None


@dataclass(frozen=True)
class Model:
    """What a run read, and the network that it means, which is compiled when it is first asked for."""

    readings: tuple[Reading, ...]
    settings: Settings
    assumptions: Assumptions
    edited: Network | None = None  # what edits made of the network, where it is not as it was read

    @cached_property
    def network(self) -> Network:
        """The network that all readings mean together. Raises InputError where they contradict each other."""
        return self.edited or _compiled(self.readings, self.settings, self.assumptions)

    @property
    def newcomers(self) -> tuple[Exposure, ...]:
        """What pods that do not exist yet would be open to."""
        return kubernetes.exposed(self.readings, self.settings)

    @property
    def newcomer_sides(self) -> tuple[NewcomerSide, ...]:
        """Both sides of the pods that each namespace does not have yet."""
        return kubernetes.newcomer_sides(self.readings, self.settings)

    @property
    def resources(self) -> tuple[Resource, ...]:
        """Everything that was read, before any meaning is given to it."""
        return tuple(resource for reading in self.readings for resource in reading.resources)

    @property
    def unread(self) -> tuple[Diagnostic, ...]:
        """What could not be read, whatever the rest means."""
        return tuple(dict.fromkeys(each for reading in self.readings for each in reading.diagnostics))


def build(sources: Sequence[Source], options: Options) -> Model:
    """Read all sources. Raises InputError where a source cannot be used."""
    readings: list[Reading] = []
    roots: dict[int, Paired] = {}
    for source, beside in _with_distinct_names(_paired(sources)):
        options.progress(f"reading {source.path}")
        found = _read(source, options, beside)
        if not any(reading.resources for reading in found):
            raise InputError(_nothing_usable(found), source.path)
        roots |= {len(readings) + n: (source, beside) for n, each in enumerate(found) if each.format == "terraform"}
        readings += found
    if len(roots) > 1 and any(each.kind == _REMOTE_STATE for n in roots for each in readings[n].resources):
        readings = _answered(readings, roots, options)
    return Model(tuple(readings), options.settings, options.inputs.assumptions)


_REMOTE_STATE = "data.terraform_remote_state"


def _answered(readings: Sequence[Reading], roots: Mapping[int, Paired], options: Options) -> list[Reading]:
    """The readings, with roots that read the states of others among them read again."""
    from netaudit.sources.terraform import remote_state  # noqa: PLC0415 - few runs need it

    found = list(readings)
    known = {n: remote_state.Root(Path(source.path), readings[n]) for n, (source, _) in roots.items()}
    numbers = {id(root): n for n, root in known.items()}

    def again(root: remote_state.Root, inputs: Inputs) -> Reading:
        source, beside = roots[numbers[id(root)]]
        options.progress(f"reading {source.path} with the outputs of other roots")
        again = _read(source, replace(options, inputs=inputs), beside)
        return next(reading for reading in again if reading.format == "terraform")

    after = remote_state.answered(list(known.values()), options.inputs, again)
    for number, reading in zip(known, after, strict=True):
        found[number] = reading
    return found


def edited(model: Model, edits: Iterable[DeclaredEdit]) -> Model:
    """What a run would have read and meant after some edits of what is declared. Raises QueryError, InputError.

    Filters that say the same are the same objects, so that what was solved of them stays.
    """
    readings: Sequence[Reading] = model.readings
    for edit in edits:
        readings = applied(readings, edit, kubernetes.labels_at)
    after = _compiled(readings, model.settings, model.assumptions)
    return Model(tuple(readings), model.settings, model.assumptions, settled(after, model.network))


def _compiled(readings: Sequence[Reading], settings: Settings, assumptions: Assumptions) -> Network:
    clusters = assumptions.clusters
    declared = aws.joined(readings, assumptions.joins)
    for derive in DERIVED:
        declared = derive(declared, clusters)
    assumed = assumptions.on_premises
    on_premises = AddressSet.union(map(AddressSet.parse, assumed)) if assumed else None
    parts = [cloud(declared, settings, on_premises) for cloud in CLOUDS]
    grounds = ChainMap(*[dict(ground(cloud, readings, clusters)) for ground in GROUNDS for cloud in parts])
    parts.append(kubernetes.build(readings, settings, grounds))
    network = _assembled(parts, readings)
    for bridge in BRIDGES:
        network = bridge(network, readings, clusters)
    if assumed and "ON_PREMISES_AS_GIVEN" not in network.assumptions:
        network = replace(network, diagnostics=(*network.diagnostics, _UNUSED))
    return network


_UNUSED = Diagnostic(
    "ASSUMPTION_UNUSED",
    "'on_premises' of the assumptions file has no effect: no virtual private gateway has anything unknown behind it",
    Severity.WARNING,
    None,
    Effect.OVER_APPROXIMATED,
)

Laid = tuple[Path, Any]  # a plan or state, and what it holds: it may be large, so it is parsed once
Paired = tuple[Source, Laid | None]  # a source, and the plan or state that is laid over its code


def _paired(sources: Sequence[Source]) -> list[Paired]:
    """A root and a plan or state of it: given under one name, or the file lies in the root's directory."""
    taken: dict[int, Laid] = {}
    for file in (s for s in sources if Path(s.path).suffix == ".json" and Path(s.path).is_file()):
        roots = [s for s in sources if _is_root(Path(s.path)) and _belongs(file, s)]
        document = _json_document(Path(file.path)) if len(roots) == 1 else None
        if _is_terraform(document):
            if id(roots[0]) in taken:
                raise InputError(f"two plans or states are given for '{roots[0].name}'", file.path)
            taken[id(roots[0])] = (Path(file.path), document)
    laid_over = {path for path, _ in taken.values()}
    return [(s, taken.get(id(s))) for s in sources if Path(s.path) not in laid_over]


def _belongs(file: Source, root: Source) -> bool:
    if file.named or root.named:
        return file.named and root.named and file.name == root.name
    return Path(file.path).resolve().parent == Path(root.path).resolve()


def _with_distinct_names(pairs: Sequence[Paired]) -> list[Paired]:
    """Unnamed sources are known by their last path part, or by the whole path where that is not unique."""
    counts = Counter(source.name for source, _ in pairs)
    found = [(replace(s, name=s.path) if counts[s.name] > 1 and not s.named else s, beside) for s, beside in pairs]
    for source, _ in found:
        if sum(other.name == source.name for other, _ in found) > 1:
            raise InputError(f"two sources are called '{source.name}': give each a name of its own, as in prod=PATH")
    return found


def _nothing_usable(readings: Iterable[Reading]) -> str:
    said = [d for reading in readings for d in reading.diagnostics if d.effect is Effect.UNREADABLE]
    if not said:
        return "nothing is recognised here: no Terraform, no plan or state, no AWS API snapshot, no Kubernetes objects"
    shown = [f"{d.origin.place}: {d.message}" if d.origin else d.message for d in said[:5]]
    return "nothing usable was read:\n  " + "\n  ".join(shown)


# ---- recognising --------------------------------------------------------------------------------------


def _read(source: Source, options: Options, beside: Laid | None = None) -> list[Reading]:
    if source.path == "-":
        return [_marked(read_manifests(options.standard_input(), name=source.name), source)]
    path = Path(source.path)
    if not path.exists():
        raise InputError("no such file or directory", source.path)
    found = _read_directory(path, source, options, beside) if path.is_dir() else [_read_file(path, source)]
    estates = [reading for reading in found if reading.format != "kubernetes" and reading.resources]
    if len(estates) > 1:
        raise InputError("holds several AWS estates (code, plans, states, snapshots): give one of them", source.path)
    return [_marked(reading, source) for reading in found]


def _marked(reading: Reading, source: Source) -> Reading:
    return replace(reading, name=source.name, named=source.named)


def _read_directory(path: Path, source: Source, options: Options, beside: Laid | None) -> list[Reading]:
    if to_render(path) and options.rendering is not None:
        return [read_rendered(path, options.rendering, name=source.name)]
    _refuse_unrendered(path)
    files = sorted(file for file in _files_below(path) if file.is_file())
    readings: list[Reading] = []
    is_root = _is_root(path)
    plans, answers = _recognised(files)
    laid_over: Laid | None = None
    if is_root:
        laid_over = beside or _beside(path, plans)
        readings.append(_read_root(path, laid_over, source, options))
    readings += [_read_json(*plan, source) for plan in plans.items() if not _same(plan, laid_over)]
    readings += [read_snapshot(answers, name=source.name)] if answers else []
    known = {*answers, *plans}
    manifests = [f for f in files if f.name.endswith(_MANIFESTS) and not f.name.endswith(_TERRAFORM) and f not in known]
    if manifests:
        reading = read_manifests(manifests, name=source.name)
        if reading.resources or not readings or any(d.effect is not Effect.IGNORED for d in reading.diagnostics):
            readings.append(reading)
    if not is_root:
        readings += _nested_roots(path, files, source)
    return readings


def _is_root(path: Path) -> bool:
    return path.is_dir() and any(f.name.endswith(_TERRAFORM) and f.is_file() for f in path.iterdir())


def _beside(root: Path, plans: Mapping[Path, Any]) -> Laid | None:
    """The one plan or state that lies in the directory of a root, if there is one."""
    found = [plan for plan in plans.items() if plan[0].parent == root]
    return found[0] if len(found) == 1 else None


def _same(plan: Laid, other: Laid | None) -> bool:
    return other is not None and plan[0].resolve() == other[0].resolve()


def _read_root(path: Path, laid_over: Laid | None, source: Source, options: Options) -> Reading:
    if laid_over is None:
        return terraform.read_root(path, name=source.name, inputs=options.inputs)
    return terraform.read_root_and(path, *laid_over, name=source.name, inputs=options.inputs)


def _files_below(path: Path) -> Iterable[Path]:
    """Every file of a tree, without following links to directories, so that loops end."""
    pending = [path]
    while pending:
        for entry in sorted(pending.pop().iterdir()):
            if entry.is_dir() and not entry.is_symlink() and entry.name not in _HIDDEN:
                pending.append(entry)
            elif not entry.is_dir():
                yield entry


def _refuse_unrendered(path: Path) -> None:
    for marker in to_render(path):
        by_hand = f"give --render, or run: {command_for(marker, path)} | netaudit … -"
        raise InputError(f"holds a {marker}, which has to be rendered first: {by_hand}", str(path))
    if (path / "terragrunt.hcl").is_file() and not any(f.name.endswith(_TERRAFORM) for f in path.iterdir()):
        raise InputError("holds Terragrunt only, which is a program: give the plan JSON that it produces", str(path))


def _nested_roots(path: Path, files: Iterable[Path], source: Source) -> list[Reading]:
    """Terraform below a directory that is no root itself is named, never passed over in silence."""
    nested = sorted({file.parent for file in files if file.name.endswith(_TERRAFORM)})
    diagnostics = [
        Diagnostic(
            "TF_ROOT_NOT_GIVEN",
            f"{directory} holds Terraform that is not read; give it as a source of its own if it is a root module",
            origin=Origin(str(directory)),
            effect=Effect.UNREADABLE,
        )
        for directory in nested
    ]
    return [Reading(source.name, "terraform", (), diagnostics)] if diagnostics and path else []


def _read_file(path: Path, source: Source) -> Reading:
    document = _json_document(path)
    if document is not None and _is_terraform(document):
        return _read_json(path, document, source)
    if path.name.endswith(_TERRAFORM):
        raise InputError("is one file of a Terraform module: give its directory", source.path)
    if document is not None and is_snapshot(document):
        return read_snapshot([path], name=source.name)
    return read_manifests([path], name=source.name)


def _json_document(path: Path) -> Any:
    """The JSON of a file that could be a plan, a state or a snapshot; None for everything else."""
    if not _may_be_answer(path) or path.stat().st_size > _LARGEST_JSON:
        return None
    try:
        written = path.read_bytes()
        found = jsontext.values(written.decode(json.detect_encoding(written)).removeprefix("\ufeff"))
        return found[0] if len(found) == 1 else found
    except (OSError, ValueError, RecursionError):
        return None  # whatever it is, another reader says what is wrong with it


def _may_be_answer(path: Path) -> bool:
    """Whether a file is JSON by its name and no Kubernetes object, and begins as an object or a list, or not at all."""
    if path.suffix != ".json" or path.name.endswith(_TERRAFORM):
        return False
    try:
        with path.open("rb") as file:
            start = file.read(4096)
    except OSError:
        return False
    begins = start.decode(json.detect_encoding(start), "ignore").lstrip("\ufeff \t\r\n")
    return not begins or ('"apiVersion"' not in begins and begins.startswith(("{", "[")))


def _is_terraform(document: Any) -> bool:
    return isinstance(document, Mapping) and "format_version" in document


def _recognised(files: Iterable[Path]) -> tuple[dict[Path, Any], list[Path]]:
    """The plans and states among some files, parsed, and the files of an AWS API snapshot.

    Beside an answer of the API that is unmistakable, every other answer belongs to the snapshot. So does a file that
    may have been one and is empty, or breaks off. Nothing else is kept: what a file holds may be large.
    """
    plans: dict[Path, Any] = {}
    answers: list[Path] = []
    broken: list[Path] = []
    unmistakable = False
    for file in files:
        document = _json_document(file)
        if document is None:
            broken += [file] if _may_be_answer(file) else []
            continue
        unmistakable = unmistakable or is_snapshot(document)
        if _is_terraform(document):
            plans[file] = document
        elif is_answer(document):
            answers.append(file)
    return plans, [*answers, *broken] if unmistakable else []


def _read_json(path: Path, document: Any, source: Source) -> Reading:
    return terraform.read_plan_or_state(path, document, name=source.name)


# ---- assembling ---------------------------------------------------------------------------------------


def _assembled(parts: Sequence[Network], readings: Sequence[Reading]) -> Network:
    merged = Network.merge(_in_distinct_realms([_in_source_groups(part, readings) for part in parts]))
    _refuse_collisions(merged.endpoints)
    realms = sorted({endpoint.realm for endpoint in merged.endpoints if endpoint.realm})
    foreign, count = _foreign(readings)
    read = [d for reading in readings for d in reading.diagnostics]
    sources = sorted({key for endpoint in merged.endpoints for key in endpoint.groups if key.startswith("source/")})
    groups = [Group(key, "source", key.removeprefix("source/"), box=False) for key in sources]
    return Network.merge(
        [merged, Network(endpoints=(), hops=(), groups=tuple(groups))],
        reply_ports=parts[0].reply_ports,
        not_joined=tuple(combinations(realms, 2)),
        diagnostics=tuple(dict.fromkeys((*read, *foreign, *merged.diagnostics))),
        coverage=merged.coverage + count,
    )


def _in_source_groups(part: Network, readings: Sequence[Reading]) -> Network:
    """Every endpoint in the group of its source; where several sources make one realm, by the file it stands in."""
    names = {reading.name for reading in readings}
    files = {resource.origin.file: reading.name for reading in readings for resource in reading.resources}

    def grouped(endpoint: Endpoint) -> Endpoint:
        file = endpoint.origin.file if endpoint.origin else ""
        name = endpoint.realm if endpoint.realm in names else files.get(file, endpoint.realm)
        return replace(endpoint, groups=endpoint.groups | {f"source/{name}"}) if name else endpoint

    return replace(part, endpoints=tuple(map(grouped, part.endpoints)))


def _in_distinct_realms(parts: Sequence[Network]) -> list[Network]:
    """One source that holds a cloud and a cluster is two realms all the same: nothing is known between them."""
    counts = Counter(realm for part in parts for realm in {endpoint.realm for endpoint in part.endpoints})
    found: list[Network] = []
    for provider, part in zip(PROVIDERS, parts, strict=True):
        label = provider.__module__.removeprefix("netaudit.providers.").partition(".")[0]
        own = {e.realm: f"{e.realm} ({label})" for e in part.endpoints if e.realm and counts[e.realm] > 1}
        endpoints = tuple(replace(e, realm=own[e.realm]) if e.realm in own else e for e in part.endpoints)
        found.append(replace(part, endpoints=endpoints))
    return found


def _refuse_collisions(endpoints: Sequence[Endpoint]) -> None:
    counts = Counter(endpoint.id for endpoint in endpoints)
    twice = sorted(name for name, count in counts.items() if count > 1)
    if twice:
        realms = sorted({endpoint.realm for endpoint in endpoints if endpoint.id == twice[0]})
        raise InputError(
            f"'{twice[0]}' occurs in more than one source ({', '.join(realms)}): name the sources, as in prod=PATH"
        )


def _foreign(readings: Sequence[Reading]) -> tuple[list[Diagnostic], Coverage]:
    """Resources of Terraform providers that no provider here gives a meaning to."""
    diagnostics: list[Diagnostic] = []
    irrelevant = 0
    for reading in readings:
        if reading.format == "kubernetes":
            continue
        for resource in reading.resources:
            family = resource.kind.removeprefix("data.").partition("_")[0]
            if family in _MODELLED or resource.kind.startswith(cloud_control.PREFIX):
                continue
            if family in _BESIDE_THE_NETWORK or resource.kind.startswith("data."):
                irrelevant += 1
            else:
                diagnostics.append(_unread_provider(resource, family))
    return diagnostics, Coverage(irrelevant=irrelevant, unsupported=len(diagnostics))


def _unread_provider(resource: Resource, family: str) -> Diagnostic:
    touches_network = family in {"awscc", "azurerm", "google"}
    return Diagnostic(
        "PROVIDER_NOT_MODELLED",
        f"{resource.address}: resources of the provider '{family}' are not modelled",
        severity=Severity.WARNING if touches_network else Severity.INFO,
        origin=resource.origin,
        effect=Effect.UNREADABLE if touches_network else Effect.IGNORED,
    )
