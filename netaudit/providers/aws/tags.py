"""Cloud tags: the `Name` tag names things, every other one is there to be selected by."""

from __future__ import annotations

from collections.abc import Mapping

from netaudit.model import MORE, Resource, Unknown
from netaudit.providers.aws.values import Secret, doubt, plain


def read(resource: Resource) -> Mapping[str, str | Unknown]:
    """A resource's tags, with the provider's default ones where they are known; unknown values stay unknown."""
    found: dict[str, str | Unknown] = {}
    for name in ("tags_all", "tags"):
        value = plain(resource.attributes.get(name))
        if value is None:
            continue
        if isinstance(value, Mapping):
            found |= {str(key): tag for key, leaf in value.items() if (tag := _tag(leaf, resource)) is not None}
        elif name == "tags" or "tags" not in resource.attributes:
            unknown = doubt(value, resource.place(name))
            found[MORE] = unknown or Unknown(f"{resource.address}.{name} (not a map)", resource.place(name))
    return found


def _tag(leaf: object, resource: Resource) -> str | Unknown | None:
    leaf = plain(leaf)
    if leaf is None or isinstance(leaf, list | dict):
        return None
    if isinstance(leaf, Secret):
        return Unknown("a sensitive tag", resource.origin)  # a name or a label would print it
    return doubt(leaf, resource.origin) or str(leaf)


def name_of(resource: Resource) -> str:
    """The name that people use: the `Name` tag, else the `name` attribute, else empty."""
    tag = read(resource).get("Name")
    if isinstance(tag, str):
        return tag
    value = plain(resource.attributes.get("name"))
    return value if isinstance(value, str) and not isinstance(value, Secret) else ""
