"""EMR's wire contract: input checked with botocore's own service model, errors in the form every SDK reads."""

from __future__ import annotations

import functools
import json
import secrets
import string
from typing import Any

from botocore.loaders import Loader
from botocore.model import ListShape, MapShape, ServiceModel, Shape, StringShape, StructureShape
from botocore.validate import ParamValidator

ACCOUNT = "123456789012"
TARGET_PREFIX = "ElasticMapReduce."

#: Input or output of one action, as it goes over the wire.
Params = dict[str, Any]


class ApiError(Exception):
    """An error answer: ``code`` is the exception's name, ``status`` the HTTP status."""

    def __init__(self, code: str, message: str, *, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status

    def body(self) -> bytes:
        """Return the JSON 1.1 body of the answer."""
        return json.dumps({"__type": self.code, "Message": self.message}).encode()


def validation_error(message: str) -> ApiError:
    """Return the error for input that EMR refuses before or instead of acting on it."""
    return ApiError("ValidationException", message)


def invalid_request(message: str) -> ApiError:
    """Return the modelled error for an id or a request that does not fit the state of things."""
    return ApiError("InvalidRequestException", message)


@functools.cache
def service() -> ServiceModel:
    """Return botocore's model of the service."""
    return ServiceModel(Loader().load_service_model("emr", "service-2"), "emr")


def is_action(name: str) -> bool:
    """Tell whether the service has an action of this name."""
    return name in _actions()


def check_input(action: str, params: Params) -> None:
    """Check that ``params`` fits the action's input: members, types, required ones, enumerations.

    :raises ApiError: when it does not
    """
    shape = _input_shape(action)
    if shape is None:
        return
    report = ParamValidator().validate(params, shape)
    problems = [report.generate_report()] if report.has_errors() else list(_enum_problems(shape, params, ""))
    if problems:
        raise validation_error("; ".join(problems))


def new_id(prefix: str, length: int = 13) -> str:
    """Return an id in the form of EMR's, as ``j-2AXXXXXXGAPLF``."""
    return prefix + "".join(secrets.choice(string.ascii_uppercase + string.digits) for _ in range(length))


def new_address() -> str:
    """Return an address in a private network, as ``10.31.7.202``."""
    return ".".join(["10", *(str(1 + secrets.randbelow(254)) for _ in range(3))])


@functools.cache
def _actions() -> frozenset[str]:
    return frozenset(service().operation_names)


@functools.cache
def _input_shape(action: str) -> StructureShape | None:
    shape: StructureShape | None = service().operation_model(action).input_shape
    return shape


def _enum_problems(shape: Shape, value: Any, where: str) -> list[str]:
    """Botocore's validator leaves enumerations to the service, so the service has to look at them."""
    if isinstance(shape, StructureShape):
        nested = [(shape.members[name], item, f"{where}.{name}") for name, item in value.items()]
    elif isinstance(shape, ListShape):
        nested = [(shape.member, item, f"{where}[{number}]") for number, item in enumerate(value)]
    elif isinstance(shape, MapShape):
        nested = [(shape.value, item, f"{where}.{key}") for key, item in value.items()]
    elif isinstance(shape, StringShape) and shape.enum and value not in shape.enum:
        return [f"Value '{value}' at '{where.lstrip('.')}' must be one of {', '.join(shape.enum)}"]
    else:
        return []
    return [problem for arguments in nested for problem in _enum_problems(*arguments)]
