"""An interval that can only be milliseconds is told before a cluster checkpoints once in hours."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError
from event_recovery_provider.aws.calls import Conversation
from event_recovery_provider.checks.preflight import PreflightReport, check_plan
from event_recovery_provider.checks.units import interval_warnings
from event_recovery_provider.planning.identity import RunIdentity
from event_recovery_provider.planning.plan import make_plan
from event_recovery_provider.planning.settings import parse

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("interval", "seconds"), [(1, None), (600, None), (3600, None), (3601, 4), (60_000, 60), (86_400, 86)]
)
def test_an_interval_above_an_hour_is_told_with_the_seconds_it_probably_means(
    interval: int, seconds: int | None
) -> None:
    told = f"interval: {interval} seconds is more than an hour; in milliseconds, as the old templates had it, that is"
    assert interval_warnings(interval) == ([] if seconds is None else [f"{told} {seconds}"])


def told_nothing(conversation: Conversation[PreflightReport]) -> PreflightReport:
    """Hold a conversation with an AWS that has none of what it is asked for."""
    nothing = ClientError({"Error": {"Code": "404", "Message": "Not Found"}}, "Any")
    try:
        next(conversation)
        while True:
            conversation.throw(nothing)
    except StopIteration as end:
        report: PreflightReport = end.value
        return report


@pytest.mark.parametrize("interval", [600, 60_000])
def test_the_preflight_tells_it(interval: int) -> None:
    given = {"bucket": "b", "inputdir": "bad", "output": "good", "region": "eu-west-1", "role": "r", "version": "1"}
    plan = make_plan(parse({**given, "config": {}, "interval": interval}), RunIdentity("dag", "run"))
    report = told_nothing(check_plan(plan, config="{}", resolver="{}"))
    assert [one for one in report.warnings if one.startswith("interval: ")] == interval_warnings(interval)
