"""Run the recovery: ``python -m event_recovery.flink.job``, or this file given to ``flink run``."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext, redirect_stdout
from functools import partial
from typing import TYPE_CHECKING

from event_recovery.contract import JobOptions, RunSummary
from event_recovery.flink.applications import YARN_TARGETS, end_applications, tag_of
from event_recovery.flink.earlier import counted_of, look, way_on
from event_recovery.flink.jvm import prepare_own_java, started_by_flink
from event_recovery.flink.settings import asked_to_resume, statsd_agent
from event_recovery.flink.watch.end_with_client import ends_with_client
from event_recovery.flink.watch.failures import JobFailedError, because
from event_recovery.flink.watch.following import Follower
from event_recovery.inputs.choice import Selection
from event_recovery.run.account import conclude, keep_findings, now, patiently
from event_recovery.run.command import end, tell
from event_recovery.run.locations import RunLocations, storage_of
from event_recovery.run.options import parse_command
from event_recovery.run.preflight import Checked, preflight
from event_recovery.run.rows import RowWriter
from event_recovery.run.splits import split_lines
from event_recovery.run.stream import StreamOutput
from event_recovery.run.survey import repaired
from event_recovery.run.told import damaged_files, told, told_rate
from event_recovery.storage.files import Storage
from event_recovery.storage.locations import parse_location

if TYPE_CHECKING:
    from pyflink.datastream import StreamExecutionEnvironment


def main(argv: Sequence[str] | None = None) -> int:
    """Run one recovery to its end, and return the process's exit code: an ``ExitCode`` or 0."""
    given = sys.argv[1:] if argv is None else argv
    as_json = "--json" in given

    def work() -> RunSummary:
        with _standard_output_kept_clean() if as_json else nullcontext():
            return run(parse_command(given)[0])

    return end(work, as_json=as_json)


def run(options: JobOptions) -> RunSummary:
    """Check, run and count; or only what of it earlier tries of the run have left to do.

    :raises PreflightError: when the run must not begin
    :raises RunFailedError: when the job failed, or rows are missing from its account
    :raises StorageError: when a file of the run cannot be read or written
    """
    storage = storage_of(options)
    locations = RunLocations.of(options)
    began = now()
    asked = _end_earlier_tries(locations)
    left = look(options, locations, storage, began=began)
    keeps = None if options.checkpoint_dir is None else parse_location(options.checkpoint_dir).uri
    way = way_on(left, asked=asked, checkpoint_dir=keeps)
    if way.how == "summarise":
        tell("an earlier try of this run has done all of its work but the summary, which is made of what it wrote")
    else:
        _run_job(options, locations, storage, began=began, resume_from=way.checkpoint)

    # The files of an earlier try were counted when it was looked at, and they can be many.
    counted = left.account if way.how == "summarise" else None

    def finish() -> RunSummary:
        summary = counted or counted_of(options.run_id, locations, storage, began=began)
        conclude(summary, locations, storage)
        return summary

    return patiently(finish, tell=tell)


def _end_earlier_tries(locations: RunLocations) -> str | None:
    """End what they left on YARN, and return the checkpoint that ``flink run`` was told to begin from.

    It comes before anything is looked at: a job that goes on writes files and completes checkpoints.
    """
    if not started_by_flink():
        return None
    from event_recovery.flink import execution

    given = execution.client_settings()
    if given.get("execution.target") in YARN_TARGETS:
        end_applications(tag_of(locations.summary), tell=tell)
    return asked_to_resume(given)


def _run_job(
    options: JobOptions, locations: RunLocations, storage: Storage, *, began: str, resume_from: str | None
) -> None:
    checked = preflight(options, locations, storage)
    for line in told(checked, options):
        tell(line)
    keep_findings(damaged_files(checked), checked.given.found.changed, locations, storage)
    for line in told_rate(checked):
        tell(f"{line}, and as many hours of each node")
    if resume_from is not None:
        tell(f"going on from the checkpoint {resume_from}")
    _execute(options, locations, checked, storage, started=began, resume_from=resume_from)


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


def _execute(
    options: JobOptions,
    locations: RunLocations,
    checked: Checked,
    storage: Storage,
    *,
    started: str,
    resume_from: str | None,
) -> None:
    # One of PyFlink's own packages imports a deprecated one and says so on every start.
    warnings.filterwarnings("ignore", message="pkg_resources is deprecated")
    # Loading PyFlink starts a JVM: only once the checks have passed.
    from event_recovery.flink import execution

    rows = checked.given.usual_rows
    if not started_by_flink():
        prepare_own_java(os.environ, rows=rows)
    env = execution.make_environment(
        options,
        checked.rate,
        rows=rows,
        row_bytes=checked.given.row_bytes,
        tag=tag_of(locations.summary),
        resume_from=resume_from,
    )
    storage.write(locations.inputs, checked.given.found.manifest.to_bytes())
    storage.write_pieces(locations.splits, split_lines(repaired(checked.given, locations.repaired, storage)))
    _add_graph(env, options, locations, checked)
    client, monitor = execution.submit(env)
    with ends_with_client(monitor.url, monitor.job_id) if execution.outlives_client(client) else nullcontext():
        follower = Follower(
            monitor=monitor,
            started=started,
            directory=locations.attempts,
            storage=storage,
            # Nobody knows how many of them earlier attempts have read.
            total_rows=None if resume_from is not None else checked.given.rows,
            tell=tell,
        )
        try:
            execution.wait(client, follower.look)
        except JobFailedError as error:
            failed = JobFailedError(because(str(error), follower.lost))
            # What came after the last look: a job that soon fails again has often restarted since.
            follower.look()
            raise failed from error
        follower.look()


def _add_graph(
    env: StreamExecutionEnvironment,
    options: JobOptions,
    locations: RunLocations,
    checked: Checked,
) -> None:
    from event_recovery.flink.execution import add_local_connectors, settings_of
    from event_recovery.flink.graph import Sinks, build_graph
    from event_recovery.flink.java.classes import add_classes
    from event_recovery.flink.sinks import file_sink, stream_sink

    classes = add_classes(env)
    files = partial(file_sink, classes=classes)
    selection = Selection.asked_by(options).rows or None
    if isinstance(checked.output, StreamOutput):
        add_local_connectors(env)
        recovered, as_text = stream_sink(checked.output, options), False
    else:
        recovered, as_text = files(checked.output.uri, suffix=".base64"), True
    build_graph(
        env,
        classes=classes,
        splits=locations.splits.uri,
        writer=RowWriter(checked.recovery, as_text=as_text, selection=selection),
        agent=statsd_agent(options, settings_of(env)),
        sinks=Sinks(
            recovered=recovered,
            failed=files(locations.failed.uri, suffix=".jsonl"),
            unrecoverable=files(locations.unrecoverable.uri, suffix=".jsonl"),
            recovered_index=files(locations.recovered_index.uri, suffix=".tsv"),
            rejected_index=files(locations.rejected_index.uri, suffix=".tsv"),
            submitted=files(locations.submitted.uri, suffix=".txt"),
            skipped_index=files(locations.skipped_index.uri, suffix=".tsv") if selection else None,
            rate=checked.rate,
        ),
    )


if __name__ == "__main__":
    sys.exit(main())
