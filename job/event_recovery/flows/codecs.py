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

    :param read: gives the document; the second argument tells whether somebody reads why a text is none
    :param write: gives the text
    """

    read: Callable[[str, bool], Json]
    write: Callable[[Json], str]


def _read_text(text: str, explain: bool) -> Json:
    return parse(text, explain=explain)


def _read_base64(text: str, explain: bool) -> Json:
    try:
        data = base64text.decode(text)
    except base64text.Base64Error as error:
        raise Base64Failure(data=text, reason=str(error)) from None
    return parse_utf8(data, explain=explain)


def _write_base64(document: Json) -> str:
    return base64text.encode(no_spaces_utf8(document))


BASE64: Final = Codec(_read_base64, _write_base64)
TEXT: Final = Codec(_read_text, no_spaces)


def codec_for(kind: int) -> Codec | None:
    """Give how a field holds a document, when what its name says is that it does."""
    return BASE64 if kind & FieldKind.BASE64 else TEXT if kind & FieldKind.TEXT else None
