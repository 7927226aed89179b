"""Refuses a test that does not say, with exactly one marker, what kind it is."""

from __future__ import annotations

import pytest

KINDS = frozenset({"unit", "conformance", "integration", "scheduler"})


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Stop the run, before any selection by marker, when a test has no kind or more than one."""
    faults = []
    for item in items:
        kinds = sorted(KINDS & {marker.name for marker in item.iter_markers()})
        if len(kinds) != 1:
            faults.append(f"{item.nodeid}: {' and '.join(kinds) or 'none'}")
    if faults:
        raise pytest.UsageError(
            f"every test carries exactly one of the markers {', '.join(sorted(KINDS))}; these do not:\n  "
            + "\n  ".join(faults)
        )
