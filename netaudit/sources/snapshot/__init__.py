"""AWS API snapshots: what `aws ec2 describe-*` and its sisters print, as the resources that Terraform would declare."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from netaudit.model import Reading, Value

__all__ = ["is_answer", "is_foreign", "is_snapshot", "read_snapshot"]

# A dozen files, loaded by the first JSON document that may be one: most runs read none.


def is_answer(document: Value) -> bool:
    """Whether a document could be an answer of the API."""
    from netaudit.sources.snapshot import answers  # noqa: PLC0415 - see above

    return answers.is_answer(document)


def is_snapshot(document: Value) -> bool:
    """Whether a document is unmistakably an answer of the API."""
    from netaudit.sources.snapshot import answers  # noqa: PLC0415 - see above

    return answers.is_snapshot(document)


def is_foreign(document: Value) -> bool:
    """Whether a document tells of an account as another tool writes it, so that it can only be refused."""
    from netaudit.sources.snapshot import foreign  # noqa: PLC0415 - see above

    return foreign.is_foreign(document)


def read_snapshot(paths: Sequence[Path], *, name: str) -> Reading:
    """The resources of the answers in some files."""
    from netaudit.sources.snapshot import reader  # noqa: PLC0415 - see above

    return reader.read_snapshot(paths, name=name)
