"""What a shop's events are made of: pages, products, browsers, people's languages. All invented."""

from __future__ import annotations

import json
from base64 import b64encode, urlsafe_b64decode
from dataclasses import dataclass
from random import Random
from typing import Any

Json = dict[str, Any]

CONTEXTS_SCHEMA = "iglu:com.snowplowanalytics.snowplow/contexts/jsonschema/1-0-0"
EVENT_SCHEMA = "iglu:com.snowplowanalytics.snowplow/unstruct_event/jsonschema/1-0-0"
PRODUCT_SCHEMA = "iglu:com.acme/product/jsonschema/1-0-2"
WEB_PAGE_SCHEMA = "iglu:com.snowplowanalytics.snowplow/web_page/jsonschema/1-0-0"
CHECKOUT = "iglu:com.acme/checkout/jsonschema/"
CHECKOUT_SCHEMA = CHECKOUT + "1-0-1"
UNPUBLISHED_CHECKOUT_SCHEMA = CHECKOUT + "1-0-9"


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the shop."""

    host: str
    path: str
    query: str
    title: str

    @property
    def url(self) -> str:
        """The address with its querystring."""
        return f"https://{self.host}{self.path}" + (f"?{self.query}" if self.query else "")


PAGES = (
    Page(
        "shop.acme.example",
        "/",
        "utm_source=newsletter&utm_medium=email&utm_campaign=spring",
        "Acme – everything for the house",
    ),
    Page("shop.acme.example", "/de/küche/töpfe", "sort=preis&page=2", "Töpfe & Pfannen | Acme"),
    Page("shop.acme.example", "/fr/écharpes", "taille=unique", "Écharpes en laine – Acme"),
    Page("shop.acme.example", "/ja/検索", "q=急須", "「急須」の検索結果"),
    Page("shop.acme.example", "/basket", "", "Your basket (3)"),
    Page("shop.acme.example", "/checkout/payment", "step=3&coupon=10%25OFF", "Payment"),
    Page("blog.acme.example", "/2026/02/how-to-season-a-pan", "ref=home", "How to season a pan — “in one hour”"),
)
USER_AGENTS = (
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Safari/605",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
    "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
)
LANGUAGES = ("en-GB", "de-DE", "fr-FR", "ja-JP", "pt-BR", "tr-TR")
PRODUCTS = (
    (
        "Cast-iron pan 28 cm",
        "kitchen",
        "Heavy, even heat; lasts a lifetime. Wash by hand only, dry at once and oil it lightly.",
    ),
    ("Écharpe en laine mérinos", "mode", "Tissée à la main, douce et chaude – 180 × 35 cm, coloris « bleu nuit »."),
    (
        "Kaffeemühle mit Kegelmahlwerk",
        "küche",
        "Stufenlos einstellbar von Espresso bis French Press; 40 g in 30 Sekunden, sehr leise.",
    ),
    ("鉄瓶 1.2L", "キッチン", "南部鉄器の急須。お湯がまろやかになります。"),
    ('Desk lamp "Ada"', "office", "Warm to cold white (2700–6500 K) 💡, USB-C, remembers the last setting."),
    ("Çay bardağı, 6'lı set", "mutfak", "İnce belli, ısıya dayanıklı cam; bulaşık makinesinde yıkanabilir."),
)
COLLECTORS = ("ssc-2.10.0-kinesis", "ssc-3.2.0-kinesis")
ENRICHERS = (("enrich-kinesis", "4.2.0"), ("snowplow-stream-enrich", "2.0.5"), ("enrich-kinesis", "5.1.3"))
COLLECTOR_HOST = "collector.acme.example"


def compact(value: Any) -> str:
    """Print JSON without blanks, non-ASCII characters as they are."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def self_describing(schema: str, data: Any) -> Json:
    """Wrap the data with its schema."""
    return {"schema": schema, "data": data}


def base64_json(value: Any) -> str:
    """Code JSON the way trackers send it: url-safe base64 without padding."""
    return b64encode(compact(value).encode(), altchars=b"-_").rstrip(b"=").decode()


def read_json(name: str, value: str) -> Json:
    """Read the JSON that a parameter holds."""
    document: Json = json.loads(urlsafe_b64decode(value + "==") if name.endswith("x") else value)
    return document


def product(rng: Random) -> Json:
    """Return one product entity, about 330 bytes of JSON; one in four has its currency in lower case, a fault."""
    name, category, description = rng.choice(PRODUCTS)
    return self_describing(
        PRODUCT_SCHEMA,
        {
            "id": f"SKU-{rng.randrange(100_000):05d}",
            "name": name,
            "category": [category, "sale"] if rng.random() < 0.3 else [category],
            "price": rng.randrange(199, 99_900) / 100,
            "currency": rng.choice(("EUR", "GBP", "JPY", "eur")),
            "quantity": rng.randrange(1, 4),
            "inStock": rng.random() < 0.8,
            "description": description,
            "position": rng.randrange(40),
        },
    )


def contexts(rng: Random, products: int) -> Json:
    """Return the contexts of one event: its web page and that many products."""
    page_id = f"{rng.getrandbits(32):08x}-0f0e-4d0c-8b0a-09080706{rng.getrandbits(16):04x}"
    return self_describing(
        CONTEXTS_SCHEMA, [self_describing(WEB_PAGE_SCHEMA, {"id": page_id}), *(product(rng) for _ in range(products))]
    )


def checkout(rng: Random, schema: str) -> Json:
    """Return a self-describing checkout event; its total is text where a number is due, a fault."""
    return self_describing(
        EVENT_SCHEMA,
        self_describing(
            schema,
            {
                "orderId": f"A-{rng.randrange(10**8):08d}",
                "total": f"{rng.randrange(999, 99_900) / 100:.2f}",
                "currency": "EUR",
                "step": rng.randrange(1, 5),
                "method": rng.choice(("card", "invoice", "überweisung")),
                "giftWrap": rng.random() < 0.2,
            },
        ),
    )
