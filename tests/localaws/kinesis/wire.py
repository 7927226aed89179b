"""The two encodings of the Kinesis protocol: JSON 1.1 (blobs as base64) and CBOR 1.1 (blobs as bytes).

The Java SDK speaks CBOR unless told otherwise; boto3 and the AWS CLI speak JSON. Inside, blobs are bytes and times are
seconds since the epoch; CBOR carries times as milliseconds.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import cbor2
import orjson

from localaws.kinesis.errors import KinesisError

JSON_TYPE = "application/x-amz-json-1.1"
CBOR_TYPE = "application/x-amz-cbor-1.1"
Params = Mapping[str, Any]  # the input of an action, checked against the API model before the action sees it
Answer = dict[str, object]
_T = TypeVar("_T")

_TIME_MEMBERS = ("Timestamp", "StreamCreationTimestamp", "ApproximateArrivalTimestamp")
_EPOCH_TAG = 1  # the standard says seconds; the Java SDK puts milliseconds


@dataclass(frozen=True, slots=True)
class Codec:
    """How a request body is read and an answer written."""

    content_type: str
    decode: Callable[[bytes], dict[str, Any]]
    encode: Callable[[object], bytes]


def codec_for(content_type: str) -> Codec:
    """Return the encoding of a request by its content type; anything but CBOR is read as JSON."""
    return _CBOR if content_type.startswith(CBOR_TYPE) else _JSON


def _decode_json(body: bytes) -> dict[str, Any]:
    try:
        params = _require_map(orjson.loads(body or b"{}"))
        records = params.get("Records")
        for holder in (params, *(records if isinstance(records, list) else ())):
            if isinstance(holder, dict) and isinstance(holder.get("Data"), str):
                holder["Data"] = base64.b64decode(holder["Data"])
    except (orjson.JSONDecodeError, binascii.Error) as error:
        raise KinesisError("SerializationException", str(error)) from error
    return params


def _encode_json(answer: object) -> bytes:
    return orjson.dumps(answer, default=_blob_as_text)


def _blob_as_text(value: object) -> str:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    raise TypeError(f"{type(value).__name__} has no place in an answer")


def _decode_cbor(body: bytes) -> dict[str, Any]:
    try:
        params = _require_map(cbor2.loads(body, semantic_decoders={_EPOCH_TAG: _bare_number}))
    except cbor2.CBORDecodeError as error:
        raise KinesisError("SerializationException", str(error)) from error
    return _map_times(params, lambda milliseconds: milliseconds / 1000)


def _bare_number(value: float, immutable: bool) -> float:
    return value


def _encode_cbor(answer: object) -> bytes:
    return cbor2.dumps(_map_times(answer, lambda seconds: round(seconds * 1000)))


def _require_map(value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise KinesisError("SerializationException", f"the body is a {type(value).__name__}: expected a map")
    return value


def _map_times(value: _T, convert: Callable[[float], float]) -> _T:
    """Convert the time members in place, wherever they stand."""
    if isinstance(value, dict):
        for name, member in value.items():
            if name in _TIME_MEMBERS and isinstance(member, (int, float)):
                value[name] = convert(member)
            elif isinstance(member, (dict, list)):
                _map_times(member, convert)
    elif isinstance(value, list):
        for member in value:
            _map_times(member, convert)
    return value


_JSON = Codec(JSON_TYPE, _decode_json, _encode_json)
_CBOR = Codec(CBOR_TYPE, _decode_cbor, _encode_cbor)
