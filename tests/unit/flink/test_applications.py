"""What an earlier try left on YARN is ended before the next begins."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from event_recovery.contract.endings import ExitCode
from event_recovery.flink.applications import end_applications, tag_of
from event_recovery.flink.settings import asked_to_resume, start_settings
from event_recovery.run.preflight import PreflightError
from event_recovery.storage.locations import S3

pytestmark = pytest.mark.unit

HEAD = (
    "Total number of applications (application-types: [Apache Flink], states: [RUNNING] and tags: [t]):{}\n"
    "                Application-Id\t    Application-Name\t    Application-Type\t      User\t     Queue\t"
    "             State\t       Final-State\t       Progress\t                       Tracking-URL\n"
)
ROW = (
    "{}\tFlink per-job cluster\t        Apache Flink\t    hadoop\t   default\t           RUNNING\t"
    "         UNDEFINED\t           100%\t http://ip-10-0-0-5.ec2.internal:40003\n"
)
ONE, TWO = "application_1700000000000_0001", "application_1700000000000_0012"


class Yarn:
    """Applications that run, of which some cannot be ended."""

    def __init__(self, *running: str, stubborn: str = "") -> None:
        self.running, self.stubborn = [*running], stubborn
        self.asked: list[Sequence[str]] = []

    def __call__(self, command: Sequence[str]) -> str:
        self.asked.append(command)
        if "-kill" in command:
            self.running = [one for one in self.running if one != command[-1] or one == self.stubborn]
            return f"Killing application {command[-1]}\n"
        return HEAD.format(len(self.running)) + "".join(map(ROW.format, self.running))


def test_what_runs_is_ended_and_looked_for_again() -> None:
    yarn, told, slept = Yarn(ONE, TWO), [], []  # type: ignore[var-annotated]
    end_applications("t", tell=told.append, run=yarn, sleep=slept.append)
    assert [command[2] for command in yarn.asked] == ["-list", "-kill", "-kill", "-list"]
    assert yarn.asked[0][yarn.asked[0].index("-appTags") + 1] == "t"
    assert [line.split()[7] for line in told] == [ONE, TWO]
    assert len(slept) == 1


def test_nothing_is_waited_for_when_nothing_runs() -> None:
    yarn = Yarn()
    end_applications("t", tell=pytest.fail, run=yarn, sleep=lambda _: pytest.fail("it slept"))
    assert len(yarn.asked) == 1


def test_a_job_does_not_begin_beside_one_that_cannot_be_ended() -> None:
    with pytest.raises(PreflightError, match=f"{TWO} of an earlier try of this run cannot be ended") as error:
        end_applications("t", tell=lambda _: None, run=Yarn(ONE, TWO, stubborn=TWO), sleep=lambda _: None)
    assert error.value.code == ExitCode.OUTPUT


def test_a_tag_is_of_one_run_and_one_that_yarn_takes() -> None:
    tag = tag_of(S3("b", "runs/Übung/summary.json"))
    assert tag != tag_of(S3("b", "runs/other/summary.json"))
    assert tag.isascii()
    assert tag == tag.lower()
    assert len(tag) < 100
    assert "," not in tag


def test_the_tag_stands_beside_those_of_the_cluster() -> None:
    assert start_settings({}, tag="t", resume_from=None) == {"yarn.tags": "t"}
    assert start_settings({"yarn.tags": "a,b"}, tag="t", resume_from="s3://b/chk-1") == {
        "yarn.tags": "a,b,t",
        "execution.state-recovery.path": "s3://b/chk-1",
    }


@pytest.mark.parametrize(
    ("given", "asked"),
    [
        ({"execution.state-recovery.path": "s3://b/chk-1"}, "s3://b/chk-1"),
        ({"execution.savepoint.path": "s3://b/chk-1"}, "s3://b/chk-1"),
        ({}, None),
    ],
)
def test_a_checkpoint_is_asked_for_by_either_key(given: dict[str, str], asked: str | None) -> None:
    assert asked_to_resume(given) == asked
