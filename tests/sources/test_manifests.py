"""Manifests as they should be: objects with their places, whatever way they were written."""

from __future__ import annotations

from decimal import Decimal
from io import StringIO
from pathlib import Path
from textwrap import dedent

import pytest

from netaudit.model import Effect, Reading, Severity
from netaudit.sources.manifests import read_manifests


def reading(text: str) -> Reading:
    """What a stream of text gives."""
    return read_manifests(StringIO(dedent(text)), name="k8s")


def test_a_text_and_a_stream_are_read_alike() -> None:
    """Standard input comes as either."""
    assert addresses(reading(POD % "a")) == addresses(read_manifests(POD % "a", name="k8s")) == ["default/a[Pod]"]


def written(directory: Path, **files: str) -> Path:
    """A directory with some files; `__` in a name stands for the dot."""
    for name, text in files.items():
        directory.joinpath(name.replace("__", ".")).write_text(dedent(text), encoding="utf-8")
    return directory


def addresses(found: Reading) -> list[str]:
    """The addresses of what was read."""
    return [resource.address for resource in found.resources]


POD = "{apiVersion: v1, kind: Pod, metadata: {name: %s}}"


def test_an_object_keeps_its_file_and_lines_and_so_does_each_part() -> None:
    """Lines count from 1 over the whole file, also in a second document."""
    found = reading(
        """\
        # a comment
        ---
        apiVersion: networking.k8s.io/v1
        kind: NetworkPolicy
        metadata:
          name: web
          namespace: payments
        spec:
          ingress:
            - from:
                - podSelector: {}
                - ipBlock:
                    cidr: 10.0.0.0/8

        ---
        {apiVersion: v1, kind: Namespace, metadata: {name: payments}}
        """
    )
    web, namespace = found.resources
    assert ("payments/web[NetworkPolicy]", 3, 13) == (web.address, web.origin.line, web.origin.end_line)
    assert ("payments[Namespace]", 16) == (namespace.address, namespace.origin.line)
    assert 12 == web.place("spec", "ingress", 0, "from", 1).line
    assert (10, 13) == (web.place("spec", "ingress", 0).line, web.place("spec", "ingress", 0).end_line)
    assert "payments/web[NetworkPolicy]" == web.place("spec", "ingress").address


def test_a_part_that_was_not_written_has_the_place_of_the_nearest_one_that_was() -> None:
    """A missing field is reported where its parent stands."""
    (pod,) = reading(POD % "a").resources
    assert 1 == pod.place("spec", "containers", 0).line


def test_places_are_a_mapping_of_all_paths() -> None:
    """Every path of the object occurs once."""
    (pod,) = reading(POD % "a").resources
    assert {(), ("apiVersion",), ("kind",), ("metadata",), ("metadata", "name")} == set(pod.places)


def test_k8s_18_a_missing_namespace_is_default_and_cluster_wide_kinds_have_none() -> None:
    """The address tells which."""
    text = f"{POD % 'a'}\n---\n{{apiVersion: v1, kind: Node, metadata: {{name: node}}}}"
    assert ["default/a[Pod]", "node[Node]"] == addresses(reading(text))


def test_k8s_19_lists_are_unpacked_nested_ones_too() -> None:
    """A typed list's items may leave out their kind; each object has its own line."""
    found = reading(
        """\
        apiVersion: v1
        kind: List
        items:
          - apiVersion: v1
            kind: PodList
            items:
              - metadata: {name: a}
              - {metadata: {name: b}}
          - {apiVersion: v1, kind: Pod, metadata: {name: c}}
        """
    )
    assert [("default/a[Pod]", 7), ("default/b[Pod]", 8), ("default/c[Pod]", 9)] == [
        (resource.address, resource.origin.line) for resource in found.resources
    ]
    assert 7 == found.resources[0].place("metadata", "name").line


def test_k8s_19_a_broken_document_is_an_error_and_the_others_are_kept() -> None:
    """The error has the line, and the number of the document."""
    found = reading(f"{POD % 'a'}\n---\napiVersion: v1\nkind: [Pod\n---\n{POD % 'b'}\n")
    assert ["default/a[Pod]", "default/b[Pod]"] == addresses(found)
    (error,) = found.diagnostics
    assert ("K8S_DOCUMENT_UNREAD", Severity.ERROR, Effect.UNREADABLE) == (error.code, error.severity, error.effect)
    assert "document 2" in error.message
    assert error.origin is not None
    assert 5 == error.origin.line  # where the parser noticed


def test_json_has_lines_too_and_several_objects_are_several_documents() -> None:
    """JSON is read with positions, by suffix or by its first character."""
    first = '{"apiVersion": "v1", "kind": "Pod",\n "metadata": {"name": "a"}}\n'
    second = '{"apiVersion": "v1", "kind": "Pod",\n "metadata":\n {"name": "b"}}'
    found = reading(first + second)
    assert ["default/a[Pod]", "default/b[Pod]"] == addresses(found)
    assert (2, 5) == tuple(resource.place("metadata", "name").line for resource in found.resources)


