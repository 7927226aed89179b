"""The one endpoint of the fabric: answers EMR itself and hands every other service to the server that plays it.

Requests are told apart by the service they were signed for, as AWS tells them apart by host name. What lies below
``/_localaws/`` is not AWS but the fabric's own: health, faults, pace, and how many calls came.
"""

from __future__ import annotations

import argparse
import asyncio
import dataclasses
import json
import logging
import re
import signal
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aiohttp
import botocore.session
from aiohttp import web
from yarl import URL

from localaws.emr.actions import clusters as cluster_actions
from localaws.emr.actions import listing as listing_actions
from localaws.emr.actions import steps as step_actions
from localaws.emr.faults import Fault, FaultError
from localaws.emr.model import TARGET_PREFIX, ApiError
from localaws.emr.node.node import Site
from localaws.emr.service import Action, Emr, call, region_of
from localaws.emr.supervisor import Supervisor
from localaws.hadoop.software import Software
from localaws.processes import LOOPBACK
from localaws.statsd import PORT, Agent, BridgeOptions, StatsdBridge

ADMIN = "/_localaws/"
CLOUDWATCH_ADMIN = f"{ADMIN}cloudwatch"
JSON_TYPE = "application/x-amz-json-1.1"

log = logging.getLogger("localaws.frontdoor")

_ACTIONS: dict[str, Action] = {**cluster_actions.ACTIONS, **step_actions.ACTIONS, **listing_actions.ACTIONS}
_SIGNED_FOR = re.compile(r"Credential=[^/]+/\d+/[^/]+/([^/]+)/aws4_request")
_HOP_BY_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "te", "trailer", "upgrade", "expect"})


