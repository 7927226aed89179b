"""The local S3 does what the job, checkpoints and log uploads need, and has faults on command."""

import gzip
import io
import os
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import ClientError
from localaws.processes import group_members
from localaws.s3 import ACCESS_KEY, SECRET_KEY, S3Server, find_weed

pytestmark = pytest.mark.integration

MIB = 1 << 20


def client_for(server: S3Server, *, retries: int = 1) -> Any:
    return boto3.client(
        "s3",
        endpoint_url=server.endpoint_url,
        region_name="us-east-1",
        aws_access_key_id=ACCESS_KEY,
        aws_secret_access_key=SECRET_KEY,
        config=Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": retries}),
    )


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    with S3Server.start(tmp_path_factory.mktemp("s3"), with_faults=True) as server:
        yield server


@pytest.fixture
def bucket(server: S3Server, request: pytest.FixtureRequest) -> Iterator[Any]:
    name = re.sub(r"[^a-z0-9]+", "-", request.node.name.lower())[:60].strip("-")
    bucket = boto3.resource(
        "s3",
        endpoint_url=server.endpoint_url,
        region_name="us-east-1",
        aws_access_key_id=ACCESS_KEY,
        aws_secret_access_key=SECRET_KEY,
        config=Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}),
    ).Bucket(name)
    bucket.create()
    yield bucket
    assert server.faults is not None
    server.faults.heal()


def test_bytes_come_back_under_any_key(bucket: Any) -> None:
    data = {"plain.txt": b"x", "a b/c+d/é%20~.json": b"", "deep/er/still=1/part.gz": gzip.compress(b"rows\n" * 1000)}
    for key, body in data.items():
        bucket.put_object(Key=key, Body=body)
    assert {o.key: o.get()["Body"].read() for o in bucket.objects.all()} == data
    assert bucket.Object("plain.txt").content_length == 1


def test_stored_encodings_are_left_alone(bucket: Any) -> None:
    packed = gzip.compress(b"log line\n" * 100)
    bucket.put_object(Key="stderr.gz", Body=packed, ContentEncoding="gzip", Metadata={"step": "s-1"})
    found = bucket.Object("stderr.gz").get()
    assert found["Body"].read() == packed
    assert found["ContentEncoding"] == "gzip"
    assert found["Metadata"] == {"step": "s-1"}


def test_multipart_uploads_ranges_and_aborts(bucket: Any) -> None:
    body = os.urandom(12 * MIB)
    bucket.upload_fileobj(
        io.BytesIO(body), "large", Config=TransferConfig(multipart_threshold=5 * MIB, multipart_chunksize=5 * MIB)
    )
    found = bucket.Object("large").get(Range="bytes=5242870-5242889")
    assert found["Body"].read() == body[5242870:5242890]
    assert found["ContentRange"] == f"bytes 5242870-5242889/{len(body)}"
    upload = bucket.Object("never").initiate_multipart_upload()
    upload.Part(1).upload(Body=b"x" * 5 * MIB)
    assert [u.object_key for u in bucket.multipart_uploads.all()] == ["never"]
    upload.abort()
    assert [o.key for o in bucket.objects.all()] == ["large"]


def test_lists_have_pages_and_delimiters(bucket: Any) -> None:
    for number in range(7):
        bucket.put_object(Key=f"runs/{number % 2}/{number}", Body=b"")
    client = bucket.meta.client
    first = client.list_objects_v2(Bucket=bucket.name, MaxKeys=3)
    rest = client.list_objects_v2(Bucket=bucket.name, ContinuationToken=first["NextContinuationToken"])
    assert [o["Key"][-1] for o in first["Contents"] + rest["Contents"]] == ["0", "2", "4", "6", "1", "3", "5"]
    folders = client.list_objects_v2(Bucket=bucket.name, Prefix="runs/", Delimiter="/")
    assert [p["Prefix"] for p in folders["CommonPrefixes"]] == ["runs/0/", "runs/1/"]


