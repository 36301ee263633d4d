"""Input that wants to break the reader: each gives a diagnostic with a place, in bounded time and memory."""

from __future__ import annotations

import os
from io import StringIO
from pathlib import Path

import pytest

from netaudit.model import Diagnostic, Effect, Reading
from netaudit.sources.manifests import files, read_manifests

POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n"


def reading(text: str) -> Reading:
    """What a stream of text gives."""
    return read_manifests(StringIO(text), name="k8s")


def only(found: Reading) -> Diagnostic:
    """The one diagnostic of a reading without resources, which has a place."""
    assert [] == list(found.resources)
    (diagnostic,) = found.diagnostics
    assert diagnostic.origin is not None
    return diagnostic


@pytest.mark.parametrize("text", ["", "\n\n", "# nothing\n", "---\n---\n...\n", "%YAML 1.2\n---\n"])
def test_an_empty_text_is_noted(text: str) -> None:
    """There is nothing in it, and nothing is missing."""
    assert ("K8S_NOT_A_MANIFEST", Effect.IGNORED) == (only(reading(text)).code, only(reading(text)).effect)


@pytest.mark.parametrize("data", [b"\x00\x01\x02", b"\xff\xfe\x00", b"\x80abc", b"apiVersion: v1\x00"])
def test_a_binary_file_is_an_error(tmp_path: Path, data: bytes) -> None:
    """It has the suffix of a manifest, so it may hide one."""
    path = tmp_path / "a.yaml"
    path.write_bytes(data)
    found = only(read_manifests([path], name="k"))
    assert ("K8S_FILE_UNREAD", Effect.UNREADABLE) == (found.code, found.effect)


@pytest.mark.parametrize(
    ("text", "complaint", "line"),
    [
        (POD + "spec: {containers: [", "did not find expected", 4),
        (POD + "spec:\n\tcontainers: []\n", "a tab indents the line", 5),
        (POD + "spec: 'open\n", "found unexpected end of stream", 5),
        (POD + "spec: *nowhere\n", "names no anchor", 4),
        (POD + "spec: &a [*a]\n", "names no anchor", 4),
        (POD + "kind: Service\n", "the key 'kind' occurs twice, first on line 2", 4),
        (POD + "? [a]\n: b\n", "a key must be a plain name", 4),
        (POD + "spec: !!python/object/apply:os.system [echo]\n", "is not one that a manifest may use", 4),
        (POD + "spec: !Ref x\n", "is not one that a manifest may use", 4),
        (POD + "spec: {<<: 7}\n", "a merge key", 4),
        (POD + "spec: \x01\n", "control characters", 4),
    ],
)
def test_a_broken_document_is_an_error_on_its_line(text: str, complaint: str, line: int) -> None:
    """The object is lost, so what it would have changed is unknown."""
    found = only(reading(text))
    assert ("K8S_DOCUMENT_UNREAD", Effect.UNREADABLE) == (found.code, found.effect)
    assert complaint in found.message
    assert found.origin is not None
    assert line == found.origin.line


@pytest.mark.parametrize(
    "text",
    [
        '{"apiVersion": "v1", "kind": "Pod", "kind": "Pod"}',
        '{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "\\ud800"}}',
        '{"apiVersion": "v1", "kind": "Pod",}',
        '{"apiVersion": "v1" "kind": "Pod"}',
        '{"apiVersion": "v1", "kind": "Pod"',
        '{"apiVersion": "v1", "kind": "Pod", "x": [1,]}',
        '{"apiVersion": "v1", "kind": "Pod", "x": NaN}',
        '{"apiVersion": "v1", "kind": "Pod", "x": "a\nb"}',
    ],
)
def test_broken_json_in_a_json_file_is_an_error(tmp_path: Path, text: str) -> None:
    """A `.json` file is JSON and nothing more lenient."""
    path = tmp_path / "a.json"
    path.write_text(text, encoding="utf-8")
    assert "K8S_DOCUMENT_UNREAD" == only(read_manifests([path], name="k")).code


@pytest.mark.parametrize(
    "text",
    [
        "{{- if .Values.on }}\napiVersion: v1\nkind: Pod\n{{- end }}\n",
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: {{ .Values.name }}\n",
        'apiVersion: v1\nkind: Pod\nmetadata:\n  name: "{{ .Values.name }}-web"\n',
        '{{ include "chart.all" . }}\n',
    ],
)
def test_a_template_that_is_not_rendered_is_an_error_that_says_to_render(text: str) -> None:
    """Whether it breaks the YAML or only spoils a name."""
    (found,) = (each for each in reading(text).diagnostics if each.code == "K8S_TEMPLATE")
    assert Effect.UNREADABLE == found.effect
    assert "helm template" in found.message


def test_aliases_that_expand_without_bound_are_refused() -> None:
    """Ten anchors, each ten times the one before: a billion values from a few lines."""
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    bomb += "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 10))
    assert "its aliases expand to more than" in only(reading(POD + bomb)).message


def test_merge_keys_that_expand_without_bound_are_refused() -> None:
    """Merging is expanding, too."""
    bomb = "m0: &m0 {" + ", ".join(f"k{n}: 1" for n in range(1000)) + "}\n"
    bomb += "".join(f"m{n}: {{<<: *m0}}\n" for n in range(1, 200))
    assert "its aliases expand to more than" in only(reading(POD + bomb)).message


