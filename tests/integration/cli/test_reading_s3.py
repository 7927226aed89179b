"""The command line reads a real S3 as the job does, and says what to do where it cannot."""

from __future__ import annotations

import bz2
import gzip
import http.client
import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import boto3
import pytest
from event_recovery.explore import workers
from event_recovery.explore.reading import sources
from event_recovery.inputs.rows import RowSelection
from event_recovery.storage.files import Storage
from event_recovery.storage.locations import S3
from generator import configs, rows
from localaws.processes import free_port
from localaws.s3 import ACCESS_KEY, SECRET_KEY, S3Server

pytestmark = pytest.mark.integration

BUCKET = "acme-bad-rows"
FOLDER = "partitioned/com.snowplowanalytics.snowplow.badrows"
ROWS = list(rows(400, seed=3))
#: How the command is started where its memory is looked at, too.
MEASURED = """
import resource, sys
from event_recovery.cli import main
try:
    main(sys.argv[1:])
finally:
    print("peak", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)
"""


def lines(first: int, last: int) -> bytes:
    return b"".join(row + b"\n" for row in ROWS[first:last])


#: As the loader writes it, with what else is found in buckets.
OBJECTS = {
    f"{FOLDER}.adapter_failures/2026-11-28-101500-a.gz": gzip.compress(lines(0, 50)) + gzip.compress(lines(50, 100)),
    f"{FOLDER}.schema_violations/2026-11-28-101500-b.gz": gzip.compress(lines(100, 200)),
    f"{FOLDER}.schema_violations/2026-11-28-111500-c.gzip": gzip.compress(lines(200, 250)),
    "old/#1/d.bz2": bz2.compress(lines(250, 300)),
    "old/#1/e f?.txt": lines(300, 400),
    "old/#1/empty.gz": b"",
    "old/_$folder$": b"",
    "old/_temporary/g.txt": b"not a bad row\n",
}


#: What S3 on AWS answers to who may not read a key, and to who asks in another region.
OWN_ANSWERS: Mapping[str, tuple[int, Mapping[str, str], str]] = {
    f"/{BUCKET}/old/%231/d.bz2": (403, {}, "AccessDenied"),
    # A connection that breaks: there is less than it says.
    f"/{BUCKET}/old/%231/e%20f%3F.txt": (200, {"Content-Length": "1000000"}, ""),
    "/in-ireland": (301, {"x-amz-bucket-region": "eu-west-1"}, "PermanentRedirect"),
}


class Answers(ThreadingHTTPServer):
    """Stands before S3, and answers some paths itself."""

    def __init__(self, upstream: str) -> None:
        super().__init__(("127.0.0.1", 0), Passing)
        self.upstream = upstream.removeprefix("http://")

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Passing(BaseHTTPRequestHandler):
    server: Answers

    def do_GET(self) -> None:
        own = OWN_ANSWERS.get(self.path.partition("?")[0])
        if own is None:
            connection = http.client.HTTPConnection(self.server.upstream)
            connection.request("GET", self.path, headers=dict(self.headers))
            answer = connection.getresponse()
            status, headers, body = answer.status, dict(answer.headers), answer.read()
        else:
            status, headers, code = own
            body = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>No.</Message></Error>".encode()
        self.send_response(status)
        for name, value in headers.items():
            if name.lower() not in ("transfer-encoding", "date", "server"):
                self.send_header(name, value)
        if "Content-Length" not in headers:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        pass


