"""Inputs that the job would refuse, or read wrongly, are found before a cluster is paid for."""

from __future__ import annotations

import pytest
from event_recovery_provider.aws.s3 import split_uri
from event_recovery_provider.checks.preflight import input_problems

pytestmark = pytest.mark.unit

PREFIX = "s3://bucket/event-recovery/runs/x"


@pytest.mark.parametrize(
    ("inputs", "problems"),
    [
        (["s3://bucket/bad/", "s3://bucket/bad-too/"], []),
        (["s3://bucket/event-recovery/runs/an-earlier-one/failed"], []),
        (["s3://bucket/_bad"], ["s3://bucket/_bad/: Flink passes over names that begin with . or _"]),
        (["s3://bucket/bad/.2026/"], ["s3://bucket/bad/.2026/: Flink passes over names that begin with . or _"]),
        (
            ["s3://bucket/bad/10", "s3://bucket/bad"],
            ["s3://bucket/bad/ and s3://bucket/bad/10/: rows would be read twice"],
        ),
        (["s3://bucket/bad", "s3://bucket/bad/"], ["s3://bucket/bad/ and s3://bucket/bad/: rows would be read twice"]),
        (["s3://bucket/"], [f"s3://bucket/: holds {PREFIX}, where the run writes"]),
        (["s3://bucket/event-recovery"], [f"s3://bucket/event-recovery/: holds {PREFIX}, where the run writes"]),
    ],
)
def test_inputs_are_judged_by_their_places(inputs: list[str], problems: list[str]) -> None:
    assert input_problems(inputs, prefix=PREFIX) == [f"inputdir: {problem}" for problem in problems]


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
