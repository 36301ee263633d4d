"""Claims about what stands behind a load balancer: nothing that may be a target is dropped (AWS-42, AWS-44)."""

from typing import Any

import pytest

from netaudit.model import Effect, Network, Resource, Settings
from netaudit.providers.aws import build

from .building import BASE, OPEN, UNKNOWN, A, B, instance, network, reading, ref, resource, subnet, vpc

LB, GROUP = "aws_lb.front", "aws_lb_target_group.t"
SUBNETS = [ref("aws_subnet.a"), ref("aws_subnet.b")]


def front(**more: Any) -> list[Resource]:
    """A load balancer on 443 with a target group on 8080 that holds nothing yet."""
    return [
        resource(LB, subnets=SUBNETS, security_groups=[ref("aws_security_group.open")], internal=True, **more),
        listener(ref(GROUP, "arn")),
        resource(GROUP, port=8080, protocol="TCP", target_type="ip", vpc_id=ref("aws_vpc.main")),
    ]


def listener(group: Any) -> Resource:
    """A listener on 443 that forwards to a group."""
    return resource(
        "aws_lb_listener.l",
        load_balancer_arn=ref(LB, "arn"),
        port=443,
        protocol="TCP",
        default_action=[{"type": "forward", "target_group_arn": group}],
    )


def registered(target: Any, group: Any = ref(GROUP, "arn")) -> Resource:  # noqa: B008 - an immutable value
    """A target in a group."""
    return resource("aws_lb_target_group_attachment.t", target_group_arn=group, target_id=target)


def forwards(found: Network) -> dict[str, bool]:
    """The targets of the load balancer, and whether each is certain."""
    return {each.target: not each.because for each in found.forwards if each.proxy == LB}


def unknown_targets(found: Network) -> set[Effect]:
    """The effects of the diagnostics about unknown targets."""
    return {each.effect for each in found.diagnostics if each.code == "AWS_UNKNOWN_TARGETS"}


MACHINES = [instance("a", "a", "open", private_ip="10.0.1.10"), instance("b", "b", "open")]


def test_aws_44_address_of_a_known_interface_is_its_endpoint() -> None:
    """A literal address is the endpoint that has it."""
    found = network(*BASE, *front(), *MACHINES, registered("10.0.1.10"))
    assert forwards(found) == {A: True}
    assert unknown_targets(found) == set()


def test_aws_44_reference_to_an_address_is_its_endpoint() -> None:
    """`aws_instance.b.private_ip` names the instance, although the address is known after apply."""
    found = network(*BASE, *front(), *MACHINES, registered(ref(B, "private_ip")))
    assert forwards(found) == {B: True}


def test_aws_44_address_of_an_attached_interface_is_its_instance() -> None:
    """The address of a network interface stands for the instance that it is attached to."""
    eni = resource("aws_network_interface.e", subnet_id=ref("aws_subnet.b"), attachment=[{"instance": ref(B)}])
    found = network(*BASE, *front(), *MACHINES, eni, registered(ref("aws_network_interface.e", "private_ip")))
    assert set(forwards(found)) == {B}


def test_aws_44_address_of_one_of_several_interfaces_is_that_interface() -> None:
    """A second interface that is registered by its address leaves no doubt which one the target is."""
    attached = [{"instance": ref(B), "device_index": 1}]
    eni = resource("aws_network_interface.e", subnet_id=ref("aws_subnet.b"), security_groups=[], attachment=attached)
    found = network(*BASE, *front(), *MACHINES, eni, registered(ref("aws_network_interface.e", "private_ip")))
    assert forwards(found) == {B: True}


def test_aws_44_address_of_an_instance_is_that_of_its_first_interface() -> None:
    """`aws_instance.b.private_ip` is no address of the interfaces that are attached to it."""
    attached = [{"instance": ref(B), "device_index": 1}]
    eni = resource("aws_network_interface.e", subnet_id=ref("aws_subnet.b"), security_groups=[], attachment=attached)
    found = network(*BASE, *front(), *MACHINES, eni, registered(ref(B, "private_ip")))
    assert forwards(found) == {B: True}


