"""See which values of a step will not be read back as they are written."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

from event_recovery.config.outline import ConfigNode

_HALF = re.compile("[\ud800-\udfff]")


def value_warnings(step: ConfigNode) -> Iterator[str]:
    """Tell what of a step's value reaches the stream as something else, or as what its reader may refuse."""
    if step.text("op") not in {"Replace", "Add", "Set"}:
        return
    scalars = list(_scalars(step.body.get("value")))
    halves = [match[0] for one in scalars if isinstance(one, str) for match in _HALF.finditer(one)]
    if halves:
        yield (
            f"half of a surrogate pair, \\u{ord(halves[0]):04x}, is no character and sent as ?: write both halves, or "
            "the character itself"
        )
    if any(_is_beyond_doubles(one) for one in scalars):
        yield (
            "no double is that large: the number goes out as it is written, and a reader that takes numbers for "
            "doubles refuses it or reads infinity; write a number below 1.8E308, or a string"
        )


def _scalars(value: object) -> Iterator[object]:
    pending = [value]  # an explicit stack: values may nest deeper than calls can
    while pending:
        one = pending.pop()
        if isinstance(one, dict):
            yield from one
            pending += one.values()
        elif isinstance(one, list):
            pending += one
        else:
            yield one


def _is_beyond_doubles(value: object) -> bool:
    if not isinstance(value, int | float):
        return False
    try:
        return math.isinf(value)
    except OverflowError:
        return True
