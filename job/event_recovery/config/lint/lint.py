"""Warn of what is valid in a recovery config but hardly meant: flows that never run, steps that always fail."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain

from event_recovery.badrows.types import TYPES_BY_NAME, BadRowType, PayloadKind
from event_recovery.config import outline
from event_recovery.config.lint.below_text import condition_below_text, step_below_text
from event_recovery.config.lint.edits import edit_warnings
from event_recovery.config.lint.paths import path_warnings
from event_recovery.config.lint.refused import refused_warnings
from event_recovery.config.lint.regexes import anchor_warning
from event_recovery.config.lint.results import result_warnings
from event_recovery.config.lint.roots import condition_root_warning, step_root_warning
from event_recovery.config.lint.steps import step_warnings
from event_recovery.config.lint.values import value_warnings
from event_recovery.config.outline import ConfigNode, Parts
from event_recovery.config.portable import portability_warnings
from event_recovery.documents.json_schema import did_you_mean
from event_recovery.documents.problems import Problem, json_path
from event_recovery.iglu.uris import BAD_ROWS_VENDOR, is_criterion

_FIT_VERSION = re.compile(r"([1-9][0-9]*|\*)-(0|[1-9][0-9]*|\*)-(0|[1-9][0-9]*|\*)")

Finding = tuple[Parts, str]


def lint_config(document: object) -> list[Problem]:
    """List the traps in a config, each with its place and what to write instead; all are warnings.

    Parts that are not well-formed are left to validation and loading.

    :param document: the parsed JSON of the config
    """
    found = chain(_key_warnings(document), _flow_warnings(document), portability_warnings(document))
    return [Problem(json_path(parts), message, "warning") for parts, message in found]


def _key_warnings(document: object) -> Iterator[Finding]:
    data = document.get("data") if isinstance(document, dict) else None
    for key in data if isinstance(data, dict) else ():
        warning = _key_warning(key)
        if warning is not None:
            yield ("data", key), warning


def _key_warning(key: str) -> str | None:
    if not is_criterion(key):
        return (
            "the key matches no row: expected iglu:<vendor>/<name>/<format>/<model>-<revision>-<addition>, "
            "of which only the three parts of the version may be *"
        )
    vendor, name, form, version = key.removeprefix("iglu:").split("/")
    if not _FIT_VERSION.fullmatch(version):
        return f"the key matches no row: no schema has the version {version}; models start at 1, without leading zeros"
    known = TYPES_BY_NAME.get(name)
    if (vendor == BAD_ROWS_VENDOR) != (known is not None) or (known is not None and form != "jsonschema"):
        hint = did_you_mean(name, TYPES_BY_NAME) if known is None else ""
        return f"no bad row that can be read has this schema: expected iglu:{BAD_ROWS_VENDOR}/<type>/jsonschema/…{hint}"
    if known is not None and known.kind is PayloadKind.NESTED:
        return (
            "the key matches no row: a recovery error is taken as the bad row in it, and matched by that row's schema"
        )
    if known is not None and not known.versions:
        return f"the key matches no row: a row of the type {name} is unrecoverable, whatever the config"
    return None


def _flow_warnings(document: object) -> Iterator[Finding]:
    names: dict[tuple[str, object], ConfigNode] = {}
    for flow in outline.flows(document):
        name = flow.text("name")
        if name is not None and names.setdefault((flow.key, name), flow) is not flow:
            yield (*flow.parts, "name"), f"another flow of this key is called {name!r} too: failures could mean either"
        row_type = _row_type(flow.key)
        if row_type is not None and row_type.kind is PayloadKind.NONE and flow.body.get("steps"):
            yield (
                (*flow.parts, "steps"),
                f"the steps never run: a row of the type {row_type.schema_name} is unrecoverable",
            )
            row_type = None
        for condition in outline.conditions(flow):
            yield from _condition_warnings(condition, row_type)
        for step in outline.steps(flow):
            yield from _step_warnings(step, row_type)


def _step_warnings(step: ConfigNode, row_type: BadRowType | None) -> Iterator[Finding]:
    path, operation = step.text("path") or "", step.text("op")
    edits = operation in {"Delete", "Set"}
    yield from _at(step, "path", path_warnings(path, may_end_at_pair=edits))
    yield from _at(step, "path", step_root_warning(path, row_type, makes_or_deletes=edits))
    yield from step_warnings(step)
    yield from _at(step, "path", step_below_text(path, row_type, deletes=operation == "Delete"))
    yield from result_warnings(step, row_type)
    yield from edit_warnings(step, row_type)
    yield from _at(step, "to" if operation == "Rename" else "value", refused_warnings(step))
    yield from _at(step, "value", value_warnings(step))


def _condition_warnings(condition: ConfigNode, row_type: BadRowType | None) -> Iterator[Finding]:
    path = condition.text("path") or ""
    yield from _at(condition, "path", path_warnings(path))
    yield from _at(condition, "path", condition_root_warning(path, row_type))
    yield from _at(condition, "path", condition_below_text(path, row_type))
    matcher = condition.body.get("value")
    if not isinstance(matcher, dict) or not isinstance(matcher.get("regex"), str):
        return
    regex = matcher["regex"]
    others = [name for name in ("value", "size") if name in matcher]
    if others:
        yield (*condition.parts, "value", others[0]), f"`{others[0]}` is ignored beside `regex`: use two conditions"
    quotes = anchor_warning(regex)
    if quotes:
        yield (*condition.parts, "value", "regex"), quotes


def _row_type(key: str) -> BadRowType | None:
    if not is_criterion(key):
        return None
    vendor, name, _, _ = key.removeprefix("iglu:").split("/")
    return TYPES_BY_NAME.get(name) if vendor == BAD_ROWS_VENDOR else None


def _at(item: ConfigNode, name: str, messages: Iterator[str]) -> Iterator[Finding]:
    for message in messages:
        yield (*item.parts, name), message
