"""Provider configurations: which one a resource uses, and the region and account that it gives (TF-27)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from netaudit.model import Origin, Unknown
from netaudit.sources.terraform import syntax
from netaudit.sources.terraform.assumptions import Assumptions
from netaudit.sources.terraform.syntax import Expression
from netaudit.sources.terraform.values import Deferred, Value

_ROLE = re.compile(r"arn:[\w-]+:iam::(\d{12}):role/")


@dataclass(frozen=True, slots=True)
class Provider:
    """One configuration: its key in the module that wrote it (`aws.us`), region and account."""

    key: str
    region: Value = None
    account_id: Value = None


def reference_key(node: Expression | None) -> str:
    """`aws.us` of a `provider = aws.us`, also in its old quoted form; empty for anything else."""
    match node:
        case syntax.Name(name=name):
            return name
        case syntax.Attr(target=syntax.Name(name=name), name=alias):
            return f"{name}.{alias}"
        case syntax.Literal(value=str(text)):
            return text
        case _:
            return ""


def implied_key(kind: str) -> str:
    """The provider of a resource that names none: the first word of its type."""
    return kind.split("_", 1)[0]


def account_of(role_arn: Value, given: str | None) -> Value:
    """The account of an assumed role; without a role, the one that was given."""
    if role_arn is None:
        return given
    if isinstance(role_arn, str) and (found := _ROLE.match(role_arn)):
        return found.group(1)
    return Deferred("the account of an assumed role")


def settings(provider: Provider, assumptions: Assumptions, origin: Origin) -> dict[str, object]:
    """Region and account as `Resource.settings`; what is not known is Unknown, named."""
    region = provider.region if provider.region is not None else assumptions.region
    account = provider.account_id if provider.account_id is not None else assumptions.account_id
    return {
        "region": _setting(region, f"region of provider {provider.key}", origin),
        "account_id": _setting(account, f"account of provider {provider.key}", origin),
        "provider": provider.key,
    }


def _setting(value: Value, what: str, origin: Origin) -> object:
    if isinstance(value, str):
        return value
    if isinstance(value, Deferred):
        return Unknown(value.reason, value.origin or origin)
    return Unknown(what, origin)
