"""The job's one Python operator: batches of lines in, routed rows out."""

from __future__ import annotations

import pandas as pd
from pyflink.table import DataTypes, FunctionContext
from pyflink.table.udf import ScalarFunction, UserDefinedScalarFunctionWrapper, udf

from event_recovery.contract import EVENTS_GROUP, OUTCOMES
from event_recovery.flink.rows import Router

CODE, BODY, INDEX = "code", "body", "index"


class Process(ScalarFunction):  # type: ignore[misc]
    """Recovers a batch of lines. A batch crosses between Java and Python as Arrow columns, not row by row."""

    def __init__(self, router: Router) -> None:
        self._router = router

    def open(self, function_context: FunctionContext) -> None:
        """Register the counters `events.recovered`, `events.failed` and `events.unrecoverable`."""
        group = function_context.get_metric_group().add_group(EVENTS_GROUP)
        self._counters = [group.counter(outcome) for outcome in OUTCOMES]

    def eval(self, lines: pd.Series) -> pd.DataFrame:
        """Take lines as bytes; give as many rows of outcome code, body and index line."""
        route = self._router.route
        codes, bodies, index = zip(*[route(line) for line in lines], strict=True)
        for code, counter in enumerate(self._counters):
            counter.inc(codes.count(code))
        return pd.DataFrame({CODE: pd.Series(codes, dtype="int8"), BODY: bodies, INDEX: index})


def process_function(router: Router) -> UserDefinedScalarFunctionWrapper:
    """The operator's function, from one BYTES column to one ROW column."""
    columns = [
        DataTypes.FIELD(CODE, DataTypes.TINYINT()),
        DataTypes.FIELD(BODY, DataTypes.BYTES()),
        DataTypes.FIELD(INDEX, DataTypes.BYTES()),
    ]
    return udf(Process(router), result_type=DataTypes.ROW(columns), func_type="pandas")
