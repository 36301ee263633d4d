"""Three truth values, ordered: `min` is *and*, `max` is *or*."""

from enum import IntEnum


class Truth(IntEnum):
    """NO and YES hold whatever the unknown values turn out to be; MAYBE is everything in between."""

    NO = 0
    MAYBE = 1
    YES = 2
