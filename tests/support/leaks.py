"""Looks for values that must not be there, in all that an Airflow, a cluster and a run leave behind.

A value is looked for as it is, and as JSON, URLs and base64 have it. A run under test has planted values in its rows
and in its resolver config; ``check_home`` fails when any of them stands where more people look than may see them: in
logs, in Airflow's database, in what EMR and CloudWatch were told. A run's bucket may have them, but for its logs.
"""

from __future__ import annotations

import base64
import gzip
import json
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, quote_plus

from generator import values

if TYPE_CHECKING:
    from support.airflow.home import AirflowHome

#: The key of the registry in the resolver config of sites.
APIKEY = "5ecret-apikey-0f-the-5hop"
#: What stands in rows of sites: in the payload, and in what the failure says.
PERSON = {
    "uid": "juliet.capulet.4711",
    "ip": "198.51.100.213",
    "email": "juliet+capulet@verona.example",
    "name": "Juliet Éloïse Capulet",
}
PLANTED = (APIKEY, *PERSON.values())
#: What stands in generated rows, and in nothing else.
GENERATED = (
    *(name for name, _, _ in values.PRODUCTS),
    *(page.title for page in values.PAGES if len(page.title) > 20),
    *values.USER_AGENTS,
)
#: Makes the key known to an Airflow, under the name that the resolver config of sites has for it.
CONNECTION = "airflow-connection:iglu_shop"
CONNECTION_ENV = {"AIRFLOW_CONN_IGLU_SHOP": json.dumps({"conn_type": "generic", "password": APIKEY})}
#: Base64 has no shorter piece of a value than this, lest it is found by chance.
_SHORTEST = 8
#: What binary files of a home hold is read from elsewhere: the database by its tables.
_NOT_TEXT = (".db", ".db-wal", ".db-shm", ".db-journal", ".pyc", ".png")


@dataclass(frozen=True)
class Leak:
    """A value, in the form and at the place where it was found."""

    place: str
    value: str
    form: str
    around: str

    def __str__(self) -> str:
        return f"{self.value!r} as {self.form} in {self.place}: …{self.around}…"


@lru_cache(maxsize=256)
def forms(value: str) -> tuple[tuple[str, bytes], ...]:
    """Return what a value may look like, each with a name."""
    data = value.encode()
    found = {
        quote_plus(value).encode(): "a form",
        quote(value).encode(): "a URL",
        quote(value, safe="").encode(): "a URL's query",
        json.dumps(json.dumps(value))[3:-3].encode(): "JSON in JSON",
        json.dumps(value)[1:-1].encode(): "JSON",
        data.hex().encode(): "hex",
        data: "it is",
    }
    for shift in range(3):
        coded = base64.b64encode(b"\0" * shift + data)
        # The first and the last signs also depend on what stands before and behind.
        piece = coded[(0, 2, 3)[shift] : len(coded.rstrip(b"=")) - ((len(data) + shift) % 3 != 0)]
        if len(piece) >= _SHORTEST:
            found.setdefault(piece, "base64")
            found.setdefault(piece.translate(bytes.maketrans(b"+/", b"-_")), "base64 for URLs")
    return tuple((name, form) for form, name in found.items())


def leaks_in(place: str, content: bytes | str, planted: Iterable[str] = PLANTED) -> Iterator[Leak]:
    """Yield the planted values in a content, each once."""
    data = content.encode("utf-8", "surrogateescape") if isinstance(content, str) else content
    for value in planted:
        for name, form in forms(value):
            at = data.find(form)
            if at >= 0:
                around = data[max(at - 80, 0) : at + len(form) + 20].decode(errors="replace")
                yield Leak(place, value, name, " ".join(around.split()))
                break


def leaks_in_files(folder: Path, planted: Sequence[str] = PLANTED) -> Iterator[Leak]:
    """Yield those in the files below a folder, in their names too."""
    for file in sorted(folder.rglob("*")):
        yield from leaks_in(f"the name of {file}", str(file.relative_to(folder)), planted)
        if file.is_file() and not file.is_symlink() and not file.name.endswith(_NOT_TEXT):
            yield from leaks_in(str(file), _unpacked(file.read_bytes()), planted)


