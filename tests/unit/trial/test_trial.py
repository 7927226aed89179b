"""A config tried on rows: what becomes of them, what Enrich would say, what is told of it, and what a run comes to."""

from __future__ import annotations

import gzip
import itertools
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace as changed
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any

import pytest
from event_recovery import Recovery
from event_recovery.contract.effort import AROUND_SECONDS, cluster_seconds
from event_recovery.contract.rate import Rate
from event_recovery.inputs.rows import RowSelection
from event_recovery.inputs.sample_reader import SampleReader
from event_recovery.storage.files import StoredFile
from event_recovery.storage.locations import S3, Location
from event_recovery.text.words import duration, size
from event_recovery.trial.estimate import estimate
from event_recovery.trial.facts import LEFT, Facts, facts, shortfall_of
from event_recovery.trial.page import page
from event_recovery.trial.report import TrialReport
from event_recovery.trial.told import WIDTH, log_text, markdown
from event_recovery.trial.trial import MOST_CHANGED, try_out
from hypothesis import given, settings
from hypothesis import strategies as st
from support.engine.rows import (
    SCHEMA,
    bad_row,
    config,
    enrichment_payload,
    flow,
    line_of,
    pairs,
    replace,
    uri,
)
from support.verify.payloads import REQUIRED, contexts, encoded, entity
from support.verify.registries import schema, verifier

pytestmark = pytest.mark.unit

ARRIVED = datetime(2026, 11, 28, tzinfo=UTC)
PRODUCT = schema("product", type="object", properties={"price": {"type": "number"}}, additionalProperties=False)


def violation(**parameters: str) -> bytes:
    """A schema violation of a GET with these parameters."""
    raw = enrichment_payload(parameters=pairs(*{**REQUIRED, **parameters}.items()), refererUri=None, contentType=None)
    return line_of(bad_row(SCHEMA, raw))


def products(*prices: Any, schema_version: str = "1-0-0") -> str:
    return encoded(contexts(*(entity("product", {"price": price}, schema_version) for price in prices)))


def trial(lines: Iterable[bytes], *steps: Any, wanted: int = 1000, **arguments: Any) -> TrialReport:
    body = b"\n".join(lines)

    def chunks(_: Location) -> Iterator[bytes]:
        yield body

    files = [StoredFile(S3("b", "rows"), len(body), ARRIVED)]
    sample = SampleReader(files, chunks, rows=RowSelection(), wanted=wanted)
    # Adapter failures have no flow.
    keys = [uri(name, "*-*-*") for name in (SCHEMA, "size_violation")]
    recovery = Recovery.from_config(config(flow(*steps, name="mend"), keys=keys))
    return try_out(recovery, verifier(PRODUCT), sample, enrich="6", **arguments)


def test_rows_are_counted_by_what_became_of_them() -> None:
    lines = [violation()] * 3 + [line_of(bad_row("adapter_failures"))] * 2
    report = trial([*lines, line_of(bad_row("size_violation")), b"nonsense"])
    found = {(one.outcome, one.type, one.error, one.flow): one.rows for one in report.groups}
    assert found == {
        ("recovered", "schema_violations", None, None): 3,
        ("failed", "adapter_failures", "FailedToMatchConfiguration", None): 2,
        ("unrecoverable", "size_violation", "UnrecoverableBadRowType", None): 1,
        ("failed", None, "InvalidJsonFormat", None): 1,
    }
    assert [one.rows for one in report.groups] == [3, 2, 1, 1]
    (matched,) = (one for one in report.groups if one.type == "adapter_failures")
    assert matched.example is not None
    assert "No schema-configuration mapping found." in matched.example
    assert (report.rows, report.count("recovered"), report.count("failed")) == (7, 3, 3)


def test_recovered_rows_are_parted_by_what_enrich_would_say() -> None:
    report = trial(
        [
            violation(),
            violation(cx=products(1, 2.5)),
            violation(cx=products("1", 2, "3")),
            violation(cx=products("1"), aid="x" * 300),
            line_of(bad_row(SCHEMA, enrichment_payload(vendor="com.sendgrid", version="v3"))),
        ]
    )
    assert (report.passing, report.failing, report.not_checked, report.verdicts.events) == (2, 2, 0, 4)
    by_place = {(one.bad_row_type, one.schema, one.keyword, one.path): one for one in report.verdicts.groups}
    wrong_type = by_place["schema_violations", "iglu:com.acme/product/jsonschema/1-0-0", "type", "$.price"]
    counted = report.verdicts.groups[wrong_type]
    assert (counted.events, wrong_type.outcome) == (2, "fails")
    assert "string found, number expected" in counted.example
    assert report.pass_ratio == pytest.approx(2 / 5)


