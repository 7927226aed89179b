"""Whether the job would take the config and the resolver of a run: the same check as the job's own. And Enrich's."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from event_recovery_provider._compat import mask_secret

if TYPE_CHECKING:
    from event_recovery.iglu.apikeys import ClientOf
    from event_recovery.iglu.resolver import Resolver


def check_enrich(version: str) -> list[str]:
    """Check that there is such a version of Enrich, and that it can be predicted; return what is wrong, a line each."""
    from event_recovery.verify.generations import Generation

    try:
        Generation.parse(version)
    except ValueError as error:
        return [f"enrich: {error}"]
    return []


def masked_resolver(content: bytes, client_of: ClientOf | None = None) -> Resolver:
    """Make the resolver of an Iglu resolver config, whose API keys Airflow then shows nowhere.

    :param client_of: makes the clients of boto3 by which API keys are read that stand in it as ARNs
    :raises ConfigError: with everything that is wrong with it
    """
    from event_recovery.iglu.apikeys import plain_apikeys
    from event_recovery.iglu.resolver_config import load_resolver

    for key in plain_apikeys(_parsed(content)):
        mask_secret(key)
    found = load_resolver(content, what="resolver", client_of=client_of)
    for registry in found.registries:
        read = getattr(registry, "apikey", None)
        if read is not None:
            mask_secret(read)
    return found


def _parsed(content: bytes) -> Any:
    try:
        return json.loads(content)
    except ValueError:
        return None  # which the check itself tells


def check_documents(
    config: bytes, resolver: bytes | None, client_of: ClientOf | None = None
) -> tuple[list[str], Sequence[str]]:
    """Check a recovery config, with its schema from the registries of an Iglu resolver config if need be.

    A schema that comes with this package, as almost all configs name, is looked up nowhere.

    :param resolver: None when it could not be read
    :param client_of: as for ``masked_resolver``
    :return: what keeps the job from beginning, and what is suspicious, a line each
    """
    # Loaded here, since no DAG file is to load the engine.
    from event_recovery import ConfigError
    from event_recovery.config.check import check_config

    problems: list[str] = []
    schemas = None
    if resolver is not None:
        try:
            schemas = masked_resolver(resolver, client_of)
        except ConfigError as error:
            problems += [f"resolver: {problem}" for problem in error.problems]
    report = check_config(config, schemas)
    return [*problems, *(one.line("config") for one in report.errors)], [one.line("config") for one in report.warnings]
