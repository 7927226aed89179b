"""The counts of the processes, sent to CloudWatch under the names that a cluster's have."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Final
from uuid import uuid4

from event_recovery.contract import METRICS, NAMESPACE, OUTCOMES, SKIPPED_METRIC, MetricName
from event_recovery.replay.counts import Counts, SharedCounts

#: As often as the agents of a cluster send.
_EVERY_SECONDS: Final = 10.0
#: Values that one PutMetricData takes.
_MOST_VALUES: Final = 1000


@contextmanager
def published(
    counts: SharedCounts, client: Any, *, selects: bool, tell: Callable[[str], None], every: float = _EVERY_SECONDS
) -> Iterator[None]:
    """Send the counts meanwhile, and at the end. A refusal ends no run: it is told once, and nothing more is sent.

    :param client: of boto3, for CloudWatch
    :param selects: whether rows are selected, so that some may be skipped
    """
    over = threading.Event()
    container = f"in_place_{socket.gethostname().replace('.', '_')}_{uuid4().hex[:8]}"

    def send() -> bool:
        from botocore.exceptions import BotoCoreError, ClientError

        values = metric_data(counts.of_each(), container=container, selects=selects, at=datetime.now(UTC))
        try:
            for first in range(0, len(values), _MOST_VALUES):
                client.put_metric_data(Namespace=NAMESPACE, MetricData=values[first : first + _MOST_VALUES])
        except (BotoCoreError, ClientError) as error:
            tell(f"warning: no metrics are sent to CloudWatch: {error}")
            return False
        return True

    def keep_sending() -> None:
        while send():
            if over.is_set():
                return
            over.wait(every)

    thread = threading.Thread(target=keep_sending, name="metrics", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def metric_data(each: Sequence[Counts], *, container: str, selects: bool, at: datetime) -> list[dict[str, Any]]:
    """Return the counts of processes as PutMetricData takes them, a value for each process and metric."""
    data = []
    for process, counts in enumerate(each):
        outcomes = counts.rows[: len(OUTCOMES)]
        values = dict(zip(METRICS, (*outcomes, sum(outcomes)), strict=True))
        if selects:
            values[SKIPPED_METRIC] = counts.rows[-1]
        for metric, value in values.items():
            name = MetricName(container=container, subtask=process, metric=metric)
            data.append(
                {
                    "MetricName": str(name),
                    "Dimensions": [{"Name": "host", "Value": container}],
                    "Timestamp": at,
                    "Value": value,
                    "Unit": "Count",
                }
            )
    return data
