"""Form encoding by the standard library, so that the engine's is not checked against itself."""

from __future__ import annotations

from urllib.parse import quote_plus


def java_form(value: str) -> str:
    """Encode as the JVM does: ``quote_plus`` keeps the tilde and escapes the asterisk, the JVM the other way round."""
    return quote_plus(value, safe="*").replace("~", "%7E")
