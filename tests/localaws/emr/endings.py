"""The ways a cluster ends: reason codes, messages and error details as EMR gives them."""

from __future__ import annotations

from localaws.emr.records import Cluster, Code, Ending, ErrorDetail

USER_REQUEST = Ending(Code.USER_REQUEST, "Terminated by user request")
PLAIN = Ending(None, "")


def internal_error(error: BaseException) -> Ending:
    """Return the end of a cluster whose supervisor failed: a bug of the fabric, or a broken machine."""
    return Ending(Code.INTERNAL_ERROR, f"{type(error).__name__}: {error}", with_errors=True)


def validation_error(cluster: Cluster, message: str) -> Ending:
    """Return the end of a cluster that EMR accepted and then could not make as asked."""
    message = message or (
        f"The requested instance type {cluster.primary.type} is not supported in the requested availability zone."
    )
    code = "VALIDATION_ERROR_INSTANCE_TYPE_NOT_SUPPORTED"
    data = {"instance-types": cluster.primary.type, "availability-zones": f"{cluster.region}a", **_doc(code)}
    return Ending(Code.VALIDATION_ERROR, message, with_errors=True, detail=ErrorDetail(code, message, data))


def lost_capacity(cluster: Cluster, message: str) -> Ending:
    """Return the end of a cluster for which EC2 had no instances: fleets time out, groups fail at once."""
    kind = cluster.primary.type
    if cluster.primary.group.startswith("if-"):
        return Ending(
            Code.INSTANCE_FLEET_TIMEOUT, message or "Fleet MASTER could not be provisioned in time.", with_errors=True
        )
    message = message or f"EC2 has insufficient capacity for instance type {kind}."
    code = "INTERNAL_ERROR_EC2_INSUFFICIENT_CAPACITY_AZ"
    data = {"instance-type": kind, "availability-zone": f"{cluster.region}a", **_doc(code)}
    return Ending(Code.INTERNAL_ERROR, message, with_errors=True, detail=ErrorDetail(code, message, data))


def instance_failure(cluster: Cluster, message: str) -> Ending:
    """Return the end of a cluster that lost its primary instance, and with it whatever was running."""
    message = message or f"The master node {cluster.primary.ec2_id} failed."
    return Ending(Code.INSTANCE_FAILURE, message, with_errors=True, interrupts=True)


def bootstrap_failure(cluster: Cluster, number: int, exit_code: int, script: str | None, message: str) -> Ending:
    """Return the end of a cluster whose bootstrap action ``number`` (from 1) returned ``exit_code``."""
    instance = cluster.primary.ec2_id
    message = message or (
        f"On the master instance ({instance}), bootstrap action {number} returned a non-zero return code"
    )
    code = "BOOTSTRAP_FAILURE_PRIMARY_WITH_NON_ZERO_CODE"
    data = {"primary-instance-id": instance, "bootstrap-action": str(number), "return-code": str(exit_code)}
    if script is not None:
        data["amazon-s3-path"] = script
    detail = ErrorDetail(code, message, data | _doc(code))
    return Ending(Code.BOOTSTRAP_FAILURE, message, with_errors=True, detail=detail)


def _doc(code: str) -> dict[str, str]:
    return {"public-doc": f"https://docs.aws.amazon.com/emr/latest/ManagementGuide/{code}.html"}
