"""The page on what happens on EMR says what the code does: memory, sizes, releases, waits and words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from event_recovery.contract import JobOptions
from event_recovery.contract.flink import cluster_settings
from event_recovery.contract.losses import MASTER_LOST
from event_recovery.flink.settings import flink_settings
from event_recovery_provider import links
from event_recovery_provider.checks.release import check_label
from event_recovery_provider.checks.room import check_room
from event_recovery_provider.planning import room
from event_recovery_provider.planning.identity import RunIdentity
from event_recovery_provider.planning.job_flow import DEFAULT_RELEASE
from event_recovery_provider.planning.plan import Plan, make_plan
from event_recovery_provider.planning.settings import parse
from localaws.emr import releases

pytestmark = pytest.mark.unit

REPOSITORY = next(folder for folder in Path(__file__).resolve().parents if (folder / "pyproject.toml").exists())
PAGE = (REPOSITORY / "docs/on-emr.md").read_text()
GIVEN = {"bucket": "b", "inputdir": "bad", "output": "good", "region": "r", "role": "x", "version": "1", "config": "{}"}
#: From here on a node holds everything at its full size, and the page has one row for all.
LARGE: Final = 16_000


def rows_below(heading: str) -> list[list[str]]:
    """Return the rows of a section's first table, without its head."""
    section = PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    table = re.search(r"(?:^\|.*\n)+", section, re.M)
    assert table is not None
    return [line.strip("|").strip().split(" | ") for line in table[0].splitlines()[2:]]


def plan(kind: str, parallelism: int = 0) -> Plan:
    return make_plan(parse({**GIVEN, "core_type": kind, "parallelism": parallelism}), RunIdentity("dag", "run"))


def sizes(kind: str) -> tuple[int, int]:
    need = room.need_of(plan(kind).job_flow, parallelism=2)
    assert need is not None
    return need.job_manager, need.task_manager


def fits(kind: str, parallelism: int) -> bool:
    return check_room(plan(kind, parallelism)) == ([], [])


def largest_parallelism(kind: str) -> int:
    return next((count for count in range(9, 0, -1) if fits(kind, count)), 0)


def short(kinds: list[str]) -> str:
    """Return instance types by their size, as the page has them."""
    found: dict[str, list[str]] = {}
    for kind in sorted(kinds):
        family, size = kind.split(".")
        found.setdefault(size, []).append(family)
    return "; ".join(f"`{size}` of {', '.join(families)}" for size, families in sorted(found.items()))


def expected_rows() -> Iterator[list[str]]:
    known = room.known_memory()
    for memory in sorted({one for one in known.values() if one < LARGE}):
        kinds = [kind for kind, own in known.items() if own == memory]
        job, task = (f"{size:,}" for size in sizes(kinds[0]))
        chosen = [job, task] if fits(kinds[0], 2) else ["refused", "refused"]
        yield [f"{memory:,}", short(kinds), *chosen, str(largest_parallelism(kinds[0]))]


def test_the_memory_of_small_nodes_and_the_sizes_chosen_there_are_those_of_the_plan() -> None:
    *small, large = rows_below("Memory")
    expected = list(expected_rows())
    assert small == expected, "docs/on-emr.md, Memory, should have:\n" + "\n".join(
        f"| {' | '.join(row)} |" for row in expected
    )
    known = room.known_memory()
    of_large = {kind: memory for kind, memory in known.items() if memory >= LARGE}
    assert large[0] == f"{min(of_large.values()):,} and more"
    assert large[2:4] == [f"{size:,}" for size in sizes("m5.xlarge")]
    assert all(sizes(kind) == sizes("m5.xlarge") for kind in of_large)
    only_large = {kind.split(".")[0] for kind in of_large} - {
        kind.split(".")[0] for kind in known if kind not in of_large
    }
    assert re.findall(r"\b[a-z]\d\w*", large[1]) == sorted(only_large)
    least = min(of_large, key=lambda kind: of_large[kind])
    assert large[4] == f"{largest_parallelism(least)} or more"


def test_the_releases_are_those_that_the_preflight_takes_and_the_local_emr_knows() -> None:
    rows = rows_below("Releases")
    for minors, taken, flink, hadoop, _ in rows:
        first, _, last = minors.replace("7.", "").partition(" to ")
        for minor in range(int(first), int(last or first) + 1):
            label = f"emr-7.{minor}.0"
            assert (check_label(label) == ([], [])) == (taken == "yes"), label
            assert releases.describe(label)["Applications"] == [
                {"Name": "Flink", "Version": flink.partition("-")[0]},
                {"Name": "Hadoop", "Version": hadoop.partition("-")[0].rstrip("¹")},
            ]
    assert f"emr-{rows[0][0]}.0" == DEFAULT_RELEASE
    assert f"`{DEFAULT_RELEASE}`" in PAGE
    assert releases.LATEST == DEFAULT_RELEASE


def test_the_wait_for_room_is_the_one_that_the_settings_make() -> None:
    options = JobOptions(inputs=("i",), output="o", failed="f", unrecoverable="u", config="{}")
    failures = int(flink_settings(options)["restart-strategy.failure-rate.max-failures-per-interval"])
    slot, delay = (
        int(cluster_settings()[key].removesuffix(" s"))
        for key in ("slot.request.timeout", "restart-strategy.failure-rate.delay")
    )
    total = (failures + 1) * slot + failures * delay
    assert f"{failures + 1} × {slot} s and {failures} × {delay} s, {total} s" in PAGE


def test_what_a_run_says_of_each_loss_is_what_the_code_says() -> None:
    job, provider = REPOSITORY / "job/event_recovery", REPOSITORY / "provider/event_recovery_provider"
    files = (job / "contract/losses.py", job / "flink/watch/failures.py", provider / "emr/telling.py")
    sources = "".join(file.read_text() for file in files).replace("{MASTER_LOST}", MASTER_LOST)
    told = [part for row in rows_below("What happens when a part is lost") for part in re.findall(r"“(.*?)”", row[3])]
    assert len(told) >= 8
    assert [part for part in told if not all(piece in sources for piece in part.split("…") if piece)] == []


def test_the_links_are_those_of_the_tasks() -> None:
    named = {getattr(links, name).name for name in links.__all__}
    assert named <= set(re.findall(r"“(.*?)”", PAGE.partition("\n## The logs\n")[2]))
