"""The settings of the contract: how to read what the platforms leave open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from difflib import get_close_matches

from netaudit.errors import QueryError

_CHOICES = {
    "kubernetes.ipblock_matches_pods": ("unknown", "by-address", "never"),
    "kubernetes.networks_match_pods": ("by-address", "never"),
    "kubernetes.icmp_follows_policy": ("unknown", "allow", "deny"),
    "kubernetes.host_network": ("unknown", "node", "pod"),
}


@dataclass(frozen=True, slots=True)
class Settings:
    """Every setting with its default; `parse` reads `KEY=VALUE` pairs as the command line gives them.

    `kubernetes_cni_enforces` lists the policy kinds that the cluster's plugin enforces; None means all that are
    read. `aws_ephemeral_ports` are the client ports that a reply may go to (AWS-17). `cache_dir` is where trees of
    parsed text are kept; it changes no answer.
    """

    kubernetes_ipblock_matches_pods: str = "unknown"
    kubernetes_networks_match_pods: str = "by-address"
    kubernetes_icmp_follows_policy: str = "unknown"
    kubernetes_host_network: str = "unknown"
    kubernetes_cni_enforces: tuple[str, ...] | None = None
    aws_ephemeral_ports: tuple[int, int] = (1024, 65535)
    cache_dir: str | None = None

    @classmethod
    def keys(cls) -> tuple[str, ...]:
        """The settings' public names, as in `kubernetes.host_network`."""
        return tuple(f.name.replace("_", ".", 1) for f in fields(cls))

    def parse(self, pairs: Mapping[str, str]) -> Settings:
        """These settings with some of them replaced. Raises QueryError on an unknown key or value."""
        changed = self
        for key, text in pairs.items():
            name = key.replace(".", "_", 1)
            if key not in self.keys():
                close = get_close_matches(key, self.keys(), n=1)
                raise QueryError(f"no such setting '{key}'" + (f"; did you mean '{close[0]}'?" if close else ""))
            value: object = text
            if key == "aws.ephemeral_ports":
                value = _port_range(key, text)
            elif key == "cache.dir":
                value = text or None
            elif key == "kubernetes.cni_enforces":
                value = tuple(part.strip() for part in text.split(",") if part.strip())
            elif text not in _CHOICES[key]:
                raise QueryError(f"'{text}' is not a value of {key}; expected one of {', '.join(_CHOICES[key])}")
            changed = replace(changed, **{name: value})  # type: ignore[arg-type]
        return changed

    def shown(self, *keys: str) -> dict[str, object]:
        """The values of some settings as an answer prints them, by public name."""
        return {key: _shown(getattr(self, key.replace(".", "_", 1))) for key in keys}


def _port_range(key: str, text: str) -> tuple[int, int]:
    first, _, last = text.partition("-")
    whole = text.isascii() and first.isdigit() and last.isdigit()
    if not (whole and len(text) <= 11 and 0 <= int(first) <= int(last) <= 65535):
        raise QueryError(f"'{text}' is not a value of {key}; expected a port range such as 1024-65535")
    return int(first), int(last)


def _shown(value: object) -> object:
    if isinstance(value, tuple) and all(isinstance(part, int) for part in value) and value:
        return "-".join(str(part) for part in value)
    return list(value) if isinstance(value, tuple) else value
