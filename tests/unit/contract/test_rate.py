"""A rate: what may be asked for, and how long a run takes at it."""

from __future__ import annotations

from typing import Any

import pytest
from event_recovery.contract.rate import Rate, rate_faults

pytestmark = pytest.mark.unit


def faults(**asked: Any) -> dict[str, str]:
    return rate_faults(**{"records": None, "megabytes": None, "share": None, "to_stream": True, **asked})


def test_the_limit_that_is_reached_first_counts() -> None:
    assert Rate(records=100).seconds(1000, 10**12) == 10
    assert Rate(size=1000).seconds(10, 9640) == 10, "Kinesis counts 36 bytes of partition key with each record"
    both = Rate(records=100, size=1000)
    assert (both.seconds(1000, 0), both.seconds(10, 99_640)) == (36, 100)


@pytest.mark.parametrize(("shards", "records", "size"), [(1, 500, 5e5), (4, 2000, 2e6), (40, 20_000, 2e7)])
def test_a_share_is_of_what_all_shards_take(shards: int, records: float, size: float) -> None:
    assert Rate.of_shards(shards, share=0.5) == Rate(records, size)


def test_a_rate_is_said_in_words() -> None:
    assert str(Rate.of_shards(40, share=0.5)) == "20,000 records and 20 MB a second"
    assert str(Rate(records=1_000_000)) == "1,000,000 records a second"
    assert str(Rate(size=150_000)) == "0.15 MB a second"
    assert Rate.asked(records=None, megabytes=None) is None
    assert Rate.asked(records=50, megabytes=0.5) == Rate(50, 5e5)


@pytest.mark.parametrize(
    "asked",
    [{}, {"records": 1}, {"megabytes": 0.01}, {"records": 50, "megabytes": 1e4}, {"share": 1.0}, {"share": 0.001}],
)
def test_what_may_be_asked_for(asked: dict[str, float]) -> None:
    assert faults(**asked) == {}


@pytest.mark.parametrize(
    ("asked", "name", "told"),
    [
        ({"records": 0}, "max_records_per_second", "expected a whole number of at least 1, not 0"),
        ({"records": -5}, "max_records_per_second", "expected a whole number of at least 1, not -5"),
        ({"megabytes": 0.0}, "max_mb_per_second", "expected a number of at least 0.01, not 0"),
        ({"megabytes": float("nan")}, "max_mb_per_second", "expected a number of at least 0.01, not nan"),
        ({"megabytes": float("inf")}, "max_mb_per_second", "expected a number of at least 0.01, not inf"),
        ({"share": 0.0}, "stream_share", "expected a share above 0, 1 at most, not 0"),
        ({"share": -0.5}, "stream_share", "expected a share above 0, 1 at most, not -0.5"),
        ({"share": 50}, "stream_share", "expected a share above 0, 1 at most, not 50"),
        ({"share": float("nan")}, "stream_share", "expected a share above 0, 1 at most, not nan"),
        (
            {"share": 0.5, "records": 5, "megabytes": 1},
            "stream_share",
            "0.5 is a rate, and max_records_per_second and max_mb_per_second another: give one of them",
        ),
        (
            {"records": 5, "to_stream": False},
            "max_records_per_second",
            "only what is sent to a stream has a rate, and output is a directory",
        ),
    ],
)
def test_what_is_no_rate_is_refused(asked: dict[str, Any], name: str, told: str) -> None:
    assert faults(**asked) == {name: told}
