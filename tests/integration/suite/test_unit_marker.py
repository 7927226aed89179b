"""A test marked ``unit`` starts no process and uses no network: it fails, with a word why."""

from __future__ import annotations

from fnmatch import fnmatch
from pathlib import Path

import pytest

pytestmark = pytest.mark.integration
pytest_plugins = ["pytester"]

CONFTEST = Path(__file__).parents[2] / "conftest.py"
PROCESSES = [
    "import subprocess; subprocess.run(['true'])",
    "from subprocess import Popen; Popen(['true'])",
    "import os; os.system('true')",
    "import os; os._exit(0) if os.fork() == 0 else None",
    "import os; os.posix_spawn('/bin/true', ['true'], {})",
    "import multiprocessing; multiprocessing.get_context('spawn').Process(target=print).start()",
    "import asyncio; asyncio.run(asyncio.create_subprocess_exec('true'))",
]
NETWORK = [
    "import socket; socket.create_server(('127.0.0.1', 0))",
    "import socket; socket.socket().connect(('127.0.0.1', 9))",
    "import socket; socket.socket(socket.AF_INET6).connect_ex(('::1', 9))",
    "import socket; socket.socket(type=socket.SOCK_DGRAM).sendto(b'', ('127.0.0.1', 9))",
    "import urllib3; urllib3.request('GET', 'http://127.0.0.1:9')",
]


@pytest.fixture
def run(pytester: pytest.Pytester) -> pytest.Pytester:
    pytester.makeconftest(CONFTEST.read_text())
    return pytester


def test_a_unit_test_that_breaks_its_word_fails(run: pytest.Pytester) -> None:
    run.makepyfile(
        test_it=f"""
        import pytest

        @pytest.mark.unit
        @pytest.mark.parametrize("code", {PROCESSES + NETWORK!r})
        def test_it(code):
            try:
                exec(code)
            except Exception:  # it takes every error for its own
                pass
        """
    )
    result = run.runpytest_inprocess()
    result.assert_outcomes(failed=len(PROCESSES + NETWORK))
    for complaint, codes in (("starts a process", PROCESSES), ("uses the network", NETWORK)):
        failure = f"E*Failed: a test marked `unit` {complaint}: mark it `integration`"
        told = [line for line in result.outlines if fnmatch(line, failure)]
        assert len(told) == len(codes)


def test_a_fixture_of_any_scope_is_held_to_it_as_well(run: pytest.Pytester) -> None:
    run.makepyfile(
        test_it=f"""
        import pytest

        @pytest.fixture(scope="session")
        def wide():
            {PROCESSES[0]}

        @pytest.fixture
        def narrow():
            {NETWORK[0]}

        @pytest.mark.unit
        def test_wide(wide): pass

        @pytest.mark.unit
        def test_narrow(narrow): pass
        """
    )
    run.runpytest_inprocess().assert_outcomes(errors=2)


def test_other_kinds_and_sockets_that_stay_in_the_process_are_free(run: pytest.Pytester) -> None:
    run.makepyfile(
        test_it=f"""
        import asyncio
        import socket
        import pytest

        @pytest.mark.unit
        def test_an_event_loop():
            asyncio.run(asyncio.sleep(0))
            left, right = socket.socketpair()
            with left, right:
                left.sendall(b"x")

        @pytest.mark.integration
        def test_a_process_and_a_server():
            {PROCESSES[0]}
            with socket.create_server(("127.0.0.1", 0)):
                pass
        """
    )
    run.runpytest_inprocess().assert_outcomes(passed=2)
