"""An Iglu registry that has every schema: each takes any object."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

_META = "http://iglucentral.com/schemas/com.snowplowanalytics.self-desc/schema/jsonschema/1-0-0#"
_PREFIX = "/schemas/"


@contextmanager
def registry() -> Iterator[str]:
    """Serve it, and give the resolver config that names it."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    serving = threading.Thread(target=server.serve_forever)
    serving.start()
    http = {"uri": f"http://127.0.0.1:{server.server_address[1]}"}
    repository = {"name": "All", "priority": 0, "vendorPrefixes": [], "connection": {"http": http}}
    try:
        yield json.dumps(
            {
                "schema": "iglu:com.snowplowanalytics.iglu/resolver-config/jsonschema/1-0-1",
                "data": {"cacheSize": 500, "repositories": [repository]},
            }
        )
    finally:
        server.shutdown()
        serving.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        parts = self.path.removeprefix(_PREFIX).split("/")
        described = dict(zip(("vendor", "name", "format", "version"), parts, strict=True))
        body = json.dumps({"$schema": _META, "self": described, "type": "object"}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""
