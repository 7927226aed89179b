"""A mail server on the loopback that keeps what it is given."""

from __future__ import annotations

import socketserver
import threading
from email import message_from_bytes, policy
from email.message import EmailMessage
from types import TracebackType
from typing import Self, cast

from localaws.processes import LOOPBACK


class Mailbox:
    """Takes mail for anybody from anybody while it is open; use as a context manager."""

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        self._server = _Server((LOOPBACK, 0), _Session)
        self._server.mailbox = self
        self.port = int(self._server.server_address[1])

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def subjects(self) -> list[str]:
        """The subjects of the mails so far."""
        return [str(message["Subject"]) for message in self.messages]


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    mailbox: Mailbox


class _Session(socketserver.StreamRequestHandler):
    """As much of SMTP as a client needs that wants neither encryption nor a password."""

    def handle(self) -> None:
        self._answer("220 here")
        while line := self.rfile.readline().strip():
            match line.split()[0].upper():
                case b"QUIT":
                    self._answer("221 bye")
                    return
                case b"DATA":
                    self._answer("354 go on")
                    self._keep()
                    self._answer("250 kept")
                case _:
                    self._answer("250 ok")

    def _answer(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())

    def _keep(self) -> None:
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        message = message_from_bytes(b"".join(lines), policy=policy.default)
        cast(_Server, self.server).mailbox.messages.append(message)
