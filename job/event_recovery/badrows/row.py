"""A line as a bad row: parsed, decoded and unwrapped, with every fault in the reference's words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from event_recovery.badrows.decoders import DecodeError, MissingFieldError, WrongTypeError, down, string
from event_recovery.badrows.types import BadRowType, decode_data
from event_recovery.errors import InvalidDataFormat, InvalidJsonFormat, RowFailure
from event_recovery.iglu.uris import BAD_ROWS_VENDOR, SchemaKey, SchemaUriError, parse_uri
from event_recovery.text.jsontext import Json, JsonTextError, parse

_RECOVERY_ERROR: Final = "recovery_error"


class Unreadable(Exception):  # noqa: N818 - carries a failure, is not one
    """A line is not a bad row.

    :param failure: why it is not
    :param document: the line as JSON; None when it is not JSON
    :param reason: the reason that its own bad row has, when that is not the failure's message
    """

    def __init__(self, failure: RowFailure, *, document: Json, reason: str | None = None) -> None:
        super().__init__(failure)
        self.failure, self.document = failure, document
        self.reason = str(failure) if reason is None else reason


@dataclass(frozen=True, slots=True)
class BadRow:
    """A decoded bad row: the innermost one, when recovery errors of earlier runs are around it.

    :param recoveries: how many attempts there were before this one
    """

    uri: str
    type: BadRowType
    data: dict[str, Any]
    recoveries: int = 0


def read_row(line: str) -> BadRow:
    """Parse, decode and unwrap a line.

    :raises Unreadable: when it is not a bad row
    """
    try:
        document = parse(line, explain=False)
    except JsonTextError:
        raise Unreadable(InvalidJsonFormat(line), document=None) from None
    try:
        schema, data = _envelope(document)
        recoveries = 0
        while (nested := _nested(schema, data)) is not None:
            recoveries = max(recoveries, _recoveries(data))
            schema, data = _envelope(nested)
        bad_row_type, normalised = decode_data(schema, data)
    except DecodeError as error:
        raise Unreadable(
            InvalidDataFormat(str(error), node=document),
            document=document,
            reason=str(error),
        ) from None
    return BadRow(schema.uri, bad_row_type, normalised, recoveries)


def _envelope(document: Json) -> tuple[SchemaKey, Json]:
    for field in ("schema", "data"):
        if type(document) is not dict or field not in document:
            raise MissingFieldError("Missing required field", down(field, None))
        if field == "schema":
            path = down("schema", None)
            uri = string(document["schema"], path)
            try:
                schema = parse_uri(uri)
            except SchemaUriError as error:
                raise DecodeError(f"Cannot decode {uri} as SchemaKey, {error}", path) from None
    return schema, document["data"]


def _nested(schema: SchemaKey, data: Json) -> Json:
    """Return the bad row inside a recovery error of any version; None for any other row."""
    if (schema.vendor, schema.name) != (BAD_ROWS_VENDOR, _RECOVERY_ERROR):
        return None
    path = down("data", None)
    if type(data) is not dict:
        raise WrongTypeError(data, "object", path)
    if "payload" not in data:
        raise MissingFieldError("Missing required field", down("payload", path))
    return data["payload"]


def _recoveries(data: dict[str, Any]) -> int:
    count = data.get("recoveries")
    return count if type(count) is int and count > 0 else 0
