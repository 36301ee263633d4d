"""netaudit: which traffic can get from here to there, and why, answered from code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from netaudit.api import AddResource, Apply, ChangeResource, Estate, Relabel, RemoveResource, load
    from netaudit.queries.picked import Picked

__version__ = "0.1.0"

__all__ = [
    "AddResource",
    "Apply",
    "ChangeResource",
    "Estate",
    "Picked",
    "Relabel",
    "RemoveResource",
    "__version__",
    "load",
]


def __getattr__(name: str) -> Any:
    """`netaudit.load`, edits and the types of answers, loaded when first used, so that `--version` costs nothing."""
    if name in __all__:
        from netaudit import api  # noqa: PLC0415 - lazy on purpose

        return getattr(api, name)
    raise AttributeError(f"module 'netaudit' has no attribute '{name}'")
