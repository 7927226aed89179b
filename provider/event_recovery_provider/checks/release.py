"""Whether EMR has the release and, in it, the instance types."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from botocore.exceptions import ClientError

from event_recovery_provider.aws.calls import Call, Conversation

_LABEL = re.compile(r"emr-([0-9]+)\.([0-9]+)\.[0-9]+")
#: The Flink that the bundle is made for.
_FLINK: Final = "1.20"
#: The releases of EMR that are known to have the Flink of the job.
_FIRST: Final = (7, 6)
_LAST_KNOWN: Final = (7, 14)
_MOST_PAGES: Final = 40


def check_label(label: str | None) -> tuple[list[str], list[str]]:
    """Check the form of a release label, and that the release has the Flink that the job needs.

    :return: what keeps the job from running, and what is not known, a line each
    """
    first = "emr-{}.{}.0".format(*_FIRST)
    form = _LABEL.fullmatch(label or "")
    if form is None:
        return [f"release_label: expected the label of a release, such as {first}, given {label!r}"], []
    release = (int(form[1]), int(form[2]))
    if release < _FIRST:
        return [f"release_label: {label} has an older Flink than {_FLINK}, expected {first} or later"], []
    if release > _LAST_KNOWN:
        return [], [f"release_label: {label} is not known to have Flink {_FLINK}, which the job needs"]
    return [], []


def check_types(label: str, instances: Mapping[str, Any]) -> Conversation[tuple[list[str], list[str]]]:
    """Ask EMR whether a release has the instance types; it is asked no further than to the last of them.

    :param instances: those of the RunJobFlow request
    :return: what EMR would refuse, and what could not be checked, a line each
    """
    left = _types(instances)
    marker: dict[str, str] = {}
    for _ in range(_MOST_PAGES):
        if not left:
            return [], []
        try:
            answer = yield Call("emr", "list_supported_instance_types", {"ReleaseLabel": label, **marker})
        except ClientError as error:
            return [], [f"the instance types were not checked: {error}"]
        left -= {one["Type"] for one in answer.get("SupportedInstanceTypes", ())}
        if not answer.get("Marker"):
            return [f"{label} has no instance type {name} in this region" for name in sorted(left)], []
        marker = {"Marker": answer["Marker"]}
    return [], [f"the instance types were not all checked, {', '.join(sorted(left))} may be missing"]


def _types(instances: Mapping[str, Any]) -> set[str]:
    groups = instances.get("InstanceGroups") or ()
    fleets = instances.get("InstanceFleets") or ()
    configs = [*groups, *(config for fleet in fleets for config in fleet.get("InstanceTypeConfigs") or ())]
    named = (instances.get(name) for name in ("MasterInstanceType", "SlaveInstanceType"))
    return {name for name in (*named, *(config.get("InstanceType") for config in configs)) if name}
