"""Which lines of a log tell why something failed: decisions on text alone.

A log of Hadoop or Flink ends in dozens of lines about services that shut down, and begins with some about loggers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from event_recovery.contract.endings import read_ending
from event_recovery.contract.losses import what_was_lost
from event_recovery.text.shorten import shorten

_LINE_LENGTH: Final = 400
#: Frames of stacks, and what Java's loggers and modules say of themselves.
_NOISE: Final = re.compile(
    r"\s*$|\s+at [\w.$/<>]+\(|\s+\.\.\. \d+ (?:more|common)|SLF4J[:(]|log4j:WARN |Picked up |"
    r"WARNING: (?:An illegal|Illegal|Please consider|Use --illegal|All illegal|A terminally|A restricted|Use --enable)"
)
_TIME: Final = r"(?:\[?\d{4}-\d\d-\d\d[ T][\d:,.]+\]?\s*)"
_TELLING: Final = re.compile(
    rf"{_TIME}?(?:ERROR|FATAL)\s|Caused by: |Exception in thread |error: |.* switched from \w+ to FAILED\b|"
    r"(?:[a-z_][\w$]*\.)+[A-Z][\w$]*(?:Exception|Error)\b"
)
_STAMP: Final = re.compile(_TIME)
#: So much of a log is searched for what was lost.
_SEARCHED_CHARS: Final = 4 * 1024 * 1024


def last_lines(text: str, most: int) -> list[str]:
    """Return the last lines of a log that are not noise."""
    kept = [line for line in text.splitlines() if not _NOISE.match(line)]
    return [shorten(line.rstrip(), _LINE_LENGTH) for line in kept[-most:]]


def telling_lines(text: str, most: int) -> list[str]:
    """Return the last lines that tell of an error or of its cause, each once however often it came back."""
    found: dict[str, str] = {}
    for line in reversed(text.splitlines()):
        if _TELLING.match(line) and not _NOISE.match(line):
            found.setdefault(_STAMP.sub("", line), line)
    return [shorten(line.rstrip(), _LINE_LENGTH) for line in [*found.values()][:most][::-1]]


def reasons(logs: Iterable[str]) -> list[str]:
    """Say in plain lines how the job ended by its own account, and what it lost; nothing when no log tells.

    :param logs: of the step first, then of the containers
    """
    texts = list(logs)
    ending = next(filter(None, map(read_ending, texts)), None)
    # One text, so that the most telling loss is found whichever log tells of it.
    lost = what_was_lost("\n".join(text[-_SEARCHED_CHARS:] for text in texts))
    told = [] if ending is None else [f"the job ended with exit code {ending.code.value} ({ending.code.name})"]
    told += [] if ending is None else [f"because: {shorten(ending.reason, _LINE_LENGTH)}"]
    if lost is not None and (ending is None or lost not in ending.reason):
        told.append(f"lost on the way: {lost}")
    return told
