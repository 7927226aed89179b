"""How variants of the job are told, measured and compared."""

from __future__ import annotations

from pathlib import Path

import pytest
from benchmarks.job.figures import by_chance, compare, cost
from benchmarks.job.runs import Measured
from benchmarks.job.tables import Pair, summary
from benchmarks.job.threads import GROUPS, OTHER, group_of, grouped
from benchmarks.job.variants import Variant, VariantError, parse_variant

pytestmark = pytest.mark.unit

OWN = Path(__file__).parents[3]


def test_what_grows_with_the_rows_is_parted_from_the_start() -> None:
    line = cost((20_000, 100_000), (30.0, 50.0))
    assert line.row == pytest.approx(250)
    assert line.start == pytest.approx(25)


def test_a_line_needs_two_numbers_of_rows() -> None:
    with pytest.raises(ValueError, match="two runs of 100 rows have no slope"):
        cost((100, 100), (1.0, 2.0))


@pytest.mark.parametrize(
    ("first", "second", "verdict"),
    [
        ((5.0, 6.0), (3.0, 4.0), "less"),
        ((3.0, 4.0), (5.0, 6.0), "more"),
        ((3.0, 5.0), (4.0, 6.0), "not told apart"),
        ((3.0, 4.0), (4.0, 5.0), "not told apart"),
        ((3.0, 3.0), (3.0, 3.0), "not told apart"),
        ((9.0,), (1.0,), "not told apart"),
        ((8.0, 9.0), (1.0,), "not told apart"),
    ],
    ids=["below", "above", "overlap", "touch", "equal", "one each", "one of the second"],
)
def test_a_verdict_is_given_only_where_all_runs_of_one_lie_below_all_of_the_other(
    first: tuple[float, ...], second: tuple[float, ...], verdict: str
) -> None:
    assert str(compare(first, second)) == verdict


def test_the_ratio_is_that_of_the_medians_and_needs_something_to_compare_with() -> None:
    assert compare((4.0, 1.0, 2.0), (1.0, 9.0, 3.0)).ratio == 1.5
    assert compare((0.0, -1.0), (1.0, 2.0)).ratio is None
    with pytest.raises(ValueError, match="at least one run"):
        compare((), (1.0,))


def test_few_runs_of_the_same_are_often_apart_by_chance() -> None:
    assert by_chance(1, 1) == 1
    assert by_chance(2, 2) == pytest.approx(1 / 3)
    assert by_chance(3, 3) == pytest.approx(1 / 10)


@pytest.mark.parametrize(
    ("thread", "group"),
    [
        ("C2 CompilerThre", "C2"),
        ("C1 CompilerThre", "C1"),
        ("G1 Young RemSet", "GC"),
        ("GC Thread#1", "GC"),
        ("Source Data Fet", "read"),
        ("Source: Source ", "task"),
        ("SubmittedAll ", "task"),
        ("grpc-default-ex", "network"),
        ("aws-java-sdk-Ne", "network"),
        ("java", OTHER),
    ],
)
def test_threads_have_a_group_by_how_their_names_begin(thread: str, group: str) -> None:
    assert group_of(thread) == group


def test_no_group_waits_for_a_name_that_the_kernel_cuts_off() -> None:
    assert {name for begins in GROUPS.values() for name in begins if len(name) > 15} == set()


def test_what_threads_took_unseen_is_in_the_groups_too() -> None:
    groups = grouped({"C2 CompilerThre": 4.0, "C1 CompilerThre": 1.0, "grpc-a": 0.5, "grpc-b": 0.25}, whole=7.0)
    assert groups == {"C1": 1.0, "C2": 4.0, "GC": 0.0, "read": 0.0, "task": 0.0, "network": 0.75, OTHER: 1.25}


def test_a_variant_is_the_compiled_engine_of_this_checkout_but_for_what_its_words_say() -> None:
    assert parse_variant("compiled", own=OWN) == Variant("compiled", OWN)
    assert parse_variant("plain", own=OWN) == Variant("plain", OWN, compiled=False)
    assert parse_variant("java", own=OWN) == Variant("java", OWN, java=True)
    assert parse_variant("plain,in_place", own=OWN) == Variant("plain,in_place", OWN, compiled=False, in_place=True)
    text = "--batch-size=250,env.java.opts.taskmanager=-XX:A=1 -XX:B"
    settings = {"env.java.opts.taskmanager": "-XX:A=1 -XX:B"}
    assert parse_variant(text, own=OWN) == Variant(text, OWN, settings=settings, options=("--batch-size=250",))


def test_a_variant_may_be_another_checkout(tmp_path: Path) -> None:
    (tmp_path / "job" / "event_recovery").mkdir(parents=True)
    assert parse_variant(f"plain,{tmp_path}", own=OWN) == Variant(f"plain,{tmp_path}", tmp_path, compiled=False)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("compield", "'compield' is no engine, setting, option or folder of a checkout"),
        ("plain,compiled", "expected one engine and one checkout, not plain, compiled"),
        ("", "'' is no engine"),
        ("java,in_place", "in_place is without Flink"),
        ("in_place,env.java.opts.taskmanager=-Xint", "expected none of its settings"),
    ],
    ids=["unknown", "two engines", "empty", "Java in place", "Flink in place"],
)
def test_a_variant_that_says_nothing_or_two_things_is_refused(text: str, why: str) -> None:
    with pytest.raises(VariantError, match=why):
        parse_variant(text, own=OWN)


def run_of(rows: int, *, jvm: float, python: float) -> Measured:
    """Return a run that took so many processor seconds in the TaskManager and in Python, and 10 in the client."""
    return Measured(
        rows=rows,
        seconds=60,
        cpu={"client": 10.0, "jobmanager": 0.0, "jvm": jvm, "python": python, "servers": 99.0},
        threads=grouped({"C2 CompilerThre": jvm}, whole=jvm),
        peak_bytes={"jvm": 2_000_000_000, "python": 300_000_000},
        others=0.5,
    )


def pair(row_micros: float) -> Pair:
    """Return a run over few rows and one over many, whose TaskManager takes so long a row, and 20 s for its start."""
    return (
        run_of(1_000, jvm=20 + row_micros / 1e3, python=1),
        run_of(11_000, jvm=20 + row_micros * 11 / 1e3, python=2),
    )


def test_the_tables_tell_what_rows_and_start_cost_and_how_variants_compare() -> None:
    lines = list(summary({"a": [pair(200), pair(220)], "b": [pair(100), pair(120)], "c": [pair(90), pair(210)]}))
    found = {line.strip().partition("  ")[0]: line.split()[-2:] for line in lines[:16]}
    assert found["whole job"] == ["310.0", "30.9"]
    assert found["jvm"] == found["C2"] == ["210.0", "20.0"]
    assert found["python"] == ["100.0", "0.9"]
    beside_b, beside_c = (line for line in lines if line.startswith("  CPU us a row  "))
    assert beside_b.split()[4:] == ["300.0", "to", "320.0", "200.0", "to", "220.0", "0.68", "less"]
    assert beside_c.endswith("not told apart")
    assert [line for line in lines if "beside" in line] == [
        f"{name} beside a: in 33% of cases two that do not differ are told apart by so few runs" for name in "bc"
    ]
