"""What the fabric knows of a cluster and its steps: plain data, changed only by its supervisor and by actions."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from enum import StrEnum

from localaws.emr.model import ACCOUNT, Params, new_address, new_id


class ClusterState(StrEnum):
    """The states of a cluster."""

    STARTING = "STARTING"
    BOOTSTRAPPING = "BOOTSTRAPPING"
    RUNNING = "RUNNING"
    WAITING = "WAITING"
    TERMINATING = "TERMINATING"
    TERMINATED = "TERMINATED"
    TERMINATED_WITH_ERRORS = "TERMINATED_WITH_ERRORS"

    @property
    def is_final(self) -> bool:
        """True when the cluster is gone."""
        return self in (ClusterState.TERMINATED, ClusterState.TERMINATED_WITH_ERRORS)

    @property
    def is_ending(self) -> bool:
        """True when the cluster is gone or going."""
        return self is ClusterState.TERMINATING or self.is_final


class StepState(StrEnum):
    """The states of a step."""

    PENDING = "PENDING"
    CANCEL_PENDING = "CANCEL_PENDING"
    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    CANCELLED = "CANCELLED"
    FAILED = "FAILED"
    INTERRUPTED = "INTERRUPTED"

    @property
    def is_active(self) -> bool:
        """True while the step's process may be running."""
        return self in (StepState.RUNNING, StepState.CANCEL_PENDING)

    @property
    def is_final(self) -> bool:
        """True when the step is over, however it went."""
        return self is not StepState.PENDING and not self.is_active


class ActionOnFailure(StrEnum):
    """What becomes of the cluster when a step fails."""

    TERMINATE_CLUSTER = "TERMINATE_CLUSTER"
    TERMINATE_JOB_FLOW = "TERMINATE_JOB_FLOW"  # the old name of TERMINATE_CLUSTER
    CANCEL_AND_WAIT = "CANCEL_AND_WAIT"
    CONTINUE = "CONTINUE"


class Code(StrEnum):
    """Why a cluster ended. A cluster that was not yet asked to end has none."""

    INTERNAL_ERROR = "INTERNAL_ERROR"
    VALIDATION_ERROR = "VALIDATION_ERROR"
    INSTANCE_FAILURE = "INSTANCE_FAILURE"
    INSTANCE_FLEET_TIMEOUT = "INSTANCE_FLEET_TIMEOUT"
    BOOTSTRAP_FAILURE = "BOOTSTRAP_FAILURE"
    USER_REQUEST = "USER_REQUEST"
    STEP_FAILURE = "STEP_FAILURE"
    ALL_STEPS_COMPLETED = "ALL_STEPS_COMPLETED"


@dataclass(frozen=True, slots=True)
class ErrorDetail:
    """One entry of ClusterStatus.ErrorDetails."""

    code: str
    message: str
    data: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ending:
    """Why and how a cluster ends; ``code`` None is the plain TERMINATED with no reason that EMR sometimes gives."""

    code: Code | None
    message: str
    with_errors: bool = False
    detail: ErrorDetail | None = None
    interrupts: bool = False  # its running steps become INTERRUPTED instead of CANCELLED

    @property
    def final_state(self) -> ClusterState:
        """The state the cluster ends in."""
        return ClusterState.TERMINATED_WITH_ERRORS if self.with_errors else ClusterState.TERMINATED


@dataclass(frozen=True, slots=True)
class Failure:
    """FailureDetails of a step."""

    reason: str
    message: str
    log_file: str | None


@dataclass(slots=True)
class Step:
    """One step. ``config`` is the StepConfig it was made from; times are seconds since the epoch."""

    config: Params
    on_failure: ActionOnFailure
    role_arn: str | None = None
    id: str = field(default_factory=lambda: new_id("s-"))
    state: StepState = StepState.PENDING
    message: str = ""
    failure: Failure | None = None
    created: float = field(default_factory=time.time)
    started: float | None = None
    ended: float | None = None

    @property
    def name(self) -> str:
        """The step's name."""
        return str(self.config["Name"])

    @property
    def names(self) -> tuple[str, str]:
        """What a fault may call the step."""
        return self.name, self.id

    def end(self, state: StepState, message: str = "", failure: Failure | None = None) -> None:
        """Record the end of the step."""
        self.state, self.message, self.failure, self.ended = state, message, failure, time.time()


@dataclass(frozen=True, slots=True)
class Instance:
    """One EC2 instance of a cluster, ``group`` the id of its instance group or fleet, ``address`` its private one."""

    id: str
    ec2_id: str
    role: str
    group: str
    type: str
    market: str
    address: str = field(default_factory=new_address)

    @property
    def host(self) -> str:
        """Its host name, by which its metrics and its DNS entry are known."""
        return f"ip-{self.address.replace('.', '-')}"


@dataclass(slots=True)
class Cluster:
    """One cluster. ``request`` is the RunJobFlow input it was made from; times are seconds since the epoch."""

    request: Params
    region: str
    keep_alive: bool
    protected: bool
    concurrency: int
    idle_timeout: int | None  # seconds
    steps: list[Step]
    tags: dict[str, str]
    instances: list[Instance] = field(default_factory=list)
    unhealthy_node_replacement: bool = False
    visible_to_all: bool = True
    id: str = field(default_factory=lambda: new_id("j-"))
    state: ClusterState = ClusterState.STARTING
    message: str = "Provisioning Amazon EC2 capacity"
    ending: Ending | None = None
    created: float = field(default_factory=time.time)
    ready: float | None = None
    ended: float | None = None
    idle_since: float | None = None

    @property
    def name(self) -> str:
        """The cluster's name."""
        return str(self.request["Name"])

    @property
    def names(self) -> tuple[str, str]:
        """What a fault may call the cluster."""
        return self.name, self.id

    @property
    def arn(self) -> str:
        """The cluster's ARN."""
        return f"arn:aws:elasticmapreduce:{self.region}:{ACCOUNT}:cluster/{self.id}"

    @property
    def log_uri(self) -> str | None:
        """Where the logs go: ``s3://bucket/prefix/``, or None for nowhere."""
        uri: str | None = self.request.get("LogUri")
        return uri

    @property
    def primary(self) -> Instance:
        """The primary instance, on which the steps run."""
        return next(instance for instance in self.instances if instance.role == "MASTER")

    def move_to(self, state: ClusterState, message: str) -> None:
        """Enter a state on the way up; the way down is ``ending``."""
        self.state, self.message = state, message

    def cancel_pending_steps(self, message: str = "Job terminated") -> None:
        """Cancel every step that has not started."""
        for step in self.steps:
            if step.state is StepState.PENDING:
                step.end(StepState.CANCELLED, message)
