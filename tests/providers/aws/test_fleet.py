"""Spot instances and fleets: instances by other names."""

from typing import Any

import pytest

from netaudit.model import Resource

from .building import BASE, UNKNOWN, A, Answers, allow, gateway, group, instance, ref, resource, table, to_internet

WEB = group("web", [allow("tcp", 443, cidr_blocks=["10.0.0.0/16"])])
SSH = group("ssh", [allow("tcp", 22, cidr_blocks=["10.0.0.0/16"])])
WEB_GROUP, SSH_GROUP = [ref("aws_security_group.web")], [ref("aws_security_group.ssh")]
TEMPLATE = resource("aws_launch_template.t", vpc_security_group_ids=WEB_GROUP)
IN_A: dict[str, Any] = {"subnet_id": ref("aws_subnet.a")}
IN_B: dict[str, Any] = {"subnet_id": ref("aws_subnet.b")}
SPOT, FLEET, REQUEST = "aws_spot_instance_request.s", "aws_ec2_fleet.f", "aws_spot_fleet_request.r"


def asked(*more: Resource) -> Answers:
    """A network with a client that may send anything."""
    return Answers(*BASE, WEB, SSH, TEMPLATE, *more, instance("a", "a", "open"))


def test_aws_55_a_spot_instance_is_an_instance() -> None:
    """It has the arguments of an instance, and their meaning."""
    assert "tcp/443" == asked(resource(SPOT, vpc_security_group_ids=WEB_GROUP, **IN_B)).exactly(A, SPOT)


def test_aws_26_a_spot_instance_takes_an_elastic_address() -> None:
    """The address is associated with the instance that the request became."""
    way = [gateway(), *table("t", to_internet(), subnets=["b"])]
    held = resource("aws_eip.e", instance=ref(SPOT, "spot_instance_id"))
    anyone = group("anyone", [allow("tcp", 80, cidr_blocks=["0.0.0.0/0"])])
    spot = resource(SPOT, vpc_security_group_ids=[ref(anyone.address)], **IN_B)
    assert "tcp/80" == asked(*way, held, anyone, spot).exactly("internet", SPOT)


def configured(template: Any = None, **overrides: Any) -> dict[str, Any]:
    """One launch template of a fleet."""
    return {"launch_template_specification": [{"launch_template_id": template or ref(TEMPLATE.address)}], **overrides}


def test_aws_1_a_fleet_has_the_groups_of_its_template() -> None:
    """In whichever subnet of its overrides an instance is, it is in the template's groups."""
    fleet = resource(FLEET, launch_template_config=[configured(override=[IN_A, IN_B])])
    assert "tcp/443" == asked(fleet).exactly(A, FLEET)


def test_aws_1_a_specification_names_its_subnets_in_one_text() -> None:
    """A comma sets two subnets apart."""
    written = {"subnet_id": "subnet-1, subnet-2", "vpc_security_group_ids": WEB_GROUP}
    one, two = (resource(f"data.aws_subnet.{n}", id=f"subnet-{n}", vpc_id=ref("aws_vpc.main")) for n in (1, 2))
    assert "tcp/443" == str(
        asked(resource(REQUEST, launch_specification=[written]), one, two).bounds(A, REQUEST).possible
    )


def test_aws_1_of_several_specifications_none_is_certain() -> None:
    """The fleet may use the one with SSH, or the one with HTTPS, or both."""
    first, second = IN_A | {"vpc_security_group_ids": WEB_GROUP}, IN_B | {"vpc_security_group_ids": SSH_GROUP}
    fleet = resource(REQUEST, launch_specification=[first, second])
    assert "tcp/22,443" == asked(fleet).possibly(A, REQUEST)


@pytest.mark.parametrize(
    "unknown",
    [{}, {"launch_template_config": [UNKNOWN]}, {"launch_template_config": [configured("lt-elsewhere")]}],
    ids=["nothing", "a block", "a template"],
)
def test_aws_55_an_unknown_specification_may_be_anything(unknown: dict[str, Any]) -> None:
    """Nothing is known about its instances, and nothing is ruled out."""
    answers = asked(resource(FLEET, **unknown))
    assert "tcp udp sctp" == answers.possibly(A, FLEET)