@pytest.mark.parametrize("opening", ["[", "{a: ", '{"a": ', "- "])
def test_deep_nesting_is_refused(opening: str) -> None:
    """A parser that recursed would end the process."""
    found = only(reading(POD + "spec:\n  " + opening * 100_000))
    assert "nested more than 100 levels deep" in found.message


def test_deep_nesting_in_json_is_refused(tmp_path: Path) -> None:
    """JSON takes the same builder, so the same bound."""
    path = tmp_path / "a.json"
    path.write_text('{"apiVersion": "v1", "kind": "Pod", "x": ' + "[" * 1_000_000, encoding="utf-8")
    assert "nested more than 100 levels deep" in only(read_manifests([path], name="k")).message


@pytest.mark.parametrize(
    ("text", "read"),
    [
        (POD + "spec: " + "x" * 10_000_000, True),
        (POD + "spec: [" + "1," * 5_000_000 + "1]", False),
        ('{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}, "x": [' + "1," * 5_000_000 + "1]}", False),
        (POD + "---\n" * 100_000, True),
        (POD + "spec: " + "{" * 10_000_000, False),
    ],
)
def test_ten_megabytes_stay_within_bounds(text: str, read: bool) -> None:
    """One long scalar is read; millions of values are refused; neither exhausts the machine."""
    found = reading(text)
    assert read == bool(found.resources)
    assert read or Effect.UNREADABLE in {each.effect for each in found.diagnostics}


def test_a_file_that_is_too_large_is_refused_unread(tmp_path: Path) -> None:
    """The size is looked at first."""
    path = tmp_path / "a.yaml"
    with path.open("wb") as handle:
        handle.truncate(files.SIZE_LIMIT + 1)
    assert "it is larger than 32 MiB" == only(read_manifests([path], name="k")).message


def test_a_stream_that_is_too_large_is_refused() -> None:
    """Standard input has no size to look at, so reading stops at the limit."""
    assert "it is larger than 32 MiB" == only(reading("#" * (files.SIZE_LIMIT + 1))).message


def test_loops_of_symbolic_links_end(tmp_path: Path) -> None:
    """A link to a directory above is entered once, a link to itself is an error."""
    (tmp_path / "a.yaml").write_text(POD, encoding="utf-8")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "up").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "self.yaml").symlink_to(tmp_path / "self.yaml")
    found = read_manifests([tmp_path], name="k")
    assert ["default/a[Pod]"] == [resource.address for resource in found.resources]
    assert ["K8S_FILE_UNREAD"] == [each.code for each in found.diagnostics]


def test_a_pipe_with_the_name_of_a_manifest_is_not_waited_for(tmp_path: Path) -> None:
    """Only regular files are opened."""
    os.mkfifo(tmp_path / "a.yaml")
    assert "it is not a regular file" == only(read_manifests([tmp_path], name="k")).message


def test_a_path_that_does_not_exist_is_an_error(tmp_path: Path) -> None:
    """The reader never raises; whether nothing usable remains is for the pipeline to say."""
    assert "K8S_FILE_UNREAD" == only(read_manifests([tmp_path / "gone.yaml"], name="k")).code


@pytest.mark.parametrize(
    "text",
    [
        "{apiVersion: v1, kind: List, items: 7}",
        "{apiVersion: v1, kind: List, items: [7]}",
        "{apiVersion: v1, kind: List, items: [{a: b}]}",
        "{apiVersion: v1, kind: PodList, items: [null]}",
        "{apiVersion: v1, kind: Pod, metadata: 7}",
        "{apiVersion: v1, kind: Pod}",
        "{apiVersion: v1, kind: Pod, metadata: {name: 7}}",
        "{apiVersion: v1, kind: Pod, metadata: {name: ''}}",
        "{apiVersion: v1, kind: Pod, metadata: {name: a, namespace: [b]}}",
        "{apiVersion: v1, kind: [Pod], spec: {}}",
    ],
)
def test_wrong_types_in_the_frame_of_an_object_are_errors(text: str) -> None:
    """What cannot be named cannot be modelled, so it is said to be missing."""
    assert Effect.UNREADABLE == only(reading(text)).effect


def test_lists_within_lists_have_an_end() -> None:
    """Eleven levels are a mistake, or malice."""
    text = "{apiVersion: v1, kind: List, items: [" * 12 + "]}" * 12
    assert "K8S_LIST_MALFORMED" == only(reading(text)).code


@pytest.mark.parametrize("name", ['"\\e[31mred"', "'<script>'", "UPPER", "'a b'", "-a", "a..b"])
def test_names_that_no_cluster_would_accept_are_noted_and_kept_raw(name: str) -> None:
    """Printers escape; the model keeps what was written."""
    found = reading(f"{{apiVersion: v1, kind: Pod, metadata: {{name: {name}}}}}")
    assert ["K8S_NAME_INVALID"] == [each.code for each in found.diagnostics]
    assert 1 == len(found.resources)
    assert "\x1b" not in found.diagnostics[0].message
