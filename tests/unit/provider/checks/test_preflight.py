"""Inputs are chosen as the job will choose, and what it would refuse is found before a cluster is paid for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from event_recovery.contract import layout
from event_recovery.inputs.ledger import entry_name
from event_recovery_provider.aws.calls import Call, Conversation
from event_recovery_provider.aws.s3 import split_uri
from event_recovery_provider.checks.preflight import PreflightReport, check_plan
from event_recovery_provider.planning.identity import RunIdentity
from event_recovery_provider.planning.plan import make_plan
from event_recovery_provider.planning.settings import parse
from support.provider.talk import refused

pytestmark = pytest.mark.unit

NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)
SETTINGS = {
    "bucket": "bucket",
    "region": "eu-west-1",
    "role": "nodes",
    "version": "0.1.0",
    "config": "{}",
    "output": "good",
}
EARLIER = "event-recovery/runs/earlier"
#: What lies in the bucket: sizes in bytes and hours of arrival after noon, by key.
KEYS: dict[str, tuple[int, float]] = {
    "bad/com.snowplowanalytics.snowplow.badrows.schema_violations/2026-11-28-101500-a.gz": (10, -1),
    "bad/com.snowplowanalytics.snowplow.badrows.adapter_failures/2026-11-28-111500-b.gz": (20, 0),
    "bad/com.snowplowanalytics.snowplow.badrows.adapter_failures/2026-11-28-121500-c.gz": (40, 1),
    "bad/2020/a.gz": (80, 0),
    "bad/#1/d.gz": (160, 0),
    "bad/01_$folder$": (0, 0),
    "bad/_SUCCESS": (0, 0),
    "partitioned/": (0, 0),
    "xz/rows.xz": (1, 0),
}


def answered(
    conversation: Conversation[PreflightReport],
    keys: Mapping[str, tuple[int, float]],
    kept: bytes | None = None,
    held: Mapping[str, bytes] | None = None,
) -> PreflightReport:
    """Hold the conversation as a bucket with these keys would.

    :param kept: the list of the run's own files
    :param held: what else of runs there is, by key
    """

    def answer(call: Call) -> dict[str, Any] | ClientError:
        if call.operation == "list_objects_v2":
            found = [
                {"Key": key, "Size": size, "LastModified": NOON + timedelta(hours=hours)}
                for key, (size, hours) in keys.items()
                if key.startswith(call.arguments["Prefix"])
            ]
            return {"Contents": found}
        if call.service == "s3" and "/runs/" in call.arguments.get("Key", ""):
            key = call.arguments["Key"]
            body = (held or {}).get(key, kept if key.endswith(layout.INPUTS) else None)
            return {"Body": body} if body is not None else refused("NoSuchKey", status=404)
        if call.operation == "describe_stream_summary":
            return {"StreamDescriptionSummary": {"StreamStatus": "ACTIVE"}}
        return {"Body": b"{}", "ContentLength": 2}

    try:
        call = next(conversation)
        while True:
            given = answer(call)
            call = conversation.throw(given) if isinstance(given, ClientError) else conversation.send(given)
    except StopIteration as done:
        report: PreflightReport = done.value
        return report


def checked(
    inputdir: str,
    *,
    keys: Mapping[str, tuple[int, float]] = KEYS,
    kept: bytes | None = None,
    held: Mapping[str, bytes] | None = None,
    **settings: str,
) -> PreflightReport:
    plan = make_plan(parse({**SETTINGS, "inputdir": inputdir, **settings}), RunIdentity("dag", "run"))
    return answered(check_plan(plan, config="{}", resolver="{}"), keys, kept, held)


def problems(inputdir: str) -> list[str]:
    return [problem for problem in checked(inputdir).problems if problem.startswith("inputdir: ")]


@pytest.mark.parametrize(
    ("inputdir", "size"),
    [
        ("bad", 310),
        ("bad/", 310),
        ("bad/2020/a.gz", 80),
        ("s3://bucket/bad/#1/", 160),
        ("s3a://bucket/bad/2020/", 80),
        ("bad/*violations\nbad/2020", 90),
        ("bad\nbad/2020/a.gz", 310),
        ("bad/**/2026-11-28-1[1-2]*", 0),
        ("bad/**/2026-11-28-1?1500-*.gz", 70),
    ],
)
def test_an_input_is_what_the_job_will_read(inputdir: str, size: int) -> None:
    assert checked(inputdir).choice.size == size


def test_a_whole_bucket_is_an_input_when_the_run_writes_elsewhere() -> None:
    assert checked("s3://bucket/").choice.size == 311
    (told,) = [problem for problem in problems("s3://bucket/") if "run write" in problem]
    assert told.startswith("inputdir: s3://bucket/ holds s3://bucket/event-recovery/runs/")


@pytest.mark.parametrize("inputdir", ["event-recovery", "event-recovery/**", "**/*.jsonl"])
def test_an_input_that_holds_the_run_is_refused(inputdir: str) -> None:
    assert any("where base has the run write" in problem for problem in problems(inputdir))


def test_an_earlier_run_is_an_input() -> None:
    assert problems("event-recovery/runs/an-earlier-one/failed") == []


def test_adjacent_windows_share_all_files() -> None:
    noon, one = NOON.isoformat(), (NOON + timedelta(hours=1)).isoformat()
    before = checked("bad", arrived_to=noon)
    between = checked("bad", arrived_from=noon, arrived_to=one)
    after = checked("bad", arrived_from=one)
    assert [report.choice.size for report in (before, between, after)] == [10, 260, 40]
    assert between.choice.passed_over["arrived before"] == 1


def test_files_of_other_types_and_of_before_the_window_are_not_read() -> None:
    report = checked("bad", types="schema_violations", failed_from="2026-11-28T11:15:00Z")
    told = report.choice.passed_over
    assert (told["other type"], told["written before"]) == (2, 1)


def test_a_run_that_is_tried_again_reads_what_it_chose_at_first() -> None:
    first = checked("bad")
    name, other, *_ = (file.location.uri.removeprefix("s3://bucket/") for file in first.choice.files)
    later = {**KEYS, name: (11, 5.0), "bad/came-later.gz": (500, 5.0)}
    del later[other]
    again = checked("bad", keys=later, kept=first.found.manifest.to_bytes())
    assert again.found.manifest == first.found.manifest
    assert {file.location.uri for file in again.choice.files} == {file.location.uri for file in first.choice.files[2:]}
    assert [warning for warning in again.warnings if "chosen" in warning] == [
        f"inputdir: s3://bucket/{name} is not read: it was changed since it was chosen",
        f"inputdir: s3://bucket/{other} is not read: it is gone since it was chosen",
    ]
    assert again.problems == first.problems


@pytest.mark.parametrize("finished", [True, False])
@pytest.mark.parametrize("setting", ["warn", "skip", "fail"])
def test_files_that_an_earlier_run_recovered_are_treated_as_the_setting_says(setting: str, finished: bool) -> None:
    first = checked("bad/2020")
    entry = f"event-recovery/ledger/{entry_name(first.choice.files, 'earlier')}"
    held = {f"{EARLIER}/inputs.jsonl.gz": first.found.manifest.to_bytes()}
    if finished:
        held[f"{EARLIER}/_SUCCESS"] = b""
    report = checked("bad", keys={**KEYS, entry: (0, 0)}, held=held, already_read=setting)
    told = "inputdir: of 5 files 1 were recovered already, by earlier (1)"
    warned = f"{told}; their events are sent again" in report.warnings
    assert warned is (finished and setting == "warn")
    assert any(problem.startswith(told) for problem in report.problems) is (finished and setting == "fail")
    left_out = int(finished and setting == "skip")
    assert (len(report.choice.files), report.choice.passed_over.get("recovered already", 0)) == (5 - left_out, left_out)
    assert report.found.manifest.files == report.choice.files, "a later run must not take it for read by this one"


def test_a_run_of_nothing_but_what_was_recovered_has_nothing_to_do() -> None:
    first = checked("bad/2020")
    entry = f"event-recovery/ledger/{entry_name(first.choice.files, 'earlier')}"
    held = {f"{EARLIER}/inputs.jsonl.gz": first.found.manifest.to_bytes(), f"{EARLIER}/_SUCCESS": b""}
    report = checked("bad/2020", keys={**KEYS, entry: (0, 0)}, held=held, already_read="skip")
    assert (report.choice.files, report.found.manifest.files) == ((), ())
    told = "of 1 files 1 were recovered already, by earlier (1)"
    assert report.choice.nothing_in == {"s3://bucket/bad/2020": told}


def test_an_input_with_nothing_in_it_is_a_warning_beside_others_and_alone_nothing_to_do() -> None:
    report = checked("bad/2020\nbad/01_$folder$\nnowhere")
    assert [warning for warning in report.warnings if warning.startswith("inputdir")] == [
        "inputdir: s3://bucket/bad/01_$folder$: of 1 files none is to be read: 1 folder marker",
        "inputdir: s3://bucket/nowhere: there is no such file, and nothing below it",
    ]
    alone = checked("partitioned/")
    assert (alone.choice.files, [one for one in alone.problems if one.startswith("inputdir")]) == ((), [])


def test_a_format_that_flink_does_not_unpack_is_refused() -> None:
    (problem,) = problems("xz")
    assert problem.startswith("inputdir: s3://bucket/xz/rows.xz: Flink does not unpack .xz files")


@pytest.mark.parametrize("key", ["a/b.jsonl", "day=1/a#b.jsonl", "a?b", "a?b#c/d", "a b/%20", "", "a//b"])
def test_a_key_may_hold_any_character(key: str) -> None:
    assert split_uri(f"s3://bucket/{key}") == ("bucket", key)


@pytest.mark.parametrize(
    ("uri", "message"),
    [
        ("", "expected a path"),
        ("bucket/key", "is not an S3 URI"),
        ("https://bucket/key", "the scheme 'https' is not supported"),
        ("s3:///key", "names no bucket"),
        ("s3://", "names no bucket"),
    ],
)
def test_what_is_no_s3_uri_is_refused(uri: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        split_uri(uri)
