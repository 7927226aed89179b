"""The pages speak of what is there: modules, paths, headings, and all that is public."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType

import click
import event_recovery
import pytest
from event_recovery import contract, explore
from event_recovery.cli import main
from event_recovery.contract import METRICS, SKIPPED_METRIC, layout
from event_recovery_provider import exceptions, links
from event_recovery_provider.get_provider_info import get_provider_info

pytestmark = pytest.mark.unit

REPOSITORY = next(folder for folder in Path(__file__).parents if (folder / "pyproject.toml").is_file())
PAGES = sorted(
    path
    for pattern in ("*.md", "docs/**/*.md", "tests/**/README.md")
    for path in REPOSITORY.glob(pattern)
    if "node_modules" not in path.parts
)
IDS = [page.relative_to(REPOSITORY).as_posix() for page in PAGES]
#: Folders that a checkout gets later, as those of what is downloaded.
IGNORED = {line.rstrip("/") for line in (REPOSITORY / ".gitignore").read_text().splitlines()}
TEXTS = {page: re.sub(r"```.*?```", "", page.read_text(), flags=re.S) for page in PAGES}


def resolves(dotted: str) -> bool:
    """Tell whether a dotted name is a module, or an attribute of one."""
    parts = dotted.split(".")
    for end in range(len(parts), 0, -1):
        try:
            found: object = import_module(".".join(parts[:end]))
        except ModuleNotFoundError:
            continue
        for name in parts[end:]:
            if not hasattr(found, name):
                return False
            found = getattr(found, name)
        return True
    return False


# The changelog also names what is gone.
@pytest.mark.parametrize(
    "page",
    [page for page in PAGES if page.name != "CHANGELOG.md"],
    ids=lambda page: page.relative_to(REPOSITORY).as_posix(),
)
def test_every_module_and_path_that_a_page_names_is_there(page: Path) -> None:
    text = TEXTS[page]
    paths = set(re.findall(r"`((?:event_recovery(?:_provider)?|job|provider|tests|dags|docs)/[\w./-]*)`", text))
    roots = [REPOSITORY, REPOSITORY / "job", REPOSITORY / "provider", page.parent, page.parent / "support"]
    assert [path for path in sorted(paths - IGNORED) if not any((root / path).exists() for root in roots)] == []
    dotted = set(re.findall(r"`(event_recovery(?:_provider)?(?:\.\w+)+)(?:\(\))?`", text))
    assert [name for name in sorted(dotted) if not resolves(name)] == []


def slug(heading: str) -> str:
    """Return a heading's anchor, as GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", re.sub(r"[`*]", "", heading.strip().lower())).replace(" ", "-")


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", re.sub(r"`[^`]*`", "", TEXTS[page])):
        path, _, anchor = target.partition("#")
        if "://" not in target:
            place = (page.parent / path).resolve() if path else page
            assert place.exists(), target
            assert not anchor or anchor in {slug(one) for one in re.findall(r"^#+ (.*)$", TEXTS[place], re.M)}, target


def test_the_examples_of_the_house_style_are_in_the_code() -> None:
    sources = [path for folder in ("job", "provider", "tests") for path in (REPOSITORY / folder).rglob("*.py")]
    lines = {line.strip() for source in sources for line in source.read_text().splitlines()}
    blocks = re.findall(r"```python\n(.*?)```", (REPOSITORY / "CONTRIBUTING.md").read_text(), re.S)
    assert len(blocks) == 4
    assert [line for block in blocks for line in block.splitlines() if line.strip() not in {*lines, ""}] == []


def test_the_index_of_pages_has_every_page() -> None:
    index = (REPOSITORY / "docs/README.md").read_text()
    linked = {(REPOSITORY / "docs" / one).resolve() for one in re.findall(r"\]\(([^)#]+\.md)[^)]*\)", index)}
    decisions = REPOSITORY / "docs/decisions"
    listed = {page for page in PAGES if page.parent != decisions or page.name == "README.md"}
    assert sorted(listed - linked - {REPOSITORY / "docs/README.md"}) == []


def section(heading: str) -> str:
    """Return one section of the page on what is public."""
    text = (REPOSITORY / "docs/public-api.md").read_text()
    return text.split(f"\n## {heading}\n")[1].split("\n## ")[0]


def listed(heading: str) -> set[str]:
    """Return the names that a section lists, one at the head of each point."""
    return set(re.findall(r"^- `([^`]+)`", section(heading), re.M))


def defined_in(module: ModuleType) -> Iterator[str]:
    """Give the public classes that a module defines."""
    for name, value in vars(module).items():
        if inspect.isclass(value) and value.__module__ == module.__name__ and not name.startswith("_"):
            yield f"{module.__name__}.{name}"


def test_the_engine_and_the_contract_are_public_as_the_page_says() -> None:
    assert listed("Engine") == {f"event_recovery.{name}" for name in event_recovery.__all__}
    assert listed("Explore") == {f"event_recovery.explore.{name}" for name in explore.__all__}
    assert listed("Contract") == {f"event_recovery.contract.{name}" for name in contract.__all__}


def test_the_commands_are_public_as_the_page_says() -> None:
    def names(group: click.Group, prefix: str = "") -> Iterator[str]:
        for name, command in group.commands.items():
            if isinstance(command, click.Group):
                yield from names(command, f"{prefix}{name} ")
            else:
                yield f"{prefix}{name}"

    assert listed("Commands") == set(names(main))


def test_the_provider_is_public_as_the_page_says() -> None:
    info = get_provider_info()
    modules = [name for kind in ("operators", "sensors", "triggers") for name in info[kind][0]["python-modules"]]
    classes = {name for module in modules for name in defined_in(import_module(module))}
    classes |= set(defined_in(exceptions)) | {f"{links.__name__}.{name}" for name in links.__all__}
    assert classes - listed("Provider") == set()
    assert [name for name in sorted(listed("Provider")) if not resolves(name)] == []
    assert listed("Configuration of Airflow") == set(info["config"]["event_recovery"]["options"])


def test_the_files_of_a_run_are_those_of_the_contract() -> None:
    named = {one.split("/")[0] for one in re.findall(r"`([\w.*/-]+)`", section("Files of a run"))}
    assert {value for name, value in vars(layout).items() if name.isupper()} <= named


def test_the_metrics_are_those_of_the_contract() -> None:
    names = {name.rpartition("<subtask>_")[2] for name in listed("Metrics") if name.startswith("taskmanager_")}
    assert names == {*METRICS, SKIPPED_METRIC}
