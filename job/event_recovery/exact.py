"""The recovery of one row, stage by stage, with every failure in the reference's words.

parse -> decode -> unwrap -> choose flows -> take the payload -> apply steps -> coerce
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from msgspec import convert

from event_recovery.coercion import coerce_collector_payload, coerce_raw_event
from event_recovery.config import Flow, RecoveryConfig
from event_recovery.cpformat import is_doubly_encoded, read_collector_payload
from event_recovery.decoding import DecodeError, Decoder, MissingFieldError, WrongTypeError, down, string
from event_recovery.errors import (
    FailedToMatchConfiguration,
    InvalidDataFormat,
    InvalidJsonFormat,
    RowFailure,
    UnrecoverableBadRowType,
)
from event_recovery.iglu import uris
from event_recovery.iglu.uris import BAD_ROWS_VENDOR, SchemaKey
from event_recovery.operations import Operation
from event_recovery.rowtypes import COLLECTOR_PAYLOAD, RAW_EVENT
from event_recovery.shapes import (
    BadRowType,
    PayloadKind,
    collector_payload,
    decode_data,
    enrichment_payload,
)
from event_recovery.text.jsontext import Json, JsonTextError, parse

_RECOVERY_ERROR = "recovery_error"


class Unreadable(Exception):  # noqa: N818 - carries a failure, is not one
    """A line is no bad row: ``failure`` says why, ``reason`` is what its own bad row tells (the same, if not given)."""

    def __init__(self, failure: RowFailure, *, document: Json, reason: str | None = None) -> None:
        super().__init__(failure)
        self.failure, self.document = failure, document
        self.reason = str(failure) if reason is None else reason


@dataclass(frozen=True, slots=True)
class BadRow:
    """A decoded bad row: the innermost one, when recovery errors of earlier runs are around it.

    ``recoveries`` counts the attempts before this one.
    """

    uri: str
    type: BadRowType
    data: dict[str, Any]
    recoveries: int = 0


@dataclass(frozen=True, slots=True)
class Payload:
    """The part of a bad row that can be sent again, as the document that steps work on."""

    document: dict[str, Any]
    decode: Decoder
    original_path: str | None = None

    def after(self, step: Operation) -> Payload:
        """Apply a step, and read the result as the same type of payload again.

        :raises RowFailure: when the step fails, or its result is no such payload
        """
        changed = step.apply(self.document)
        try:
            return Payload(self.decode(changed, None), self.decode, self.original_path)
        except DecodeError as error:
            raise InvalidJsonFormat(str(error)) from None

    def coerce(self, before: Payload) -> bytes:
        """Serialise as a Thrift collector payload.

        :param before: the payload before any step, whose request path is kept while vendor and version are the same
        :raises RowFailure: when a webhook's payload has no usable event
        """
        if self.decode is enrichment_payload:
            return coerce_raw_event(convert(self.document["raw"], RAW_EVENT))
        same = all(self.document[name] == before.document[name] for name in ("vendor", "version"))
        return coerce_collector_payload(convert(self.document, COLLECTOR_PAYLOAD), self.original_path if same else None)


def read_row(line: str) -> BadRow:
    """Parse, decode and unwrap a line.

    :raises Unreadable: when it is no bad row
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
                schema = uris.parse_uri(uri)
            except uris.SchemaUriError as error:
                raise DecodeError(f"Cannot decode {uri} as SchemaKey, {error}", path) from None
    return schema, document["data"]


def _nested(schema: SchemaKey, data: Json) -> Json:
    """Give the bad row inside a recovery error of any version, else ``None``."""
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


def choose_flows(config: RecoveryConfig, row: BadRow) -> list[Flow]:
    """Give the flows whose key matches the row and whose conditions all hold.

    :raises FailedToMatchConfiguration: when there is none
    """
    flows = [
        flow for flow in config.flows_for(row.uri) if all(condition.holds(row.data) for condition in flow.conditions)
    ]
    if not flows:
        raise FailedToMatchConfiguration(row.uri)
    return flows


def take_payload(row: BadRow) -> Payload:
    """Give the payload of a row of a recoverable type.

    :raises RowFailure: when the type is not recoverable, or a Thrift payload cannot be read
    """
    data, kind = row.data, row.type.kind
    if kind is PayloadKind.ENRICHMENT:
        return Payload(data["payload"], enrichment_payload)
    if kind is PayloadKind.COLLECTOR:
        return Payload(data["payload"], collector_payload)
    if kind is PayloadKind.THRIFT:
        read = read_collector_payload(data["payload"], doubly_encoded=is_doubly_encoded(data["failure"]))
        return Payload(read.document, collector_payload, read.original_path)
    raise UnrecoverableBadRowType(row.type.name)


def mended(payload: Payload, flows: list[Flow]) -> Iterator[tuple[Flow, Operation, Payload]]:
    """Apply the steps of all flows in order, giving the payload after each.

    :raises RowFailure: naming the flow, when a step fails
    """
    for flow in flows:
        for step in flow.steps:
            try:
                payload = payload.after(step)
            except RowFailure as failure:
                failure.flow = flow.name
                raise
            yield flow, step, payload


def recover_row(config: RecoveryConfig, row: BadRow) -> bytes:
    """Recover a decoded row to the bytes of its collector payload.

    :raises RowFailure: when it cannot be recovered
    """
    flows = choose_flows(config, row)
    before = take_payload(row)
    *_, after = (before, *(payload for _, _, payload in mended(before, flows)))
    return after.coerce(before)
