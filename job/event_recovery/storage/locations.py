"""What the text of an input or output option points at."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from os.path import normpath, realpath
from pathlib import Path, PurePath

_STREAM_NAME = re.compile(r"[A-Za-z0-9_.-]{1,128}")
_STREAM_ARN = re.compile(
    r"arn:aws[a-z-]*:kinesis:(?P<region>[a-z0-9-]+):[0-9]{12}:stream/(?P<name>[A-Za-z0-9_.-]{1,128})"
)
_SCHEME = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://")


class LocationError(ValueError):
    """Text that is not a path, URI or stream the job can use."""


@dataclass(frozen=True, slots=True)
class Local:
    """A file or directory of this machine."""

    path: Path

    @property
    def uri(self) -> str:
        """As Flink wants it: nothing is escaped, since Flink takes the text after the scheme for the path as it is."""
        return f"file://{self.path.absolute()}"

    @property
    def identity(self) -> str:
        """The same text for all ways to name one place, whatever links lead there."""
        return realpath(self.path)

    def child(self, name: str) -> Local:
        """Return a place under this one."""
        return Local(self.path / name)

    @property
    def name(self) -> str:
        """The last name of the path."""
        return PurePath(normpath(self.path.absolute())).name

    @property
    def parent(self) -> Local:
        """The place this one is in."""
        return Local(self.path.absolute().parent)


@dataclass(frozen=True, slots=True)
class S3:
    """An object, or all objects whose keys begin with ``key/``."""

    bucket: str
    key: str

    @property
    def uri(self) -> str:
        """As Flink wants it."""
        return f"s3://{self.bucket}/{self.key}"

    @property
    def identity(self) -> str:
        """The same text for all ways to name one place."""
        return self.uri

    def child(self, name: str) -> S3:
        """Return a key under this one."""
        return S3(self.bucket, f"{self.key}/{name}".lstrip("/"))

    @property
    def name(self) -> str:
        """The last name of the key."""
        return self.key.rpartition("/")[2]

    @property
    def parent(self) -> S3:
        """The prefix this key is in."""
        return S3(self.bucket, self.key.rpartition("/")[0])


Location = Local | S3


@dataclass(frozen=True, slots=True)
class Stream:
    """A Kinesis stream.

    :param arn: None when it was given by name
    :param region: None when it was given by name
    """

    name: str
    arn: str | None
    region: str | None


def parse_location(text: str) -> Location:
    """Read a path or URI.

    :raises LocationError: when it is neither, or has another scheme than file, s3, s3a and s3n
    """
    scheme = _SCHEME.match(text)
    if not text or "\0" in text:
        raise LocationError(f"expected a path, not {text!r}")
    if scheme is None:
        return Local(Path(text))
    rest = text[scheme.end() :]
    match scheme["scheme"]:
        case "file":
            return Local(Path(rest))
        case "s3" | "s3a" | "s3n":
            bucket, _, key = rest.partition("/")
            if not bucket:
                raise LocationError(f"{text} names no bucket, expected s3://bucket/prefix")
            return S3(bucket, key.strip("/"))
        case other:
            raise LocationError(f"{text}: the scheme {other!r} is not supported, expected a local path or s3://")


def parse_output(text: str) -> Stream | Local:
    """Tell a stream from a local directory: text with a slash, or ``file://``, is a directory.

    :raises LocationError: when it is neither
    """
    arn = _STREAM_ARN.fullmatch(text)
    if arn is not None:
        return Stream(name=arn["name"], arn=text, region=arn["region"])
    if text.startswith("arn:"):
        raise LocationError(f"{text} is not the ARN of a Kinesis stream, arn:aws:kinesis:REGION:ACCOUNT:stream/NAME")
    if "/" in text:
        location = parse_location(text)
        if isinstance(location, S3):
            raise LocationError(f"{text}: recovered events go to a Kinesis stream or a local directory")
        return location
    if _STREAM_NAME.fullmatch(text) is None:
        raise LocationError(
            f"{text!r} is not a stream name, expected up to 128 letters, digits, dots, dashes and underscores"
        )
    return Stream(name=text, arn=None, region=None)


def is_read_by_flink(names: Iterable[str]) -> bool:
    """Tell whether Flink reads a file whose path has these names.

    It passes over one that begins with a dot or an underscore, as unfinished files do.
    """
    return not any(name.startswith((".", "_")) for name in names)
