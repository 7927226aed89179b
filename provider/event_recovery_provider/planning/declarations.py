"""How a setting is declared: its type and all that is told of it stand in one place, its annotation.

The checks of ``planning.settings``, the form of ``params`` and the table in the README are all made of these.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal, cast, get_args, get_type_hints

import msgspec

#: The parts of the form, in its order.
Section = Literal["What to recover", "Where it runs", "Before the cluster", "The cluster", "Limits", "More"]
SECTIONS: Final[tuple[Section, ...]] = get_args(Section)

#: What forms a setting may come in, which decides how it is brought into one.
Kind = Literal["plain", "several", "types", "places", "time", "document", "uri"]

Text = Annotated[str, msgspec.Meta(min_length=1)]
#: One or several: a list, or text with one a line or with commas.
Several = Annotated[tuple[str, ...], msgspec.Meta(extra={"kind": "several"})]
#: The same, each the name of a bad row type.
Types = Annotated[tuple[str, ...], msgspec.Meta(extra={"kind": "types"})]
#: The same, each a path in the bucket or an S3 URI.
Places = Annotated[tuple[str, ...], msgspec.Meta(extra={"kind": "places"})]
#: JSON, base64 of JSON or the S3 URI of a file that holds JSON.
Document = Annotated[Text, msgspec.Meta(extra={"kind": "document"})]
#: ISO 8601 with its offset, or nothing.
Time = Annotated[str, msgspec.Meta(extra={"kind": "time"})]
#: An S3 URI, or nothing.
Uri = Annotated[str, msgspec.Meta(extra={"kind": "uri"})]
Positive = Annotated[int, msgspec.Meta(ge=1)]
NotNegative = Annotated[int, msgspec.Meta(ge=0)]


def told(
    section: Section, title: str, help_text: str, *, default: str | None = None, examples: tuple[str, ...] = ()
) -> msgspec.Meta:
    """Return what is told of a setting, for its annotation.

    :param help_text: what it means, as a part of a sentence; code in backquotes
    :param default: what holds if it is not given, where its value does not say so
    :param examples: values that the form suggests
    """
    return msgspec.Meta(
        title=title,
        description=help_text,
        examples=list(examples) or None,
        extra={"section": section, "default": default},
    )


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting, as it is declared.

    :param annotation: its type with its bounds, as msgspec takes it
    :param schema: the same as JSON schema, with the examples
    :param default: what holds if it is not given, in words; code in backquotes
    """

    name: str
    kind: Kind
    section: Section
    title: str
    help: str
    required: bool
    default: str
    annotation: Any
    schema: Mapping[str, Any]


def declared(struct: type[msgspec.Struct]) -> tuple[Setting, ...]:
    """Return the settings that the fields of a struct declare, in its order."""
    annotations = get_type_hints(struct, include_extras=True)
    return tuple(_setting(field, annotations[field.name]) for field in msgspec.structs.fields(struct))


def _setting(field: msgspec.structs.FieldInfo, annotation: Any) -> Setting:
    extra = cast("msgspec.inspect.Metadata", msgspec.inspect.type_info(annotation)).extra or {}
    schema = msgspec.json.schema(annotation)
    if schema.get("anyOf"):
        # Of a setting that may be left empty the form knows that it may.
        schema |= next(kind for kind in schema.pop("anyOf") if kind != {"type": "null"})
    return Setting(
        name=field.name,
        kind=extra.get("kind", "plain"),
        section=extra["section"],
        title=schema.pop("title"),
        help=schema.pop("description"),
        required=field.required,
        default=extra["default"] or _words(field),
        annotation=annotation,
        schema=schema,
    )


def _words(field: msgspec.structs.FieldInfo) -> str:
    if field.required:
        return "required"
    value = field.default if field.default is not msgspec.NODEFAULT else field.default_factory()
    if isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, int | float):
        return f"{value:g}"
    text = value if isinstance(value, str) else ", ".join(value)
    return f"`{text}`" if text else "none"
