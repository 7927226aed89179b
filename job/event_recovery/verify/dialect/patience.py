"""How long the patterns and references of schemas may take for one payload, all of them together."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final, TypeVar

_Answer = TypeVar("_Answer")

#: Seconds for the patterns of one payload. A single pattern has its own limit besides.
LIMIT_S: Final = 5.0
#: References that are followed for one payload. A schema that leads to itself twice at each level of the data doubles
#: the work with each.
MOST_REFERENCES: Final = 1_000_000


class OutOfPatience(TimeoutError):  # noqa: N818 - an expired limit, named as such
    """Patterns or references took too long, so that nothing can be said of what is left of the payload."""


class Patience:
    """A clock that runs only while a pattern is tried, and a count of the references that were followed."""

    def __init__(self, limit_s: float = LIMIT_S, most_references: int = MOST_REFERENCES) -> None:
        self._limit, self._most_references = limit_s, most_references
        self.renew()

    def renew(self) -> None:
        """Begin with another payload."""
        self._spent = 0.0
        self._references = 0

    def follow(self) -> None:
        """Follow a reference.

        :raises OutOfPatience: when there were too many
        """
        self._references += 1
        if self._references > self._most_references:
            raise OutOfPatience(f"the references of its schemas lead on more than {self._most_references:,} times")

    def lose(self, seconds: float) -> None:
        """Count what was spent without this clock.

        :raises OutOfPatience: when nothing is left
        """
        self._spent += seconds
        self._check()

    def spend(self, work: Callable[[], _Answer]) -> _Answer:
        """Do some work by this clock.

        :raises OutOfPatience: when nothing is left for it
        """
        self._check()
        begun = time.monotonic()
        try:
            return work()
        finally:
            self._spent += time.monotonic() - begun

    def _check(self) -> None:
        if self._spent > self._limit:
            raise OutOfPatience(f"the patterns of its schemas take more than {self._limit:g} s")
