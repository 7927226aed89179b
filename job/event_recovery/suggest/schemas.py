"""What a JSON Schema says of a place in its data, and which other versions of a schema there are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any, Final

from event_recovery.iglu.resolver import Resolver, SchemaNotFoundError
from event_recovery.iglu.uris import SchemaUriError, is_version, parse_uri
from event_recovery.suggest.candidates import SchemaOf
from event_recovery.suggest.seen import ANY, Place

#: How alike two names have to be for one to be a misspelling of the other, of 1.
_ALIKE: Final = 0.75
#: So many additions of a schema are asked for beyond the one that is missing.
_MOST_ADDITIONS: Final = 3

Schema = Mapping[str, Any]


def schemas_of(resolver: Resolver | None) -> SchemaOf:
    """Return what finds schemas by their URIs.

    :param resolver: where they are looked up; without one only those that come with this package are known
    """
    lookup = (resolver or Resolver([], cache_size=0)).for_events()

    def schema_of(uri: str) -> Schema | None:
        try:
            return lookup.lookup(parse_uri(uri))
        except (SchemaNotFoundError, SchemaUriError):
            return None

    return schema_of


def at(schema: Schema | None, place: Place) -> Schema:
    """Return what a schema says of a place; nothing where it does not say it in plain ``properties`` and ``items``."""
    found: Any = schema
    for name in place:
        held = found.get("items" if name is ANY else "properties") if isinstance(found, Mapping) else None
        found = held if name is ANY else held.get(name) if isinstance(held, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def properties(schema: Schema | None, place: Place) -> list[str]:
    """Return the names that objects at a place may have."""
    held = at(schema, place).get("properties")
    return list(held) if isinstance(held, Mapping) else []


def is_required(schema: Schema | None, place: Place) -> bool:
    """Tell whether an object must have the property that a place ends at."""
    required = at(schema, place[:-1]).get("required")
    return isinstance(required, list) and place[-1] in required


def only_value(rule: Schema) -> Iterator[Any]:
    """Yield the one value that a schema leaves, if it does: by const, by an enum of one, or as its default."""
    enum = rule.get("enum")
    if "const" in rule:
        yield rule["const"]
    elif isinstance(enum, list) and len(enum) == 1:
        yield enum[0]
    elif "default" in rule:
        yield rule["default"]


def is_text(rule: Schema) -> bool:
    """Tell whether a value is text for people, which may be cut: no word of a list, and of no form of its own."""
    types = rule.get("type")
    return types in ("string", ["string", "null"], ["null", "string"]) and not {
        "enum",
        "const",
        "format",
        "pattern",
    } & {*rule}


def told(rule: Schema) -> str:
    """Say what a schema asks for."""
    enum, types = rule.get("enum"), rule.get("type")
    if isinstance(enum, list):
        return f"one of {', '.join(map(str, enum[:10]))}{' …' if len(enum) > 10 else ''}"
    words = [" or ".join(types) if isinstance(types, list) else str(types)] if types else []
    words += [f"{name} {rule[name]}" for name in _RULES if name in rule]
    return ", ".join(words)


_RULES: Final = ("format", "pattern", "minLength", "maxLength", "minimum", "maximum", "minItems", "maxItems")


def spelt_like(name: str, known: Iterable[str]) -> str | None:
    """Return the name that another is a misspelling of: in case and signs, or in a letter or two."""
    by_plain = {_plain(one): one for one in known if one != name}
    close = get_close_matches(_plain(name), by_plain, n=1, cutoff=_ALIKE)
    return by_plain[close[0]] if close else None


def _plain(name: str) -> str:
    return name.casefold().replace("_", "").replace("-", "")


def other_versions(uri: str, schema_of: SchemaOf) -> Iterator[str]:
    """Yield the versions of the same model that there are instead of one that is missing, the nearest first.

    An addition takes what the ones before it take, so older ones are asked for down to the first, newer ones as far as
    there is one, and then the first of the neighbouring revisions.
    """
    try:
        key = parse_uri(uri)
    except SchemaUriError:
        return
    model, revision, addition = map(int, key.version.split("-"))
    newer = range(addition + 1, addition + 1 + _MOST_ADDITIONS)
    older = range(min(addition, 20) - 1, -1, -1)
    versions = [*((revision, one) for one in older), *((revision, one) for one in newer)]
    versions += [(one, 0) for one in (revision + 1, revision - 1) if one >= 0]
    for version in versions:
        text = "-".join(map(str, (model, *version)))
        other = key._replace(version=text).uri
        if is_version(text) and schema_of(other) is not None:
            yield other


def newest_of(criterion: str, schema_of: SchemaOf) -> str | None:
    """Return the newest schema that fits a criterion such as ``iglu:…/1-0-*``; None when there is none."""
    base, _, version = criterion.rpartition("/")
    model, revision, addition = (version.split("-") + ["*"] * 3)[:3]
    revisions = ("0",) if revision == "*" else (revision,)
    additions = range(9, -1, -1) if addition == "*" else (addition,)
    texts = (f"{base}/{model}-{one}-{last}" for one in revisions for last in additions)
    return next((text for text in texts if schema_of(text) is not None), None)
