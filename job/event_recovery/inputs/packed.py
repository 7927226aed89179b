"""Which files Flink unpacks, by the end of their names: a dot or none before it, in small letters."""

from __future__ import annotations

from typing import Final, Literal

_GZIP: Final = ("gz", "gzip")
_BZIP2: Final = ("bz2",)
_OTHERS: Final = ("deflate", "xz", "zst")

Packing = Literal["gzip", "bzip2", "other"]


def packing(name: str) -> Packing | None:
    """Return how a file is packed that Flink unpacks; None when it reads it as it is. Source: ``FileInputFormat``."""
    if name.endswith(_GZIP):
        return "gzip"
    if name.endswith(_BZIP2):
        return "bzip2"
    return "other" if name.endswith(_OTHERS) else None
