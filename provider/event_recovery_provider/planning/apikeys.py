"""API keys of registries in what a run was told: none may stand where Airflow's database, pages and logs show it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from event_recovery.documents.sources import decode_base64_json
from event_recovery.iglu.apikeys import CONNECTION, FORMS, is_reference, plain_apikeys, with_apikeys

#: A key in JSON, which may be text in other JSON, or in the repr of such a document.
_KEY: Final = re.compile(r"""(?P<before>\\*["']apikey\\*["']\s*:\s*\\*["'])(?P<key>[^"'\\]+)""")


def secrets_of(given: Any) -> Iterator[str]:
    """Yield the texts in settings that must not be shown, whatever is wrong with them: API keys, and base64 of them.

    :param given: settings, or JSON of them, as an operator has them once its templates are rendered
    """
    yield from plain_apikeys(given)
    for text in _texts(given):
        yield from _keys(text)
        encoded = decode_base64_json(text)
        keys = [] if encoded is None else list(_keys(encoded.decode(errors="replace")))
        yield from [*keys, text] if keys else []
        inner = _parsed(text)
        if isinstance(inner, dict | list):
            yield from secrets_of(inner)


def _texts(given: Any) -> Iterator[str]:
    if isinstance(given, str):
        yield given
    elif isinstance(given, Mapping):
        yield from (text for value in given.values() for text in _texts(value))
    elif isinstance(given, list | tuple):
        yield from (text for value in given for text in _texts(value))


def _keys(text: str) -> Iterator[str]:
    return (found["key"] for found in _KEY.finditer(text) if not is_reference(found["key"]))


def hidden(text: str) -> str:
    """Return a text without the API keys that JSON in it has."""
    return _KEY.sub(lambda found: found[0] if is_reference(found["key"]) else f"{found['before']}***", text)


def refused_apikeys(resolver: str, arguments: Sequence[str]) -> list[str]:
    """Return why settings cannot be used in which an API key stands as it is, a line each.

    :param resolver: the setting of that name
    :param arguments: those of the job
    """
    given = {"resolver": resolver, **{f"job_arguments[{at}]": text for at, text in enumerate(arguments)}}
    return [
        f"{name}: an API key stands in it as it is, where Airflow would keep and show it; expected the S3 URI of the "
        f"resolver config, or in place of the key {FORMS}"
        for name, text in given.items()
        if any(secrets_of(text))
    ]


def with_connections(resolver: str, password_of: Callable[[str], str | None]) -> str:
    """Return a resolver config in which API keys stand in place of the Airflow connections that are named for them.

    :param password_of: returns the password of a connection, None when there is none
    :raises ValueError: naming the connections that have none
    """
    document = _parsed(resolver)
    missing: list[str] = []

    def read(key: str) -> str:
        if not key.startswith(CONNECTION):
            return key
        found = password_of(key.removeprefix(CONNECTION))
        if not found:
            missing.append(key)
        return found or key

    replaced = with_apikeys(document, read)
    if missing:
        raise ValueError(
            f"{', '.join(dict.fromkeys(missing))}: Airflow has no such connection, or it has no password; "
            "expected one whose password is the API key"
        )
    return resolver if replaced == document else json.dumps(replaced, indent=2)


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None
