"""Names are what makes a retry adopt instead of duplicate."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from event_recovery_provider.planning.identity import Lease, RunIdentity, cluster_tags, tag_pairs, tags_of

pytestmark = pytest.mark.unit

RUN = RunIdentity("event_recovery", "manual__2026-11-22T10:00:00+00:00")


def test_the_same_run_has_the_same_names_on_every_try() -> None:
    assert replace(RUN) == RUN
    assert replace(RUN).cluster_name == RUN.cluster_name
    assert RUN.run_id == "event-recovery-manual-2026-11-22t10-00-00-00-00-261d84254d"


@pytest.mark.parametrize(
    "other",
    [
        replace(RUN, dag_id="event-recovery"),
        replace(RUN, dag_run_id="manual__2026-11-22T10:00:00+00:01"),
        replace(RUN, scope="second"),
        replace(RUN, map_index=0),
        replace(RUN, deployment="staging"),
    ],
)
def test_whatever_tells_runs_apart_tells_their_names_apart(other: RunIdentity) -> None:
    assert other.run_id != RUN.run_id


def test_names_are_safe_and_bounded_whatever_the_ids_are() -> None:
    run = RunIdentity("päth/" * 100, "<$|`> " * 100)
    assert set(run.cluster_name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert len(run.cluster_name) <= 120


def test_tags_say_whose_the_cluster_is_and_until_when() -> None:
    expires = Lease(job_seconds=3600, lifetime_seconds=7200).expires_at(datetime(2026, 11, 22, 12, tzinfo=UTC))
    tags = cluster_tags(RUN, owner="data <team>", expires_at=expires, extra={"client": "acme"})
    assert tags["event-recovery:expires-at"] == "2026-11-22T14:00:00+00:00"
    assert tags["event-recovery:dag-run-id"] == RUN.dag_run_id
    assert tags["event-recovery:owner"] == "data _team_"
    assert tags["for-use-with-amazon-emr-managed-policies"] == "true"
    assert tags_of(tag_pairs(tags)) == tags


def test_a_lease_shorter_than_the_job_is_refused() -> None:
    with pytest.raises(ValueError, match=r"job_seconds is 7200; expected between 1 and lifetime_seconds \(3600\)"):
        Lease(job_seconds=7200, lifetime_seconds=3600)
