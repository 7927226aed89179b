"""Schemas of registries behind a URL, kept in a folder from one command to the next."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import ClassVar, Final

from event_recovery.iglu.http import HttpRegistry
from event_recovery.iglu.registries import JsonObject, RegistryError, schema_object
from event_recovery.iglu.uris import SchemaKey

#: How long a schema counts that was kept, unless the resolver config says less.
LIFETIME_S: Final = 3600.0
_MOST_FILES: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptRegistry:
    """A registry whose schemas are kept in a folder; that it lacks one is not.

    A schema is asked for again after its lifetime, and counts longer only while its registry is away. A folder that
    cannot be read or written costs the time to ask, and nothing else.

    :param lifetime: in seconds
    """

    rank: ClassVar[int] = HttpRegistry.rank

    registry: HttpRegistry
    folder: Path
    lifetime: float

    @property
    def name(self) -> str:
        """See ``Registry``."""
        return self.registry.name

    @property
    def priority(self) -> int:
        """See ``Registry``."""
        return self.registry.priority

    @property
    def vendor_prefixes(self) -> tuple[str, ...]:
        """See ``Registry``."""
        return self.registry.vendor_prefixes

    def fetch(self, key: SchemaKey) -> JsonObject | None:
        """Return the schema that was kept, or ask the registry; see ``Registry``."""
        file = self.folder / self._file_name(key)
        kept, age = _read(file)
        if kept is not None and age < self.lifetime:
            return kept
        try:
            schema = self.registry.fetch(key)
        except RegistryError:
            if kept is not None:
                return kept
            raise
        if schema is not None:
            _keep(file, schema)
        return schema

    def _file_name(self, key: SchemaKey) -> str:
        # What one API key may see, another may not.
        asked = (self.registry.uri, self.registry.apikey or "", key.uri)
        return sha256("\n".join(asked).encode("utf-8", "replace")).hexdigest()


def _read(file: Path) -> tuple[JsonObject | None, float]:
    """Return what a file holds, and its age in seconds."""
    try:
        age = time.time() - file.stat().st_mtime
        return schema_object(file.read_bytes(), where=str(file)), max(age, 0.0)
    except (OSError, RegistryError):
        return None, 0.0


def _keep(file: Path, schema: JsonObject) -> None:
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with NamedTemporaryFile("w", dir=file.parent, suffix=".part", delete=False) as part:
            json.dump(schema, part)
        Path(part.name).replace(file)
        _forget_oldest(file.parent)
    except OSError:
        return  # it is only asked for again


def _forget_oldest(folder: Path) -> None:
    files = sorted(folder.iterdir(), key=lambda one: one.stat().st_mtime)
    for file in files[: max(len(files) - _MOST_FILES, 0)]:
        file.unlink(missing_ok=True)
