"""The diagnostics of one reading: collected once each, bounded, and sorted by place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from netaudit.model import Diagnostic, Effect, Origin, Severity

MAX_TEXT = 400


@dataclass(slots=True)
class Diagnostics:
    """What was not understood. The same thing at the same place is told once, however often it is met."""

    found: dict[tuple[str, str, str, int], Diagnostic] = field(default_factory=dict)

    def add(
        self,
        code: str,
        message: str,
        origin: Origin | None,
        effect: Effect = Effect.OVER_APPROXIMATED,
        severity: Severity = Severity.WARNING,
        touches: tuple[str, ...] = (),
    ) -> None:
        """Record one."""
        text = printable(message)
        place = origin or Origin("")
        key = (code, text, place.file, place.line)
        self.found.setdefault(key, Diagnostic(code, text, severity, origin, effect, touches))

    def sorted(self) -> Sequence[Diagnostic]:
        """By place, then code and text."""
        return tuple(sorted(self.found.values(), key=lambda d: d.sort_key))


def printable(text: str) -> str:
    """Text from the input as it may be shown: control characters escaped, not without end."""
    shown = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
    return shown if len(shown) <= MAX_TEXT else shown[:MAX_TEXT] + "…"
