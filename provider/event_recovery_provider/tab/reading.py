"""Reads a page from S3 as the task would that wrote it, in the API server."""

from __future__ import annotations

from typing import Any, ClassVar

from event_recovery_provider._compat import AwsBaseHook
from event_recovery_provider._compat_server import connection
from event_recovery_provider.aws import s3
from event_recovery_provider.aws.clients import PROMPT, Aws, AwsAccess
from event_recovery_provider.pages import Page


class _Hook(AwsBaseHook):
    @classmethod
    def get_connection(cls, conn_id: str) -> Any:
        return connection(conn_id)


class _Access(AwsAccess):
    hook_class: ClassVar[type[AwsBaseHook]] = _Hook


def read_page(page: Page, *, most: int) -> bytes | None:
    """Return what is in S3, at most so many bytes of it; None when nothing is.

    :raises ClientError: when S3 refuses it
    :raises BotoCoreError: when S3 is not reached, or there are no credentials
    """
    aws = Aws(_Access(page.aws_conn_id, page.region), profile=PROMPT)
    return aws.run(s3.read_object(page.uri, most=most))
