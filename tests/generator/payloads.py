"""The payload halves of bad rows: tracker parameters, collector payloads, raw and enriched events."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from urllib.parse import quote_plus

from generator import slots, thrift, values
from generator.fields import ENRICHED_FIELDS
from generator.values import Json

Pairs = list[tuple[str, str | None]]

_TRACKER_VENDOR = "com.snowplowanalytics.snowplow"


@dataclass(frozen=True, slots=True)
class Event:
    """One tracked event before it met its fate.

    ``lean`` events carry only what every tracker sends. ``sparse`` ones are all checkouts, having no room for products,
    and their bad rows leave out the fields that are null. Nothing is wrong with ``sound`` ones but what was put there.
    """

    page: values.Page
    user_agent: str
    language: str
    ip: str
    parameters: Pairs
    lean: bool
    sparse: bool
    sound: bool = False


def event(rng: Random, products: int, *, lean: bool, sparse: bool) -> Event:
    """Draw a page view or a checkout whose contexts hold that many products."""
    page = rng.choice(values.PAGES)
    language = rng.choice(values.LANGUAGES)
    pairs: Pairs = [
        ("e", "pv"),
        ("url", page.url),
        ("page", page.title),
        ("p", "web"),
        ("aid", "acme-shop"),
        ("tv", "js-3.24.0"),
    ]
    if sparse or rng.random() < 0.6:
        schema = rng.choice((values.CHECKOUT_SCHEMA, values.UNPUBLISHED_CHECKOUT_SCHEMA))
        body = values.checkout(rng, schema)
        pairs[0] = ("e", "ue")
        pairs.append(("ue_px", values.base64_json(body)) if rng.random() < 0.3 else ("ue_pr", values.compact(body)))
    # Drawn apart, so that the rest of the event is the same whatever the number of products.
    attached = values.contexts(Random(rng.getrandbits(64)), products)
    pairs.append(("co", values.compact(attached)) if rng.random() < 0.2 else ("cx", values.base64_json(attached)))
    pairs += [
        ("eid", slots.EVENT_ID),
        ("dtm", str(slots.CREATED_MS)),
        ("duid", slots.DOMAIN_USER_ID),
    ]
    if not sparse:
        pairs += [("stm", str(slots.SENT_MS)), ("debug", rng.choice(("", "trace-on", None)))]
    if not lean:
        pairs += [
            ("sid", slots.SESSION_ID),
            ("vid", str(rng.randrange(1, 40))),
            ("refr", rng.choice(values.PAGES).url),
            ("tz", "Europe/Berlin"),
            ("lang", language),
            ("res", "1920x1080"),
            ("vp", f"{rng.randrange(900, 1900)}x{rng.randrange(500, 1000)}"),
            ("cookie", "1"),
        ]
    return Event(
        page=page,
        user_agent=rng.choice(values.USER_AGENTS),
        language=language,
        ip=f"203.0.113.{rng.randrange(1, 255)}",
        parameters=pairs,
        lean=lean,
        sparse=sparse,
    )


def with_a_currency_at_fault(pairs: Pairs) -> Pairs:
    """Return parameters in whose contexts at least one product has its currency in lower case, if there is one."""
    return [(name, _at_fault(name, value) if name in ("co", "cx") and value else value) for name, value in pairs]


def _at_fault(name: str, value: str) -> str:
    document = values.read_json(name, value)
    held = [one["data"] for one in document["data"] if one["schema"] == values.PRODUCT_SCHEMA]
    if not held or any(product["currency"].islower() for product in held):
        return value
    held[0]["currency"] = "eur"
    return values.base64_json(document) if name == "cx" else values.compact(document)


def _headers(of: Event) -> list[str]:
    always = [f"Host: {values.COLLECTOR_HOST}", f"User-Agent: {of.user_agent}", f"X-Forwarded-For: {of.ip}"]
    if of.lean:
        return always
    return [
        *always,
        "X-Forwarded-Proto: http",
        "Accept: */*",
        f"Accept-Language: {of.language}, en;q=0.7",
        f"Referer: https://{of.page.host}/",
        "Content-Type: application/json; charset=UTF-8",
        f"Cookie: sp={slots.NETWORK_USER_ID}",
    ]


def _pairs(of: Event) -> list[Json]:
    return [{"name": name, "value": value} for name, value in of.parameters]


def collector_payload(of: Event, rng: Random, *, vendor: str = _TRACKER_VENDOR, version: str = "tp2") -> Json:
    """Return a CollectorPayload: what adapter failures and tracker protocol violations hold."""
    return {
        "vendor": vendor,
        "version": version,
        "querystring": _pairs(of),
        "contentType": "application/json; charset=UTF-8",
        "body": None,
        "collector": rng.choice(values.COLLECTORS),
        "encoding": "UTF-8",
        "hostname": values.COLLECTOR_HOST,
        "timestamp": slots.COLLECTED,
        "ipAddress": of.ip,
        "useragent": of.user_agent,
        "refererUri": f"https://{of.page.host}/",
        "headers": _headers(of),
        "networkUserId": slots.NETWORK_USER_ID,
    }


def enrichment_payload(of: Event, rng: Random) -> Json:
    """Return an EnrichmentPayload: what schema violations and enrichment failures hold."""
    raw = {
        "vendor": _TRACKER_VENDOR,
        "version": "tp2",
        "parameters": _pairs(of),
        "contentType": "application/json; charset=UTF-8",
        "loaderName": rng.choice(values.COLLECTORS),
        "encoding": "UTF-8",
        "hostname": values.COLLECTOR_HOST,
        "timestamp": slots.COLLECTED,
        "ipAddress": of.ip,
        "useragent": of.user_agent,
        "refererUri": f"https://{of.page.host}/",
        "headers": _headers(of),
        "userId": slots.NETWORK_USER_ID,
    }
    return {"enriched": enriched(of), "raw": raw}


def _enriched_values(of: Event) -> Json:
    known: Json = {
        "app_id": "acme-shop",
        "platform": "web",
        "collector_tstamp": slots.COLLECTED_SQL,
        "event": "page_view" if of.parameters[0][1] == "pv" else "unstruct",
        "event_id": slots.EVENT_ID,
        "v_tracker": "js-3.24.0",
        "v_collector": values.COLLECTORS[0],
        "v_etl": "enrich-kinesis-4.2.0",
        "user_ipaddress": of.ip,
        "domain_userid": slots.DOMAIN_USER_ID,
    }
    if not of.lean:
        known |= {
            "etl_tstamp": slots.COLLECTED_SQL,
            "dvce_created_tstamp": slots.CREATED_SQL,
            "name_tracker": "sp1",
            "domain_sessionidx": 7,
            "network_userid": slots.NETWORK_USER_ID,
            "geo_country": "DE",
            "geo_city": "Köln",
            "geo_latitude": 50.9375,
            "geo_longitude": 6.9603,
            "page_url": of.page.url,
            "page_title": of.page.title,
            "page_urlscheme": "https",
            "page_urlhost": of.page.host,
            "page_urlport": 443,
            "page_urlpath": of.page.path,
            "page_urlquery": of.page.query or None,
            "useragent": of.user_agent,
            "br_lang": of.language,
            "br_cookies": 1,
            "br_colordepth": "24",
            "br_viewwidth": 1680,
            "br_viewheight": 920,
            "dvce_screenwidth": 1920,
            "dvce_screenheight": 1080,
            "doc_charset": "UTF-8",
            "dvce_sent_tstamp": slots.CREATED_SQL,
            "domain_sessionid": slots.SESSION_ID,
        }
    return known


def enriched(of: Event) -> Json:
    """Return the half-made enriched event: all 131 fields, most of them null, unless the event is sparse."""
    known = _enriched_values(of)
    return (
        {name: known[name] for name in ENRICHED_FIELDS if name in known}
        if of.sparse
        else {name: known.get(name) for name in ENRICHED_FIELDS}
    )


def enriched_line(of: Event) -> str:
    """Return the enriched event as the tab-separated line that loaders read."""
    known = _enriched_values(of) | {"contexts": _contexts_text(of)}
    return "\t".join("" if known.get(name) is None else str(known[name]) for name in ENRICHED_FIELDS)


def _contexts_text(of: Event) -> str | None:
    return next((value for name, value in of.parameters if name in ("co", "cx")), None)


def thrift_struct(of: Event, *, unescaped: bool) -> bytes:
    """Return the event as the collector stores it; ``unescaped`` leaves the querystring as a broken client sent it."""
    query = "&".join(
        f"{name}={(value or '') if unescaped else quote_plus(value or '')}" for name, value in of.parameters
    )
    return thrift.collector_payload(
        {
            "ipAddress": of.ip,
            "timestamp": slots.COLLECTED_MS,
            "encoding": "UTF-8",
            "collector": values.COLLECTORS[0],
            "userAgent": of.user_agent,
            "refererUri": f"https://{of.page.host}/",
            "path": "/i",
            "querystring": query,
            "headers": _headers(of),
            "hostname": values.COLLECTOR_HOST,
            "networkUserId": slots.NETWORK_USER_ID,
            "schema": thrift.COLLECTOR_PAYLOAD_SCHEMA,
        }
    )
