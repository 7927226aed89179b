"""Which places that a run writes to are part of what it reads."""

from __future__ import annotations

import pytest
from event_recovery.inputs.given import parse_input
from event_recovery.inputs.outputs import read_as_input
from event_recovery.storage.locations import parse_location

pytestmark = pytest.mark.unit

RUN = "s3://recovery/base/runs/1"


@pytest.mark.parametrize(
    "text",
    ["s3://recovery", "s3://recovery/base/", "s3a://recovery/base/runs", "s3://recovery/**", f"{RUN}/part-*"],
)
def test_a_run_within_its_own_input_is_told(text: str) -> None:
    (told,) = read_as_input([("base", parse_location(RUN))], [parse_input(text)])
    assert told == f"{text} holds {RUN}, where base has the run write"


@pytest.mark.parametrize(
    "text",
    [
        "s3://bad-rows",
        "s3://bad-rows/base/",
        "s3://bad-rows/base/runs/1",
        "s3://bad-rows/**",
        "s3://recovery/bas",
        "/recovery/base",
        "/",
    ],
)
def test_another_bucket_or_folder_is_not_although_its_names_are_the_same(text: str) -> None:
    assert list(read_as_input([("base", parse_location(RUN))], [parse_input(text)])) == []


def test_a_folder_of_this_machine_is_no_bucket() -> None:
    assert list(read_as_input([("failed", parse_location("/data/out"))], [parse_input("s3://data")])) == []
    (told,) = read_as_input([("failed", parse_location("/data/out"))], [parse_input("/data")])
    assert told == "/data holds file:///data/out, where failed has the run write"
