"""The bad row of sites."""

from __future__ import annotations

from urllib.parse import quote

from support.engine.rows import SCHEMA, bad_row, enrichment_payload, line_of, pairs
from support.leaks import PERSON
from support.verify.payloads import REQUIRED

#: A bad row that the config sends again, and that Enrich would take: it needs no schema of any registry. It tells of a
#: person, in its payload and in what is said of it.
ROW = line_of(
    bad_row(
        SCHEMA,
        enrichment_payload(
            parameters=pairs(
                *{**REQUIRED, "uid": PERSON["uid"], "ip": PERSON["ip"], "page": PERSON["name"]}.items(),
            ),
            refererUri=f"https://acme.example/?email={quote(PERSON['email'])}",
            contentType=None,
        ),
        failure={
            "timestamp": "2026-11-28T10:00:00.000Z",
            "messages": [
                {
                    "field": "email",
                    "value": PERSON["email"],
                    "error": f"invalid json: expected json value got '{PERSON['email']}' (line 1, column 1)",
                }
            ],
        },
    )
)
