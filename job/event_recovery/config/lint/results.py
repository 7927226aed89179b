"""See which steps can only leave what their field may not have, by running them on what it may."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any, get_args

from event_recovery.badrows.decoders import DecodeError, Decoder
from event_recovery.badrows.types import BadRowType, collector_payload, enrichment_payload, raw_event
from event_recovery.config.formats import OWN_RECOVERIES
from event_recovery.config.lint.paths import compiled
from event_recovery.config.lint.places import Place, payload_place
from event_recovery.config.outline import ConfigNode, Parts
from event_recovery.errors import InvalidJsonFormat, RowFailure
from event_recovery.flows.operations import Cast, JsonType, Replace
from event_recovery.flows.own_steps import OWN_CASTS, OwnCast, OwnJsonType, Truncate, ends_in_pair
from event_recovery.flows.path import Field, Segment
from event_recovery.text.jsontext import Json, no_spaces
from event_recovery.text.shorten import shorten

_TIME, _UUID = "2026-01-31T00:00:00Z", "00000000-0000-4000-8000-000000000000"
# What may stand where a path ends at no field, but at all of a payload.
_WHOLE: dict[tuple[Segment, ...], tuple[Decoder, ...]] = {
    (): (collector_payload, enrichment_payload),
    (Field("raw"),): (raw_event,),
}
# The only texts that a cast turns into null, which many fields may be.
_NO_NUMBER = "NaN"
#: A value of every JSON type, and of each kind that a field of a payload may be held to.
SPECIMENS: tuple[Json, ...] = (
    None,
    True,
    1,
    "24",
    "1",
    "abc",
    "",
    _NO_NUMBER,
    _TIME,
    _UUID,
    [],
    ["H: 1"],
    [{"name": "a", "value": "b"}],
    {"a": "b"},
)
#: What fields must stay that are more than text, and an example of it.
KEPT = {
    "headers": ("an array of texts", ["X-Up: 1"]),
    "querystring": ("an array of names and values", [{"name": "aid", "value": "web"}]),
    "parameters": ("an array of names and values", [{"name": "aid", "value": "web"}]),
    "timestamp": ("a time", _TIME),
    "userId": ("a UUID", _UUID),
    "networkUserId": ("a UUID", _UUID),
}
#: The same of all other fields.
TEXT = ("text", "web")

# Which member of a step decides what it leaves, when it is not the value.
_TELLING: dict[str | None, str] = {"Cast": "to", "Truncate": "length"}

#: Steps of which the value they find tells what they leave.
PlainStep = Cast | OwnCast | Replace | Truncate


def result_warnings(step: ConfigNode, row_type: BadRowType | None) -> Iterator[tuple[Parts, str]]:
    """Tell of casts that do not exist, and of steps whose field cannot hold what they leave."""
    operation = plain_operation(step)
    if operation is None:
        return
    if is_refused(operation) and isinstance(operation, Cast | OwnCast):
        yield (*step.parts, "from"), _no_such_cast(operation, step.body["path"])
        return
    if operation.path in _WHOLE:
        if not any(_trial(operation, {}, whole).fits for whole in _WHOLE[operation.path]):
            yield (*step.parts, "path"), _not_whole(operation)
        return
    place = payload_place(operation.path, row_type)
    if place is None or place.rest or step.text("op") == "Remove":
        return
    message = _misfit(operation, place)
    if message is not None:
        yield (*step.parts, _TELLING.get(step.text("op"), "value")), message
    elif place.name == "headers" and isinstance(operation, Replace) and type(operation.value) is not list:
        yield (
            (*step.parts, "value"),
            (
                f"all headers become the one {shown(operation.value)}: to change one of them add a `match` for it, "
                f'such as ^"X-Up, and write the value as an array, [{shown(operation.value)}]'
            ),
        )


def plain_operation(step: ConfigNode) -> PlainStep | None:
    """Return the operation of a step, if what it leaves depends on no regex."""
    path = compiled(step.text("path") or "")
    if path is None:
        return None
    if step.text("op") == "Cast":
        return _cast(step, path)
    if step.text("op") == "Truncate" and type(step.body.get("length")) is int:
        return Truncate(path, step.body["length"])
    if step.text("op") == "Replace" and "value" in step.body and step.body.get("match") is None:
        return Replace(path, step.body["value"])
    if step.text("op") == "Remove" and step.body.get("match") is None:
        return Replace(path, "")
    return None


def _cast(step: ConfigNode, path: tuple[Segment, ...]) -> Cast | OwnCast | None:
    own_source, own_target = _OWN_TYPES.get(step.text("from")), _OWN_TYPES.get(step.text("to"))
    if step.own and own_source is not None and own_target is not None:
        return OwnCast(path, own_source, own_target, ends_in_pair(path))
    source, target = _TYPES.get(step.text("from")), _TYPES.get(step.text("to"))
    return None if source is None or target is None else Cast(path, source, target)


@dataclass(frozen=True, slots=True)
class _Trial:
    """What a step made of a value: whether it could, what it left, and whether the field may have that."""

    value: Json
    left: Json
    done: bool
    fits: bool


def _trial(operation: PlainStep, value: Json, decoder: Decoder) -> _Trial:
    try:
        left = operation.result(value)
    except RowFailure:
        return _Trial(value, None, done=False, fits=False)
    return _Trial(value, left, done=True, fits=takes(decoder, left))


def takes(decoder: Decoder, value: Json) -> bool:
    """Tell whether a field may have a value."""
    try:
        decoder(value, None)
    except DecodeError:
        return False
    return True


def _misfit(operation: PlainStep, place: Place) -> str | None:
    held = [place.decoder(value, None) for value in SPECIMENS if takes(place.decoder, value)]
    trials = [_trial(operation, value, place.decoder) for value in held]
    fitting = [trial.value for trial in trials if trial.fits]
    if any(value != _NO_NUMBER for value in fitting):
        return None
    what, example = KEPT.get(place.name, TEXT)
    left = next((trial.left for trial in trials if trial.done), None)
    if fitting:
        return (
            f"the step fails for every text but NaN and infinities, which become null: it leaves a number, as "
            f"{shown(left)}, and `{place.name}` must stay {what}; leave the step out"
        )
    if not any(trial.done for trial in trials) and isinstance(operation, Cast | OwnCast):
        return (
            f"the step always fails: `{place.name}` holds {what}, of which nothing is cast from {operation.source} "
            f"to {operation.target}; leave the step out"
        )
    if not any(trial.done for trial in trials):
        return f"the step always fails: `{place.name}` holds {what}, and only text is cut; leave the step out"
    mended = f"write {what}, such as {shown(example)}" if isinstance(operation, Replace) else "leave the step out"
    return f"the step always fails: it leaves {shown(left)}, and `{place.name}` must stay {what}; {mended}"


def is_refused(operation: PlainStep) -> bool:
    """Tell whether a step is a cast that does not exist."""
    if isinstance(operation, OwnCast):
        return (operation.source, operation.target) in _REFUSED_OWN_CASTS
    return isinstance(operation, Cast) and (operation.source, operation.target) in REFUSED_CASTS


def fits_whole(path: tuple[Segment, ...], value: Json) -> bool:
    """Tell whether a value may stand where a path ends at all of a payload."""
    return any(takes(whole, value) for whole in _WHOLE[path])


def object_fault(operation: PlainStep) -> str | None:
    """Tell why a step cannot leave an object where one is; None when it leaves something."""
    try:
        operation.result({})
    except InvalidJsonFormat:
        return f"{_written(operation)} is not JSON"
    except RowFailure:
        return f"{_written(operation)} is no object"
    return None


def _written(operation: PlainStep) -> str:
    if isinstance(operation, Replace):
        return shown(operation.value)
    return "what is cut" if isinstance(operation, Truncate) else f"what is cast to {operation.target}"


def _not_whole(operation: PlainStep) -> str:
    return (
        f"the step always fails: the path ends at all of a payload, which {_written(operation)} is not; "
        "name a field below it"
    )


def shown(value: Json) -> str:
    """Write a value for a message, not too long."""
    return shorten(no_spaces(value), 60)


def _refused(cast: Cast | OwnCast) -> bool:
    return not any(_trial(cast, value, _anything).done for value in SPECIMENS)


def _anything(value: Any, _path: Any) -> Any:
    return value


_TYPES: dict[str | None, JsonType] = {one: one for one in get_args(JsonType)}
#: The casts that the engine refuses whatever the value is.
REFUSED_CASTS = frozenset(pair for pair in product(_TYPES.values(), repeat=2) if _refused(Cast((), *pair)))
_OWN_TYPES: dict[str | None, OwnJsonType] = {one: one for one in get_args(OwnJsonType)}
_REFUSED_OWN_CASTS = frozenset(
    (source, target)
    for source, target in product(_OWN_TYPES.values(), repeat=2)
    if _refused(OwnCast((), source, target, in_pair=False))
)


def _no_such_cast(cast: Cast | OwnCast, path: str) -> str:
    if cast.source == cast.target:
        mended = "leave the step out, since the value has that type already"
    elif cast.target == "Boolean":
        mended = 'Replace the object around it, with a `match` such as "x":"true" and the `value` "x":true'
        if isinstance(cast, Cast) and (cast.source, cast.target) in OWN_CASTS:
            mended += f", or name {OWN_RECOVERIES.uri} in `schema`, which has this cast"
    elif cast.target == "Integer" or cast.source == "Integer":
        mended = "Integer is cast from String and Numeric, and to nothing else"
    else:
        mended = f"cast an element of the array, by {path}.[0] and its own type"
    return f"the step always fails: there is no cast from {cast.source} to {cast.target}; {mended}"
