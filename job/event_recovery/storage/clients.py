"""Clients of AWS, all made in one place; boto3 is loaded by the first."""

from __future__ import annotations

from typing import Any


def aws_client(
    service: str,
    region: str | None = None,
    *,
    endpoint_url: str | None = None,
    profile: str | None = None,
    **config: Any,
) -> Any:
    """Return a client of boto3, by the credentials of the environment or of a profile.

    :param endpoint_url: a server that stands in for the service
    :param profile: section of AWS's own files of credentials and settings
    :param config: arguments of botocore's ``Config``
    """
    import boto3  # type: ignore[import-untyped]
    from botocore.config import Config

    session = boto3 if profile is None else boto3.Session(profile_name=profile)
    given = Config(**config) if config else None
    return session.client(service, region_name=region, endpoint_url=endpoint_url, config=given)
