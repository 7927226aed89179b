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
#: What is another each time that the same is told: the time, and the addresses of actors, which one message has.
_VARYING: Final = re.compile(rf"{_TIME}|Actor\[[^\]]*\]")
#: What the controller's log of a step has of the command that runs the job, and of its end.
_RUNS_JOB: Final = re.compile(r"\bflink run\b")
_ENDED: Final = re.compile(r"\bended with exit code (\d+)")
#: How a job's client ends that cannot say so itself, by its exit code: 124 is that of ``timeout``.
_SILENT_ENDS: Final = {
    124: "the time of the job (max_hours) was over, and it was ended",
    137: "the job's client was killed (signal 9), and the job was ended with it",
    143: "the job's client was told to end (signal 15), and the job was ended with it",
}
#: So much of a log is searched for what was lost.
_SEARCHED_CHARS: Final = 4 * 1024 * 1024


def is_noise(line: str) -> bool:
    """Tell whether a line says nothing of the work: it is empty, a frame of a stack, or of loggers and modules."""
    return _NOISE.match(line) is not None


def last_lines(text: str, most: int) -> list[str]:
    """Return the last lines of a log that are not noise."""
    kept = [line for line in text.splitlines() if not is_noise(line)]
    return [shorten(line.rstrip(), _LINE_LENGTH) for line in kept[-most:]]


def telling_lines(text: str, most: int) -> list[str]:
    """Return the last lines that tell of an error or of its cause, each once however often it came back."""
    found: dict[str, str] = {}
    for line in reversed(text.splitlines()):
        if _TELLING.match(line) and not is_noise(line):
            found.setdefault(_VARYING.sub("", line), line)
    return [shorten(line.rstrip(), _LINE_LENGTH) for line in [*found.values()][:most][::-1]]


def reasons(logs: Iterable[str]) -> list[str]:
    """Say in plain lines how the job ended by its own account, and what it lost; nothing when no log tells.

    :param logs: of the step first, then of the containers
    """
    texts = list(logs)
    ending = next(filter(None, map(read_ending, texts)), None)
    if ending is None and (silent := next(filter(None, map(_silent_end, texts)), None)) is not None:
        return [f"because: {silent}"]  # what was lost besides was lost with it
    # One text, so that the most telling loss is found whichever log tells of it.
    lost = what_was_lost("\n".join(text[-_SEARCHED_CHARS:] for text in texts))
    told = [] if ending is None else [f"the job ended with exit code {ending.code.value} ({ending.code.name})"]
    told += [] if ending is None else [f"because: {shorten(ending.reason, _LINE_LENGTH)}"]
    if lost is not None and (ending is None or lost not in ending.reason):
        told.append(f"lost on the way: {lost}")
    return told


def _silent_end(controller: str) -> str | None:
    """Say how the job's client ended, by the log of the step's controller; None for another log or another end."""
    ended = _ENDED.findall(controller)
    return _SILENT_ENDS.get(int(ended[-1])) if ended and _RUNS_JOB.search(controller) else None
