"""``event-recovery encode`` and ``decode``: between files and what command lines and streams carry."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Final

import click
import orjson

from event_recovery.cli.console import UNUSABLE, read_source, stop
from event_recovery.cli.options import s3_options
from event_recovery.documents.positions import JsonSyntaxError, parse_json
from event_recovery.storage.files import Storage
from event_recovery.text import base64text
from event_recovery.text.thrift import ThriftError, read_payload

#: How a file may hold payloads.
PAYLOAD_FORMATS: Final = ("base64", "raw", "framed")


@click.command()
@click.argument("document")
@s3_options
def encode(document: str, storage: Storage) -> None:
    """Print a config or resolver as base64, for command lines and variables.

    DOCUMENT is a file, an s3:// URI or inline JSON, or - for standard input.
    """
    content = read_source(document, "DOCUMENT", storage)
    try:
        parse_json(content)
    except JsonSyntaxError as error:
        stop(f"DOCUMENT is not JSON: {error}", UNUSABLE)
    click.echo(base64text.encode(content))


@click.command()
@click.argument("payloads", metavar="FILE")
@click.option(
    "--format",
    "form",
    type=click.Choice(PAYLOAD_FORMATS),
    default="base64",
    show_default=True,
    help="base64: a payload a line; raw: one payload; framed: each after its length in 4 bytes, as run --raw writes.",
)
def decode(payloads: str, form: str) -> None:
    """Print Thrift collector payloads as JSON lines; FILE may be - for standard input."""
    try:
        data = sys.stdin.buffer.read() if payloads == "-" else Path(payloads).read_bytes()
    except OSError as error:
        stop(f"FILE {payloads} cannot be read: {error.strerror}", UNUSABLE)
    for number, payload in enumerate(split_payloads(data, form), 1):
        try:
            document = asdict(read_payload(payload))
        except ThriftError as error:
            stop(f"payload {number} of {payloads} is not a Thrift collector payload: {error}", UNUSABLE)
        click.echo(orjson.dumps(document))


def split_payloads(data: bytes, form: str) -> Iterator[bytes]:
    """Yield the payloads that a file holds.

    :param form: one of ``PAYLOAD_FORMATS``
    """
    if form == "raw":
        return iter((data,))
    return _base64_lines(data) if form == "base64" else _frames(data)


def _base64_lines(data: bytes) -> Iterator[bytes]:
    for number, line in enumerate(data.splitlines(), 1):
        if line.strip():
            try:
                yield base64text.decode(line.strip().decode("latin-1"))
            except base64text.Base64Error as error:
                stop(f"line {number} is not base64: {error}", UNUSABLE)


def _frames(data: bytes) -> Iterator[bytes]:
    position = 0
    while position < len(data):
        start = position + 4
        position = start + int.from_bytes(data[position:start])
        if start > len(data) or position > len(data):
            stop(f"the file ends inside the payload that begins at byte {start - 4}", UNUSABLE)
        yield data[start:position]
