"""Run the recovery: ``python -m event_recovery.flink.job``, or this file given to ``flink run``."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext, redirect_stdout
from datetime import UTC, datetime
from importlib.metadata import version
from typing import TYPE_CHECKING
from uuid import uuid4

from rich.console import Console

from event_recovery.contract import DamagedFile, JobOptions, RunSummary
from event_recovery.flink.input.splits import split_lines
from event_recovery.flink.input.survey import repaired
from event_recovery.flink.kinesis import StreamOutput
from event_recovery.flink.options import parse_command
from event_recovery.flink.preflight import Checked, ExitCode, PreflightError, check_unused, preflight, selection_of
from event_recovery.flink.results.locations import RunLocations
from event_recovery.flink.results.report import show
from event_recovery.flink.results.summary import summarise
from event_recovery.flink.settings import statsd_agent
from event_recovery.flink.watch.attempts import forget, recorded, restarts
from event_recovery.flink.watch.failures import JobFailedError
from event_recovery.flink.watch.following import Follower
from event_recovery.flink.worker.rows import RowWriter
from event_recovery.inputs.choice import described
from event_recovery.options.values import OptionsError, region_of
from event_recovery.storage.files import Storage, StorageError

if TYPE_CHECKING:
    from pyflink.datastream import StreamExecutionEnvironment


def main(argv: Sequence[str] | None = None) -> int:
    """Run one recovery to its end, and return the process's exit code: an ``ExitCode`` or 0."""
    try:
        options, as_json = parse_command(sys.argv[1:] if argv is None else argv)
        with _standard_output_kept_clean() if as_json else nullcontext():
            summary = run(options)
    except OptionsError as error:
        return _fail(ExitCode.OPTIONS, str(error))
    except PreflightError as error:
        return _fail(error.code, str(error))
    except JobFailedError as error:
        return _fail(ExitCode.JOB, str(error))
    except StorageError as error:
        return _fail(ExitCode.JOB, f"the job finished, but its summary could not be made: {error}")
    show(summary, Console(stderr=True))
    if as_json:
        sys.stdout.write(summary.to_json())
    return 0


def run(options: JobOptions) -> RunSummary:
    """Check, run and count.

    :raises PreflightError: when the run must not begin
    :raises JobFailedError: when the job failed, or rows are missing from its account
    :raises StorageError: when a file of the run cannot be read or written
    """
    storage = Storage(s3_endpoint_url=options.endpoint_urls.get("s3"), region=region_of(options))
    locations = RunLocations.of(options)
    checked = preflight(options, locations, storage)
    damaged = {scan.file.location.uri: DamagedFile(scan.reason, scan.rows) for scan in checked.given.damaged}
    for warning in checked.warnings:
        _tell(warning)
    for text, why in checked.given.choice.nothing_in.items():
        _tell(f"warning: --input {text}: {why}")
    if passed_over := described(checked.given.choice.passed_over):
        _tell(f"{len(checked.given.choice.files):,} files are read; not read: {passed_over}")
    if rows := selection_of(options).rows:
        _tell(f"only rows {rows} are recovered, and those that cannot be judged; the others are skipped")
    for warning in checked.given.found.warnings():
        _tell(f"warning: {warning}")
    for uri, damage in damaged.items():
        _tell(f"warning: {uri} cannot be read to its end: {damage}; the rows before that are processed")
    began = _now()
    _execute(options, locations, checked, storage, started=began)
    made = recorded(locations.attempts, storage)
    summary = summarise(
        run_id=options.run_id or f"run-{uuid4().hex[:12]}",
        locations=locations,
        storage=storage,
        started=made[0].started if made else began,
        finished=_now(),
        restarts=restarts(made),
        versions=_versions(),
        damaged_files=damaged,
        changed_files=checked.given.found.changed,
    )
    storage.write(locations.summary, summary.to_json().encode())
    if not summary.balanced:
        raise JobFailedError(
            f"{summary.submitted} rows were read, but {summary.accounted} are accounted for; "
            f"see {locations.summary.uri}"
        )
    if not summary.submitted:
        # The checks found a row in each input, if only in the readable part of a damaged file.
        raise JobFailedError(f"no row was read, although the input holds some; see {locations.summary.uri}")
    storage.write(locations.success, b"")
    return summary


