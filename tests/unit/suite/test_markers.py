"""Every test says what kind it is, or nothing runs."""

from __future__ import annotations

from pathlib import Path

import pytest

pytestmark = pytest.mark.unit
pytest_plugins = ["pytester"]

CONFTEST = Path(__file__).parents[2] / "conftest.py"


@pytest.mark.parametrize(
    ("marks", "complaint"),
    [
        ("", "test_it.py::test_it: none"),
        ("@pytest.mark.unit\n@pytest.mark.integration", "test_it.py::test_it: integration and unit"),
    ],
)
def test_a_test_without_exactly_one_kind_stops_the_run(pytester: pytest.Pytester, marks: str, complaint: str) -> None:
    pytester.makeconftest(CONFTEST.read_text())
    pytester.makepyfile(test_it=f"import pytest\n{marks}\ndef test_it(): pass")
    result = pytester.runpytest_inprocess("-m", "conformance")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"*{complaint}"])


def test_a_test_with_one_kind_runs(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(CONFTEST.read_text())
    pytester.makepyfile(test_it="import pytest\n@pytest.mark.unit\ndef test_it(): pass")
    pytester.runpytest_inprocess().assert_outcomes(passed=1)


def test_only_modules_with_tests_have_names_that_pytest_collects() -> None:
    tests = CONFTEST.parent
    collected = {path for pattern in ("test_*.py", "*_test.py") for path in tests.rglob(pattern)}
    assert [path.name for path in collected if "\ndef test_" not in path.read_text()] == []
