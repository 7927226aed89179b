"""Rows of the sizes and contents that collectors and Enrich write, and a config of the form that people write.

A dozen flows of a type, of which a row meets one by who sent it or by the name of a parameter; steps find parameters by
their names and contexts by their schemas.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from random import Random
from typing import Any

from generator.fields import ENRICHED_FIELDS

Json = dict[str, Any]

_SNOWPLOW = "iglu:com.snowplowanalytics.snowplow"
_TIMING = "iglu:org.w3/PerformanceTiming/jsonschema/1-0-0"
_ITEM = "iglu:com.acme/item/jsonschema/1-0-0"
_AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:72.0) Gecko/20100101 Firefox/72.0"
#: Who sends events: a flow for each.
_SENDERS = [f"{number:08x}-7f1d-4c0e-9a55-d2b84f0c6e{number:02x}" for number in range(1, 13)]
_MARKS = (
    "navigationStart unloadEventStart unloadEventEnd redirectStart redirectEnd fetchStart domainLookupStart "
    "domainLookupEnd connectStart connectEnd requestStart responseStart responseEnd domLoading domInteractive "
    "domComplete loadEventStart loadEventEnd"
).split()


def _test(path: str, **matcher: object) -> Json:
    return {"op": "Test", "path": path, "value": matcher}


def _replace(path: str, value: object, match: str | None = None) -> Json:
    return {"op": "Replace", "path": path, "value": value} | ({} if match is None else {"match": match})


def config() -> Json:
    """Return the config: a dozen flows for webhooks and as many for events."""
    timing = f"$.raw.parameters.cx.data.[?(@.schema=~{_TIMING})].data"
    webhooks = [
        {
            "name": f"schema-of-sender-{number}",
            "conditions": [
                _test("$.payload.networkUserId", value=sender),
                _test("$.payload.querystring.[?(@.name=~schema)].value", value="iglu"),
            ],
            "steps": [
                _replace("$.querystring.[?(@.name=~schema)].value", f"iglu:com.acme/sent/jsonschema/1-0-{number}"),
                _replace("$.querystring.[?(@.name=~app_id)].value", f"shop-{number}"),
            ],
        }
        for number, sender in enumerate(_SENDERS)
    ]
    events = [
        {
            "name": f"timing-of-sender-{number}",
            "conditions": [
                _test("$.processor.artifact", value="enrich-kinesis"),
                _test("$.payload.raw.vendor", regex=r"com.snowplow\.*"),
                _test("$.payload.raw.userId", value=sender),
            ],
            "steps": [
                _replace("$.raw.refererUri", f"https://shop-{number}.acme.example/", "(?U)^.*$"),
                {"op": "Remove", "path": "$.raw.parameters.aid"},
                _replace(f"{timing}.loadEventEnd", 1, "(?U)^.*$"),
                {"op": "Cast", "path": f"{timing}.domComplete", "from": "Numeric", "to": "Boolean"},
                {
                    "op": "Cast",
                    "path": "$.raw.parameters.cx.data.[?(@.data.navigationStart=~([0-9]+))].data.domComplete",
                    "from": "Boolean",
                    "to": "Numeric",
                },
            ],
        }
        for number, sender in enumerate(_SENDERS)
    ]
    flows = {"adapter_failures": webhooks, "enrichment_failures": events, "schema_violations": events}
    return {
        "schema": f"{_SNOWPLOW}/recoveries/jsonschema/4-0-0",
        "data": {f"{_SNOWPLOW}.badrows/{name}/jsonschema/*-*-*": of_type for name, of_type in flows.items()},
    }


def rows(count: int, size: int, seed: int = 11) -> Iterator[bytes]:
    """Yield rows of about that many bytes: webhooks below 1,500, events above it."""
    rng = Random(seed)
    for number in range(count):
        sender = _SENDERS[number % len(_SENDERS)]
        yield _webhook(rng, sender, size) if size < 1_500 else _event(rng, sender, size)


def unusual(line: bytes, form: str) -> bytes:
    """Return an event's row with timestamps or numbers that are valid, and not as Enrich writes them today."""
    document = json.loads(line)
    payload = document["data"]["payload"]
    if form == "numbers as text":
        payload["enriched"] |= {"page_urlport": "443", "br_cookies": "1", "geo_latitude": "50.9375"}
    else:
        end = "Z" if form == "no milliseconds" else ".000+00:00"
        payload["raw"]["timestamp"] = payload["raw"]["timestamp"][:19] + end
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()


