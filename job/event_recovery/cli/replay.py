"""``event-recovery replay``: recover rows for good, on this machine, without a cluster."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import click
from rich.progress import BarColumn, Progress, TextColumn

from event_recovery.cli.console import err, is_interactive
from event_recovery.contract import OPTIONS, JobOptions, RunPaths, RunSummary
from event_recovery.options.command import METAVARS
from event_recovery.options.values import build_options
from event_recovery.replay.progress import Look, Watched, progress_line, told_in_lines
from event_recovery.replay.run import ends_when_asked, replay
from event_recovery.run.command import end, tell

#: What says how Flink runs the job, and what stands in another form here.
_NOT_HERE: Final = frozenset(
    {"inputs", "output", "config", "failed", "unrecoverable", "summary"}
    | {"checkpoint_interval", "checkpoint_dir", "max_buffered", "statsd"}
)
_OPTIONS: Final = tuple(option for option in OPTIONS if option.name not in _NOT_HERE)


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

    def run() -> RunSummary:
        options = _options(config, inputs, output, place, given)
        with ends_when_asked(tell) as stop, _shown() as look:
            return replay(options, tell=tell, look=look, stop=stop)

    raise SystemExit(end(run, as_json=as_json))


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
def _shown() -> Iterator[Look]:
    """Show how far the run is: a bar on a terminal, elsewhere a line now and then."""
    if not is_interactive():
        yield told_in_lines(tell)
        return
    began = time.monotonic()
    with Progress(BarColumn(), TextColumn("{task.description}"), console=err) as bar:
        task = bar.add_task("", total=None)

        def look(watched: Watched) -> None:
            counts = watched.counts()
            line = progress_line(counts, size=watched.size, seconds=time.monotonic() - began)
            bar.update(task, total=watched.size, completed=counts.read, description=line)

        yield look
