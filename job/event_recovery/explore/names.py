"""Names of groups: readable, and the same in every run over whatever input."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from hashlib import blake2b
from typing import Final

from event_recovery.explore.causes import Cause
from event_recovery.explore.folding import fold_text

_SLUG: Final = re.compile(r"[^a-z0-9]+")
_LONGEST_WORD: Final = 24
#: A name with its hash stays on one line of the table.
_LONGEST: Final = 36
#: Behind the slug, so that groups that read alike have names of their own.
_HASH_BYTES: Final = 3
#: Kinds whose detail is a word of a schema, a validator or an application. That of others is of a message, which may
#: quote a row in any way.
_WITHOUT_VALUES: Final = frozenset(
    {"length", "missing schema", "other", "range", "too large", "wrong number of fields", "wrong type", "format"}
)
_OF_THE_SCHEMA: Final = {
    "wrong type": re.compile(r"(?:(?:array|boolean|integer|null|number|object|string|, not | or )+)"),
    "format": re.compile(r"date|date-time|time|duration|email|hostname|ipv4|ipv6|regex|uri|uri-reference|uuid"),
}
_SCHEMA: Final = re.compile(r"(?:iglu:)?[^/\s]+/([^/\s]+)(?:/[^/\s]+)*")

#: Types by the words that a name begins with, where the type's own is long.
_SHORT: Final = {
    "collector_payload_format_violation": "format",
    "tracker_protocol_violations": "tracker",
    "schema_violations": "schema",
    "adapter_failures": "adapter",
    "enrichment_failures": "enrichment",
    "": "not a bad row",
}


# Every row is looked up by its type and causes; only a new group needs a name.
@lru_cache(maxsize=4096)
def name_of(type_name: str, causes: tuple[Cause, ...]) -> str:
    """Return the name of a group, such as ``schema-checkout-wrong-type-total-a74a5b``."""
    words = [_SHORT.get(type_name, type_name), *_words(causes[0])]
    if len(causes) > 1:
        words.append(f"and {len(causes) - 1} more")
    slug = _cut("-".join(filter(None, (_slug(word) for word in words))), _LONGEST)
    key = "\x1f".join((type_name, *(part for cause in causes for part in cause)))
    return f"{slug}-{blake2b(key.encode(), digest_size=_HASH_BYTES).hexdigest()}"


def _words(cause: Cause) -> Iterator[str]:
    """Yield what tells a group from its neighbours, for a reader."""
    yield cause.by.rpartition("/")[0].rpartition(".")[2] or cause.by
    yield _schema_name(cause.schema)
    yield cause.kind
    yield fold_text(cause.field.removeprefix("$."))
    if not cause.field and not cause.schema:
        yield _plain_detail(cause)


def _schema_name(schema: str) -> str:
    match = _SCHEMA.fullmatch(schema)
    return match[1] if match else schema


def _slug(word: str) -> str:
    return _cut(_SLUG.sub("-", word.lower()).strip("-"), _LONGEST_WORD)


def _cut(slug: str, length: int) -> str:
    """Leave out the words of a slug that are beyond a length."""
    return slug if len(slug) <= length else slug[: length + 1].rpartition("-")[0] or slug[:length]


def title(causes: Sequence[Cause]) -> str:
    """Say in one line what is wrong with the rows of a group."""
    return "; ".join(map(sentence, causes))


def plain_title(causes: Sequence[Cause]) -> str:
    """Say the same without any value of a row, for where many can read it: what quotes a message is left out.

    In paths, which may hold keys of a map, numbers, ids and addresses are folded as in messages.
    """
    return title(list(map(plain, causes)))


def plain(cause: Cause) -> Cause:
    """Return a cause without any value of a row, in the same way."""
    return cause._replace(field=fold_text(cause.field), detail=_plain_detail(cause))


def _plain_detail(cause: Cause) -> str:
    """Return the detail of a cause when it cannot be a value of the row."""
    of_the_schema = _OF_THE_SCHEMA.get(cause.kind)
    if cause.kind not in _WITHOUT_VALUES or (of_the_schema and not of_the_schema.fullmatch(cause.detail)):
        return ""
    return cause.detail


def sentence(cause: Cause) -> str:
    """Say one thing that is wrong."""
    place = f" at {cause.field}" if cause.field else ""
    about = ": ".join(filter(None, (cause.by, cause.schema.removeprefix("iglu:"))))
    detail = f" ({cause.detail})" if cause.detail else ""
    return f"{about}: {cause.kind}{place}{detail}" if about else f"{cause.kind}{place}{detail}"
