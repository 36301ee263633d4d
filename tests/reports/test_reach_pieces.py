"""Flows written piece by piece are the same bytes as the whole document."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from netaudit.engine.bounds import Bounds
from netaudit.flows import NO_TRAFFIC, Traffic
from netaudit.model import Origin, Unknown
from netaudit.queries.answer import Context, ReachAnswer
from netaudit.queries.flow import Flow, Relation
from netaudit.reports.as_json import dumps, reach_json
from netaudit.reports.reach_pieces import reach_pieces

HTTPS = Traffic.parse("tcp/443")
WEB = Traffic.parse("tcp/80,443 icmp/3:1")
PLAIN = Flow("web", "db", Bounds(HTTPS, HTTPS))
FLOWS = {
    "no flow": (),
    "one": (PLAIN,),
    "several alike": (PLAIN, Flow("api", "db", Bounds(HTTPS, HTTPS)), Flow("api", "web", Bounds(HTTPS, WEB))),
    "everything optional": (
        Flow(
            'a "quoted" \n name',
            "é\u202e",
            Bounds(NO_TRAFFIC, HTTPS, Traffic.parse("tcp/22")),
            (Unknown("var.x", Origin("main.tf", 7)), Unknown("var.y")),
            ("lb",),
            WEB,
        ),
        PLAIN,
    ),
}


@pytest.mark.parametrize("flows", FLOWS.values(), ids=FLOWS.keys())
def test_pieces_are_the_whole_document(flows: tuple[Flow, ...]) -> None:
    """Joined, the pieces are what `dumps` writes."""
    context = Context(assumptions=('"flows": []',))
    answer = ReachAnswer(Relation.DIRECT, flows, {"internet": ["1.0.0.0-1.0.0.9"]}, context)
    text = "".join(reach_pieces(replace(answer, flows=()), iter(flows)))
    assert dumps(reach_json(answer)) == text
    assert len(json.loads(text)["flows"]) == len(flows)
