"""Data of the schemas of known kinds, sound but for one fault, and what of an event would be at fault besides."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from generator import values
from generator.payloads import Pairs
from generator.schemas import CART, ORDER, USER, WIDE
from generator.values import Json

#: Puts a fault into the parameters of an event that is sound.
EventFault = Callable[[Random, Pairs], Pairs]

_SOUND: dict[str, Callable[[Random], Json]] = {
    CART: lambda rng: {
        "id": f"c-{rng.randrange(10**6)}",
        "total": rng.randrange(1, 90) / 10,
        "currency": rng.choice(("EUR", "USD")),
        "note": "fine",
        "items": [{"sku": f"S{rng.randrange(99)}", "qty": rng.randrange(1, 9)} for _ in range(rng.randrange(1, 4))],
        "at": "2026-03-01T10:00:00Z",
        "page": "https://shop.acme.example/cart",
    },
    USER: lambda rng: {"id": f"{rng.getrandbits(32):08x}-0f0e-4d0c-8b0a-090807060504", "age": rng.randrange(18, 90)},
    ORDER: lambda rng: {"total": rng.randrange(1, 90) + 0.5, "channel": "web", "quantity": rng.randrange(1, 9)},
    WIDE: lambda _: {},
}


def with_entity(
    schema: str, change: Callable[[Random, Json], Any] = lambda _rng, _data: None, *, of: str = ""
) -> EventFault:
    """Give an event data of a schema, as its own or as an entity, encoded or not.

    :param change: changes data that is sound
    :param of: the schema whose sound data it is, when it is sent as another one
    """

    def fault(rng: Random, pairs: Pairs) -> Pairs:
        data = _SOUND[of or schema](rng)
        change(rng, data)
        return _holding(rng, pairs, values.self_describing(schema, data))

    return fault


def own_event(document: Callable[[Random], str]) -> EventFault:
    """Give an event a text where its own data belongs."""

    def fault(rng: Random, pairs: Pairs) -> Pairs:
        return [*_without_data(pairs), ("ue_pr", document(rng))]

    return fault


def parameter(name: str, value: str) -> EventFault:
    """Give an event a parameter."""
    return lambda _, pairs: [*(pair for pair in pairs if pair[0] != name), (name, value)]


def all_of(*faults: EventFault) -> EventFault:
    """Give an event several faults."""

    def fault(rng: Random, pairs: Pairs) -> Pairs:
        for one in faults:
            pairs = one(rng, pairs)
        return pairs

    return fault


def entity_of(schema: str, data: Json) -> EventFault:
    """Attach an entity as it is."""
    return lambda rng, pairs: _attached(pairs, values.self_describing(schema, data))


def sound(pairs: Pairs) -> Pairs:
    """Return the parameters of an event without the faults that generated events have."""
    return [(name, _sound(name, value)) for name, value in pairs]


def _sound(name: str, value: str | None) -> str | None:
    if value is None or name not in ("ue_pr", "ue_px", "co", "cx"):
        return value
    document = values.read_json(name, value)
    if name.startswith("ue"):
        event = document["data"]
        event["schema"], event["data"]["total"] = values.CHECKOUT_SCHEMA, float(event["data"]["total"])
    else:
        for entity in document["data"]:
            if entity["schema"] == values.PRODUCT_SCHEMA:
                entity["data"]["currency"] = entity["data"]["currency"].upper()
    return _written(name, document)


def _written(name: str, document: Json) -> str:
    return values.base64_json(document) if name.endswith("x") else values.compact(document)


def _without_data(pairs: Pairs) -> Pairs:
    return [("e", "ue"), *(pair for pair in pairs if pair[0] not in ("e", "ue_pr", "ue_px"))]


def _holding(rng: Random, pairs: Pairs, entity: Json) -> Pairs:
    if rng.random() < 0.5:
        return _attached(pairs, entity)
    name = rng.choice(("ue_pr", "ue_px"))
    return [*_without_data(pairs), (name, _written(name, values.self_describing(values.EVENT_SCHEMA, entity)))]


def _attached(pairs: Pairs, entity: Json) -> Pairs:
    attached: Pairs = []
    for name, value in pairs:
        if name in ("co", "cx") and value is not None:
            document = values.read_json(name, value)
            document["data"].append(entity)
            attached.append((name, _written(name, document)))
        else:
            attached.append((name, value))
    return attached
