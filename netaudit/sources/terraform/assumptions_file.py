"""Reading an assumptions file. Shapes and names are those of the contract."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from netaudit.errors import RuleFileError
from netaudit.model import Join
from netaudit.sources.terraform.assumptions import Assumptions

MAX_BYTES = 4 << 20


class _File(BaseModel):
    """What a file may say."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    region: str | None = None
    availability_zones: tuple[str, ...] | None = None
    account_id: str | None = None
    workspace: str = "default"
    variables: dict[str, Any] = Field(default_factory=dict)
    data: dict[str, dict[str, Any]] = Field(default_factory=dict)
    join: tuple[tuple[str, ...], ...] = ()
    clusters: dict[str, str] = Field(default_factory=dict)
    on_premises: tuple[str, ...] = ()

    @field_validator("join")
    @classmethod
    def _at_least_two(cls, value: tuple[tuple[str, ...], ...]) -> tuple[tuple[str, ...], ...]:
        if any(len(ids) < 2 for ids in value):
            raise ValueError("a join names at least two ids")
        return value

    @field_validator("on_premises")
    @classmethod
    def _networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for text in value:
            ipaddress.ip_network(text)
        return value


def load(path: Path) -> Assumptions:
    """Read an assumptions file. Raises `RuleFileError` with file and line."""
    node = _compose(path)
    if node is None:
        return Assumptions()
    try:
        found = _File.model_validate(_Reader(path).value(node))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        line = _line_of(node, first["loc"])
        raise RuleFileError(f"{where}: {first['msg']}", f"{path}:{line}") from None
    places = (f"{path}:{_line_of(node, ('join', index))}" for index in range(len(found.join)))
    return Assumptions(
        found.region,
        found.availability_zones,
        found.account_id,
        found.workspace,
        found.variables,
        found.data,
        tuple(map(Join, found.join, places)),
        found.clusters,
        found.on_premises,
    )


def _compose(path: Path) -> yaml.Node | None:
    try:
        data = path.read_bytes()
        if len(data) > MAX_BYTES:
            raise RuleFileError("an assumptions file of more than 4 MiB is refused", str(path))
        return yaml.compose(data, Loader=yaml.SafeLoader)
    except OSError as error:
        raise RuleFileError(f"cannot be read: {error.strerror}", str(path)) from None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        raise RuleFileError(f"not valid YAML: {error.problem}", f"{path}:{line}") from None
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError):
        raise RuleFileError("not valid YAML", str(path)) from None


class _Reader:
    """Turns composed nodes into plain values: duplicate keys and aliases are refused."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.loader = yaml.SafeLoader("")
        self.seen: set[int] = set()

    def value(self, node: yaml.Node) -> Any:
        if id(node) in self.seen:
            raise self.error("aliases are not allowed here", node)
        self.seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            return self.mapping(node)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(n) for n in node.value]
        value = self.loader.construct_object(node)
        return value if value is None or isinstance(value, bool | int | float | str) else node.value

    def mapping(self, node: yaml.MappingNode) -> dict[str, Any]:
        members: dict[str, Any] = {}
        for key, value in node.value:
            if key.value in members:
                raise self.error(f'the key "{key.value}" is given twice', key)
            members[str(key.value)] = self.value(value)
        return members

    def error(self, message: str, node: yaml.Node) -> RuleFileError:
        return RuleFileError(message, f"{self.path}:{node.start_mark.line + 1}")


def _line_of(node: yaml.Node, location: tuple[int | str, ...]) -> int:
    for step in location:
        if isinstance(node, yaml.MappingNode):
            found = next(((k, v) for k, v in node.value if k.value == str(step)), None)
            if found is None:
                break
            node = found[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
    return int(node.start_mark.line) + 1
