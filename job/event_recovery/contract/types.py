"""The names of all published bad row types, as settings, folders and schema keys have them."""

from __future__ import annotations

from typing import Final

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
