"""The job at a rate: what is asked of the stream, what the sink and Flink are told."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import boto3
import pytest
from event_recovery.contract import JobOptions
from event_recovery.contract.rate import Rate
from event_recovery.flink.settings import BATCH_ROWS, batch_rows, flink_settings
from event_recovery.options.values import OptionsError, build_options
from event_recovery.run.preflight import PreflightError, check_stream
from event_recovery.run.stream import Requests, requests_at
from event_recovery.storage.locations import Stream
from moto import mock_aws

pytestmark = pytest.mark.unit

OPTIONS = JobOptions(inputs=("i",), output="good", failed="f", unrecoverable="u", config="{}", region="eu-west-1")
MOST = Requests(500, 1000)


@pytest.fixture
def kinesis(monkeypatch: pytest.MonkeyPatch) -> Any:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    with mock_aws():
        yield boto3.client("kinesis", region_name="eu-west-1")


@pytest.mark.parametrize("shards", [1, 4, 40])
def test_a_share_is_that_of_the_shards_that_the_stream_has(kinesis: Any, shards: int) -> None:
    kinesis.create_stream(StreamName="good", ShardCount=shards)
    output = check_stream(Stream("good", None, None), replace(OPTIONS, stream_share=0.25))
    assert output.rate == Rate(250 * shards, 250_000 * shards)
    assert check_stream(Stream("good", None, None), OPTIONS).rate is None
    in_numbers = replace(OPTIONS, max_records_per_second=50, max_mb_per_second=0.5)
    assert check_stream(Stream("good", None, None), in_numbers).rate == Rate(50, 500_000)


def test_a_stream_in_on_demand_mode_has_no_share(kinesis: Any) -> None:
    kinesis.create_stream(StreamName="good", StreamModeDetails={"StreamMode": "ON_DEMAND"})
    with pytest.raises(PreflightError) as error:
        check_stream(Stream("good", None, None), replace(OPTIONS, stream_share=0.5))
    assert str(error.value) == (
        "--stream-share: stream good is in on-demand mode, and what it takes follows what is sent to it: a share of "
        "that is no rate; give max_records_per_second or max_mb_per_second instead"
    )
    in_numbers = replace(OPTIONS, max_records_per_second=50)
    assert check_stream(Stream("good", None, None), in_numbers).rate == Rate(50)


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"stream_share": "half"}, "--stream-share: expected a number, not 'half'"),
        ({"stream_share": True}, "--stream-share: expected a number, not True"),
        ({"stream_share": "1.5"}, "--stream-share: expected a share above 0, 1 at most, not 1.5"),
        (
            {"max_records_per_second": "0.5"},
            "--max-records-per-second: expected a whole number of at least 1, not '0.5'",
        ),
        ({"max_mb_per_second": "0"}, "--max-mb-per-second: expected a number of at least 0.01, not 0"),
        (
            {"max_mb_per_second": "1", "output": "./out"},
            "--max-mb-per-second: only what is sent to a stream has a rate, and output is a directory",
        ),
    ],
)
def test_what_is_no_rate_is_refused_by_its_option(values: dict[str, Any], told: str) -> None:
    needed = {"inputs": "i", "output": "good", "failed": "f", "unrecoverable": "u", "config": "{}", "region": "r"}
    with pytest.raises(OptionsError) as error:
        build_options({**needed, **values})
    assert error.value.problems == (told,)


@pytest.mark.parametrize(
    "rate", [Rate(1), Rate(2), Rate(50), Rate(500), Rate(2_000), Rate(40_000), Rate(size=1e4), Rate(size=1e6)]
)
def test_little_more_than_a_second_waits_for_the_stream(rate: Rate) -> None:
    found = requests_at(rate, most=MOST)
    assert 0 < found.records < found.buffered, "or Flink refuses to build its sink"
    assert found.at_once is not None
    a_second = rate.records if rate.records is not None else (rate.size or 0) / 536
    assert found.buffered <= max(2, a_second)
    assert found.records * found.at_once >= min(a_second, 50 * 500) * 0.99, "a stream may take a second to answer"
    assert found.records * (found.at_once - 1) <= a_second


def test_what_is_asked_of_requests_is_the_most() -> None:
    assert requests_at(Rate(40_000), most=MOST).records == 500
    assert requests_at(Rate(40_000), most=Requests(10, 20)) == Requests(10, 20, 50, 100)


def test_a_checkpoint_waits_for_two_seconds_of_rows() -> None:
    assert batch_rows(5_000, Rate(50), 1) == 100
    assert batch_rows(5_000, Rate(50), 4) == 25
    assert batch_rows(5_000, Rate(1), 1) == 10
    assert batch_rows(5_000, Rate(size=1e5), 1) == 100
    assert batch_rows(5_000, Rate(records=50, size=1e9), 1) == 100
    assert batch_rows(5_000, Rate(40_000), 3) == BATCH_ROWS


@pytest.mark.parametrize(
    ("row_bytes", "rows"),
    [(0, 500), (500, 500), (5_000, 500), (8_000, 500), (20_000, 200), (100_000, 40), (500_000, 10), (1e9, 10)],
)
def test_of_large_rows_fewer_cross_together(row_bytes: float, rows: int) -> None:
    assert batch_rows(row_bytes, None, 1) == rows
    assert flink_settings(OPTIONS, row_bytes=row_bytes)["python.fn-execution.arrow.batch.size"] == str(rows)
    assert batch_rows(row_bytes, Rate(40), 2) == min(rows, 40)


def test_without_a_rate_nothing_is_set_for_it() -> None:
    free, held = flink_settings(OPTIONS), flink_settings(OPTIONS, Rate(50), parallelism=2)
    assert {key for key in held if held[key] != free.get(key)} == {
        "execution.checkpointing.timeout",
        "python.fn-execution.arrow.batch.size",
        "python.fn-execution.bundle.size",
    }
    assert free["python.fn-execution.bundle.size"] == str(BATCH_ROWS)
