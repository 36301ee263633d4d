"""What a run is given: which reader each source needs, and what they all read."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from netaudit.errors import InputError
from netaudit.model import Diagnostic, Effect, Origin, Reading
from netaudit.sources import terraform
from netaudit.sources.manifests import read_manifests
from netaudit.sources.rendered import Rendering, command_for, read_rendered, to_render
from netaudit.sources.snapshot import is_answer, is_foreign, is_snapshot, read_snapshot
from netaudit.sources.snapshot.files import may_hold_answers, values
from netaudit.sources.terraform.inputs import Inputs

_TERRAFORM = (".tf", ".tofu", ".tf.json", ".tofu.json")
_MANIFESTS = (".yaml", ".yml", ".json")
_HIDDEN = {".terraform", ".git", ".venv", "node_modules"}


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
    """How to read: Terraform's inputs, and the text of standard input where `-` is a source.

    Without `rendering` charts and kustomizations are refused.
    """

    inputs: Inputs = field(default_factory=Inputs)
    rendering: Rendering | None = None
    standard_input: Callable[[], str] = lambda: ""
    progress: Callable[[str], None] = lambda _: None


def read(sources: Sequence[Source], options: Options) -> tuple[Reading, ...]:
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
    return tuple(readings)


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
    files = sorted(_files_below(path))
    readings: list[Reading] = []
    is_root = _is_root(path)
    plans, answers, foreign = _recognised(files)
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
    if foreign and not any(each.resources or each.format == "snapshot" for each in readings):
        readings.append(read_snapshot(foreign, name=source.name))  # it says what each of them is
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
    """Every regular file of a tree, without following links to directories, so that loops end."""
    pending = [os.fspath(path)]
    while pending:
        with os.scandir(pending.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    pending += [entry.path] if entry.name not in _HIDDEN else []
                elif entry.is_file(follow_symlinks=False) or Path(entry.path).is_file():  # a link may lead nowhere
                    yield Path(entry.path)


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
    if path.suffix == ".gz" or (document is not None and (is_snapshot(document) or is_foreign(document))):
        return read_snapshot([path], name=source.name)
    return read_manifests([path], name=source.name)


def _json_document(path: Path) -> Any:
    """What a file that could be a plan, a state or a snapshot holds; None for everything else."""
    return _held(path) if may_hold_answers(path) else None


def _held(path: Path) -> Any:
    """The one document of a file, or all of them; None where there is none, or they cannot be read."""
    try:
        found = values(path)
    except (OSError, ValueError, RecursionError):
        return None  # whatever it is, another reader says what is wrong with it
    return found[0] if len(found) == 1 else found or None


def _is_terraform(document: Any) -> bool:
    return isinstance(document, Mapping) and "format_version" in document


def _recognised(files: Iterable[Path]) -> tuple[dict[Path, Any], list[Path], list[Path]]:
    """The plans and states among some files, parsed, the files of an AWS API snapshot, and those of other tools.

    Beside an answer of the API that is unmistakable, every other answer belongs to the snapshot. So does a file that
    may have been one and is empty, or breaks off, and what another tool says of an account. Nothing else is kept:
    what a file holds may be large.
    """
    plans: dict[Path, Any] = {}
    answers: list[Path] = []
    broken: list[Path] = []
    foreign: list[Path] = []
    unmistakable = False
    for file in filter(may_hold_answers, files):
        document = _held(file)
        if document is None:
            broken.append(file)
            continue
        unmistakable = unmistakable or is_snapshot(document)
        if _is_terraform(document):
            plans[file] = document
        elif is_foreign(document):
            foreign.append(file)
        elif is_answer(document):
            answers.append(file)
    return plans, [*answers, *broken, *foreign] if unmistakable else [], foreign


def _read_json(path: Path, document: Any, source: Source) -> Reading:
    return terraform.read_plan_or_state(path, document, name=source.name)