def test_what_was_not_checked_counts_as_sent() -> None:
    """As the job sends it; a registry that is away is no reason to stop a run."""
    away = {"iglu:com.acme/product/jsonschema/1-0-1": "the registry is away"}
    body = violation(cx=products(1, schema_version="1-0-1"))
    sample = SampleReader([StoredFile(S3("b", "rows"), 1, ARRIVED)], lambda _: [body], rows=RowSelection(), wanted=10)
    report = try_out(Recovery.from_config(config(flow())), verifier(away), sample, enrich="6")  # type: ignore[arg-type]
    assert (report.passing, report.failing, report.not_checked) == (0, 0, 1)
    ((unseen, counted),) = report.verdicts.groups.items()
    assert (unseen.outcome, counted.events) == ("not checked", 1)
    assert "away" in counted.example
    assert shortfall_of(report, 1.0) is None


def test_rows_that_would_not_come_back_are_grouped_by_what_failed() -> None:
    good, refused, unknown = violation(), violation(cx=products("1")), line_of(bad_row("adapter_failures"))
    report = trial([good, *[refused] * 2, unknown, line_of(bad_row("size_violation")), b"nonsense"])
    assert report.left.total.rows == 5
    assert {one.key.type: report.left_as[one.key.name] for one in report.left.groups} == {
        SCHEMA: {"refused by Enrich": 2},
        "adapter_failures": {"failed": 1},
        "size_violation": {"unrecoverable": 1},
        "": {"failed": 1},
    }
    (first, *_) = report.left.groups
    assert first.group.example is not None
    assert (first.group.example.source.name, first.group.example.line, first.group.example.row) == (
        "s3://b/rows",
        2,
        refused,
    )


def test_no_row_that_would_come_back_is_told_of_as_left() -> None:
    told_of = told([violation()])
    assert told_of.left.groups == ()
    assert all(LEFT not in text for text in (log_text(told_of), markdown(told_of, page="p"), page(told_of).decode()))


def test_changed_rows_are_shown_one_of_each_kind_and_alike_changes_once() -> None:
    lines = [violation(cx=products(*range(10))), violation(cx=products(8, 9, 10)), violation(aid="old")]
    report = trial(
        lines * 3,
        replace("$.raw.parameters.cx.data.[?(@.schema=~product)].data.price", 7),
        replace("$.raw.parameters.p", "mob"),
    )
    (row,) = report.changed
    assert (row.type, row.flows) == (SCHEMA, ("mend",))
    assert {(one.field, one.before, one.after) for one in row.changes} >= {
        ("$.raw.parameters.p", '"web"', '"mob"'),
        ("$.raw.parameters.cx.data.[3].data.price", "3", "7"),
    }
    assert all("mend: Replace" in step for one in row.changes for step in one.steps)
    price = "$.raw.parameters.cx.data.[?(@.schema=~product)].data.price"
    again = trial([violation(cx=products(*[3] * 30))], replace(price, 7))
    ((alike,),) = (one.changes for one in again.changed)
    assert (alike.field, alike.times) == ("$.raw.parameters.cx.data.[*].data.price", 30)


def test_rows_as_they_came_show_no_change() -> None:
    assert trial([violation()]).changed == ()
    kinds = [violation(**{f"field{number}": "a"}) for number in range(20)]
    steps = [replace(f"$.raw.parameters.field{number}", "b") for number in range(1)]
    assert len(trial(kinds, *steps).changed) <= MOST_CHANGED


def test_a_slow_trial_ends_with_what_it_has() -> None:
    ticks = itertools.count(step=10)
    report = trial([violation()] * 50, clock=lambda: next(ticks), seconds=95)
    assert report.rows == 10
    assert report.sampled.ended == "a trial takes 95 seconds at most"


@pytest.mark.parametrize(("minimum", "enough"), [(0.0, True), (0.25, True), (0.26, False), (1.0, False)])
def test_a_run_of_which_too_few_rows_would_pass_is_not_worth_its_cluster(minimum: float, enough: bool) -> None:
    report = trial([violation()] + [violation(cx=products("wrong"))] * 3)
    told = shortfall_of(report, minimum)
    assert (told is None) == enough
    if told:
        assert told.startswith("1 of 4 rows (25.0%) would be recovered and taken by Enrich, fewer than the share of ")
        assert told.endswith("that minimum_pass_ratio asks for")


