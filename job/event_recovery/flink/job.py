"""Run the recovery: `python -m event_recovery.flink.job`, or this file given to `flink run`."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from event_recovery.contract import JobOptions, RunSummary
from event_recovery.flink.locations import Stream, parse_location
from event_recovery.flink.options import OptionsError, parse_options
from event_recovery.flink.places import Places
from event_recovery.flink.preflight import Checked, ExitCode, PreflightError, check_unused, preflight
from event_recovery.flink.rows import Router
from event_recovery.flink.settings import flink_settings, worker_settings
from event_recovery.flink.storage import Storage
from event_recovery.flink.summary import summarise

if TYPE_CHECKING:
    from pyflink.datastream import StreamExecutionEnvironment

JOB_NAME = "event-recovery"


def main(argv: Sequence[str] | None = None) -> int:
    """Run one recovery to its end; returns the process's exit code, an `ExitCode` or 0."""
    try:
        options = parse_options(sys.argv[1:] if argv is None else argv)
        summary = run(options)
    except OptionsError as error:
        return _fail(ExitCode.OPTIONS, str(error))
    except PreflightError as error:
        return _fail(error.code, str(error))
    except JobFailedError as error:
        return _fail(ExitCode.JOB, str(error))
    sys.stdout.write(summary.to_json())
    return 0


class JobFailedError(Exception):
    """Flink gave the job up; the text has the root cause."""


def run(options: JobOptions) -> RunSummary:
    """Check, run and count. PreflightError when it must not begin, JobFailedError when Flink gives it up."""
    storage = Storage(s3_endpoint_url=options.endpoint_urls.get("s3"))
    places = Places.of(options)
    checked = preflight(options, places, storage)
    started = datetime.now(UTC)
    env = _environment(options)
    if not _resumes(env):
        check_unused(places.named(), storage)
    _add_graph(env, options, places, checked)
    _execute(env)
    summary = summarise(
        run_id=options.run_id or f"run-{uuid4().hex[:12]}",
        places=places,
        storage=storage,
        started=started,
        finished=datetime.now(UTC),
        restarts=None,
        versions=_versions(),
    )
    storage.write(places.summary, summary.to_json().encode())
    storage.write(places.success, b"")
    return summary


def _environment(options: JobOptions) -> StreamExecutionEnvironment:
    # One of PyFlink's own packages imports a deprecated one and says so on every start.
    warnings.filterwarnings("ignore", message="pkg_resources is deprecated")
    # Loading PyFlink starts a JVM: only once the checks have passed.
    from pyflink.common import Configuration
    from pyflink.datastream import StreamExecutionEnvironment

    env = StreamExecutionEnvironment.get_execution_environment()
    configuration = Configuration()
    cluster = env._j_stream_execution_environment.getConfiguration().toMap()
    for key, value in {**flink_settings(options), **worker_settings(cluster)}.items():
        configuration.set_string(key, value)
    env.configure(configuration)
    return env


def _resumes(env: StreamExecutionEnvironment) -> bool:
    settings = env._j_stream_execution_environment.getConfiguration().toMap()
    return any(settings.get(key) for key in ("execution.state-recovery.path", "execution.savepoint.path"))


def _add_graph(env: StreamExecutionEnvironment, options: JobOptions, places: Places, checked: Checked) -> None:
    from event_recovery.flink.graph import Sinks, build_graph
    from event_recovery.flink.sinks import file_sink, stream_sink

    if isinstance(checked.output, Stream):
        assert checked.max_payload is not None
        _add_local_connectors(env)
        recovered = stream_sink(checked.output, options, max_payload=checked.max_payload)
    else:
        recovered = file_sink(checked.output.uri, suffix=".base64")
    build_graph(
        env,
        inputs=[parse_location(text).uri for text in options.inputs],
        router=Router(recoverer=checked.recovery, max_payload=checked.max_payload),
        sinks=Sinks(
            recovered=recovered,
            failed=file_sink(places.failed.uri, suffix=".jsonl"),
            unrecoverable=file_sink(places.unrecoverable.uri, suffix=".jsonl"),
            recovered_index=file_sink(places.recovered_index.uri, suffix=".tsv"),
            rejected_index=file_sink(places.rejected_index.uri, suffix=".tsv"),
        ),
    )


def _add_local_connectors(env: StreamExecutionEnvironment) -> None:
    """In a checkout the connector lies in `job/jars/lib`; on a cluster it is in Flink's own `lib`."""
    jars = Path(__file__).resolve().parents[2] / "jars" / "lib"
    connectors = sorted(jars.glob("flink-*kinesis*.jar"))
    if connectors:
        env.add_jars(*(jar.as_uri() for jar in connectors))


def _execute(env: StreamExecutionEnvironment) -> None:
    from py4j.protocol import Py4JJavaError

    try:
        env.execute(JOB_NAME)
    except Py4JJavaError as error:
        raise JobFailedError(_root_cause(error.java_exception)) from error


def _root_cause(throwable: object) -> str:
    causes = [throwable]
    while (cause := causes[-1].getCause()) is not None:  # type: ignore[attr-defined]
        causes.append(cause)
    return f"the job failed: {causes[-1].toString()}"  # type: ignore[attr-defined]


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
