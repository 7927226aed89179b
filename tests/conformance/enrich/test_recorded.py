"""What the common module of Enrich 3.9.0 said of made-up payloads, without enrichments, with 70 schemas of our own.

Compared are, for each event or bad row, whether it is good, its bad row type, and its messages: the data reports as a
set, all others whole. Where an exception inside Enrich ended the payload, we say that it fails, or that it is not
checked.
"""

from __future__ import annotations

import base64
import gzip
import json
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from event_recovery.iglu.resolver import Resolver
from event_recovery.verify import Verdict, Verifier
from support.verify.registries import InMemory

pytestmark = pytest.mark.conformance

HERE = Path(__file__).parent
COUNT = 2981
#: The more lenient parser of URLs has words of its own for a bracket that is not closed, and one message of the
#: recording lost a NUL. Bodies of third parties, the older struct and JSON of more than 400 levels are not checked.
MOST_OTHER_WORDS = 3
MOST_NOT_CHECKED = 30
SHOWN = 5


@cache
def cases() -> list[dict[str, Any]]:
    return [json.loads(line) for line in gzip.decompress((HERE / "enrich-3.9.0.jsonl.gz").read_bytes()).splitlines()]


@cache
def verifier() -> Verifier:
    schemas = json.loads((HERE / "acme.json").read_text())
    registries = [InMemory(name="Acme", schemas=schemas, vendor_prefixes=("com.acme",)), InMemory(name="Iglu Central")]
    return Verifier(Resolver(registries, cache_size=500), enrich="3.9")


@cache
def verdicts() -> list[list[Verdict]]:
    return [verifier().verify(base64.b64decode(case["payload"])) for case in cases()]


def ended_by_an_exception(case: dict[str, Any]) -> bool:
    return any("/generic_error/" in one.get("schema", "") for one in case["expected"])


def told(failure: dict[str, Any]) -> set[str]:
    found = set()
    for message in failure.get("messages", [failure]):
        error = message.get("error")
        parts = [error.pop(name, []) for name in ("dataReports", "schemaIssues")] if isinstance(error, dict) else []
        found |= {json.dumps([message.get("schemaKey"), part], sort_keys=True) for each in parts for part in each}
        found.add(json.dumps(message, sort_keys=True))
    return found


def copy(failure: Any) -> Any:
    return json.loads(json.dumps(failure))


def test_every_verdict_and_bad_row_type_is_enrich_s() -> None:
    assert len(cases()) == COUNT
    different, unseen = [], 0
    for case, ours in zip(cases(), verdicts(), strict=True):
        if any(one.outcome == "not checked" for one in ours):
            unseen += not ended_by_an_exception(case)
        elif ended_by_an_exception(case):
            assert [one.bad_row_type for one in ours] == ["generic_error"], case["id"]
        else:
            expected = [None if one["good"] else one["schema"].split("/")[1] for one in case["expected"]]
            if [one.bad_row_type for one in ours] != expected:
                different.append((case["id"], ours, expected))
    assert not different[:SHOWN], f"{len(different)} of {len(cases())} differ"
    assert unseen <= MOST_NOT_CHECKED


def test_the_messages_are_enrich_s() -> None:
    different, counts = [], Counter[bool]()
    for case, ours in zip(cases(), verdicts(), strict=True):
        if ended_by_an_exception(case):
            continue
        for mine, theirs in zip(ours, case["expected"], strict=True):
            if mine.outcome == "fails":
                same = told(copy(mine.failure)) == told(copy(theirs["failure"]))
                counts[same] += 1
                if not same:
                    different.append((case["id"], mine.failure, theirs["failure"]))
    assert counts[False] <= MOST_OTHER_WORDS, different[:SHOWN]
    assert counts[True] > 1_500
