"""Texts of a fixed form, beside what regexes and the standard library say of them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from event_recovery.text.fixed_forms import is_uuid, utc_millis
from hypothesis import given, settings
from hypothesis import strategies as st

pytestmark = pytest.mark.unit

UUID = "12345678-9abc-Def0-aaaa-0123456789FF"
TIMESTAMP = "2026-02-17T09:28:16.560Z"
STRAYS = "0123569:;@AFGTZ`afgz -.+/é\udc00\N{ARABIC-INDIC DIGIT TWO}"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def by_regex(text: str) -> bool:
    return re.fullmatch("[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}", text) is not None


def by_library(text: str) -> int | None:
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z", text):
        return None
    try:
        moment = datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
    except ValueError:
        return None
    # The library has seconds up to 61.
    return None if text[17:19] > "59" or moment.day > 28 else (moment - EPOCH) // timedelta(milliseconds=1)


@pytest.mark.parametrize("place", range(len(UUID) + 1))
def test_a_uuid_with_another_character(place: int) -> None:
    assert is_uuid(UUID)
    for stray in STRAYS:
        for text in (UUID[:place] + stray + UUID[place + 1 :], UUID[:place] + stray + UUID[place:], UUID[:place]):
            assert is_uuid(text) == by_regex(text), text


@pytest.mark.parametrize("place", range(len(TIMESTAMP) + 1))
def test_a_timestamp_with_another_character(place: int) -> None:
    assert utc_millis(TIMESTAMP) == by_library(TIMESTAMP) is not None
    for stray in STRAYS:
        for behind in (place, place + 1):
            text = TIMESTAMP[:place] + stray + TIMESTAMP[behind:]
            assert utc_millis(text) == by_library(text), text


@settings(deadline=None)
@given(st.datetimes())
def test_any_moment(moment: datetime) -> None:
    text = f"{moment.isoformat(timespec='milliseconds')}Z"
    assert utc_millis(text) == by_library(text)


@pytest.mark.parametrize("year", [0, 1, 4, 100, 400, 1899, 1900, 1970, 2000, 2024, 2100, 9999])
def test_every_month(year: int) -> None:
    for month in range(14):
        for day in (0, 1, 28, 29, 31):
            text = f"{year:04}-{month:02}-{day:02}T23:59:59.999Z"
            assert utc_millis(text) == by_library(text), text
