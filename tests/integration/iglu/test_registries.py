"""Schemas over HTTP from a real server on loopback, and documents on S3 from a local one."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import boto3  # type: ignore[import-untyped]
import pytest
from event_recovery.config.schema import validate_config
from event_recovery.documents.sources import SourceError, read_json_source
from event_recovery.iglu.http import HttpRegistry
from event_recovery.iglu.registries import RegistryError
from event_recovery.iglu.resolver import SchemaNotFoundError
from event_recovery.iglu.resolver_config import load_resolver
from event_recovery.iglu.uris import parse_uri
from event_recovery.storage.files import Storage
from moto.server import ThreadedMotoServer

pytestmark = pytest.mark.integration

KEY = parse_uri("iglu:com.acme/flows/jsonschema/1-0-0")
PATH = "/schemas/com.acme/flows/jsonschema/1-0-0"


@dataclass
class Served:
    """What the server answers with, and what it was asked."""

    url: str = ""
    status: int = 200
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=dict)
    delay_s: float = 0.0
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)


class Handler(BaseHTTPRequestHandler):
    served: ClassVar[Served]

    def do_GET(self) -> None:
        served = self.served
        served.asked.append((self.path, dict(self.headers)))
        time.sleep(served.delay_s)
        self.send_response(served.status)
        for name, value in served.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(served.body)))
        self.end_headers()
        self.wfile.write(served.body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name the base class gives it
        """Keep the test output free of access logs."""


@pytest.fixture
def served() -> Iterator[Served]:
    state = Served()
    handler = type("StatefulHandler", (Handler,), {"served": state})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        state.url = f"http://127.0.0.1:{server.server_address[1]}"
        yield state
        server.shutdown()
        thread.join()


def registry(served: Served, **changes: Any) -> HttpRegistry:
    return HttpRegistry(name="Test", uri=served.url, **changes)


def test_a_schema_is_fetched_by_its_path(served: Served) -> None:
    served.body = b'{"type": "object"}'
    assert registry(served).fetch(KEY) == {"type": "object"}
    ((path, headers),) = served.asked
    assert path == PATH
    assert "apikey" not in {name.lower() for name in headers}


def test_the_base_may_have_a_path_and_a_slash_at_its_end(served: Served) -> None:
    HttpRegistry(name="Test", uri=f"{served.url}/api/").fetch(KEY)
    assert served.asked[0][0] == f"/api{PATH}"


def test_the_api_key_is_sent_as_a_header(served: Served) -> None:
    registry(served, apikey="secret").fetch(KEY)
    assert served.asked[0][1]["apikey"] == "secret"


@pytest.mark.parametrize("status", [200, 203, 299])
def test_2xx_answers_count(status: int, served: Served) -> None:
    served.status = status
    assert registry(served).fetch(KEY) == {}


def test_404_says_that_the_schema_is_not_there(served: Served) -> None:
    served.status = 404
    assert registry(served).fetch(KEY) is None
    assert len(served.asked) == 1


@pytest.mark.parametrize("status", [300, 304, 400, 401, 403, 429, 500, 503])
def test_every_other_status_says_nothing(status: int, served: Served) -> None:
    served.status = status
    served.body = b"" if status == 304 else b"{}"
    with pytest.raises(RegistryError, match=f"answered with status {status}") as caught:
        registry(served).fetch(KEY)
    assert caught.value.unreachable == (status >= 500)
    assert len(served.asked) == 1


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_redirects_are_not_followed(status: int, served: Served) -> None:
    served.status = status
    served.headers = {"Location": f"{served.url}/elsewhere"}
    with pytest.raises(RegistryError, match=f"answered with status {status}"):
        registry(served).fetch(KEY)
    assert [path for path, _ in served.asked] == [PATH]


@pytest.mark.parametrize(
    ("body", "told"),
    [(b"<html>", "is not JSON"), (b"", "is not JSON"), (b"[]", "is not a JSON object"), (b"\xff", "not JSON")],
)
def test_what_is_no_json_object_is_a_failure(body: bytes, told: str, served: Served) -> None:
    served.body = body
    with pytest.raises(RegistryError, match=told):
        registry(served).fetch(KEY)


def test_a_server_that_is_not_there_is_a_failure() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    with pytest.raises(RegistryError, match="no answer from"):
        HttpRegistry(name="Test", uri=url).fetch(KEY)


def test_a_server_that_is_silent_is_given_up_after_four_seconds(served: Served) -> None:
    served.delay_s = 4.5
    start = time.monotonic()
    with pytest.raises(RegistryError, match=r"no answer from .*timed out"):
        registry(served).fetch(KEY)
    assert time.monotonic() - start > 3.9


def resolver_config(url: str) -> bytes:
    repository = {
        "name": "Acme",
        "priority": 1,
        "vendorPrefixes": ["com.acme"],
        "connection": {"http": {"uri": url, "apikey": "secret"}},
    }
    schema = "iglu:com.snowplowanalytics.iglu/resolver-config/jsonschema/1-0-3"
    return json.dumps(
        {"schema": schema, "data": {"cacheSize": 10, "cacheTtl": 60, "repositories": [repository]}}
    ).encode()


def test_a_config_is_validated_against_a_schema_from_a_repository(served: Served) -> None:
    served.body = json.dumps({"type": "object", "required": ["owner"]}).encode()
    resolver = load_resolver(resolver_config(served.url))
    assert validate_config({"schema": KEY.uri, "data": {"owner": "x"}}, resolver) == []
    (problem,) = validate_config({"schema": KEY.uri, "data": {}}, resolver)
    assert str(problem) == "$.data: the key `owner` is missing"
    assert len(served.asked) == 1


def test_a_schema_no_repository_has(served: Served) -> None:
    served.status = 404
    (problem,) = validate_config({"schema": KEY.uri, "data": {}}, load_resolver(resolver_config(served.url)))
    assert problem.path == "$.schema"
    assert (
        "* Acme due [NotFound] after 1 attempt\n* Iglu Client Embedded due [NotFound] after 1 attempt"
        in problem.message
    )


def test_repositories_with_the_vendor_s_prefix_are_asked_before_the_built_in_one(served: Served) -> None:
    served.status = 404
    resolver = load_resolver(resolver_config(served.url))
    with pytest.raises(SchemaNotFoundError) as caught:
        resolver.lookup(KEY)
    assert [registry.name for registry in caught.value.history] == ["Acme", "Iglu Client Embedded"]
    resolver.lookup(parse_uri("iglu:com.snowplowanalytics.iglu/resolver-config/jsonschema/1-0-0"))
    assert len(served.asked) == 1


@pytest.fixture
def s3_url(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


def test_documents_on_s3(s3_url: str) -> None:
    s3 = boto3.client("s3", endpoint_url=s3_url)
    s3.create_bucket(Bucket="configs", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    s3.put_object(Bucket="configs", Key="a b/config#1?.json", Body=b'{"a": 1}')
    storage = Storage(s3_endpoint_url=s3_url)
    uri = "s3://configs/a b/config#1?.json"
    assert read_json_source(uri, what="--config", storage=storage) == b'{"a": 1}'
    with pytest.raises(SourceError, match=r"--config: s3://configs/nope: .*NoSuchKey"):
        read_json_source("s3://configs/nope", what="--config", storage=storage)
    with pytest.raises(SourceError, match=r"--config: s3://nope/config.json: .*NoSuchBucket"):
        read_json_source("s3://nope/config.json", what="--config", storage=storage)
