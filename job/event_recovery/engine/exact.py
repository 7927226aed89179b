"""The recovery of one row, stage by stage, with every failure in the reference's words.

parse -> decode -> unwrap -> choose flows -> take the payload -> apply steps -> coerce
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from msgspec import convert, to_builtins

from event_recovery.badrows.decoders import DecodeError, Decoder
from event_recovery.badrows.format_violation import is_doubly_encoded, read_collector_payload
from event_recovery.badrows.row import BadRow
from event_recovery.badrows.serialise import coerce_collector_payload, coerce_raw_event
from event_recovery.badrows.structs import COLLECTOR_PAYLOAD, RAW_EVENT
from event_recovery.badrows.types import PayloadKind, collector_payload, enrichment_payload
from event_recovery.config.loader import Flow, RecoveryConfig
from event_recovery.engine.result import Recovered
from event_recovery.errors import (
    FailedToMatchConfiguration,
    InvalidJsonFormat,
    RowFailure,
    UnrecoverableBadRowType,
)
from event_recovery.flows.steps import Operation


@dataclass(frozen=True, slots=True)
class Payload:
    """The part of a bad row that can be sent again, as the document that steps work on."""

    document: dict[str, Any]
    decode: Decoder
    original_path: str | None = None

    def after(self, step: Operation) -> Payload:
        """Apply a step, and read the result as the same type of payload again.

        :raises RowFailure: when the step fails, or its result is not such a payload
        """
        changed = step.apply(self.document)
        try:
            return Payload(self.decode(changed, None), self.decode, self.original_path)
        except DecodeError as error:
            raise InvalidJsonFormat(str(error)) from None

    @property
    def headers(self) -> list[str]:
        """The HTTP headers that the event came with."""
        request = self.document["raw"] if self.decode is enrichment_payload else self.document
        headers: list[str] = request["headers"]
        return headers

    def coerce(self, before: Payload) -> tuple[bytes, Any]:
        """Serialise as a Thrift collector payload, and return also the struct that its bytes were made of.

        :param before: the payload before any step, whose request path is kept while vendor and version are the same
        :raises RowFailure: when a webhook's payload has no usable event
        """
        if self.decode is enrichment_payload:
            raw = convert(self.document["raw"], RAW_EVENT)
            return coerce_raw_event(raw), raw
        same = all(self.document[name] == before.document[name] for name in ("vendor", "version"))
        payload = convert(self.document, COLLECTOR_PAYLOAD)
        return coerce_collector_payload(payload, self.original_path if same else None), payload


def choose_flows(config: RecoveryConfig, row: BadRow) -> list[Flow]:
    """Return the flows whose key matches the row and whose conditions all hold.

    :raises FailedToMatchConfiguration: when there is none
    :raises UnrecoverableBadRowType: when the row has nothing to send, whatever the config
    """
    if row.final:
        raise UnrecoverableBadRowType(row.type.name, row.type.why)
    flows = [
        flow for flow in config.flows_for(row.uri) if all(condition.holds(row.data) for condition in flow.conditions)
    ]
    if not flows:
        raise FailedToMatchConfiguration(row.uri)
    return flows


def take_payload(row: BadRow) -> Payload:
    """Return the payload of a row of a recoverable type.

    :raises RowFailure: when the type is not recoverable, or a Thrift payload cannot be read
    """
    data, kind = row.data, row.type.kind
    if kind is PayloadKind.ENRICHMENT:
        return Payload(data["payload"], enrichment_payload)
    if kind is PayloadKind.COLLECTOR:
        return Payload(data["payload"], collector_payload)
    if kind is PayloadKind.THRIFT:
        read, original_path = read_collector_payload(data["payload"], doubly_encoded=is_doubly_encoded(data["failure"]))
        return Payload(to_builtins(read), collector_payload, original_path)
    raise UnrecoverableBadRowType(row.type.name, row.type.why)


def after_each_step(payload: Payload, flows: list[Flow]) -> Iterator[tuple[Flow, Operation, Payload]]:
    """Apply the steps of all flows in order, and yield the payload after each.

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


def recover_row(config: RecoveryConfig, row: BadRow) -> Recovered:
    """Recover a decoded row.

    :raises RowFailure: when it cannot be recovered
    """
    flows = choose_flows(config, row)
    before = take_payload(row)
    after = before
    for _, _, payload in after_each_step(before, flows):
        after = payload
    data, sent = after.coerce(before)
    return Recovered(data, row.type, sent, before.headers)
