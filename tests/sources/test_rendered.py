"""Charts and kustomizations: rendered by the real programs, and refused where something would be fetched or run."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

import netaudit
from netaudit.errors import InputError, QueryError
from netaudit.sources import rendered
from netaudit.sources.rendered import Rendering, read_rendered
from tests.oracles import renderer

POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: web, labels: {app: web}}\nspec: {containers: [{name: c}]}\n"
POLICY = """apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: deny
spec:
  podSelector: {}
{{- if .Values.open }}
  ingress: [{}]
{{- end }}
"""
CHART = {
    "Chart.yaml": "apiVersion: v2\nname: shop\nversion: 1.0.0\n",
    "values.yaml": "open: false\n",
    "templates/policy.yaml": POLICY,
    "templates/pod.yaml": POD,
}
KUSTOMIZATION = {
    "base/kustomization.yaml": "resources: [pod.yaml]\n",
    "base/pod.yaml": POD,
    "kustomization.yaml": "namespace: shop\nresources: [base]\n",
}


def tree(root: Path, files: Mapping[str, str]) -> Path:
    """A directory with these files."""
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


@pytest.fixture
def tools(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both programs on PATH."""
    places = [str(Path(renderer(name)).parent) for name in ("helm", "kubectl")]
    monkeypatch.setenv("PATH", os.pathsep.join([*places, os.environ["PATH"]]))


@pytest.mark.oracle
@pytest.mark.usefixtures("tools")
def test_a_chart_is_rendered_and_its_templates_are_the_origins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The template's file, and the line of what `helm template` prints."""
    chart = tree(tmp_path / "chart", CHART)
    monkeypatch.chdir(tmp_path)
    found = read_rendered(chart, Rendering(), name="chart")
    assert {
        ("default/web[Pod]", "chart/templates/pod.yaml (rendered)", 12),
        ("default/deny[NetworkPolicy]", "chart/templates/policy.yaml (rendered)", 3),
    } == {(each.address, each.origin.file, each.origin.line) for each in found.resources}


@pytest.mark.oracle
@pytest.mark.usefixtures("tools")
@pytest.mark.parametrize(("values", "flows"), [((), 0), (("open: true\n",), 2), (("open: true\n", "open: false\n"), 0)])
def test_the_last_file_of_values_wins(tmp_path: Path, values: tuple[str, ...], flows: int) -> None:
    """They decide whether the policy lets anybody in, by IPv4 and by IPv6."""
    chart = tree(tmp_path / "chart", CHART)
    files = [tmp_path / f"{number}.yaml" for number in range(len(values))]
    for file, text in zip(files, values, strict=True):
        file.write_text(text)
    estate = netaudit.load(chart, render=True, values=files)
    assert flows == len(estate.reach("internet", "default/web", "tcp/80").reach.flows)
    assert ("--render", *(text for file in files for text in ("--values", str(file)))) == estate.sources[1:]


