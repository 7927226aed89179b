"""A registry behind a URL: a static repository or an Iglu Server."""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
import time
from dataclasses import dataclass, field
from functools import cache
from typing import ClassVar, Final
from urllib.parse import SplitResult, urlsplit

from event_recovery.iglu.registries import JsonObject, RegistryError, schema_object, schema_path
from event_recovery.iglu.uris import SchemaKey

_CONNECT_S: Final = 1.0
_SILENT_S: Final = 4.0
_WHOLE_S: Final = 10.0
_MOST_BYTES: Final = 2_000_000
_PORTS: Final = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpRegistry:
    """Schemas behind a base URL, asked with GET.

    404 says that the schema is not there; any other answer but a 2xx one says nothing.

    :param apikey: sent as the header of that name; never shown
    """

    rank: ClassVar[int] = 100

    name: str
    uri: str
    priority: int = 0
    vendor_prefixes: tuple[str, ...] = ()
    apikey: str | None = field(default=None, repr=False)

    def fetch(self, key: SchemaKey) -> JsonObject | None:
        """Ask the registry once; see ``Registry``.

        A server has 1 s to take the connection, may be silent for 4 s, and 10 s for its whole answer of 2 MB at most.
        Redirects are not followed, so that a registry cannot make this machine ask another.
        """
        base = urlsplit(self.uri)
        url = f"{base.scheme}://{_host(base)}{base.path.rstrip('/')}/schemas/{schema_path(key)}"
        try:
            status, content = self._ask(base, key)
        except (OSError, http.client.HTTPException) as error:
            raise RegistryError(f"no answer from {url}: {_told(error)}", unreachable=True) from error
        except ValueError as error:
            # Its text may hold the API key.
            raise RegistryError(f"{url} cannot be asked: its URL or API key is not one that HTTP can carry") from error
        if status == 404:
            return None
        if not 200 <= status < 300:
            raise RegistryError(f"{url} answered with status {status}", unreachable=status >= 500)
        if len(content) > _MOST_BYTES:
            raise RegistryError(f"{url} is larger than {_MOST_BYTES:,} bytes")
        return schema_object(content, where=url)

    def _ask(self, base: SplitResult, key: SchemaKey) -> tuple[int, bytes]:
        headers = {"Accept": "application/json", "Accept-Encoding": "identity", "Connection": "close"}
        if self.apikey is not None:
            headers["apikey"] = self.apikey
        connection = _connection(base)
        deadline = time.monotonic() + _WHOLE_S
        try:
            connection.connect()
            sock = connection.sock
            sock.settimeout(_SILENT_S)
            # A server that sends a byte now and then is never silent for long; only its socket's end stops the read.
            watch = threading.Timer(_WHOLE_S, _shut, (sock,))
            watch.daemon = True
            watch.start()
            try:
                connection.request("GET", f"{base.path.rstrip('/')}/schemas/{schema_path(key)}", headers=headers)
                response = connection.getresponse()
                content = response.read(_MOST_BYTES + 1)
            finally:
                watch.cancel()
            if time.monotonic() >= deadline:
                raise TimeoutError("timed out")
            if response.length and len(content) <= _MOST_BYTES:
                raise http.client.IncompleteRead(content, response.length)
            return response.status, content
        finally:
            connection.close()


def _connection(base: SplitResult) -> http.client.HTTPConnection:
    host, port = base.hostname or "", base.port or _PORTS[base.scheme]
    if base.scheme == "https":
        return http.client.HTTPSConnection(host, port, timeout=_CONNECT_S, context=_trust())
    return http.client.HTTPConnection(host, port, timeout=_CONNECT_S)


@cache
def _trust() -> ssl.SSLContext:
    return ssl.create_default_context()


def _shut(sock: socket.socket) -> None:
    try:
        sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # it is closed already


def _host(base: SplitResult) -> str:
    """Return host and port as they were given, without a name and password before them."""
    return base.netloc.rpartition("@")[2]


def _told(error: Exception) -> str:
    if isinstance(error, http.client.IncompleteRead):
        return "the connection was lost"
    return str(error) or type(error).__name__
