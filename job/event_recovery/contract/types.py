"""The names of all published bad row types, as settings, folders and schema keys have them; what is told of others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_MOST_TOLD: Final = 5
#: Some are in no decoder of the reference: their rows hold nothing to send, and are unrecoverable.
TYPE_NAMES: Final = (
    "adapter_failures",
    "collector_payload_format_violation",
    "enrichment_failures",
    "event_forwarding_error",
    "generic_error",
    "loader_iglu_error",
    "loader_parsing_error",
    "loader_recovery_error",
    "loader_runtime_error",
    "recovery_error",
    "relay_failure",
    "schema_violations",
    "size_violation",
    "snowflake_error",
    "tracker_protocol_violations",
)


def told_unknown(rows: Mapping[str, int]) -> str | None:
    """Say how many rows are of no published type, and of which; None when there are none.

    :param rows: how many failed rows there are of each type, as ``summary.json`` has them; ``-`` is no bad row
    """
    unknown = {name: count for name, count in rows.items() if name not in TYPE_NAMES and name != "-"}
    if not unknown:
        return None
    most = sorted(unknown.items(), key=lambda one: (-one[1], one[0]))
    named = ", ".join(f"{name} ({count:,})" for name, count in most[:_MOST_TOLD])
    left = f" and {len(most) - _MOST_TOLD} more" if len(most) > _MOST_TOLD else ""
    total = sum(unknown.values())
    what = "1 row of a bad row type" if total == 1 else f"{total:,} rows of bad row types"
    return f"{what} that this version does not know: {named}{left}; a newer version may"
