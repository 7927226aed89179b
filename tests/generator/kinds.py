"""How kinds of failure are made whose groups are known beforehand: what is wrong with their rows, and the failures.

Of a kind, rows differ in all that must not matter: positions in arrays, values, numbers, times, the order of messages.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from generator import slots
from generator.failures import resolution_error, validation_error
from generator.values import Json

#: What is wrong, in the words of explore: kind, by, schema, field, detail.
Wrong = tuple[str, str, str, str, str]
Failure = Callable[[Random], object]

CART = "iglu:com.acme/cart/jsonschema/1-0-0"
USER = "iglu:com.acme/user/jsonschema/2-1-0"
ATOMIC = "iglu:com.snowplowanalytics.snowplow/atomic/jsonschema/1-0-0"


@dataclass(frozen=True, slots=True)
class Known:
    """A kind of failure: the type of its rows, empty for what is no bad row, and the one group they belong to."""

    type: str
    wrong: tuple[Wrong, ...]
    failure: Failure


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
    kind: str, field: str, made: Callable[[Random], Json], detail: str = "", schema: str = CART
) -> Known:
    """Give a kind of schema violation."""
    return Known("schema_violations", (wrong(kind, "", schema, field, detail),), messages(made))


def unanswered(_: Random) -> Json:
    """Return a message of a schema that is missing because a registry has failed."""
    error = resolution_error()
    error["lookupHistory"][1]["errors"] = [{"error": "RepoFailure", "message": "503"}]
    return {"schemaKey": USER, "error": error}


def request(type_name: str, path: str, what: tuple[str, str, str, str], made: Callable[[Random], Json]) -> Known:
    """Give a kind of failure of an adapter or of the tracker protocol."""
    vendor, _, version = path.partition("/")
    kind, schema, field, detail = what
    return Known(type_name, (wrong(kind, path, schema, field, detail),), messages(made, vendor=vendor, version=version))


def enrichment(by: str, what: Wrong, message: Callable[[Random], Json]) -> Known:
    """Give a kind of enrichment failure."""
    key = f"iglu:com.snowplowanalytics.snowplow.enrichments/{by.replace('-', '_')}/jsonschema/1-0-0"
    configured = {"schemaKey": key, "identifier": by} if by else None
    made = messages(lambda rng: {"enrichment": configured, "message": message(rng)})
    return Known("enrichment_failures", (what,), made)


def format_violation(what: Wrong, message: Callable[[Random], Json]) -> Known:
    """Give a kind of collector payload format violation."""

    def made(rng: Random) -> Json:
        return {"timestamp": slots.FAILED, "loader": "thrift", "message": message(rng)}

    return Known("collector_payload_format_violation", (what,), made)


def plain(type_name: str, what: Wrong, failure: Failure) -> Known:
    """Give a kind of failure that has a form of its own."""
    return Known(type_name, (what,), failure)
