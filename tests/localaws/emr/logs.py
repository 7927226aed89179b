"""Logs on their way to S3, gzipped and under the keys EMR gives them."""

from __future__ import annotations

import gzip
import logging
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from botocore.exceptions import BotoCoreError, ClientError

log = logging.getLogger(__name__)


def log_location(log_uri: str, cluster_id: str, place: str) -> str:
    """Return the URI, with a slash at its end, of one ``place`` (as ``steps/s-1``) in a cluster's logs."""
    return f"{log_uri.rstrip('/')}/{cluster_id}/{place}/"


def deliver(s3: Any, location: str, folder: Path) -> None:
    """Upload every file below ``folder`` to ``location``, each gzipped.

    What cannot be delivered is only noted: on EMR, too, a wrong LogUri costs the logs and nothing else.
    """
    target = urlsplit(location)
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        key = f"{target.path.lstrip('/')}{file.relative_to(folder)}.gz"
        try:
            s3.put_object(Bucket=target.netloc, Key=key, Body=gzip.compress(file.read_bytes()))
        except (BotoCoreError, ClientError) as error:
            log.warning("cannot deliver %s to s3://%s/%s: %s", file.name, target.netloc, key, error)


def failure_message(stderr: Path, exit_code: int) -> str:
    """Return the line of a failed step's standard error that says the most: the last one that is not a stack frame."""
    lines = stderr.read_text(errors="replace")[-16_384:].splitlines() if stderr.exists() else []
    telling = [line.strip() for line in lines if line.strip() and not line.lstrip().startswith(("at ", "... "))]
    return telling[-1][:1000] if telling else f"Exit code {exit_code}"
