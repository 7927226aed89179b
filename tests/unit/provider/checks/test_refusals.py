"""The page of refusals has all that the job refuses, and what the preflight says for each."""

from __future__ import annotations

import ast
import gzip
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from event_recovery.contract import JobOptions
from event_recovery.inputs.manifest import Manifest, asked
from event_recovery.storage.files import StoredFile
from event_recovery.storage.locations import S3
from event_recovery_provider.checks.bundle import check_bundle
from event_recovery_provider.checks.command import check_command
from event_recovery_provider.checks.config import check_documents, check_enrich
from event_recovery_provider.checks.outputs import check_stream
from event_recovery_provider.checks.preflight import _found, _read_document
from event_recovery_provider.checks.rate import check_hours, find_rate
from event_recovery_provider.checks.release import check_label, check_types
from event_recovery_provider.checks.requests import check_requests
from event_recovery_provider.checks.room import check_room
from event_recovery_provider.exceptions import SettingsError
from event_recovery_provider.planning.flink_job import command_step
from event_recovery_provider.planning.identity import RunIdentity
from event_recovery_provider.planning.job_flow import Nodes, recovery_job_flow
from event_recovery_provider.planning.plan import make_plan
from event_recovery_provider.planning.settings import parse
from support.provider.talk import refused, talk

pytestmark = pytest.mark.unit

REPOSITORY = next(folder for folder in Path(__file__).resolve().parents if (folder / "pyproject.toml").exists())
#: Where the job refuses to begin. The check of config and resolver has tests of its own, which compare both sides.
REFUSING = (
    "run/preflight.py",
    "flink/earlier.py",
    "flink/applications.py",
    "run/options.py",
    "run/survey.py",
    "run/splits.py",
    "inputs/*.py",
    "text/times.py",
    "contract/mark.py",
    "options/*.py",
    "storage/locations.py",
    "documents/sources.py",
)


def texts_of(argument: ast.expr) -> Iterator[str]:
    """Find the messages in an expression, with dots in place of what is put into them."""
    if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
        yield argument.value
    elif isinstance(argument, ast.JoinedStr):
        parts = [part.value if isinstance(part, ast.Constant) else "…" for part in argument.values]
        yield "".join(map(str, parts))
    else:
        for inner in ast.iter_child_nodes(argument):
            if isinstance(inner, ast.expr):
                yield from texts_of(inner)


def refusals(source: str) -> Iterator[str]:
    """Find what a module refuses: the texts of its errors, and of the problems that it collects."""
    for node in ast.walk(ast.parse(source)):
        found: Sequence[ast.expr] = ()
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            found = node.args if name.endswith("Error") or name == "problems.append" else ()
        elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "problems":
            found = [node.value.elt] if isinstance(node.value, ast.ListComp) else [node.value]
        for argument in found:
            yield from texts_of(argument)


def rows() -> dict[str, str]:
    """Read all tables of the page: what the preflight says by what is refused."""
    lines = (REPOSITORY / "docs/refusals.md").read_text().splitlines()
    cells = [line.strip("|").split(" | ") for line in lines if line.startswith("| ")]
    return {first.strip(): second.strip() for first, second in cells if not first.strip().startswith("---")}


OWN = {
    "inputs": ("s3://b/bad/",),
    "output": "good",
    "failed": "s3://b/run/failed",
    "unrecoverable": "s3://b/run/unrecoverable",
    "config": "s3://b/run/config.json",
    "region": "eu-west-1",
}
GIVEN = {"bucket": "b", "inputdir": "bad", "output": "good", "region": "r", "role": "x", "version": "1", "config": "{}"}
ONE_STEP = [command_step("run-job", ["true"], on_failure="CONTINUE")]


def command(*further: str, **own: Any) -> list[str]:
    problems, warnings = check_command(JobOptions(**{**OWN, **own}).to_argv(), further)
    return [*problems, *warnings]


def settings(**changes: Any) -> list[str]:
    with pytest.raises(SettingsError) as error:
        parse({**GIVEN, **changes})
    return re.findall(r"^  - (.*)$", str(error.value), re.M)


def documents(config: str, resolver: str | None = None) -> list[str]:
    return check_documents(config.encode(), None if resolver is None else resolver.encode())[0]


