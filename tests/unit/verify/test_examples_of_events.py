"""Worked examples of what Enrich says of an event's parameters and fields."""

from __future__ import annotations

import pytest
from support.verify.examples import (
    ATOMIC,
    BAD_MAIL,
    EF,
    SV,
    Example,
    acme,
    atomic,
    check,
    enrichment,
    named,
    refused,
    unknown,
    value,
)
from support.verify.payloads import get, unstruct
from support.verify.registries import verifier

pytestmark = pytest.mark.unit

NO_EVENT = (
    "trying to extract the schema of the enriched event but event type [null] doesn't match\n          "
    "any of page_view, page_ping, struct, transaction, transaction_item and unstruct\n          "
)
NO_NUMBER = 'Character n is neither a decimal digit number, decimal point, nor "e" notation exponential mark.'
THREE = get({"e": "se", "eid": "not-a-uuid", "dtm": "yesterday", "res": "1024 x 768"})
DATES = get({"e": "pv", "stm": "1111111111111111"})
MILLIS = "ot in the expected format: ms since epoch"
LENGTHS = "Enriched event does not conform to atomic schema field's length restrictions"
EXAMPLES = (
    Example(
        "2",
        "seen in part",
        get({"e": "ue", "tr_tt": "not number", "ue_pr": unstruct(BAD_MAIL)}),
        SV,
        [
            atomic((f"Cannot be converted to java.math.BigDecimal. Error : {NO_NUMBER}", "tr_tt")),
            refused(acme("email_sent"), unknown("unallowedAdditionalField")),
        ],
    ),
    Example(
        "2 of 3.9",
        "ran",
        get({"e": "ue", "tr_tt": "not number", "ue_pr": unstruct(BAD_MAIL)}),
        EF,
        [enrichment(value("tr_tt", "not number", f"cannot be converted to java.math.BigDecimal. Error : {NO_NUMBER}"))],
        "3.9",
    ),
    Example(
        "4",
        "seen",
        get({"e": "pp", "tv": "x" * 101}),
        SV,
        [
            refused(
                ATOMIC,
                ("Field is longer than maximum allowed size 100", "v_tracker", "atomic_field_length_exceeded", []),
            )
        ],
    ),
    Example(
        "4 of 3.9",
        "ran",
        get({"e": "pp", "tv": "x" * 101}),
        EF,
        [
            enrichment({"error": LENGTHS}),
            enrichment({"error": "Field v_tracker longer than maximum allowed size 100"}),
        ],
        "3.9",
    ),
    Example(
        "23",
        "texts seen",
        THREE,
        SV,
        [atomic(("Not a valid UUID", "eid"), (f"N{MILLIS}", "dtm"), (r"Does not conform to regex (\d+)x(\d+)", "res"))],
    ),
    Example(
        "23 of 4.1",
        "ran with 3.9",
        THREE,
        EF,
        [
            enrichment(value("eid", "not-a-uuid", "not a valid UUID")),
            enrichment(value("dtm", "yesterday", f"n{MILLIS}")),
            enrichment(value("res", "1024 x 768", r"does not conform to regex (\d+)x(\d+)")),
        ],
        "4.1",
    ),
    Example(
        "24", "seen", DATES, SV, [atomic(("Formatting as 37179-09-17 07:18:31.111 is not Redshift-compatible", "stm"))]
    ),
    Example(
        "25",
        "seen, row type inferred",
        get({"aid": "x", "tv": "t", "p": "web"}),
        EF,
        [enrichment(value("event", None, NO_EVENT))],
    ),
    Example("26", "ran", get({"e": "ue"}), None),
    Example(
        "27",
        "seen",
        get({"e": "pv", "url": "http://host/?_sp=abc.not-a-timestamp"}),
        EF,
        [enrichment(value("sp_dtm", "not-a-timestamp", f"N{MILLIS}"))],
    ),
    Example(
        "27 of 3.9",
        "ran",
        get({"e": "pv", "url": "http://host/?_sp=abc.not-a-timestamp"}),
        EF,
        [enrichment(value("sp_dtm", "not-a-timestamp", f"n{MILLIS}"))],
        "3.9",
    ),
    Example(
        "28", "seen", get({"e": "pv"}, collector=""), EF, [enrichment(value("v_collector", None, "should be set"))]
    ),
)


@pytest.mark.parametrize("example", EXAMPLES, ids=named)
def test_what_enrich_says(example: Example) -> None:
    check(example)


def test_long_fields_are_accepted_where_enrich_is_told_to() -> None:
    (example,) = (one for one in EXAMPLES if one.number == "4")
    (verdict,) = verifier(accept_invalid=True).verify(example.payload)
    assert verdict.outcome == "passes"


def test_all_of_them_are_here() -> None:
    assert {one.whole_number for one in EXAMPLES} == {2, 4, *range(23, 29)}
