"""Replacing with a pattern that can match the empty text, the way Java steps through a text.

Behind an empty match Java's search goes on one character further; Python would first try for a longer match there.
"""

import time

import regex

from event_recovery.javaregex.template import ReplacementTemplate
from event_recovery.javaregex.utf16 import match_in_pair, split_pairs


def replace_stepwise(
    compiled: "regex.Pattern[str]",
    text: str,
    template: ReplacementTemplate,
    limit: float | None,
    *,
    halve_pairs: bool = False,
) -> str:
    """Replace every match, the empty ones included.

    :param limit: seconds that it may take; None for no limit
    :param halve_pairs: whether the step behind an empty match leads into the middle of a surrogate pair; the result may
        then hold halves that belong together
    :raises TimeoutError: after ``limit`` seconds
    """
    clock = _Clock(limit)
    pieces: list[str] = []
    copied = position = 0
    while match := compiled.search(text, position, timeout=clock.left()):
        start, end = match.span()
        pieces += (text[copied:start], template.expand(match))
        copied = position = end
        if start == end:
            if start == len(text):
                break
            position = end + 1
            if halve_pairs and text[end] > "\uffff":
                inner = match_in_pair(compiled, text, end, clock.left())
                if inner is not None:
                    halves = split_pairs(text[end])
                    pieces += (halves[0], template.expand(inner))
                    # An empty match leaves the low half in the text, a longer one has taken it.
                    if inner.start() == inner.end():
                        pieces.append(halves[1])
                    copied = position = max(inner.end() - 1, end + 1)
    pieces.append(text[copied:])
    return "".join(pieces)


class _Clock:
    """Counts a limit in seconds down over several searches."""

    def __init__(self, limit: float | None) -> None:
        self._deadline = None if limit is None else time.monotonic() + limit

    def left(self) -> float | None:
        if self._deadline is None:
            return None
        # The library takes 0 for "no limit".
        return max(self._deadline - time.monotonic(), 1e-6)
