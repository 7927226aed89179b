"""Flink's client side: an environment for the job, and the job from submission to its end."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from py4j.java_gateway import JavaClass
from py4j.protocol import Py4JJavaError, Py4JNetworkError
from pyflink.common import Configuration, JobClient
from pyflink.datastream import StreamExecutionEnvironment
from pyflink.java_gateway import get_gateway
from pyflink.util.java_utils import get_field_value

from event_recovery.contract import JobOptions
from event_recovery.contract.rate import Rate
from event_recovery.flink.jvm import java_settings
from event_recovery.flink.settings import flink_settings, start_settings, unless_given
from event_recovery.flink.watch.failures import JobFailedError, in_one_line
from event_recovery.flink.watch.monitor import Monitor

#: The name of the job in Flink.
JOB_NAME = "event-recovery"
_PAUSE_SECONDS = 1.0
# Each look asks Flink's REST API three times, which costs client and JobManager more than all else that they then do.
_LOOK_SECONDS = 5.0


def make_environment(
    options: JobOptions, rate: Rate | None, *, rows: int, row_bytes: float, tag: str, resume_from: str | None
) -> StreamExecutionEnvironment:
    """Return the environment that Flink's client gives, with the job's own settings on top of the cluster's.

    :param rate: at which the job sends at most, None for no limit
    :param rows: about how many rows of usual size the job reads
    :param row_bytes: how many bytes a row has, about
    :param tag: of the job's application, where YARN runs it
    :param resume_from: the checkpoint that the job begins from
    """
    env = StreamExecutionEnvironment.get_execution_environment()
    configuration = Configuration()
    given = settings_of(env)
    parallelism = env.get_parallelism()
    own = {
        **flink_settings(options, rate, parallelism=parallelism, row_bytes=row_bytes),
        **java_settings(given, rows=rows, parallelism=parallelism),
        **unless_given(given),
        **start_settings(given, tag=tag, resume_from=resume_from),
    }
    for key, value in own.items():
        configuration.set_string(key, value)
    env.configure(configuration)
    return env


def client_settings() -> dict[str, str]:
    """Return the settings that ``flink run`` gives its program, those of its command line included."""
    return settings_of(StreamExecutionEnvironment.get_execution_environment())


def settings_of(env: StreamExecutionEnvironment) -> dict[str, str]:
    """Return all settings that the job would run with, the cluster's included."""
    return dict(env._j_stream_execution_environment.getConfiguration().toMap())


def add_local_connectors(env: StreamExecutionEnvironment) -> None:
    """Add the connector from ``job/jars/lib`` of a checkout, unless Flink has it in its own ``lib``, as nodes have.

    Its 60 MB, sent along all the same, would be hashed three times on their way.
    """
    sink = get_gateway().jvm.org.apache.flink.connector.kinesis.sink.KinesisStreamsSink
    if isinstance(sink, JavaClass):
        return
    jars = Path(__file__).resolve().parents[2] / "jars" / "lib"
    connectors = sorted(jars.glob("flink-*kinesis*.jar"))
    if connectors:
        env.add_jars(*(jar.as_uri() for jar in connectors))


def submit(env: StreamExecutionEnvironment) -> tuple[JobClient, Monitor]:
    """Submit the job to Flink.

    It must not be started with ``flink run -sae``: Flink would cancel it after three
    minutes, because it then expects heartbeats, and a client that submits without waiting sends none.

    :raises JobFailedError: when Flink does not take it
    """
    try:
        client = env.execute_async(JOB_NAME)
    except Py4JJavaError as error:
        raise _failed(error) from error
    return client, Monitor(url=_rest_url(client._j_job_client), job_id=str(client.get_job_id()))


def wait(client: JobClient, look: Callable[[], None]) -> None:
    """Wait for the job's end, and ``look`` every five seconds.

    :raises JobFailedError: when the job failed or was cancelled, or Flink's client, whose child this is, is gone
    """
    try:
        result = client._j_job_client.getJobExecutionResult()
        due = 0.0
        while not result.isDone():
            if time.monotonic() >= due:
                look()
                due = time.monotonic() + _LOOK_SECONDS
            time.sleep(_PAUSE_SECONDS)
        result.get()
    except Py4JJavaError as error:
        raise _failed(error) from error
    except Py4JNetworkError as error:
        raise JobFailedError("Flink's client ended, and the job with it") from error


def outlives_client(client: JobClient) -> bool:
    """Tell whether the job runs elsewhere than in this client's own JVM."""
    return str(client._j_job_client.getClass().getSimpleName()) != "MiniClusterJobClient"


def _rest_url(j_client: Any) -> str:
    """Return where the JobManager answers. Neither PyFlink nor Java's job client has a call for it."""
    if j_client.getClass().getSimpleName() == "MiniClusterJobClient":
        return str(get_field_value(j_client, "miniCluster").getRestAddress().get().toString())
    return str(get_field_value(j_client, "clusterClientProvider").getClusterClient().getWebInterfaceURL())


def _failed(error: Py4JJavaError) -> JobFailedError:
    causes = [error.java_exception]
    while (cause := causes[-1].getCause()) is not None:
        causes.append(cause)
    return JobFailedError(in_one_line([str(cause.toString()) for cause in causes]))
