"""``event-recovery from-dataflow-runner``: the variables of the old command line as the params of the DAG."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import click

from event_recovery.cli.console import UNUSABLE, err, stop
from event_recovery.contract.units import interval_doubt
from event_recovery.documents.positions import JsonSyntaxError, parse_json
from event_recovery.documents.sources import inline_json
from event_recovery.iglu.apikeys import plain_apikeys
from event_recovery.storage.locations import S3, LocationError, parse_location
from event_recovery.text.shorten import shorten
from event_recovery.version import __version__

#: The variables of the runner's templates for cluster and job.
VARIABLES = tuple(
    "bucket inputdir region subnet role keypair client version config resolver output interval".split(),
)
_DOCUMENTS = ("config", "resolver")


@click.command("from-dataflow-runner")
@click.argument("variables", metavar="VARS")
def from_dataflow_runner(variables: str) -> None:
    """Turn the --vars of dataflow-runner into the JSON that `airflow dags trigger event_recovery --conf` takes.

    VARS is the argument of the old command line: name,value,name,value. Base64 documents become JSON, the version of
    the old job's jar becomes that of the bundle this package builds, and an empty inputdir becomes the whole bucket.
    """
    names_and_values = variables.split(",")
    if len(names_and_values) % 2:
        stop(f"VARS holds {len(names_and_values)} parts, expected pairs: name,value,name,value", UNUSABLE)
    given = dict(zip(names_and_values[::2], names_and_values[1::2], strict=True))
    unknown = [name for name in given if name not in VARIABLES]
    if unknown:
        stop(f"VARS names {', '.join(unknown)}, expected some of {', '.join(VARIABLES)}", UNUSABLE)
    conf = {name: _param(name, given[name]) for name in VARIABLES if given.get(name)}
    if "inputdir" in given and not given["inputdir"].strip("/ "):
        conf["inputdir"] = _whole_bucket(given)
    doubt = interval_doubt(conf.get("interval", 0))
    if doubt is not None:
        err.print(f"interval: {conf['interval']} seconds is more than an hour; {doubt}", style="yellow")
    if conf.get("version", __version__) != __version__:
        err.print(f"version: {conf['version']} of the jar becomes {__version__} of the bundle", style="yellow")
        conf["version"] = __version__
    if plain_apikeys(conf.get("resolver")):
        told = "an API key stands in it as it is, which no run takes: say where it is kept, see docs/secrets.md"
        err.print(f"resolver: {told}", style="yellow")
    # No terminal takes half of a surrogate pair, but JSON may have its escape.
    click.echo(json.dumps(conf, indent=2, ensure_ascii=False).encode(errors="backslashreplace"))


def _whole_bucket(given: Mapping[str, str]) -> str:
    """Return what an empty directory meant: the old templates put nothing but a slash between it and the bucket."""
    if not given.get("bucket"):
        stop("inputdir is empty, which means all of the bucket, and VARS names no bucket", UNUSABLE)
    return f"s3://{given['bucket']}/"


def _param(name: str, value: str) -> Any:
    if name in _DOCUMENTS and not _is_s3_uri(value):
        content = inline_json(value)
        if content is None:
            stop(f"{name} is neither JSON, nor base64 of JSON, nor an s3:// URI: {shorten(value, 60)!r}", UNUSABLE)
        try:
            document = parse_json(content)
        except JsonSyntaxError as error:
            stop(f"{name} is not JSON: {error}", UNUSABLE)
        try:
            json.dumps(document, allow_nan=False)
        except ValueError:
            stop(f"{name} has a number that no double holds, as params do: put it into S3 and give its URI", UNUSABLE)
        return document
    if name == "interval":
        if not value.isdecimal():
            stop(f"interval is {value!r}, expected whole seconds", UNUSABLE)
        return int(value)
    return value


def _is_s3_uri(value: str) -> bool:
    try:
        return isinstance(parse_location(value), S3)
    except LocationError:
        return False
