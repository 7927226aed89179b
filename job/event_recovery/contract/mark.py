"""The mark of a recovery: an HTTP header of a collector payload that says how often recoveries have sent it.

Enrich writes the headers of an event into the bad row of one that it refuses, so the mark comes back with the row.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

_NAME: Final = "Event-Recovery"
_RUN_ID: Final = re.compile(r"[!-~]{1,200}")
#: Header names have no case.
_MARK: Final = re.compile(rf"(?i:{_NAME}): ([1-9][0-9]{{0,8}}) ({_RUN_ID.pattern})")
_MOST_SENDS: Final = 999_999_999


class Mark(NamedTuple):
    """What a mark says: how often recoveries have sent an event, and the id of the run that sent it last."""

    sends: int
    run_id: str

    def header(self) -> str:
        """Return the header."""
        return f"{_NAME}: {self.sends} {self.run_id}"


def read_mark(headers: Iterable[str]) -> Mark | None:
    """Return the mark among the headers of an event, None when there is none; of several, that with the most sends."""
    return max((Mark(int(found[1]), found[2]) for header in headers if (found := _mark_in(header))), default=None)


def next_mark(mark: Mark | None, run_id: str) -> Mark:
    """Return the mark of an event that is sent by this run, and had that mark before."""
    return Mark(1 if mark is None else min(mark.sends + 1, _MOST_SENDS), run_id)


def with_mark(headers: Sequence[str], mark: Mark) -> list[str]:
    """Return headers with a mark: where they had one, else at their end."""
    marks = [at for at, header in enumerate(headers) if _mark_in(header)]
    others = [header for at, header in enumerate(headers) if at not in marks]
    others.insert(marks[0] if marks else len(others), mark.header())
    return others


def _mark_in(header: str) -> re.Match[str] | None:
    # Every header of every event is looked at, and few are a mark.
    return _MARK.fullmatch(header) if header[:1] in "eE" else None


def check_run_id(run_id: str) -> None:
    """Check that a mark can name a run.

    :raises ValueError: when it cannot
    """
    if not _RUN_ID.fullmatch(run_id):
        raise ValueError(f"expected 1 to 200 printable ASCII characters without blanks for the mark, not {run_id!r}")


def check_resends(most: int | None, *, mark: bool) -> None:
    """Check that a run which limits how often an event is sent also marks what it sends.

    :param most: the limit, None when there is none
    :raises ValueError: when it does not: the next run would not know of this one
    """
    if most is not None and not mark:
        raise ValueError(f"{most} needs the mark, which tells a later run how often an event was sent")
