"""A line as a bad row: parsed, decoded and unwrapped, with every fault in the reference's words."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final

from event_recovery.badrows.decoders import DecodeError, MissingFieldError, WrongTypeError, down, string
from event_recovery.badrows.types import BadRowType, PayloadKind, decode_data, is_final, named_type
from event_recovery.errors import InvalidDataFormat, InvalidJsonFormat, RowFailure
from event_recovery.iglu.uris import BAD_ROWS_VENDOR, SchemaKey, SchemaUriError, parse_uri
from event_recovery.text.jsontext import Json, JsonTextError, parse

_RECOVERY_ERROR: Final = "recovery_error"
#: Format violations around a line are unwrapped so often; each of them is a text that has to be parsed.
MOST_WRAPPED: Final = 10
#: No name of a type is as long; what is told of a line must not grow with what it holds.
_LONGEST_NAME: Final = 60


class Unreadable(Exception):  # noqa: N818 - carries a failure, is not one
    """A line is not a bad row.

    :param failure: why it is not
    :param document: the line as JSON; None when it is not JSON
    :param reason: the reason that its own bad row has, when that is not the failure's message
    :param type_name: the name that its schema gives it, when that is of a bad row but of no published type
    """

    def __init__(
        self, failure: RowFailure, *, document: Json, reason: str | None = None, type_name: str | None = None
    ) -> None:
        super().__init__(failure)
        self.failure, self.document, self.type_name = failure, document, type_name
        self.reason = str(failure) if reason is None else reason


@dataclass(frozen=True, slots=True)
class BadRow:
    """A decoded bad row: the innermost one, when recovery errors of earlier runs are around it.

    :param recoveries: how many attempts there were before this one
    :param final: whether it is unrecoverable, whatever the config
    :param unknown: of a format violation that holds a bad row of a type that is not known, the name of that
    """

    uri: str
    type: BadRowType
    data: dict[str, Any]
    recoveries: int = 0
    final: bool = False
    unknown: str | None = None


def read_row(line: str) -> BadRow:
    """Parse, decode and unwrap a line.

    :raises Unreadable: when it is not a bad row
    """
    try:
        document = parse(line, explain=False)
    except JsonTextError:
        raise Unreadable(InvalidJsonFormat(line), document=None) from None
    try:
        row = _decoded(document, recoveries=0)
    except DecodeError as error:
        raise Unreadable(
            InvalidDataFormat(str(error), node=document),
            document=document,
            reason=str(error),
            type_name=_unknown_type(document),
        ) from None
    for _ in range(MOST_WRAPPED):
        wrapped = _wrapped(row)
        if wrapped is None:
            break
        row = wrapped
        if row.unknown:
            break
    return row


def may_hold_a_line(payload: str) -> bool:
    """Tell whether the payload of a format violation may be a line of JSON; what a collector received is base64."""
    return payload.lstrip()[:1] == "{"


def _wrapped(row: BadRow) -> BadRow | None:
    """Return the bad row that a format violation holds as text; None when it holds none.

    So a recovery writes a line that it cannot read, and the reference also a row whose step made what is no payload. Of
    a row whose type is not known the violation itself is returned, with that name.
    """
    if row.type.kind is not PayloadKind.THRIFT or not may_hold_a_line(row.data["payload"]):
        return None
    try:
        document = parse(row.data["payload"], explain=False)
    except JsonTextError:
        return None
    try:
        return _decoded(document, recoveries=row.recoveries + 1)
    except DecodeError:
        unknown = _unknown_type(document)
        return None if unknown is None else replace(row, unknown=unknown)


def _decoded(document: Json, *, recoveries: int) -> BadRow:
    """Decode a bad row, the innermost one where recovery errors are around it.

    :param recoveries: attempts that are told by what is around the document
    """
    schema, data, told = _innermost(document)
    again = recoveries + told > 0
    bad_row_type, normalised = decode_data(schema, data, again=again)
    return BadRow(schema.uri, bad_row_type, normalised, recoveries + told, is_final(bad_row_type, schema, again=again))


def _innermost(document: Json) -> tuple[SchemaKey, Json, int]:
    """Return schema and data of the row inside all recovery errors, and the attempts that they tell."""
    schema, data = _envelope(document)
    recoveries = 0
    while (nested := _nested(schema, data)) is not None:
        recoveries = max(recoveries, _recoveries(data))
        schema, data = _envelope(nested)
    return schema, data, recoveries


def _unknown_type(document: Json) -> str | None:
    try:
        schema, _, _ = _innermost(document)
    except DecodeError:
        return None
    ours = schema.vendor == BAD_ROWS_VENDOR and schema.format == "jsonschema"
    return schema.name[:_LONGEST_NAME] if ours and named_type(schema) is None else None


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
