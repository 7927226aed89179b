"""The options that commands share: as whom and where S3 is asked, and which rows are read."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any

import click

from event_recovery.cli.inputs import STANDARD_INPUT, Wanted
from event_recovery.inputs.choice import Selection
from event_recovery.inputs.rows import RowSelection
from event_recovery.options.types import check_types
from event_recovery.storage.files import Storage
from event_recovery.text.redact import Redaction
from event_recovery.text.times import check_window, parse_time

# A person waits for the answer.
_ATTEMPTS = 3


def s3_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options by which S3 is asked; the command gets a ``storage``."""

    @click.option("--profile", metavar="NAME", help="Profile of AWS's settings and credentials, for s3:// URIs.")
    @click.option("--region", metavar="REGION", help="Region of S3.")
    @click.option("--endpoint-url", metavar="URL", callback=_server, help="Server that stands in for S3.")
    @wraps(command)
    def with_storage(*, profile: str | None, region: str | None, endpoint_url: str | None, **others: Any) -> None:
        storage = Storage(s3_endpoint_url=endpoint_url, region=region, profile=profile, attempts=_ATTEMPTS)
        command(storage=storage, **others)

    return with_storage


def redact_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options by which values of rows are hidden; the command gets a ``redaction``, None to hide nothing."""

    @click.option("--redact", is_flag=True, help="Show values of rows as their types and lengths, such as string(12).")
    @click.option("--keep", metavar="FIELD,...", help="With --redact, show the values of these fields, such as aid.")
    @wraps(command)
    def with_redaction(*, redact: bool, keep: str | None, **others: Any) -> None:
        if keep is not None and not redact:
            raise click.BadParameter("names fields for --redact, which is not given", param_hint="--keep")
        command(redaction=Redaction.keeping((keep or "").split(",")) if redact else None, **others)

    return with_redaction


def row_options(*, required: bool = True) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Add the inputs and the options by which their rows are chosen; the command gets them as ``wanted``.

    :param required: whether there has to be an input
    """

    def with_options(command: Callable[..., None]) -> Callable[..., None]:
        return _with_row_options(command, required=required)

    return with_options


def _with_row_options(command: Callable[..., None], *, required: bool) -> Callable[..., None]:
    @click.argument("inputs", nargs=-1, required=required, metavar="INPUT...")
    @click.option(
        "--arrived-from",
        metavar="TIME",
        callback=_time,
        help="Only files that S3 got then or later, such as 2026-11-28T10:00Z; local ones by their last change.",
    )
    @click.option("--arrived-to", metavar="TIME", callback=_time, help="Only files that S3 got before then.")
    @click.option(
        "--types",
        metavar="TYPE,...",
        callback=_types,
        help="Only rows of these bad row types, such as schema_violations; folders of other types are not read.",
    )
    @click.option(
        "--failed-from", metavar="TIME", callback=_time, help="Only rows that failed then or later, and their files."
    )
    @click.option("--failed-to", metavar="TIME", callback=_time, help="Only rows that failed before then.")
    @click.option(
        "--sample",
        metavar="N",
        type=click.IntRange(min=1),
        help="Only N rows, spread over the files: the first ones of each, or of many in the order of a hash of their "
        "names. The same files give the same rows.",
    )
    @wraps(command)
    def with_wanted(
        *,
        inputs: tuple[str, ...],
        arrived_from: datetime | None,
        arrived_to: datetime | None,
        types: frozenset[str],
        failed_from: datetime | None,
        failed_to: datetime | None,
        sample: int | None,
        **others: Any,
    ) -> None:
        if sample is not None and STANDARD_INPUT in inputs:
            raise click.BadParameter("cannot sample standard input, cut it by head -n", param_hint="--sample")
        for option, begin, end in (
            ("--arrived-from", arrived_from, arrived_to),
            ("--failed-from", failed_from, failed_to),
        ):
            try:
                check_window(begin, end)
            except ValueError as error:
                raise click.BadParameter(str(error), param_hint=option) from error
        rows = RowSelection(types=types, failed_from=failed_from, failed_to=failed_to)
        selection = Selection(arrived_from=arrived_from, arrived_to=arrived_to, rows=rows)
        command(wanted=Wanted(inputs, selection, sample), **others)

    return with_wanted


def _time(context: click.Context, parameter: click.Parameter, value: str | None) -> datetime | None:
    try:
        return None if value is None else parse_time(value)
    except ValueError as error:
        raise click.BadParameter(str(error), context, parameter) from error


def _types(context: click.Context, parameter: click.Parameter, value: str | None) -> frozenset[str]:
    names = frozenset(one.strip() for one in (value or "").split(",") if one.strip())
    try:
        check_types(sorted(names))
    except ValueError as error:
        raise click.BadParameter(str(error), context, parameter) from error
    return names


def _server(context: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    if value is None or value.startswith(("http://", "https://")):
        return value
    raise click.BadParameter(f"{value!r} is not a URL, expected http://HOST:PORT or https://HOST", context, parameter)
