"""A bundle is built, uploaded, verified and installed on nodes, twice each; the node has no package index.

The bundle here is small: all of the job, without PyFlink. With FULL_BUNDLE set the whole one is built as well, some
320 MB of wheels for both processors, and installed with PyFlink.
"""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from bundle_node import FAKE_DNF, SINK_CLASS, FakeNode, write_jar, write_program
from click.testing import CliRunner
from event_recovery.bundle import BundleError
from event_recovery.bundle.build import Recipe, build, upload, verify
from event_recovery.bundle.places import Folder, Prefix, load_manifest, open_place
from event_recovery.bundle.wheelhouse import Pins, cluster_pins
from event_recovery.cli import main
from localaws.fabric import Fabric
from localaws.testing import job_flow, read_log, wait_for_cluster, wait_for_step

pytestmark = [pytest.mark.integration, pytest.mark.timeout(600)]

JARS = Path(__file__).resolve().parents[2] / "job/jars/lib"
# What the job imports before it turns to Flink or AWS.
SMALL = frozenset(
    "attrs cachetools click jsonschema jsonschema-specifications markdown-it-py mdurl msgspec orjson pip pygments "
    "referencing regex rich rpds-py typing-extensions urllib3".split()
)


def recipe(*architectures: str) -> Recipe:
    pins = cluster_pins()
    few = tuple(pin for pin in pins.downloaded if pin.split("==")[0] in SMALL)
    assert len(few) == len(SMALL)
    built = tuple(pin for pin in pins.built if pin.startswith("docopt=="))
    return Recipe(architectures=architectures, jars_from=JARS, pins=Pins(few, built, pins.build_tools))


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("built") / "bundle"
    build(folder, recipe("x86_64", "aarch64"))
    return folder


@pytest.fixture
def bundle(built: Path, tmp_path: Path) -> Path:
    """A bundle of the test's own."""
    return Path(shutil.copytree(built, tmp_path / "bundle"))


@pytest.fixture
def node(tmp_path: Path) -> FakeNode:
    return FakeNode(tmp_path / "node").prepare()


@pytest.fixture(scope="module")
def installed(built: Path, tmp_path_factory: pytest.TempPathFactory) -> FakeNode:
    """A node after its bootstrap, which takes long enough to be shared."""
    node = FakeNode(tmp_path_factory.mktemp("installed")).prepare()
    done = node.run(built / "bootstrap.sh", built)
    assert done.returncode == 0, done.stdout + done.stderr
    return node


@pytest.fixture
def booted(installed: FakeNode) -> FakeNode:
    """The same node, its agent not yet installed."""
    shutil.rmtree(installed.root / "bin")
    return installed.prepare()


@pytest.fixture
def place(fabric: Fabric) -> Prefix:
    opened = open_place(f"s3://bundles/{os.urandom(4).hex()}/0.1.0")
    assert isinstance(opened, Prefix)
    s3 = fabric.client("s3")
    s3.create_bucket(Bucket="bundles")
    opened._client = s3
    return opened


def test_wheels_lie_by_the_processor_they_are_for(built: Path) -> None:
    manifest = load_manifest(Folder(built))
    assert verify(Folder(built)) == []
    for arch in ("x86_64", "aarch64"):
        names = [path.name for path in (built / "wheels" / arch).iterdir()]
        assert {name.split("-")[0] for name in names} == {"msgspec", "orjson", "regex", "rpds_py"}
        assert all(f"_{arch}.whl" in name and "-cp311-" in name for name in names)
        listed = {line.split("  ")[1] for line in (built / f"checksums-{arch}.txt").read_text().splitlines()}
        assert listed == {file.path for file in manifest.files_for(arch) if not file.path.startswith("checksums-")}
    pure = {path.name.split("-")[0] for path in (built / "wheels/any").iterdir()}
    assert {"airflow_provider_event_recovery", "docopt", "pip"} <= pure


