"""The bad row types: what their ``failure`` and ``payload`` look like, and how a row's type is chosen.

The type named by the envelope's Iglu URI is tried first; a row that does not fit it takes the first shape that fits, as
the reference does. A recoverable type's failure that does not decode is kept as it is: recovery never uses it. Rows
with nothing to send are taken by their name alone where the reference knows no such type or version.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from event_recovery.badrows import failures
from event_recovery.badrows.decoders import (
    INT8,
    INT32,
    DecodeError,
    Decoder,
    anything,
    date_time,
    float32,
    integer,
    list_of,
    name_value_pairs,
    optional,
    record,
    schema_key,
    string,
    uuid,
)
from event_recovery.iglu.uris import BAD_ROWS_VENDOR, SchemaKey
from event_recovery.text.jsontext import Json

_INT_FIELDS = frozenset(
    """
    domain_sessionidx page_urlport refr_urlport ti_quantity pp_xoffset_min pp_xoffset_max pp_yoffset_min
    pp_yoffset_max br_viewwidth br_viewheight dvce_screenwidth dvce_screenheight doc_width doc_height
    """.split(),
)
_BYTE_FIELDS = frozenset(
    """
    br_features_pdf br_features_flash br_features_java br_features_director br_features_quicktime
    br_features_realplayer br_features_windowsmedia br_features_gears br_features_silverlight br_cookies
    dvce_ismobile
    """.split(),
)
_FLOAT_FIELDS = frozenset({"geo_latitude", "geo_longitude"})

#: Fields of an enriched event, in the order of printing.
ENRICHED_FIELDS = tuple(
    """
    app_id platform etl_tstamp collector_tstamp dvce_created_tstamp event event_id txn_id name_tracker v_tracker
    v_collector v_etl user_id user_ipaddress user_fingerprint domain_userid domain_sessionidx network_userid
    geo_country geo_region geo_city geo_zipcode geo_latitude geo_longitude geo_region_name ip_isp ip_organization
    ip_domain ip_netspeed page_url page_title page_referrer page_urlscheme page_urlhost page_urlport page_urlpath
    page_urlquery page_urlfragment refr_urlscheme refr_urlhost refr_urlport refr_urlpath refr_urlquery
    refr_urlfragment refr_medium refr_source refr_term mkt_medium mkt_source mkt_term mkt_content mkt_campaign
    contexts se_category se_action se_label se_property se_value unstruct_event tr_orderid tr_affiliation tr_total
    tr_tax tr_shipping tr_city tr_state tr_country ti_orderid ti_sku ti_name ti_category ti_price ti_quantity
    pp_xoffset_min pp_xoffset_max pp_yoffset_min pp_yoffset_max useragent br_name br_family br_version br_type
    br_renderengine br_lang br_features_pdf br_features_flash br_features_java br_features_director
    br_features_quicktime br_features_realplayer br_features_windowsmedia br_features_gears br_features_silverlight
    br_cookies br_colordepth br_viewwidth br_viewheight os_name os_family os_manufacturer os_timezone dvce_type
    dvce_ismobile dvce_screenwidth dvce_screenheight doc_charset doc_width doc_height tr_currency tr_total_base
    tr_tax_base tr_shipping_base ti_currency ti_price_base base_currency geo_timezone mkt_clickid mkt_network
    etl_tags dvce_sent_tstamp refr_domain_userid refr_dvce_tstamp derived_contexts domain_sessionid derived_tstamp
    event_vendor event_name event_format event_version event_fingerprint true_tstamp
    """.split(),
)

#: Decoders that several fields share.
INT, BYTE, HEADERS = integer(INT32), integer(INT8), list_of(string)

#: Fields of a collector payload and their decoders, in the order of printing.
COLLECTOR_PAYLOAD_FIELDS: dict[str, Decoder] = {
    "vendor": string,
    "version": string,
    "querystring": name_value_pairs,
    "contentType": optional(string),
    "body": optional(string),
    "collector": string,
    "encoding": string,
    "hostname": optional(string),
    "timestamp": optional(date_time),
    "ipAddress": optional(string),
    "useragent": optional(string),
    "refererUri": optional(string),
    "headers": HEADERS,
    "networkUserId": optional(uuid),
}
#: Fields of a raw event and their decoders, in the order of printing.
RAW_FIELDS: dict[str, Decoder] = {
    "vendor": string,
    "version": string,
    "parameters": name_value_pairs,
    "contentType": optional(string),
    "loaderName": string,
    "encoding": string,
    "hostname": optional(string),
    "timestamp": optional(date_time),
    "ipAddress": optional(string),
    "useragent": optional(string),
    "refererUri": optional(string),
    "headers": HEADERS,
    "userId": optional(uuid),
}


def _enriched_decoder(name: str) -> Decoder:
    if name in _INT_FIELDS:
        return optional(INT)
    if name in _BYTE_FIELDS:
        return optional(BYTE)
    return optional(float32 if name in _FLOAT_FIELDS else string)


#: Fields of an enriched event and their decoders.
ENRICHED_DECODERS: dict[str, Decoder] = {name: _enriched_decoder(name) for name in ENRICHED_FIELDS}

collector_payload = record(COLLECTOR_PAYLOAD_FIELDS)
raw_event = record(RAW_FIELDS)
enriched_event = record(ENRICHED_DECODERS)
enrichment_payload = record({"enriched": enriched_event, "raw": raw_event})
nested_bad_row = record({"schema": schema_key, "data": anything})


class PayloadKind(Enum):
    """What can be made of a bad row's payload."""

    COLLECTOR = "CollectorPayload"
    ENRICHMENT = "EnrichmentPayload"
    THRIFT = "base64 of a Thrift CollectorPayload"
    NESTED = "another bad row"
    NONE = "nothing"


