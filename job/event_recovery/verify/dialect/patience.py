"""How long the patterns of schemas may take for one payload, all of them together."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final, TypeVar

_Answer = TypeVar("_Answer")

#: Seconds for the patterns of one payload. A single pattern has its own limit besides.
LIMIT_S: Final = 5.0


class OutOfPatience(TimeoutError):  # noqa: N818 - an expired limit, named as such
    """The patterns took too long, so that nothing can be said of what is left of the payload."""


class Patience:
    """A clock that runs only while a pattern is tried."""

    def __init__(self, limit_s: float = LIMIT_S) -> None:
        self._limit = limit_s
        self._spent = 0.0

    def renew(self) -> None:
        """Begin with another payload."""
        self._spent = 0.0

    def spend(self, work: Callable[[], _Answer]) -> _Answer:
        """Do some work by this clock.

        :raises OutOfPatience: when nothing is left for it
        """
        if self._spent > self._limit:
            raise OutOfPatience(f"the patterns of its schemas take more than {self._limit:g} s")
        begun = time.monotonic()
        try:
            return work()
        finally:
            self._spent += time.monotonic() - begun
