"""Files below the source tree; nothing outside it is read (TF-42)."""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from netaudit.sources.terraform import hcl
from netaudit.sources.terraform.convert import to_string
from netaudit.sources.terraform.functions.encoding import HASHES
from netaudit.sources.terraform.functions.registry import FUNCTIONS, Function, required, strict, structural
from netaudit.sources.terraform.scope import Scope
from netaudit.sources.terraform.syntax import Expression
from netaudit.sources.terraform.types import BOOL, STRING, Type
from netaudit.sources.terraform.values import Deferred, EvaluationError, Value, first_deferred, make_set

OUTSIDE = "a file outside the source"
MAX_FILE = 4 << 20
MAX_LISTED = 20_000


def _resolve(text: str, scope: Scope) -> Path | Deferred:
    """The file that a path names; unknown where it leaves the source tree or no tree is read."""
    if scope.files is None or "\0" in text:
        return Deferred(OUTSIDE)
    path = Path(os.path.normpath(scope.files.working / text))
    try:
        real = path.resolve()
    except (OSError, RuntimeError):
        raise EvaluationError("a path that leads nowhere") from None
    if not any(real.is_relative_to(root) for root in scope.files.allowed):
        return Deferred(OUTSIDE)
    return real


def _read(text: str, scope: Scope) -> bytes | Deferred:
    path = _resolve(text, scope)
    if isinstance(path, Deferred):
        return path
    try:
        if path.exists() and not path.is_file():
            raise EvaluationError("a file that cannot be read")  # a directory; a pipe would never end
        if path.stat().st_size > MAX_FILE:
            return Deferred("a file of more than 4 MiB")
        return path.read_bytes()
    except OSError:
        raise EvaluationError("a file that cannot be read") from None


def _decode(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise EvaluationError("a file that is not UTF-8 text") from None


@strict("file", "string", result=STRING, scope=True)
def _file(path: str, scope: Scope) -> Value:
    data = _read(path, scope)
    return data if isinstance(data, Deferred) else _decode(data)


@strict("filebase64", "string", result=STRING, scope=True)
def _filebase64(path: str, scope: Scope) -> Value:
    data = _read(path, scope)
    return data if isinstance(data, Deferred) else base64.b64encode(data).decode()


def _filehash(algorithm: Callable[[bytes], Any], *, as_base64: bool) -> Callable[..., Value]:
    def body(path: str, scope: Scope) -> Value:
        data = _read(path, scope)
        if isinstance(data, Deferred):
            return data
        digest = algorithm(data)
        return base64.b64encode(digest.digest()).decode() if as_base64 else digest.hexdigest()

    return body


for _name, _algorithm in HASHES.items():
    FUNCTIONS[f"file{_name}"] = Function(
        f"file{_name}", _filehash(_algorithm, as_base64=False), ("string",), result=STRING, needs_scope=True
    )
for _name in ("sha256", "sha512"):
    FUNCTIONS[f"filebase64{_name}"] = Function(
        f"filebase64{_name}",
        _filehash(HASHES[_name], as_base64=True),
        ("string",),
        result=STRING,
        needs_scope=True,
    )


@strict("fileexists", "string", result=BOOL, scope=True)
def _fileexists(path: str, scope: Scope) -> Value:
    resolved = _resolve(path, scope)
    return resolved if isinstance(resolved, Deferred) else resolved.is_file()


@strict("fileset", "string", "string", result=Type("set", STRING), scope=True)
def _fileset(directory: str, pattern: str, scope: Scope) -> Value:
    base = _resolve(directory, scope)
    if isinstance(base, Deferred):
        return base
    wanted = re.compile(_glob(pattern))
    found: list[Value] = []
    for listed, (folder, _, names) in enumerate(os.walk(base)):
        if listed > MAX_LISTED:
            return Deferred("a directory tree of too many files")
        relative = [Path(folder, n).relative_to(base).as_posix() for n in names]
        found += [r for r in relative if wanted.fullmatch(r)]
    return make_set(found)


def _glob(pattern: str) -> str:
    """A glob of `*`, `**`, `?` and `{a,b}` as a regular expression over paths."""
    pieces = {"**/": "(?:[^/]+/)*", "**": ".*", "*": "[^/]*", "?": "[^/]", "{": "(?:", "}": ")", ",": "|"}
    text, depth = "", 0
    for piece in re.findall(r"\*\*/|\*\*|\*|\?|\{|\}|,|[^*?{},]+", pattern):
        depth += {"{": 1, "}": -1}.get(piece, 0)
        literal = piece not in pieces or (piece == "," and not depth)
        text += re.escape(piece) if literal else pieces[piece]
    return text if depth == 0 else re.escape(pattern)


def read_template(path: Value, scope: Scope) -> Expression | Deferred:
    """The expression that a template file stands for. Raises `EvaluationError`."""
    if isinstance(path, Deferred):
        return path
    data = _read(to_string(required(path, "templatefile")), scope)
    if isinstance(data, Deferred):
        return data
    try:
        return hcl.parse_template(_decode(data))
    except hcl.HclSyntaxError as error:
        raise EvaluationError(f"a template that cannot be read: {error.message}") from None


@strict("basename", "string", result=STRING)
def _basename(path: str) -> Value:
    return path.rstrip("/").rsplit("/", 1)[-1] or ("/" if path else ".")


@strict("dirname", "string", result=STRING)
def _dirname(path: str) -> Value:
    return os.path.normpath(path.rpartition("/")[0] or ("/" if path.startswith("/") else "."))


@strict("abspath", "string", result=STRING, scope=True)
def _abspath(path: str, scope: Scope) -> Value:
    if scope.files is None:
        return Deferred("the directory of the run")
    return os.path.normpath(scope.files.working / path)


@strict("pathexpand", "string", result=STRING)
def _pathexpand(path: str) -> Value:
    return Deferred("the home directory") if path.startswith("~") else path


@structural("templatestring", 2)
def _templatestring(text: Value, names: Value) -> Value:
    unknown = first_deferred(text) or first_deferred(names)
    return (unknown or Deferred("templatestring()")).as_type(STRING)
