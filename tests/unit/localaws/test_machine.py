"""What the machine has of its own is hidden from what plays AWS on it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from localaws.emr.node import paths as node_paths
from localaws.emr.node.paths import translate
from localaws.flink import home
from localaws.machine import hide_programs, no_hadoop, without

pytestmark = pytest.mark.unit


def make_programs(folder: Path, *names: str) -> Path:
    folder.mkdir()
    for name in names:
        (folder / name).touch()
    return folder


def test_a_path_shows_all_programs_but_those_of_a_cluster(tmp_path: Path) -> None:
    cluster = "flink flink-yarn-session hadoop hdfs yarn dnf yum amazon-cloudwatch-agent-ctl".split()
    hostile = make_programs(tmp_path / "hostile", *cluster, "sed", "java", "flinky", "pyarn")
    harmless = make_programs(tmp_path / "harmless", "bash")
    link = tmp_path / "link"
    link.symlink_to(hostile)
    words = [str(hostile), str(harmless), str(link), str(tmp_path / "nowhere")]
    folders = hide_programs(os.pathsep.join(words), tmp_path / "shown").split(os.pathsep)
    assert folders == [str(tmp_path / "shown/1"), str(harmless), str(tmp_path / "nowhere")]
    shown = {program.name: program.resolve() for program in (tmp_path / "shown/1").iterdir()}
    assert shown == {name: hostile / name for name in ("sed", "java", "flinky", "pyarn")}


def test_a_path_without_such_programs_stays_and_nothing_is_made(tmp_path: Path) -> None:
    harmless = make_programs(tmp_path / "harmless", "bash")
    assert hide_programs(str(harmless), tmp_path / "shown") == str(harmless)
    assert not (tmp_path / "shown").exists()


def test_variables_of_another_flink_hadoop_or_account_are_left_out() -> None:
    foreign = "FLINK_HOME HADOOP_HOME HADOOP_CLASSPATH YARN_CONF_DIR HBASE_CONF_DIR JVM_ARGS AWS_PROFILE AIRFLOW__X"
    assert without({"PATH": "p", **dict.fromkeys(foreign.split(), "x")}) == {"PATH": "p"}


def test_a_cluster_looks_for_hadoop_in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HADOOP_CONF_DIR", "HADOOP_CLASSPATH", "HBASE_CONF_DIR", "FLINK_CONF_DIR", "JVM_ARGS", "AWS_PROFILE"):
        monkeypatch.setenv(name, "the machine's")
    environment = home._environment(Path("/flink"), tmp_path)
    assert "the machine's" not in environment.values()
    assert environment.items() >= no_hadoop(tmp_path / "hadoop").items()


def test_a_path_of_the_node_is_the_nodes_also_where_this_machine_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "exists", lambda path: True)
    binaries = "flink flink-yarn-session yarn hadoop hdfs mapred s3-dist-cp dnf amazon-cloudwatch-agent-ctl"
    folders = "/usr/lib/flink/lib /usr/lib/hadoop-yarn /usr/lib/jvm/jre-17 /etc/hadoop/conf /etc/flink/conf /etc/hbase"
    more = "/var/log/hadoop-yarn/apps /var/lib/hadoop-hdfs /var/lib/aws/emr /var/aws /usr/share/aws /mnt1 /opt/tool/bin"
    for path in (*folders.split(), *more.split(), *(f"/usr/bin/{name}" for name in binaries.split())):
        assert translate(f"echo > {path}", Path("/node")) == f"echo > /node{path}"


def test_this_python_and_this_checkout_may_lie_in_a_place_of_the_node(monkeypatch: pytest.MonkeyPatch) -> None:
    needed = [Path("/opt/python"), Path("/home/hadoop/checkout"), Path("/usr")]
    monkeypatch.setattr(node_paths, "needed_folders", lambda: needed)
    root = Path("/mnt/tmp/node")
    for kept in ("/opt/python/bin/python", "/home/hadoop/checkout/tests/x.py", "/mnt/tmp/node/usr/bin/flink"):
        assert translate(f"exec {kept}", root) == f"exec {kept}"
    for moved in ("/opt/python3/x", "/home/hadoop/x", "/mnt/tmp/x", "/usr/bin/flink"):
        assert translate(f"exec {moved}", root) == f"exec {root}{moved}"