def test_the_same_recipe_gives_the_same_bundle(tmp_path: Path) -> None:
    whole = recipe("x86_64", "aarch64")
    assert whole.pins is not None
    few = tuple(pin for pin in whole.pins.downloaded if pin.startswith(("orjson==", "mdurl==")))
    small = replace(whole, pins=replace(whole.pins, downloaded=few))
    build(tmp_path / "one", small)
    build(tmp_path / "other", small)
    build(tmp_path / "other", small)
    assert (tmp_path / "one/manifest.json").read_bytes() == (tmp_path / "other/manifest.json").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one", "other"]


def test_a_bundle_that_cannot_be_made_leaves_the_old_one(bundle: Path, tmp_path: Path) -> None:
    before = (bundle / "manifest.json").read_bytes()
    (tmp_path / "nothing").mkdir()
    with pytest.raises(BundleError, match=r"nothing has no flink-connector-kinesis"):
        build(bundle, replace(recipe("x86_64"), jars_from=tmp_path / "nothing"))
    impossible = Pins(("orjson==0.0.0",), (), ())
    with pytest.raises(BundleError, match=r"(?s)pip download failed.*orjson==0\.0\.0"):
        build(bundle, replace(recipe("x86_64"), pins=impossible))
    assert (bundle / "manifest.json").read_bytes() == before
    assert verify(Folder(bundle)) == []


def test_a_directory_of_other_things_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").touch()
    with pytest.raises(BundleError, match="is no bundle: name another directory"):
        build(tmp_path, recipe("x86_64"))


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
    assert "has no wheels for x86_64, or is no bundle" in refused.stderr


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


def test_upload_sends_only_what_changed(bundle: Path, place: Prefix) -> None:
    files = [file.path for file in load_manifest(Folder(bundle)).files]
    assert list(upload(bundle, place)) == [*files, "manifest.json"]
    assert verify(place) == []
    assert list(upload(bundle, place)) == []
    place._client.put_object(Bucket="bundles", Key=f"{place._location.key}/job.py", Body=b"x" * 100)
    place._client.delete_object(Bucket="bundles", Key=f"{place._location.key}/{files[-1]}")
    problems = verify(place)
    assert [problem.split(":")[0] for problem in problems] == ["job.py", files[-1]]
    assert sorted(upload(bundle, place)) == sorted(["job.py", files[-1]])
    assert verify(place) == []


def test_a_damaged_bundle_is_not_uploaded(bundle: Path, place: Prefix) -> None:
    (bundle / "job.py").write_text("import this\n")
    with pytest.raises(BundleError, match=r"job\.py: 12 bytes, expected"):
        upload(bundle, place)
    assert place.known("bootstrap.sh") is None


def test_the_command_line_builds_uploads_and_verifies(
    bundle: Path, fabric: Fabric, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in fabric.env.items():
        monkeypatch.setenv(name, value)
    fabric.client("s3").create_bucket(Bucket="commands")
    run = CliRunner().invoke
    uri = "s3://commands/recovery/bundles/0.1.0"
    uploaded = run(main, ["bundle", "upload", uri, str(bundle)])
    assert uploaded.exit_code == 0, uploaded.output
    assert "the others were there" in uploaded.output
    checked = run(main, ["bundle", "verify", uri])
    assert checked.exit_code == 0, checked.output
    assert "OK" in checked.output
    fabric.client("s3").put_object(Bucket="commands", Key="recovery/bundles/0.1.0/job.py", Body=b"")
    spoilt = run(main, ["bundle", "verify", uri])
    assert spoilt.exit_code == 1
    assert "job.py: 0 bytes" in spoilt.output
    nothing = run(main, ["bundle", "verify", "s3://commands/nothing"])
    assert nothing.exit_code == 2
    assert "is no bundle: it has no manifest.json" in nothing.output
    assert run(main, ["bundle", "upload", str(bundle), str(bundle)]).exit_code == 2


def test_nodes_of_the_local_emr_boot_from_the_bundle(bundle: Path, place: Prefix, fabric: Fabric) -> None:
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
