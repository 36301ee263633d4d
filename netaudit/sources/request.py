"""What one run is asked to read, and what it read: the options that all commands have in common."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal as OneOf

from netaudit.errors import InputError, QueryError
from netaudit.model import Diagnostic, Reading, Resource, Settings
from netaudit.sources.recognise import Options, Source, read
from netaudit.sources.rendered import Rendering
from netaudit.sources.revision import find_revision, standing_in
from netaudit.sources.terraform import Assumptions, Inputs, VariableFile, VariableText, load_assumptions

Variables = Sequence[tuple[str, str] | Path]  # names with their values, and files of them; the later one wins


@dataclass(frozen=True, slots=True)
class Taken:
    """What one run read, before any meaning is given to it."""

    readings: tuple[Reading, ...]
    settings: Settings
    assumptions: Assumptions

    @property
    def resources(self) -> tuple[Resource, ...]:
        """All resources, sorted by address."""
        found = (resource for reading in self.readings for resource in reading.resources)
        return tuple(sorted(found, key=lambda resource: (resource.address, resource.origin)))

    @property
    def unread(self) -> tuple[Diagnostic, ...]:
        """What could not be read, whatever the rest means."""
        return tuple(dict.fromkeys(each for reading in self.readings for each in reading.diagnostics))


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Sources, and how to read them; `netaudit.api.load` says what each option is."""

    sources: Sequence[str]
    variables: Variables = ()
    assume: Path | None = None
    settings: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    hcl_parser: OneOf["fast", "reference"] | None = None
    cache: Path | None = None
    progress: Callable[[str], None] = lambda _: None
    rev: str | None = None
    render: bool = False
    values: Sequence[Path] = ()

    def read(self) -> Taken:
        """Read all sources. Raises InputError and QueryError."""
        if not self.sources:
            raise InputError("no source was given: nothing would be read")
        if self.values and not self.render:
            raise QueryError("files of values are for charts, which are rendered with --render only")
        return self._of_today() if self.rev is None else self._as_of(self.rev)

    def _as_of(self, rev: str) -> Taken:
        """The same, where the files are those of a revision; those that it does not have are the ones of today."""
        revision = find_revision(rev, Path(Source.parse(self.sources[0]).path))
        today = {file: file.resolve() for file in self._files()}
        with standing_in(revision, self.sources) as present:
            known = {file: file if file.exists() else elsewhere for file, elsewhere in today.items()}
            variables = [known[each] if isinstance(each, Path) else each for each in self.variables]
            assume = known[self.assume] if self.assume else None
            return replace(self, sources=present, variables=variables, assume=assume, rev=None).read()

    def _of_today(self) -> Taken:
        for file in self.variables:
            if isinstance(file, Path) and not file.is_file():
                raise InputError("no such file", str(file))
        assumptions = load_assumptions(self.assume) if self.assume else Assumptions()
        inputs = Inputs(
            variables=tuple(VariableFile(v) if isinstance(v, Path) else VariableText(*v) for v in self.variables),
            assumptions=assumptions,
            environment=self.environment,
            parser=self.hcl_parser,
            cache=self.cache,
        )
        settings = Settings().parse(self.settings)
        rendering = Rendering(tuple(self.values)) if self.render else None
        options = Options(inputs, rendering, _standard_input, self.progress)
        return Taken(read([Source.parse(source) for source in self.sources], options), settings, assumptions)

    def _files(self) -> Iterator[Path]:
        yield from (each for each in self.variables if isinstance(each, Path))
        if self.assume:
            yield self.assume

    def as_given(self) -> Iterator[str]:
        """The arguments of the command line that read the same; values of variables may be secret and are left out."""
        yield from self.sources
        for each in self.variables:
            yield from ("--var-file", str(each)) if isinstance(each, Path) else ("--var", f"{each[0]}=…")
        if self.assume:
            yield from ("--assume", str(self.assume))
        for key, value in sorted(self.settings.items()):
            yield from ("--set", f"{key}={value}")
        if self.render:
            yield "--render"
        for file in self.values:
            yield from ("--values", str(file))


def _standard_input() -> str:
    try:
        return sys.stdin.buffer.read().decode("utf-8")
    except UnicodeDecodeError:
        raise InputError("it is not UTF-8 text", "standard input") from None
