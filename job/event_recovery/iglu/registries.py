"""What a place is that schemas can be looked up in, and the simplest one: a directory.

A registry keeps the schema ``iglu:V/N/F/1-0-0`` at ``schemas/V/N/F/1-0-0`` below its base.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, ClassVar, Protocol

from event_recovery.iglu.uris import SchemaKey

JsonObject = dict[str, Any]


class RegistryError(Exception):
    """A registry could not say whether it has the schema; the text says why.

    :param final: whether it would say the same if it were asked again
    :param unreachable: whether it would say the same of other schemas now
    """

    def __init__(self, text: str, *, final: bool = False, unreachable: bool = False) -> None:
        super().__init__(text)
        self.final, self.unreachable = final, unreachable


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
        file = self.base.joinpath("schemas", *schema_path(key).split("/"))
        if not file.is_file():
            return None
        try:
            content = file.read_bytes()
        except OSError as error:
            raise RegistryError(f"cannot read {file}: {error.strerror}") from error
        return schema_object(content, where=str(file))


#: The schemas that come with this package, in its folder ``schemas``.
PACKAGED_SCHEMAS = EmbeddedRegistry(name="Iglu Client Embedded", base=files("event_recovery"))


def schema_path(key: SchemaKey) -> str:
    """Return where below ``schemas`` a schema lies."""
    return f"{key.vendor}/{key.name}/{key.format}/{key.version}"


def schema_object(content: bytes, *, where: str) -> JsonObject:
    """Read the JSON object that a registry gave.

    :raises RegistryError: when it is none
    """
    try:
        schema = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise RegistryError(f"{where} is not JSON: {error}") from error
    if not isinstance(schema, dict):
        raise RegistryError(f"{where} is not a JSON object")
    return schema
