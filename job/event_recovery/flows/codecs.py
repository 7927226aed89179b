"""Codecs: how a text field of a row holds a document, as JSON text or as base64 of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from event_recovery.errors import Base64Failure
from event_recovery.flows.path import FieldKind
from event_recovery.text import base64text
from event_recovery.text.jsontext import Json, no_spaces, no_spaces_utf8, parse, parse_utf8


@dataclass(frozen=True, slots=True)
class Codec:
    """How a text holds a document.

    :param content: returns the JSON text that a text holds, in bytes
    :param read_or_explain: returns the document, or raises an error in the reference's words, which take time to find
    :param write: returns the text
    """

    content: Callable[[str], bytes]
    read_or_explain: Callable[[str], Json]
    write: Callable[[Json], str]


def _text_bytes(text: str) -> bytes:
    return text.encode()


def _read_text_or_explain(text: str) -> Json:
    return parse(text)


def _read_base64_or_explain(text: str) -> Json:
    return parse_utf8(_base64_bytes(text))


def _base64_bytes(text: str) -> bytes:
    try:
        return base64text.decode(text)
    except base64text.Base64Error as error:
        raise Base64Failure(data=text, reason=str(error)) from None


def _write_base64(document: Json) -> str:
    return base64text.encode(no_spaces_utf8(document))


#: A document as base64 of its JSON text.
BASE64: Final = Codec(_base64_bytes, _read_base64_or_explain, _write_base64)
#: A document as its JSON text.
TEXT: Final = Codec(_text_bytes, _read_text_or_explain, no_spaces)


def codec_for(kind: int) -> Codec | None:
    """Return how a field holds a document; None when its kind says that it does not."""
    return BASE64 if kind & FieldKind.BASE64 else TEXT if kind & FieldKind.TEXT else None
