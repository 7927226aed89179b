"""What an input points at, and which of the files there are read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from event_recovery.inputs.choice import CANNOT_UNPACK, Choice, Selection, choose, described, refusal
from event_recovery.inputs.given import parse_input
from event_recovery.storage.files import StoredFile
from event_recovery.storage.locations import S3, parse_location
from event_recovery.text.times import parse_time

pytestmark = pytest.mark.unit

NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)


def stored(uri: str, size: int = 1, arrived: datetime = NOON) -> StoredFile:
    return StoredFile(parse_location(uri), size, arrived)


#: A bucket as the loader writes it, with what else is found in buckets.
BUCKET = [
    stored("s3://b/bad/com.snowplowanalytics.snowplow.badrows.adapter_failures/2026-11-28-101500-a.gz"),
    stored("s3://b/bad/com.snowplowanalytics.snowplow.badrows.schema_violations/2026-11-28-101500-b.gz"),
    stored("s3://b/bad/com.snowplowanalytics.snowplow.badrows.schema_violations/2026-11-28-111500-c.gz"),
    stored("s3://b/bad/2020/a.gz"),
    stored("s3://b/bad/2020/a.gz.old"),
    stored("s3://b/bad/#1/d.gz"),
    stored("s3://b/bad/what?.gz"),
    stored("s3://b/bad/_temporary/e.gz"),
    stored("s3://b/bad/.hidden"),
    stored("s3://b/bad/01_$folder$", 0),
    stored("s3://b/bad/empty.gz", 0),
    stored("s3://b/bad-too/f.gz"),
]


def listed(text: str, files: list[StoredFile] = BUCKET) -> list[StoredFile]:
    """List as S3 does: all whose key begins so."""
    start = parse_input(text).start
    assert isinstance(start, S3)
    return [file for file in files if isinstance(file.location, S3) and file.location.key.startswith(start.key)]


ALL = Selection()
EVERYTHING = "2026-11-28-101500-a.gz 2026-11-28-101500-b.gz 2026-11-28-111500-c.gz a.gz a.gz.old d.gz what?.gz f.gz"


def chosen(*texts: str, selection: Selection = ALL) -> Choice:
    return choose([(parse_input(text), listed(text)) for text in texts], selection)


def names(choice: Choice) -> set[str]:
    return {file.location.name for file in choice.files}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("s3://b", EVERYTHING),
        ("s3://b/", EVERYTHING),
        ("s3a://b/bad-too/", "f.gz"),
        ("s3n://b/bad-too", "f.gz"),
        ("s3://b/bad/2020/a.gz", "a.gz"),
        ("s3://b/bad/#1/", "d.gz"),
        ("s3://b/bad/what?.gz", "what?.gz"),
        ("s3://b/bad/*schema_violations/", "2026-11-28-101500-b.gz 2026-11-28-111500-c.gz"),
        ("s3://b/bad/*/2026-11-28-10*.gz", "2026-11-28-101500-a.gz 2026-11-28-101500-b.gz"),
        ("s3://b/*/?.gz", "f.gz"),
        ("s3://b/**/?.gz", "a.gz d.gz f.gz"),
        ("s3://b/**", EVERYTHING),
        ("s3://b/bad/2020/*", "a.gz a.gz.old"),
    ],
)
def test_an_input_is_a_bucket_a_prefix_an_object_or_a_pattern(text: str, expected: str) -> None:
    assert names(chosen(text)) == set(expected.split(" "))


def test_a_prefix_ends_at_the_end_of_a_name() -> None:
    assert "f.gz" not in names(chosen("s3://b/bad"))


@pytest.mark.parametrize(
    "texts",
    [
        ("s3://b/bad/2020", "s3://b/bad/2020/a.gz"),
        ("s3://b/bad/2020/*.gz", "s3://b/bad/2020"),
        ("s3://b/bad/2020/",) * 2,
    ],
)
def test_files_of_several_inputs_are_read_once(texts: tuple[str, ...]) -> None:
    choice = chosen(*texts)
    assert sorted(file.location.name for file in choice.files) == ["a.gz", "a.gz.old"]


def test_what_is_no_file_of_rows_is_passed_over_and_told() -> None:
    choice = chosen("s3://b")
    assert choice.passed_over == {"hidden": 2, "folder marker": 1, "empty": 1}
    assert described(choice.passed_over) == "1 empty, 1 folder marker, 2 hidden"


def test_an_empty_input_among_others_is_told() -> None:
    choice = chosen("s3://b/bad-too", "s3://b/nowhere", "s3://b/bad/01_$folder$")
    assert names(choice) == {"f.gz"}
    assert choice.nothing_in == {
        "s3://b/nowhere": "there is no such file, and nothing below it",
        "s3://b/bad/01_$folder$": "of 1 files none is to be read: 1 folder marker",
    }


def test_an_input_that_is_hidden_itself_is_told() -> None:
    choice = chosen("s3://b/bad/_temporary/")
    told = "Flink reads nothing whose name begins with a dot or an underscore, '_temporary'"
    assert (choice.files, choice.nothing_in) == ((), {"s3://b/bad/_temporary/": told})


def test_adjacent_windows_have_every_file_exactly_once() -> None:
    files = [stored(f"s3://b/x/{minute}", arrived=NOON + timedelta(minutes=minute)) for minute in range(0, 180, 15)]
    bounds = [None, NOON, NOON + timedelta(minutes=30), NOON + timedelta(hours=2), None]
    read = []
    for begin, end in pairwise(bounds):
        selection = Selection(arrived_from=begin, arrived_to=end)
        choice = choose([(parse_input("s3://b/x"), files)], selection)
        read += [file.location.uri for file in choice.files]
    assert sorted(read) == sorted(file.location.uri for file in files)


def test_what_arrived_outside_the_window_is_told() -> None:
    choice = chosen("s3://b/bad-too", selection=Selection(arrived_from=NOON + timedelta(seconds=1)))
    assert choice.nothing_in == {"s3://b/bad-too": "of 1 files none is to be read: 1 arrived before the window"}


TEN, ELEVEN = "2026-11-28T10:15:01Z", "2026-11-28T11:15:00+00:00"


@pytest.mark.parametrize(
    ("chosen_rows", "read", "passed_over"),
    [
        ({"types": ["schema_violations"]}, EVERYTHING.split(" ", 1)[1], "1 in folders of other types"),
        ({"types": ["adapter_failures", "schema_violations"]}, EVERYTHING, ""),
        ({"failed_to": "2020-01-01T00:00:00Z"}, EVERYTHING, ""),
        ({"failed_from": "2026-11-28T10:15:00Z"}, EVERYTHING, ""),
        ({"failed_from": "2026-11-28T10:15:00.5Z"}, EVERYTHING, ""),
        ({"failed_from": TEN}, EVERYTHING.split(" ", 2)[2], "2 written before the window of failures"),
        ({"failed_from": "2026-11-28T12:00:01Z"}, "", "9 written before the window of failures"),
        (
            {"types": ["adapter_failures"], "failed_from": ELEVEN},
            EVERYTHING.split(" ", 3)[3],
            "2 in folders of other types, 1 written before the window of failures",
        ),
    ],
)
def test_a_file_that_can_hold_no_row_that_is_chosen_is_not_read(
    chosen_rows: dict[str, Any], read: str, passed_over: str
) -> None:
    files = [stored("s3://b/bad/01.gz"), *BUCKET[:3], *BUCKET[3:7], BUCKET[-1]]
    choice = choose([(parse_input("s3://b"), files)], Selection.of(**chosen_rows))
    assert names(choice) - {"01.gz"} == set(read.split())
    assert described(choice.passed_over) == passed_over


def test_folders_are_seen_in_what_was_named_too() -> None:
    text = "s3://b/bad/com.snowplowanalytics.snowplow.badrows.adapter_failures/"
    choice = chosen(text, selection=Selection.of(types=["schema_violations"]))
    assert choice.nothing_in == {text: "of 1 files none is to be read: 1 in folders of other types"}


@pytest.mark.parametrize("suffix", CANNOT_UNPACK)
def test_what_flink_does_not_unpack_is_refused_with_what_to_do(suffix: str) -> None:
    file = stored(f"s3://b/rows{suffix.upper()}")
    choice = choose([(parse_input("s3://b"), [file, stored("s3://b/rows.bz2")])], Selection())
    assert choice.cannot_unpack == (file,)
    assert f"Flink does not unpack {suffix} files" in refusal(file)
    assert CANNOT_UNPACK[suffix] in refusal(file)


@pytest.mark.parametrize("text", ["2026-11-28T10:00:00Z", "2026-11-28T11:00:00+01:00"])
def test_a_time_has_its_offset(text: str) -> None:
    assert parse_time(text) == datetime(2026, 11, 28, 10, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "yesterday", "2026-11-28", "2026-11-28T10:00:00"])
def test_a_time_without_its_offset_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"expected a time with its offset, such as 2026-11-28T10:00:00Z, not '"):
        parse_time(text)
