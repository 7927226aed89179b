"""What a schema asks of a value of one type: most keywords ask nothing of most types."""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Any, Final

from event_recovery.text.numbers import Number
from event_recovery.verify.dialect.combining import all_of, of_object
from event_recovery.verify.dialect.reports import ByType, Check, Reports

_EXAMPLES: Final[Mapping[type, Any]] = {
    dict: {},
    list: [],
    str: "",
    bool: True,
    int: 1,
    float: 0.5,
    type(None): None,
}
#: The types of JSON values.
TYPES: Final = (*_EXAMPLES, Number)

_TEXT: Final = frozenset({str})
_NUMBERS: Final = frozenset({int, float, Number})
_ARRAY: Final = frozenset({list})
_OBJECT: Final = frozenset({dict})
#: The types that a keyword looks at, for those that do not look at all.
_LOOKED_AT: Final[Mapping[str, frozenset[type]]] = {
    **dict.fromkeys(("minLength", "maxLength", "pattern", "format"), _TEXT),
    **dict.fromkeys(("minimum", "maximum", "multipleOf"), _NUMBERS),
    **dict.fromkeys(("minItems", "maxItems", "uniqueItems", "items"), _ARRAY),
    **dict.fromkeys(
        ("minProperties", "maxProperties", "required", "properties", "patternProperties"),
        _OBJECT,
    ),
    **dict.fromkeys(("additionalProperties", "dependencies"), _OBJECT),
}


def by_type(checks: Mapping[str, Check], by_names: Container[str]) -> ByType:
    """Sort the checks of a schema.

    :param checks: each by its keyword
    :param by_names: the keywords that look at nothing of an object but the names of its properties
    """
    found = {kind: all_of([*_asked(checks, kind).values()]) for kind in TYPES}
    of_objects = _asked(checks, dict)
    found[dict] = of_object([*of_objects.values()], [one for name, one in of_objects.items() if name in by_names])
    return found


def _asked(checks: Mapping[str, Check], kind: type) -> dict[str, Check]:
    return {name: one for name, one in checks.items() if _may_refuse(name, one, kind)}


def _may_refuse(keyword: str, check: Check, kind: type) -> bool:
    # What is written decides the type of a number that is kept as text.
    if keyword == "type" and kind is not Number:
        return bool(check(_EXAMPLES[kind]))
    looked_at = _LOOKED_AT.get(keyword)
    return looked_at is None or kind in looked_at


def of_any_type(checks: ByType) -> Check:
    """Make one check for values of all types."""

    def check(value: Any) -> Reports:
        one = checks[type(value)]
        return None if one is None else one(value)

    return check
