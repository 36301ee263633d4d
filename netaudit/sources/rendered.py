"""Charts and kustomizations, rendered by the real `helm template` and `kubectl kustomize` found on PATH.

https://helm.sh/docs/helm/helm_template/ (read 2026-11-27)
https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/ (read 2026-11-27)

The programs run without the user's environment, home and configuration, with nothing else on their PATH, with
proxies that lead nowhere, and for a limited time. What they would have to fetch, and what would run further
programs, is refused before they start: remote bases and files, charts inside a kustomization, plugins that are
not built in, a chart's dependencies that do not lie in `charts/`.

What they print is read as manifests are. The file of an origin is the chart's template (or the kustomization)
with the note `(rendered)`; the line is that of the whole rendered text.

Not read: `lookup` in a chart finds nothing, as without a cluster.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from pathlib import Path

from netaudit.errors import InputError
from netaudit.model import Diagnostic, Reading, Resource
from netaudit.sources.manifests import objects_of
from netaudit.sources.manifests.files import UnreadableError, shown, text_of
from netaudit.text import yamltext
from netaudit.text.compose import Budget
from netaudit.text.document import Broken

CHART = "Chart.yaml"
KUSTOMIZATIONS = ("kustomization.yaml", "kustomization.yml", "Kustomization")
SECONDS = 60
_NOWHERE = "http://127.0.0.1:9"  # the discard port: nobody listens
_TREES = ("resources", "bases", "components")
_PLUGINS = ("generators", "transformers", "validators")
_FILES = ("crds", "configurations", "patchesStrategicMerge")
_WITH_PATH = ("patches", "patchesJson6902", "replacements", "openapi")
_GENERATORS = ("configMapGenerator", "secretGenerator")
_CHARTS = ("helmCharts", "helmChartInflationGenerator")
_REMOTE = re.compile(r"(?i)[a-z][a-z0-9+.-]*://|git@")
_TEMPLATE = re.compile(r"^# Source: [^/\n]+/(.+)$", re.MULTILINE)
_DOCUMENT = re.compile(r"^---(?=\s|$)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Rendering:
    """That charts and kustomizations are to be rendered, and with which files of values, the last one winning."""

    values: tuple[Path, ...] = ()


def to_render(directory: Path) -> list[str]:
    """The files by which a directory asks to be rendered."""
    return [name for name in (CHART, *KUSTOMIZATIONS) if (directory / name).is_file()]


def command_for(marker: str, directory: Path) -> str:
    """The command that renders a directory, as one would type it."""
    return f"{'helm template' if marker == CHART else 'kubectl kustomize'} {directory}"


def read_rendered(directory: Path, rendering: Rendering, *, name: str) -> Reading:
    """Render a directory and read what comes out. Raises InputError where that cannot be done."""
    (marker, *others) = to_render(directory)
    if others:
        raise InputError(f"holds both {marker} and {others[0]}: give what one of them renders", str(directory))
    found = list(_of_chart(directory, rendering) if marker == CHART else _of_kustomization(directory, marker))
    resources = tuple(item for item in found if isinstance(item, Resource))
    return Reading(name, "kubernetes", resources, tuple(item for item in found if isinstance(item, Diagnostic)))


# ---- Helm ---------------------------------------------------------------------------------------------


def _of_chart(directory: Path, rendering: Rendering) -> Iterator[Resource | Diagnostic]:
    _refuse_absent_dependencies(directory)
    for file in rendering.values:
        if not file.is_file():
            raise InputError("no such file of values", str(file))
    values = [f"--values={file.resolve()}" for file in rendering.values]
    text = _run("helm", ["template", str(directory.resolve()), *values], directory)
    for template, pieces in groupby(_pieces(text), key=lambda piece: piece[0]):
        origin = f"{shown(directory / template)} (rendered)"
        for _, line, chunk in pieces:
            yield from objects_of("\n" * line + chunk, origin)


def _pieces(text: str) -> Iterator[tuple[str, int, str]]:
    """The documents, each with the template that it comes from and the number of lines before it."""
    starts = [match.start() for match in _DOCUMENT.finditer(text)] + [len(text)]
    for start, end in pairwise(starts):
        chunk = text[start:end]
        source = _TEMPLATE.search(chunk)
        if chunk.strip("- \n"):
            yield source[1].strip() if source else CHART, text.count("\n", 0, start), chunk


def _refuse_absent_dependencies(directory: Path) -> None:
    """What a chart needs lies in `charts/`, as a directory or an archive; the rest would have to be fetched."""
    present = [each.name for each in sorted((directory / "charts").glob("*"))]
    for file in (directory / CHART, directory / "requirements.yaml"):
        for document in _documents(file) if file.is_file() else ():
            for needed in _listed(document, "dependencies") if isinstance(document, Mapping) else ():
                name = needed.get("name") if isinstance(needed, Mapping) else None
                if not any(each == name or each.startswith(f"{name}-") for each in present):
                    text = f"needs the chart '{name}', which would have to be fetched: run helm dependency build first"
                    raise InputError(text, str(file))


# ---- Kustomize ----------------------------------------------------------------------------------------


def _of_kustomization(directory: Path, marker: str) -> Iterator[Resource | Diagnostic]:
    _Tree().walk(directory.resolve(), plugins=False)
    text = _run("kubectl", ["kustomize", str(directory.resolve())], directory)
    return objects_of(text, f"{shown(directory / marker)} (rendered)")


class _Tree:
    """A kustomization and all that it is built on: refused where something is not on this disk, or is a program."""

    def __init__(self) -> None:
        self._seen: set[tuple[Path, bool]] = set()

    def walk(self, directory: Path, *, plugins: bool) -> None:
        """Look at a directory; with `plugins` what it lists are plugins."""
        if (directory, plugins) in self._seen:
            return
        self._seen.add((directory, plugins))
        files = [directory / name for name in KUSTOMIZATIONS if (directory / name).is_file()]
        if not files:
            raise InputError("holds no kustomization, though one is built on it", str(directory))
        for file in files:
            for document in _documents(file):
                self._look(document, file, plugins=plugins)

    def _look(self, document: object, file: Path, *, plugins: bool) -> None:
        if not isinstance(document, Mapping):
            return
        for key in _CHARTS:
            if document.get(key):
                raise InputError(f"{key} fetches and renders charts: render them first", str(file))
        for text in _loaded_files(document):
            if _REMOTE.match(text):
                raise InputError(f"'{text}' would have to be fetched", str(file))
        for key in (*_TREES, *_PLUGINS):
            for entry in _listed(document, key):
                self._entry(entry, file, plugins=plugins or key in _PLUGINS)

    def _entry(self, entry: object, file: Path, *, plugins: bool) -> None:
        if not isinstance(entry, str):
            raise InputError("lists something that is not a path", str(file))
        if plugins and "\n" in entry:
            _refuse_programs(yamltext.documents(entry, Budget()), file)
            return
        path = file.parent / entry
        if _REMOTE.match(entry) or not path.exists():
            raise InputError(f"'{entry}' is not here, so it would have to be fetched", str(file))
        if path.is_dir():
            self.walk(path.resolve(), plugins=plugins)
        elif plugins:
            _refuse_programs(_documents_of(path), path)


def _loaded_files(document: Mapping[str, object]) -> Iterator[str]:
    """The names of files, wherever a kustomization may load one."""
    for key in _FILES:
        yield from (each for each in _listed(document, key) if isinstance(each, str) and "\n" not in each)
    for key in _WITH_PATH:
        for each in _listed(document, key):
            if isinstance(each, Mapping) and isinstance(each.get("path"), str):
                yield each["path"]
    for key in _GENERATORS:
        for each in (each for each in _listed(document, key) if isinstance(each, Mapping)):
            for entry in (str(entry) for kind in ("files", "envs", "env") for entry in _listed(each, kind)):
                yield from (entry, entry.rpartition("=")[2])


def _refuse_programs(documents: Iterable[object], file: Path) -> None:
    """Only the plugins that are built in are data; every other one is a program."""
    for document in documents:
        value = getattr(document, "value", None)
        version = value.get("apiVersion") if isinstance(value, Mapping) else None
        if version != "builtin" or "config.kubernetes.io/function" in str(value):
            raise InputError("is a plugin that is not built in: it would run a program", str(file))


def _listed(document: Mapping[str, object], key: str) -> Sequence[object]:
    value = document.get(key)
    if value is None:
        return ()
    return value if isinstance(value, list) else [value]


# ---- text and programs --------------------------------------------------------------------------------


def _documents(file: Path) -> Iterator[object]:
    """The values of a configuration file; one that cannot be read is refused, since it could ask for anything."""
    for document in _documents_of(file):
        if isinstance(document, Broken):
            raise InputError(f"cannot be read: {document.message}", f"{file}:{document.line}")
        yield getattr(document, "value", None)


def _documents_of(file: Path) -> Iterator[object]:
    try:
        return yamltext.documents(text_of(file), Budget())
    except UnreadableError as error:
        raise InputError(str(error), str(file)) from None


def _run(program: str, arguments: Sequence[str], directory: Path) -> str:
    found = shutil.which(program)
    if found is None:
        raise InputError(f"'{program}' is not on PATH, so this cannot be rendered", str(directory))
    with tempfile.TemporaryDirectory() as home:
        try:
            done = subprocess.run(  # noqa: S603 - a fixed program whose arguments are absolute paths
                [found, *arguments],
                capture_output=True,
                check=False,
                stdin=subprocess.DEVNULL,
                env=_environment(home),
                cwd=home,
                timeout=SECONDS,
            )
        except subprocess.TimeoutExpired:
            raise InputError(f"{program} took longer than {SECONDS} s", str(directory)) from None
        except OSError as error:
            raise InputError(f"{program} cannot be run: {error.strerror}", str(directory)) from None
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise InputError(f"{program} cannot render it: {' '.join(said[:3])[:500]}", str(directory))
    return done.stdout.decode("utf-8", "replace")


def _environment(home: str) -> dict[str, str]:
    """Nothing of the user's: no PATH to find git or plugins by, no configuration, no way to the network."""
    proxies = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"), _NOWHERE)
    places = {f"HELM_{each}_HOME": home for each in ("CACHE", "CONFIG", "DATA")}
    return {"PATH": home, "HOME": home, "KUBECONFIG": f"{home}/none", "HELM_PLUGINS": f"{home}/none"} | proxies | places