def stream(answer: dict[str, Any] | Exception) -> list[str]:
    (problems, warnings), _ = talk(check_stream("good", region="eu-west-1"), [answer])
    return [*problems, *warnings]


def shared(summary: dict[str, Any]) -> list[str]:
    made = make_plan(parse({**GIVEN, "stream_share": 0.5}), RunIdentity("dag", "run"))
    (_, problems, warnings), _ = talk(find_rate(made), [{"StreamDescriptionSummary": summary}])
    return [*problems, *warnings]


def requests(steps: Sequence[Any] = ONE_STEP, nodes: Nodes | None = None, **overrides: Any) -> list[str]:
    made = recovery_job_flow(
        nodes=nodes or Nodes(), subnets=[], instance_profile="p", log_uri="s3://b/", overrides=overrides
    )
    problems, warnings = check_requests({**made, "Name": "run"}, steps)
    return [*problems, *warnings]


def label(text: str) -> list[str]:
    problems, warnings = check_label(text)
    return [*problems, *warnings]


def fitting(flink: dict[str, str] | None = None, **changes: Any) -> list[str]:
    problems, warnings = check_room(
        make_plan(parse({**GIVEN, **changes, "flink": flink or {}}), RunIdentity("dag", "run"))
    )
    return [*problems, *warnings]


def types(answer: dict[str, Any] | Exception) -> list[str]:
    groups = {"InstanceGroups": [{"InstanceType": "m5.xlarge"}]}
    (problems, warnings), _ = talk(check_types("emr-7.13.0", groups), [answer])
    return [*problems, *warnings]


def chosen(*inputs: str, key: str = "", kept: bytes | None = None) -> list[str]:
    """Return what is told of inputs in whose bucket nothing lies but one object and a list of the run's, if that."""
    made = make_plan(parse({**GIVEN, "inputdir": list(inputs)}), RunIdentity("dag", "run"))
    listed = [{"Key": key, "Size": 1, "LastModified": datetime(2026, 11, 28, tzinfo=UTC)}] if key else []
    problems: list[str] = []
    answer: dict[str, Any] | Exception = refused("NoSuchKey", status=404) if kept is None else {"Body": kept}
    # The ledger is asked once there is something to read.
    ledger = [{"Contents": []}] if key.endswith(".zst") else []
    found, _ = talk(_found(made, problems, []), [*[{"Contents": listed}] * len(inputs), answer, *ledger])
    return [*problems, *(f"inputdir: {text}: {why}" for text, why in found.choice.nothing_in.items())]