def _unpacked(content: bytes) -> bytes:
    if content[:2] != b"\x1f\x8b":
        return content
    try:
        return gzip.decompress(content)
    except (EOFError, OSError, zlib.error):
        return content


def leaks_in_database(url: str, planted: Sequence[str] = PLANTED) -> Iterator[Leak]:
    """Yield those in any column of any table.

    :param url: as SQLAlchemy takes it
    """
    from sqlalchemy import MetaData, create_engine, select

    engine = create_engine(url)
    try:
        tables = MetaData()
        tables.reflect(engine)
        with engine.connect() as connection:
            for table in tables.sorted_tables:
                for row in connection.execute(select(table)).mappings():
                    for column, value in row.items():
                        yield from leaks_in(f"{table.name}.{column}", _content(value), planted)
    finally:
        engine.dispose()


def _content(value: Any) -> bytes:
    if isinstance(value, bytes | memoryview):
        return _inflated(bytes(value))
    return (value if isinstance(value, str) else json.dumps(value, default=str, ensure_ascii=False)).encode(
        "utf-8", "surrogateescape"
    )


def _inflated(value: bytes) -> bytes:
    try:
        return value + zlib.decompress(value)
    except zlib.error:
        return value


def leaks_in_clusters(env: Mapping[str, str], planted: Sequence[str] = PLANTED) -> Iterator[Leak]:
    """Yield those in what EMR was told of clusters and steps.

    :param env: points clients of AWS at the fabric
    """
    emr = _client(env, "emr")
    for page in emr.get_paginator("list_clusters").paginate():
        for one in page["Clusters"]:
            told = [emr.describe_cluster(ClusterId=one["Id"])["Cluster"]]
            for call in ("list_steps", "list_bootstrap_actions"):
                told += list(emr.get_paginator(call).paginate(ClusterId=one["Id"]))
            yield from leaks_in(f"cluster {one['Id']}", json.dumps(told, default=str, ensure_ascii=False), planted)


def leaks_in_metrics(env: Mapping[str, str], planted: Sequence[str] = PLANTED) -> Iterator[Leak]:
    """Yield those in the names of metrics and of their dimensions."""
    for page in _client(env, "cloudwatch").get_paginator("list_metrics").paginate():
        yield from leaks_in("CloudWatch", json.dumps(page["Metrics"], ensure_ascii=False), planted)


def leaks_in_logs(env: Mapping[str, str], planted: Sequence[str] = PLANTED) -> Iterator[Leak]:
    """Yield those in the logs that EMR has put into S3."""
    s3 = _client(env, "s3")
    for bucket in s3.list_buckets()["Buckets"]:
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket["Name"]):
            for one in page.get("Contents", ()):
                if "/logs/" in one["Key"]:
                    content = s3.get_object(Bucket=bucket["Name"], Key=one["Key"])["Body"].read()
                    yield from leaks_in(f"s3://{bucket['Name']}/{one['Key']}", _unpacked(content), planted)


def leaks_of(home: AirflowHome, planted: Sequence[str] = PLANTED) -> Iterator[Leak]:
    """Yield those in all that an Airflow, and the clusters that it can reach, left behind."""
    yield from leaks_in_files(home.work, planted)
    yield from leaks_in_database(home.database_url, planted)
    if "AWS_ENDPOINT_URL" in home.env:
        for look in (leaks_in_clusters, leaks_in_metrics, leaks_in_logs):
            yield from look(home.env, planted)


def check_home(home: AirflowHome, planted: Sequence[str] = PLANTED) -> None:
    """Fail when a planted value stands where it must not be; AssertionError with all of them."""
    check(leaks_of(home, planted))


def check(leaks: Iterable[Leak]) -> None:
    """Fail when there are leaks; AssertionError with all of them."""
    found = list(dict.fromkeys(map(str, leaks)))
    assert not found, "\n".join([f"{len(found)} leaks:", *found[:50]])


def _client(env: Mapping[str, str], service: str) -> Any:
    import boto3  # type: ignore[import-untyped]

    return boto3.client(
        service,
        endpoint_url=env.get(f"AWS_ENDPOINT_URL_{service.upper()}", env["AWS_ENDPOINT_URL"]),
        region_name=env["AWS_REGION"],
        aws_access_key_id=env["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=env["AWS_SECRET_ACCESS_KEY"],
    )