@dataclass(frozen=True)
class CommandLine:
    """``event-recovery`` in a folder of its own."""

    folder: Path
    env: dict[str, str]
    url: str

    def __call__(self, *arguments: object, **env: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", MEASURED, *map(str, arguments)]
        return subprocess.run(
            command, cwd=self.folder, env={**self.env, **env}, capture_output=True, text=True, check=False, timeout=120
        )

    def written(self, folder: str) -> list[str]:
        return [line for name in ("good", "bad") for line in (self.folder / folder / f"{name}.txt").open()]


@pytest.fixture(scope="module")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    with S3Server.start(tmp_path_factory.mktemp("s3")) as server:
        client = client_of(server)
        client.create_bucket(Bucket=BUCKET)
        for key, body in OBJECTS.items():
            client.put_object(Bucket=BUCKET, Key=key, Body=body)
        client.create_bucket(Bucket="acme-configs")
        client.put_object(Bucket="acme-configs", Key="recovery #2.json", Body=json.dumps(configs.one_step()).encode())
        client.create_bucket(Bucket="big")
        yield server


def client_of(server: S3Server) -> Any:
    access = {"aws_access_key_id": ACCESS_KEY, "aws_secret_access_key": SECRET_KEY, "region_name": "us-east-1"}
    return boto3.client("s3", endpoint_url=server.endpoint_url, **access)


@pytest.fixture
def cli(s3: S3Server, tmp_path: Path) -> CommandLine:
    """The command line of someone whose environment names the server and the key."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    env |= {"AWS_ENDPOINT_URL_S3": s3.endpoint_url, "AWS_EC2_METADATA_DISABLED": "true", "HOME": str(tmp_path)}
    env |= {"AWS_ACCESS_KEY_ID": ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": SECRET_KEY}
    env["PYTHONPATH"] = os.pathsep.join(filter(None, sys.path))
    (tmp_path / "config.json").write_text(json.dumps(configs.one_step()))
    return CommandLine(tmp_path, env, s3.endpoint_url)


@pytest.fixture
def answers(s3: S3Server) -> Iterator[str]:
    with Answers(s3.endpoint_url) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.url
        server.shutdown()


@pytest.fixture
def on_disk(cli: CommandLine) -> Path:
    """The same rows in one local file."""
    (cli.folder / "rows.txt").write_bytes(lines(0, 400))
    return cli.folder / "rows.txt"


@pytest.mark.parametrize(
    "inputs",
    [
        (f"s3://{BUCKET}",),
        (f"s3a://{BUCKET}/partitioned/", f"s3n://{BUCKET}/old/#1/", f"s3://{BUCKET}/old"),
        (f"s3://{BUCKET}/**/*.gz*", f"s3://{BUCKET}/old/#1/d.bz2", f"s3://{BUCKET}/old/#1/e f?.txt"),
    ],
)
def test_a_bucket_prefixes_objects_and_patterns_give_each_row_once(
    cli: CommandLine, on_disk: Path, inputs: tuple[str, ...]
) -> None:
    read = cli("run", "config.json", *inputs, "-o", "out")
    assert read.returncode == 0, read.stderr
    assert "400 rows" in read.stdout
    local = cli("run", "config.json", on_disk, "-o", "local")
    assert local.returncode == 0, local.stderr
    # A bad row of a recovery holds the time at which it was made.
    assert sorted(map(_without_times, cli.written("out"))) == sorted(map(_without_times, cli.written("local")))
    assert "warning: not read: " in read.stderr


def _without_times(line: str) -> str:
    return re.sub(r'"timestamp":"20[^"]*"', "", line)


def test_a_window_of_arrivals_reads_only_its_files(cli: CommandLine) -> None:
    after = cli("run", "config.json", f"s3://{BUCKET}/old/#1", "--arrived-from", "2100-01-01T00:00Z")
    assert after.returncode == 2
    assert "of 3 files none is to be read: 2 arrived before the window, 1 empty" in after.stderr
    before = cli("run", "config.json", f"s3://{BUCKET}/old/#1", "--arrived-to", "2100-01-01T00:00Z")
    assert "150 rows" in before.stdout


def test_a_sample_is_spread_over_the_files_and_the_same_each_time(cli: CommandLine) -> None:
    first = cli("run", "config.json", f"s3://{BUCKET}", "--sample", "50", "-o", "a")
    assert first.returncode == 0, first.stderr
    assert "a sample of 50 rows out of 5 files" in first.stdout
    cli("run", "config.json", f"s3://{BUCKET}/**", "--sample", "50", "-o", "b")
    assert [*map(_without_times, cli.written("a"))] == [*map(_without_times, cli.written("b"))]
    heads = b"".join(lines(start, start + 10) for start in (0, 100, 200, 250, 300))
    (cli.folder / "heads.txt").write_bytes(heads)
    cli("run", "config.json", "heads.txt", "-o", "c")
    assert sorted(map(_without_times, cli.written("a"))) == sorted(map(_without_times, cli.written("c")))


def test_explore_finds_in_s3_what_it_finds_on_disk(cli: CommandLine, on_disk: Path) -> None:
    def groups(*arguments: object) -> dict[str, int]:
        done = cli("explore", *arguments, "--json")
        assert done.returncode == 0, done.stderr
        return {group["name"]: group["rows"] for group in json.loads(done.stdout.rpartition("peak")[0])["groups"]}

    assert groups(f"s3://{BUCKET}") == groups(on_disk)


def test_suggest_makes_of_s3_the_config_that_it_makes_of_the_disk(cli: CommandLine, on_disk: Path) -> None:
    def config(*arguments: object) -> dict[str, Any]:
        done = cli("suggest", *arguments, "--json")
        assert done.returncode == 0, done.stderr
        document: dict[str, Any] = json.loads(done.stdout.rpartition("peak")[0])
        return document["config"]["data"]

    assert config(f"s3://{BUCKET}") == config(on_disk) != {}


def test_explore_reads_s3_in_several_processes(s3: S3Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCESS_KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
    # The session of this process may remember the keys of an earlier test.
    monkeypatch.setattr("boto3.DEFAULT_SESSION", None)
    monkeypatch.setattr(workers, "_ALONE", 0)
    storage = Storage(s3_endpoint_url=s3.endpoint_url, region="us-east-1")
    files = sources(storage.files(S3(BUCKET, "partitioned")))
    part = workers.explore_in_processes(files, storage, RowSelection(), lambda size: None, cores=2)
    assert part.groups.rows == 250
    assert part.unread == {}


def test_diff_and_the_config_come_from_s3_too(cli: CommandLine) -> None:
    options = ("--endpoint-url", cli.url, "--region", "us-east-1", "--profile", "acme")
    (cli.folder / ".aws").mkdir()
    keys = f"aws_access_key_id = {ACCESS_KEY}\naws_secret_access_key = {SECRET_KEY}\n"
    (cli.folder / ".aws" / "credentials").write_text(f"[acme]\n{keys}")
    for name in ("AWS_ENDPOINT_URL_S3", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        del cli.env[name]
    config = "s3://acme-configs/recovery #2.json"
    shown = cli("diff", config, f"s3://{BUCKET}/*/*schema_violations/", "-n", "2", "--sample", "90", *options)
    assert shown.returncode == 0, shown.stderr
    assert "row 2: " in shown.stdout
    for command in ("validate", "encode"):
        assert cli(command, config, *options).returncode == 0


def test_a_damaged_file_is_told_and_the_others_are_read(cli: CommandLine, s3: S3Server) -> None:
    whole = gzip.compress(lines(0, 200))
    client_of(s3).create_bucket(Bucket="damaged")
    client_of(s3).put_object(Bucket="damaged", Key="a.gz", Body=whole[: len(whole) // 2])
    client_of(s3).put_object(Bucket="damaged", Key="b.gz", Body=b"no gzip")
    client_of(s3).put_object(Bucket="damaged", Key="c.gz", Body=gzip.compress(lines(0, 7)))
    read = cli("run", "config.json", "s3://damaged", "-o", "out")
    assert read.returncode == 0, read.stderr
    told = re.search(
        r"s3://damaged/a\.gz cannot be read to its end: .*; rows of it that were read: (\d+)\n", read.stderr
    )
    assert told is not None
    assert 1 <= int(told[1]) < 200
    assert (
        "s3://damaged/b.gz cannot be read to its end: it is not a gzip file; rows of it that were read: 0"
        in read.stderr
    )
    assert f"{int(told[1]) + 7} rows" in read.stdout


@pytest.mark.slow
def test_memory_does_not_grow_with_a_file(cli: CommandLine, s3: S3Server) -> None:
    one_mib = lines(0, 400)
    client_of(s3).put_object(Bucket="big", Key="small.gz", Body=gzip.compress(one_mib))
    client_of(s3).put_object(Bucket="big", Key="packed.gz", Body=gzip.compress(one_mib) * 60)
    client_of(s3).put_object(Bucket="big", Key="plain", Body=one_mib * 60)
    peaks = {}
    for name in ("small.gz", "packed.gz", "plain"):
        read = cli("run", "config.json", f"s3://big/{name}", "-o", "out")
        assert read.returncode == 0, read.stderr
        peaks[name] = int(read.stdout.split()[-1])
    assert len(one_mib) * 60 > 60_000_000
    assert max(peaks.values()) - peaks["small.gz"] < 25_000_000, peaks


def test_a_sample_of_a_big_file_ends_early(cli: CommandLine, s3: S3Server) -> None:
    client_of(s3).put_object(Bucket="big", Key="cut.gz", Body=gzip.compress(lines(0, 400)) * 30 + b"damage")
    read = cli("run", "config.json", "s3://big/cut.gz", "--sample", "100", "-o", "out")
    assert read.returncode == 0
    assert "warning" not in read.stderr  # nobody came as far as the damage


def refused(result: subprocess.CompletedProcess[str], *words: str) -> None:
    assert result.returncode == 2, result.stderr
    assert "Traceback" not in result.stderr
    for word in words:
        assert word in result.stderr


NO_BUCKET = "there is no such bucket: check its name (aws s3 ls lists yours), --profile and --endpoint-url"


@pytest.mark.parametrize("command", ["run", "diff"])
def test_a_wrong_bucket(cli: CommandLine, command: str) -> None:
    refused(
        cli(command, "config.json", "s3://acme-bad-row/x/"),
        "INPUT s3://acme-bad-row/x/: s3://acme-bad-row/x: An error",
        NO_BUCKET,
    )


def test_a_config_that_is_not_there(cli: CommandLine) -> None:
    refused(cli("validate", "s3://acme-bad-row/config.json"), "CONFIG: s3://acme-bad-row/config.json: ", NO_BUCKET)
    missing = cli("validate", "s3://acme-configs/config.json")
    refused(missing, "CONFIG: s3://acme-configs/config.json: ", "there is no such object: check its name")
    resolver = cli("validate", "config.json", "--resolver", "s3://acme-configs/none")
    refused(resolver, "--resolver: s3://acme-configs/none: ", "there is no such object")


def test_no_credentials(cli: CommandLine) -> None:
    del cli.env["AWS_ACCESS_KEY_ID"], cli.env["AWS_SECRET_ACCESS_KEY"]
    told = "there are no credentials for AWS: give them by aws configure, --profile NAME"
    refused(cli("run", "config.json", f"s3://{BUCKET}"), f"INPUT s3://{BUCKET}/: ", told)
    refused(cli("encode", "s3://acme-configs/x.json"), "DOCUMENT: s3://acme-configs/x.json: ", told)


def test_credentials_that_nobody_knows(cli: CommandLine) -> None:
    told = "S3 does not know these credentials: give others by aws configure"
    refused(cli("run", "config.json", f"s3://{BUCKET}", AWS_ACCESS_KEY_ID="someone"), told)
    refused(cli("run", "config.json", f"s3://{BUCKET}", AWS_SECRET_ACCESS_KEY="other"), told)


def test_a_profile_that_is_not_there(cli: CommandLine) -> None:
    result = cli("run", "config.json", f"s3://{BUCKET}", "--profile", "acme")
    refused(result, f"INPUT s3://{BUCKET}/: ", "(acme) could not be found", "aws configure list-profiles")


def test_a_denied_key(cli: CommandLine, answers: str) -> None:
    result = cli("run", "config.json", f"s3://{BUCKET}/", "--endpoint-url", answers)
    refused(result, f"s3://{BUCKET}/old/#1/d.bz2: ", "these credentials may not read it: they need s3:ListBucket")
    # It is the key alone that is denied.
    assert cli("run", "config.json", f"s3://{BUCKET}/partitioned", "--endpoint-url", answers).returncode == 0


def test_a_connection_that_breaks(cli: CommandLine, answers: str) -> None:
    result = cli("run", "config.json", f"s3://{BUCKET}/old/#1/*.txt", "--endpoint-url", answers)
    refused(result, f"s3://{BUCKET}/old/#1/e f?.txt: ", "the connection to S3 broke: run the command again")


def test_a_wrong_region(cli: CommandLine, answers: str) -> None:
    result = cli("run", "config.json", "s3://in-ireland/x", "--region", "us-east-1", "--endpoint-url", answers)
    refused(result, "INPUT s3://in-ireland/x: An error", "the bucket is in eu-west-1: --region eu-west-1")


def test_no_server(cli: CommandLine) -> None:
    result = cli("run", "config.json", "s3://b/", "--endpoint-url", f"http://127.0.0.1:{free_port()}")
    refused(result, "INPUT s3://b/: ", "S3 cannot be reached: check --endpoint-url")


def test_boto3_is_loaded_only_for_s3(cli: CommandLine, on_disk: Path) -> None:
    script = "import sys\nfrom event_recovery.cli import main\nmain(sys.argv[1:], standalone_mode=False)\n"
    script += "print([name for name in ('boto3', 'botocore', 'pyflink') if name in sys.modules])"
    command = [sys.executable, "-c", script, "run", "config.json", str(on_disk), "-o", "out"]
    result = subprocess.run(command, cwd=cli.folder, env=cli.env, capture_output=True, text=True, check=True)
    assert result.stdout.splitlines()[-1] == "[]"