@pytest.mark.oracle
@pytest.mark.usefixtures("tools")
def test_a_kustomization_is_rendered_with_its_bases(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An overlay puts the pod into a namespace."""
    overlay = tree(tmp_path / "overlay", KUSTOMIZATION)
    monkeypatch.chdir(tmp_path)
    (pod,) = read_rendered(overlay, Rendering(), name="overlay").resources
    place = ("shop/web[Pod]", "overlay/kustomization.yaml (rendered)", 1)
    assert place == (pod.address, pod.origin.file, pod.origin.line)


@pytest.mark.oracle
@pytest.mark.usefixtures("tools")
def test_what_the_program_says_is_the_error(tmp_path: Path) -> None:
    """A template with a mistake in it."""
    chart = tree(tmp_path / "chart", CHART | {"templates/pod.yaml": "{{ required `give a name` .Values.name }}"})
    with pytest.raises(InputError, match=r"helm cannot render it: .*give a name"):
        read_rendered(chart, Rendering(), name="chart")


@pytest.mark.oracle
@pytest.mark.usefixtures("tools")
def test_nothing_of_the_users_environment_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither variables nor files of values that helm's own variables would name."""
    monkeypatch.setenv("SECRET", "x")
    chart = tree(tmp_path / "chart", CHART | {"templates/pod.yaml": POD + '# {{ env "SECRET" }}\n'})
    with pytest.raises(InputError, match='function "env" not defined'):
        read_rendered(chart, Rendering(), name="chart")


REMOTE = "https://example.com/base.yaml"
PLUGIN = "apiVersion: example.com/v1\nkind: Maker\nmetadata: {name: m}\n"
PROGRAM = (
    "apiVersion: builtin\nkind: X\nmetadata: {annotations: {config.kubernetes.io/function: 'exec: {path: ./x}'}}\n"
)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (f"resources: [{REMOTE}]", "would have to be fetched"),
        ("resources: [github.com/example/base?ref=v1]", "would have to be fetched"),
        ("bases: ['git@example.com:base.git']", "would have to be fetched"),
        ("components: [../missing]", "would have to be fetched"),
        (f"patches: [{{path: {REMOTE}}}]", "would have to be fetched"),
        (f"patchesStrategicMerge: [{REMOTE}]", "would have to be fetched"),
        (f"configMapGenerator: [{{name: a, files: ['b={REMOTE}']}}]", "would have to be fetched"),
        (f"openapi: {{path: {REMOTE}}}", "would have to be fetched"),
        (f"replacements: [{{path: {REMOTE}}}]", "would have to be fetched"),
        ("resources: [deeper]", "would have to be fetched"),
        ("helmCharts: [{name: a, repo: https://example.com}]", "fetches and renders charts"),
        ("generators: [plugin.yaml]", "not built in"),
        ("transformers: [program.yaml]", "not built in"),
        ("validators: ['apiVersion: x/v1\n\n  kind: Y\n\n  ']", "not built in"),
        ("resources: [{a: b}]", "not a path"),
        ("resources: [empty]", "no kustomization"),
        ("resources: [", "cannot be read"),
    ],
)
def test_a_kustomization_that_would_fetch_or_run_something_is_refused_before_anything_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, reason: str
) -> None:
    """Bases, files, charts and plugins, in the kustomization or below it."""
    monkeypatch.setattr(rendered, "_run", lambda *_: pytest.fail("it was run"))
    files = {"plugin.yaml": PLUGIN, "program.yaml": PROGRAM, "deeper/kustomization.yaml": f"resources: ['{REMOTE}']"}
    directory = tree(tmp_path, files | {"empty/x": "", "kustomization.yaml": text})
    with pytest.raises(InputError, match=reason):
        read_rendered(directory, Rendering(), name="x")


def test_a_charts_dependencies_are_not_fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They lie in `charts/`, as a directory or an archive, or the chart is refused."""
    monkeypatch.setattr(rendered, "_run", lambda *_: "")
    needs = CHART["Chart.yaml"] + "dependencies: [{name: db, version: 1.0.0, repository: 'https://example.com'}]\n"
    chart = tree(tmp_path, CHART | {"Chart.yaml": needs})
    with pytest.raises(InputError, match="'db', which would have to be fetched"):
        read_rendered(chart, Rendering(), name="x")
    tree(chart, {"charts/db-1.0.0.tgz": ""})
    assert [] == list(read_rendered(chart, Rendering(), name="x").resources)


@pytest.mark.parametrize(
    ("marker", "command"), [("Chart.yaml", "helm template"), ("Kustomization", "kubectl kustomize")]
)
def test_without_render_the_error_has_the_command_to_run_by_hand(tmp_path: Path, marker: str, command: str) -> None:
    """Nothing is read of a directory that has to be rendered."""
    directory = tree(tmp_path, {marker: "", "pod.yaml": POD})
    with pytest.raises(InputError, match=f"{command} .*netaudit"):
        netaudit.load(directory)


def test_a_program_that_is_not_there_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error says which one."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InputError, match="'helm' is not on PATH"):
        netaudit.load(tree(tmp_path / "chart", CHART), render=True)


def test_a_program_that_takes_too_long_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit is named."""
    tree(tmp_path / "bin", {"helm": "#!/bin/sh\nexec /bin/sleep 60\n"})
    (tmp_path / "bin" / "helm").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setattr(rendered, "SECONDS", 0.1)
    with pytest.raises(InputError, match="took longer than"):
        netaudit.load(tree(tmp_path / "chart", CHART), render=True)


def test_values_are_for_rendering_and_have_to_be_files(tmp_path: Path) -> None:
    """Without `render` they mean nothing; an address is no file."""
    chart = tree(tmp_path / "chart", CHART)
    with pytest.raises(QueryError, match="--render"):
        netaudit.load(chart, values=["x.yaml"])
    with pytest.raises(InputError, match="no such file of values"):
        netaudit.load(chart, render=True, values=["https://example.com/x.yaml"])