BOOT = {"Name": "x", "ScriptBootstrapAction": {"Path": "s3://b/x"}}
SIX = tuple(f"m{number}.xlarge" for number in range(6))
#: What the preflight finds, by the first cell of a row.
CASES: dict[str, Callable[[], Sequence[str]]] = {
    "unrecognized arguments: …": lambda: command("--nothing"),
    "argument …: expected one argument": lambda: command("--batch-size"),
    "… is required": lambda: command("--config", ""),
    "--region is required: the stream … is given by name, not by ARN": lambda: command("--region", ""),
    "--region is required: no region is known for the stream …": lambda: settings(region=""),
    "expected a time with its offset, such as 2026-11-28T10:00:00Z, not …": lambda: settings(arrived_from="soon"),
    "… is not before …": lambda: settings(failed_from="2026-11-28T10:00:00Z", failed_to="2026-11-28T10:00:00+00:00"),
    "no bad row type is called …; expected some of …": lambda: settings(types="schema_violation"),
    "expected a whole number …, not …": lambda: command(checkpoint_interval=0),
    "expected …, not …": lambda: command(querystrings="cleaner"),
    "--resolver is required with --verify: schemas are looked up by it": lambda: command("--verify", "6"),
    "… needs the mark, which tells a later run how often an event was sent": lambda: settings(max_resends=2),
    "--run-id is required with --mark: the mark names the run": lambda: command("--mark"),
    "expected 1 to 200 printable ASCII characters without blanks for the mark, not …": lambda: command(
        "--mark", "--run-id", "a b"
    ),
    "a rate of less than a record a second": lambda: settings(max_records_per_second=0),
    "a rate of less than 0.01 MB a second": lambda: settings(max_mb_per_second=0.001),
    "a share of the stream that is not above 0, or above 1": lambda: settings(stream_share=50),
    "a share of the stream beside a rate in numbers": lambda: settings(stream_share=0.5, max_mb_per_second=1),
    "a rate, where the output is a directory": lambda: settings(stream_share=0.5, output="./out"),
    "expected SERVICE=URL, not …": lambda: command("--endpoint-url", "x"),
    "… is not one of the services …": lambda: command("--endpoint-url", "sqs=http://x"),
    "expected an http:// or https:// URL for …, not …": lambda: command("--endpoint-url", "s3=x"),
    "expected HOST or HOST:PORT, not …": lambda: command("--statsd", ":1"),
    "expected a path, not …": lambda: command("--summary", ""),
    "… names no bucket, expected s3://bucket/prefix": lambda: command(inputs=("s3:///x",)),
    "…: the scheme … is not supported, expected a local path or s3://": lambda: command(inputs=("hdfs://x/y",)),
    "… is not the ARN of a Kinesis stream, arn:aws:kinesis:REGION:ACCOUNT:stream/NAME": lambda: command(
        output="arn:aws:sqs:x"
    ),
    "…: recovered events go to a Kinesis stream or a local directory": lambda: command(output="s3://b/x"),
    "… is not a stream name, expected up to 128 letters, digits, dots, dashes and underscores": lambda: command(
        output="a b"
    ),
    "--options: cannot read …: …": lambda: command("--options", "/mnt/x.json"),
    "--options: … is not JSON: …": lambda: command("--options", "/mnt/x.json"),
    "--options: … holds no JSON object": lambda: command("--options", "/mnt/x.json"),
    "--options: …: there is no option …": lambda: command("--options", "/mnt/x.json"),
    "a recovery config that is not valid": lambda: documents("{"),
    "a resolver config that is not valid": lambda: documents("{}", '{"schema": "x"}'),
    "… is empty, expected …": lambda: settings(config=""),
    "…: there is no file …, nor is it any other of: …": lambda: settings(config="config.json"),
    "…: … names no object, expected s3://bucket/key": lambda: talk(_read_document("s3://b/"), [])[0][1],
    "an object that is not there": lambda: talk(_read_document("s3://b/x"), [refused("NoSuchKey", status=404)])[0][1],
    "…: Flink reads nothing whose name begins with a dot or an underscore, …": lambda: chosen("s3://b/_bad"),
    "this run has begun with …; give a run of its own to what is asked for now": lambda: chosen(
        "s3://b/bad", kept=Manifest(asked(["s3://b/other"], types=("size_violation",)), ()).to_bytes()
    ),
    "this is no list of a run's files: …": lambda: chosen("s3://b/bad", kept=b"no gzip"),
    "this list of a run's files is of version …, expected …": lambda: chosen(
        "s3://b/bad", kept=gzip.compress(b'{"version": 2, "asked": {}}')
    ),
    "… holds …, where … has the run write": lambda: chosen("s3://b/event-recovery"),
    "…: Flink does not unpack … files, and would read their bytes as rows; …": lambda: chosen("s3://b", key="x.zst"),
    "…: there is no such file, and nothing below it": lambda: chosen("s3://b/bad"),
    "…: of … files none is to be read: …": lambda: chosen("s3://b/bad", key="bad/x_$folder$"),
    "there is no stream … in …": lambda: stream(refused("ResourceNotFoundException")),
    "stream … is …, expected ACTIVE": lambda: stream({"StreamDescriptionSummary": {"StreamStatus": "DELETING"}}),
    "stream …: …": lambda: stream(refused("InvalidArgumentException")),
    "stream … is in on-demand mode, and what it takes follows what is sent to it: a share of that is no rate; give "
    "max_records_per_second or max_mb_per_second instead": lambda: shared(
        {"StreamModeDetails": {"StreamMode": "ON_DEMAND"}, "OpenShardCount": 4}
    ),
    "a rate at which the job would be ended by `max_hours` before it has sent all, by the sizes of the files": (
        lambda: check_hours(
            make_plan(parse({**GIVEN, "max_records_per_second": 1, "max_hours": 1}), RunIdentity("dag", "run")),
            [StoredFile(S3("b", "rows"), 10**9, datetime(2026, 11, 28, tzinfo=UTC))],
        )
    ),
    "a stream that its role may not describe": lambda: stream(refused("AccessDeniedException")),
    "a field that does not exist, or of another type": lambda: requests(Nmae="x"),
    "a text that is too long": lambda: requests(OSReleaseLabel="x" * 257),
    "a value that does not exist": lambda: requests(ScaleDownBehavior="NEVER"),
    "a step of more than 10,240 characters, counted with the longest path of a checkpoint": lambda: requests(
        [command_step("run-job", ["x" * 10_240], on_failure="CONTINUE")]
    ),
    "more than 256 steps": lambda: requests(ONE_STEP * 257),
    "more than 16 bootstrap actions": lambda: requests(BootstrapActions=[BOOT] * 17),
    "a tag whose key has more than 128 characters, or its value more than 256": lambda: requests(
        Tags=[{"Key": "k", "Value": "v" * 257}]
    ),
    "an idle time below a minute or above a week": lambda: requests(AutoTerminationPolicy={"IdleTimeout": 1}),
    "more than 256 steps at once": lambda: requests(StepConcurrencyLevel=257),
    "a fleet of too many instance types": lambda: requests(nodes=Nodes(core_types=SIX)),
    "a label that is none": lambda: label("7.13.0"),
    "an instance type that the release does not have": lambda: types({"SupportedInstanceTypes": [{"Type": "x"}]}),
    "instance types, when Airflow may not ask for them": lambda: types(refused("AccessDeniedException")),
    "a release with an older Flink than the job's": lambda: label("emr-7.5.0"),
    "a release that may have a later Flink": lambda: label("emr-8.0.0"),
    "a job manager that is larger than what YARN has on a core node": lambda: fitting(
        {"jobmanager.memory.process.size": "2g"}, core_type="c4.large"
    ),
    "more task managers than YARN has room for": lambda: fitting(core_type="c4.large"),
    "a node on which YARN may have too little memory": lambda: fitting(core_type="x9.big"),
    "processes whose size is not told in one setting": lambda: fitting({"taskmanager.memory.process.size": "large"}),
    "a version of Enrich that is none, or older than can be predicted": lambda: check_enrich("3.7"),
    "a node whose bundle is not there": lambda: talk(
        check_bundle("s3://b/bundle", version="1"), [refused("NoSuchKey", status=404)]
    )[0],
}


