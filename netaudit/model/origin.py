"""Where a thing was written, and what could not be known about it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum

from netaudit.model.frozen import frozen
from netaudit.model.truth import Truth


@frozen(order=True)
class Origin:
    """A place in the text: file, first and last line, the address of the thing, and how it came in.

    `file` is relative to the working directory, lines count from 1 and are 0 where a format has none (plan
    and state JSON). `via` is the chain of module calls or chart templates, outermost first:
    `("main.tf:4 module.web",)`.
    """

    file: str
    line: int = 0
    end_line: int = 0
    address: str = ""
    via: tuple[str, ...] = ()

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}  {self.address}" if self.address else place

    @property
    def place(self) -> str:
        """`file:line`, or the file alone where the format has no lines."""
        return f"{self.file}:{self.line}" if self.line else self.file


@frozen
class Unknown:
    """A leaf that the text does not fix.

    `reason` names the cause as its author would (`var.extra_cidrs`, `known after apply`), `origin` the place.
    As an element of a list it stands for one value, or, with `many`, for any number of further values: a
    `dynamic` block over an unknown collection is a list that ends in `Unknown(…, many=True)`.
    """

    reason: str
    origin: Origin | None = None
    many: bool = False

    def __str__(self) -> str:
        return self.reason


@frozen
class Ref:
    """A value that exists only after apply, but whose identity is known: `Ref("aws_vpc.main", ("id",))`.

    `address` is the full instance address of a resource or data source (`module.a["k"].aws_subnet.x[0]`).
    Two equal Refs are the same value, and two members of one list whose members all differ (`apart`) are two; about
    other ones nothing is known.
    """

    address: str
    path: tuple[str | int, ...] = ("id",)
    apart: bool = field(default=False, compare=False, repr=False)

    @property
    def among(self) -> Ref | None:
        """The list of which it is a member, if all members of that differ."""
        is_member = self.apart and bool(self.path) and isinstance(self.path[-1], int)
        return replace(self, path=self.path[:-1]) if is_member else None

    def same(self, other: Ref) -> Truth:
        """Whether the two are one value."""
        if self == other:
            return Truth.YES
        return Truth.NO if self.among is not None and self.among == other.among else Truth.MAYBE

    def __str__(self) -> str:
        return self.address + "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in self.path)


@dataclass(frozen=True, slots=True)
class Sensitive:
    """A known value that must never be printed."""

    value: object

    def __repr__(self) -> str:
        return "Sensitive(…)"

    def __str__(self) -> str:
        return "(sensitive)"


class Effect(StrEnum):
    """How far a diagnostic limits the trust in an answer."""

    IGNORED = "ignored"  # it changes no answer
    OVER_APPROXIMATED = "over-approximated"  # `possible` was widened, `certain` narrowed
    UNREADABLE = "unreadable"  # something is missing from the model: safety rules it could touch are UNKNOWN


class Severity(StrEnum):
    """How much a diagnostic deserves attention."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """Something that was not understood, or is worth a look; never an exception.

    `code` is a stable, greppable name (`TF_UNREAD_MODULE`), `touches` the addresses or group keys that the
    effect is limited to; empty means that it could touch everything. `may_deny`: what is missing from the model may
    be a rule that stops traffic, so that nothing which it could touch is certain.
    """

    code: str
    message: str
    severity: Severity = Severity.WARNING
    origin: Origin | None = None
    effect: Effect = Effect.IGNORED
    touches: tuple[str, ...] = ()
    may_deny: bool = False

    @property
    def sort_key(self) -> tuple[str, int, str, str]:
        """Diagnostics are listed by place, then by code and text."""
        origin = self.origin or Origin("")
        return (origin.file, origin.line, self.code, self.message)
