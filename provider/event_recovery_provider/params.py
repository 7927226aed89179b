"""The form of the manual DAG: the settings as Airflow params."""

from __future__ import annotations

from typing import Any

from airflow.sdk import Param

from event_recovery_provider._compat import ASKS_PEOPLE
from event_recovery_provider.planning.declarations import SECTIONS, Setting
from event_recovery_provider.planning.settings import SETTINGS

__all__ = ["ASKS_PEOPLE", "recovery_params"]

#: The one setting that no site has a default for.
_REQUIRED = "inputdir"


def recovery_params(**defaults: Any) -> dict[str, Param]:
    """Return the params of a recovery DAG.

    Nothing but the input is required by the form: what is left empty comes from the defaults of the preflight task, and
    what is missing then is reported by it, all at once and before anything is started.

    :param defaults: initial values by the name of the setting
    :raises ValueError: for a default that is no setting
    """
    ordered = sorted(SETTINGS, key=lambda setting: SECTIONS.index(setting.section))
    params = {setting.name: _param(setting) for setting in ordered}
    unknown = sorted(set(defaults) - set(params))
    if unknown:
        raise ValueError(f"{', '.join(unknown)}: no setting; expected some of {', '.join(params)}")
    for name, value in defaults.items():
        params[name].value = value
    return params


def _param(setting: Setting) -> Param:
    schema = {"title": setting.title, "section": setting.section, **_schema(setting)}
    if setting.name == _REQUIRED:
        return Param(description=_description(setting), **schema, minLength=1)
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    return Param(None, description=_description(setting), **{**schema, "type": ["null", *kinds]})


def _schema(setting: Setting) -> dict[str, Any]:
    """Return what the form takes: text may be empty, as if it was not given, and stands for a list of several."""
    schema = {name: value for name, value in setting.schema.items() if name != "minLength"}
    if setting.kind == "document":
        return {**schema, "type": ["object", "string"]}
    if "enum" in schema:
        return {**schema, "type": "string", "enum": [*schema["enum"], None]}
    if setting.kind not in ("several", "types", "places"):
        return schema
    del schema["items"]
    # Airflow suggests examples for a single line only; there, commas part the entries.
    return {**schema, "type": "string", **({} if "examples" in schema else {"format": "multiline"})}


def _description(setting: Setting) -> str:
    """Return the help as a sentence, with what holds if the setting is left empty; the form shows no backquotes."""
    sentence = f"{setting.help[0].upper()}{setting.help[1:]}."
    if not setting.required and setting.default != "none":
        sentence += f" By default {setting.default}."
    return sentence.replace("`", "")
