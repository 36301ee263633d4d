"""netaudit: which traffic can get from here to there, and why, answered from code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from netaudit.api import Estate, load
    from netaudit.queries.picked import Picked

__version__ = "0.1.0"

__all__ = ["Estate", "Picked", "__version__", "load"]


def __getattr__(name: str) -> Any:
    """`netaudit.load` and the types of its answers, loaded when first used, so that `--version` costs nothing."""
    if name in {"Estate", "Picked", "load"}:
        from netaudit import api  # noqa: PLC0415 - lazy on purpose

        return getattr(api, name)
    raise AttributeError(f"module 'netaudit' has no attribute '{name}'")