@dataclass(frozen=True, slots=True)
class BadRowType:
    """A published type: its names and the decoders of its parts.

    :param versions: of a type with nothing to send, those of its schema that the reference knows; none when it does not
        know the type
    :param why: a sentence on why nothing of its rows can be sent, where the reference has no words for it
    """

    name: str
    schema_name: str
    failure: Decoder
    payload: Decoder
    kind: PayloadKind = PayloadKind.NONE
    versions: tuple[str, ...] = ("1-0-0",)
    why: str = ""

    def decode(self, data: Json, *, any_failure: bool = False) -> Json:
        """Normalise the ``data`` of a bad row.

        :raises DecodeError: when it does not have this type's shape
        """
        fields: dict[str, Decoder] = {
            "processor": _processor,
            "failure": anything if any_failure else self.failure,
            "payload": self.payload,
        }
        if self.kind is PayloadKind.NESTED:
            fields["recoveries"] = INT
        return record(fields)(data, ("DownField(data)", None))


_processor = record({"artifact": string, "version": string})

#: The types that the reference knows, in the order in which shapes are tried.
BAD_ROW_TYPES = (
    BadRowType("SizeViolation", "size_violation", failures.SIZE_VIOLATION, string),
    BadRowType(
        "CPFormatViolation",
        "collector_payload_format_violation",
        failures.CP_FORMAT_VIOLATION,
        string,
        PayloadKind.THRIFT,
    ),
    BadRowType(
        "AdapterFailures",
        "adapter_failures",
        failures.ADAPTER_FAILURES,
        collector_payload,
        PayloadKind.COLLECTOR,
    ),
    BadRowType(
        "TrackerProtocolViolations",
        "tracker_protocol_violations",
        failures.TRACKER_PROTOCOL_VIOLATIONS,
        collector_payload,
        PayloadKind.COLLECTOR,
    ),
    BadRowType(
        "SchemaViolations",
        "schema_violations",
        failures.SCHEMA_VIOLATIONS,
        enrichment_payload,
        PayloadKind.ENRICHMENT,
    ),
    BadRowType(
        "EnrichmentFailures",
        "enrichment_failures",
        failures.ENRICHMENT_FAILURES,
        enrichment_payload,
        PayloadKind.ENRICHMENT,
    ),
    BadRowType(
        "LoaderRuntimeError", "loader_runtime_error", string, failures.loader_event, versions=("1-0-0", "1-0-1")
    ),
    BadRowType(
        "LoaderParsingError",
        "loader_parsing_error",
        failures.LOADER_PARSING_ERROR,
        string,
        versions=("1-0-0", "2-0-0"),
    ),
    BadRowType(
        "LoaderIgluError",
        "loader_iglu_error",
        failures.LOADER_IGLU_ERROR,
        failures.loader_event,
        versions=("1-0-0", "2-0-0", "2-0-1"),
    ),
    BadRowType("LoaderRecoveryError", "loader_recovery_error", failures.LOADER_RECOVERY_ERROR, string),
    BadRowType("RecoveryError", "recovery_error", failures.RECOVERY_ERROR, nested_bad_row, PayloadKind.NESTED),
    BadRowType("GenericError", "generic_error", failures.GENERIC_ERROR, string),
)

