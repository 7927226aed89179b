"""The two kinds of timestamps: what is accepted, how it is printed, and how refusals read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from event_recovery.text.timestamps import (
    TimestampError,
    normal_millis,
    normalise_date_time,
    normalise_instant,
    parse_date_time,
    print_millis,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from support.engine.rows import ADAPTER, ALL_TYPES, bad_row, collector_payload, config, flow, recover_with, replace

pytestmark = pytest.mark.unit

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def millis(*parts: int) -> int:
    return (datetime(*parts, tzinfo=UTC) - EPOCH) // timedelta(milliseconds=1)  # type: ignore[arg-type,misc]


AT = millis(2020, 2, 17, 9, 28, 16)
DATE_TIMES = {
    "2020-02-17T09:28:16.560Z": (AT + 560, "2020-02-17T09:28:16.560Z"),
    "2020-02-17T09:28:16Z": (AT, "2020-02-17T09:28:16.000Z"),
    "2020-02-17T09:28:16.5Z": (AT + 500, "2020-02-17T09:28:16.500Z"),
    "2020-02-17T09:28:16,560Z": (AT + 560, "2020-02-17T09:28:16.560Z"),
    "2020-02-17T09:28:16.560z": (AT + 560, "2020-02-17T09:28:16.560Z"),
    "2020-02-17T09:28:16.5" + "0" * 5000 + "Z": (AT + 500, "2020-02-17T09:28:16.500Z"),
    "2020-02-17T09.5Z": (millis(2020, 2, 17, 9, 30), "2020-02-17T09:30:00.000Z"),
    "2020-02-17T09:28.5Z": (millis(2020, 2, 17, 9, 28, 30), "2020-02-17T09:28:30.000Z"),
    "2020-02-17T09:28:16.123456789Z": (AT + 123, "2020-02-17T09:28:16.123Z"),
    "2020-02-17T09:28:16+02:00": (1581924496000, "2020-02-17T09:28:16.000+02:00"),
    "2020-02-17T09:28:16+0200": (1581924496000, "2020-02-17T09:28:16.000+02:00"),
    "2020-02-17T09:28:16+02": (1581924496000, "2020-02-17T09:28:16.000+02:00"),
    "2020-02-17T09:28:16-05:30": (AT + 19_800_000, "2020-02-17T09:28:16.000-05:30"),
    "2020-02-17T09:28:16+00:00": (AT, "2020-02-17T09:28:16.000Z"),
    "2020-02-17T09:28:16.560": (AT + 560, "2020-02-17T09:28:16.560Z"),
    "2020-02-17": (millis(2020, 2, 17), "2020-02-17T00:00:00.000Z"),
    "2020-02": (millis(2020, 2, 1), "2020-02-01T00:00:00.000Z"),
    "2020": (millis(2020, 1, 1), "2020-01-01T00:00:00.000Z"),
    "2020-W08-1": (millis(2020, 2, 17), "2020-02-17T00:00:00.000Z"),
    "2020-W08": (millis(2020, 2, 17), "2020-02-17T00:00:00.000Z"),
    "2020-W53-7": (millis(2021, 1, 3), "2021-01-03T00:00:00.000Z"),
    "2020-048": (millis(2020, 2, 17), "2020-02-17T00:00:00.000Z"),
    "2020-366": (millis(2020, 12, 31), "2020-12-31T00:00:00.000Z"),
    "T10:00": (36_000_000, "1970-01-01T10:00:00.000Z"),
    "2020-02-17T09:28": (millis(2020, 2, 17, 9, 28), "2020-02-17T09:28:00.000Z"),
    "2020-02-17T09": (millis(2020, 2, 17, 9), "2020-02-17T09:00:00.000Z"),
    "2020-2-7T9:8:6Z": (millis(2020, 2, 7, 9, 8, 6), "2020-02-07T09:08:06.000Z"),
    "+2020-02-17T09:28:16Z": (AT, "2020-02-17T09:28:16.000Z"),
    "2020-02-29T00:00:00Z": (millis(2020, 2, 29), "2020-02-29T00:00:00.000Z"),
    "1969-12-31T23:59:59.999Z": (-1, "1969-12-31T23:59:59.999Z"),
    "0001-01-01T00:00:00Z": (millis(1, 1, 1), "0001-01-01T00:00:00.000Z"),
    "292278994-08-17T07:12:55.807Z": (2**63 - 1, "292278994-08-17T07:12:55.807Z"),
    "-292275055-05-16T16:47:04.192Z": (-(2**63), "-292275055-05-16T16:47:04.192Z"),
    "12020-02-17T00:00:00Z": (millis(2020, 2, 17) + 25 * 146_097 * 86_400_000, "12020-02-17T00:00:00.000Z"),
}


@pytest.mark.parametrize(("text", "expected"), DATE_TIMES.items(), ids=[text[:30] for text in DATE_TIMES])
def test_date_times(text: str, expected: tuple[int, str]) -> None:
    assert (parse_date_time(text).millis, normalise_date_time(text)) == expected


BAD_DATE_TIMES = {
    "nope": 'Invalid format: "nope"',
    "": 'Invalid format: ""',
    "2020-02-17 09:28:16": 'Invalid format: "2020-02-17 09:28:16" is malformed at " 09:28:16"',
    "2020-02-17T09:28:16Zx": 'Invalid format: "2020-02-17T09:28:16Zx" is malformed at "x"',
    "2020-02-17T24:00:00Z": 'Cannot parse "2020-02-17T24:00:00Z": Value 24 for hourOfDay must be in the range [0,23]',
    "2020-02-17T23:60:00Z": "Cannot parse .*minuteOfHour",
    "2020-02-17T23:59:60Z": "Cannot parse .*secondOfMinute",
    "2020-13-01": "Cannot parse .*monthOfYear",
    "2019-02-29": "Cannot parse .*dayOfMonth",
    "2020-00-10": "Cannot parse .*monthOfYear",
    "2019-366": "Cannot parse .*dayOfYear",
    "2019-W53-1": "Cannot parse .*weekOfWeekyear",
    "2020-W08-8": "Cannot parse .*dayOfWeek",
    "1581931696560Z": "Invalid format",
    "2020-02-17T09:28:16+25:00": "Invalid format",
    " 2020-02-17": "Invalid format",
    "999999999-01-01": 'Cannot parse "999999999-01-01": Value 999999999 for year must be in the range '
    "[-292275054,292278993]",
    "-292275056": "Cannot parse .*year",
    "292278995-W01-1": "Cannot parse .*weekyear",
}


@pytest.mark.parametrize(("text", "message"), BAD_DATE_TIMES.items(), ids=[repr(text) for text in BAD_DATE_TIMES])
def test_texts_that_are_no_date_times(text: str, message: str) -> None:
    with pytest.raises(TimestampError) as caught:
        normalise_date_time(text)
    pattern, _, rest = message.partition(" .*")
    assert str(caught.value).startswith(pattern)
    assert rest in str(caught.value)


@pytest.mark.parametrize(
    "timestamp",
    ["2020-02-30T09:28:16.560Z", "2021-02-29T00:00:00.000Z", "2020-04-31T00:00:00.000Z", "2020-02-17T24:00:00.000Z"],
)
@pytest.mark.parametrize("keys", [[], ALL_TYPES], ids=["no-flow", "a-flow"])
def test_a_row_of_a_day_that_never_was_is_no_bad_row(timestamp: str, keys: Sequence[str]) -> None:
    mending = config(flow(replace("$.timestamp", "2020-02-17T09:28:16.560Z")), keys=keys)
    result = recover_with(mending, bad_row(ADAPTER, collector_payload(timestamp=timestamp)))
    assert (result.outcome, result.error) == ("failed", "InvalidDataFormat")


def test_long_texts_are_cut_in_messages() -> None:
    with pytest.raises(TimestampError, match=r'^Invalid format: "x{32}\.\.\."$'):
        normalise_date_time("x" * 100)


@settings(deadline=None)
@given(st.integers(-(2**47), 2**47), st.integers(-23 * 60, 23 * 60))
def test_printed_date_times_read_back(moment: int, offset: int) -> None:
    text = print_millis(moment, offset)
    assert parse_date_time(text) == (moment, offset)
    assert normalise_date_time(text) == text


@settings(deadline=None)
@given(st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31), timezones=st.just(UTC)))
def test_printed_date_times_agree_with_the_calendar_of_the_standard_library(moment: datetime) -> None:
    moment = moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    text = moment.strftime("%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03}Z"
    assert print_millis((moment - EPOCH) // timedelta(milliseconds=1)) == f"{moment.year:04}-{text}"


INSTANTS = {
    "2020-02-17T09:28:18Z": "2020-02-17T09:28:18Z",
    "2020-02-17T09:28:18.000Z": "2020-02-17T09:28:18Z",
    "2020-02-17T09:28:18.100Z": "2020-02-17T09:28:18.100Z",
    "2020-02-17T09:28:18.1Z": "2020-02-17T09:28:18.100Z",
    "2020-02-17T09:28:18.1234Z": "2020-02-17T09:28:18.123400Z",
    "2020-02-17T09:28:18.123456Z": "2020-02-17T09:28:18.123456Z",
    "2020-02-17T09:28:18.123456000Z": "2020-02-17T09:28:18.123456Z",
    "2020-02-17T09:28:18.123456789Z": "2020-02-17T09:28:18.123456789Z",
    "2020-02-17T09:28:18.000000001Z": "2020-02-17T09:28:18.000000001Z",
    "2020-02-17T09:28:18+01:00": "2020-02-17T08:28:18Z",
    "2020-02-17T00:00:00.5+01:00": "2020-02-16T23:00:00.500Z",
    "2020-02-29T23:59:59Z": "2020-02-29T23:59:59Z",
}


@pytest.mark.parametrize(("text", "expected"), INSTANTS.items(), ids=INSTANTS)
def test_instants(text: str, expected: str) -> None:
    assert normalise_instant(text) == expected
    assert normalise_instant(expected) == expected


BAD_INSTANTS = {
    "2020-02-17 09:28:18": "Text '2020-02-17 09:28:18' could not be parsed at index 10",
    "nope": "Text 'nope' could not be parsed at index 0",
    "": "Text '' could not be parsed at index 0",
    "2020-02-17": "Text '2020-02-17' could not be parsed at index 10",
    "2020-02-17T09:28Z": "Text '2020-02-17T09:28Z' could not be parsed at index 16",
    "2020-02-17T09:28:18": "Text '2020-02-17T09:28:18' could not be parsed at index 19",
    "2020-02-17T09:28:18.1234567891Z": "Text '2020-02-17T09:28:18.1234567891Z' could not be parsed at index 29",
    "2020-02-17T09:28:18ZZ": ("Text '2020-02-17T09:28:18ZZ' could not be parsed, unparsed text found at index 20"),
}


@pytest.mark.parametrize(("text", "message"), BAD_INSTANTS.items(), ids=[repr(text) for text in BAD_INSTANTS])
def test_texts_that_are_no_instants(text: str, message: str) -> None:
    with pytest.raises(TimestampError) as caught:
        normalise_instant(text)
    assert str(caught.value) == message


@pytest.mark.parametrize("text", ["2020-13-17T09:28:18Z", "2019-02-29T09:28:18Z", "2020-02-17T25:28:18Z"])
def test_instants_out_of_range(text: str) -> None:
    with pytest.raises(TimestampError, match="could not be parsed"):
        normalise_instant(text)


@given(
    st.tuples(
        st.sampled_from(["0000", "0001", "1969", "2024", "9999"]),
        *[st.integers(0, most).map("{:02}".format) for most in (13, 32, 24, 60, 60)],
        st.sampled_from(["", ".5", ".123", ".1234", ".000"]),
        st.sampled_from(["", "Z", "z", "+00:00", "-00:00", "+14:59", "-13:30", "+15:00", "+0100", "-00:30"]),
    )
)
def test_common_forms_are_read_as_all_others_are(pieces: tuple[str, ...]) -> None:
    text = "{}-{}-{}T{}:{}:{}{}{}".format(*pieces)
    try:
        moment = parse_date_time(text)
    except TimestampError as error:
        with pytest.raises(TimestampError, match=re.escape(str(error))):
            normalise_date_time(text)
    else:
        printed = normalise_date_time(text)
        assert printed == print_millis(moment.millis, moment.offset_minutes)
        assert normal_millis(printed) == moment.millis
