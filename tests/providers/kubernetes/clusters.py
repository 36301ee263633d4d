"""Small clusters written in a test, and questions about them."""

from __future__ import annotations

from io import StringIO
from textwrap import dedent

from netaudit.engine.solve import Bounds, Reachability
from netaudit.flows import CLAIMED, Traffic
from netaudit.model import Diagnostic, Network, Settings
from netaudit.providers.kubernetes import build
from netaudit.sources.manifests import read_manifests


def network(text: str, settings: Settings | None = None) -> Network:
    """The network of some manifests."""
    return build([read_manifests(StringIO(dedent(text)), name="k8s")], settings or Settings())


def pod(name: str, labels: str = "", *, namespace: str = "default", spec: str = "", status: str = "") -> str:
    """A bare pod's manifest; `labels`, `spec` and `status` are the insides of flow mappings."""
    return (
        "---\napiVersion: v1\nkind: Pod\n"
        f"metadata: {{name: {name}, namespace: {namespace}, labels: {{{labels}}}}}\n"
        f"spec: {{{spec or 'containers: [{name: c}]'}}}\n"
        f"status: {{{status}}}\n"
    )


def namespace(name: str, labels: str = "") -> str:
    """A namespace's manifest."""
    return f"---\napiVersion: v1\nkind: Namespace\nmetadata: {{name: {name}, labels: {{{labels}}}}}\n"


def policy(spec: str, *, name: str = "p", namespace: str = "default") -> str:
    """A NetworkPolicy's manifest; `spec` is the inside of a flow mapping."""
    return (
        "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\n"
        f"metadata: {{name: {name}, namespace: {namespace}}}\nspec: {{{spec}}}\n"
    )


def between(text: str, source: str, destination: str, settings: Settings | None = None) -> Bounds:
    """The flows between two pods of the namespace `default`, or between full ids."""
    reach = Reachability(network(text, settings))
    ends = [reach.by_id[name if name in reach.by_id else f"default/{name}[Pod]"] for name in (source, destination)]
    return reach.bounds(*ends)


def exactly(text: str) -> Bounds:
    """Bounds that agree, within TCP, UDP and SCTP; the empty text is nothing."""
    traffic = Traffic.parse(text) if text else Traffic.nothing()
    return Bounds(traffic, traffic)


def claimed(bounds: Bounds) -> Bounds:
    """The part of some bounds that is about TCP, UDP and SCTP."""
    return bounds & CLAIMED


def codes(found: Network) -> set[str]:
    """The codes of a network's diagnostics."""
    return {diagnostic.code for diagnostic in found.diagnostics}


def only(found: Network, code: str) -> Diagnostic:
    """The one diagnostic of a code."""
    (diagnostic,) = (each for each in found.diagnostics if each.code == code)
    return diagnostic
