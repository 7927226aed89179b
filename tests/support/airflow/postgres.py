"""Airflow's database as people run it: a PostgreSQL of Debian's package, on the loopback, for as long as it is open."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from pwd import getpwnam
from typing import Final

from localaws.processes import LOOPBACK, ManagedProcess, free_port, wait_until

from support.airflow.home import AirflowHome

#: Where Debian puts every version's programs, none of which is on the PATH.
VERSIONS: Final = Path("/usr/lib/postgresql")
#: Who runs it when the tests are run by root, whom PostgreSQL refuses.
_NOBODY: Final = "nobody"
_USER: Final = "airflow"
_TEMPLATE: Final = "migrated"
_SECONDS: Final = 60.0
#: Nothing of it is read after its end, and it writes nowhere but in its folder.
_SETTINGS: Final = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "200",
    "unix_socket_directories": "",
    "dynamic_shared_memory_type": "mmap",
}


class PostgresError(Exception):
    """There is no PostgreSQL on this machine."""


class Postgres:
    """A server that runs; see ``open_postgres``."""

    def __init__(self, work: Path, programs: Path) -> None:
        self.work = work
        self.data = work / "data"
        self.port = free_port()
        self._programs = programs
        self._password = secrets.token_hex()
        self._copies = 0

    def airflow_database(self) -> str:
        """Make a database that has Airflow's tables, and return its URL. They are migrated once, and copied."""
        if not self._copies:
            self._create(_TEMPLATE, "template0")
            AirflowHome(self.work / "migrate", env={}, AIRFLOW__DATABASE__SQL_ALCHEMY_CONN=self.url(_TEMPLATE)).airflow(
                "db", "migrate"
            )
        self._copies += 1
        name = f"airflow_{self._copies}"
        self._create(name, _TEMPLATE)
        return self.url(name)

    def url(self, database: str) -> str:
        """Return the URL of a database, which there may not be yet."""
        # Without the driver's name, SQLAlchemy 2.1 takes another than Airflow does.
        return f"postgresql+psycopg2://{_USER}:{self._password}@{LOOPBACK}:{self.port}/{database}"

    def _create(self, database: str, template: str) -> None:
        self._run("createdb", "-h", LOOPBACK, "-p", str(self.port), "-U", _USER, "-T", template, database)

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [*_without_root(), str(self._programs / program), *arguments],
            env={**os.environ, "PGPASSWORD": self._password},
            cwd=self.work,
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
        assert done.returncode == 0, f"{program} ended with {done.returncode}\n{done.stdout}\n{done.stderr}"

    @contextmanager
    def _running(self) -> Iterator[None]:
        self.data.mkdir(parents=True, mode=0o700)
        password = self.work / "password"
        password.touch(mode=0o600)
        password.write_text(self._password)
        if os.geteuid() == 0:
            os.chown(self.data, getpwnam(_NOBODY).pw_uid, -1)
        self._run(
            *("initdb", "-D", str(self.data), "-U", _USER, "--pwfile", str(password)),
            *("--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C", "--no-sync"),
        )
        settings = (f"--{name}={value}" for name, value in {"listen_addresses": LOOPBACK, **_SETTINGS}.items())
        server = ManagedProcess.start(
            [*_without_root(), self._programs / "postgres", "-D", self.data, "-p", str(self.port), *settings],
            log=self.work / "postgres.log",
            cwd=self.work,
        )
        try:
            wait_until(self._is_ready, _SECONDS, "PostgreSQL", process=server)
            yield
        finally:
            if server.is_alive():
                os.kill(server.pid, signal.SIGINT)  # end the sessions too; by SIGTERM, it waits for them to end
                wait_until(lambda: not server.is_alive(), _SECONDS, "the end of PostgreSQL")
            server.stop()

    def _is_ready(self) -> bool:
        asked = [str(self._programs / "pg_isready"), "-q", "-h", LOOPBACK, "-p", str(self.port)]
        return subprocess.run(asked, timeout=_SECONDS, check=False).returncode == 0


@contextmanager
def open_postgres(work: Path) -> Iterator[Postgres]:
    """Start a server whose files are all below ``work``, and end it.

    :raises PostgresError: when the machine has none
    """
    server = Postgres(work, find_programs(VERSIONS))
    with server._running():
        yield server


def find_programs(versions: Path) -> Path:
    """Return the folder of the newest version's programs.

    :param versions: holds a folder for each version, named by its number
    :raises PostgresError: when there is none
    """
    found = {int(folder.parents[1].name): folder.parent for folder in versions.glob("[0-9]*/bin/postgres")}
    if not found:
        raise PostgresError(f"no PostgreSQL below {versions}; on Debian: apt-get install postgresql")
    return found[max(found)]


def _without_root() -> list[str]:
    """Return the words that begin a command which refuses root.

    The folders above ``work`` are pytest's, and open to nobody else, hence the one right that is kept.
    """
    if os.geteuid() != 0:
        return []
    rights = "-all,+dac_override"
    user = [f"--reuid={_NOBODY}", f"--regid={getpwnam(_NOBODY).pw_gid}", "--clear-groups"]
    return ["setpriv", *user, f"--inh-caps={rights}", f"--ambient-caps={rights}"]
