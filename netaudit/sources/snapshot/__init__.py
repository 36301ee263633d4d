"""AWS API snapshots: what `aws ec2 describe-*` and its sisters print, as the resources that Terraform would declare."""

from netaudit.sources.snapshot.answers import is_answer, is_snapshot
from netaudit.sources.snapshot.reader import read_snapshot

__all__ = ["is_answer", "is_snapshot", "read_snapshot"]