def test_aws_44_address_of_an_instance_is_that_of_its_first_interface_declared_apart() -> None:
    """`aws_instance.d.private_ip` is the address of device 0, wherever that is written."""
    parts = [
        resource("aws_network_interface.first", subnet_id=ref("aws_subnet.a"), security_groups=[]),
        resource("aws_network_interface.second", subnet_id=ref("aws_subnet.b"), security_groups=[]),
        resource(
            "aws_instance.d",
            network_interface=[
                {"device_index": index, "network_interface_id": ref(f"aws_network_interface.{name}")}
                for index, name in enumerate(("first", "second"))
            ],
        ),
    ]
    found = network(*BASE, *front(), *parts, registered(ref("aws_instance.d", "private_ip")))
    assert forwards(found) == {"aws_instance.d": True}


@pytest.mark.parametrize(("zone", "expected"), [("a", {B: True}), ("z", {}), (UNKNOWN, {B: True})])
def test_aws_44_target_is_in_a_zone_of_the_load_balancer(zone: Any, expected: dict[str, bool]) -> None:
    """A target in a zone that is not enabled gets no traffic from an application load balancer, either."""
    places = [vpc(), subnet("a", "10.0.1.0/24", availability_zone="a"), subnet("b", "10.0.2.0/24")]
    away = subnet("away", "10.0.3.0/24", availability_zone=zone)
    balancer, *others = front()
    inside = resource(balancer.address, **{**balancer.attributes, "subnets": [ref("aws_subnet.a")]})
    parts = [*places, OPEN, away, inside, *others, instance("b", "away", "open"), registered(ref(B, "private_ip"))]
    assert forwards(network(*parts)) == expected


def test_aws_44_literal_address_may_be_any_whose_address_is_unknown() -> None:
    """An address that no interface certainly has may be that of one whose address is known after apply."""
    found = network(*BASE, *front(), *MACHINES, registered("10.0.2.77"))
    assert forwards(found)[B] is False
    assert A not in forwards(found)


def test_aws_44_address_that_nothing_has_is_unreadable() -> None:
    """An address outside everything in the sources is missing from the answer, and said so."""
    found = network(*BASE, *front(), *MACHINES, registered("192.168.7.7"))
    assert forwards(found) == {}
    assert unknown_targets(found) == {Effect.UNREADABLE}


@pytest.mark.parametrize("target", [UNKNOWN, "i-0123456789abcdef0"])
def test_aws_44_unknown_target_may_be_any_endpoint(target: Any) -> None:
    """A target that the text does not fix, or that is not in the sources, may be any endpoint."""
    found = network(*BASE, *front(), *MACHINES, registered(target))
    assert forwards(found) == {A: False, B: False}
    assert unknown_targets(found) == {Effect.OVER_APPROXIMATED}


def test_aws_44_unknown_group_may_have_any_target() -> None:
    """A listener whose target group is not in the sources may forward to any endpoint."""
    found = network(*BASE, *front()[:1], listener("arn:aws:elasticloadbalancing:x"), *MACHINES)
    assert forwards(found) == {A: False, B: False}
    assert unknown_targets(found) == {Effect.OVER_APPROXIMATED}


def test_aws_44_registration_in_an_unknown_group_may_be_in_any() -> None:
    """What is registered in an unknown group may be behind every listener."""
    found = network(*BASE, *front(), *MACHINES, registered(ref(A), group=UNKNOWN))
    assert forwards(found) == {A: False}


def test_aws_44_group_without_registrations_may_be_filled_from_elsewhere() -> None:
    """Where nothing in the sources registers targets, a controller outside of them may."""
    found = network(*BASE, *front(), *MACHINES)
    assert forwards(found) == {A: False, B: False}


def test_aws_44_service_on_instances_may_be_on_any() -> None:
    """A container service without interfaces of its own is at some instance."""
    service = resource(
        "aws_ecs_service.s", load_balancer=[{"target_group_arn": ref(GROUP, "arn"), "container_port": 80}]
    )
    found = network(*BASE, *front(), *MACHINES, service)
    assert forwards(found) == {A: False, B: False}


def test_aws_44_autoscaling_group_by_traffic_source() -> None:
    """A group of machines that names the target group as its traffic source is behind it."""
    scaling = resource(
        "aws_autoscaling_group.g",
        vpc_zone_identifier=SUBNETS,
        launch_template=[{"id": ref("aws_launch_template.t")}],
        traffic_source=[{"identifier": ref(GROUP, "arn"), "type": "elbv2"}],
    )
    template = resource("aws_launch_template.t", vpc_security_group_ids=[ref("aws_security_group.open")])
    found = network(*BASE, *front(), scaling, template)
    assert forwards(found) == {"aws_autoscaling_group.g": True}


