"""Registries on their bad days: none stops a verifier, and none makes it say that an event fails."""

from __future__ import annotations

import json
import logging
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from event_recovery.iglu.http import HttpRegistry
from event_recovery.iglu.registries import RegistryError
from event_recovery.iglu.resolver_config import load_resolver
from event_recovery.iglu.uris import parse_uri
from event_recovery.verify import Verifier
from support.verify.payloads import entity, get, unstruct

pytestmark = pytest.mark.integration

KEY = parse_uri("iglu:com.acme/a/jsonschema/1-0-0")
SECRET = "0bb-5ecret-6f"
SCHEMA = json.dumps({"type": "object", "required": ["a"]}).encode()
Answer = Callable[[socket.socket], None]


def answer(status: str, body: bytes = b"", *headers: str, length: int | None = None) -> Answer:
    size = len(body) if length is None else length
    head = "\r\n".join([f"HTTP/1.1 {status}", *headers, f"Content-Length: {size}", "", ""]).encode()
    return lambda connection: connection.sendall(head + body)


@contextmanager
def server(answers: Answer) -> Iterator[tuple[str, list[bytes]]]:
    """Serve on the loopback; yields the URL, and the requests so far."""
    asked: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                with connection:
                    asked.append(connection.recv(65536))
                    try:
                        answers(connection)
                    except OSError:
                        continue

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}", asked
        listening.shutdown(socket.SHUT_RDWR)
    thread.join()


