"""Whether EMR would take the requests of a run: by botocore's model of EMR, and by the limits that EMR documents."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, Final

import botocore.session
from botocore.model import ListShape, Shape, StringShape, StructureShape
from botocore.validate import ParamValidator
from event_recovery.text.shorten import shorten

#: "The string values passed into HadoopJarStep object cannot exceed a total of 10240 characters." (AddJobFlowSteps)
STEP_CHARACTERS: Final = 10_240
#: "A maximum of 256 steps are allowed in each job flow." (AddJobFlowSteps)
STEPS: Final = 256
#: "You can use up to 16 bootstrap actions per cluster." (EMR management guide)
BOOTSTRAP_ACTIONS: Final = 16
#: "A required key string with a maximum of 128 characters, and an optional value string with a maximum of 256." (Tag)
TAG_KEY, TAG_VALUE = 128, 256
#: Instance types of a fleet with an allocation strategy, and without one. (InstanceTypeConfig)
FLEET_TYPES, FLEET_TYPES_PLAIN = 30, 5
#: Least and greatest values. (AutoTerminationPolicy, StepConcurrencyLevel)
_IDLE_SECONDS, _CONCURRENCY = (60, 604_800), (1, 256)
_SHOWN_LENGTH = 200


def check_requests(job_flow: Mapping[str, Any], steps: Sequence[Mapping[str, Any]]) -> tuple[list[str], list[str]]:
    """Check the request for a cluster and the steps of the job.

    The shape of steps is the same in RunJobFlow and in AddJobFlowSteps, so one look at both together does.

    :param job_flow: the RunJobFlow request, with its name
    :param steps: those of the job, which are part of the request or are added later
    :return: what would be refused, and what this botocore does not know, a line each
    """
    request = {**job_flow, "Steps": [*(job_flow.get("Steps") or ()), *steps]}
    shape = _run_job_flow()
    report = ParamValidator().validate(request, shape).generate_report()
    if report:
        return [f"RunJobFlow: {shorten(line, _SHOWN_LENGTH)}" for line in report.splitlines()], []
    problems = [f"RunJobFlow: {line}" for line in (*_too_much(shape, request), *_documented(request))]
    problems += [line for step in request["Steps"] for line in _long_step(step)]
    return problems, [f"RunJobFlow: {line}" for line in _unknown(shape, request)]


@cache
def _run_job_flow() -> Shape:
    return botocore.session.get_session().get_service_model("emr").shape_for("RunJobFlowInput")


def _values(shape: Shape, value: Any, path: str) -> Iterator[tuple[str, Shape, Any]]:
    """Walk a request with its shape, down to texts and numbers."""
    if isinstance(shape, StructureShape):
        for name, inner in value.items():
            yield from _values(shape.members[name], inner, f"{path}.{name}" if path else name)
    elif isinstance(shape, ListShape):
        for at, inner in enumerate(value):
            yield from _values(shape.member, inner, f"{path}[{at}]")
    elif shape.type_name != "map":
        yield path, shape, value


def _too_much(shape: Shape, request: Mapping[str, Any]) -> Iterator[str]:
    """Find what is above a greatest value or length; botocore itself looks at the least only."""
    for path, found, value in _values(shape, request, ""):
        most = found.metadata.get("max")
        if most is None:
            continue
        if isinstance(value, str):
            if len(value) > most:
                yield f"{path} has {len(value):,} characters, at most {most:,} are allowed"
        elif value > most:
            yield f"{path} is {value}, at most {most} is allowed"


def _unknown(shape: Shape, request: Mapping[str, Any]) -> Iterator[str]:
    for path, found, value in _values(shape, request, ""):
        if isinstance(found, StringShape) and found.enum and value not in found.enum:
            yield f"{path} is {value!r}, which is not known; expected one of {', '.join(found.enum)}"


def _documented(request: Mapping[str, Any]) -> Iterator[str]:
    idle = (request.get("AutoTerminationPolicy") or {}).get("IdleTimeout", _IDLE_SECONDS[0])
    level = request.get("StepConcurrencyLevel", _CONCURRENCY[0])
    for name, value, (least, most) in (
        ("AutoTerminationPolicy.IdleTimeout", idle, _IDLE_SECONDS),
        ("StepConcurrencyLevel", level, _CONCURRENCY),
    ):
        if not least <= value <= most:
            yield f"{name} is {value}, expected {least} to {most}"
    for name, most in (("Steps", STEPS), ("BootstrapActions", BOOTSTRAP_ACTIONS)):
        count = len(request.get(name) or ())
        if count > most:
            yield f"{name} has {count} entries, at most {most} are allowed"
    for tag in request.get("Tags") or ():
        for part, most in (("Key", TAG_KEY), ("Value", TAG_VALUE)):
            text = tag.get(part, "")
            if len(text) > most:
                yield f"Tags: the {part.lower()} {shorten(text, 40)} has {len(text)} characters, at most {most}"
    for fleet in request["Instances"].get("InstanceFleets") or ():
        specifications = (fleet.get("LaunchSpecifications") or {}).values()
        most = FLEET_TYPES if any("AllocationStrategy" in one for one in specifications) else FLEET_TYPES_PLAIN
        count = len(fleet.get("InstanceTypeConfigs") or ())
        if count > most:
            yield f"the fleet {fleet['InstanceFleetType']} has {count} instance types, at most {most} are allowed"


def _long_step(step: Mapping[str, Any]) -> Iterator[str]:
    jar = step["HadoopJarStep"]
    properties = [text for pair in jar.get("Properties") or () for text in pair.values()]
    texts = [jar["Jar"], jar.get("MainClass", ""), *(jar.get("Args") or ()), *properties]
    count = sum(map(len, texts))
    if count > STEP_CHARACTERS:
        yield (
            f"step {step['Name']}: its arguments have {count:,} characters, EMR takes {STEP_CHARACTERS:,} in a step; "
            f"{_longest(jar.get('Args') or ())}"
        )


def _longest(arguments: Sequence[str]) -> str:
    """Say which option takes most of a command line."""
    sizes: Counter[str] = Counter()
    times: Counter[str] = Counter()
    name = "the command"
    for argument in arguments:
        if argument.startswith("--"):
            name = argument.partition("=")[0]
            times[name] += 1
        sizes[name] += len(argument)
    longest, size = sizes.most_common(1)[0]
    return f"{size:,} of them are of {longest}" + (f", given {times[longest]} times" if times[longest] > 1 else "")
