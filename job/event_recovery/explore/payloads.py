"""What the payload of a bad row tells of whoever sent it, as far as groups are counted by it."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote_plus

import orjson

from event_recovery.badrows.types import ENRICHED_FIELDS
from event_recovery.explore.row import NO_BAD_ROW, Row
from event_recovery.text.thrift import CollectorPayload, ThriftError, read_payload
from event_recovery.text.timestamps import print_millis


@dataclass(slots=True)
class Sender:
    """Who sent the events of a payload; of a batch, the first of them.

    :param events: how many there are; 0 for a line that is no bad row
    :param collected: when the collector got them, as it is written there
    """

    app_id: str | None = None
    platform: str | None = None
    tracker: str | None = None
    user_agent: str | None = None
    events: int = 1
    collected: str | None = None


#: A body that has events of the tracker protocol in it names their schema; it is looked for before JSON is parsed.
_BATCH: Final = "/payload_data/"
#: The parameters that tell of the sender.
_TOLD: Final = frozenset({"aid", "p", "tv", "ua"})
_TOLD_IN_TEXT: Final = tuple(f"{name}=" for name in _TOLD)
_COLUMNS: Final = {name: ENRICHED_FIELDS.index(name) for name in ("v_tracker", "useragent", "collector_tstamp")}
_BELOW: Final = ("event", "payload", "eventStruct", "eventRaw")
_LAST_COLUMN: Final = max(_COLUMNS.values())


def sender_of(row: Row) -> Sender:
    """Return what the payload of a row tells; nothing where it cannot be read."""
    if row.inner == NO_BAD_ROW:
        return Sender(events=0)
    return _READERS.get(row.inner, _of_any)(row.payload)


def _of_enrichment(payload: Any) -> Sender:
    if type(payload) is not dict:
        return Sender()
    enriched, raw = payload.get("enriched"), payload.get("raw")
    sender = _of_event(enriched)
    if type(raw) is dict:
        sender.user_agent = sender.user_agent or _text(raw.get("useragent"))
        sender.collected = sender.collected or _text(raw.get("timestamp"))
        if sender.app_id is None or sender.platform is None or sender.tracker is None:
            _fill(sender, _told_in(raw.get("parameters")))
    return sender


def _of_event(event: Any) -> Sender:
    """Return what an event tells that is laid out as an enriched one."""
    if type(event) is not dict:
        return Sender()
    get = event.get
    return Sender(
        _text(get("app_id")),
        _text(get("platform")),
        _text(get("v_tracker")),
        _text(get("useragent")),
        1,
        _text(get("collector_tstamp")),
    )


def _of_collector(payload: Any) -> Sender:
    if type(payload) is not dict:
        return Sender()
    sender = Sender(user_agent=_text(payload.get("useragent")), collected=_text(payload.get("timestamp")))
    _fill(sender, _told_in(payload.get("querystring")))
    _fill_from_body(sender, payload.get("body"))
    return sender


def _of_thrift(payload: Any) -> Sender:
    read = thrift_of(payload)
    if read is None:
        return Sender()
    sender = Sender(user_agent=read.user_agent, collected=print_millis(read.timestamp) if read.timestamp else None)
    pieces = (piece.split("=", 1) for piece in (read.querystring or "").split("&") if piece.startswith(_TOLD_IN_TEXT))
    _fill(sender, {name: unquote_plus(value) for name, value in pieces})
    _fill_from_body(sender, read.body)
    return sender


def thrift_of(payload: Any) -> CollectorPayload | None:
    """Return the struct in a format violation, which is base64, or base64 twice; None when there is none."""
    try:
        data = b64decode(payload)
        # No Thrift struct begins with a letter.
        return read_payload(b64decode(data) if data[:1].isalpha() else data)
    except (ThriftError, TypeError, ValueError):
        return None


def _of_line(line: Any) -> Sender:
    """Return what an enriched event tells as it is streamed: its fields with tabs between them."""
    fields: list[str] = line.split("\t", _LAST_COLUMN + 1) if type(line) is str else []
    if len(fields) <= _LAST_COLUMN:
        return Sender()
    return _of_event(
        {"app_id": fields[0], "platform": fields[1], **{name: fields[place] for name, place in _COLUMNS.items()}}
    )


def _of_any(payload: Any) -> Sender:
    """Return what a payload tells that is an event: flat, as a line, or either of them below one of ``_BELOW``."""
    if type(payload) is dict and "app_id" not in payload:
        payload = next((payload[name] for name in _BELOW if name in payload), None)
    return _of_line(payload) if type(payload) is str else _of_event(payload)


def parameters_of(pairs: Any) -> Mapping[str, Any]:
    """Return parameters by name, of which the last counts where several have a name."""
    if type(pairs) is list:
        return {
            pair["name"]: pair.get("value") for pair in pairs if type(pair) is dict and type(pair.get("name")) is str
        }
    return pairs if type(pairs) is dict else {}


def _told_in(pairs: Any) -> Mapping[str, Any]:
    """Return the parameters that tell of the sender: as ``parameters_of``, for every row."""
    try:
        return {name: pair["value"] for pair in pairs if (name := pair["name"]) in _TOLD}
    except (KeyError, TypeError):
        return parameters_of(pairs)


def _fill(sender: Sender, parameters: Mapping[str, Any]) -> None:
    """Fill in what parameters of the tracker protocol tell and nothing else has told yet."""
    sender.app_id = sender.app_id or _text(parameters.get("aid"))
    sender.platform = sender.platform or _text(parameters.get("p"))
    sender.tracker = sender.tracker or _text(parameters.get("tv"))
    sender.user_agent = _text(parameters.get("ua")) or sender.user_agent


def _fill_from_body(sender: Sender, body: Any) -> None:
    if type(body) is not str or _BATCH not in body:
        return
    try:
        events = orjson.loads(body)["data"]
    except (ValueError, KeyError, TypeError):
        return
    if type(events) is list and events:
        sender.events = len(events)
        if type(events[0]) is dict:
            _fill(sender, events[0])


def _text(value: Any) -> str | None:
    return value if type(value) is str and value else None


_READERS: Final[Mapping[str, Callable[[Any], Sender]]] = {
    "schema_violations": _of_enrichment,
    "enrichment_failures": _of_enrichment,
    "adapter_failures": _of_collector,
    "tracker_protocol_violations": _of_collector,
    "collector_payload_format_violation": _of_thrift,
    "loader_iglu_error": _of_event,
    "loader_runtime_error": _of_event,
    **dict.fromkeys(("size_violation", "loader_parsing_error", "loader_recovery_error", "generic_error"), _of_line),
}