def test_json_strings_may_hold_pairs_of_surrogates_as_escapes() -> None:
    """What JSON alone can write is read as JSON, not as YAML."""
    text = '{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a", "labels": {"x": "\\ud83d\\ude00"}}}'
    assert "😀" == reading(text).resources[0].attributes["metadata"]["labels"]["x"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("8080", 8080),
        ("0x1F90", 8080),
        ("0o17", 15),
        ("017", 15),
        ("1_000", 1000),
        ("-5", -5),
        ("1.10", Decimal("1.10")),
        ("'8080'", "8080"),
        ("yes", True),
        ("Off", False),
        ("n", False),
        ("~", None),
        ("", None),
        ("2026-11-23", "2026-11-23"),
        ("12:30:45", "12:30:45"),
        ("1.2.3", "1.2.3"),
        ("!!str 7", "7"),
        ("0" * 5000, "0" * 5000),
        ("9" * 5000, "9" * 5000),
        (".", "."),
        ("|\n    two\n    lines\n", "two\nlines\n"),
    ],
)
def test_scalars_mean_what_they_mean_to_kubernetes(text: str, value: object) -> None:
    """YAML 1.1 without dates and without sexagesimal numbers."""
    (found,) = reading(f"apiVersion: v1\nkind: X\nmetadata: {{name: x}}\nvalue: {text}\n").resources
    assert (value, type(value)) == (found.attributes["value"], type(found.attributes["value"]))


def test_anchors_aliases_and_merge_keys_are_expanded() -> None:
    """What is written beside a merge key wins; the first of several merged mappings wins."""
    (found,) = reading(
        """\
        apiVersion: v1
        kind: X
        metadata: {name: x}
        base: &base {a: 1, b: 2}
        more: &more {b: 3, c: 4}
        own: {<<: [*base, *more], a: 0}
        same: *base
        """
    ).resources
    assert {"a": 0, "b": 2, "c": 4} == found.attributes["own"]
    assert {"a": 1, "b": 2} == found.attributes["same"]
    assert 4 == found.place("own", "b").line


def test_directories_are_read_recursively_in_order_and_hidden_files_left_out(tmp_path: Path) -> None:
    """Only `.yaml`, `.yml` and `.json` below a directory; a file that is named is read whatever its suffix."""
    tmp_path.joinpath("sub").mkdir()
    written(tmp_path, b__yaml=POD % "b", a__yml=POD % "a", notes__txt=POD % "note", __hidden__yaml=POD % "h")
    written(tmp_path / "sub", c__json='{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "c"}}')
    assert ["default/a[Pod]", "default/b[Pod]", "default/c[Pod]"] == addresses(read_manifests([tmp_path], name="k"))
    assert ["default/note[Pod]"] == addresses(read_manifests([tmp_path / "notes.txt"], name="k"))


def test_origins_are_relative_to_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the contract wants every `file`."""
    monkeypatch.chdir(written(tmp_path, a__yaml=POD % "a"))
    (found,) = read_manifests([tmp_path], name="k").resources
    assert "a.yaml" == found.origin.file


@pytest.mark.parametrize("text", ["a: 1\n", "[1, 2]\n", "just text\n", '{"a": 1}', "apiVersion: v2\nname: chart\n"])
def test_other_yaml_and_json_is_noted_and_changes_nothing(text: str) -> None:
    """A file without apiVersion and kind is somebody else's."""
    found = reading(text)
    assert [("K8S_NOT_A_MANIFEST", Effect.IGNORED)] == [(each.code, each.effect) for each in found.diagnostics]


@pytest.mark.parametrize("text", ["apiVersion: v1\nspec: {}\n", "apiVersion: v1\nitems: []\n", "kind: Pod\nspec: {}\n"])
def test_an_object_without_its_kind_or_version_is_an_error(text: str) -> None:
    """It means to be an object, and what it would have changed is unknown."""
    (error,) = reading(text).diagnostics
    assert ("K8S_KIND_MISSING", Effect.UNREADABLE) == (error.code, error.effect)


def test_objects_of_unknown_kinds_are_kept() -> None:
    """What they mean is for the provider to say."""
    text = "{apiVersion: example.com/v1, kind: Thing, metadata: {name: t}}"
    assert ["t[Thing]"] == addresses(reading(text))


def test_a_generated_name_gets_a_star() -> None:
    """Jobs are often created with `generateName`."""
    text = "{apiVersion: batch/v1, kind: Job, metadata: {generateName: run-}}"
    assert ["default/run-*[Job]"] == addresses(reading(text))
    assert () == reading(text).diagnostics