def test_a_trial_of_no_rows_stops_nothing() -> None:
    assert shortfall_of(trial([]), 1.0) is None


def test_what_a_run_comes_to_is_worked_out_from_the_sample() -> None:
    line = violation()
    rows = 40
    report = trial([line] * rows)
    plain = StoredFile(S3("b", "one"), (len(line) + 1) * 1000, ARRIVED)
    packed = StoredFile(S3("b", "one.gz"), len(line) * 1000, ARRIVED)
    report = changed(report, sampled=changed(report.sampled, packing=8.0))
    found = estimate(report, [plain, packed], nodes=3, subtasks=2)
    assert (found.files, found.stored_bytes) == (2, plain.size + packed.size)
    assert found.unpacked_bytes == plain.size + 8 * packed.size
    assert found.rows == pytest.approx(1000 + 8000 * len(line) / (len(line) + 1), abs=2)
    assert found.sent_rows == found.rows
    assert found.seconds == pytest.approx(cluster_seconds(found.rows, found.unpacked_bytes, subtasks=2))
    assert found.node_hours == pytest.approx(3 * found.seconds / 3600)
    (tried,) = report.files
    assert tried.row_bytes / tried.rows == len(line) + 1
    slowest = max(found.rows / 1000, found.rows * tried.sent_bytes / rows / 1e6)
    assert found.rate_seconds == pytest.approx(slowest, 0.01)


def test_a_rate_makes_a_run_as_long_as_it_takes() -> None:
    line = violation()
    files = [StoredFile(S3("b", "rows"), (len(line) + 1) * 36_000, ARRIVED)]
    report = trial([line] * 40)
    free = estimate(report, files, nodes=3, subtasks=2)
    slow = estimate(report, files, nodes=3, subtasks=2, rate=Rate(records=10))
    fast = estimate(report, files, nodes=3, subtasks=2, rate=Rate(records=1e6))
    assert slow.rate_seconds == pytest.approx(3600, 0.001)
    assert slow.seconds == pytest.approx(3600 + AROUND_SECONDS, 0.001)
    assert slow.node_hours == pytest.approx(3 * (3600 + AROUND_SECONDS) / 3600, 0.001)
    assert fast.seconds == free.seconds
    told = log_text(facts(report, slow, run_id="r-1", shortfall=None))
    assert "1 h at least, at 10 records a second at most" in " ".join(told.split())
    assert "about 1 h 10 min if the stream keeps up; 3 nodes, 3.5 node hours" in " ".join(told.split())


def test_rows_that_are_passed_over_are_read_and_not_sent() -> None:
    report = trial([violation()] * 30)
    half = changed(report, sampled=changed(report.sampled, passed_over=30))
    files = [StoredFile(S3("b", "rows"), 10_000_000, ARRIVED)]
    whole = estimate(report, files, nodes=2, subtasks=1)
    assert whole.rows is not None
    assert estimate(half, files, nodes=2, subtasks=1).rows == pytest.approx(whole.rows / 2, abs=1)
    assert estimate(half, files, nodes=2, subtasks=1).seconds == pytest.approx(whole.seconds)


def test_a_small_file_says_no_more_of_the_run_than_its_rows() -> None:
    bodies = {"large": b"\n".join([violation()] * 900), "small": b"\n".join([b"nonsense"] * 100)}
    files = [StoredFile(S3("b", name), len(body), ARRIVED) for name, body in bodies.items()]
    sample = SampleReader(files, lambda place: [bodies[place.name]], rows=RowSelection(), wanted=100)
    recovery = Recovery.from_config(config(flow(name="mend"), keys=[uri(SCHEMA, "*-*-*")]))
    report = try_out(recovery, verifier(PRODUCT), sample, enrich="6")
    assert (report.count("recovered"), report.count("failed")) == (50, 50)
    found = estimate(report, files, nodes=2, subtasks=1)
    assert found.rows == pytest.approx(1000, abs=2)
    assert found.sent_rows == pytest.approx(900, abs=2)


def test_without_a_row_only_what_lies_there_is_known() -> None:
    found = estimate(trial([]), [StoredFile(S3("b", "rows"), 7, ARRIVED)], nodes=2, subtasks=1)
    assert (found.files, found.stored_bytes, found.rows, found.node_hours) == (1, 7, None, None)


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1000, "1 kB"),
        (33_600_000_000, "33.6 GB"),
        (4_200_000_000_000_000, "4,200 TB"),
    ],
)
def test_sizes(number: int, text: str) -> None:
    assert size(number) == text


