"""The EMR releases the fabric knows: labels and the applications of each."""

from __future__ import annotations

from localaws.emr.model import Params, invalid_request, validation_error
from localaws.emr.views import present

_FLINK = {
    "6.15.0": "1.17.1",
    "7.0.0": "1.18.0",
    "7.1.0": "1.18.1",
    "7.2.0": "1.18.1",
    "7.3.0": "1.18.1",
    "7.4.0": "1.19.1",
    "7.5.0": "1.19.1",
    **{f"7.{minor}.0": "1.20.0" for minor in range(6, 15)},
}
_HADOOP = {
    "6.15.0": "3.3.6",
    **{f"7.{minor}.0": "3.3.6" for minor in range(4)},
    **{f"7.{minor}.0": "3.4.0" for minor in range(4, 8)},
    **{f"7.{minor}.0": "3.4.1" for minor in range(8, 13)},
    **{f"7.{minor}.0": "3.4.2" for minor in range(13, 15)},
}
_OS_RELEASE = {"6": "2.0.20240131.0", "7": "2023.7.20250331.0"}
_PREFIX = "emr-"
LATEST = "emr-7.14.0"
_FAMILIES = ("c5", "c6g", "c6i", "m5", "m5d", "m6g", "m6i", "m7g", "m7i", "r5", "r6g", "r6i")
_SIZES = ("xlarge", "2xlarge", "4xlarge", "8xlarge")


def check_label(label: str | None) -> None:
    """Check that a label is of a release that the fabric knows.

    :raises ApiError: when it is not
    """
    if label is None:
        raise validation_error("ReleaseLabel is required for creating cluster.")
    if label.removeprefix(_PREFIX) not in _FLINK or not label.startswith(_PREFIX):
        raise validation_error(f"The supplied release label is invalid: {label}.")


def labels(filters: Params, token: str | None, size: int) -> Params:
    """Return a page of the labels that fit a ReleaseLabelFilter, newest first."""
    prefix, wanted = filters.get("Prefix", ""), filters.get("Application", "").lower()
    found = [
        _PREFIX + version
        for version in reversed(_FLINK)
        if (_PREFIX + version).startswith(prefix) and _offers(version, wanted)
    ]
    try:
        start = int(token or 0)
    except ValueError:
        raise invalid_request(f"NextToken '{token}' is not valid.") from None
    following = str(start + size) if start + size < len(found) else None
    return present(ReleaseLabels=found[start : start + size], NextToken=following)


def instance_types() -> list[Params]:
    """List some of the instance types of a release: as many as fill several pages."""
    return [{"Type": f"{family}.{size}"} for family in _FAMILIES for size in _SIZES]


def describe(label: str | None) -> Params:
    """Return DescribeReleaseLabel's output; the latest release when none is named."""
    label = label or LATEST
    check_label(label)
    version = label.removeprefix(_PREFIX)
    return {
        "ReleaseLabel": label,
        "Applications": [{"Name": name, "Version": number} for name, number in _applications(version)],
        "AvailableOSReleases": [{"Label": _OS_RELEASE[version[0]]}],
    }


def _applications(version: str) -> list[tuple[str, str]]:
    return [("Flink", _FLINK[version]), ("Hadoop", _HADOOP[version])]


def _offers(version: str, wanted: str) -> bool:
    """Tell whether a release has an application, named with or without a version, as ``flink`` or ``flink 1.20``."""
    name, _, number = wanted.partition(" ")
    return not wanted or any(
        app.lower() == name and available.startswith(number) for app, available in _applications(version)
    )
