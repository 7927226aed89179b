"""The places a schema can be looked up in: directories and http registries.

A registry keeps the schema ``iglu:V/N/F/1-0-0`` at ``schemas/V/N/F/1-0-0`` below its base.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, ClassVar, Protocol

import urllib3

from event_recovery.iglu.uris import SchemaKey

JsonObject = dict[str, Any]

_TIMEOUT = urllib3.Timeout(connect=1.0, read=4.0)


class RegistryError(Exception):
    """A registry could not say whether it has the schema; the text says why."""


class Registry(Protocol):
    """A place to look schemas up in."""

    #: Of two registries for the same vendor the lower ``rank``, then ``priority``, is first.
    rank: ClassVar[int]

    @property
    def name(self) -> str:
        """What the resolver config calls it."""

    @property
    def priority(self) -> int:
        """The lower it is, the earlier the registry is asked."""

    @property
    def vendor_prefixes(self) -> tuple[str, ...]:
        """Starts of the vendors it is meant for."""

    def fetch(self, key: SchemaKey) -> JsonObject | None:
        """Return the schema, or None when the registry does not have it.

        :raises RegistryError: when it cannot tell
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddedRegistry:
    """Schemas in a directory (or in a package's data) that holds a ``schemas`` folder."""

    rank: ClassVar[int] = 2

    name: str
    base: Traversable
    priority: int = 0
    vendor_prefixes: tuple[str, ...] = ()

    def fetch(self, key: SchemaKey) -> JsonObject | None:
        """Read the schema's file; see ``Registry``."""
        if not self.base.is_dir():
            raise RegistryError(f"{self.base} is not a directory")
        file = self.base.joinpath("schemas", *_path(key).split("/"))
        if not file.is_file():
            return None
        try:
            content = file.read_bytes()
        except OSError as error:
            raise RegistryError(f"cannot read {file}: {error.strerror}") from error
        return _schema_object(content, where=str(file))


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpRegistry:
    """Schemas behind a base URL, asked with GET; any answer but a 2xx one means that the schema is not there."""

    rank: ClassVar[int] = 100

    name: str
    uri: str
    priority: int = 0
    vendor_prefixes: tuple[str, ...] = ()
    apikey: str | None = field(default=None, repr=False)

    def fetch(self, key: SchemaKey) -> JsonObject | None:
        """Ask the registry once, 1 s to connect and 4 s to answer, without following redirects; see ``Registry``."""
        url = f"{self.uri.rstrip('/')}/schemas/{_path(key)}"
        headers = {} if self.apikey is None else {"apikey": self.apikey}
        try:
            with urllib3.PoolManager() as pool:
                response = pool.request("GET", url, headers=headers, timeout=_TIMEOUT, retries=False, redirect=False)
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise RegistryError(f"no answer from {url}: {error}") from error
        if not 200 <= response.status < 300:
            return None
        return _schema_object(response.data, where=url)


#: The schemas that come with this package, in its folder ``schemas``.
PACKAGED_SCHEMAS = EmbeddedRegistry(name="Iglu Client Embedded", base=files("event_recovery"))


def _path(key: SchemaKey) -> str:
    return f"{key.vendor}/{key.name}/{key.format}/{key.version}"


def _schema_object(content: bytes, *, where: str) -> JsonObject:
    try:
        schema = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise RegistryError(f"{where} is not JSON: {error}") from error
    if not isinstance(schema, dict):
        raise RegistryError(f"{where} is not a JSON object")
    return schema
