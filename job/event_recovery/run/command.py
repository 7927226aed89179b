"""How a run ends as a process: what it prints, and its exit code."""

from __future__ import annotations

import sys
from collections.abc import Callable

from rich.console import Console

from event_recovery.contract import RunSummary
from event_recovery.contract.endings import Ending, ExitCode
from event_recovery.options.values import OptionsError
from event_recovery.run.account import RunFailedError
from event_recovery.run.preflight import PreflightError
from event_recovery.run.report import show
from event_recovery.storage.files import StorageError


def tell(message: str) -> None:
    """Print a line on standard error."""
    sys.stderr.write(f"{message}\n")
    sys.stderr.flush()


def end(run: Callable[[], RunSummary], *, as_json: bool) -> int:
    """Run to the end, show the summary or why there is none, and return the exit code: 0 or an ``ExitCode``.

    :param as_json: whether the summary is printed as JSON on standard output, too
    """
    try:
        summary = run()
    except OptionsError as error:
        return _fail(ExitCode.OPTIONS, str(error))
    except PreflightError as error:
        return _fail(error.code, str(error))
    except (RunFailedError, StorageError) as error:
        return _fail(ExitCode.JOB, str(error))
    show(summary, Console(stderr=True))
    if as_json:
        sys.stdout.write(summary.to_json())
    return 0


def _fail(code: ExitCode, message: str) -> int:
    lines = message.splitlines()
    for line in lines:
        tell(f"error: {line}")
    tell(Ending(code, lines[0] if lines else "").line())
    return int(code)