@pytest.mark.parametrize(("seconds", "text"), [(1, "1 min"), (3599, "1 h"), (600, "10 min"), (5000, "1 h 23 min")])
def test_durations(seconds: float, text: str) -> None:
    assert duration(seconds) == text


HOSTILE = "<script>alert(1)</script> `code` | **bold** [link](http://x) \ud83d " + "w" * 400


def told(lines: Iterable[bytes], *steps: Any, minimum: float = 0.9) -> Facts:
    report = trial(lines, *steps)
    files = [StoredFile(S3("b", "rows"), 10_000_000, ARRIVED)]
    what = estimate(report, files, nodes=3, subtasks=2)
    return facts(report, what, run_id="r-1", shortfall=shortfall_of(report, minimum))


def hostile() -> Facts:
    lines = [violation(cx=products(HOSTILE.replace("\ud83d", "\\ud83d")), aid=HOSTILE.replace("\ud83d", ""))]
    lines += [json.dumps(HOSTILE).encode(), b"\xff\xfe" * 500, line_of(bad_row("adapter_failures"))]
    return told(lines * 20, replace("$.raw.parameters.aid", "<b>new|</b>"))


@pytest.mark.parametrize(
    "render",
    [
        lambda one: " ".join(log_text(one).split()),
        lambda one: markdown(one, page="s3://b/trial.html"),
        lambda one: page(one).decode(),
    ],
    ids=["log", "markdown", "page"],
)
def test_every_form_tells_the_same(render: Callable[[Facts], str]) -> None:
    lines = [violation(aid="old", cx=products("wrong"))] * 3 + [violation(aid="old")]
    text = render(told(lines, replace("$.raw.parameters.aid", "new")))
    for fact in (
        "fewer than the share of 0.9 that minimum_pass_ratio asks for",
        "4 recovered (100.0%), 0 failed (0.0%), 0 unrecoverable (0.0%)",
        "refuse 3; 0 not checked",
        "node hours",
        "iglu:com.acme/product/jsonschema/1-0-0",
        "$.raw.parameters.aid",
        "Rows that would not come back, by what failed",
        "3 refused by Enrich",
    ):
        assert fact in text


def test_the_log_fits_its_columns() -> None:
    text = log_text(hostile())
    assert max(map(len, text.splitlines())) <= WIDTH
    text.encode()


def test_nothing_of_a_row_is_markdown() -> None:
    text = markdown(hostile(), page="s3://b/trial.html")
    for line in text.splitlines():
        outside = "".join(part for number, part in enumerate(line.split("`")) if number % 2 == 0)
        assert not {"<", "["} & set(outside), line
        assert "alert" not in outside
    tables = [line for line in text.splitlines() if line.startswith("|")]
    assert tables
    for line in tables:
        assert line.replace("\\|", "").count("|") in (4, 5, 6, 7, 8), line
    assert len(text) < 16_000
    text.encode()


class Elements(HTMLParser):
    """The elements of a page, and what they would load."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.names, self.loads = set[str](), list[str]()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.loads += [name for name, _ in attrs if name in ("src", "href", "style") or name.startswith("on")]


def test_the_page_loads_and_runs_nothing_whatever_the_rows_hold() -> None:
    text = page(hostile()).decode()
    found = Elements(text)
    assert found.loads == []
    assert not {"script", "link", "img"} & found.names
    assert text.count("<b>") == text.count("<summary><b>"), "and no other"
    assert "&lt;script&gt;alert(1)" in text
    assert "url(" not in text
    assert "prefers-color-scheme: dark" in text
    assert len(gzip.compress(text.encode())) < 100_000


@settings(max_examples=60, deadline=None)
@given(st.lists(st.binary(max_size=300) | st.text(max_size=200).map(lambda text: violation(aid=text)), max_size=12))
def test_whatever_the_rows_hold_there_is_a_trial_in_every_form(lines: list[bytes]) -> None:
    told_of = told(lines, replace("$.raw.parameters.aid", "|`new`|"))
    assert all(len(line) <= WIDTH and line.isprintable() for line in log_text(told_of).split("\n"))
    shown = markdown(told_of, page="s3://b/trial.html")
    assert all(line.isprintable() for line in shown.split("\n")), "a database takes no NUL, and a log no escapes"
    assert len(shown) < 16_000
    assert Elements(page(told_of).decode()).loads == []