_PASSED_ENRICH = (
    "It holds an event that Enrich has passed already, and only what a collector received can be sent again."
)


def _unknown_to_the_reference(name: str, schema_name: str) -> BadRowType:
    return BadRowType(name, schema_name, anything, anything, versions=(), why=_PASSED_ENRICH)


#: The published types that the reference does not know; all hold an enriched event.
NEWER_TYPES = (
    _unknown_to_the_reference("RelayFailure", "relay_failure"),
    _unknown_to_the_reference("SnowflakeError", "snowflake_error"),
    _unknown_to_the_reference("EventForwardingError", "event_forwarding_error"),
)
#: All types by the names in their schemas.
TYPES_BY_NAME = {bad_row_type.schema_name: bad_row_type for bad_row_type in (*BAD_ROW_TYPES, *NEWER_TYPES)}


def named_type(schema: SchemaKey) -> BadRowType | None:
    """Return the type that an envelope's Iglu URI names, whatever its version."""
    if schema.vendor != BAD_ROWS_VENDOR or schema.format != "jsonschema":
        return None
    return TYPES_BY_NAME.get(schema.name)


def decode_data(schema: SchemaKey, data: Json, *, again: bool = False) -> tuple[BadRowType, Json]:
    """Choose the type of a row and normalise its ``data``, which is kept as it is where the name alone decides.

    :param again: whether the row has been through a recovery before
    :raises DecodeError: with the fault of the type that the envelope names, or of the last one tried
    """
    named = named_type(schema)
    if named is not None and not named.versions:
        return named, data
    first, *others = BAD_ROW_TYPES if named is None else (named, *(t for t in BAD_ROW_TYPES if t is not named))
    try:
        return first, first.decode(data)
    except DecodeError as error:
        fault = error
    for bad_row_type in others:
        try:
            return bad_row_type, bad_row_type.decode(data)
        except DecodeError as error:
            if named is None:
                fault = error
    if named is not None and is_final(named, schema, again=again):
        return named, data
    if named is not None and named.kind is not PayloadKind.NONE:
        try:
            return named, named.decode(data, any_failure=True)
        except DecodeError as error:
            fault = error
    raise fault


def is_final(bad_row_type: BadRowType, schema: SchemaKey, *, again: bool) -> bool:
    """Tell whether a row has nothing to send and ends with that, before the config is asked.

    Of a type and version that it knows, the reference asks the config first, and fails where no flow matches. So does
    this engine the first time; a row that comes back would come back for ever.

    :param again: whether the row has been through a recovery before
    """
    if bad_row_type.kind is not PayloadKind.NONE:
        return False
    return again or (named_type(schema) is bad_row_type and schema.version not in bad_row_type.versions)
