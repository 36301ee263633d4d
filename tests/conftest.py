"""One hypothesis profile for the whole suite: the same examples on every run, and no deadlines.

What the program keeps between runs is kept in a folder of this run's own.
"""

import os
import tempfile

from hypothesis import HealthCheck, settings

settings.register_profile(
    "netaudit",
    deadline=None,  # wall clocks say nothing on a busy machine
    derandomize=True,
    max_examples=100,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.register_profile("long", parent=settings.get_profile("netaudit"), derandomize=False, max_examples=3000)
settings.load_profile("netaudit")

_cache = tempfile.TemporaryDirectory(prefix="netaudit-cache-")
os.environ["XDG_CACHE_HOME"] = _cache.name
