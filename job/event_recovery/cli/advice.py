"""What to do about an error of S3, in the words of a command line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

_NAMES_TO_GIVE = "aws configure, --profile NAME, AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
_NO_CREDENTIALS = f"there are no credentials for AWS: give them by {_NAMES_TO_GIVE}"
_UNKNOWN_CREDENTIALS = f"S3 does not know these credentials: give others by {_NAMES_TO_GIVE}"
_EXPIRED = "the credentials have expired: get new ones (aws sso login --profile NAME, or as your company has it)"
_DENIED = (
    "these credentials may not read it: they need s3:ListBucket on the bucket, s3:GetObject on its objects, and "
    "kms:Decrypt where they are encrypted by a key of KMS; give others by --profile NAME"
)
_BROKEN = "the connection to S3 broke: run the command again"
_NO_SERVER = "S3 cannot be reached: check --endpoint-url, --region, the network and its proxy"

#: By the code of S3's answer, or by the name of botocore's exception when there was no answer.
_ADVICE: Final[Mapping[str, str]] = {
    "403": _DENIED,
    "AccessDenied": _DENIED,
    "AllAccessDisabled": _DENIED,
    "ConnectTimeoutError": _NO_SERVER,
    "ConnectionClosedError": _BROKEN,
    "CredentialRetrievalError": _NO_CREDENTIALS,
    "EndpointConnectionError": _NO_SERVER,
    "ExpiredToken": _EXPIRED,
    "IncompleteReadError": _BROKEN,
    "InvalidAccessKeyId": _UNKNOWN_CREDENTIALS,
    "InvalidObjectState": "it is archived: restore it first (aws s3api restore-object)",
    "InvalidRegionError": "give --region as AWS writes it, such as eu-west-1",
    "InvalidToken": _UNKNOWN_CREDENTIALS,
    "NoCredentialsError": _NO_CREDENTIALS,
    "NoSuchBucket": "there is no such bucket: check its name (aws s3 ls lists yours), --profile and --endpoint-url",
    "NoSuchKey": "there is no such object: check its name (aws s3 ls lists what is there)",
    "PartialCredentialsError": _NO_CREDENTIALS,
    "ProfileNotFound": "check the name of the profile: aws configure list-profiles",
    "ProxyConnectionError": _NO_SERVER,
    "ReadTimeoutError": _BROKEN,
    "ResponseStreamingError": _BROKEN,
    "SSLError": _NO_SERVER,
    "SSOTokenLoadError": _EXPIRED,
    "SignatureDoesNotMatch": _UNKNOWN_CREDENTIALS,
    "TokenRetrievalError": _EXPIRED,
    "UnauthorizedSSOTokenError": _EXPIRED,
}
#: What S3 answers to who asks in another region than the bucket's.
_ELSEWHERE: Final = frozenset(
    {"301", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException", "PermanentRedirect"}
)


def with_advice(error: Exception) -> str:
    """Return the text of an error, and in a line of its own what to do when AWS is behind it."""
    advice = next(filter(None, map(_advice, _causes(error))), None)
    return str(error) if advice is None else f"{error}\n{advice}"


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__


def _advice(error: BaseException) -> str | None:
    # Known by their form, so that boto3 is loaded only when S3 is asked.
    answer: Mapping[str, Any] = getattr(error, "response", None) or {}
    code = str(answer.get("Error", {}).get("Code", type(error).__name__))
    if code not in _ELSEWHERE:
        return _ADVICE.get(code)
    headers = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    region = headers.get("x-amz-bucket-region") or answer["Error"].get("Region")
    if region is None:
        return "the bucket is in another region: name it by --region (aws s3api head-bucket tells it)"
    return f"the bucket is in {region}: --region {region}"
