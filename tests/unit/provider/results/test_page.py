"""The page of a run: what became of its rows, what is left of them and where, whatever the rows hold."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser

import pytest
from event_recovery.contract import DamagedFile, RunPaths, RunSummary, Tally
from event_recovery.explore import Explored, Groups, Source, explored
from event_recovery.explore.page_style import SCRIPT
from event_recovery_provider.metrics.counts import RowCounts
from event_recovery_provider.results.chart import Timeline
from event_recovery_provider.results.curve import curve
from event_recovery_provider.results.left import Left
from event_recovery_provider.results.page import Nodes, RunShown, run_page
from event_recovery_provider.results.report import Reported
from support.engine.evil import EVIL, evil_rows
from support.engine.rows import SCHEMA, bad_row, line_of

pytestmark = pytest.mark.unit

BEGAN = datetime(2026, 11, 22, 10, tzinfo=UTC)
PREFIX = "s3://acme/recovery/runs/r-1"
FAILED = f"{PREFIX}/failed/part-0.jsonl"
SUMMARY = RunSummary(
    run_id="r-1",
    submitted=110,
    recovered=Tally(90, 9_000_000),
    failed=Tally(10, 50_000, {"error": {"CastFailure": 7, "ReplaceFailure": 3}, "flow": {"mend": 10}}),
    unrecoverable=Tally(),
    started="2026-11-22T10:00:00+00:00",
    finished="2026-11-22T10:25:00+00:00",
    restarts=1,
    versions={"event_recovery": "0.1.0", "flink": "1.20.0"},
    first_event="2026-11-01T00:00:00.000+00:00",
    last_event="2026-11-02T00:00:00.000+00:00",
    damaged_files={"s3://acme/bad/x.gz": DamagedFile("it ends before its data does", 12)},
    changed_files={"s3://acme/bad/y.gz": "it is gone"},
    skipped=Tally(10, 1000, {"reason": {"other type": 10}}),
)


class Read(HTMLParser):
    """What a browser would make of the page."""

    def __init__(self, page: bytes) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self.text = ""
        self._open = ""
        self.feed(page.decode())
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._open = tag

    def handle_endtag(self, tag: str) -> None:
        self._open = ""

    def handle_data(self, data: str) -> None:
        if self._open == "script":
            self.scripts.append(data)
        elif self._open != "style":
            self.text += data

    @property
    def links(self) -> list[str]:
        return [str(attributes["href"]) for tag, attributes in self.tags if tag == "a"]


def of(lines: Sequence[bytes], name: str = FAILED) -> Explored:
    groups = Groups()
    for number, line in enumerate(lines, 1):
        groups.add(line, Source(1, name), number)
    return explored(groups, files=1)


def left(lines: Sequence[bytes], rows: int, name: str = FAILED) -> Left:
    return Left("failed", f"{PREFIX}/failed/", rows, of(lines, name), "60 seconds are over")


def timeline(*counts: tuple[int, int, int]) -> Timeline:
    """Rows submitted, recovered and failed, minute by minute."""
    times = tuple(BEGAN + timedelta(minutes=minute) for minute in range(len(counts)))
    submitted, recovered, failed = (tuple(one) for one in zip(*counts, strict=True))
    none = (0,) * len(counts)
    totals = {"submitted": submitted, "recovered": recovered, "failed": failed, "unrecoverable": none, "skipped": none}
    return Timeline(times, totals)  # type: ignore[arg-type]


def shown(**changes: object) -> RunShown:
    drawn = timeline((0, 0, 0), (100, 90, 10))
    run = RunShown(SUMMARY, RunPaths(PREFIX), "eu-central-1", "aws", (8, 5_840_000), Nodes("j-1", 3, 1.5), drawn)
    return replace(run, **changes)  # type: ignore[arg-type]


def test_the_page_tells_what_the_account_holds() -> None:
    text = Read(run_page(shown())).text
    for fact in (
        "110 rows submitted, 110 accounted for: balanced",
        "8 files of 5.84 MB",
        "(25 min)",
        "j-1: 1.50 node hours of 3 nodes",
        "event_recovery 0.1.0, flink 1.20.0",
        "81.8%",
        "CastFailure",
        "Failed rows, by flow",
        "it ends before its data does; rows read of it: 12",
        "it is gone",
        "other type",
    ):
        assert fact in text


def test_rows_that_are_missing_stand_out() -> None:
    page = run_page(shown(summary=replace(SUMMARY, submitted=115))).decode()
    assert 'class="stopped">115 rows submitted, 110 accounted for: 5 NOT accounted for' in page


def test_each_group_leads_to_its_rows() -> None:
    row = line_of(bad_row(SCHEMA))
    read = Read(run_page(shown(left=(left([row] * 10, 10),))))
    (name,) = (attributes["id"] for tag, attributes in read.tags if attributes.get("class") == "group")
    assert f"event-recovery explore {PREFIX}/failed/ --group {name} --rows rows.jsonl" in read.text
    assert "10 rows in 1 groups." in read.text
    console = "https://console.aws.amazon.com/s3/"
    assert f"{console}object/acme?region=eu-central-1&prefix=recovery/runs/r-1/failed/part-0.jsonl" in read.links
    assert f"{console}buckets/acme?region=eu-central-1&prefix=recovery/runs/r-1/failed/" in read.links
    assert f"{console}buckets/acme?region=eu-central-1&prefix=recovery/runs/r-1/" in read.links


def test_a_console_that_is_not_known_is_not_linked() -> None:
    read = Read(run_page(shown(partition="aws-elsewhere", left=(left([b"x"], 1),))))
    assert read.links == []
    assert f"{PREFIX}/failed/" in read.text


def test_that_only_a_part_was_read_is_told() -> None:
    text = Read(run_page(shown(left=(left([b"x"] * 3, 10),)))).text
    assert "10 rows, of which 3 were read: 60 seconds are over." in text


def test_a_run_that_left_nothing_and_has_no_metrics_has_a_page_without_a_script() -> None:
    read = Read(run_page(shown(drawn=None, files=None, nodes=None)))
    assert "CloudWatch has no metrics of the run" in read.text
    assert not {"script", "svg", "input"} & {tag for tag, _ in read.tags}


def test_a_script_in_every_field_is_text() -> None:
    evil = Tally(10, 1, {"error": {EVIL: 4}, EVIL: {EVIL: 1}})
    summary = replace(
        SUMMARY,
        run_id=EVIL,
        failed=evil,
        versions={EVIL: EVIL},
        first_event=EVIL,
        last_event=EVIL,
        damaged_files={EVIL: DamagedFile(EVIL, 1)},
        changed_files={EVIL: EVIL},
    )
    lines = list(evil_rows())
    whole = replace(left(lines, len(lines), name=f"s3://acme/{EVIL}"), place=f"s3://acme/{EVIL}/", ended=EVIL)
    page = run_page(
        shown(
            summary=summary,
            paths=RunPaths(f"s3://acme/{EVIL}"),
            region=EVIL,
            nodes=Nodes(EVIL, 1, 1.0),
            left=(whole, replace(whole, rows=10_000)),
        )
    )
    read = Read(page)
    assert read.scripts == [SCRIPT]
    assert page.count(b"<script") == page.count(b"</script") == 1
    assert not {"img", "link", "iframe", "form"} & {tag for tag, _ in read.tags}
    assert not [name for _, attributes in read.tags for name in attributes if name.startswith("on") or name == "src"]
    assert {link.partition("?")[0].rpartition("/")[0] for link in read.links} == {
        "https://console.aws.amazon.com/s3/object",
        "https://console.aws.amazon.com/s3/buckets",
    }
    assert read.text.count("run()") > 100


def test_nothing_is_loaded() -> None:
    page = run_page(shown(left=(left([b"x"], 1),))).decode()
    assert (
        "Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-" in page
    )
    style = page[: page.index("</style>")]
    assert "url(" not in style
    assert "@import" not in style
    assert "prefers-color-scheme: dark" in style


def test_what_stands_in_databases_and_logs_holds_no_value_of_a_row() -> None:
    row = bad_row(SCHEMA)
    row["data"]["failure"]["messages"] = [{"message": "no customer Zebedeus"}]
    told = Reported("s3://acme/report.html", (left([line_of(row)] * 30, 40),))
    assert "Zebedeus" in run_page(shown(left=told.left)).decode()
    xcom = told.to_xcom()
    assert "Zebedeus" not in json.dumps(xcom)
    assert "Zebedeus" not in told.text
    assert xcom["page"] == "s3://acme/report.html"
    (group,) = xcom["left"]["failed"]["groups"]
    assert (xcom["left"]["failed"]["rows"], xcom["left"]["failed"]["read"], group["rows"]) == (40, 30, 30)
    assert (group["file"], group["line"]) == (FAILED, 1)
    assert f"as in line 1 of {FAILED}" in told.text


def test_an_xcom_is_small_however_many_groups_are_left() -> None:
    lines = [b'{"schema":"iglu:com.acme/%s-%d/jsonschema/1-0-0"}' % (b"x" * 150, number) for number in range(900)]
    told = Reported("s3://acme/report.html", (left(lines, 900),))
    assert len(json.dumps(told.to_xcom())) < 20_000
    assert "and 890 more groups" in told.text


def points(svg: str, of: str) -> list[tuple[float, float]]:
    text = svg.split(f'class="{of}"')[1].split('points="')[1].split('"')[0]
    return [(float(x), float(y)) for x, y in (pair.split(",") for pair in text.split())]


def test_the_curve_stacks_the_outcomes_below_the_line_of_the_submitted_rows() -> None:
    svg = curve(timeline((0, 0, 0), (50, 40, 0), (100, 80, 20)), RowCounts(100, 80, 20))
    assert points(svg, "recovered") == [(0, 160), (500, 96), (1000, 32), (1000, 160), (500, 160), (0, 160)]
    assert points(svg, "failed") == [(0, 160), (500, 96), (1000, 0), (1000, 32), (500, 96), (0, 160)]
    assert points(svg, "line") == [(0, 160), (500, 80), (1000, 0)]
    assert 'class="unrecoverable"' not in svg
    assert "<span>2026-11-22 10:00:00</span><span>2026-11-22 10:02:00</span>" in svg


def test_rows_that_the_metrics_miss_leave_a_gap_below_the_account() -> None:
    svg = curve(timeline((0, 0, 0), (50, 50, 0)), RowCounts(100, 100))
    assert points(svg, "line") == [(0, 160), (1000, 80)]
    assert points(svg, "line total") == [(0, 0), (1000, 0)]


def test_a_curve_of_a_long_run_has_few_points_and_its_end() -> None:
    svg = curve(timeline(*((minute, minute, 0) for minute in range(5001))), RowCounts(5000, 5000))
    drawn = points(svg, "line")
    assert 250 <= len(drawn) <= 500
    assert drawn[-1] == (1000, 0)
    assert len(svg) < 40_000


def test_a_curve_of_one_point_is_drawn_and_of_none_refused() -> None:
    assert points(curve(timeline((7, 7, 0)), RowCounts(7, 7)), "line") == [(0, 0)]
    with pytest.raises(ValueError, match="no series has a point"):
        curve(timeline((7, 7, 0)).__class__((), {}), RowCounts())