def test_a_put_can_be_made_once_only(bucket: Any) -> None:
    client = bucket.meta.client
    client.put_object(Bucket=bucket.name, Key="_SUCCESS", Body=b"1", IfNoneMatch="*")
    with pytest.raises(ClientError, match="PreconditionFailed"):
        client.put_object(Bucket=bucket.name, Key="_SUCCESS", Body=b"2", IfNoneMatch="*")


def test_missing_things_have_their_errors(server: S3Server, bucket: Any) -> None:
    client = client_for(server)
    with pytest.raises(ClientError, match="NoSuchKey"):
        client.get_object(Bucket=bucket.name, Key="none")
    with pytest.raises(ClientError, match="404"):
        client.head_object(Bucket=bucket.name, Key="none")
    with pytest.raises(ClientError, match="NoSuchBucket"):
        client.list_objects_v2(Bucket="no-such-bucket")


@pytest.mark.parametrize(("status", "code"), [(500, "InternalError"), (503, "SlowDown")])
def test_an_outage_ends_by_itself(server: S3Server, bucket: Any, status: int, code: str) -> None:
    assert server.faults is not None
    refused = server.faults.refused()
    server.faults.outage(0.5, status)
    with pytest.raises(ClientError, match=code):
        bucket.put_object(Key="x", Body=b"x" * MIB)
    assert server.faults.refused() == refused + 1
    time.sleep(0.5)
    assert list(bucket.objects.all()) == []
    bucket.put_object(Key="x", Body=b"x" * MIB)


def test_latency(server: S3Server, bucket: Any) -> None:
    assert server.faults is not None
    server.faults.latency(200)
    began = time.monotonic()
    bucket.put_object(Key="x", Body=b"")
    assert time.monotonic() - began >= 0.2


def test_a_closed_place(server: S3Server, bucket: Any) -> None:
    assert server.faults is not None
    bucket.put_object(Key="closed/x", Body=b"x")
    server.faults.deny(f"s3://{bucket.name}/closed/")
    for denied in (
        lambda: bucket.put_object(Key="closed/y", Body=b"y"),
        lambda: bucket.Object("closed/x").get(),
        lambda: list(bucket.objects.filter(Prefix="closed/")),
    ):
        with pytest.raises(ClientError, match="AccessDenied"):
            denied()
    bucket.put_object(Key="open/x", Body=b"x")
    server.faults.deny(f"s3://{bucket.name}/closed/", reads=False)
    server.faults.latency(0)  # another command leaves it as it is
    assert bucket.Object("closed/x").get()["Body"].read() == b"x"
    with pytest.raises(ClientError, match="AccessDenied"):
        bucket.put_object(Key="closed/y", Body=b"y")
    server.faults.heal()
    assert {one.key for one in bucket.objects.all()} == {"closed/x", "open/x"}


def test_bad_commands_are_refused(server: S3Server) -> None:
    assert server.faults is not None
    with pytest.raises(ValueError, match="denied is 'bucket/x': expected a URI"):
        server.faults.deny("bucket/x")
    with pytest.raises(ValueError, match="status is 404"):
        server.faults.outage(1, 404)
    with pytest.raises(ValueError, match="outage_seconds is -1"):
        server.faults.outage(-1)


def test_objects_survive_a_restart_and_two_servers_live_side_by_side(server: S3Server, tmp_path: Path) -> None:
    with S3Server.start(tmp_path) as first:
        client_for(first).create_bucket(Bucket="kept")
        client_for(first).put_object(Bucket="kept", Key="k", Body=b"v")
    assert group_members(first.process.pid) == []
    with S3Server.start(tmp_path) as second:
        assert client_for(second).get_object(Bucket="kept", Key="k")["Body"].read() == b"v"
    assert group_members(second.process.pid) == []


def test_other_users_are_refused(server: S3Server) -> None:
    access = {"aws_access_key_id": "someone", "aws_secret_access_key": "else", "region_name": "us-east-1"}
    with pytest.raises(ClientError, match="InvalidAccessKeyId"):
        boto3.client("s3", endpoint_url=server.endpoint_url, **access).list_buckets()


def test_the_binary_is_found() -> None:
    assert os.access(find_weed(), os.X_OK)
