"""How long the fields of an event may be."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from event_recovery.verify.failures import ATOMIC, Message, enrichment, iglu_error
from event_recovery.verify.generations import Generation
from event_recovery.verify.parameters import clean

#: Of the fields that a payload fills; the others come from enrichments.
LIMITS: Final[Mapping[str, int]] = MappingProxyType(
    {
        **dict.fromkeys(("tr_currency", "ti_currency"), 3),
        "br_colordepth": 12,
        **dict.fromkeys(("page_urlscheme", "refr_urlscheme"), 16),
        **dict.fromkeys(("v_tracker", "v_collector"), 100),
        **dict.fromkeys(
            "name_tracker user_ipaddress user_fingerprint domain_userid network_userid doc_charset "
            "refr_domain_userid".split(),
            128,
        ),
        **dict.fromkeys(
            "app_id user_id page_urlhost refr_urlhost tr_orderid tr_affiliation tr_city tr_state tr_country "
            "ti_orderid ti_sku ti_name ti_category br_lang os_timezone".split(),
            255,
        ),
        **dict.fromkeys("se_category se_action se_property useragent event_vendor event_name".split(), 1000),
        "page_title": 2000,
        **dict.fromkeys(("page_urlpath", "page_urlfragment", "refr_urlfragment"), 3000),
        "se_label": 4096,
        **dict.fromkeys(("page_urlquery", "refr_urlpath", "refr_urlquery"), 6000),
        **dict.fromkeys(("page_url", "page_referrer"), 10000),
    }
)
_SHORT_URLS: Final = dict.fromkeys(("page_url", "page_referrer"), 4096)


def limits(overrides: Mapping[str, int], generation: Generation) -> dict[str, int]:
    """Return the limits of a generation, with those that its user has set.

    :raises ValueError: when one is set that is no limit here
    """
    unknown = sorted(overrides.keys() - LIMITS.keys())
    if unknown:
        raise ValueError(f"there is no limit for {', '.join(unknown)}; the fields that have one: {', '.join(LIMITS)}")
    return {**LIMITS, **({} if generation.has_long_urls else _SHORT_URLS), **overrides}


def too_long(fields: Mapping[str, str], most: Mapping[str, int]) -> dict[str, int]:
    """Return the fields that, once they are cleaned, are too long in Java's characters, each with its limit."""
    found = {}
    for name, value in fields.items():
        limit = most.get(name)
        # A character becomes four at most, since a tab does.
        if limit is not None and 4 * len(value) > limit and _java_length(clean(value)) > limit:
            found[name] = limit
    return found


def _java_length(text: str) -> int:
    return len(text) if text.isascii() else len(text) + sum(char > "\uffff" for char in text)


def messages(found: Mapping[str, int], generation: Generation) -> list[Message]:
    """Make the messages of fields that are too long."""
    if generation.parameters_are_schema_violations:
        reports = [
            atomic_report(f"Field is longer than maximum allowed size {most}", name, "atomic_field_length_exceeded")
            for name, most in found.items()
        ]
        return [atomic_message(reports)]
    general = "Enriched event does not conform to atomic schema field's length restrictions"
    single = [f"Field {name} longer than maximum allowed size {most}" for name, most in found.items()]
    return [enrichment({"error": text}) for text in (general, *single)]


def atomic_report(text: str, name: str, keyword: str) -> Message:
    """Make the data report of a parameter or field."""
    return {"message": text, "path": name, "keyword": keyword, "targets": []}


def atomic_message(reports: list[Message]) -> Message:
    """Make the one message of all parameters or fields of an event."""
    return iglu_error(ATOMIC, {"error": "ValidationError", "dataReports": reports})
