"""What a cluster does next: pure functions of its record. The supervisor carries the answers out."""

from __future__ import annotations

from dataclasses import dataclass

from localaws.emr.records import ActionOnFailure, Cluster, ClusterState, Code, Ending, Step, StepState


@dataclass(frozen=True, slots=True)
class StartSteps:
    """Start these pending steps."""

    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Rest:
    """Nothing to run: wait for steps in this state, idle from now on."""

    message: str


@dataclass(frozen=True, slots=True)
class End:
    """End the cluster."""

    ending: Ending


@dataclass(frozen=True, slots=True)
class Stay:
    """Nothing changes until something happens, at the latest in ``seconds`` (None: no limit)."""

    seconds: float | None = None


Move = StartSteps | Rest | End | Stay

_TERMINATING = (ActionOnFailure.TERMINATE_CLUSTER, ActionOnFailure.TERMINATE_JOB_FLOW)


@dataclass(frozen=True, slots=True)
class Aftermath:
    """What a failed step brings about."""

    cancel_pending: bool = False
    ending: Ending | None = None


def next_move(cluster: Cluster, *, now: float, clock_speed: float) -> Move:
    """Decide what a cluster that has been bootstrapped does at time ``now``.

    ``clock_speed`` is how many seconds of idle time pass in one real second.
    """
    active = sum(step.state.is_active for step in cluster.steps)
    pending = [step for step in cluster.steps if step.state is StepState.PENDING]
    if startable := pending[: max(0, cluster.concurrency - active)]:
        return StartSteps(tuple(startable))
    if active or pending:
        return Stay()
    if not cluster.keep_alive:
        failed = any(step.state is StepState.FAILED for step in cluster.steps)
        return End(Ending(Code.ALL_STEPS_COMPLETED, "Steps completed with errors" if failed else "Steps completed"))
    if cluster.state is not ClusterState.WAITING or cluster.idle_since is None:
        return Rest(_waiting_message(cluster))
    if cluster.idle_timeout is None:
        return Stay()
    remaining = cluster.idle_timeout - (now - cluster.idle_since) * clock_speed
    if remaining > 0:
        return Stay(remaining / clock_speed)
    # The documentation names no reason for this end; that of a cluster with nothing left to do is the nearest.
    return End(Ending(Code.ALL_STEPS_COMPLETED, "Terminated by the auto-termination policy"))


def after_failure(cluster: Cluster, step: Step) -> Aftermath:
    """Say what a failed step's ActionOnFailure does to its cluster.

    Termination protection holds off the end only where the cluster would otherwise have been kept alive. On a cluster
    that runs several steps at a time, a failed step ends and cancels nothing.
    """
    if cluster.concurrency > 1 or step.on_failure is ActionOnFailure.CONTINUE:
        return Aftermath()
    if cluster.keep_alive and (cluster.protected or step.on_failure not in _TERMINATING):
        return Aftermath(cancel_pending=True)
    return Aftermath(
        cancel_pending=True, ending=Ending(Code.STEP_FAILURE, "Shut down as step failed", with_errors=True)
    )


def action_on_failure(config: dict[str, object], concurrency: int) -> ActionOnFailure:
    """Return a StepConfig's action on failure, with EMR's default where it names none."""
    default = ActionOnFailure.TERMINATE_CLUSTER if concurrency == 1 else ActionOnFailure.CONTINUE
    return ActionOnFailure(str(config.get("ActionOnFailure", default)))


def _waiting_message(cluster: Cluster) -> str:
    if not cluster.steps:
        return "Cluster ready to run steps."
    last = max(cluster.steps, key=lambda step: step.ended or 0.0)
    return f"Cluster ready after last step {'failed' if last.state is StepState.FAILED else 'completed'}."
