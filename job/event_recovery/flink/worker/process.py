"""The job's one Python operator: batches of lines in, output rows out."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

from pyflink.table import DataTypes, FunctionContext
from pyflink.table.udf import ScalarFunction, UserDefinedScalarFunctionWrapper, udf

from event_recovery.contract import EVENTS_GROUP, OUTCOMES
from event_recovery.flink.worker.exit_when_disconnected import exit_when_disconnected
from event_recovery.flink.worker.statsd import LiveMetrics
from event_recovery.options.agent import Agent
from event_recovery.run.rows import RowWriter

if TYPE_CHECKING:
    import pandas as pd

CODE, BODY, INDEX = "code", "body", "index"
#: What becomes of a line: a code for its outcome, the body, and a line for the index.
OUTPUT = DataTypes.ROW(
    [
        DataTypes.FIELD(CODE, DataTypes.TINYINT()),
        DataTypes.FIELD(BODY, DataTypes.BYTES()),
        DataTypes.FIELD(INDEX, DataTypes.BYTES()),
    ]
)
# Behind the outcomes, as its code is.
_SKIPPED = "skipped"


class Process(ScalarFunction):  # type: ignore[misc]
    """Recovers a batch of lines. A batch crosses between Java and Python as Arrow columns, not row by row.

    The counts of rows by outcome go to the StatsD agent. Without one they are Flink's own counters
    ``events.recovered``, ``events.failed`` and ``events.unrecoverable``; never both, since they have the same names.
    Where rows are selected, those that are skipped are counted as ``skipped``.
    """

    def __init__(self, writer: RowWriter, agent: Agent | None) -> None:
        self._writer = writer
        self._agent = agent

    def open(self, function_context: FunctionContext) -> None:
        """Begin to count."""
        # The client, which only gives this class to Flink, is to do without: it is a third of what it would load.
        import pandas as pd

        self._pd = pd
        exit_when_disconnected()
        counted = [*OUTCOMES] if self._writer.selection is None else [*OUTCOMES, _SKIPPED]
        self._counts = [0] * len(counted)
        self._counters = []
        self._live = None
        if self._agent is None:
            group = function_context.get_metric_group().add_group(EVENTS_GROUP)
            self._counters = [group.counter(name) for name in counted]
        else:
            self._live = LiveMetrics(self._agent)
        # What is loaded by now stays to the end: the garbage collector need not look at it again and again.
        gc.freeze()

    def eval(self, lines: pd.Series) -> pd.DataFrame:
        """Take lines as bytes, and return as many rows of outcome code, body and index line."""
        write = self._writer.write
        codes, bodies, index = zip(*[write(line) for line in lines], strict=True)
        rows = [codes.count(code) for code in range(len(self._counts))]
        self._counts = [before + now for before, now in zip(self._counts, rows, strict=True)]
        if self._live is not None:
            self._live.update(self._counts)
        for counter, count in zip(self._counters, rows, strict=False):
            counter.inc(count)
        pd = self._pd
        return pd.DataFrame({CODE: pd.Series(codes, dtype="int8"), BODY: bodies, INDEX: index})

    def close(self) -> None:
        """Send the last counts to the agent."""
        if self._live is not None:
            self._live.close()


def process_function(writer: RowWriter, agent: Agent | None) -> UserDefinedScalarFunctionWrapper:
    """Return the operator's function, from one BYTES column to one column of the type ``OUTPUT``."""
    return udf(Process(writer, agent), result_type=OUTPUT, func_type="pandas")
