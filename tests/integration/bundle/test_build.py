"""A bundle is built, uploaded and verified, twice each: it is small here, all of the job without PyFlink."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from event_recovery.bundle import BundleError
from event_recovery.bundle.build import build, upload, verify
from event_recovery.bundle.stores import LocalStore, S3Store, load_manifest
from event_recovery.bundle.wheelhouse import Pins
from event_recovery.cli import main
from localaws.fabric import Fabric
from support.bundle.recipe import recipe

pytestmark = [pytest.mark.integration, pytest.mark.timeout(600)]


def test_wheels_lie_by_the_processor_they_are_for(built: Path) -> None:
    manifest = load_manifest(LocalStore(built))
    assert verify(LocalStore(built)) == []
    for arch in ("x86_64", "aarch64"):
        names = [path.name for path in (built / "wheels" / arch).iterdir()]
        assert {name.split("-")[0] for name in names} == {"librt", "msgspec", "orjson", "regex", "rpds_py"}
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
    assert verify(LocalStore(bundle)) == []


def test_a_directory_of_other_things_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").touch()
    with pytest.raises(BundleError, match="is not a bundle: name another directory"):
        build(tmp_path, recipe("x86_64"))


def test_upload_sends_only_what_changed(bundle: Path, place: S3Store) -> None:
    files = [file.path for file in load_manifest(LocalStore(bundle)).files]
    assert list(upload(bundle, place)) == [*files, "manifest.json"]
    assert verify(place) == []
    assert list(upload(bundle, place)) == []
    place._client.put_object(Bucket="bundles", Key=f"{place._location.key}/job.py", Body=b"x" * 100)
    place._client.delete_object(Bucket="bundles", Key=f"{place._location.key}/{files[-1]}")
    problems = verify(place)
    assert [problem.split(":")[0] for problem in problems] == ["job.py", files[-1]]
    assert sorted(upload(bundle, place)) == sorted(["job.py", files[-1]])
    assert verify(place) == []


def test_a_damaged_bundle_is_not_uploaded(bundle: Path, place: S3Store) -> None:
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
    assert "is not a bundle: it has no manifest.json" in nothing.output
    assert run(main, ["bundle", "upload", str(bundle), str(bundle)]).exit_code == 2
