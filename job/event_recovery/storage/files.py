"""Files and S3 objects, as the job's client needs them: list, read, write."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property, partial
from io import BufferedReader
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, BinaryIO
from uuid import uuid4

from event_recovery.storage.clients import aws_client
from event_recovery.storage.locations import S3, Local, Location, is_read_by_flink

_CHUNK_BYTES = 1024 * 1024
# An hour's work must not be lost at its end because S3 fails for a minute.
_ATTEMPTS = 10


class StorageError(OSError):
    """A place that cannot be read or written; the text says which and why."""


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One file.

    :param size: in bytes, as it is stored
    :param arrived: when S3 got it; of a local file, when it was last changed
    :param etag: what S3 calls this content; empty for a local file
    """

    location: Location
    size: int
    arrived: datetime
    etag: str = ""


def files_on_page(bucket: str, page: Mapping[str, Any]) -> Iterator[StoredFile]:
    """Yield the files in an answer to ``ListObjectsV2``, whoever asked; keys that end in a slash are folders."""
    for item in page.get("Contents") or ():
        if not item["Key"].endswith("/"):
            etag = item.get("ETag", "").strip('"')
            yield StoredFile(S3(bucket, item["Key"]), item["Size"], item["LastModified"], etag)


def encryption_of(kms_key: str | None) -> dict[str, str]:
    """Return the arguments of a write to S3 that have it encrypted by a KMS key; none without one."""
    return {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": kms_key} if kms_key else {}


@contextmanager
def _s3_errors(uri: str) -> Iterator[None]:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise StorageError(f"{uri}: {error}") from error


@contextmanager
def _replaced(path: Path) -> Iterator[BinaryIO]:
    """Write a local file, which is there whole or as it was before, however this ends."""
    unfinished = path.with_name(f".{path.name}-{uuid4().hex[:8]}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with unfinished.open("wb") as target:
                yield target
            unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)
    except OSError as error:
        raise StorageError(f"cannot write {path}: {error.strerror}") from error


class Storage:
    """The local file system and S3.

    :param s3_endpoint_url: a server that stands in for S3
    :param region: where S3 is asked; by default the region of the environment, where a node of EMR has none
    :param profile: section of AWS's own files of credentials and settings; by default that of the environment
    :param attempts: how often S3 is asked before a request has failed
    :param kms_key: ARN of the KMS key that each write to S3 names; without one S3 does what the bucket is set to
    :param client: a client of boto3 that S3 is asked with, in place of one that the others make
    """

    def __init__(
        self,
        *,
        s3_endpoint_url: str | None = None,
        region: str | None = None,
        profile: str | None = None,
        attempts: int = _ATTEMPTS,
        kms_key: str | None = None,
        client: Any = None,
    ) -> None:
        self._client = client
        self._encryption = encryption_of(kms_key)
        self._s3_endpoint_url, self._region, self._profile, self._attempts = s3_endpoint_url, region, profile, attempts

    def __getstate__(self) -> dict[str, Any]:
        # An open connection to S3 is of no use in another process.
        return {name: value for name, value in self.__dict__.items() if name != "_s3"}

    def files(self, place: Location) -> Iterator[StoredFile]:
        """List the files at or below a place that Flink would read; none when there is no such place.

        :raises StorageError: when it cannot be listed
        """
        return self._objects(place) if isinstance(place, S3) else _local_files(place)

    def all_files(self, start: Location) -> Iterator[StoredFile]:
        """List all files whose path or key begins so, hidden and empty ones and markers of folders included.

        :raises StorageError: when they cannot be listed
        """
        return self._listed(start) if isinstance(start, S3) else _all_local_files(start)

    def lines(self, file: Location) -> Iterator[bytes]:
        """Read the lines of a file, without their line ends.

        :raises StorageError: when an object in S3 cannot be read
        """
        if isinstance(file, Local):
            with file.path.open("rb") as stream:
                for line in stream:
                    yield line.rstrip(b"\n")
        else:
            with _s3_errors(file.uri), closing(self._s3.get_object(Bucket=file.bucket, Key=file.key)["Body"]) as body:
                for line in BufferedReader(body):
                    yield line.rstrip(b"\n")

    def read(self, file: Location) -> bytes:
        """Read a whole file.

        :raises StorageError: when it cannot be read
        """
        if isinstance(file, Local):
            try:
                return file.path.read_bytes()
            except OSError as error:
                raise StorageError(f"cannot read {file.path}: {error.strerror}") from error
        with _s3_errors(file.uri):
            return bytes(self._s3.get_object(Bucket=file.bucket, Key=file.key)["Body"].read())

    def head(self, file: Location, size: int) -> bytes:
        """Read the first bytes of a file that is not empty.

        :param size: how many bytes at most
        :raises StorageError: when it cannot be read
        """
        if isinstance(file, Local):
            try:
                with file.path.open("rb") as stream:
                    return stream.read(size)
            except OSError as error:
                raise StorageError(f"cannot read {file.path}: {error.strerror}") from error
        with _s3_errors(file.uri):
            answer = self._s3.get_object(Bucket=file.bucket, Key=file.key, Range=f"bytes=0-{size - 1}")
            return bytes(answer["Body"].read())

    def chunks(self, file: Location, start: int = 0) -> Iterator[bytes]:
        """Read a file as it is stored, in pieces of 1 MiB.

        :param start: where to begin, in bytes; below the file's size, unless it is 0
        :raises StorageError: when it cannot be read
        """
        if isinstance(file, Local):
            try:
                with file.path.open("rb") as stream:
                    stream.seek(start)
                    yield from iter(partial(stream.read, _CHUNK_BYTES), b"")
            except OSError as error:
                raise StorageError(f"cannot read {file.path}: {error.strerror}") from error
        else:
            asked = {"Range": f"bytes={start}-"} if start else {}
            with _s3_errors(file.uri):
                answer = self._s3.get_object(Bucket=file.bucket, Key=file.key, **asked)
                with closing(answer["Body"]) as body:
                    yield from body.iter_chunks(_CHUNK_BYTES)

    def write_pieces(self, file: Location, pieces: Iterable[bytes]) -> int:
        """Write a whole file piece by piece, in place of any there was, and return its size in bytes.

        :param pieces: its content, which may be more than memory holds
        :raises StorageError: when it cannot be written
        """
        try:
            with TemporaryFile() as whole:
                for piece in pieces:
                    whole.write(piece)
                size = whole.tell()
                whole.seek(0)
                if isinstance(file, S3):
                    with _s3_errors(file.uri):
                        self._upload(whole, file)
                else:
                    with _replaced(file.path) as target:
                        shutil.copyfileobj(whole, target)
        except StorageError:
            raise
        except OSError as error:
            raise StorageError(f"{file.uri}: its content cannot be kept until it is whole: {error}") from error
        return size

    def _upload(self, whole: BinaryIO, file: S3) -> None:
        from boto3.s3.transfer import TransferConfig  # type: ignore[import-untyped]

        # Threads of its own for each file would leave memory that nobody uses again.
        here = TransferConfig(use_threads=False)
        self._s3.upload_fileobj(whole, file.bucket, file.key, ExtraArgs=self._encryption, Config=here)

    def write(self, file: Location, content: bytes) -> None:
        """Write a whole file, in place of any there was.

        :raises StorageError: when it cannot be written
        """
        if isinstance(file, S3):
            with _s3_errors(file.uri):
                self._s3.put_object(Bucket=file.bucket, Key=file.key, Body=content, **self._encryption)
            return
        with _replaced(file.path) as target:
            target.write(content)

    def delete(self, file: Location) -> None:
        """Delete a file that is there."""
        if isinstance(file, Local):
            file.path.unlink()
        else:
            with _s3_errors(file.uri):
                self._s3.delete_object(Bucket=file.bucket, Key=file.key)

    def check_writable(self, directory: Location) -> None:
        """Write a small file in the directory and delete it.

        :raises StorageError: when it cannot be written
        """
        probe = directory.child(f".probe-{uuid4().hex}")
        self.write(probe, b"")
        self.delete(probe)

    @cached_property
    def _s3(self) -> Any:
        return self._client or self._new_client("s3", self._region, self._s3_endpoint_url)

    def client_of(self, service: str, region: str) -> Any:
        """Return a client of boto3 for another service, by the same credentials."""
        return self._new_client(service, region, None)

    def _new_client(self, service: str, region: str | None, endpoint_url: str | None) -> Any:
        return aws_client(
            service,
            region,
            endpoint_url=endpoint_url,
            profile=self._profile,
            retries={"mode": "standard", "max_attempts": self._attempts},
        )

    def _objects(self, place: S3) -> Iterator[StoredFile]:
        for file in self._listed(place):
            below = file.location.uri.removeprefix(place.uri)
            if (not place.key or below[:1] in ("", "/")) and is_read_by_flink(below.split("/")):
                yield file

    def _listed(self, place: S3) -> Iterator[StoredFile]:
        with _s3_errors(place.uri):
            for page in self._s3.get_paginator("list_objects_v2").paginate(Bucket=place.bucket, Prefix=place.key):
                yield from files_on_page(place.bucket, page)


def _local_files(place: Local) -> Iterator[StoredFile]:
    for file in _all_local_files(place):
        if isinstance(file.location, Local) and is_read_by_flink(file.location.path.relative_to(place.path).parts):
            yield file


def _all_local_files(place: Local) -> Iterator[StoredFile]:
    try:
        for path in [place.path] if place.path.is_file() else sorted(place.path.rglob("*")):
            if path.is_file():
                known = path.stat()
                yield StoredFile(Local(path), known.st_size, datetime.fromtimestamp(known.st_mtime, UTC))
    except OSError as error:
        raise StorageError(f"cannot read {place.path}: {error.strerror}") from error
