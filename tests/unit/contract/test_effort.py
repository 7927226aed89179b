"""How long a run takes, by its rows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from event_recovery.contract.effort import (
    AROUND_SECONDS,
    KILOBYTE_MICROS,
    ON_EMR,
    ROW_MICROS,
    cluster_seconds,
    node_hours,
    row_seconds,
)

pytestmark = pytest.mark.unit

PAGE = (Path(__file__).parents[3] / "docs/performance.md").read_text()


def test_rows_cost_by_their_number_and_by_their_bytes_shared_by_the_subtasks() -> None:
    assert row_seconds(1e6, 0, subtasks=1) == ON_EMR * ROW_MICROS
    assert row_seconds(0, 1e9, subtasks=1) == ON_EMR * KILOBYTE_MICROS
    assert row_seconds(1e6, 5e9, subtasks=4) == pytest.approx(ON_EMR * (ROW_MICROS + 5 * KILOBYTE_MICROS) / 4)


def test_a_cluster_lives_as_long_as_its_rows_take_or_as_sending_takes_and_around_that() -> None:
    assert cluster_seconds(0, 0, subtasks=1) == AROUND_SECONDS
    rows = row_seconds(1e6, 5e9, subtasks=2)
    assert cluster_seconds(1e6, 5e9, subtasks=2) == AROUND_SECONDS + rows
    assert cluster_seconds(1e6, 5e9, subtasks=2, sending=rows - 1) == AROUND_SECONDS + rows
    assert cluster_seconds(1e6, 5e9, subtasks=2, sending=rows + 1) == AROUND_SECONDS + rows + 1


def test_node_hours_are_those_of_all_nodes() -> None:
    assert node_hours(1800, 3) == 1.5


def test_the_page_has_the_formula_with_the_numbers_that_are_used() -> None:
    formula = (
        f"seconds = {AROUND_SECONDS} + {ON_EMR} * ({ROW_MICROS} + {KILOBYTE_MICROS} * KB a row) * rows / 1,000,000 / "
        "subtasks"
    )
    assert formula in PAGE


def test_the_table_of_the_page_is_what_the_formula_gives() -> None:
    rows = re.findall(r"^\| ([\d,]+) \| ([\d.]+) KB \| (\d+) \| (\d+) \| ([\d,]+) min \| ([\d.,]+) \|$", PAGE, re.M)
    assert len(rows) >= 6
    for text in rows:
        count, kilobytes, subtasks, nodes, minutes, hours = (float(one.replace(",", "")) for one in text)
        seconds = cluster_seconds(count, count * kilobytes * 1000, subtasks=int(subtasks))
        assert minutes == round(seconds / 60), text
        assert hours == round(node_hours(seconds, int(nodes)), 1), text
