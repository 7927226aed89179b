"""Read an Iglu resolver config: the repositories to look schemas up in, and the cache's size and lifetime."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from event_recovery.documents.json_schema import schema_problems
from event_recovery.documents.positions import JsonSyntaxError, parse_json
from event_recovery.documents.problems import ConfigError, Problem, json_path
from event_recovery.documents.sources import read_json_source
from event_recovery.iglu.apikeys import ApikeyError, ClientOf, read_apikey, without_apikeys
from event_recovery.iglu.disk_cache import LIFETIME_S, KeptRegistry
from event_recovery.iglu.http import HttpRegistry
from event_recovery.iglu.registries import EmbeddedRegistry, Registry
from event_recovery.iglu.resolver import Resolver

_TEXT = {"type": "string"}
_WHOLE = {"type": "integer"}
# What a repository list must have to be usable. It asks for less than the published schemas, as other clients do:
# any addition 1-0-x is taken, further keys are harmless, and of two kinds of connection ``embedded`` is used.
_READABLE: dict[str, Any] = {
    "type": "object",
    "required": ["schema", "data"],
    "properties": {
        "schema": {
            "type": "string",
            "pattern": r"^iglu:com\.snowplowanalytics\.iglu/resolver-config/jsonschema/1-0-(0|[1-9][0-9]*)$",
        },
        "data": {
            "type": "object",
            "required": ["cacheSize", "repositories"],
            "properties": {
                "cacheSize": _WHOLE,
                "cacheTtl": {"type": ["integer", "null"]},
                "repositories": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "required": ["name", "priority", "vendorPrefixes", "connection"],
                        "properties": {
                            "name": _TEXT,
                            "priority": _WHOLE,
                            "vendorPrefixes": {"type": "array", "items": _TEXT},
                            "connection": {
                                "type": "object",
                                "anyOf": [{"required": ["embedded"]}, {"required": ["http"]}],
                                "properties": {
                                    "embedded": {"type": "object", "required": ["path"], "properties": {"path": _TEXT}},
                                    "http": {
                                        "type": "object",
                                        "required": ["uri"],
                                        "properties": {
                                            "uri": {
                                                "type": "string",
                                                "pattern": "^https?://[^/]",
                                                "description": "a URL such as http://iglucentral.com",
                                            },
                                            "apikey": {"type": ["string", "null"]},
                                        },
                                    },
                                },
                            },
                        },
                    },
                },
            },
        },
    },
}


def load_resolver(
    source: str | bytes, *, what: str = "--resolver", kept_in: Path | None = None, client_of: ClientOf | None = None
) -> Resolver:
    """Make a resolver of JSON text in bytes, or of an argument as ``read_json_source`` takes it.

    API keys that stand in it as ARNs are read from there.

    :param what: names the argument in errors
    :param kept_in: a folder in which the schemas of http registries are kept; None for none
    :param client_of: makes the clients that API keys are read by, see ``apikeys.read_apikey``
    :raises SourceError: when the argument cannot be read
    :raises ConfigError: with everything that is wrong with the resolver config
    """
    content = read_json_source(source, what=what) if isinstance(source, str) else source
    try:
        document = parse_json(content)
    except JsonSyntaxError as error:
        raise ConfigError([Problem("$", f"{what} is not JSON: {error}")]) from error
    # A problem may quote what it is about.
    problems = schema_problems(_READABLE, without_apikeys(document)) or _repeated_names(document)
    if problems:
        raise ConfigError(problems)
    data = document["data"]
    registries = _registries(data["repositories"], client_of)
    lifetime = data.get("cacheTtl")
    if kept_in is not None:
        age = LIFETIME_S if lifetime is None else min(LIFETIME_S, max(lifetime, 0))
        registries = [_kept(registry, kept_in, age) for registry in registries]
    return Resolver(registries, cache_size=data["cacheSize"], cache_ttl=lifetime)


def _kept(registry: Registry, folder: Path, lifetime: float) -> Registry:
    if not isinstance(registry, HttpRegistry):
        return registry
    return KeptRegistry(registry=registry, folder=folder, lifetime=lifetime)


def _repeated_names(document: Any) -> list[Problem]:
    names = [repository["name"] for repository in document["data"]["repositories"]]
    return [
        Problem(
            json_path(("data", "repositories", position, "name")),
            f"the name {name!r} is that of repository {names.index(name)} too, expected a name of its own",
        )
        for position, name in enumerate(names)
        if name in names[:position]
    ]


def _registries(repositories: list[dict[str, Any]], client_of: ClientOf | None) -> list[Registry]:
    registries: list[Registry] = []
    problems: list[Problem] = []
    for position, repository in enumerate(repositories):
        try:
            registries.append(_registry(repository, client_of))
        except ApikeyError as error:
            place = ("data", "repositories", position, "connection", "http", "apikey")
            problems.append(Problem(json_path(place), str(error)))
    if problems:
        raise ConfigError(problems)
    return registries


def _registry(repository: dict[str, Any], client_of: ClientOf | None) -> Registry:
    connection = repository["connection"]
    name, priority, prefixes = repository["name"], repository["priority"], tuple(repository["vendorPrefixes"])
    if "embedded" in connection:
        base = Path(connection["embedded"]["path"])
        return EmbeddedRegistry(name=name, base=base, priority=priority, vendor_prefixes=prefixes)
    http = connection["http"]
    given = http.get("apikey")
    apikey = None if given is None else read_apikey(given, client_of)
    return HttpRegistry(name=name, uri=http["uri"], priority=priority, vendor_prefixes=prefixes, apikey=apikey)
