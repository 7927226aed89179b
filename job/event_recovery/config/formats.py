"""The formats of a recovery config: the published ones, and those of our own, which know more steps."""

from __future__ import annotations

from typing import Final

from event_recovery.iglu.uris import SchemaKey

_VENDOR: Final = "com.snowplowanalytics.snowplow"
_OWN_VENDOR: Final = "event_recovery"
#: The format before flows, which cannot be loaded.
OBSOLETE: Final = SchemaKey(_VENDOR, "recoveries", "jsonschema", "1-0-0")
#: The newest published format.
RECOVERIES: Final = SchemaKey(_VENDOR, "recoveries", "jsonschema", "4-0-0")
#: The published 4-0-0 with Add as one more step, kept for the configs that name it.
RECOVERIES_WITH_ADD: Final = SchemaKey(_OWN_VENDOR, "recoveries", "jsonschema", "4-0-0")
#: The published 4-0-0 with all steps of this engine. Only for a config that names it are there more casts than the
#: reference has.
OWN_RECOVERIES: Final = SchemaKey(_OWN_VENDOR, "recoveries", "jsonschema", "4-0-1")

#: The steps that the published format has.
PUBLISHED_STEPS: Final = ("Replace", "Remove", "Cast")
#: Those that this engine runs besides.
OWN_STEPS: Final = ("Add", "Delete", "Rename", "Set", "Truncate")
