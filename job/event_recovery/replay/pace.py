"""The rate that several processes keep to together."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Final

from event_recovery.contract.rate import Rate

#: Seconds that are made up for when a request came late.
_MADE_UP: Final = 1.0


class Pace:
    """Has each request wait for its turn; pickles, to reach other processes as they begin.

    :param turn: a shared double with a lock, ``multiprocessing.Value("d")``: when the next request may leave, by the
        monotonic clock, which all processes of a machine have in common
    """

    def __init__(self, rate: Rate, turn: Any) -> None:
        self._rate, self._turn = rate, turn

    def wait(
        self,
        records: int,
        size: int,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Wait until so many records with so many bytes of data in all may be sent."""
        with self._turn.get_lock():
            now = clock()
            leaves = max(self._turn.value, now - _MADE_UP)
            self._turn.value = leaves + self._rate.seconds(records, size)
        if leaves > now:
            sleep(leaves - now)
