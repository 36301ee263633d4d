"""Text as files hold it: in the encoding that a shell wrote, packed by gzip or not, and never larger than a bound."""

from __future__ import annotations

import json
import zlib
from pathlib import Path

LARGEST = 512 * 1024 * 1024  # bytes of one file, unpacked
_GZIP = b"\x1f\x8b"
_HEAD = 4096


def text_of(path: Path) -> str:
    """The whole text. Raises OSError, or ValueError with what is wrong with the file."""
    if path.stat().st_size > LARGEST:
        raise ValueError(_TOO_LARGE)
    written = path.read_bytes()
    return _decoded(_unpacked(written) if written.startswith(_GZIP) else written)


def head_of(path: Path) -> str:
    """How the text begins; empty where the file cannot be read, or is packed and broken."""
    try:
        with path.open("rb") as file:
            start = file.read(_HEAD)
        if start.startswith(_GZIP):
            start = zlib.decompressobj(_MEMBER).decompress(start, _HEAD)
    except (OSError, zlib.error):
        return ""
    return start.decode(json.detect_encoding(start), "ignore").lstrip("\ufeff")


_MEMBER = 31  # zlib's number for data with the head and the sum of gzip
_TOO_LARGE = f"it is larger than {LARGEST >> 20} MiB"


def _decoded(written: bytes) -> str:
    return written.decode(json.detect_encoding(written)).removeprefix("\ufeff")


def _unpacked(packed: bytes) -> bytes:
    """Every member of a gzip file, one after another. What unpacks to more than the bound is given up there."""
    found: list[bytes] = []
    left = LARGEST
    while packed:
        member = zlib.decompressobj(_MEMBER)
        try:
            found.append(member.decompress(packed, left + 1))
        except zlib.error as error:
            raise ValueError(f"it is no whole gzip file ({error})") from None
        left -= len(found[-1])
        if left < 0:
            raise ValueError(f"{_TOO_LARGE}, unpacked")
        if not member.eof:
            raise ValueError("it is no whole gzip file (it breaks off)")
        packed = member.unused_data.lstrip(b"\0")
    return b"".join(found)
