"""Hosts on this machine: what reaches what, and that nothing is left of them."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from localaws.hosts.namespaces import entered, network_of, processes_in, why_not
from localaws.hosts.network import Host, HostError, Network
from localaws.processes import wait_until
from support.yarn.processes import below

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(why_not() is not None, reason=str(why_not())),
]

PORT = 7000
OWNER = """
import sys, time
from pathlib import Path
from localaws.hosts.network import Network
network = Network(Path(sys.argv[1]), [])
network.start()
host = network.add("ip-10-0-0-1", "10.0.0.1")
print(host.pid, flush=True)
time.sleep(600)
"""


@pytest.fixture
def server() -> Iterator[int]:
    """The port of a server of this machine that says hello."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                with connection:
                    connection.sendall(b"hello")

        threading.Thread(target=serve, daemon=True).start()
        yield listening.getsockname()[1]
        listening.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def network(tmp_path: Path, server: int) -> Iterator[Network]:
    made = Network(tmp_path / "network", [server])
    made.start()
    yield made
    made.stop()


@pytest.fixture
def pair(network: Network) -> tuple[Host, Host]:
    return network.add("ip-10-0-0-1", "10.0.0.1"), network.add("ip-10-0-0-2", "10.0.0.2")


def said(host: Host, command: str) -> str:
    argv = host.command(["sh", "-c", command], Path("/"))
    return subprocess.run(argv, capture_output=True, text=True, check=True).stdout.strip()


def reach(host: Host, address: str, port: int, *, seconds: float = 10.0) -> bytes:
    """Return what a server tells a host."""
    with entered(host.pid), socket.create_connection((address, port), timeout=seconds) as connection:
        return connection.recv(9)


def listen(host: Host) -> socket.socket:
    """Return a listening socket of a host, whose backlog is all that answers."""
    with entered(host.pid):
        return socket.create_server((host.address, PORT))


def can_connect(host: Host, other: Host) -> bool:
    try:
        with entered(host.pid), socket.create_connection((other.address, PORT), timeout=1):
            return True
    except OSError:
        return False


def test_a_host_knows_itself_and_the_others_by_name(pair: tuple[Host, Host]) -> None:
    first, second = pair
    assert said(second, "uname -n") == "ip-10-0-0-2"
    assert said(first, "getent hosts ip-10-0-0-2").split() == ["10.0.0.2", "ip-10-0-0-2"]
    assert said(second, "getent hosts ip-10-0-0-1").split() == ["10.0.0.1", "ip-10-0-0-1"]


def test_a_host_reaches_the_servers_of_the_machine_and_nothing_else_of_it(pair: tuple[Host, Host], server: int) -> None:
    first, second = pair
    assert reach(first, "127.0.0.1", server) == reach(second, "127.0.0.1", server) == b"hello"
    with socket.create_server(("127.0.0.1", 0)) as other, pytest.raises(ConnectionRefusedError):
        reach(first, "127.0.0.1", other.getsockname()[1])


def test_a_host_sees_its_own_folder_where_others_see_theirs(network: Network, tmp_path: Path) -> None:
    place = tmp_path / "place"
    place.mkdir()
    hosts = []
    for number in (1, 2):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "name").write_text(str(number))
        hosts.append(network.add(f"ip-10-0-0-{number}", f"10.0.0.{number}", mounts=[(folder, place)]))
    assert [said(host, f"cat {place}/name") for host in hosts] == ["1", "2"]
    assert list(place.iterdir()) == []
    assert str(place) not in Path("/proc/self/mountinfo").read_text()


def test_nothing_passes_while_a_host_is_cut_off(network: Network, pair: tuple[Host, Host], server: int) -> None:
    first, second = pair
    with listen(second):
        assert can_connect(first, second)
        network.cut(second)
        assert not can_connect(first, second)
        with pytest.raises(TimeoutError):
            reach(second, "127.0.0.1", server, seconds=1)
        network.mend(second)
        wait_until(lambda: can_connect(first, second), 20, "a way to the host")
    assert reach(second, "127.0.0.1", server) == b"hello"


def test_a_host_is_lost_with_all_that_runs_on_it(network: Network, pair: tuple[Host, Host]) -> None:
    first, second = pair
    running = subprocess.Popen(second.command(["setsid", "sleep", "600"], Path("/")))
    wait_until(lambda: network_of(running.pid) == network_of(second.pid), 10, "a process on the host")
    with listen(first):
        network.lose(second)
        assert running.wait(10) == -signal.SIGKILL
        assert second.name not in network.hosts
        again = network.add("ip-10-0-0-3", "10.0.0.3")
        assert can_connect(again, first)


def test_a_host_that_cannot_be_made_leaves_nothing_and_says_why(network: Network, tmp_path: Path) -> None:
    with pytest.raises(HostError, match="ip address add nowhere/8 dev eth0"):
        network.add("ip-10-0-0-1", "nowhere")
    assert network.hosts == {}
    assert [line for line in below(tmp_path) if "relay" in line] == []


def test_nothing_is_left_when_the_owner_is_killed(tmp_path: Path) -> None:
    devices = sorted(Path("/sys/class/net").iterdir())
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    owner = subprocess.Popen([sys.executable, "-c", OWNER, str(tmp_path)], stdout=subprocess.PIPE, text=True, env=env)
    assert owner.stdout is not None
    pid = int(owner.stdout.readline())
    network = network_of(pid)
    assert len(processes_in(network)) == 1
    assert sorted(Path("/sys/class/net").iterdir()) == devices
    owner.kill()
    owner.communicate()
    wait_until(lambda: not processes_in(network), 20, "the end of the host")
    wait_until(lambda: below(tmp_path) == [], 20, "the end of its relay and its bridge")
