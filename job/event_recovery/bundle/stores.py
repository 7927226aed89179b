"""Where a bundle lies: a directory of this machine or a prefix in S3."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from event_recovery.bundle.manifest import MANIFEST, BundleError, Manifest, Stored
from event_recovery.storage.locations import S3, LocationError, parse_location

_CHUNK = 1 << 20


class BundleStore(Protocol):
    """What both kinds of places can do; ``path`` is that of a file in the bundle."""

    @property
    def name(self) -> str:
        """For messages."""

    def read(self, path: str) -> bytes | None:
        """The content of a file, None if there is none."""

    def stored(self, path: str) -> Stored | None:
        """Size and SHA-256 of a file, None if there is none."""


def open_store(text: str) -> BundleStore:
    """Tell a directory from an s3:// URI; BundleError when it is neither."""
    try:
        location = parse_location(text)
    except LocationError as error:
        raise BundleError(str(error)) from error
    return S3Store(location) if isinstance(location, S3) else LocalStore(location.path)


def load_manifest(place: BundleStore) -> Manifest:
    """Read the manifest of a bundle; BundleError when it has none."""
    text = place.read(MANIFEST)
    if text is None:
        raise BundleError(f"{place.name} is no bundle: it has no {MANIFEST}")
    return Manifest.from_json(text)


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@dataclass(frozen=True, slots=True)
class LocalStore:
    """A directory."""

    root: Path

    @property
    def name(self) -> str:
        """For messages."""
        return str(self.root)

    def read(self, path: str) -> bytes | None:
        """See ``BundleStore``."""
        file = self.root / path
        return file.read_bytes() if file.is_file() else None

    def stored(self, path: str) -> Stored | None:
        """See ``BundleStore``."""
        file = self.root / path
        return Stored(file.stat().st_size, sha256_of(file)) if file.is_file() else None


class S3Store:
    """A prefix of a bucket.

    S3 keeps a SHA-256 with each object that ``put`` wrote, so that nothing has to be downloaded to be compared.
    """

    def __init__(self, location: S3, client: Any = None) -> None:
        self._location = location
        self._client = client or _s3()

    @property
    def name(self) -> str:
        """For messages."""
        return self._location.uri

    def read(self, path: str) -> bytes | None:
        """See ``BundleStore``."""
        answer = self._get(path)
        return None if answer is None else bytes(answer["Body"].read())

    def stored(self, path: str) -> Stored | None:
        """See ``BundleStore``; the SHA-256 is worked out from the content when S3 has none."""
        known = self.known(path)
        if known is None or known.sha256 is not None:
            return known
        answer = self._get(path)
        if answer is None:
            return None
        digest = hashlib.sha256()
        for chunk in answer["Body"].iter_chunks(_CHUNK):
            digest.update(chunk)
        return Stored(known.size, digest.hexdigest())

    def known(self, path: str) -> Stored | None:
        """What S3 itself knows of a file, which may be its size alone."""
        answer = self._call("head_object", path, ChecksumMode="ENABLED")
        if answer is None:
            return None
        checksum = str(answer.get("ChecksumSHA256", ""))
        # That of an object written in parts is another one, and ends in their number.
        whole = bool(checksum) and "-" not in checksum
        return Stored(answer["ContentLength"], base64.b64decode(checksum).hex() if whole else None)

    def put(self, path: str, file: Path, sha256: str) -> None:
        """Write a file; S3 compares its SHA-256 before it takes it."""
        checksum = base64.b64encode(bytes.fromhex(sha256)).decode()
        with file.open("rb") as body:
            self._call("put_object", path, Body=body, ChecksumAlgorithm="SHA256", ChecksumSHA256=checksum)

    def _get(self, path: str) -> Any:
        return self._call("get_object", path)

    def _call(self, operation: str, path: str, **arguments: Any) -> Any:
        """Answer of a call about one object, None when there is no such object."""
        from botocore.exceptions import BotoCoreError, ClientError

        place = self._location.child(path)
        try:
            return getattr(self._client, operation)(Bucket=place.bucket, Key=place.key, **arguments)
        except ClientError as error:
            if error.response["Error"]["Code"] in ("404", "NoSuchKey", "NotFound") and operation != "put_object":
                return None
            raise BundleError(f"{place.uri}: {error}") from error
        except BotoCoreError as error:
            raise BundleError(f"{place.uri}: {error}") from error


def _s3() -> Any:
    import boto3  # type: ignore[import-untyped]

    return boto3.client("s3")
