"""The policy kinds in the order in which a side's stack asks them, one file each."""

from netaudit.providers.kubernetes.policies import network_policy, not_evaluated

KINDS = (not_evaluated, network_policy)
