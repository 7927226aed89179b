"""Applications of earlier tries on YARN, which are ended before another one begins: two jobs never write to one run.

Every application of a run has a tag, made of where the run writes. A cluster of the provider is the run's own, but the
job may also be started on one that others use, whose applications are left alone.
"""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Callable, Sequence
from hashlib import blake2b

from event_recovery.contract.endings import ExitCode
from event_recovery.run.preflight import PreflightError
from event_recovery.storage.locations import Location

#: Flink's names for what starts a job on YARN.
YARN_TARGETS = ("yarn-per-job", "yarn-application", "yarn-session")
_STATES = "NEW,NEW_SAVING,SUBMITTED,ACCEPTED,RUNNING"
_ID = re.compile(r"^\s*(application_\d+_\d+)\s", re.MULTILINE)
_COMMAND_SECONDS = 120.0
#: So long after an application has ended its processes may still run, and its JobManager may complete a checkpoint.
_SETTLE_SECONDS = 10.0


def tag_of(summary: Location) -> str:
    """Return the tag of all applications that write to one run; YARN takes short ones in lower case.

    :param summary: where the run's account is
    """
    return f"event-recovery-{blake2b(summary.identity.encode(), digest_size=12).hexdigest()}"


def end_applications(
    tag: str,
    *,
    tell: Callable[[str], None],
    run: Callable[[Sequence[str]], str] | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """End every application with the tag that has not ended yet.

    :param run: runs a command and returns what it printed; for tests
    :raises PreflightError: when YARN does not do so
    """
    asked = run or _run
    listing = ["yarn", "application", "-list", "-appTypes", "Apache Flink", "-appTags", tag, "-appStates", _STATES]
    found = _ID.findall(asked(listing))
    for application in found:
        tell(f"an earlier try of this run left {application} running: ending it")
        asked(["yarn", "application", "-kill", application])
    if found:
        sleep(_SETTLE_SECONDS)
        if left := _ID.findall(asked(listing)):
            raise PreflightError(ExitCode.OUTPUT, f"{', '.join(left)} of an earlier try of this run cannot be ended")


def _run(command: Sequence[str]) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_COMMAND_SECONDS, check=True)
    except subprocess.CalledProcessError as error:
        why = f"exit code {error.returncode}: {error.stderr.strip()[-500:]}"
    except (OSError, subprocess.TimeoutExpired) as error:
        why = str(error)
    else:
        return done.stdout
    raise PreflightError(
        ExitCode.OUTPUT, f"whether an earlier try of this run still writes is not known: {' '.join(command)}: {why}"
    )
