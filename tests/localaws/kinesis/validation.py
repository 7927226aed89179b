"""Input checked against botocore's own model of the Kinesis API: required members, types, lengths, patterns, values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from botocore.loaders import Loader
from botocore.model import (
    ListShape,
    MapShape,
    OperationModel,
    ServiceModel,
    Shape,
    StringShape,
    StructureShape,
)

from localaws.kinesis.errors import KinesisError, validation

MODEL = ServiceModel(Loader().load_service_model("kinesis", "service-2"), "kinesis")
# Checked by the code that walks the records anyway: 500 of them a request are too many for this general walk.
_LEFT_TO_THE_ACTION = frozenset({("PutRecords", "Records")})
_WIRE_TYPES: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "blob": bytes,
    "integer": int,
    "long": int,
    "boolean": bool,
    "timestamp": (int, float),
    "list": list,
    "map": dict,
    "structure": dict,
}


def check_input(action: str, params: Mapping[str, object]) -> None:
    """Raise ValidationException or SerializationException for the first fault in the input of an action.

    Blobs are bytes already. Members the model does not know are ignored, as the service does.
    """
    shape = _operation(action).input_shape
    if isinstance(shape, StructureShape):
        _check_structure(params, shape, path="", skip=_skipped(action))


@cache
def _operation(action: str) -> OperationModel:
    return MODEL.operation_model(action)


@cache
def _skipped(action: str) -> frozenset[str]:
    return frozenset(member for owner, member in _LEFT_TO_THE_ACTION if owner == action)


def _check_structure(
    value: Mapping[str, object], shape: StructureShape, *, path: str, skip: frozenset[str] = frozenset()
) -> None:
    for name in shape.required_members:
        if value.get(name) is None:
            raise validation(f"Value null at '{path}{name}' failed to satisfy constraint: Member must not be null")
    for name, member in shape.members.items():
        if value.get(name) is not None and name not in skip:
            _check(value[name], member, path=f"{path}{name}")


def _check(value: object, shape: Shape, *, path: str) -> None:
    expected = _WIRE_TYPES[shape.type_name]
    if not isinstance(value, expected) or (isinstance(value, bool) and shape.type_name != "boolean"):
        raise KinesisError(
            "SerializationException", f"{path} is of type {type(value).__name__}: expected {shape.type_name}"
        )
    if isinstance(value, (int, float)):
        _check_range(value, value, shape, path)
    elif isinstance(value, (str, bytes, list, dict)):
        _check_range(len(value), value, shape, path, what="length ")
    if isinstance(shape, StringShape) and isinstance(value, str):
        _check_text(value, shape, path)
    elif isinstance(shape, StructureShape) and isinstance(value, dict):
        _check_structure(value, shape, path=f"{path}.")
    elif isinstance(shape, ListShape) and isinstance(value, list):
        for number, member in enumerate(value, 1):
            _check(member, shape.member, path=f"{path}.{number}")
    elif isinstance(shape, MapShape) and isinstance(value, dict):
        for member in value.values():
            _check(member, shape.value, path=f"{path}.value")


def _check_range(size: float, value: object, shape: Shape, path: str, *, what: str = "") -> None:
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if low is not None and size < low:
        raise validation(f"{_at(value, path)}: Member must have {what}greater than or equal to {low}")
    if high is not None and size > high:
        raise validation(f"{_at(value, path)}: Member must have {what}less than or equal to {high}")


def _check_text(value: str, shape: StringShape, path: str) -> None:
    if shape.enum and value not in shape.enum:
        raise validation(f"{_at(value, path)}: Member must satisfy enum value set: [{', '.join(shape.enum)}]")
    pattern = shape.metadata.get("pattern")
    if pattern and not re.fullmatch(pattern, value, re.DOTALL):
        raise validation(f"{_at(value, path)}: Member must satisfy regular expression pattern: {pattern}")


def _at(value: object, path: str) -> str:
    shown = f"'{value}'" if isinstance(value, (str, int, float)) else "of this request"
    return f"Value {shown} at '{path}' failed to satisfy constraint"
