"""The tables of settings and job options in the pages are those of the code."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest
from event_recovery.cli.dataflow import VARIABLES
from event_recovery.contract import OPTIONS, Option
from event_recovery_provider.planning.settings import SETTINGS

pytestmark = pytest.mark.unit

REPOSITORY = next(folder for folder in Path(__file__).resolve().parents if (folder / "pyproject.toml").exists())


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """Return a table as the pages have it."""
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, ("---",) * len(head), *rows))


def table_below(heading: str, *, page: str) -> str:
    """Return the table of a section as it stands in a page."""
    _, _, rest = (REPOSITORY / page).read_text().partition(f"\n## {heading}\n")
    section, _, _ = rest.partition("\n## ")
    return "\n".join(line for line in section.splitlines() if line.startswith("|"))


def default_of(option: Option) -> str:
    if option.required:
        return "required"
    return "none" if option.default is None else str(option.default)


def test_the_readme_tells_of_each_setting_what_its_declaration_says() -> None:
    rows = [(f"`{one.name}`", one.help, one.default) for one in SETTINGS]
    expected = table(("param", "meaning", "default"), rows)
    found = table_below("Params", page="README.md")
    assert found == expected, f"README.md, Params, should have:\n{expected}"


def test_the_page_of_public_names_tells_of_each_job_option_what_its_declaration_says() -> None:
    rows = [
        (f"`{one.flag}`", f"{one.help}{'; repeatable' if one.repeatable else ''}", default_of(one)) for one in OPTIONS
    ]
    expected = table(("option", "meaning", "default"), rows)
    found = table_below("Job options", page="docs/public-api.md")
    assert found == expected, f"docs/public-api.md, Job options, should have:\n{expected}"


def test_no_cell_breaks_its_table() -> None:
    texts = [text for one in SETTINGS for text in (one.help, one.default)] + [one.help for one in OPTIONS]
    assert [text for text in texts if "|" in text or "\n" in text or not text] == []


def test_the_variables_of_the_old_templates_are_the_first_settings() -> None:
    first = [one.name for one in SETTINGS[: len(VARIABLES)]]
    assert sorted(first) == sorted(VARIABLES)
    page = (REPOSITORY / "docs/from-dataflow-runner.md").read_text()
    rows = [line.split(" | ")[:2] for line in page.splitlines() if line.startswith("| `")]
    assert sorted(rows) == sorted([f"| `{name}`", f"`{name}`"] for name in first)