@contextmanager
def _standard_output_kept_clean() -> Iterator[None]:
    """Send to standard error what is written to standard output, also by child processes.

    PyFlink and Flink's scripts print there, and the JVM keeps until its end the descriptors it was started with.
    """
    sys.stdout.flush()
    standard_output = os.dup(1)
    os.dup2(2, 1)
    try:
        with redirect_stdout(sys.stderr):
            yield
    finally:
        os.dup2(standard_output, 1)
        os.close(standard_output)


def _execute(options: JobOptions, locations: RunLocations, checked: Checked, storage: Storage, *, started: str) -> None:
    # One of PyFlink's own packages imports a deprecated one and says so on every start.
    warnings.filterwarnings("ignore", message="pkg_resources is deprecated")
    # Loading PyFlink starts a JVM: only once the checks have passed.
    from event_recovery.flink import execution

    env = execution.make_environment(options)
    resumed = execution.resumes(env)
    if not resumed:
        check_unused(locations.named(), storage)
        forget(locations.attempts, storage)
    storage.write(locations.inputs, checked.given.found.manifest.to_bytes())
    storage.write_pieces(locations.splits, split_lines(repaired(checked.given, locations.repaired, storage)))
    _add_graph(env, options, locations, checked)
    client, monitor = execution.submit(env)
    follower = Follower(
        monitor=monitor,
        started=started,
        directory=locations.attempts,
        storage=storage,
        # Nobody knows how many of them earlier attempts have read.
        total_rows=None if resumed else checked.given.rows,
        tell=_tell,
    )
    execution.wait(client, follower.look)
    follower.look()


def _add_graph(
    env: StreamExecutionEnvironment,
    options: JobOptions,
    locations: RunLocations,
    checked: Checked,
) -> None:
    from event_recovery.flink.execution import add_local_connectors, settings_of
    from event_recovery.flink.graph import Sinks, build_graph
    from event_recovery.flink.sinks import file_sink, stream_sink

    selection = selection_of(options).rows or None
    if isinstance(checked.output, StreamOutput):
        add_local_connectors(env)
        recovered, as_text = stream_sink(checked.output, options), False
    else:
        recovered, as_text = file_sink(checked.output.uri, suffix=".base64"), True
    build_graph(
        env,
        splits=locations.splits.uri,
        writer=RowWriter(checked.recovery, as_text=as_text, selection=selection),
        agent=statsd_agent(options, settings_of(env)),
        sinks=Sinks(
            recovered=recovered,
            failed=file_sink(locations.failed.uri, suffix=".jsonl"),
            unrecoverable=file_sink(locations.unrecoverable.uri, suffix=".jsonl"),
            recovered_index=file_sink(locations.recovered_index.uri, suffix=".tsv"),
            rejected_index=file_sink(locations.rejected_index.uri, suffix=".tsv"),
            submitted=file_sink(locations.submitted.uri, suffix=".txt"),
            skipped_index=file_sink(locations.skipped_index.uri, suffix=".tsv") if selection else None,
        ),
    )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _tell(message: str) -> None:
    sys.stderr.write(f"{message}\n")
    sys.stderr.flush()


def _versions() -> dict[str, str]:
    return {
        "event-recovery": version("airflow-provider-event-recovery"),
        "flink": version("apache-flink"),
        "python": sys.version.split()[0],
    }


def _fail(code: ExitCode, message: str) -> int:
    for line in message.splitlines():
        sys.stderr.write(f"error: {line}\n")
    return int(code)


if __name__ == "__main__":
    sys.exit(main())
