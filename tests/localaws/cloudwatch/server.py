"""moto as a process of its own, with our CloudWatch in it: everything of AWS that needs no server of ours."""

from __future__ import annotations

import argparse
import json
import logging
import os
from collections.abc import Callable, Iterable
from typing import Any

from localaws.processes import LOOPBACK

WEATHER_PATH = "/_localaws/cloudwatch"

StartResponse = Callable[..., Any]
WsgiApp = Callable[[dict[str, Any], StartResponse], Iterable[bytes]]


def with_weather(app: WsgiApp) -> WsgiApp:
    """Return the application with CloudWatch's faults on a path of their own: GET to see, PATCH to change."""
    from localaws.cloudwatch.backend import weather

    def wrapped(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        if environ["PATH_INFO"] != WEATHER_PATH:
            return app(environ, start_response)
        status = "200 OK"
        answer: dict[str, Any] = {}
        if environ["REQUEST_METHOD"] == "PATCH":
            try:
                weather.change(json.loads(environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))))
            except (ValueError, AttributeError) as error:
                status, answer = "400 Bad Request", {"error": str(error)}
        answer = answer or {"delay": weather.delay, "partial": weather.partial}
        start_response(status, [("Content-Type", "application/json")])
        return [json.dumps(answer).encode()]

    return wrapped


def main() -> None:
    """Serve until killed: nothing of it outlives the process."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    port = parser.parse_args().port
    os.environ["MOTO_PORT"] = str(port)  # moto reads it while it is imported
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
    from werkzeug.serving import make_server

    from localaws.cloudwatch.backend import install

    install()
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    app = with_weather(DomainDispatcherApplication(create_backend_app))
    make_server(LOOPBACK, port, app, threaded=True, request_handler=MotoRequestHandler).serve_forever()


if __name__ == "__main__":
    main()
