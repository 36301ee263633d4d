"""A VPC that another account shares: the participant's own interfaces and groups in the owner's subnets (AWS-54)."""

from netaudit.model import Resource

from .building import ANYTHING, NONE, A, Answers, B, allow, ref, resource

VPC = "vpc-0123456789abcdef0"


def group(name: str, *ingress: object) -> Resource:
    """A participant's group in the shared VPC."""
    return resource(f"aws_security_group.{name}", vpc_id=VPC, ingress=list(ingress), egress=[ALL])


ALL = allow(cidr_blocks=["0.0.0.0/0"])


def machine(address: str, subnet: str, *groups: str) -> Resource:
    """A participant's instance in a subnet that it does not declare."""
    return resource(address, subnet_id=subnet, vpc_security_group_ids=[ref(f"aws_security_group.{g}") for g in groups])


def test_aws_54_the_participants_groups_filter_in_the_owners_subnet() -> None:
    """Within one shared subnet neither ACL nor route is asked, so that the groups alone decide, for certain."""
    web = group("web", allow("tcp", 443, security_groups=[ref("aws_security_group.client")]))
    answers = Answers(web, group("client"), machine(A, "subnet-1", "client"), machine(B, "subnet-1", "web"))
    assert "tcp/443" == answers.exactly(A, B)
    assert NONE == answers.bounds(B, A).possible


def test_aws_54_the_owners_routes_and_acls_are_unknown() -> None:
    """Between two subnets that only the owner declares, everything is possible that the groups let."""
    answers = Answers(group("open", ALL), machine(A, "subnet-1", "open"), machine(B, "subnet-2", "open"))
    assert ANYTHING == answers.possibly(A, B)


def test_aws_54_another_accounts_group_is_unknown() -> None:
    """A reference to a group of the owner, or of another participant, may mean any private party."""
    web = group("web", allow("tcp", 443, security_groups=["123456789012/sg-0123456789abcdef0"]))
    answers = Answers(web, group("client"), machine(A, "subnet-1", "client"), machine(B, "subnet-1", "web"))
    assert "tcp/443" == answers.possibly(A, B)