def drip(connection: socket.socket) -> None:
    """Send a byte now and then, for longer than anyone waits."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    for _ in range(100):
        connection.sendall(b" ")
        time.sleep(0.5)


def hang_up(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n")


def fifty_megabytes(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    for _ in range(50):
        connection.sendall(b" " * 1_000_000)


BAD_DAYS: dict[str, tuple[Answer, str]] = {
    "500": (answer("500 Oops", b"{}"), "answered with status 500"),
    "403": (answer("403 No", b"{}"), "answered with status 403"),
    "garbage": (answer("200 OK", b"<html>"), "is not JSON"),
    "no HTTP": (lambda connection: connection.sendall(b"SSH-2.0-x\r\n\r\n"), "no answer from"),
    "50 MB": (fifty_megabytes, "is larger than 2,000,000 bytes"),
    "a drip": (drip, "no answer from"),
    "silence": (lambda connection: time.sleep(6), "no answer from"),
    "a lost connection": (hang_up, "Registry 0: "),
    "half an answer": (answer("200 OK", SCHEMA, length=9_000), "the connection was lost"),
    "a redirect to a file": (answer("302 Found", b"", "Location: file:///etc/passwd"), "answered with status 302"),
    "a redirect to the node": (answer("307 Go", b"", "Location: http://169.254.169.254/"), "answered with status 307"),
    "a redirect to itself": (answer("301 Go", b"", "Location: /schemas/x"), "answered with status 301"),
}


def resolver_config(*urls: str, prefix: str = "com.acme") -> bytes:
    repositories = [
        {
            "name": f"Registry {place}",
            "priority": place,
            "vendorPrefixes": [prefix],
            "connection": {"http": {"uri": url, "apikey": SECRET}},
        }
        for place, url in enumerate(urls)
    ]
    schema = "iglu:com.snowplowanalytics.iglu/resolver-config/jsonschema/1-0-3"
    return json.dumps({"schema": schema, "data": {"cacheSize": 10, "repositories": repositories}}).encode()


EVENT = get({"e": "ue", "ue_pr": unstruct(entity("a", {}))})


@pytest.mark.parametrize("day", BAD_DAYS)
def test_an_event_is_not_checked_and_the_registry_asked_once(day: str, caplog: pytest.LogCaptureFixture) -> None:
    answers, told = BAD_DAYS[day]
    caplog.set_level(logging.DEBUG)
    with server(answers) as (url, asked):
        verifier = Verifier.from_resolver(resolver_config(url))
        begun = time.monotonic()
        for _ in range(3):
            (verdict,) = verifier.verify(EVENT)
        assert time.monotonic() - begun < 20
    assert len(asked) == 1
    assert f"apikey: {SECRET}".encode() in asked[0]
    assert verdict.outcome == "not checked"
    assert told in verdict.not_checked[0]
    assert SECRET not in verdict.not_checked[0] + caplog.text + repr(verifier._rules.schemas._resolver.registries)


def test_the_other_registry_answers_for_one_that_is_away() -> None:
    with server(answer("500 Oops")) as (first, _), server(answer("200 OK", SCHEMA)) as (second, asked):
        verifier = Verifier.from_resolver(resolver_config(first, second))
        (verdict,) = verifier.verify(EVENT)
    assert verdict.bad_row_type == "schema_violations"
    assert len(asked) == 1


def test_of_two_registries_with_a_schema_the_first_counts() -> None:
    with server(answer("200 OK", b"{}")) as (first, _), server(answer("200 OK", SCHEMA)) as (second, asked):
        assert Verifier.from_resolver(resolver_config(first, second)).verify(EVENT)[0].outcome == "passes"
    assert asked == []


def test_404_of_all_is_a_failure() -> None:
    with server(answer("404 No")) as (first, _), server(answer("404 No")) as (second, _):
        (verdict,) = Verifier.from_resolver(resolver_config(first, second)).verify(EVENT)
    assert verdict.bad_row_type == "schema_violations"
    assert [one.keyword for one in verdict.reasons] == ["not found"]


@pytest.mark.parametrize("apikey", ["line\nbreak-5ecret", "ключ-5ecret"])
def test_an_api_key_that_is_no_header_is_not_shown(apikey: str) -> None:
    with server(answer("200 OK", SCHEMA)) as (url, _), pytest.raises(RegistryError) as caught:
        HttpRegistry(name="A", uri=url, apikey=apikey).fetch(KEY)
    assert "5ecret" not in str(caught.value)


def test_a_password_in_the_url_is_not_shown() -> None:
    with pytest.raises(RegistryError) as caught:
        HttpRegistry(name="A", uri="http://me:5ecret@127.0.0.1:9/x").fetch(KEY)
    assert "5ecret" not in str(caught.value)
    assert "127.0.0.1:9/x" in str(caught.value)


def test_a_kept_schema_is_not_asked_for_again(tmp_path: Path) -> None:
    with server(answer("200 OK", SCHEMA)) as (url, asked):
        for _ in range(3):
            load_resolver(resolver_config(url), kept_in=tmp_path / "new").find(KEY)
        assert len(asked) == 1
        (file,) = (tmp_path / "new").iterdir()
        assert SECRET not in file.name + file.read_text()
        os.utime(file, (0, 0))
        load_resolver(resolver_config(url), kept_in=tmp_path / "new").find(KEY)
        assert len(asked) == 2
        os.utime(file, (0, 0))
    # Its lifetime is over, but its registry is away.
    assert load_resolver(resolver_config(url), kept_in=tmp_path / "new").find(KEY).schema["required"] == ["a"]


def test_a_damaged_or_unwritable_cache_costs_only_time(tmp_path: Path) -> None:
    with server(answer("200 OK", SCHEMA)) as (url, asked):
        load_resolver(resolver_config(url), kept_in=tmp_path).find(KEY)
        next(tmp_path.iterdir()).write_text("{")
        load_resolver(resolver_config(url), kept_in=tmp_path).find(KEY)
        (tmp_path / "file").touch()
        load_resolver(resolver_config(url), kept_in=tmp_path / "file").find(KEY)
    assert len(asked) == 3


def test_no_more_than_1000_schemas_are_kept(tmp_path: Path) -> None:
    for number in range(1_005):
        (tmp_path / f"old{number}").touch()
    with server(answer("200 OK", SCHEMA)) as (url, _):
        load_resolver(resolver_config(url), kept_in=tmp_path).find(KEY)
    assert len(list(tmp_path.iterdir())) == 1_000
