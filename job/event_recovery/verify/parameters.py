"""Which parameter fills which field of the event, and how it is converted."""

from __future__ import annotations

from typing import Final, NamedTuple

from event_recovery.verify import converters
from event_recovery.verify.converters import Converter
from event_recovery.verify.generations import Generation

#: The parameters of a raw event, in the order of their first appearance; None for one without a value.
Parameters = dict[str, str | None]

_TEXT_FIELDS: Final[dict[str, str]] = {
    "aid": "app_id",
    "uid": "user_id",
    "duid": "domain_userid",
    "nuid": "network_userid",
    "tnuid": "network_userid",
    "ua": "useragent",
    "fp": "user_fingerprint",
    "ip": "user_ipaddress",
    "tna": "name_tracker",
    "tv": "v_tracker",
    "cv": "v_collector",
    "url": "page_url",
    "page": "page_title",
    "refr": "page_referrer",
    "cs": "doc_charset",
    "cd": "br_colordepth",
    "tz": "os_timezone",
    "lang": "br_lang",
    "se_ca": "se_category",
    "ev_ca": "se_category",
    "se_ac": "se_action",
    "ev_ac": "se_action",
    "se_la": "se_label",
    "ev_la": "se_label",
    "se_pr": "se_property",
    "ev_pr": "se_property",
    "tr_id": "tr_orderid",
    "tr_af": "tr_affiliation",
    "tr_ci": "tr_city",
    "tr_st": "tr_state",
    "tr_co": "tr_country",
    "tr_cu": "tr_currency",
    "ti_id": "ti_orderid",
    "ti_sk": "ti_sku",
    "ti_na": "ti_name",
    "ti_nm": "ti_name",
    "ti_ca": "ti_category",
    "ti_cu": "ti_currency",
}
_TYPED: Final[dict[str, Converter]] = {
    "e": converters.event,
    "p": converters.platform_or_headset,
    **dict.fromkeys(("tid", "vid", "ti_qu", "pp_mix", "pp_max", "pp_miy", "pp_may"), converters.integer),
    **dict.fromkeys(("sid", "eid"), converters.uuid),
    **dict.fromkeys(("dtm", "stm", "ttm"), converters.millis),
    **dict.fromkeys(("ds", "vp", "res"), converters.size),
    **dict.fromkeys(
        ("cookie", "f_pdf", "f_fla", "f_java", "f_dir", "f_qt", "f_realp", "f_wma", "f_gears", "f_ag"), converters.flag
    ),
    **dict.fromkeys(("se_va", "ev_va", "tr_tt", "tr_tx", "tr_sh", "ti_pr"), converters.decimal),
}
_TYPED_BEFORE_HEADSETS: Final = _TYPED | {"p": converters.platform}
#: For one of two parameters of the same field, the other, which wins in an event of more than four parameters. Enrich
#: walks through a hash map, whose order depends on the names alone.
_WINNERS: Final = {
    "ue_pr": "ue_px",
    "co": "cx",
    "ti_na": "ti_nm",
    "ev_ca": "se_ca",
    "ev_ac": "se_ac",
    "se_la": "ev_la",
    "se_pr": "ev_pr",
}
_IN_ORDER: Final = 4
#: Control characters but the tab, which becomes blanks.
_REMOVED: Final = dict.fromkeys([*range(0x20), 0x7F], None) | {9: "    "}
#: Of which nothing would be left.
_NOTHING: Final = "".join(chr(code) for code, kept in _REMOVED.items() if kept is None)


class Fault(NamedTuple):
    """A parameter that cannot be converted."""

    name: str
    value: str
    text: str


def faults(parameters: Parameters, generation: Generation) -> list[Fault]:
    """List the parameters that cannot be converted, but those that hold JSON."""
    found = []
    typed = _TYPED if generation.knows_headset else _TYPED_BEFORE_HEADSETS
    for name, value in parameters.items():
        converter = typed.get(name)
        if converter is not None and value is not None and (text := converter(value)) is not None:
            found.append(Fault(name, value, converters.worded(text, generation)))
    return found


def winning(parameters: Parameters) -> Parameters:
    """Leave out parameters without a value, and those whose field another one fills."""
    given = dict(parameters)
    if None in given.values():
        given = {name: value for name, value in given.items() if value is not None}
    if "tnuid" in given and "nuid" in given:
        del given["nuid"]
    for loser in given.keys() & _WINNERS.keys():
        winner = _WINNERS[loser]
        if winner in given:
            names = list(parameters)
            in_order = len(names) <= _IN_ORDER and names.index(loser) > names.index(winner)
            del given[winner if in_order else loser]
    return given


def text_fields(parameters: Parameters) -> dict[str, str]:
    """Return the text fields of an event, not cleaned yet, of parameters that each fill their own."""
    fields = {}
    for name, value in parameters.items():
        field = _TEXT_FIELDS.get(name)
        if field is not None and value and value.strip(_NOTHING):
            fields[field] = value
    return fields


def clean(text: str) -> str:
    """Take out what would break a row of tab-separated values."""
    return text if text.isprintable() else text.translate(_REMOVED)
