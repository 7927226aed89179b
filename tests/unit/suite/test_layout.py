"""The folders of unit tests are the rooms of the product, and the page of the tests names what there is."""

from __future__ import annotations

from pathlib import Path

import pytest

pytestmark = pytest.mark.unit

TESTS = Path(__file__).parents[2]
PRODUCT = {
    "unit": TESTS.parent / "job/event_recovery",
    "unit/provider": TESTS.parent / "provider/event_recovery_provider",
}
#: What is no room of the job: the provider, the tools of the tests, and the tests as a whole.
OTHERS = {
    "unit": {"provider", "localaws", "benchmarks", "demo", "drills", "generator", "soak", "suite"},
    "unit/provider": set[str](),
}


def folders(place: Path) -> set[str]:
    """Return the folders that hold Python, themselves or further down."""
    return {path.name for path in place.iterdir() if path.is_dir() and any(path.rglob("*.py"))}


@pytest.mark.parametrize("place", PRODUCT)
def test_unit_tests_lie_in_rooms_of_the_product(place: str) -> None:
    assert folders(TESTS / place) - folders(PRODUCT[place]) == OTHERS[place]


def test_the_page_names_every_folder_and_every_module_of_support() -> None:
    page = (TESTS / "README.md").read_text()
    named = folders(TESTS) | folders(TESTS / "integration") | folders(TESTS / "unit") | folders(TESTS / "unit/provider")
    assert {name for name in named if f"`{name}`" not in page and f"`{name}/`" not in page} == set()
    support = {path.relative_to(TESTS / "support").as_posix() for path in (TESTS / "support").rglob("*.py")}
    modules = {path for path in support if not path.endswith("__init__.py")}
    assert {path for path in modules if f"`{path}`" not in page} == set()
