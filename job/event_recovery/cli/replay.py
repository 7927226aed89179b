"""``event-recovery replay``: recover rows for good, on this machine, without a cluster."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final, NoReturn

import click
from rich.progress import BarColumn, Progress, TextColumn

from event_recovery.cli.console import err, is_interactive
from event_recovery.contract import OPTIONS, JobOptions, RunPaths
from event_recovery.contract.endings import Ending, ExitCode
from event_recovery.options.command import METAVARS
from event_recovery.options.values import OptionsError, build_options
from event_recovery.replay.progress import progress_line
from event_recovery.replay.run import Watched, replay
from event_recovery.run.account import RunFailedError
from event_recovery.run.preflight import PreflightError
from event_recovery.run.report import show
from event_recovery.storage.files import StorageError

#: What says how Flink runs the job, and what stands in another form here.
_NOT_HERE: Final = frozenset(
    {"inputs", "output", "config", "failed", "unrecoverable", "summary"}
    | {"checkpoint_interval", "checkpoint_dir", "max_buffered", "statsd"}
)
_OPTIONS: Final = tuple(option for option in OPTIONS if option.name not in _NOT_HERE)
_LINE_SECONDS: Final = 10.0


def _job_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that the job has, too; the command gets them as keywords."""
    for option in reversed(_OPTIONS):
        if option.kind == "switch":
            command = click.option(option.flag, option.name, is_flag=True, default=None, help=option.help)(command)
            continue
        command = click.option(
            option.flag,
            option.name,
            metavar=METAVARS.get(option.kind, option.name.upper()),
            multiple=option.repeatable or option.kind == "services",
            help=option.help if option.default is None else f"{option.help} ({option.default})",
        )(command)
    return command


@click.command("replay")
@click.argument("config")
@click.argument("inputs", nargs=-1, required=True, metavar="INPUT...")
@click.option("-o", "--output", required=True, metavar="STREAM|DIRECTORY", help="Kinesis stream, by name or ARN.")
@click.option("--run", "place", required=True, metavar="PATH", help="Where the run keeps its files, local or s3://.")
@click.option("--profile", metavar="NAME", help="Profile of AWS's settings and credentials.")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON on standard output, too.")
@_job_options
def replay_command(
    config: str,
    inputs: tuple[str, ...],
    output: str,
    place: str,
    profile: str | None,
    as_json: bool,
    **given: Any,
) -> None:
    """Recover bad rows and send the events, without a cluster.

    It checks, recovers and counts as the job does, in a process for each core of this machine. The place of the run
    then holds what a run of the job leaves: failed and unrecoverable rows, indexes, and summary.json. Ctrl-C, or
    SIGTERM, ends it when the parts of the input that are under way are done; a second one ends it at once. The same
    command goes on where an earlier one ended, whatever ended it. Exit codes are those of the job.
    """
    if profile is not None:
        os.environ["AWS_PROFILE"] = profile
    try:
        options = _options(config, inputs, output, place, given)
        with _ends_when_asked() as stop, _shown() as look:
            summary = replay(options, tell=_tell, look=look, stop=stop)
    except OptionsError as error:
        _fail(ExitCode.OPTIONS, str(error))
    except PreflightError as error:
        _fail(error.code, str(error))
    except (RunFailedError, StorageError) as error:
        _fail(ExitCode.JOB, str(error))
    show(summary, err)
    if as_json:
        sys.stdout.write(summary.to_json())


def _options(config: str, inputs: tuple[str, ...], output: str, place: str, given: dict[str, Any]) -> JobOptions:
    paths = RunPaths(place.rstrip("/"))
    values = {name: list(value) if isinstance(value, tuple) else value for name, value in given.items()}
    asked = {name: value for name, value in values.items() if value not in (None, [])}
    asked.setdefault("run_id", paths.prefix.rpartition("/")[2])
    return build_options(
        {
            "inputs": list(inputs),
            "output": output,
            "failed": paths.failed,
            "unrecoverable": paths.unrecoverable,
            "config": config,
            **asked,
        }
    )


@contextmanager
def _ends_when_asked() -> Iterator[threading.Event]:
    """Set an event at the first SIGINT or SIGTERM; the second ends the process as it does elsewhere."""
    stop = threading.Event()
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def restore() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    def ask(*_: object) -> None:
        restore()
        stop.set()
        _tell("ending once the parts that are under way are done; once more ends it at once")

    for number in before:
        signal.signal(number, ask)
    try:
        yield stop
    finally:
        restore()


@contextmanager
def _shown() -> Iterator[Callable[[Watched], None]]:
    """Show how far the run is: a bar on a terminal, elsewhere a line now and then."""
    began = told = time.monotonic()
    with Progress(BarColumn(), TextColumn("{task.description}"), console=err, disable=not is_interactive()) as bar:
        task = bar.add_task("", total=None)

        def look(watched: Watched) -> None:
            nonlocal told
            counts, now = watched.counts(), time.monotonic()
            line = progress_line(counts, size=watched.size, seconds=now - began)
            bar.update(task, total=watched.size, completed=counts.read, description=line)
            if bar.disable and now - told >= _LINE_SECONDS:
                told = now
                _tell(line)

        yield look


def _tell(message: str) -> None:
    err.print(message, markup=False, highlight=False)


def _fail(code: ExitCode, message: str) -> NoReturn:
    lines = message.splitlines()
    for line in lines:
        _tell(f"error: {line}")
    _tell(Ending(code, lines[0] if lines else "").line())
    raise SystemExit(int(code))
