"""The one endpoint: every service behind it, whatever the form of the request."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3  # type: ignore[import-untyped]
import pytest
from localaws.fabric import Fabric
from localaws.testing import ENDED, job_flow, shell_step, upload_folder, wait_for_cluster

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def one_endpoint(running_fabric: Fabric) -> Any:
    """Return a maker of clients that know nothing but AWS_ENDPOINT_URL."""
    session = boto3.Session("testing", "testing", region_name="us-east-1")
    return lambda service: session.client(service, endpoint_url=running_fabric.endpoint_url)


def test_identity_roles_and_networks(one_endpoint: Any) -> None:
    assert one_endpoint("sts").get_caller_identity()["Account"] == "123456789012"
    iam = one_endpoint("iam")
    iam.create_role(RoleName="EMR_EC2_DefaultRole", AssumeRolePolicyDocument="{}")
    assert iam.get_role(RoleName="EMR_EC2_DefaultRole")["Role"]["Arn"].endswith("role/EMR_EC2_DefaultRole")
    assert len(one_endpoint("ec2").describe_subnets()["Subnets"]) > 0


def test_s3_bodies_pass_unchanged(one_endpoint: Any) -> None:
    s3 = one_endpoint("s3")
    s3.create_bucket(Bucket="door")
    body = bytes(range(256)) * 4096 * 4  # 4 MiB
    s3.put_object(Bucket="door", Key="a key/with space+plus%41.bin", Body=body)
    read = s3.get_object(Bucket="door", Key="a key/with space+plus%41.bin")
    assert read["Body"].read() == body
    assert s3.head_object(Bucket="door", Key="a key/with space+plus%41.bin")["ContentLength"] == len(body)
    part = s3.get_object(Bucket="door", Key="a key/with space+plus%41.bin", Range="bytes=256-511")
    assert part["Body"].read() == bytes(range(256))
    assert [entry["Key"] for entry in s3.list_objects_v2(Bucket="door")["Contents"]] == ["a key/with space+plus%41.bin"]


def test_presigned_urls_work(one_endpoint: Any) -> None:
    s3 = one_endpoint("s3")
    s3.create_bucket(Bucket="signed")
    s3.put_object(Bucket="signed", Key="object", Body=b"text")
    url = s3.generate_presigned_url("get_object", Params={"Bucket": "signed", "Key": "object"})
    address, _, path = url.removeprefix("http://").partition("/")
    connection = http.client.HTTPConnection(address)
    connection.request("GET", f"/{path}")
    assert connection.getresponse().read() == b"text"


def test_kinesis_is_the_one_with_limits(fabric: Fabric, one_endpoint: Any) -> None:
    kinesis = one_endpoint("kinesis")
    kinesis.create_stream(StreamName="door", ShardCount=1)
    kinesis.get_waiter("stream_exists").wait(StreamName="door", WaiterConfig={"Delay": 1})
    answer = kinesis.put_records(StreamName="door", Records=[{"Data": b"event", "PartitionKey": "key"}] * 3)
    assert answer["FailedRecordCount"] == 0
    iterator = kinesis.get_shard_iterator(
        StreamName="door", ShardId="shardId-000000000000", ShardIteratorType="TRIM_HORIZON"
    )["ShardIterator"]
    assert [record["Data"] for record in kinesis.get_records(ShardIterator=iterator)["Records"]] == [b"event"] * 3
    summary = fabric.client("kinesis").describe_stream_summary(StreamName="door")
    assert summary["StreamDescriptionSummary"]["OpenShardCount"] == 1


def test_bad_requests_are_answered(fabric: Fabric) -> None:
    connection = http.client.HTTPConnection(fabric.endpoint_url.removeprefix("http://"))
    for body, code in ((b"{", "SerializationException"), (b"[]", "SerializationException")):
        connection.request("POST", "/", body, {"X-Amz-Target": "ElasticMapReduce.ListClusters"})
        answer = connection.getresponse()
        assert (answer.status, code in answer.read().decode()) == (400, True)
    connection.request("POST", "/", b"{}", {"X-Amz-Target": "ElasticMapReduce.Dance"})
    assert "UnknownOperationException" in connection.getresponse().read().decode()
    connection.request("GET", "/_localaws/nothing")
    assert connection.getresponse().status == 404


@pytest.fixture
def heavy(tmp_path: Path) -> Iterator[Fabric]:
    """A fabric with S3 on disk, and nodes that have a package manager of sorts."""
    commands = tmp_path / "commands"
    commands.mkdir()
    (commands / "dnf").write_text('#!/bin/sh\necho "dnf $*"\n')
    (commands / "dnf").chmod(0o755)
    with Fabric(tmp_path / "fabric", s3="seaweedfs", node_commands=commands) as fabric:
        yield fabric


def test_nodes_use_the_s3_of_the_fabric_and_its_commands(heavy: Fabric, tmp_path: Path) -> None:
    bundle = tmp_path / "bundle"
    (bundle / "conf").mkdir(parents=True)
    (bundle / "bootstrap.sh").write_text("sudo dnf install -y agent > /opt/installed\n")
    (bundle / "conf/recovery.json").write_text("{}")
    s3, emr = heavy.client("s3"), heavy.client("emr")
    upload_folder(s3, bundle, "s3://artefacts/bundle/1")
    action = {"Name": "bundle", "ScriptBootstrapAction": {"Path": "s3://artefacts/bundle/1/bootstrap.sh"}}
    copy = shell_step("aws s3 cp /opt/installed s3://artefacts/installed", on_failure="TERMINATE_CLUSTER")
    request = job_flow(keep_alive=False, BootstrapActions=[action], Steps=[copy], LogUri="s3://artefacts/logs/")
    cluster_id = emr.run_job_flow(**request)["JobFlowId"]
    assert wait_for_cluster(emr, cluster_id, *ENDED, seconds=60)["Status"]["State"] == "TERMINATED"
    assert s3.get_object(Bucket="artefacts", Key="installed")["Body"].read() == b"dnf install -y agent\n"
    keys = [entry["Key"] for entry in s3.list_objects_v2(Bucket="artefacts")["Contents"]]
    assert "bundle/1/conf/recovery.json" in keys
    assert any(key.startswith(f"logs/{cluster_id}/steps/") for key in keys)
