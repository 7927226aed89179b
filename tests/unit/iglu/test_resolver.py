"""A resolver asks repositories in their order, remembers their answers, and reads its config forgivingly."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import pytest
from event_recovery.documents.problems import ConfigError
from event_recovery.documents.sources import SourceError
from event_recovery.iglu.http import HttpRegistry
from event_recovery.iglu.registries import EmbeddedRegistry, JsonObject, Registry, RegistryError
from event_recovery.iglu.resolver import Resolver, SchemaNotFoundError, in_lookup_order
from event_recovery.iglu.resolver_config import load_resolver
from event_recovery.iglu.uris import SchemaKey, parse_uri

pytestmark = pytest.mark.unit

KEY = parse_uri("iglu:com.acme/checkout/jsonschema/1-0-2")
BUILT_IN = "* Iglu Client Embedded due [NotFound]"


@dataclass(frozen=True, kw_only=True)
class Scripted:
    """A repository that gives one answer after the other; None is NotFound, text a failure."""

    rank: ClassVar[int] = 100
    name: str
    answers: list[JsonObject | str | None] = field(compare=False)
    asked: list[SchemaKey] = field(default_factory=list, compare=False)
    priority: int = 0
    vendor_prefixes: tuple[str, ...] = ()

    def fetch(self, key: SchemaKey) -> JsonObject | None:
        self.asked.append(key)
        answer = self.answers.pop(0)
        if isinstance(answer, str):
            raise RegistryError(answer)
        return answer


def failure(resolver: Resolver, key: SchemaKey = KEY) -> str:
    with pytest.raises(SchemaNotFoundError) as caught:
        resolver.lookup(key)
    return str(caught.value)


def config(*repositories: dict[str, Any], addition: int = 1, **data: object) -> dict[str, Any]:
    schema = f"iglu:com.snowplowanalytics.iglu/resolver-config/jsonschema/1-0-{addition}"
    return {"schema": schema, "data": {"cacheSize": 500, "repositories": list(repositories)} | data}


def repository(name: str = "Iglu Central", **changes: object) -> dict[str, Any]:
    connection = {"http": {"uri": "http://iglucentral.com"}}
    return {"name": name, "priority": 0, "vendorPrefixes": [], "connection": connection} | changes


def load(document: object) -> Resolver:
    return load_resolver(json.dumps(document).encode())


def problems(document: object) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load(document)
    return [str(problem) for problem in caught.value.problems]


def test_lookup_order() -> None:
    def http(name: str, priority: int, *prefixes: str) -> HttpRegistry:
        return HttpRegistry(name=name, uri="http://x", priority=priority, vendor_prefixes=prefixes)

    def directory(name: str, priority: int, *prefixes: str) -> EmbeddedRegistry:
        return EmbeddedRegistry(name=name, base=Path("x"), priority=priority, vendor_prefixes=prefixes)

    registries: list[Registry] = [
        http("http 5", 5),
        http("http 0, second in the list", 0),
        http("http 0, third in the list", 0, "org.other"),
        directory("directory 9", 9),
        http("http 7 with prefix", 7, "org.other", "com.ac"),
        http("http 3 with prefix", 3, "com"),
        directory("directory 8 with prefix", 8, "com.acme"),
        http("empty prefix", 9, ""),
    ]
    assert [registry.name for registry in in_lookup_order(registries, "com.acme")] == [
        "directory 8 with prefix",
        "http 3 with prefix",
        "http 7 with prefix",
        "empty prefix",
        "directory 9",
        "http 0, second in the list",
        "http 0, third in the list",
        "http 5",
    ]


def test_the_first_repository_that_has_the_schema_wins() -> None:
    first, second, third = (
        Scripted(name=str(at), priority=at, answers=[answer])
        for at, answer in enumerate((None, {"title": "two"}, {"title": "three"}))
    )
    assert Resolver([third, first, second], cache_size=10).lookup(KEY) == {"title": "two"}
    assert first.asked == [KEY]
    assert third.asked == []


def test_a_failing_repository_does_not_stop_the_lookup() -> None:
    broken = Scripted(name="broken", answers=["no answer"])
    assert Resolver([broken, Scripted(name="well", answers=[{"a": 1}])], cache_size=10).lookup(KEY) == {"a": 1}


def test_every_answer_is_told_when_there_is_no_schema() -> None:
    resolver = Resolver([Scripted(name="A", answers=[None]), Scripted(name="B", answers=["bad JSON"])], cache_size=10)
    assert failure(resolver).splitlines() == [
        "Schema cannot be resolved in following repositories:",
        f"{BUILT_IN} after 1 attempt",
        "* A due [NotFound] after 1 attempt",
        "* B due [bad JSON] after 1 attempt",
    ]


def test_only_failed_repositories_are_asked_again() -> None:
    lacks, fails = Scripted(name="A", answers=[None]), Scripted(name="B", answers=["down", "bad JSON", "down", None])
    resolver = Resolver([lacks, fails], cache_size=10)
    for told in ("[down] after 1 attempt", "[down, bad JSON] after 2 attempts", "[bad JSON, down] after 3 attempts"):
        assert failure(resolver).endswith(f"* A due [NotFound] after 1 attempt\n* B due {told}")
    assert "B due [bad JSON, down, NotFound] after 4 attempts" in failure(resolver)
    assert "B due [bad JSON, down, NotFound] after 4 attempts" in failure(resolver)
    assert len(lacks.asked) == 1


def test_a_schema_that_comes_late_is_found() -> None:
    resolver = Resolver([Scripted(name="A", answers=["down", {"a": 1}])], cache_size=10)
    failure(resolver)
    assert resolver.lookup(KEY) == {"a": 1}


@pytest.mark.parametrize(
    ("cache_size", "cache_ttl", "asked"),
    [(10, None, 1), (10, 60, 1), (0, None, 2), (-1, None, 2), (10, 0, 2), (10, -5, 2)],
)
def test_the_cache(cache_size: int, cache_ttl: int | None, asked: int) -> None:
    has = Scripted(name="has", answers=[{"a": 1}, {"a": 1}])
    lacks = Scripted(name="lacks", answers=[None, None])
    for registry, expect in ((has, lambda resolver: resolver.lookup(KEY)), (lacks, failure)):
        lookup: Callable[[Resolver], object] = expect
        resolver = Resolver([registry], cache_size=cache_size, cache_ttl=cache_ttl)
        lookup(resolver)
        lookup(resolver)
        assert len(registry.asked) == asked


def test_the_cache_forgets_after_its_lifetime() -> None:
    now = 1000.0
    registry = Scripted(name="A", answers=[{"a": 1}, {"a": 2}])
    resolver = Resolver([registry], cache_size=10, cache_ttl=60, timer=lambda: now)
    resolver.lookup(KEY)
    now = 1059.0
    assert resolver.lookup(KEY) == {"a": 1}
    now = 1061.0
    assert resolver.lookup(KEY) == {"a": 2}


def test_the_cache_keeps_the_schemas_used_last() -> None:
    registry = Scripted(name="A", answers=[{"a": 1}, {"b": 1}, {"a": 2}])
    resolver = Resolver([registry], cache_size=1)
    other = parse_uri("iglu:com.acme/other/jsonschema/1-0-0")
    assert [resolver.lookup(key) for key in (KEY, KEY, other, KEY)] == [{"a": 1}, {"a": 1}, {"b": 1}, {"a": 2}]


def test_the_built_in_schemas_are_always_there() -> None:
    resolver = load(config())
    for addition in range(4):
        key = SchemaKey("com.snowplowanalytics.iglu", "resolver-config", "jsonschema", f"1-0-{addition}")
        assert resolver.lookup(key)["self"]["version"] == f"1-0-{addition}"
    assert failure(resolver).endswith(f"{BUILT_IN} after 1 attempt")


def shelve(base: Path, text: str) -> None:
    file = base / "schemas" / KEY.uri.removeprefix("iglu:")
    file.parent.mkdir(parents=True)
    file.write_text(text)


def test_directories(tmp_path: Path) -> None:
    shelve(tmp_path, '{"title": "from a directory"}')
    resolver = load(config(repository(connection={"embedded": {"path": str(tmp_path)}})))
    assert resolver.lookup(KEY) == {"title": "from a directory"}


def test_of_two_connections_the_directory_is_used(tmp_path: Path) -> None:
    shelve(tmp_path, '{"title": "from a directory"}')
    both = {"http": {"uri": "http://127.0.0.1:9"}, "embedded": {"path": str(tmp_path)}}
    assert load(config(repository(connection=both))).lookup(KEY) == {"title": "from a directory"}


@pytest.mark.parametrize(("text", "told"), [("{", "is not JSON"), ("[1]", "is not a JSON object")])
def test_broken_files_are_failures(text: str, told: str, tmp_path: Path) -> None:
    shelve(tmp_path, text)
    assert told in failure(load(config(repository(connection={"embedded": {"path": str(tmp_path)}}))))


def test_a_directory_that_is_missing_is_a_failure(tmp_path: Path) -> None:
    missing = str(tmp_path / "nope")
    resolver = load(config(repository(connection={"embedded": {"path": missing}})))
    assert f"* Iglu Central due [{missing} is not a directory] after 1 attempt" in failure(resolver)


def test_all_fields_of_a_config() -> None:
    http = {"uri": "https://iglu.acme.com/api/", "apikey": "secret"}
    own = repository("Own", priority=3, vendorPrefixes=["com.acme"], connection={"http": http})
    own_registry, central, built_in = load(config(own, repository(), addition=3, cacheTtl=60)).registries
    assert own_registry == HttpRegistry(
        name="Own", uri="https://iglu.acme.com/api/", priority=3, vendor_prefixes=("com.acme",), apikey="secret"
    )
    assert "secret" not in repr(own_registry)
    assert central == HttpRegistry(name="Iglu Central", uri="http://iglucentral.com")
    assert built_in.name == "Iglu Client Embedded"


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(config(addition=9), id="any addition"),
        pytest.param(config(comment="why"), id="extra key"),
        pytest.param(config(repository(comment="why")), id="extra key of a repository"),
        pytest.param(config(cacheTtl=None), id="no lifetime"),
        pytest.param(config(addition=0, cacheTtl=0), id="lifetime before its version"),
        pytest.param(config() | {"comment": "why"}, id="extra key beside data"),
    ],
)
def test_what_other_clients_take_is_taken(document: object) -> None:
    load(document)


@pytest.mark.parametrize("version", ["2-0-0", "1-1-0", "1-0-x"])
def test_other_models_and_revisions_are_refused(version: str) -> None:
    document = config() | {"schema": f"iglu:com.snowplowanalytics.iglu/resolver-config/jsonschema/{version}"}
    (problem,) = problems(document)
    assert problem.startswith("$.schema: expected text that matches ")
    assert version in problem


def test_every_problem_of_a_config_is_told() -> None:
    document = config(
        repository(priority="1", vendorPrefixes="com.acme"),
        repository(connection={"htp": {"apikey": "secret"}}),
        repository(connection={"http": {"uri": "iglucentral.com"}}),
        {},
        cacheSize="500",
    )
    url = "expected text that matches ^https?://[^/] (a URL such as http://iglucentral.com)"
    assert problems(document) == [
        '$.data.cacheSize: expected an integer, got "500"',
        '$.data.repositories[0].priority: expected an integer, got "1"',
        '$.data.repositories[0].vendorPrefixes: expected an array, got "com.acme"',
        "$.data.repositories[1].connection: expected the key `embedded` or `http`, got `htp`",
        f'$.data.repositories[2].connection.http.uri: {url}, got "iglucentral.com"',
        *(
            f"$.data.repositories[3]: the key `{name}` is missing"
            for name in ("name", "priority", "vendorPrefixes", "connection")
        ),
    ]


def test_repeated_names_are_refused() -> None:
    assert problems(config(repository("A"), repository("B"), repository("A"))) == [
        "$.data.repositories[2].name: the name 'A' is that of repository 0 too, expected a name of its own"
    ]


def test_a_config_that_is_not_json() -> None:
    with pytest.raises(ConfigError, match=r"^\$: --resolver is not JSON: Expecting value at line 1, column 2$"):
        load_resolver(b"[}")


def test_a_config_from_an_argument(tmp_path: Path) -> None:
    path = tmp_path / "resolver.json"
    path.write_text(json.dumps(config(repository("From a file"))))
    assert load_resolver(str(path)).registries[0].name == "From a file"
    with pytest.raises(SourceError, match="--resolver: there is no file"):
        load_resolver(str(tmp_path / "nope.json"))
