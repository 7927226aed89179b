"""The picture of a run: what is drawn, from series as CloudWatch gives them."""

from __future__ import annotations

import struct
import sys
from datetime import UTC, datetime, timedelta

import matplotlib.font_manager  # noqa: F401 - as it is loaded it may run `fc-list` to learn what fonts there are
import pytest
from event_recovery_provider.metrics.counts import Counter, RowCounts, Series
from event_recovery_provider.results import chart

pytestmark = pytest.mark.unit

BEGAN = datetime(2026, 11, 22, 10, tzinfo=UTC)


def series(counter: Counter, *points: tuple[int, float], container: str = "container_1") -> Series:
    return Series(counter, container, tuple((BEGAN + timedelta(seconds=second), value) for second, value in points))


def test_totals_are_sums_over_the_containers() -> None:
    line = chart.timeline(
        [
            series("submitted", (0, 0), (10, 50), (20, 100)),
            series("submitted", (0, 0), (10, 5), (20, 10), container="container_2"),
            series("recovered", (10, 40), (20, 110)),
        ]
    )
    assert line.times == tuple(BEGAN + timedelta(seconds=second) for second in (0, 10, 20))
    assert line.totals == {
        "submitted": (0, 55, 110),
        "recovered": (0, 40, 110),
        "failed": (0, 0, 0),
        "unrecoverable": (0, 0, 0),
        "skipped": (0, 0, 0),
    }
    assert line.last == RowCounts(submitted=110, recovered=110)


def test_skipped_rows_are_submitted_too_and_are_drawn() -> None:
    line = chart.timeline([series("submitted", (0, 5)), series("recovered", (0, 5)), series("skipped", (0, 2), (9, 3))])
    assert line.totals["submitted"] == (7, 8)
    assert line.last == RowCounts(submitted=8, recovered=5, skipped=3)
    assert chart.draw(line, title="run") != chart.draw(line, title="run", account=RowCounts(8, 8))


def test_a_container_that_is_late_or_lost_keeps_its_rows() -> None:
    line = chart.timeline(
        [
            series("recovered", (0, 10), (10, 20)),
            series("recovered", (5, 1), (20, 4), (30, 4), container="container_2"),
        ]
    )
    assert line.totals["recovered"] == (10, 11, 21, 24, 24)


def test_no_total_ever_falls_though_a_container_counts_anew() -> None:
    line = chart.timeline([series("failed", (0, 7), (10, 2), (20, 9))])
    assert line.totals["failed"] == (7, 7, 9)


def test_points_may_come_in_any_order() -> None:
    line = chart.timeline([series("failed", (20, 3), (0, 1), (10, 2))])
    assert line.totals["failed"] == (1, 2, 3)


def test_the_picture_is_a_png_of_a_readable_size() -> None:
    line = chart.timeline([series("submitted", (0, 0), (60, 100)), series("recovered", (0, 0), (60, 100))])
    picture = chart.draw(line, title="run a", account=RowCounts(submitted=100, recovered=100))
    assert picture[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", picture[16:24])
    assert (width, height) == (1200, 625)
    assert picture == chart.draw(line, title="run a", account=RowCounts(submitted=100, recovered=100)), "no time in it"
    assert picture != chart.draw(line, title="run a", account=RowCounts(submitted=101, recovered=100)), "another total"


def test_one_point_is_enough() -> None:
    assert chart.draw(chart.timeline([series("submitted", (0, 3))]), title="short").startswith(b"\x89PNG")


def test_a_run_without_points_can_not_be_drawn() -> None:
    with pytest.raises(ValueError, match="no series has a point"):
        chart.draw(chart.timeline([series("submitted")]), title="nothing")


@pytest.mark.parametrize(
    ("counts", "text"),
    [
        (RowCounts(1200, 1000, 150, 50), "1,200 rows submitted, 1,200 accounted for: balanced"),
        (RowCounts(1200, 1000, 150, 0), "1,200 rows submitted, 1,150 accounted for: 50 NOT accounted for"),
    ],
)
def test_the_title_says_whether_the_run_balances(counts: RowCounts, text: str) -> None:
    assert chart.balance_text(counts) == text


def test_matplotlib_is_not_needed_to_know_that_it_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ImportError):
        chart.draw(chart.timeline([series("submitted", (0, 1))]), title="run")