def _line(name: str, failure: Json, payload: Json) -> bytes:
    processor = {"artifact": "enrich-kinesis", "version": "4.2.0"}
    data = {"processor": processor, "failure": failure, "payload": payload}
    document = {"schema": f"{_SNOWPLOW}.badrows/{name}/jsonschema/1-0-0", "data": data}
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()


def _webhook(rng: Random, sender: str, size: int) -> bytes:
    pairs = [{"name": "schema", "value": "iglu"}, {"name": "app_id", "value": "shop"}]
    failure = {
        "timestamp": "2026-03-02T06:14:06.505Z",
        "vendor": "com.snowplowanalytics.iglu",
        "version": "v1",
        "messages": [{"field": "schema", "value": "iglu", "expectation": "not a valid URI redirect"}],
    }
    payload: Json = {
        "vendor": "com.snowplowanalytics.iglu",
        "version": "v1",
        "querystring": pairs,
        "contentType": None,
        "body": None,
        "collector": "ssc-2.10.0-kinesis",
        "encoding": "UTF-8",
        "hostname": "collector.acme.example",
        "timestamp": "2026-03-02T06:14:05.976Z",
        "ipAddress": f"203.0.113.{rng.randrange(1, 255)}",
        "useragent": "Go-http-client/1.1",
        "refererUri": None,
        "headers": [],
        "networkUserId": sender,
    }
    while len(line := _line("adapter_failures", failure, payload)) < size:
        pairs.append({"name": f"p{len(pairs)}", "value": f"{rng.getrandbits(40):x}"})
    return line


def _timing(rng: Random) -> Json:
    began = 1_772_431_790_000 + rng.randrange(10**6)
    return {"schema": _TIMING, "data": {name: began + 37 * place for place, name in enumerate(_MARKS)}}


def _event(rng: Random, sender: str, size: int) -> bytes:
    contexts = [
        {"schema": f"{_SNOWPLOW}/web_page/jsonschema/1-0-0", "data": {"id": f"{rng.getrandbits(64):x}"}},
        _timing(rng),
    ]
    while len(line := _event_line(rng, sender, contexts, lean=size < 4_000)) < size:
        contexts.append({"schema": _ITEM, "data": {"sku": f"{rng.getrandbits(40):x}", "price": 10, "tags": ["a", "b"]}})
    return line


def _event_line(rng: Random, sender: str, contexts: list[Json], *, lean: bool) -> bytes:
    held = {"schema": f"{_SNOWPLOW}/contexts/jsonschema/1-0-0", "data": contexts}
    text = json.dumps(held, separators=(",", ":"))
    enriched: Json = {} if lean else dict.fromkeys(ENRICHED_FIELDS)
    enriched |= {
        "app_id": "shop",
        "collector_tstamp": "2026-03-02 06:09:52.405",
        "event": "page_view",
        "contexts": text if not lean else None,
        "useragent": _AGENT,
    }
    pairs = {
        "e": "pv",
        "duid": f"{rng.getrandbits(64):x}",
        "url": "https://shop.acme.example/",
        "aid": "shop",
        "cx": base64.urlsafe_b64encode(text.encode()).decode().rstrip("="),
        "page": "Acme",
        "stm": "1772431790351",
        "tz": "Europe/Berlin",
        "p": "web",
        "dtm": "1772431790351",
        "lang": "en-US",
    }
    raw: Json = {
        "vendor": "com.snowplowanalytics.snowplow",
        "version": "tp2",
        "parameters": [{"name": name, "value": value} for name, value in pairs.items()],
        "contentType": "application/json",
        "loaderName": "ssc-2.10.0-kinesis",
        "encoding": "UTF-8",
        "hostname": "collector.acme.example",
        "timestamp": "2026-03-02T06:09:52.405Z",
        "ipAddress": "203.0.113.7",
        "useragent": _AGENT,
        "refererUri": "https://shop.acme.example/",
        "headers": ["Host: collector.acme.example", f"User-Agent: {_AGENT}", "Accept: */*", f"Cookie: sp={sender}"],
        "userId": sender,
    }
    failure = {
        "timestamp": "2026-03-02T06:10:23.259Z",
        "messages": [
            {
                "enrichment": {
                    "schemaKey": f"{_SNOWPLOW}.enrichments/api_request_enrichment_config/jsonschema/1-0-0",
                    "identifier": "api-request",
                },
                "message": {"error": "no answer from https://api.acme.example after 5000 ms"},
            }
        ],
    }
    return _line("enrichment_failures", failure, {"enriched": enriched, "raw": raw})
