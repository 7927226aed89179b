"""A code in a test's name or id is a line of docs/reference-semantics.md, and each of its lines is tested."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.unit

TESTS = Path(__file__).parents[2]
PAGE = TESTS.parent / "docs/reference-semantics.md"
CODE = "[A-Z][0-9]+[a-z]?"
#: Written like a code, but the name of a service.
NO_CODE = {"S3"}


def codes_of_page() -> set[str]:
    """Return what the first columns of the page's tables name: codes with commas between, and ranges of them."""
    codes: set[str] = set()
    for cell in re.findall(rf"^\| ({CODE}[^|]*) \|", PAGE.read_text(), re.MULTILINE):
        for part in cell.split(", "):
            first, _, last = part.partition("-")
            numbers = range(int(first[1:]), int(last[1:]) + 1) if last else ()
            codes |= {f"{first[0]}{number}" for number in numbers} or {first}
    return codes


def codes_of(module: ast.Module) -> Iterator[str]:
    """Yield the codes in names of tests (``test_…_q61``), and in strings that begin with one, as ids do."""
    for node in ast.walk(module):
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            words = node.name.split("_")
            yield from (word[0].upper() + word[1:] for word in words if re.fullmatch(f"(?i:{CODE})", word))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and re.match(f"{CODE}(-|$)", node.value):
            yield from (word for word in node.value.split("-") if re.fullmatch(CODE, word))


def test_the_page_explains_the_codes_that_tests_name_and_no_others() -> None:
    modules = [ast.parse(path.read_text()) for path in sorted(TESTS.rglob("test_*.py"))]
    assert {code for module in modules for code in codes_of(module)} - NO_CODE == codes_of_page()


def test_codes_are_found_in_names_and_ids() -> None:
    code = 'def test_o12_and_utf8_and_a_q39b_is_kept(): ...\nids = ["N19-Q22-siblings", "K5", "x-Q1", "1985-W53-1"]'
    assert list(codes_of(ast.parse(code))) == ["O12", "Q39b", "N19", "Q22", "K5"]
