"""The life of one cluster, from its request to its last log: carries out what ``decisions`` decides."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time

from localaws.emr import endings
from localaws.emr.commands import CLUSTER_TAG
from localaws.emr.decisions import End, Rest, StartSteps, Stay, after_failure, next_move
from localaws.emr.faults import FaultBook, FaultKind
from localaws.emr.fleet import Fleet
from localaws.emr.logs import log_location
from localaws.emr.node.node import Site
from localaws.emr.pace import Pace
from localaws.emr.records import Cluster, ClusterState, Code, Ending, Failure, Step, StepState
from localaws.emr.runner import Outcome, Runner
from localaws.tags import end_tagged

log = logging.getLogger(__name__)

_BUSY_POLL = 0.5  # seconds between looks at YARN on a cluster that may become idle


class Supervisor:
    """Runs one cluster on the event loop. Actions change the record and call ``wake``, ``end`` or ``cancel``."""

    def __init__(self, *, cluster: Cluster, site: Site, faults: FaultBook, pace: Pace) -> None:
        self.cluster = cluster
        self.fleet = Fleet(site=site, cluster=cluster)
        self._runner = Runner(cluster=cluster, node=self.fleet.primary, faults=faults, pace=pace, s3=site.s3)
        self._faults = faults
        self._pace = pace
        self._woken = asyncio.Event()
        self._running: dict[str, asyncio.Task[None]] = {}

    def wake(self) -> None:
        """Look at the record again, which has changed."""
        self._woken.set()

    def end(self, ending: Ending) -> None:
        """End the cluster. The first reason given stays."""
        cluster = self.cluster
        if cluster.ending is not None:
            return
        failed = any(step.state is StepState.FAILED for step in cluster.steps)
        by_itself = ending.code in (Code.STEP_FAILURE, Code.ALL_STEPS_COMPLETED)
        if failed and by_itself and self._faults.for_cluster(FaultKind.PLAIN_TERMINATION, *cluster.names):
            ending = endings.PLAIN
        cluster.ending = ending
        cluster.move_to(ClusterState.TERMINATING, ending.message)
        log.info("%s ends: %s %s", cluster.id, ending.code, ending.message)
        self.wake()

    def cancel(self, step: Step, *, kill: bool) -> bool:
        """Cancel a step that is pending or running; return whether it can be."""
        if step.state is StepState.PENDING:
            step.end(StepState.CANCELLED, "Step cancelled by user.")
        elif step.state.is_active:
            step.state = StepState.CANCEL_PENDING
            self._runner.cancel(step, kill=kill)
        else:
            return False
        self.wake()
        return True

    def add_host(self, role: str) -> None:
        """Let another host of a role join, sometime; FaultError when there is none like it."""
        self.fleet.like(role)
        self._runner.spawn(self._add_host(role))

    async def run(self) -> None:
        """Run the cluster to its end. Never raises: whatever goes wrong ends the cluster with INTERNAL_ERROR."""
        cluster = self.cluster
        try:
            await self._provision()
            await self._bootstrap()
            await self._work()
        except Exception as error:
            log.exception("the supervisor of %s failed", cluster.id)
            self.end(endings.internal_error(error))
        try:
            await self._tear_down()
        except Exception:
            log.exception("the end of %s failed", cluster.id)
        assert cluster.ending is not None
        cluster.ended = time.time()
        cluster.move_to(cluster.ending.final_state, cluster.ending.message)
        log.info("%s is %s", cluster.id, cluster.state)

    async def abandon(self) -> None:
        """Drop what would still be delivered after the cluster's end."""
        await self._runner.abandon()

    async def _provision(self) -> None:
        cluster = self.cluster
        slow = self._faults.for_cluster(FaultKind.SLOW_START, *cluster.names)
        await self._pause(self._pace.provision + (slow.seconds if slow is not None else 0.0))
        for kind, ending_of in (
            (FaultKind.VALIDATION_ERROR, endings.validation_error),
            (FaultKind.LOST_CAPACITY, endings.lost_capacity),
        ):
            if cluster.ending is None and (fault := self._faults.for_cluster(kind, *cluster.names)):
                self.end(ending_of(cluster, fault.message))

    async def _bootstrap(self) -> None:
        cluster = self.cluster
        if cluster.ending is not None:
            return
        cluster.move_to(ClusterState.BOOTSTRAPPING, "Running bootstrap actions")
        await self.fleet.boot()
        await self._pause(self._pace.bootstrap)
        fault = self._faults.for_cluster(FaultKind.BOOTSTRAP_FAILURE, *cluster.names)
        message = fault.message if fault is not None else ""
        for number, action in enumerate(cluster.request.get("BootstrapActions", []), 1):
            if cluster.ending is None:
                code = await self.fleet.bootstrap_action(self._runner, number, action)
                code = fault.exit_code if fault is not None else code
                if code != 0:
                    path = action["ScriptBootstrapAction"]["Path"]
                    self.end(endings.bootstrap_failure(cluster, number, code, path, message))
        if cluster.ending is None and fault is not None:  # which strikes a cluster without bootstrap actions, too
            self.end(endings.bootstrap_failure(cluster, 1, fault.exit_code, None, message))
        if cluster.ending is None:
            await asyncio.to_thread(self.fleet.install)
            cluster.ready = time.time()
            if loss := self._faults.for_cluster(FaultKind.INSTANCE_FAILURE, *cluster.names):
                self._runner.spawn(self._lose_instance(loss.seconds, loss.message))

    async def _work(self) -> None:
        cluster = self.cluster
        while cluster.ending is None:
            self._woken.clear()
            if cluster.idle_timeout is not None and await asyncio.to_thread(self._runs_applications):
                cluster.idle_since = time.time()
            match next_move(cluster, now=time.time(), clock_speed=self._pace.clock_speed):
                case StartSteps(steps):
                    for step in steps:
                        self._start(step)
                    cluster.move_to(ClusterState.RUNNING, "Running step")
                    cluster.idle_since = None
                case Rest(message):
                    cluster.move_to(ClusterState.WAITING, message)
                    cluster.idle_since = time.time()
                case End(ending):
                    self.end(ending)
                case Stay(seconds):
                    await self._sleep(seconds if seconds is None else min(seconds, _BUSY_POLL))

    async def _tear_down(self) -> None:
        cluster, ending = self.cluster, self.cluster.ending
        assert ending is not None
        cluster.cancel_pending_steps()
        grace = 0.0 if ending.interrupts else self._pace.grace
        await asyncio.to_thread(end_tagged, CLUSTER_TAG, cluster.id, grace=grace)
        await asyncio.gather(*self._running.values(), return_exceptions=True)
        await asyncio.to_thread(self.fleet.stop)
        for node in self.fleet.nodes:
            await node.stop_agent()
            await self._runner.deliver(node.logs / "hadoop-yarn/containers", "containers")
        logs = self.fleet.primary.logs / "flink"
        await self._runner.deliver(logs, f"node/{cluster.primary.ec2_id}/applications/flink")
        await self.fleet.remove()
        await asyncio.sleep(self._pace.terminate)

    def _start(self, step: Step) -> None:
        step.state, step.started = StepState.RUNNING, time.time()
        task = asyncio.create_task(self._run_step(step), name=step.id)
        self._running[step.id] = task
        task.add_done_callback(lambda done: self._forget(step, done))

    async def _run_step(self, step: Step) -> None:
        outcome = await self._runner.step(step)
        self._settle(step, outcome)
        self.wake()

    def _settle(self, step: Step, outcome: Outcome) -> None:
        """Record how a step ended, and what that brings about."""
        cluster = self.cluster
        if outcome.exit_code == 0:
            step.end(StepState.COMPLETED)
        elif outcome.interruption is not None:
            step.end(StepState.INTERRUPTED, outcome.interruption)
        elif cluster.ending is not None:
            step.end(StepState.INTERRUPTED if cluster.ending.interrupts else StepState.CANCELLED, "Job terminated")
        elif step.state is StepState.CANCEL_PENDING:
            step.end(StepState.CANCELLED, "Step cancelled by user.")
        else:
            uri = cluster.log_uri
            file = log_location(uri, cluster.id, f"steps/{step.id}") + "stderr.gz" if uri is not None else None
            step.end(StepState.FAILED, failure=Failure("Unknown Error.", outcome.error, file))
            aftermath = after_failure(cluster, step)
            if aftermath.cancel_pending:
                cluster.cancel_pending_steps()
            if aftermath.ending is not None:
                self.end(aftermath.ending)

    def _forget(self, step: Step, task: asyncio.Task[None]) -> None:
        del self._running[step.id]
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("step %s of %s could not be run", step.id, self.cluster.id, exc_info=error)
            step.end(StepState.FAILED, failure=Failure("Unknown Error.", str(error), None))
            self.end(endings.internal_error(error))

    def _runs_applications(self) -> bool:
        try:
            return self.fleet.primary.runs_applications()
        except OSError as error:
            log.warning("the YARN of %s does not answer: %s", self.cluster.id, error)
            return False

    async def _add_host(self, role: str) -> None:
        try:
            await self.fleet.add(self._runner, role)
        except Exception as error:
            log.exception("no host of the role %s joined %s", role, self.cluster.id)
            self.end(endings.internal_error(error))

    async def _lose_instance(self, delay: float, message: str) -> None:
        await asyncio.sleep(delay)
        self.end(endings.instance_failure(self.cluster, message))

    async def _pause(self, seconds: float) -> None:
        """Sleep, but not past the cluster's end."""
        deadline = time.monotonic() + seconds
        while self.cluster.ending is None and (remaining := deadline - time.monotonic()) > 0:
            self._woken.clear()
            await self._sleep(remaining)

    async def _sleep(self, seconds: float | None) -> None:
        """Sleep until woken; at most so long."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._woken.wait(), seconds)
