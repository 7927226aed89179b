"""A stand-in for Enrich: it refuses what a verifier refuses, and writes of it the bad rows that Enrich would write."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from event_recovery.text.timestamps import print_millis
from event_recovery.verify import Verdict, Verifier
from event_recovery.verify.adapters import raw_events
from event_recovery.verify.collector import Collected, read_collected
from event_recovery.verify.failures import FORMAT_VIOLATION, NotCheckable
from event_recovery.verify.parameters import Parameters
from event_recovery.verify.verdicts import FAILS

from support.engine.rows import INSTANT, bad_row

Json = Any


@dataclass
class Enrich:
    """Reads payloads, counts the events that pass, and returns bad rows of the others.

    :param passed: the ids of the events that passed, one for each time
    """

    verifier: Verifier
    passed: list[str | None] = field(default_factory=list)

    def read(self, payload: bytes) -> list[Json]:
        """Return the bad rows of a payload."""
        rules, verdicts = self.verifier._rules, self.verifier.verify(payload)
        if verdicts[0].bad_row_type == FORMAT_VIOLATION:
            encoded = base64.b64encode(payload).decode()
            return [self._row(verdict, encoded) for verdict in verdicts]
        collected = read_collected(payload, rules.generation)
        if verdicts[0].failure is not None and "vendor" in verdicts[0].failure:  # of an adapter: it has no events
            return [self._row(verdicts[0], _collector_payload(collected))]
        try:
            events = raw_events(collected, rules.schemas, rules.generation)
        except NotCheckable:  # a webhook that the verifier does not know; it is taken to pass
            self.passed.append(None)
            return []
        return list(self._judged(zip(events, verdicts, strict=True), collected))

    def _judged(self, judged: Iterable[tuple[Parameters, Verdict]], collected: Collected) -> Iterator[Json]:
        for event, verdict in judged:
            if verdict.outcome == FAILS:
                yield self._row(verdict, {"enriched": {}, "raw": _raw_event(event, collected)})
            else:
                self.passed.append(event.get("eid"))

    @staticmethod
    def _row(verdict: Verdict, payload: Json) -> Json:
        assert verdict.bad_row_type is not None
        return bad_row(verdict.bad_row_type, payload, failure={"timestamp": INSTANT, **(verdict.failure or {})})


def _request(collected: Collected) -> dict[str, Json]:
    payload = collected.payload
    return {
        "vendor": collected.vendor,
        "version": collected.version,
        "contentType": payload.content_type,
        "encoding": payload.encoding,
        "hostname": payload.hostname,
        "timestamp": print_millis(payload.timestamp),
        "ipAddress": payload.ip_address,
        "useragent": payload.user_agent,
        "refererUri": payload.referer_uri,
        "headers": payload.headers or [],
    }


def _collector_payload(collected: Collected) -> dict[str, Json]:
    payload = collected.payload
    return {
        **_request(collected),
        "querystring": [{"name": name, "value": value} for name, value in collected.pairs],
        "body": payload.body,
        "collector": payload.collector,
        "networkUserId": payload.network_user_id,
    }


def _raw_event(event: Parameters, collected: Collected) -> dict[str, Json]:
    payload = collected.payload
    return {
        **_request(collected),
        "parameters": [{"name": name, "value": value} for name, value in event.items()],
        "loaderName": payload.collector,
        "userId": payload.network_user_id,
    }
