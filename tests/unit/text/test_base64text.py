"""Base64 as the JVM reads it."""

from __future__ import annotations

import base64

import pytest
from event_recovery.text.base64text import Base64Error, decode, encode
from hypothesis import given, settings
from hypothesis import strategies as st

pytestmark = pytest.mark.unit

READS = {
    "": b"",
    "YQ==": b"a",
    "YQ": b"a",
    "YWI=": b"ab",
    "YWI": b"ab",
    "YWJj": b"abc",
    "+/+/": b"\xfb\xff\xbf",
    "-_-_": b"\xfb\xff\xbf",
    "+_-/": b"\xfb\xff\xbf",
    "YR==": b"a",
    "YWK=": b"ab",
    "cx": b"s",
}


@pytest.mark.parametrize(("text", "data"), READS.items(), ids=[repr(text) for text in READS])
def test_reads(text: str, data: bytes) -> None:
    assert decode(text) == data


REFUSED = {
    "!!": "Illegal base64 character 21",
    "YWJj\n": "Illegal base64 character a",
    "YW Jj": "Illegal base64 character 20",
    "üü": "Illegal base64 character -3d",
    "Y": "Input byte[] should at least have 2 bytes for base64 bytes",
    "YWJjY": "Last unit does not have enough valid bits",
    "YQ=": "Input byte array has wrong 4-byte ending unit",
    "YWJj=": "Input byte array has wrong 4-byte ending unit",
    "YQ==YQ==": "Input byte array has incorrect ending byte at 4",
    "YWI=YWI=": "Input byte array has incorrect ending byte at 4",
    "YQ===": "Input byte array has incorrect ending byte at 4",
    "ue_px!": "Illegal base64 character 21",
}


@pytest.mark.parametrize(("text", "message"), REFUSED.items(), ids=[repr(text) for text in REFUSED])
def test_refusals(text: str, message: str) -> None:
    with pytest.raises(Base64Error) as caught:
        decode(text)
    assert str(caught.value) == message


@pytest.mark.parametrize("stray", ["\n", " ", "%", "é", "."])
def test_a_character_that_is_none_is_refused_wherever_it_is(stray: str) -> None:
    for size in (30, 31, 32):
        text = encode(bytes(range(size)))
        for place in range(len(text)):
            for behind in (place, place + 1):
                with pytest.raises(Base64Error):
                    decode(text[:place] + stray + text[behind:])


@settings(deadline=None)
@given(st.binary())
def test_round_trip(data: bytes) -> None:
    assert encode(data) == base64.b64encode(data).decode()
    assert decode(encode(data)) == data
    assert decode(base64.urlsafe_b64encode(data).decode().rstrip("=")) == data


@settings(deadline=None)
@given(st.text(alphabet="AQgw+/-_=\n ü", max_size=12))
def test_any_text_is_decoded_or_refused(text: str) -> None:
    try:
        data = decode(text)
    except Base64Error:
        return
    assert len(data) == len(text.rstrip("=")) * 3 // 4
