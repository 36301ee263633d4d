"""Answers of data sources: from the assumptions, from the settings, or none (TF-105)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from netaudit.sources.terraform.assumptions import COMPLETE, Assumptions
from netaudit.sources.terraform.providers import Provider
from netaudit.sources.terraform.values import Deferred, Seq, Value, from_model, from_plain

_PARTITIONS = (("cn-", "aws-cn", "amazonaws.com.cn"), ("us-gov-", "aws-us-gov", "amazonaws.com"))


def region_asked(kind: str, argument: Callable[[str], Value], provider: Provider, assumptions: Assumptions) -> Value:
    """The Region that a data source asks about: its own argument, its provider's, the assumed one.

    None where nothing is known of it but that it is the default provider's, which is what assumptions are about; an
    unknown where it may be any other.
    """
    if kind == "aws_region" and argument("endpoint") is not None:
        return Deferred("the Region of an endpoint")
    own = argument("name") if kind == "aws_region" else None
    for value in (argument("region"), own):
        if value is not None:
            return value
    if provider.region is None:
        return assumptions.region
    is_default = "." not in provider.key
    return None if is_default and not isinstance(provider.region, str) else provider.region


def answer(
    kind: str,
    address: str,
    assumptions: Assumptions,
    region: Value,
    provider: Provider,
    recorded: Mapping[str, Any] | None = None,
) -> tuple[dict[str, Value], bool]:
    """The known attributes of a data source that asks about a Region, and whether all others are null.

    `recorded` is what it answered when a plan or state was made: the last resort (TF-105).
    """
    given = assumptions.data.get(address)
    if given is not None:
        attributes = {k: from_plain(v) for k, v in given.items() if k != COMPLETE}
        return attributes, given.get(COMPLETE) is True
    account = provider.account_id if provider.account_id is not None else assumptions.account_id
    known = _from_settings(kind, region, account, assumptions)
    if recorded is None:
        return known, False
    return {name: from_model(value) for name, value in recorded.items()} | known, True


def _from_settings(kind: str, region: Value, account: Value, assumptions: Assumptions) -> dict[str, Value]:
    if kind == "aws_caller_identity" and account is not None:
        return {"account_id": account, "id": account}
    if region is not None and not isinstance(region, str):
        return {}
    if region is None:
        return _zones(region, assumptions) if kind == "aws_availability_zones" else {}
    if kind == "aws_region":
        return {"name": region, "id": region, "region": region, "endpoint": f"ec2.{region}.{_suffix(region)}"}
    if kind == "aws_partition":
        suffix = _suffix(region)
        return {
            "partition": _partition(region),
            "id": _partition(region),
            "dns_suffix": suffix,
            "reverse_dns_prefix": ".".join(reversed(suffix.split("."))),
        }
    return _zones(region, assumptions) if kind == "aws_availability_zones" else {}


def _zones(region: str | None, assumptions: Assumptions) -> dict[str, Value]:
    """The zones are those of one region: another region's stay unknown."""
    names = assumptions.availability_zones
    if names is None or (region is not None and not all(n.startswith(region) for n in names)):
        return {"id": region} if region else {}
    answer: dict[str, Value] = {"names": Seq("list", tuple(sorted(names)))}
    return {**answer, "id": region, "group_names": Seq("set", (region,))} if region else answer


def _partition(region: str) -> str:
    return next((name for prefix, name, _ in _PARTITIONS if region.startswith(prefix)), "aws")


def _suffix(region: str) -> str:
    return next((dns for prefix, _, dns in _PARTITIONS if region.startswith(prefix)), "amazonaws.com")
