"""Where a bundle is stored: a directory of this machine or a prefix in S3."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from event_recovery.bundle.manifest import MANIFEST, BundleError, Manifest, Stored
from event_recovery.storage.clients import aws_client
from event_recovery.storage.locations import S3, LocationError, parse_location

_CHUNK = 1 << 20


class BundleStore(Protocol):
    """What both kinds of stores can do; ``path`` is that of a file in the bundle."""

    @property
    def name(self) -> str:
        """For messages."""

    def read(self, path: str) -> bytes | None:
        """Return the content of a file; None when it does not exist."""

    def stored(self, path: str) -> Stored | None:
        """Return size and SHA-256 of a file; None when it does not exist."""


def open_store(text: str) -> BundleStore:
    """Tell a directory from an s3:// URI.

    :raises BundleError: when it is neither
    """
    try:
        location = parse_location(text)
    except LocationError as error:
        raise BundleError(str(error)) from error
    return S3Store(location) if isinstance(location, S3) else LocalStore(location.path)


def load_manifest(place: BundleStore) -> Manifest:
    """Read the manifest of a bundle.

    :raises BundleError: when it has none
    """
    text = place.read(MANIFEST)
    if text is None:
        raise BundleError(f"{place.name} is not a bundle: it has no {MANIFEST}")
    return Manifest.from_json(text)


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file, in hex."""
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
        self._client = client or aws_client("s3")

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
        """Return what S3 itself knows of a file, which may be its size alone; None when it does not exist."""
        answer = self._call("head_object", path, ChecksumMode="ENABLED")
        return None if answer is None else Stored.of_object(answer)

    def put(self, path: str, file: Path, sha256: str) -> None:
        """Write a file; S3 compares its SHA-256 before it takes it."""
        checksum = base64.b64encode(bytes.fromhex(sha256)).decode()
        with file.open("rb") as body:
            self._call("put_object", path, Body=body, ChecksumAlgorithm="SHA256", ChecksumSHA256=checksum)

    def _get(self, path: str) -> Any:
        return self._call("get_object", path)

    def _call(self, operation: str, path: str, **arguments: Any) -> Any:
        """Return the answer of a call about one object; None when it does not exist."""
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
