"""How kinds of failure are made whose groups are known beforehand: what is wrong with their rows, and the failures.

Of a kind, rows differ in all that must not matter: positions in arrays, values, numbers, times, the order of messages.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from generator import slots
from generator.entities import EventFault
from generator.failures import resolution_error, validation_error
from generator.schemas import CART, USER
from generator.values import Json, compact

#: What is wrong, in the words of explore: kind, by, schema, field, detail.
Wrong = tuple[str, str, str, str, str]
Failure = Callable[[Random], object]
#: Puts a fault into the payload of a bad row that is sound.
PayloadFault = Callable[[Random, Json], None]

ATOMIC = "iglu:com.snowplowanalytics.snowplow/atomic/jsonschema/1-0-0"


@dataclass(frozen=True, slots=True)
class Known:
    """A kind of failure: the type of its rows, empty for what is no bad row, and the one group they belong to.

    :param event: puts what is wrong into the event, before the row is made of it
    :param payload: puts it into the row's payload
    """

    type: str
    wrong: tuple[Wrong, ...]
    failure: Failure
    event: EventFault | None = None
    payload: PayloadFault | None = None


def wrong(kind: str, by: str = "", schema: str = "", field: str = "", detail: str = "") -> Wrong:
    """Give one thing that is wrong."""
    return kind, by, schema, field, detail


def messages(*made: Callable[[Random], Json], **others: str) -> Failure:
    """Make a failure of messages, in an order of their own in each row."""

    def failure(rng: Random) -> Json:
        drawn = [one(rng) for one in made]
        rng.shuffle(drawn)
        return {"timestamp": slots.FAILED, **others, "messages": drawn}

    return failure


def report(schema: str, keyword: str, path: str, message: str, *targets: str) -> Callable[[Random], Json]:
    """Make a message of a validator, with ``#`` for a position in an array."""

    def made(rng: Random) -> Json:
        place = path.replace("#", str(rng.randrange(30)))
        return {"schemaKey": schema, "error": validation_error(place, keyword, f"{place}: {message}", list(targets))}

    return made


def schema_violation(
    kind: str,
    field: str,
    made: Callable[[Random], Json],
    detail: str = "",
    schema: str = CART,
    *,
    event: EventFault,
) -> Known:
    """Give a kind of schema violation."""
    return Known("schema_violations", (wrong(kind, "", schema, field, detail),), messages(made), event)


def unanswered(_: Random) -> Json:
    """Return a message of a schema that is missing because a registry has failed."""
    error = resolution_error()
    error["lookupHistory"][1]["errors"] = [{"error": "RepoFailure", "message": "503"}]
    return {"schemaKey": USER, "error": error}


def request(
    type_name: str,
    path: str,
    what: tuple[str, str, str, str],
    made: Callable[[Random], Json],
    change: PayloadFault = lambda _rng, _payload: None,
) -> Known:
    """Give a kind of failure of an adapter or of the tracker protocol."""
    vendor, _, version = path.partition("/")
    kind, schema, field, detail = what

    def payload(rng: Random, document: Json) -> None:
        document.update(vendor=vendor, version=version)
        change(rng, document)

    failure = messages(made, vendor=vendor, version=version)
    return Known(type_name, (wrong(kind, path, schema, field, detail),), failure, payload=payload)


def in_body(schema: str, content_type: str = "application/json; charset=UTF-8") -> PayloadFault:
    """Send the parameters of the querystring as the one event of a body of this schema."""

    def change(_: Random, document: Json) -> None:
        event = {pair["name"]: pair["value"] for pair in document["querystring"] if pair["name"] != "debug"}
        body = compact({"schema": schema, "data": [event]})
        document.update(querystring=[], body=body, contentType=content_type)

    return change


def without_body(_: Random, document: Json) -> None:
    """Send the parameters of the querystring alone."""
    document.update(body=None, contentType=None)


def enrichment(by: str, what: Wrong, message: Callable[[Random], Json]) -> Known:
    """Give a kind of enrichment failure."""
    key = f"iglu:com.snowplowanalytics.snowplow.enrichments/{by.replace('-', '_')}/jsonschema/1-0-0"
    configured = {"schemaKey": key, "identifier": by} if by else None
    made = messages(lambda rng: {"enrichment": configured, "message": message(rng)})
    return Known("enrichment_failures", (what,), made)


def format_violation(what: Wrong, message: Callable[[Random], Json], event: EventFault | None = None) -> Known:
    """Give a kind of collector payload format violation."""

    def made(rng: Random) -> Json:
        return {"timestamp": slots.FAILED, "loader": "thrift", "message": message(rng)}

    return Known("collector_payload_format_violation", (what,), made, event)


def plain(type_name: str, what: Wrong, failure: Failure, event: EventFault | None = None) -> Known:
    """Give a kind of failure that has a form of its own."""
    return Known(type_name, (what,), failure, event)
