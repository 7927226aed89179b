"""Numbers: how they are read, compared, rounded and laid out as Java does."""

from __future__ import annotations

import json
import math
import struct

import pytest
from event_recovery.text.numbers import (
    Number,
    ceil_int32,
    double_number,
    float32_number,
    is_number,
    number_text,
    parse_java_double,
    same_number,
    whole_number,
)
from hypothesis import given, settings
from hypothesis import strategies as st

pytestmark = pytest.mark.unit

LAYOUTS = {
    24.0: "24.0",
    0.0: "0.0",
    0.001: "0.001",
    0.00099: "9.9E-4",
    0.0001: "1.0E-4",
    9999999.0: "9999999.0",
    10000000.0: "1.0E7",
    12345678.0: "1.2345678E7",
    1234567.891: "1234567.891",
    -1.5: "-1.5",
    100.0: "100.0",
    123456.0: "123456.0",
    1e21: "1.0E21",
    2e23: "2.0E23",
    9007199254740992.0: "9.007199254740992E15",
    1.7976931348623157e308: "1.7976931348623157E308",
    0.1 + 0.2: "0.30000000000000004",
}


@pytest.mark.parametrize(("value", "text"), LAYOUTS.items())
def test_layout_of_doubles(value: float, text: str) -> None:
    assert double_number(value) == Number(text)


def test_negative_zero_keeps_its_sign() -> None:
    assert double_number(-0.0) == Number("-0.0")


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_in_json_becomes_null(value: float) -> None:
    assert double_number(value) is None
    assert float32_number(value) is None


@settings(deadline=None)
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_laid_out_doubles_read_back_as_the_same_value(value: float) -> None:
    number = double_number(value)
    assert number is not None
    assert json.loads(number.text) == value
    mantissa, _, exponent = number.text.lstrip("-").partition("E")
    assert "." in mantissa
    assert (bool(exponent)) is (value != 0 and not 1e-3 <= abs(value) < 1e7)


FLOATS = {
    37.75123456789: "37.751236",
    0.1: "0.1",
    1.0: "1.0",
    16777217.0: "1.6777216E7",
    3.4028234663852886e38: "3.4028235E38",
    1e-45: "1.0E-45",
    0.0: "0.0",
    1e-50: "0.0",
    -122.4194: "-122.4194",
}


@pytest.mark.parametrize(("value", "text"), FLOATS.items())
def test_layout_of_32_bit_floats(value: float, text: str) -> None:
    assert float32_number(value) == Number(text)


@pytest.mark.parametrize("value", [1e39, -1e39, 3.5e38])
def test_beyond_32_bits(value: float) -> None:
    assert float32_number(value) is None


@settings(deadline=None)
@given(st.floats(width=32, allow_nan=False, allow_infinity=False))
def test_laid_out_floats_read_back_as_the_same_32_bits(value: float) -> None:
    number = float32_number(value)
    assert number is not None
    assert struct.pack(">f", float(number.text)) == struct.pack(">f", value)


READS: dict[str, float | None] = {
    "24": 24.0,
    " 24 ": 24.0,
    "\t\n24\x00\x1f": 24.0,
    "+1.5": 1.5,
    "-.5": -0.5,
    "5.": 5.0,
    "1e3": 1000.0,
    "1E+3": 1000.0,
    "24d": 24.0,
    "24F": 24.0,
    "0x1p3": 8.0,
    "0X1.8P1f": 3.0,
    "-0x.8p0": -0.5,
    "Infinity": math.inf,
    "-Infinity": -math.inf,
    "1e400": math.inf,
    "0x1p5000": math.inf,
    "-0x1p5000": -math.inf,
    "": None,
    " ": None,
    "1_000": None,
    "٣": None,
    "\xa024": None,
    "inf": None,
    "infinity": None,
    "nan": None,
    "0x1": None,
    "1e": None,
    "1 2": None,
    "--1": None,
    ".": None,
    "1dd": None,
    "Infinityd": None,
}


@pytest.mark.parametrize(("text", "value"), READS.items(), ids=[repr(text) for text in READS])
def test_reading_as_java_does(text: str, value: float | None) -> None:
    assert parse_java_double(text) == value


def test_reading_nan() -> None:
    assert math.isnan(parse_java_double("NaN") or 0)


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("443", 443),
        ("443.0", 443),
        ("4.43e2", 443),
        ("-0", 0),
        ("0e999999999999", 0),
        ("443.5", None),
        ("1e999999999999", None),
        ("1e-999999999999", None),
        ("1000", None),
        ("-1000", -1000),
        ("-1001", None),
    ],
)
def test_whole_numbers(text: str, whole: int | None) -> None:
    assert whole_number(text, range(-1000, 1000)) == whole


def test_booleans_are_no_numbers() -> None:
    assert not is_number(True)
    assert all(map(is_number, (0, 0.5, Number("1E5"))))


@pytest.mark.parametrize("text", ["1.0", "1e5", "1E+2", "-0", "0.1000", "123456789012345678901234567890"])
def test_numbers_keep_their_text(text: str) -> None:
    assert number_text(Number(text)) == text


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        (1, 1.0, True),
        (Number("1.0"), 1, True),
        (Number("1E2"), Number("100"), True),
        (Number("-0"), 0, True),
        (Number("1e400"), Number("1E+400"), True),
        (Number("12345678901234567890123"), Number("12345678901234567890124"), False),
        (0.1, Number("0.1"), True),
        (Number(f"1e{10**21}"), 1, False),
        (Number(f"1e{10**21}"), Number(f"1e{10**21}"), True),
    ],
)
def test_comparing_by_value(left: int | float | Number, right: int | float | Number, same: bool) -> None:
    assert same_number(left, right) is same


@pytest.mark.parametrize(
    ("value", "size"),
    [(2.1, 3), (-2.9, -2), (0, 0), (Number("1e400"), 2**31 - 1), (Number("-1e400"), -(2**31)), (2**31, 2**31 - 1)],
)
def test_ceilings(value: int | float | Number, size: int) -> None:
    assert ceil_int32(value) == size
