"""`python -m localaws`: starts, shows, breaks and ends a fabric, and leaves nothing behind however it ends."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import boto3  # type: ignore[import-untyped]
import pytest
from localaws.fabric import FABRIC_TAG, Fabric
from localaws.processes import wait_until
from localaws.tags import tagged
from localaws.testing import job_flow, shell_step

pytestmark = pytest.mark.integration

TESTS = Path(__file__).parents[2]
ENV = {**os.environ, "PYTHONPATH": str(TESTS)}


class Command:
    """The command line of one fabric folder."""

    def __init__(self, folder: Path) -> None:
        self.argv = [sys.executable, "-m", "localaws", "--folder", str(folder)]
        self.state = folder / "fabric.json"

    def __call__(self, *words: str, code: int = 0) -> str:
        done = subprocess.run([*self.argv, *words], env=ENV, capture_output=True, text=True, timeout=90)
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr

    @property
    def tag(self) -> str:
        return str(json.loads(self.state.read_text())["tag"])

    @property
    def pid(self) -> int:
        return int(json.loads(self.state.read_text())["pid"])


@pytest.fixture
def localaws(tmp_path: Path) -> Iterator[Command]:
    command = Command(tmp_path)
    yield command
    command("down")


def exported(text: str) -> dict[str, str]:
    pairs = (line.removeprefix("export ").split("=", 1) for line in text.splitlines() if line.startswith("export "))
    return dict(pairs)


def start_a_step_that_never_ends(env: dict[str, str]) -> None:
    emr = boto3.client("emr", endpoint_url=env["AWS_ENDPOINT_URL"], region_name="us-east-1", **CREDENTIALS)
    emr.run_job_flow(**job_flow(Steps=[shell_step("setsid sleep 600 & trap '' TERM; sleep 600")]))


CREDENTIALS = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
FAST = ("--pace", "provision=0.1", "--pace", "bootstrap=0.1", "--pace", "terminate=0.1", "--pace", "grace=0.5")


def test_up_status_fault_down(localaws: Command) -> None:
    assert "down" in localaws("status", code=1)
    env = exported(localaws("up", "--detach", *FAST))
    assert env["AWS_ENDPOINT_URL"].startswith("http://127.0.0.1:")
    status = localaws("status")
    assert "localaws is up" in status
    assert [line.split()[1] for line in status.splitlines() if line.startswith("  ")] == ["running"] * 3
    assert "already up" in localaws("up", "--detach", code=1)

    armed = json.loads(localaws("fault", "step-failure", "step=replay", "times=null"))
    assert armed[0]["kind"] == "step-failure"
    assert armed[0]["times"] is None
    assert "expected one of" in localaws("fault", "earthquake", code=1)
    assert json.loads(localaws("fault", "none")) == []

    start_a_step_that_never_ends(env)
    tag = localaws.tag
    wait_until(lambda: len(tagged(FABRIC_TAG, tag)) >= 5, 10, "the step's processes")
    localaws("down")
    assert tagged(FABRIC_TAG, tag) == []
    assert "down" in localaws("status", code=1)


def test_ctrl_c_ends_everything(tmp_path: Path) -> None:
    command = Command(tmp_path)
    with subprocess.Popen([*command.argv, "up", *FAST], env=ENV, stdout=subprocess.PIPE, text=True) as process:
        wait_until(command.state.exists, 60, "the fabric")
        env = {**json.loads(command.state.read_text())["env"]}
        start_a_step_that_never_ends(env)
        tag = command.tag
        wait_until(lambda: len(tagged(FABRIC_TAG, tag)) >= 5, 10, "the step's processes")
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=30)
    assert process.returncode == 0
    assert exported(output) == env
    assert tagged(FABRIC_TAG, tag) == []
    assert not command.state.exists()


def test_a_killed_fabric_leaves_nothing_behind(localaws: Command) -> None:
    env = exported(localaws("up", "--detach", *FAST))
    start_a_step_that_never_ends(env)
    tag = localaws.tag
    wait_until(lambda: len(tagged(FABRIC_TAG, tag)) >= 5, 10, "the step's processes")
    os.kill(localaws.pid, signal.SIGKILL)
    wait_until(lambda: tagged(FABRIC_TAG, tag) == [], 10, "end of everything")
    assert "not answering" in localaws("status", code=1)


def test_everything_listens_on_loopback_only(fabric: Fabric) -> None:
    pids = {str(process.pid) for process in fabric.processes.values()}
    inodes = {
        str(link.readlink()).removeprefix("socket:[").removesuffix("]")
        for pid in pids
        for link in Path(f"/proc/{pid}/fd").iterdir()
        if link.is_symlink() and str(link.readlink()).startswith("socket:[")
    }
    listening = []
    for table, state in (("tcp", "0A"), ("tcp6", "0A"), ("udp", "07"), ("udp6", "07")):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == state and fields[9] in inodes:
                listening.append(fields[1].split(":")[0])
    assert len(listening) >= 5
    assert set(listening) == {"0100007F"}


def test_the_fabric_is_small_and_quick(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Fabric(tmp_path) as fabric:
        pids = [process.pid for process in fabric.processes.values()]
        started = sum(map(_busy_seconds, pids))
        emr = fabric.client("emr")
        cluster_id = emr.run_job_flow(**job_flow(keep_alive=False))["JobFlowId"]
        emr.get_waiter("cluster_terminated").wait(ClusterId=cluster_id, WaiterConfig={"Delay": 1})
        memory = sum(map(_proportional_mib, pids))
        began = sum(map(_busy_seconds, pids))
        _describe(fabric, cluster_id, times=1000)
        asked = sum(map(_busy_seconds, pids)) - began
    with capsys.disabled():
        print(f"\nfabric: up in {started:.1f} s of processor, {memory:.0f} MiB, {asked:.2f} ms a DescribeCluster")
    assert started < 5
    assert memory < 250
    assert asked < 1


def _busy_seconds(pid: int) -> float:
    """Return the processor time of a process, which a busy machine leaves as it is."""
    stat = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(stat[11]) + int(stat[12])) / os.sysconf("SC_CLK_TCK")


def _proportional_mib(pid: int) -> float:
    line = next(line for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines() if line.startswith("Pss:"))
    return int(line.split()[1]) / 1024


def _describe(fabric: Fabric, cluster_id: str, *, times: int) -> None:
    """Call as a plain HTTP client can: boto3 itself is slower than the fabric."""
    connection = http.client.HTTPConnection(fabric.endpoint_url.removeprefix("http://"))
    headers = {"X-Amz-Target": "ElasticMapReduce.DescribeCluster", "Content-Type": "application/x-amz-json-1.1"}
    body = json.dumps({"ClusterId": cluster_id})
    for _ in range(times):
        connection.request("POST", "/", body, headers)
        assert cluster_id in connection.getresponse().read().decode()
