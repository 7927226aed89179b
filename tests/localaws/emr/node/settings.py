"""The configuration of one Flink application on a node: what the user set, and what only this machine knows."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from localaws.fabric import STATSD_PORT_VARIABLE
from localaws.flink.config import cluster_config, s3_config

# Where the user's word counts, local defaults do not.
_DEFAULTS = ("memory.process.size", "numberOfTaskSlots", "heartbeat", "python.", "env.java.opts")
_JAVA_HOMES = ("env.java.home", "JAVA_HOME")


def application_settings(user: Mapping[str, str], *, work: Path, rest_port: int, rpc_port: int) -> dict[str, str]:
    """Return the settings of an application whose folder is ``work``.

    Addresses and folders are this machine's; S3 and StatsD are the fabric's; a Java of the node that is not here gives
    way to the one that is. All else is as the user set it.
    """
    java_options = user.get("env.java.opts.all", "")
    local = cluster_config(work=work, rest_port=rest_port, rpc_port=rpc_port, slots=1, java_options=java_options)
    defaults = {key: value for key, value in local.items() if any(name in key for name in _DEFAULTS)}
    kept = {key: value for key, value in user.items() if not _is_missing_java(key, value)}
    settings = {**defaults, **kept, **{key: value for key, value in local.items() if key not in defaults}}
    settings["env.java.opts.all"] = local["env.java.opts.all"]  # the user's own, and where temporary files go
    if endpoint := os.environ.get("AWS_ENDPOINT_URL_S3"):
        settings |= s3_config(endpoint, buffer=work / "tmp")
    return with_statsd_port(settings, os.environ.get(STATSD_PORT_VARIABLE))


def with_statsd_port(settings: Mapping[str, str], port: int | str | None) -> dict[str, str]:
    """Return the settings with the port of the node's agent in every StatsD reporter, if there is an agent."""
    if not port:
        return {**settings}
    return {key: str(port) if _is_statsd_port(key, settings) else value for key, value in settings.items()}


def container_environment(settings: Mapping[str, str], prefix: str) -> dict[str, str]:
    """Return the variables that ``containerized.*.env.NAME`` settings give to the processes of an application."""
    return {
        key.removeprefix(prefix): value
        for key, value in settings.items()
        if key.startswith(prefix) and not _is_missing_java(key, value)
    }


def _is_statsd_port(key: str, settings: Mapping[str, str]) -> bool:
    """Tell whether a setting is the port of a StatsD reporter, which on EMR is the agent's on the same node."""
    reporter = key.removesuffix(".port")
    return key.startswith("metrics.reporter.") and "statsd" in settings.get(f"{reporter}.factory.class", "").lower()


def _is_missing_java(key: str, value: str) -> bool:
    return key.endswith(_JAVA_HOMES) and not Path(value).is_dir()