class FrontDoor:
    """The request handler. ``upstreams`` has the base URL of the server of each service, ``default`` of all others."""

    def __init__(self, *, emr: Emr, upstreams: Mapping[str, str], default: str) -> None:
        self._emr = emr
        self._upstreams = upstreams
        self._default = default
        self._calls: Counter[str] = Counter()
        # Upstream servers see what the client sent: nothing decoded, no pool that could make requests wait in line.
        self._session = aiohttp.ClientSession(
            auto_decompress=False,
            connector=aiohttp.TCPConnector(limit=0),
            timeout=aiohttp.ClientTimeout(total=None),
            skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding", "Content-Type"),
        )

    async def close(self) -> None:
        """Drop the connections to the upstream servers."""
        await self._session.close()

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one request."""
        if request.path.startswith(ADMIN):
            if request.path != CLOUDWATCH_ADMIN:
                return await self._administer(request)
            return await self._forward(request, self._default)
        service = service_of(request)
        self._calls[service] += 1
        target = request.headers.get("X-Amz-Target", "")
        if target.startswith(TARGET_PREFIX):
            return await self._answer_emr(request, target.removeprefix(TARGET_PREFIX))
        return await self._forward(request, self._upstreams.get(service, self._default))

    async def _answer_emr(self, request: web.BaseRequest, action: str) -> web.StreamResponse:
        region = region_of(request.headers.get("Authorization", ""))
        try:
            answer = call(self._emr, _ACTIONS, action, parse_object(await request.read()), region)
        except ApiError as error:
            return web.Response(body=error.body(), status=error.status, content_type=JSON_TYPE)
        if answer.delay:
            await asyncio.sleep(answer.delay)
        return web.Response(body=json.dumps(answer.output).encode(), content_type=JSON_TYPE)

    async def _administer(self, request: web.BaseRequest) -> web.StreamResponse:
        faults, pace = self._emr.faults, self._emr.pace
        resource, _, name = request.path.removeprefix(ADMIN).partition("/")
        try:
            match request.method, resource:
                case "GET", "health":
                    living = sum(not held.cluster.state.is_final for held in self._emr.clusters.values())
                    return web.json_response({"status": "ok", "living_clusters": living})
                case "GET", "calls":
                    return web.json_response(self._calls)
                case "GET", "faults":
                    return web.json_response([fault.view() for fault in faults.list()])
                case "POST", "faults":
                    return web.json_response(faults.arm(Fault.parse(parse_object(await request.read()))).view())
                case "DELETE", "faults":
                    return web.json_response({"disarmed": faults.disarm(name or None)})
                case "PATCH", "pace":
                    pace.change(parse_object(await request.read()))
                    return web.json_response(pace.view())
                case "GET", "hosts":
                    return web.json_response(self._emr.find(name).fleet.view())
                case "POST", "hosts":
                    await self._change_hosts(self._emr.find(name), parse_object(await request.read()))
                    return web.json_response({})
        except (FaultError, ApiError) as error:
            return web.json_response({"error": str(error)}, status=400)
        return web.json_response({"error": f"no {request.method} {request.path}"}, status=404)

    @staticmethod
    async def _change_hosts(supervisor: Supervisor, change: Mapping[str, object]) -> None:
        match change:
            case {"add": str(role)}:
                supervisor.add_host(role)
            case {"lose": str(name)}:
                await supervisor.fleet.lose(name)
            case {"decommission": str(name), "seconds": int(seconds)}:
                await supervisor.fleet.decommission(name, seconds)
            case {"cut": str(name)}:
                await asyncio.to_thread(supervisor.fleet.cut, name)
            case {"mend": str(name)}:
                await asyncio.to_thread(supervisor.fleet.mend, name)
            case _:
                raise FaultError(f"{change}: expected add, lose, decommission with seconds, cut or mend")

    async def _forward(self, request: web.BaseRequest, upstream: str) -> web.StreamResponse:
        headers = [(name, value) for name, value in request.headers.items() if name.lower() not in _HOP_BY_HOP]
        body = request.content if request.body_exists else None
        url = URL(upstream + request.raw_path, encoded=True)
        try:
            async with self._session.request(
                request.method, url, headers=headers, data=body, allow_redirects=False
            ) as answer:
                response = web.StreamResponse(status=answer.status, reason=answer.reason)
                for name, value in answer.headers.items():
                    if name.lower() not in _HOP_BY_HOP:
                        response.headers.add(name, value)
                await response.prepare(request)
                if request.method != "HEAD":
                    async for chunk in answer.content.iter_any():
                        await response.write(chunk)
                await response.write_eof()
                return response
        except aiohttp.ClientConnectionError as error:
            log.warning("%s %s: %s does not answer: %s", request.method, request.path, upstream, error)
            return web.Response(status=503, text=f"{upstream} does not answer")


def service_of(request: web.BaseRequest) -> str:
    """Return the signing name of the service a request was signed for, empty for an unsigned one."""
    scope = request.headers.get("Authorization") or f"Credential={request.query.get('X-Amz-Credential', '')}"
    found = _SIGNED_FOR.search(scope)
    return found[1] if found else ""


def parse_object(body: bytes) -> dict[str, object]:
    """Parse a JSON object, an empty body being an empty one; ApiError for anything else."""
    try:
        value = json.loads(body or b"{}")
    except ValueError as error:
        raise ApiError("SerializationException", f"The body is not JSON: {error}") from None
    if not isinstance(value, dict):
        raise ApiError("SerializationException", f"The body is {type(value).__name__}, not a JSON object.")
    return value


async def serve(
    *,
    port: int,
    root: Path,
    node_commands: Path | None,
    software: Software | None,
    hosts: bool,
    upstreams: Mapping[str, str],
    default: str,
    statsd_port: int,
    statsd: BridgeOptions,
) -> None:
    """Serve until SIGTERM or SIGINT, then end every cluster.

    The agents that take StatsD are part of this process because on AWS, too, it is the nodes that run them. Each
    cluster has its own; the one on ``statsd_port`` is for what runs on no cluster.
    """
    session = botocore.session.get_session()
    cloudwatch: Any = session.create_client("cloudwatch", endpoint_url=default)

    def send(namespace: str, data: list[dict[str, Any]]) -> None:
        cloudwatch.put_metric_data(Namespace=namespace, MetricData=data)

    async def start_agent(host: str | None, pid: int | None = None, port: int = 0) -> Agent:
        bridge = StatsdBridge(send=send, options=dataclasses.replace(statsd, host=host))
        return await Agent.start(bridge, LOOPBACK, port if pid is None else PORT, pid=pid)

    site = Site(
        root=root,
        s3=session.create_client("s3"),
        start_agent=start_agent,
        commands=node_commands,
        software=software,
        hosts=hosts,
    )
    emr = Emr(site=site)
    door = FrontDoor(emr=emr, upstreams=upstreams, default=default)
    server = web.Server(door.handle, access_log=None, auto_decompress=False)
    runner = web.ServerRunner(server, handle_signals=False, shutdown_timeout=1.0)
    await runner.setup()
    await web.TCPSite(runner, LOOPBACK, port, backlog=1024).start()
    agent = await start_agent(statsd.host, port=statsd_port)
    log.info("serving on %s:%d, StatsD on %d", LOOPBACK, port, statsd_port)
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    await stopped.wait()
    await emr.close()
    await agent.close()
    await runner.cleanup()
    await door.close()


def main() -> None:
    """Run the front door as a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--root", type=Path, required=True, help="folder for the nodes of the clusters")
    parser.add_argument("--node-commands", type=Path, help="folder of commands that every node has")
    parser.add_argument(
        "--yarn",
        type=Path,
        nargs=2,
        metavar=("JARS", "FLINK"),
        help="folders of Hadoop's jars and a Flink: a real YARN",
    )
    parser.add_argument("--hosts", action="store_true", help="with a real YARN, each instance is a host of its own")
    parser.add_argument("--default", required=True, help="base URL of the server of all services not named")
    parser.add_argument("--upstream", action="append", default=[], metavar="SERVICE=URL")
    parser.add_argument("--statsd-port", type=int, required=True)
    parser.add_argument("--statsd-namespace", default=BridgeOptions().namespace)
    parser.add_argument("--statsd-interval", type=float, default=BridgeOptions().flush_interval, help="seconds")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    asyncio.run(
        serve(
            port=options.port,
            root=options.root,
            node_commands=options.node_commands,
            software=Software(jars=options.yarn[0], flink=options.yarn[1]) if options.yarn else None,
            hosts=options.hosts,
            upstreams=dict(pair.split("=", 1) for pair in options.upstream),
            default=options.default,
            statsd_port=options.statsd_port,
            statsd=BridgeOptions(namespace=options.statsd_namespace, flush_interval=options.statsd_interval),
        )
    )


if __name__ == "__main__":
    main()
