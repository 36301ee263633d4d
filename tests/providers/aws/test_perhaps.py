"""What may not be there, or belongs to an unknown thing: possible as if it were, certain as if it were not."""

from netaudit.model import Resource
from tests.providers.aws.building import (
    ANYTHING,
    BASE,
    OPEN,
    UNKNOWN,
    A,
    Answers,
    B,
    group,
    instance,
    pair,
    ref,
    resource,
    subnet,
    table,
    vpc,
)

# https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/default_network_acl


def adopted_acl(*, exists: bool) -> Answers:
    """Two open instances in two subnets with the VPC's default ACL, which a resource without entries adopts."""
    acl = ref("aws_vpc.main", "default_network_acl_id")
    return pair(resource("aws_default_network_acl.main", default_network_acl_id=acl, exists=exists))


def test_aws_18_an_adopted_acl_without_entries_denies_everything() -> None:
    """'aws_default_network_acl' removes all entries that are not written."""
    assert "nothing" == adopted_acl(exists=True).exactly(A, B)


def test_aws_18_an_acl_that_is_perhaps_adopted_perhaps_allows_everything() -> None:
    """With an unknown count AWS's own entries may still be there: they allow everything."""
    assert ANYTHING == adopted_acl(exists=False).possibly(A, B)


def test_aws_57_a_default_group_that_is_perhaps_adopted_perhaps_keeps_its_rules() -> None:
    """With an unknown count AWS's own rules may still be there: all from itself, and all egress."""
    adopted = resource("aws_default_security_group.main", vpc_id=ref("aws_vpc.main"), exists=False)
    bare = [resource(f"aws_instance.{name}", subnet_id=ref(f"aws_subnet.{name}")) for name in "ab"]
    assert ANYTHING == Answers(*BASE, adopted, *bare).possibly(A, B)


# https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/main_route_table_association

PEERED = [
    vpc("one", "10.1.0.0/16"),
    vpc("two", "10.2.0.0/16"),
    subnet("a", "10.1.1.0/24", "one"),
    subnet("b", "10.2.1.0/24", "two"),
    group("one", OPEN.attributes["ingress"], home="one"),
    group("two", OPEN.attributes["ingress"], home="two"),
    instance("a", "a", "one"),
    instance("b", "b", "two"),
]


def connection() -> list[Resource]:
    """An active peering of the two, over which the first one routes."""
    one, two = ref("aws_vpc.one"), ref("aws_vpc.two")
    link = resource("aws_vpc_peering_connection.p", vpc_id=one, peer_vpc_id=two, auto_accept=True)
    return [link, *table("a", to_peer("10.2.0.0/16"), subnets=["a"], home="one")]


def to_peer(block: str) -> dict[str, object]:
    """A route over the peering."""
    return {"cidr_block": block, "vpc_peering_connection_id": ref("aws_vpc_peering_connection.p")}


def with_main(*, exists: bool = True, of: object = None) -> Answers:
    """The second VPC's way back is in a table that is made its main one."""
    back = table("b", to_peer("10.1.0.0/16"), home="two")
    made = resource(
        "aws_main_route_table_association.b",
        vpc_id=of or ref("aws_vpc.two"),
        route_table_id=ref("aws_route_table.b"),
        exists=exists,
    )
    return Answers(*PEERED, *connection(), *back, made)


def test_aws_19_a_table_that_is_made_the_main_one_serves_subnets_without_another() -> None:
    """Its routes hold for them."""
    assert ANYTHING == with_main().exactly(A, B)


def test_aws_19_a_table_that_is_perhaps_made_the_main_one_serves_perhaps() -> None:
    """With an unknown count: the reply of TCP comes back perhaps, what needs none is certain."""
    found = with_main(exists=False).bounds(A, B)
    assert ("udp sctp", ANYTHING) == (str(found.certain), str(found.possible))


def test_aws_19_a_table_that_is_made_the_main_one_of_an_unknown_vpc_is_that_of_its_own() -> None:
    """A table can only be the main one of the VPC that it is of."""
    assert ANYTHING == str(with_main(of=UNKNOWN).bounds(A, B).possible)


def test_aws_19_a_route_in_an_unknown_table_may_be_in_a_main_one() -> None:
    """Also in one that nothing declares: AWS gives every VPC one."""
    route = resource(
        "aws_route.back",
        route_table_id=UNKNOWN,
        destination_cidr_block="10.1.0.0/16",
        vpc_peering_connection_id=ref("aws_vpc_peering_connection.p"),
    )
    assert ANYTHING == str(Answers(*PEERED, *connection(), route).bounds(A, B).possible)


def test_tf_95_a_further_block_of_an_unknown_vpc_may_be_of_any() -> None:
    """A subnet outside of the VPC's written block is local, perhaps, if that block may be the VPC's."""
    further = resource("aws_vpc_ipv4_cidr_block_association.more", vpc_id=UNKNOWN, cidr_block="100.64.0.0/16")
    beside = [*BASE, subnet("c", "100.64.1.0/24"), instance("a", "a", "open"), instance("c", "c", "open")]
    assert ANYTHING == str(Answers(*beside, further).bounds(A, "aws_instance.c").possible)


# https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html


def with_endpoint(*, bound: bool = True, home: object = None) -> Answers:
    """An instance whose only way to S3 is a gateway endpoint, in the table that is associated with its subnet."""
    endpoint = resource(
        "aws_vpc_endpoint.s3",
        vpc_id=home or ref("aws_vpc.main"),
        service_name="com.amazonaws.eu-west-1.s3",
        route_table_ids=[ref("aws_route_table.t")],
    )
    found, link = table("t", subnets=["a"])
    link = link if bound else resource(f"{link.address}[?]", exists=False, **link.attributes)
    return Answers(*BASE, endpoint, found, link, instance("a", "a", "open"))


def test_aws_40_an_endpoint_in_a_table_that_a_subnet_perhaps_has_is_reached_perhaps() -> None:
    """The association may not exist: the endpoint is possible all the same."""
    assert "tcp" == with_endpoint(bound=False).possibly(A, "internet")


def test_aws_40_an_endpoint_of_an_unknown_vpc_is_reached_from_its_tables() -> None:
    """Its tables say whose it is."""
    assert "tcp" == with_endpoint(home=UNKNOWN).possibly(A, "internet")
