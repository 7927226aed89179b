"""The names of bad row types as options and settings give them."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from event_recovery.contract import TYPE_NAMES


def check_types(names: Iterable[str]) -> None:
    """Check that all are names of bad row types.

    :raises ValueError: naming those that are not
    """
    unknown = [name for name in names if name not in TYPE_NAMES]
    if unknown:
        told, known = f"{', '.join(map(repr, unknown))}{_meant(unknown)}", ", ".join(TYPE_NAMES)
        raise ValueError(f"no bad row type is called {told}; expected some of {known}")


def _meant(unknown: Iterable[str]) -> str:
    likely = dict.fromkeys(near for name in unknown for near in get_close_matches(name, TYPE_NAMES, n=1))
    return f" (did you mean {', '.join(likely)}?)" if likely else ""
