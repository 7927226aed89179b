"""Whether the bundle that a cluster is to boot from is whole, and of the version that is expected."""

from __future__ import annotations

from botocore.exceptions import ClientError
from event_recovery.bundle import MANIFEST, BundleError, Manifest, Stored, check_manifest

from event_recovery_provider.aws import s3
from event_recovery_provider.aws.calls import Call, Conversation, is_missing


def check_bundle(uri: str, *, version: str) -> Conversation[list[str]]:
    """Compare a bundle with its manifest, by what S3 knows of each file: nothing but the manifest is downloaded.

    :param uri: S3 URI of the bundle
    :param version: version of the job that is expected
    :return: what speaks against the bundle, file by file, and last how it is mended; nothing if it fits
    """
    faults = yield from _faults(uri, version)
    if not faults:
        return []
    mend = f"to mend the bundle, with event-recovery {version}: event-recovery bundle build, then"
    return [*(f"bundle {uri}: {fault}" for fault in faults), f"{mend} event-recovery bundle upload {uri}"]


def _faults(uri: str, version: str) -> Conversation[list[str]]:
    text = yield from s3.read_object(f"{uri}/{MANIFEST}")
    if text is None:
        return [f"{MANIFEST}: missing, so there is no bundle here"]
    try:
        manifest = Manifest.from_json(text)
    except BundleError as error:
        return [str(error)]
    stored: dict[str, Stored | None] = {}
    for file in manifest.files:
        stored[file.path] = yield from _stored(f"{uri}/{file.path}")
    return check_manifest(manifest, version=version, stored=stored)


def _stored(uri: str) -> Conversation[Stored | None]:
    """Return the size of an object, and its SHA-256 where S3 keeps one; None when there is no such object."""
    bucket, key = s3.split_uri(uri)
    try:
        answer = yield Call("s3", "head_object", {"Bucket": bucket, "Key": key, "ChecksumMode": "ENABLED"})
    except ClientError as error:
        if is_missing(error):
            return None
        raise
    return Stored.of_object(answer)
