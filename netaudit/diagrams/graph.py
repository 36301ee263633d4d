"""The reachability graph for other programs: a networkx `MultiDiGraph`, and GraphML and node-link JSON made of it.

node        an endpoint, by its public id
  kind      `aws_instance`, `Deployment`, …; `external` for a block of addresses outside the model
  groups    sorted list of the selectors of its groups: `vpc/aws_vpc.prod`, `ns/payments`
  labels    Kubernetes labels and cloud tags, as a mapping of texts; what is unknown reads `(unknown: reason)`
  box       key of the box that it sits in on the map; empty outside the model
  file, line    where it was written; empty and 0 where nowhere
edge        a flow, from the client to the server
  relation  `direct`, `forwarded` or `pivot`
  certain, possible, one_way    traffic as text (`tcp/443 udp/53`), empty for none
  unknown   whether some of it is possible and not certain
  through   list of the proxies on the way
  rules     sorted list of the ids of the rules that it is a witness against
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from netaudit.diagrams.fonts import clean
from netaudit.diagrams.view import View
from netaudit.model import Endpoint, Unknown
from netaudit.queries.flow import Flow
from netaudit.reports.as_json import dumps

# networkx is loaded where a graph is made: it takes longer than everything else of a small run.
if TYPE_CHECKING:
    import networkx as nx

    Graph = nx.MultiDiGraph  # of ids


def to_networkx(view: View) -> Graph[str]:
    """The endpoints and flows of the view; edges in the order of their flows."""
    import networkx as nx  # noqa: PLC0415 - see above

    graph: Graph[str] = nx.MultiDiGraph(relation=str(view.relation), title=view.picture.title)
    box_of = {each: leaf.key for leaf in view.picture.leaves for chip in leaf.chips for each in chip.ids}
    for endpoint in view.endpoints:
        graph.add_node(endpoint.id, **_node(endpoint, box_of.get(endpoint.id, "")))
    for flow in view.flows:
        rules = view.violations.get((flow.source, flow.destination), ())
        graph.add_edge(flow.source, flow.destination, **_edge(flow, str(view.relation), sorted(rules)))
    return graph


def _node(endpoint: Endpoint, box: str) -> Mapping[str, object]:
    origin = endpoint.origin
    return {
        "kind": endpoint.kind,
        "groups": sorted(endpoint.groups),
        "labels": {key: _known(value) for key, value in sorted({**endpoint.tags, **endpoint.labels}.items())},
        "box": box,
        "file": origin.file if origin else "",
        "line": origin.line if origin else 0,
    }


def _known(value: str | Unknown) -> str:
    return f"(unknown: {value.reason})" if isinstance(value, Unknown) else value


def _edge(flow: Flow, relation: str, rules: list[str]) -> Mapping[str, object]:
    return {
        "relation": relation,
        "certain": str(flow.certain) if flow.certain else "",
        "possible": str(flow.possible) if flow.possible else "",
        "one_way": str(flow.bounds.one_way) if flow.bounds.one_way else "",
        "unknown": bool(flow.bounds.open),
        "through": list(flow.through),
        "rules": rules,
    }


def to_json(view: View) -> str:
    """networkx's node-link form, which `networkx.node_link_graph(json.load(file)["graph"], edges="edges")` reads."""
    import networkx as nx  # noqa: PLC0415 - see above

    return dumps({"schema": "netaudit/graph/v1", "graph": nx.node_link_data(to_networkx(view), edges="edges")})


def to_graphml(view: View) -> str:
    """GraphML: nodes are numbered, their name is the attribute `id`; a list is one text with a line for each item."""
    import networkx as nx  # noqa: PLC0415 - see above

    graph = to_networkx(view)
    plain: Graph[str] = nx.MultiDiGraph()
    plain.graph.update({key: clean(str(value)) for key, value in graph.graph.items()})
    numbers = {name: f"n{number}" for number, name in enumerate(graph.nodes)}
    for name, data in graph.nodes(data=True):
        plain.add_node(numbers[name], id=clean(name), **_flat(data))
    for number, (source, destination, data) in enumerate(graph.edges(data=True)):
        plain.add_edge(numbers[source], numbers[destination], key=f"e{number}", **_flat(data))
    return "\n".join(nx.generate_graphml(plain, named_key_ids=False)) + "\n"


def _flat(data: Mapping[str, object]) -> dict[str, object]:
    """Attributes as GraphML has them: texts without control characters, numbers and truth values."""
    found: dict[str, object] = {}
    for key, value in data.items():
        if isinstance(value, dict):
            value = [f"{name}={text}" for name, text in value.items()]  # noqa: PLW2901
        items = value if isinstance(value, list) else [value]
        found[key] = value if isinstance(value, bool | int) else "\n".join(clean(str(item)) for item in items)
    return found