def said(cell: str) -> re.Pattern[str]:
    """Return what the message of a cell may look like."""
    return re.compile(".*".join(map(re.escape, cell.strip("`").split("…"))), re.S)


@pytest.mark.parametrize("name", CASES)
def test_the_preflight_says_what_the_page_has(name: str) -> None:
    pattern, lines = said(rows()[name]), CASES[name]()
    assert any(pattern.fullmatch(line) for line in lines), lines


def test_every_row_is_tried_or_says_why_not() -> None:
    untried = {name: cell for name, cell in rows().items() if name not in CASES}
    heads = {"the job refuses", "EMR refuses", "what is refused"}
    assert heads < set(untried)
    without = [
        name for name, cell in untried.items() if name not in heads and not cell.startswith(("not known: ", "`tests/"))
    ]
    assert without == []


def test_all_that_the_job_refuses_has_a_row() -> None:
    room = REPOSITORY / "job/event_recovery"
    modules = [path for pattern in REFUSING for path in sorted(room.glob(pattern))]
    found = {text for module in modules for text in refusals(module.read_text())}
    # An option and what another error says of it has a row by what that error says.
    told = {text for text in found if re.search(r"[a-z]{3}", re.sub(r"--[a-z-]+", "", text))}
    assert len(told) > 25
    assert sorted(told - set(rows())) == []


def test_a_refusal_is_found_however_it_is_written() -> None:
    source = """
def check(value, problems):
    problems = [f"{x} is required" for x in value]
    problems.append(f"{value}: it is wrong")
    if value:
        raise OptionsError([f"--options: {path}: there is no option {name!r}" for name in value])
    return StreamError("there is none")
"""
    assert sorted(refusals(source)) == [
        "--options: …: there is no option …",
        "there is none",
        "… is required",
        "…: it is wrong",
    ]
