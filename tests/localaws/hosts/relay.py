"""Carries connections from the loopback of a host to servers on the loopback of this machine.

Run as ``python -m localaws.hosts.relay PID PORT...``, it listens on these ports in the network of the process, and for
each connection makes one to the same port of its own network.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import sys

from localaws.hosts.namespaces import bound

READY = "ready"
_LOOPBACK = "127.0.0.1"
_CHUNK = 1 << 16


async def relay(pid: int, ports: list[int]) -> None:
    """Serve until killed."""
    sockets = [bound(pid, port, socket.SOCK_STREAM) for port in ports]
    servers = [await asyncio.start_server(_carry, sock=sock, backlog=1024) for sock in sockets]
    print(READY, flush=True)
    await asyncio.gather(*(server.serve_forever() for server in servers))


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    _, port = writer.get_extra_info("sockname")
    try:
        answers, requests = await asyncio.open_connection(_LOOPBACK, port)
    except OSError:  # nothing listens there: neither does here
        writer.transport.abort()
        return
    await asyncio.gather(_pump(reader, requests), _pump(answers, writer))


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    """Carry one direction to its end, and no further: the other may have more to say."""
    with contextlib.suppress(OSError):
        while chunk := await source.read(_CHUNK):
            sink.write(chunk)
            await sink.drain()
        sink.write_eof()
        return
    sink.transport.abort()


if __name__ == "__main__":
    asyncio.run(relay(int(sys.argv[1]), [int(word) for word in sys.argv[2:]]))
