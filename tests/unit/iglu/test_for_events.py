"""Registries asked for every event: which version counts, and what becomes of one that is away."""

from __future__ import annotations

import pickle
from dataclasses import dataclass, field
from typing import Any, ClassVar

import pytest
from event_recovery.iglu.http import HttpRegistry
from event_recovery.iglu.registries import JsonObject, RegistryError
from event_recovery.iglu.resolver import Found, Resolver, SchemaNotFoundError
from event_recovery.iglu.uris import SchemaKey, parse_uri
from event_recovery.verify import Verifier
from support.verify.payloads import entity, get, unstruct
from support.verify.registries import InMemory, schema

pytestmark = pytest.mark.unit

KEY = parse_uri("iglu:com.acme/a/jsonschema/1-0-0")
NEWER = parse_uri("iglu:com.acme/a/jsonschema/1-0-1")


def resolver(*registries: InMemory, **settings: Any) -> Resolver:
    return Resolver(registries, cache_size=10, **settings).for_events()


def registry(**versions: JsonObject | str) -> InMemory:
    return InMemory(
        schemas={f"iglu:com.acme/a/jsonschema/{name[1:].replace('_', '-')}": one for name, one in versions.items()}
    )


def failure(resolver: Resolver, key: SchemaKey = KEY) -> SchemaNotFoundError:
    with pytest.raises(SchemaNotFoundError) as caught:
        resolver.find(key)
    return caught.value


def test_a_superseded_schema_is_replaced_by_the_higher_version() -> None:
    known = resolver(registry(v1_0_0={"$supersededBy": "1-0-1"}, v1_0_1={"title": "b"}))
    assert known.find(KEY) == Found({"title": "b"}, "1-0-1")
    assert known.find(NEWER) == Found({"title": "b"})


def test_the_replacement_is_not_replaced_again() -> None:
    versions = {"v1_0_0": {"$supersededBy": "1-0-1"}, "v1_0_1": {"$supersededBy": "1-0-2"}, "v1_0_2": {"title": "c"}}
    assert resolver(registry(**versions)).find(KEY) == Found({"$supersededBy": "1-0-2"}, "1-0-1")


def test_a_replacement_of_another_model_counts() -> None:
    assert resolver(registry(v1_0_0={"$supersededBy": "2-0-0"}, v2_0_0={})).find(KEY) == Found({}, "2-0-0")


@pytest.mark.parametrize(
    ("version", "told"),
    [
        ("1-0-0", "Superseding version 1-0-0 isn't greater than the version of schema com.acme/a/jsonschema/1-0-0"),
        ("0-0-9", "Error while trying to decode superseding version: DecodingFailure("),
        ("one", "Error while trying to decode superseding version: DecodingFailure("),
        (5, "Error while trying to decode superseding version: DecodingFailure("),
        ("9" * 5_000 + "-0-0", "NotFound"),
    ],
    ids=["same", "no version", "text", "number", "huge"],
)
def test_a_wrong_replacement_is_as_good_as_none(version: object, told: str) -> None:
    error = failure(resolver(registry(v1_0_0={"$supersededBy": version})))
    assert error.unsure == {}
    (tries,) = (tries for one, tries in error.history.items() if one.name == "Acme")
    assert tries.errors[-1].startswith(told)


def test_a_replacement_that_the_registry_lacks_sends_to_the_next_one() -> None:
    lacks, has = (
        registry(v1_0_0={"$supersededBy": "1-0-1"}),
        InMemory(name="B", schemas={KEY.uri: {"title": "b"}}, priority=5),
    )
    assert resolver(lacks, has).find(KEY) == Found({"title": "b"})


def test_for_configs_nothing_is_replaced() -> None:
    plain = Resolver([registry(v1_0_0={"$supersededBy": "1-0-1"}, v1_0_1={})], cache_size=10)
    assert plain.lookup(KEY) == {"$supersededBy": "1-0-1"}


@dataclass(frozen=True, kw_only=True)
class Away:
    """A registry that does not answer."""

    rank: ClassVar[int] = 100
    name: str = "Away"
    unreachable: bool = True
    asked: list[str] = field(default_factory=list, compare=False)
    priority: int = 0
    vendor_prefixes: tuple[str, ...] = ()

    def fetch(self, key: SchemaKey) -> JsonObject | None:
        self.asked.append(key.uri)
        raise RegistryError("no answer", unreachable=self.unreachable)


def test_a_registry_that_is_away_is_asked_once_and_then_left_alone() -> None:
    now = 1000.0
    away = Away()
    known = Resolver([away], cache_size=10, timer=lambda: now).for_events()
    for key in (KEY, KEY, NEWER, parse_uri("iglu:com.acme/b/jsonschema/1-0-0")):
        assert failure(known, key).unsure == {"Away": "no answer"}
    assert away.asked == [KEY.uri]
    now += 31
    failure(known, KEY)
    failure(known, NEWER)
    assert away.asked == [KEY.uri, KEY.uri]


def test_a_registry_that_fails_on_one_schema_is_asked_for_others() -> None:
    failing = Away(unreachable=False)
    known = Resolver([failing], cache_size=10).for_events()
    for key in (KEY, KEY, NEWER):
        failure(known, key)
    assert failing.asked == [KEY.uri, NEWER.uri]


def test_a_schema_that_no_registry_has_is_asked_for_once() -> None:
    lacks = InMemory()
    known = Resolver([lacks], cache_size=0, cache_ttl=0).for_events()
    for _ in range(3):
        assert failure(known).unsure == {}
    assert lacks.asked == [KEY.uri]


def test_a_resolver_pickles_without_its_cache() -> None:
    known = Resolver([HttpRegistry(name="A", uri="http://127.0.0.1:9", apikey="secret")], cache_size=3).for_events()
    again = pickle.loads(pickle.dumps(known))
    assert again.registries == known.registries


def event(name: str = "a") -> bytes:
    return get({"e": "ue", "ue_pr": unstruct(entity(name, {}))})


def test_events_of_a_schema_whose_registry_is_away_are_not_checked() -> None:
    (verdict,) = Verifier(Resolver([Away()], cache_size=10)).verify(event())
    assert verdict.outcome == "not checked"
    assert verdict.not_checked == ("iglu:com.acme/a/jsonschema/1-0-0: Away: no answer",)


def test_without_a_resolver_only_the_protocol_is_known() -> None:
    (verdict,) = Verifier().verify(event())
    assert verdict.not_checked == ("iglu:com.acme/a/jsonschema/1-0-0: there is no resolver config",)
    assert [one.outcome for one in Verifier().verify(get({"e": "pv"}))] == ["passes"]


def test_another_registry_may_have_what_one_that_is_away_has_not() -> None:
    has = InMemory(schemas=schema("a", type="object"), priority=5)
    (verdict,) = Verifier(Resolver([Away(), has], cache_size=10)).verify(event())
    assert verdict.outcome == "passes"
