"""What all modules of one reading share: budget, diagnostics, parsed directories, what may be read."""

from __future__ import annotations

import gc
import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from netaudit.model import Effect, Origin
from netaudit.sources.terraform import declarations, files
from netaudit.sources.terraform.assumptions import Assumptions
from netaudit.sources.terraform.budget import Budget
from netaudit.sources.terraform.declarations import Declarations
from netaudit.sources.terraform.diagnostics import Diagnostics
from netaudit.sources.terraform.inputs import Record
from netaudit.sources.terraform.scope import Files

_FRAMES = 20_000


@dataclass(slots=True)
class Run:
    """The state of one reading."""

    root: Path
    assumptions: Assumptions
    diagnostics: Diagnostics = field(default_factory=Diagnostics)
    budget: Budget = field(default_factory=Budget)
    directories: dict[Path, Declarations] = field(default_factory=dict)
    installed: Mapping[str, Path] = field(default_factory=dict)
    record: Record = field(default_factory=Record)
    readable: Files | None = None

    def declarations(self, directory: Path) -> Declarations:
        """What a directory declares; each is read once."""
        known = self.directories.get(directory)
        if known is None:
            known = self.directories[directory] = declarations.read(directory, self.diagnostics)
            self.budget.grow(len(known.resources) + len(known.modules))
        return known

    @property
    def files(self) -> Files:
        """What `file` may read: below the directories of the modules that are read so far (TF-42)."""
        if self.readable is None or len(self.readable.allowed) != len(self.directories):
            self.readable = Files(self.root, tuple(self.directories))
        return self.readable


def installed_modules(root: Path, diagnostics: Diagnostics) -> dict[str, Path]:
    """Where `terraform init` put the modules: call path → directory (TF-67)."""
    path = root / ".terraform" / "modules" / "modules.json"
    if not path.is_file():
        return {}
    text = files.read_text(path, diagnostics, "TF_MODULES_JSON")
    try:
        document: Any = json.loads(text) if text is not None else {}
        entries = [(e["Key"], e["Dir"]) for e in document.get("Modules", []) if e["Key"]]
        return {str(key): root / str(directory) for key, directory in entries}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        origin = Origin(files.relative(path))
        diagnostics.add("TF_MODULES_JSON", "modules.json is not as terraform writes it", origin, Effect.UNREADABLE)
        return {}


@contextmanager
def deep_recursion() -> Iterator[None]:
    """Room for long chains of references; frames of the interpreter take no C stack."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, _FRAMES))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)


@contextmanager
def uncollected() -> Iterator[None]:
    """Trees and values live until the reading ends, and hardly any are cycles: looking for those is half the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
