"""The local AWS is a component of its own: it is built of nothing of the product or of the tests."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from localaws.emr.faults import FaultKind

pytestmark = pytest.mark.unit

TESTS = Path(__file__).parents[2]
LOCALAWS = TESTS / "localaws"
SOURCES = sorted(LOCALAWS.rglob("*.py"))


def imported(source: Path) -> set[str]:
    """Return the top-level packages that a module imports, wherever in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(source.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module or "")
    return {name.split(".")[0] for name in names}


def test_localaws_imports_nothing_of_the_product_or_of_the_tests() -> None:
    others = {path.stem for path in TESTS.iterdir() if path.suffix == ".py" or path.is_dir()} - {"localaws"}
    forbidden = {"event_recovery", "event_recovery_provider"} | others
    assert {str(source): imported(source) & forbidden for source in SOURCES if imported(source) & forbidden} == {}


def test_localaws_does_not_speak_of_the_product() -> None:
    words = ("event_recovery", "event-recovery", "snowplow", "events_recovered")
    assert [str(source) for source in SOURCES if any(word in source.read_text().lower() for word in words)] == []


def test_the_page_of_localaws_names_every_fault() -> None:
    page = (LOCALAWS / "README.md").read_text()
    assert [kind for kind in FaultKind if f"`{kind}`" not in page] == []