def test_aws_44_machines_with_several_interfaces_are_behind_their_target_group() -> None:
    """Machines whose template has two interfaces are one target."""
    open_group = [ref("aws_security_group.open")]
    template = resource(
        "aws_launch_template.t",
        network_interfaces=[{"device_index": n, "security_groups": open_group} for n in (0, 1)],
    )
    scaling = resource(
        "aws_autoscaling_group.g",
        vpc_zone_identifier=SUBNETS,
        launch_template=[{"id": ref("aws_launch_template.t")}],
        target_group_arns=[ref(GROUP, "arn")],
    )
    assert set(forwards(network(*BASE, *front(), scaling, template))) == {"aws_autoscaling_group.g"}


def test_aws_42_classic_attachment_is_a_target() -> None:
    """`aws_elb_attachment` adds an instance to a classic load balancer."""
    classic = resource("aws_elb.c", subnets=SUBNETS, internal=True, listener=[{"lb_port": 80, "instance_port": 8080}])
    link = resource("aws_elb_attachment.x", elb=ref("aws_elb.c"), instance=ref(A))
    found = network(*BASE, classic, link, *MACHINES)
    assert [(each.target, each.because) for each in found.forwards] == [(A, ())]


def test_aws_44_many_load_balancers_are_no_candidates_and_said_to_be_missing() -> None:
    """Beyond a few, load balancers are left out as candidates of unknown targets, which is unreadable."""
    others = [resource(f"aws_lb.other{n}", subnets=SUBNETS, internal=True) for n in range(5)]
    found = network(*BASE, *front(), *others, *MACHINES, registered(UNKNOWN))
    assert forwards(found) == {A: False, B: False}
    assert unknown_targets(found) == {Effect.OVER_APPROXIMATED, Effect.UNREADABLE}


def unseen(found: Network) -> list[tuple[str, ...]]:
    """What diagnostics about load balancers outside the sources touch."""
    return [each.touches for each in found.diagnostics if each.code == "AWS_UNKNOWN_BALANCER"]


@pytest.mark.parametrize("arn", ["arn:aws:elasticloadbalancing:x", UNKNOWN])
def test_aws_44_listener_of_a_load_balancer_outside_the_sources_names_its_targets(arn: Any) -> None:
    """Connections through a load balancer that the sources do not show are missing, and its targets named."""
    action = [{"type": "forward", "target_group_arn": ref(GROUP, "arn")}]
    foreign = resource("aws_lb_listener.l", load_balancer_arn=arn, port=443, protocol="TCP", default_action=action)
    found = network(*BASE, foreign, front()[2], *MACHINES, registered(ref(A)))
    assert unseen(found) == [(A,)]


def test_aws_44_target_of_a_group_outside_the_sources_is_named() -> None:
    """What is registered in a group that the sources do not show stands behind some load balancer."""
    found = network(*BASE, *MACHINES, registered(ref(A), group="arn:aws:elasticloadbalancing:y"))
    assert unseen(found) == [(A,)]


def test_aws_44_unknown_targets_behind_an_unseen_load_balancer_touch_everything() -> None:
    """Where neither the load balancer nor its targets are known, every answer may lack connections."""
    found = network(*BASE, *MACHINES, registered(UNKNOWN, group=UNKNOWN))
    assert unseen(found) == [()]


def test_aws_44_load_balancer_of_the_sources_is_seen() -> None:
    """Where everything is declared nothing is missing."""
    assert unseen(network(*BASE, *front(), *MACHINES, registered(ref(A)))) == []


def test_aws_44_targets_that_nothing_here_listens_for_are_named() -> None:
    """A group with targets whose listener lies in another root: connections through it are missing."""
    found = network(*BASE, front()[2], *MACHINES, registered(ref(A)))
    assert unseen(found) == [(A,)]


def test_aws_44_a_snapshot_shows_every_listener() -> None:
    """In a snapshot a group without listener has none."""
    found = build([reading(*BASE, front()[2], *MACHINES, registered(ref(A)), format="snapshot")], Settings())
    assert unseen(found) == []
