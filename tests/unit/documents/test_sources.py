"""An argument that holds or names a JSON document is read in each of its forms, or refused with a reason."""

from __future__ import annotations

import base64
import textwrap
from pathlib import Path

import pytest
from event_recovery.documents.sources import SourceError, read_json_source

pytestmark = pytest.mark.unit

DOCUMENT = '{"schema": "iglu:a/b/c/1-0-0", "data": {"x": "é?>~~~~"}}'


def read(value: str) -> bytes:
    return read_json_source(value, what="--config")


@pytest.mark.parametrize("text", [DOCUMENT, f"\n {DOCUMENT}", "[]", "{broken"])
def test_inline_json_is_taken_as_it_is(text: str) -> None:
    assert read(text) == text.strip().encode()


def test_an_inline_argument_that_is_not_utf_8_keeps_its_bytes() -> None:
    assert read(b'{"\xff"'.decode(errors="surrogateescape")) == b'{"\xff"'


@pytest.mark.parametrize(
    "encoded",
    [
        pytest.param(base64.b64encode(DOCUMENT.encode()).decode(), id="standard"),
        pytest.param(base64.urlsafe_b64encode(DOCUMENT.encode()).decode(), id="url-safe"),
        pytest.param(base64.b64encode(DOCUMENT.encode()).decode().rstrip("="), id="no padding"),
        pytest.param("\n".join(textwrap.wrap(base64.b64encode(DOCUMENT.encode()).decode(), 20)) + "\n", id="lines"),
    ],
)
def test_base64(encoded: str) -> None:
    assert read(encoded) == DOCUMENT.encode()


def test_base64_longer_than_a_file_name_may_be() -> None:
    long = f'{{"a": "{"x" * 100_000}"}}'.encode()
    assert read(base64.b64encode(long).decode()) == long


@pytest.mark.parametrize("prefix", ["", "file://"])
def test_files(prefix: str, tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.write_text(DOCUMENT)
    assert read(f"{prefix}{path}") == DOCUMENT.encode()


def test_a_file_is_preferred_to_what_its_name_would_decode_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = base64.b64encode(b'{"a":1}').decode()
    (tmp_path / name).write_text("[2]")
    monkeypatch.chdir(tmp_path)
    assert read(name) == b"[2]"


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("", "--config is empty, expected inline JSON, base64 of JSON, an s3:// URI or the path of a file"),
        ("  \n", "--config is empty"),
        ("confg.json", "--config: there is no file 'confg.json', nor is it any other of: inline JSON"),
        (base64.b64encode(b"plain text").decode(), "--config: there is no file"),
        ("x" * 10_000, "--config: there is no file"),
        ("s3://bucket", "--config: s3://bucket names no object, expected s3://bucket/key"),
        ("s3:///key", "--config: s3:///key names no bucket"),
    ],
)
def test_what_cannot_be_read(value: str, message: str) -> None:
    with pytest.raises(SourceError) as caught:
        read(value)
    assert str(caught.value).startswith(message) or str(caught.value).endswith(message)
    assert len(str(caught.value)) < 250


def test_a_directory_is_no_document(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=f"--config: cannot read {tmp_path}: Is a directory"):
        read(str(tmp_path))
