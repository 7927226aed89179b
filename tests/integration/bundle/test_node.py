"""A bundle is installed on nodes, twice each; the node has no package index.

The bundle is small, without PyFlink. With FULL_BUNDLE set the whole one is built as well, some 320 MB of wheels for
both processors, and installed with PyFlink.
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from event_recovery.bundle.build import Recipe, build, upload
from event_recovery.bundle.stores import S3Store
from localaws.fabric import Fabric
from localaws.testing import job_flow, read_log, wait_for_cluster, wait_for_step
from support.bundle.node import FAKE_DNF, SINK_CLASS, FakeNode, write_jar, write_program

pytestmark = [pytest.mark.integration, pytest.mark.timeout(600)]


def test_bootstrap_installs_once_and_finds_it_done_the_next_time(bundle: Path, node: FakeNode) -> None:
    first = node.run(bundle / "bootstrap.sh", bundle)
    assert first.returncode == 0, first.stdout + first.stderr
    assert "installed amazon-cloudwatch-agent" in first.stdout
    assert "as the bundle has it" in first.stdout
    before = node.snapshot()
    second = node.run(bundle / "bootstrap.sh", bundle)
    assert second.returncode == 0, second.stdout + second.stderr
    assert "is up to date" in second.stdout
    venv = {name: value for name, value in node.snapshot().items() if name.startswith("app/venv")}
    assert venv == {name: value for name, value in before.items() if name.startswith("app/venv")}
    config = f"file:{node.app}/cloudwatch-agent.json"
    agent = [f"agent -a fetch-config -m ec2 -s -c {config}", "agent -a status -m ec2"]
    assert node.calls == ["dnf install -y -q amazon-cloudwatch-agent", *agent, *agent]


def test_a_half_made_venv_is_made_anew(bundle: Path, booted: FakeNode) -> None:
    (booted.app / "venv/.made-from").unlink()
    shutil.rmtree(booted.app / "venv/lib/python3.11/site-packages/orjson")
    again = booted.run(bundle / "bootstrap.sh", bundle)
    assert again.returncode == 0, again.stdout + again.stderr
    assert (booted.app / "venv/lib/python3.11/site-packages/orjson").is_dir()


def test_a_damaged_copy_is_fetched_again(bundle: Path, booted: FakeNode) -> None:
    (booted.app / "bundle/wheels/any/left-over-1-py3-none-any.whl").write_bytes(b"?")
    wheel = next((booted.app / "bundle/wheels/x86_64").glob("orjson*"))
    damaged = bytearray(wheel.read_bytes())
    damaged[1000] ^= 1
    wheel.write_bytes(damaged)
    # As `aws s3 sync` does, which passes over a file of the same size: nothing is copied the first time.
    copier = booted.root / "bin/cp"
    copier.write_text(
        f'#!/bin/sh\n[ -e "{booted.root}/once" ] || {{ touch "{booted.root}/once"; exit 0; }}\nexec /bin/cp "$@"\n'
    )
    copier.chmod(0o755)
    again = booted.run(bundle / "bootstrap.sh", bundle)
    assert again.returncode == 0, again.stdout + again.stderr
    assert "fetching all of them again" in again.stdout


@pytest.mark.parametrize("path", ["job.py", "jars/flink-s3-fs-hadoop-1.20.1.jar"])
def test_a_bundle_that_was_changed_is_not_installed(bundle: Path, node: FakeNode, path: str) -> None:
    with (bundle / path).open("ab") as file:
        file.write(b"#")
    refused = node.run(bundle / "bootstrap.sh", bundle)
    assert refused.returncode == 1
    assert "does not fit its own checksums" in refused.stderr
    assert not (node.app / "venv").exists()
    assert node.calls == []


def test_a_bundle_for_other_processors_is_not_installed(bundle: Path, node: FakeNode) -> None:
    (bundle / "checksums-x86_64.txt").unlink()
    refused = node.run(bundle / "bootstrap.sh", bundle)
    assert refused.returncode == 1
    assert "has no wheels for x86_64, or is not a bundle" in refused.stderr


def test_an_agent_that_does_not_run_fails_the_node(bundle: Path, booted: FakeNode) -> None:
    dnf = booted.root / "bin/dnf"
    dnf.write_text(dnf.read_text().replace('"running"', '"stopped"'))
    failed = booted.run(bundle / "bootstrap.sh", bundle)
    assert failed.returncode == 1
    assert "the CloudWatch agent does not run" in failed.stderr


def test_an_agent_that_tells_no_status_fails_the_node_with_its_words(bundle: Path, booted: FakeNode) -> None:
    dnf = booted.root / "bin/dnf"
    dnf.write_text(dnf.read_text().replace("""echo '{"status": "running"}'""", "echo no such unit; exit 3"))
    failed = booted.run(bundle / "bootstrap.sh", bundle)
    assert failed.returncode == 1
    assert "the CloudWatch agent tells no status: no such unit" in failed.stderr


def test_packages_that_cannot_be_installed_fail_the_node_after_three_tries(bundle: Path, booted: FakeNode) -> None:
    (booted.root / "bin/dnf").write_text("#!/bin/sh\necho no mirror >&2\nexit 1\n")
    failed = booted.run(bundle / "bootstrap.sh", bundle)
    assert failed.returncode == 1
    assert failed.stderr.count("no mirror") == 3
    assert "gave up: as_root dnf install -y -q amazon-cloudwatch-agent" in failed.stderr


@pytest.fixture
def primary(installed: FakeNode) -> FakeNode:
    """The node that is booted, without any Flink."""
    shutil.rmtree(installed.flink, ignore_errors=True)
    return installed


def test_the_step_puts_the_jars_in_place_and_finds_them_the_next_time(primary: FakeNode) -> None:
    primary.install_flink()
    first = primary.run(primary.app / "node-setup.sh")
    assert first.returncode == 0, first.stdout + first.stderr
    jars = "flink-python-1.20.0-amzn-7.jar, flink-s3-fs-hadoop-1.20.0-amzn-7.jar"
    assert f"{primary.flink}/opt: {jars}\n" in first.stdout
    assert f"{primary.flink}/plugins: metrics-statsd/flink-metrics-statsd-1.20.0-amzn-7.jar\n" in first.stdout
    assert (primary.flink / "lib/flink-connector-kinesis-4.3.0-1.19.jar").is_file()
    assert (primary.flink / "plugins/s3-fs-hadoop/flink-s3-fs-hadoop-1.20.0-amzn-7.jar").is_file()
    before = primary.snapshot()
    second = primary.run(primary.app / "node-setup.sh")
    assert second.returncode == 0, second.stdout + second.stderr
    assert "put " not in second.stdout
    assert primary.snapshot() == before


def test_a_plugin_of_flinks_own_is_left_alone(primary: FakeNode) -> None:
    primary.install_flink(s3_in="plugins/s3")
    done = primary.run(primary.app / "node-setup.sh")
    assert done.returncode == 0, done.stdout + done.stderr
    assert sorted(path.parent.name for path in primary.flink.glob("plugins/*/flink-s3*.jar")) == ["s3"]


def test_a_file_system_on_flinks_class_path_is_left_alone(primary: FakeNode) -> None:
    primary.install_flink(s3_in="lib")
    done = primary.run(primary.app / "node-setup.sh")
    assert done.returncode == 0, done.stdout + done.stderr
    jar = primary.flink / "lib/flink-s3-fs-hadoop-1.20.0-amzn-7.jar"
    assert f"S3 file system: {jar}, on Flink's class path as this release has it" in done.stdout
    assert list(primary.flink.glob("plugins/*/flink-s3*.jar")) == []


def test_a_folder_of_plugins_may_be_a_link(primary: FakeNode) -> None:
    primary.install_flink(s3_in="elsewhere/s3")
    (primary.flink / "plugins/s3").symlink_to(primary.flink / "elsewhere/s3")
    done = primary.run(primary.app / "node-setup.sh")
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"S3 file system: {primary.flink}/plugins/s3/flink-s3-fs-hadoop-1.20.0-amzn-7.jar, a plugin" in done.stdout


def test_the_bundles_s3_jar_serves_a_flink_without_one(primary: FakeNode) -> None:
    primary.install_flink(s3_in="")
    done = primary.run(primary.app / "node-setup.sh")
    assert done.returncode == 0, done.stdout + done.stderr
    assert (primary.flink / "plugins/s3-fs-hadoop/flink-s3-fs-hadoop-1.20.1.jar").is_file()


def test_the_step_works_where_nothing_tells_it_the_places(primary: FakeNode) -> None:
    primary.install_flink()
    # On EMR a step has none of the variables that the bootstrap action had.
    done = primary.run(primary.app / "node-setup.sh", APP_HOME="", FLINK_HOME="")
    assert done.returncode == 0, done.stdout + done.stderr
    assert (primary.flink / "lib/flink-connector-kinesis-4.3.0-1.19.jar").is_file()


def _no_flink(node: FakeNode) -> None:
    shutil.rmtree(node.flink)


def _old_flink(node: FakeNode) -> None:
    shutil.rmtree(node.flink)
    node.install_flink("1.18.1-amzn-2")


def _no_python(node: FakeNode) -> None:
    next(node.flink.glob("opt/flink-python*")).unlink()


def _no_statsd(node: FakeNode) -> None:
    shutil.rmtree(node.flink / "plugins/metrics-statsd")


def _hollow_statsd(node: FakeNode) -> None:
    write_jar(next(node.flink.glob("plugins/metrics-statsd/*.jar")))


def _second_connector(node: FakeNode) -> None:
    write_jar(node.flink / "lib/flink-sql-connector-kinesis-1.jar", SINK_CLASS)


def _hollow_s3_on_class_path(node: FakeNode) -> None:
    write_jar(node.flink / "lib/flink-s3-fs-hadoop-1.20.jar")


def _broken_flink(node: FakeNode) -> None:
    write_program(node.flink / "bin/flink", "#!/bin/sh\necho no such main class >&2\nexit 1\n")


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (_no_flink, "bin/flink is not there: is Flink among the cluster's applications?"),
        (_old_flink, "Flink is '1.18.1-amzn-2', expected 1.20.x"),
        (_no_python, "opt has no flink-python jar"),
        (_no_statsd, "no flink-metrics-statsd*.jar in plugins, lib or opt"),
        (_hollow_statsd, "has no org/apache/flink/metrics/statsd/StatsDReporterFactory.class"),
        (_second_connector, "two Kinesis connectors exclude each other"),
        (_hollow_s3_on_class_path, "lib/flink-s3-fs-hadoop-1.20.jar has no org/apache/flink/fs/s3hadoop/"),
        (_broken_flink, "flink --version failed: no such main class"),
    ],
)
def test_what_is_missing_on_the_primary_fails_the_step(primary: FakeNode, spoil: Any, message: str) -> None:
    primary.install_flink()
    spoil(primary)
    failed = primary.run(primary.app / "node-setup.sh")
    assert failed.returncode == 1, failed.stdout + failed.stderr
    assert message in failed.stderr


def test_nodes_of_the_local_emr_boot_from_the_bundle(bundle: Path, place: S3Store, fabric: Fabric) -> None:
    upload(bundle, place)
    s3, emr = fabric.client("s3"), fabric.client("emr")
    fakes = (
        f"#!/bin/bash\ncat >$EMR_NODE_ROOT/usr/bin/dnf <<'DNF'\n{FAKE_DNF}DNF\nchmod +x $EMR_NODE_ROOT/usr/bin/dnf\n"
    )
    s3.put_object(Bucket="bundles", Key="fakes.sh", Body=fakes.encode())
    action = {"Path": f"{place.name}/bootstrap.sh", "Args": [place.name]}
    actions = [{"Path": "s3://bundles/fakes.sh"}, action, action]
    cluster_id = emr.run_job_flow(
        **job_flow(
            Applications=[{"Name": "Hadoop"}, {"Name": "Flink"}],
            LogUri="s3://bundles/logs/",
            BootstrapActions=[
                {"Name": f"action {number}", "ScriptBootstrapAction": one} for number, one in enumerate(actions)
            ],
        )
    )["JobFlowId"]
    wait_for_cluster(emr, cluster_id, "WAITING", seconds=240)
    setup = {"Jar": "command-runner.jar", "Args": ["bash", "/opt/event-recovery/node-setup.sh"]}
    for number in (1, 2):
        step = {"Name": f"setup {number}", "ActionOnFailure": "CONTINUE", "HadoopJarStep": setup}
        step_id = emr.add_job_flow_steps(JobFlowId=cluster_id, Steps=[step])["StepIds"][0]
        state = wait_for_step(emr, cluster_id, step_id, seconds=120)["Status"]["State"]
        log, errors = (
            read_log(s3, f"s3://bundles/logs/{cluster_id}/steps/{step_id}/std{n}.gz") for n in ("out", "err")
        )
        assert state == "COMPLETED", log + errors
        assert ("put " in log) is (number == 1)
    emr.terminate_job_flows(JobFlowIds=[cluster_id])
    wait_for_cluster(emr, cluster_id, "TERMINATED", seconds=60)


@pytest.mark.skipif(not os.environ.get("FULL_BUNDLE"), reason="set FULL_BUNDLE=1: downloads some 320 MB")
def test_the_whole_bundle_installs_pyflink(tmp_path: Path, node: FakeNode) -> None:
    manifest = build(tmp_path / "whole", Recipe())
    assert json.loads((tmp_path / "whole/manifest.json").read_text())["flink"] == manifest.flink == "1.20.0"
    for _ in range(2):
        done = node.run(tmp_path / "whole/bootstrap.sh", tmp_path / "whole")
        assert done.returncode == 0, done.stdout + done.stderr
        assert "apache-flink 1.20.0, Python 3.11" in done.stdout
