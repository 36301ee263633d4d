"""A git revision, read from git's objects: nothing is checked out, and nothing of the repository is run.

The files of the commit are written below a temporary directory as `git cat-file` gives them, so without filters,
text conversions and hooks; the user's tree and index are not touched. Objects that are not there are not fetched.
Submodules are other repositories and stay empty.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import chdir, contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from netaudit.errors import InputError

_LARGEST = 512 << 20  # bytes of all files of a commit
_LINK, _SUBMODULE = "120000", "160000"
_SECONDS = 60
# No replaced objects, no monitors, no transports: what is asked for is read, and that is all.
_GIT = ("git", "--no-replace-objects", "-c", "core.fsmonitor=false", "-c", "protocol.allow=never")


@dataclass(frozen=True, slots=True)
class Revision:
    """A commit of the repository around `root`; `commit` is its full id."""

    root: Path
    commit: str


@dataclass(frozen=True, slots=True)
class _Entry:
    mode: str
    blob: str
    size: int
    path: PurePosixPath


def find_revision(name: str, near: Path) -> Revision:
    """The commit that `name` means in the repository that holds `near`. Raises InputError."""
    start = near if near.is_dir() else near.parent
    while not start.is_dir():  # a source that only the revision holds
        start = start.parent
    root = _git(start, "rev-parse", "--show-toplevel", failing=f"'{name}' is no path, and not in a git repository")
    command = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
    commit = _git(start, *command, failing=f"'{name}' is neither a path nor a revision of {root.strip()}")
    return Revision(Path(root.strip()), commit.strip())


@contextmanager
def standing_in(revision: Revision, sources: Sequence[str]) -> Iterator[list[str]]:
    """Work, for a while, where the files are those of the revision; gives the sources as they are called there.

    Sources that the revision does not have are left out. Raises InputError where it has none of them.
    """
    root = revision.root.resolve()
    here = Path.cwd().resolve()
    inside = here.relative_to(root) if here.is_relative_to(root) else Path()
    names = [_called(source, root, inside) for source in sources]
    with tempfile.TemporaryDirectory(prefix="netaudit-") as directory:
        tree = Path(directory) / (root.name or "root")  # of the same name: unnamed sources are known by it
        (tree / inside).mkdir(parents=True)
        _write_tree(revision, tree, [_path_of(name) for name in names], inside)
        with chdir(tree / inside):
            present = [name for name in names if _path_of(name).exists()]
            if not present:
                raise InputError(f"the revision {revision.commit[:12]} holds none of the sources", ", ".join(sources))
            yield present


def _called(source: str, root: Path, inside: Path) -> str:
    """The source with a path relative to the directory that is worked in."""
    name, equals, path = source.partition("=")
    if not equals or Path(source).exists():
        name, path = "", source
    if path == "-":
        raise InputError("standard input has no revisions", source)
    absolute = Path(path).resolve()
    if not absolute.is_relative_to(root):
        raise InputError(f"is outside the repository {root}", source)
    found = os.path.relpath(absolute, root / inside)
    return f"{name}={found}" if name else found


def _path_of(source: str) -> Path:
    _, equals, path = source.partition("=")
    return Path(path) if equals and not Path(source).exists() else Path(source)


# ---- objects ------------------------------------------------------------------------------------------


def _write_tree(revision: Revision, tree: Path, wanted: Sequence[Path], inside: Path) -> None:
    entries = [entry for entry in _entries(revision) if entry.mode != _SUBMODULE]
    if sum(entry.size for entry in entries) > _LARGEST:
        raise InputError(f"the revision's files are larger than {_LARGEST >> 20} MiB together", revision.commit[:12])
    roots = [PurePosixPath(os.path.normpath(inside / path)) for path in wanted]
    for entry, data in zip(entries, _blobs(revision, entries), strict=True):
        target = tree.joinpath(*entry.path.parts)
        target.parent.mkdir(parents=True, exist_ok=True)
        if entry.mode != _LINK:
            target.write_bytes(data)
        elif _stays_inside(entry.path, os.fsdecode(data)):
            target.symlink_to(os.fsdecode(data))
        elif any(entry.path.is_relative_to(root) for root in roots):
            raise InputError("links out of the repository", f"{revision.commit[:12]}:{entry.path}")


def _stays_inside(path: PurePosixPath, link: str) -> bool:
    """Whether a link leads to something of the same tree; whatever is above the root is the user's own."""
    return not link.startswith("/") and not os.path.normpath(path.parent / link).startswith("..")


def _entries(revision: Revision) -> Iterator[_Entry]:
    listed = _git(revision.root, "ls-tree", "-r", "-l", "-z", "--full-tree", revision.commit, failing="cannot be read")
    for line in filter(None, listed.split("\0")):
        described, _, name = line.partition("\t")
        mode, _, blob, size = described.split()
        path = PurePosixPath(name)
        if path.is_absolute() or not {"..", ".git"}.isdisjoint(path.parts):
            raise InputError("is no path that a commit may hold", f"{revision.commit[:12]}:{name}")
        yield _Entry(mode, blob, int(size) if size.isdigit() else 0, path)


def _blobs(revision: Revision, entries: Sequence[_Entry]) -> Iterator[bytes]:
    asked = "".join(f"{entry.blob}\n" for entry in entries).encode()
    answer = _run(revision.root, ("cat-file", "--batch"), asked)
    at = 0
    for entry in entries:
        end = answer.stdout.find(b"\n", at)
        head = answer.stdout[at:end].split()
        if answer.returncode or len(head) != 3 or head[1] != b"blob":
            raise InputError("git does not have this file's content", f"{revision.commit[:12]}:{entry.path}")
        size = int(head[2])
        yield answer.stdout[end + 1 : end + 1 + size]
        at = end + 1 + size + 1


def _git(directory: Path, *command: str, failing: str) -> str:
    answer = _run(directory, command)
    if answer.returncode:
        said = os.fsdecode(answer.stderr).strip().removeprefix("fatal: ").split("\n")[0]
        raise InputError(f"{failing} ({said})" if said else failing)
    return os.fsdecode(answer.stdout)


def _run(directory: Path, command: Iterable[str], given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "SYSTEMROOT") if name in os.environ}
    quiet = {"GIT_OPTIONAL_LOCKS": "0", "GIT_NO_LAZY_FETCH": "1", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
    try:
        return subprocess.run(  # noqa: S603 - a fixed program; a revision's name cannot become an option
            [*_GIT, *command],
            cwd=directory,
            input=given,
            env=kept | quiet,
            capture_output=True,
            check=False,
            timeout=_SECONDS,
        )
    except FileNotFoundError:
        raise InputError("git is not installed: give two sources instead") from None
    except subprocess.TimeoutExpired:
        raise InputError(f"git did not answer within {_SECONDS} s") from None
