"""What a cluster with a real YARN is told, as plain data."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from localaws.emr.node.yarn_node import flink_on_yarn, step_environment
from localaws.hadoop.settings import PORTS, hadoop_settings, render, with_classifications

pytestmark = pytest.mark.unit

ROOT = Path("/node")
NAMES = [name for names in PORTS.values() for name in names]
FILES = hadoop_settings(
    ROOT, ports=dict(zip(NAMES, range(20_000, 20_100), strict=False)), nodes=2, tags={"TAG": "j-1", "FABRIC": "f"}
)


def test_every_server_has_a_port_of_its_own_on_the_loopback() -> None:
    addresses = [settings[name] for file, settings in FILES.items() for name in PORTS.get(file, ())]
    assert {address.removeprefix("hdfs://").split(":")[0] for address in addresses} == {"127.0.0.1"}
    assert len(set(addresses)) == len(NAMES)


def test_every_folder_lies_below_the_clusters() -> None:
    folders = {
        key: value
        for settings in FILES.values()
        for key, value in settings.items()
        if key.endswith((".dir", "-dirs", "-dir", ".uri")) and key != "yarn.nodemanager.remote-app-log-dir"
    }
    assert len(folders) == 8
    assert {
        key: value for key, value in folders.items() if not value.removeprefix("file://").startswith("/node/")
    } == {}


def test_one_node_has_the_memory_of_all_and_a_container_that_of_one() -> None:
    yarn = FILES["yarn-site"]
    assert int(yarn["yarn.nodemanager.resource.memory-mb"]) == 2 * int(yarn["yarn.scheduler.maximum-allocation-mb"])


def test_containers_get_the_tags_by_which_they_are_found() -> None:
    assert FILES["yarn-site"]["yarn.nodemanager.admin-env"] == "TAG=j-1,FABRIC=f"


def test_a_request_changes_settings_but_not_what_only_this_machine_knows() -> None:
    asked = {
        "yarn.scheduler.maximum-allocation-mb": "5632",
        "yarn.resourcemanager.address": "0.0.0.0:8032",
        "yarn.nodemanager.local-dirs": "/mnt/yarn",
        "yarn.node-labels.enabled": "true",
        "yarn.of-my-own": "1",
    }
    changed = with_classifications(FILES, [{"Classification": "yarn-site", "Properties": asked}])
    differing = {key: value for key, value in changed["yarn-site"].items() if FILES["yarn-site"].get(key) != value}
    assert differing == {"yarn.scheduler.maximum-allocation-mb": "5632", "yarn.of-my-own": "1"}
    assert {name: changed[name] for name in changed if name != "yarn-site"} == {
        name: FILES[name] for name in FILES if name != "yarn-site"
    }


def test_a_file_says_what_its_settings_say() -> None:
    settings = {"a": "<&>", "b": "x y"}
    found = ET.fromstring(render(settings)).iter("property")
    assert {one.findtext("name"): one.findtext("value") for one in found} == settings


def test_a_step_has_no_language_no_region_and_nothing_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LANG", "LC_ALL", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE", "PIP_INDEX_URL", "JAVA_HOME"):
        monkeypatch.setenv(name, "the machine's")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    found = step_environment(ROOT, path="/node/usr/bin", tags={"TAG": "j-1"})
    assert "the machine's" not in found.values()
    assert (
        found.items() >= {"AWS_ENDPOINT_URL": "http://127.0.0.1:1", "TAG": "j-1", "HOME": "/node/home/hadoop"}.items()
    )


def test_flink_on_yarn_knows_the_fabric_and_keeps_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    user = {
        "env.java.opts.all": "-Dmine=1",
        "taskmanager.memory.process.size": "6g",
        "metrics.reporter.statsd.factory.class": "org.apache.flink.metrics.statsd.StatsDReporterFactory",
        "metrics.reporter.statsd.port": "8125",
    }
    settings = flink_on_yarn(user, root=ROOT, statsd_port=12345)
    assert settings["env.java.opts.all"].startswith("-Dmine=1 -Djava.io.tmpdir=/node/mnt/tmp ")
    assert settings["taskmanager.memory.process.size"] == "6g"
    assert settings["metrics.reporter.statsd.port"] == "12345"
    assert settings["s3.endpoint"] == "http://127.0.0.1:9"
    assert settings["s3.buffer.dir"] == "/node/mnt/tmp"
    assert settings["containerized.taskmanager.env.AWS_ACCESS_KEY_ID"] == "testing"
    assert settings["containerized.master.env.AWS_ACCESS_KEY_ID"] == "testing"
