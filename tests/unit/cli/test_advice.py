"""Errors of AWS say what to do."""

from __future__ import annotations

from typing import Any

import pytest
from botocore import exceptions
from event_recovery.cli.advice import _ADVICE, with_advice
from event_recovery.documents.sources import SourceError
from event_recovery.storage.files import StorageError

pytestmark = pytest.mark.unit

ANSWERS = {"403", "AccessDenied", "AllAccessDisabled", "ExpiredToken", "InvalidAccessKeyId", "InvalidObjectState"} | {
    "InvalidToken",
    "NoSuchBucket",
    "NoSuchKey",
    "SignatureDoesNotMatch",
}


def raised(cause: Exception) -> StorageError:
    error = StorageError(f"s3://b/x: {cause}")
    error.__cause__ = cause
    return error


def answer(code: str, headers: dict[str, str] | None = None, **error: str) -> exceptions.ClientError:
    response: Any = {"Error": {"Code": code, **error}, "ResponseMetadata": {"HTTPHeaders": headers or {}}}
    return exceptions.ClientError(response, "ListObjectsV2")


def test_every_name_is_one_of_botocore_or_a_code_of_s3() -> None:
    assert {name for name in _ADVICE if not hasattr(exceptions, name)} == ANSWERS


@pytest.mark.parametrize(
    ("cause", "advice"),
    [
        (answer("AccessDenied"), "they need s3:ListBucket on the bucket, s3:GetObject on its objects"),
        (answer("NoSuchBucket"), "there is no such bucket: check its name"),
        (answer("PermanentRedirect", {"x-amz-bucket-region": "eu-west-1"}), "is in eu-west-1: --region eu-west-1"),
        (answer("AuthorizationHeaderMalformed", Region="eu-west-2"), "is in eu-west-2: --region eu-west-2"),
        (answer("IllegalLocationConstraintException"), "in another region: name it by --region"),
        (exceptions.NoCredentialsError(), "give them by aws configure, --profile NAME"),
        (exceptions.ProfileNotFound(profile="x"), "aws configure list-profiles"),
    ],
)
def test_the_advice_stands_below_the_error(cause: Exception, advice: str) -> None:
    error = SourceError("CONFIG: s3://b/x: no")
    error.__cause__ = raised(cause)
    first, second = with_advice(error).splitlines()
    assert first == "CONFIG: s3://b/x: no"
    assert advice in second


def test_an_error_that_nobody_knows_stays_as_it_is() -> None:
    assert with_advice(raised(answer("SlowDown"))) == f"s3://b/x: {answer('SlowDown')}"
    assert with_advice(StorageError("cannot read x: Permission denied")) == "cannot read x: Permission denied"
