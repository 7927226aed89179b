"""Why a job failed, in one line out of a chain of exceptions."""

from __future__ import annotations

import re
from collections.abc import Sequence

from event_recovery.contract.losses import MASTER_LOST, NO_ROOM, what_was_lost
from event_recovery.run.account import RunFailedError
from event_recovery.text.shorten import shorten

_CLASS = re.compile(r"^(?:[a-z_][\w$]*\.)+(?P<name>[A-Z][\w$]*)(?:: |$)")
# Python's own error stands last in the trace that Flink wraps.
_PYTHON_ERROR = re.compile(r"^[A-Za-z_][\w.]*(?:Error|Exception|Interrupt|Exit)\b.*$", re.MULTILINE)
_MAX_CHARS = 500
# Its cause says no more than that some time is over.
_NO_SLOT = "NoResourceAvailableException: "
_FLINK_GAVE_UP = "org.apache.flink.runtime.JobException: Recovery is suppressed"
# What Flink says of a job that it ran; any other failure is one of asking it.
_OF_THE_JOB = re.compile(r"Job(?:Execution)?Exception|Job failed")
# What the JobManager's log says of a task that has a slot, and of a TaskManager that ended, with YARN's words on it.
_HAS_SLOT = re.compile(r"switched from INITIALIZING to RUNNING")
_WORKER_ENDED = re.compile(
    r"Worker \S+ is terminated\. Diagnostics: .*?(?=^\d{4}-\d\d-\d\d |\Z)", re.DOTALL | re.MULTILINE
)
_NO_ANSWER = re.compile(r"ConnectException: |Connection refused|No route to host|ConnectTimeoutException")


class JobFailedError(RunFailedError):
    """Flink's job failed or was cancelled; the text has the reason."""


def in_one_line(causes: Sequence[str]) -> str:
    """Say why in one line, from exceptions as Java prints them.

    The innermost is the reason, unless it has no message: then the nearest around it that has one is named as well. Of
    a slot that did not come, the reason is that there was none.

    :param causes: the outermost first
    """
    if any("JobCancellationException" in cause for cause in causes):
        return "the job was cancelled"
    reason = _reason(causes)
    if _NO_ANSWER.search(causes[-1]) and not any(_OF_THE_JOB.search(cause) for cause in causes):
        return f"{MASTER_LOST}: it does not answer ({reason})"
    return f"the job failed: {reason}"


def root_of_trace(trace: str) -> str:
    """Say why in one line, from a Java stack trace with its causes."""
    causes: list[list[str]] = [[]]
    for line in trace.splitlines():
        if line.startswith("Caused by: "):
            causes.append([line.removeprefix("Caused by: ")])
        elif not line.startswith(("\tat ", "\t... ", "\tSuppressed: ")):
            causes[-1].append(line)
    return _reason(["\n".join(lines) for lines in causes])


def why_no_slots(log: str) -> str | None:
    """Say what became of the newest TaskManager that was lost since a task last had a slot.

    :param log: the JobManager's, or its end
    :returns: None where no TaskManager was lost, as where YARN has no room for one
    """
    since = log[max((found.end() for found in _HAS_SLOT.finditer(log)), default=0) :]
    return next(filter(None, map(what_was_lost, reversed(_WORKER_ENDED.findall(since)))), None)


def because(told: str, lost: str | None) -> str:
    """Name in a failure what the TaskManagers were lost by, where it says no more than that none offered a slot."""
    return told if lost is None else told.replace(NO_ROOM, f"{lost}, and then no TaskManager offered a slot")


def _reason(causes: Sequence[str]) -> str:
    told = [cause.strip() for cause in causes]
    innermost = next((cause for cause in reversed(told) if _short(cause).startswith(_NO_SLOT)), told[-1])
    if "Traceback (most recent call last)" in innermost:
        # A call that is cancelled may come with it, and then tells of no loss.
        error = " ".join((_PYTHON_ERROR.findall(innermost) or [innermost])[-1].split())
        return shorten(error, _MAX_CHARS)
    text = _short(" ".join(innermost.split()))
    if (lost := what_was_lost("\n".join(causes))) is not None:
        return shorten(f"{lost} ({text})", _MAX_CHARS)
    if _is_bare(innermost):
        around = next((cause for cause in reversed(causes[:-1]) if not _is_bare(cause.strip())), None)
        if around is not None and not around.startswith(_FLINK_GAVE_UP):
            text = f"{_short(' '.join(around.split()))} ({text})"
    return shorten(text, _MAX_CHARS)


def _is_bare(text: str) -> bool:
    """Tell whether there is a class name only."""
    found = _CLASS.match(text)
    return found is not None and found.end() == len(text)


def _short(text: str) -> str:
    """Cut the package from the class."""
    found = _CLASS.match(text)
    return text if found is None else found["name"] + text[found.end("name") :]
