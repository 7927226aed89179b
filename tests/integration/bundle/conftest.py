"""A bundle, built once, and nodes to install it on, which have no package index."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from event_recovery.bundle.build import build
from event_recovery.bundle.stores import S3Store, open_store
from localaws.fabric import Fabric
from support.bundle.node import FakeNode
from support.bundle.recipe import recipe


@pytest.fixture(scope="session")
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


@pytest.fixture(scope="session")
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
def place(fabric: Fabric) -> S3Store:
    opened = open_store(f"s3://bundles/{os.urandom(4).hex()}/0.1.0")
    assert isinstance(opened, S3Store)
    s3 = fabric.client("s3")
    s3.create_bucket(Bucket="bundles")
    opened._client = s3
    return opened
