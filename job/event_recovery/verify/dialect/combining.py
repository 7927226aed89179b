"""The keywords that combine schemas: of properties and elements, and of the value as a whole."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from event_recovery.text.jsontext import no_spaces
from event_recovery.verify.dialect.keywords import fits
from event_recovery.verify.dialect.reports import ByType, Check, Report, Reports, below
from event_recovery.verify.dialect.values import type_name


def all_of(checks: Sequence[Check]) -> Check | None:
    """Make one check of those that a value has to pass; None of none."""
    if len(checks) < 2:
        return checks[0] if checks else None

    def check(value: Any) -> Reports:
        found: list[Report] | None = None
        for one in checks:
            if reports := one(value):
                found = reports if found is None else [*found, *reports]
        return found

    return check


def of_object(checks: Sequence[Check], by_names: Sequence[Check]) -> Check | None:
    """Make one check of those that an object has to pass.

    The objects of one schema have the same few lists of names, so what the names alone decide is decided once for each.

    :param by_names: those of the checks that look at nothing but the names
    """
    every = all_of(checks)
    others = all_of([one for one in checks if one not in by_names])
    if every is None or not by_names:
        return every
    right: set[tuple[str, ...]] = set()

    def check(value: Any) -> Reports:
        names = tuple(value)
        if names in right:
            return None if others is None else others(value)
        if not any(one(value) for one in by_names) and sum(map(len, names)) <= _MOST_LETTERS:
            if len(right) >= _MOST_LISTS:
                right.clear()
            right.add(names)
        return every(value)

    return check


# A list of names beyond these bounds is looked at each time it comes.
_MOST_LISTS: Final = 32
_MOST_LETTERS: Final = 1_000


def required_check(names: Sequence[str]) -> Check:
    """Check that an object has all of some keys."""
    reports = {name: Report("", f".{name}: is missing but it is required", "required", (name,)) for name in names}

    def check(value: Any) -> Reports:
        return [report for name, report in reports.items() if name not in value] if type(value) is dict else None

    return check


def properties_check(properties: dict[str, ByType]) -> Check:
    """Check the properties that an object has of those that the schema names."""

    def check(value: Any) -> Reports:
        if type(value) is not dict:
            return None
        found: list[Report] | None = None
        for name, child in value.items():
            checks = properties.get(name)
            if checks is None:
                continue
            child_check = checks[type(child)]
            if child_check is not None and (reports := child_check(child)):
                moved = below(f".{name}", reports)
                if found is None:
                    found = moved
                else:
                    found += moved
        return found

    return check


def if_nothing_is_missing(check: Check, names: frozenset[str], required: frozenset[str]) -> Check:
    """Leave the properties of an object alone when one is missing and one that is required, as the validator does."""

    def checked(value: Any) -> Reports:
        if type(value) is dict and not (value.keys() >= names or value.keys() >= required):
            return None
        return check(value)

    return checked


def pattern_properties_check(patterns: Sequence[tuple[Callable[[str], bool], Check]]) -> Check:
    """Check the properties whose names have a pattern."""

    def check(value: Any) -> Reports:
        if type(value) is not dict:
            return None
        found: list[Report] = []
        for name, child in value.items():
            for found_in, child_check in patterns:
                if found_in(name) and (reports := child_check(child)):
                    found += below(f".{name}", reports)
        return found

    return check


def additional_check(known: frozenset[str], patterns: Sequence[Callable[[str], bool]], extra: ByType | None) -> Check:
    """Check the properties that the schema does not name; those that begin with ``#`` the validator passes over.

    :param extra: what is asked of them; None when there may be none
    """

    def check(value: Any) -> Reports:
        if type(value) is not dict:
            return None
        members: dict[str, Any] = value
        found: list[Report] | None = None
        for name, child in members.items():
            if name in known or name.startswith("#") or (patterns and any(found_in(name) for found_in in patterns)):
                continue
            reports: Reports
            if extra is None:
                text = f".{name}: is not defined in the schema and the schema does not allow additional properties"
                reports = [Report("", text, "additionalProperties", (name,))]
            else:
                one = extra[type(child)]
                reports = None if one is None else below(f".{name}", one(child) or ())
            if reports:
                if found is None:
                    found = reports
                else:
                    found += reports
        return found

    return check


def texts_check(checks: Sequence[tuple[str, Check]]) -> Callable[[Any], None]:
    """Make what an object that was read as a type runs at the end.

    :param checks: each with the attribute whose texts it is for
    :return: raises ``ValueError`` when one has reports
    """

    def check(value: Any) -> None:
        for attribute, one in checks:
            text = getattr(value, attribute)
            if type(text) is str and one(text):
                raise ValueError(attribute)

    return check


def items_check(elements: ByType) -> Check:
    """Check every element of an array."""

    def check(value: Any) -> Reports:
        if type(value) is not list:
            return None
        found: list[Report] = []
        for place, child in enumerate(value):
            element = elements[type(child)]
            if element is not None and (reports := element(child)):
                found += below(f"[{place}]", reports)
        return found

    return check


def tuple_check(elements: Sequence[Check], extra: Check | None, *, may_have_extra: bool) -> Check:
    """Check the elements of an array, each by its own schema.

    :param extra: the schema for elements beyond, if there is one
    """

    def check(value: Any) -> Reports:
        if type(value) is not list:
            return None
        found: list[Report] = []
        for place, child in enumerate(value):
            one = elements[place] if place < len(elements) else extra
            if one is not None:
                if reports := one(child):
                    found += below(f"[{place}]", reports)
            elif not may_have_extra:
                found.append(Report("", f"[{place}]: no validator found at this index", "items", (str(place),)))
        return found

    return check


def dependencies_check(names: Mapping[str, Sequence[str]], schemas: Mapping[str, Check]) -> Check:
    """Check what follows from a property that is there."""
    each = [f"{name}=[{', '.join(needed)}]" for name, needed in names.items()]
    shown = f"{{{', '.join(each)}}}"
    report = Report("", f": has an error with dependencies {shown}", "dependencies", (shown,))

    def check(value: Any) -> Reports:
        if type(value) is not dict:
            return None
        lacking = any(name in value and any(one not in value for one in needed) for name, needed in names.items())
        found = [report] if lacking else []
        for name, dependent in schemas.items():
            if name in value:
                found += dependent(value) or ()
        return found

    return check


def not_check(schema: Any, inner: Check) -> Check:
    """Check that a value does not fit a schema."""
    shown = f'"not" : {no_spaces(schema)}'
    report = Report("", f": should not be valid to the schema {shown}", "not", (shown,))

    def check(value: Any) -> Reports:
        return None if inner(value) else [report]

    return check


def all_of_check(parts: Sequence[Check]) -> Check:
    """Check a value against every part."""

    def check(value: Any) -> Reports:
        return [report for part in parts for report in part(value) or ()]

    return check


def any_of_check(parts: Sequence[Check], types: Sequence[tuple[str, bool] | None]) -> Check:
    """Check that a value fits at least one part.

    :param types: of each part the type that is reported in place of the part's reports when the value has another one,
        and whether null is of that type
    """

    def check(value: Any) -> Reports:
        found: list[Report] = []
        name = type_name(value)
        for part, expected in zip(parts, types, strict=True):
            if expected is not None and not fits(name, expected[0]) and not (value is None and expected[1]):
                text = f": should be valid to any of the schemas {expected[0]}"
                found.append(Report("", text, "anyOf", (expected[0],)))
            elif reports := part(value):
                found += reports
            else:
                return None
        return found

    return check


def one_of_check(schemas: Sequence[Any], parts: Sequence[Check]) -> Check:
    """Check that a value fits exactly one part."""
    shown = "".join(map(no_spaces, schemas))
    text = f": should be valid to one and only one of schema, but more than one are valid: {shown}"
    several = Report("", text, "oneOf", (shown,))

    def check(value: Any) -> Reports:
        found: dict[Report, None] = {}
        fitting = 0
        for part in parts:
            if reports := part(value):
                found.update(dict.fromkeys(reports))
            else:
                fitting += 1
        if fitting:
            return None if fitting == 1 else [several]
        return _telling(list(found))

    return check


def _telling(reports: list[Report]) -> list[Report]:
    """Leave out what the validator does: missing and additional properties, where other things are wrong too."""
    for keyword in ("required", "additionalProperties"):
        reports = [report for report in reports if report.keyword != keyword] or reports
    return reports
