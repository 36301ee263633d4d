"""AWS: what VPCs, subnets, security groups, network ACLs, routes and gateways let pass. One file per concept."""

from netaudit.providers.aws.assembly import build

__all__ = ["build"]
