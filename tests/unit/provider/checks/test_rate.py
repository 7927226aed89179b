"""The rate of a run before it is paid for: what a share is, how long the run takes, whether that is in time."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import msgspec
import pytest
from event_recovery.contract import JobOptions
from event_recovery.contract.effort import cluster_seconds
from event_recovery.contract.rate import Rate
from event_recovery.run.preflight import PreflightError, check_stream
from event_recovery.storage.files import StoredFile
from event_recovery.storage.locations import S3, Stream
from event_recovery.text.words import duration
from event_recovery_provider.checks.rate import check_hours, described, find_rate
from event_recovery_provider.planning.identity import RunIdentity
from event_recovery_provider.planning.plan import Plan, make_plan
from event_recovery_provider.planning.settings import parse
from support.provider.talk import refused, talk

pytestmark = pytest.mark.unit

GIVEN = {"bucket": "b", "inputdir": "bad", "output": "good", "region": "r", "role": "x", "version": "1", "config": "{}"}
PAGE = (
    next(one for one in Path(__file__).resolve().parents if (one / "docs").is_dir())
    .joinpath("docs/rate.md")
    .read_text()
)
#: A million rows, as they are counted by the sizes of files.
FILES = [
    StoredFile(S3("b", "bad/rows"), 2_000_000_000, datetime(2026, 11, 28, tzinfo=UTC)),
    StoredFile(S3("b", "bad/rows.gz"), 500_000_000, datetime(2026, 11, 28, tzinfo=UTC)),
]


def plan(**changes: Any) -> Plan:
    return make_plan(parse({**GIVEN, **changes}), RunIdentity("dag", "run"))


def summary(shards: int = 1, mode: str = "PROVISIONED") -> dict[str, Any]:
    return {
        "StreamDescriptionSummary": {
            "StreamStatus": "ACTIVE",
            "OpenShardCount": shards,
            "StreamModeDetails": {"StreamMode": mode},
        }
    }


def test_a_rate_in_numbers_goes_to_the_job_and_asks_nobody() -> None:
    made = plan(max_records_per_second="50", max_mb_per_second="0.5")
    assert made.rate == Rate(50, 500_000)
    arguments = " ".join(made.job.arguments)
    assert "--max-records-per-second 50 --max-mb-per-second 0.5" in arguments
    assert talk(find_rate(made), []) == ((made, [], []), [])
    assert msgspec.convert(json.loads(json.dumps(made.to_dict())), Plan) == made


@pytest.mark.parametrize("shards", [1, 4, 40])
def test_a_share_is_asked_of_the_stream(shards: int) -> None:
    made = plan(stream_share="0.5")
    assert (made.rate, made.stream_share) == (None, 0.5)
    assert "--stream-share 0.5" in " ".join(made.job.arguments)
    (found, problems, warnings), (call,) = talk(find_rate(made), [summary(shards)])
    assert (found.rate, problems, warnings) == (Rate(500 * shards, 500_000 * shards), [], [])
    assert call.arguments == {"StreamName": "good"}


def test_a_stream_in_on_demand_mode_is_refused_in_the_words_of_the_job(monkeypatch: pytest.MonkeyPatch) -> None:
    class Kinesis:
        def describe_stream_summary(self, **_: str) -> dict[str, Any]:
            return summary(4, "ON_DEMAND")

    monkeypatch.setattr(boto3, "client", lambda *_, **__: Kinesis())
    own = {"inputs": ("i",), "output": "good", "failed": "f", "unrecoverable": "u", "config": "{}", "region": "r"}
    with pytest.raises(PreflightError) as by_the_job:
        check_stream(Stream("good", None, None), JobOptions(**own, stream_share=0.5))
    (_, (problem,), warnings), _ = talk(find_rate(plan(stream_share=0.5)), [summary(4, "ON_DEMAND")])
    assert f"--{problem.replace('_share', '-share', 1)}" == str(by_the_job.value)
    assert warnings == []


def test_a_share_that_airflow_may_not_ask_for_is_the_business_of_the_job() -> None:
    made = plan(stream_share=0.5)
    (found, problems, (warning,)), _ = talk(find_rate(made), [refused("AccessDeniedException")])
    assert (found, problems) == (made, [])
    assert warning == (
        "stream_share: the rate is not known before the job asks for it (AccessDeniedException), "
        "nor how long the run takes at it"
    )
    assert described(made, FILES) == "at most a share of 0.5 of the stream"


def test_hours_and_node_hours_are_told_at_the_rate() -> None:
    (found, _, _), _ = talk(find_rate(plan(stream_share=0.5, core_count=2)), [summary(1)])
    assert described(found, FILES) == (
        "at most 500 records and 0.5 MB a second (a share of 0.5 of the stream): "
        "about 1 h 35 min and 4.7 node hours if all of about 1,000,000 rows are recovered"
    )
    assert described(plan(), FILES) == ""
    assert f"sends    {described(found, FILES)}" in PAGE


def test_a_rate_that_the_job_does_not_reach_makes_no_run_shorter() -> None:
    takes = duration(cluster_seconds(1e6, 5e9, subtasks=2))
    assert f"about {takes} and " in described(plan(max_records_per_second=1_000_000, core_count=2), FILES)
    assert f"about {takes} and " not in described(plan(max_records_per_second=1_000_000, core_count=3), FILES)


def test_a_run_that_cannot_be_over_in_time_is_refused_with_the_numbers() -> None:
    assert check_hours(plan(max_records_per_second=50, max_hours=6), FILES) == []
    (told,) = check_hours(plan(max_records_per_second=50, max_hours=5), FILES)
    assert told == (
        "max_hours: about 1,000,000 records of 2.5 GB in all, at 50 records a second, take about 5 h 33 min, "
        "and the job is ended after 5 h; raise max_hours or the rate, or recover less at once"
    )
    assert told in PAGE
    assert check_hours(plan(max_hours=0.1), FILES) == []
