"""Candidates for data that does not fit its schema."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

from event_recovery.suggest import schemas
from event_recovery.suggest.candidates import Advice, Candidate, Step, in_json, literal, name_of, test
from event_recovery.suggest.schemas import Schema
from event_recovery.suggest.seen import ANY, ONE, Place, Seen, data_path, place_of, step_path
from event_recovery.text.jsontext import no_spaces

#: JSON values as a regex: a string, number or word, and objects and arrays that hold no others.
_STRING: Final = r'"(?:[^"\\]|\\.)*"'
_SIMPLE: Final = rf"{_STRING}|-?[0-9][0-9.eE+-]*|true|false|null"
_VALUE: Final = rf"(?:{_SIMPLE}|\{{(?:{_STRING}|[^{{}}\[\]\"])*\}}|\[(?:{_STRING}|[^{{}}\[\]\"])*\])"
_NUMBER: Final = r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?"
_ELSEWHERE: Final = "it works on the text of the data, so also on properties of this name further down"

#: The cast for a found and an expected type.
_CASTS: Final = {
    ("string", "number"): ("String", "Numeric"),
    ("string", "integer"): ("String", "Integer"),
    ("string", "boolean"): ("String", "Boolean"),
    ("integer", "string"): ("Numeric", "String"),
    ("number", "string"): ("Numeric", "String"),
    ("boolean", "string"): ("Boolean", "String"),
    ("number", "integer"): ("Numeric", "Integer"),
    ("string", "array"): ("String", "Array"),
    ("integer", "array"): ("Numeric", "Array"),
    ("number", "array"): ("Numeric", "Array"),
    ("boolean", "array"): ("Boolean", "Array"),
}
_PORTABLE_TARGETS: Final = ("Numeric", "String", "Array")
#: The same casts by a match on the text: the value, and what takes its place.
_TEXT_CASTS: Final = {
    ("string", "number"): (rf'"\s*({_NUMBER})\s*"', "$1"),
    ("string", "integer"): (r'"\s*(-?(?:0|[1-9][0-9]*))(?:\.0+)?\s*"', "$1"),
    ("string", "boolean"): (r'"(true|false)"', "$1"),
    ("integer", "string"): (r"(-?[0-9][0-9.eE+-]*)", '"$1"'),
    ("number", "string"): (r"(-?[0-9][0-9.eE+-]*)", '"$1"'),
    ("boolean", "string"): (r"(true|false)", '"$1"'),
    ("number", "integer"): (r"(-?[0-9]+)\.0+(?![0-9])", "$1"),
}
#: How a value of a type begins in JSON.
_BEGINS: Final = {"string": '^"', "null": "^null$", "boolean": "^(?:true|false)$"}
_BEGINS_NUMBER: Final = "^-?[0-9]"


def advise(seen: Seen, schema: Schema | None) -> Advice:
    """Advise on data that does not fit its schema.

    :param schema: None when it is not known
    """
    place = seen.place
    if not place or "…" in seen.cause.field or not seen.carriers or not seen.reports:
        return Advice((), _nowhere(seen))
    read = _READERS.get(seen.cause.kind)
    places = (step_path(seen, parameter, place, ".") for parameter in seen.carriers)
    candidates = tuple(read(seen, place, schema)) if read else ()
    return Advice(candidates, _question(seen, place, schema), tuple(filter(None, places)))


def _nowhere(seen: Seen) -> str:
    if not seen.carriers:
        return f"no event of the rows tried holds {seen.schema}: an enrichment adds it, or the event is not readable"
    return "decide what the data should be"


def _question(seen: Seen, place: Place, schema: Schema | None) -> str:
    rule, kind, where = schemas.at(schema, place), seen.cause.kind, seen.cause.field
    asked = f", which has to be {schemas.told(rule)}" if schemas.told(rule) else ""
    if kind == "missing property":
        return f"decide which value {where} should have{asked}, then add it by Set, or make it optional in the schema"
    if kind == "property not allowed":
        return f"decide whether {where} goes (Delete) or the schema is to allow it"
    if kind == "length" and "maxLength" in seen.cause.detail:
        return f"decide whether {where} may be cut by Truncate{asked}, or the schema is to allow longer ones"
    return f"decide which value {where} should have had{asked}, then put it there by Replace or Set"


def _each(seen: Seen, make: Callable[[str], list[Step] | None]) -> dict[str, list[Step]] | None:
    """Make steps for each parameter; None when there are none for one of them."""
    made = {parameter: make(parameter) for parameter in seen.carriers}
    steps = {parameter: one for parameter, one in made.items() if one is not None}
    return steps if steps and len(steps) == len(made) else None


def _candidate(
    seen: Seen,
    name: str,
    does: str,
    make: Callable[[str], list[Step] | None],
    *,
    check: str = "",
    portable: bool = True,
    further: tuple[Step, ...] = (),
) -> Iterator[Candidate]:
    steps = _each(seen, make)
    if steps is not None:
        yield Candidate(does, check, seen.flows(name_of(seen.label, name), steps, further), portable)


def _on_text(seen: Seen, op: str, match: str, value: str | None = None) -> Callable[[str], list[Step]]:
    """Return what makes a step on the text of the data."""
    said = {} if value is None else {"value": value}
    return lambda parameter: [{"op": op, "path": data_path(seen, parameter), "match": match, **said}]


def _at(seen: Seen, place: Place, regex: str, op: str, **said: Any) -> Callable[[str], list[Step] | None]:
    """Return what makes a step at a place."""

    def make(parameter: str) -> list[Step] | None:
        path = step_path(seen, parameter, place, regex)
        return None if path is None else [{"op": op, "path": path, **said}]

    return make


def _else(*makes: Callable[[str], list[Step] | None]) -> Callable[[str], list[Step] | None]:
    """Return what makes the first steps that can be made."""
    return lambda parameter: next((steps for make in makes if (steps := make(parameter)) is not None), None)


def _alone(make: Callable[[str], list[Step] | None]) -> Callable[[str], list[Step] | None]:
    """Return what makes steps where there is one entity only: they would change others of its schema that are sound."""
    return lambda parameter: make(parameter) if parameter in ONE else None


def _key(name: str) -> str:
    return f'"{in_json(name)}":'


def _last(place: Place) -> str:
    return next((name for name in reversed(place) if name is not ANY), "")


def _words(place: Place) -> str:
    return " ".join(name for name in place if name is not ANY)


def _wrong_type(seen: Seen, place: Place, schema: Schema | None) -> Iterator[Candidate]:
    found, _, rest = seen.cause.detail.partition(", not ")
    expected, last = rest.split(" or "), _last(place)
    if found == "null":
        if not schemas.is_required(schema, place):
            yield from _deletions(seen, place, "^null$", "null", f"deletes {last} where it is null")
        return
    wanted = sorted((one for one in expected if (found, one) in _CASTS), key=_ORDER.index)
    for one in wanted:
        source, target = _CASTS[found, one]
        does, name = f"casts {last} from {found} to {one}", f"{_words(place)} to {one}"
        begins, portable = _BEGINS.get(found, _BEGINS_NUMBER), target in _PORTABLE_TARGETS
        cast = _at(seen, place, begins, "Cast", **{"from": source, "to": target})
        if (found, one) not in _TEXT_CASTS or place[-1] is ANY:
            check = "that one value may become an array of it" if one == "array" else ""
            yield from _candidate(seen, name, does, cast, check=check, portable=portable)
            continue
        value, replacement = _TEXT_CASTS[found, one]
        into = literal(f"{no_spaces(last)}:") + replacement
        on_text = _on_text(seen, "Replace", f"{_key(last)}{value}", into)
        # To String, the engine casts strings as well: they get quotes of their own.
        if target == "String":
            cast = _alone(cast)
        yield from _candidate(seen, name, does, _else(cast, on_text), portable=portable)
        yield from _candidate(seen, name, does, on_text, check=_ELSEWHERE)


_ORDER: Final = ("integer", "number", "boolean", "array", "string")


def _not_allowed(seen: Seen, place: Place, schema: Schema | None) -> Iterator[Candidate]:
    last, around = _last(place), place[:-1]
    missing = list(_missing_beside(seen, around))
    lacking = missing or [one for one in schemas.properties(schema, around) if not _any_has(seen, around, one)]
    meant = schemas.spelt_like(last, lacking)
    if meant is not None:
        yield from _renames(seen, place, meant, _required(missing, meant))
    yield from _deletions(seen, place, ".", _VALUE, f"deletes {last}, which the schema does not allow")


def _required(missing: list[str], name: str) -> tuple[Step, ...]:
    """Return what keeps out rows that have the property, where the failure of the others says that it is missing."""
    regex = f'"keyword":"required","targets":\\["{in_json(name)}"\\]'
    return (test("$.failure.messages", regex=regex),) if name in missing else ()


def _missing_beside(seen: Seen, around: Place) -> Iterator[str]:
    """Yield the properties that the same objects lack."""
    for other in seen.others:
        place = place_of(other.field)
        if other.kind == "missing property" and other.schema == seen.schema and place[:-1] == around:
            yield _last(place)


def _any_has(seen: Seen, around: Place, name: str) -> bool:
    return any(type(one) is dict and name in one for data in seen.data for one in _objects(data, around))


def _objects(value: Any, place: Place) -> Iterator[Any]:
    """Yield all that lies at a place."""
    if not place:
        yield value
    elif place[0] is ANY:
        for one in value if type(value) is list else ():
            yield from _objects(one, place[1:])
    elif type(value) is dict and place[0] in value:
        yield from _objects(value[place[0]], place[1:])


def _renames(seen: Seen, place: Place, meant: str, further: tuple[Step, ...] = ()) -> Iterator[Candidate]:
    last = _last(place)
    does, check = f"renames {last} to {meant}", f"that {last} is a misspelling of {meant}"
    name = f"{_words(place)} is {meant}"
    yield from _candidate(
        seen,
        name,
        does,
        _at(seen, place, "^(?!null$)", "Rename", to=meant),
        check=check,
        portable=False,
        further=further,
    )
    into = literal(f"{no_spaces(meant)}:")
    yield from _candidate(
        seen, name, does, _on_text(seen, "Replace", _key(last), into), check=f"{check}; {_ELSEWHERE}", further=further
    )


def _deletions(seen: Seen, place: Place, regex: str, value: str, does: str) -> Iterator[Candidate]:
    last = _last(place)
    name, check = f"without {_words(place)}", f"that nobody needs {last}" if value != "null" else ""
    delete = _at(seen, place, regex, "Delete")
    on_text = _on_text(seen, "Remove", f",{_key(last)}{value}|{_key(last)}{value},?")
    if value == "null":
        delete = _alone(delete)
    yield from _candidate(seen, name, does, _else(delete, on_text), check=check, portable=False)
    yield from _candidate(seen, name, does, on_text, check="; ".join(filter(None, (check, _ELSEWHERE))))


def _missing(seen: Seen, place: Place, schema: Schema | None) -> Iterator[Candidate]:
    last, around = _last(place), place[:-1]
    beside = {one for one in seen.others if one.kind == "property not allowed" and one.schema == seen.schema}
    for other in beside:
        named = place_of(other.field)
        if named[:-1] == around and schemas.spelt_like(_last(named), [last]):
            yield Candidate(f"{last} is there as {_last(named)}", "", (), portable=True)
    known = schemas.properties(schema, around)
    for name in _names(seen, around):
        if (
            name not in known
            and schemas.spelt_like(name, [last])
            and not any(place_of(one.field)[-1:] == (name,) for one in beside)
        ):
            yield from _renames(seen, (*around, name), last)
    for value in schemas.only_value(schemas.at(schema, place)):
        text = no_spaces(value)
        does, check = f"sets {last} to {text}", f"that {text}, which the schema names, is right for these events"
        put = _alone(_at(seen, place, "^null$", "Set", value=value))
        if around:
            yield from _candidate(seen, f"{_words(place)} set", does, put, check=check, portable=False)
            continue
        into = literal(f"{{{no_spaces(last)}:{text},")
        on_text = _on_text(seen, "Replace", rf"(?s)^\{{(?!\}}|.*{_key(last)})", into)
        yield from _candidate(seen, f"{_words(place)} set", does, _else(put, on_text), check=check, portable=False)
        yield from _candidate(seen, f"{_words(place)} set", does, on_text, check=check)


def _names(seen: Seen, around: Place) -> list[str]:
    found = (one for data in seen.data for one in _objects(data, around) if type(one) is dict)
    return sorted({name for one in found for name in one})


def _length(seen: Seen, place: Place, schema: Schema | None) -> Iterator[Candidate]:
    rule = schemas.at(schema, place)
    most = rule.get("maxLength")
    if "maxLength" not in seen.cause.detail or type(most) is not int or not schemas.is_text(rule):
        return
    last = _last(place)
    does, check = f"cuts {last} to {most} characters", f"that the end of {last} may be lost"
    name = f"{_words(place)} of {most}"
    regex = rf'^"(?:[^"\\]|\\.){{{most + 1},}}"$'
    yield from _candidate(
        seen, name, does, _at(seen, place, regex, "Truncate", length=most), check=check, portable=False
    )
    match = rf"(?s)^(.{{{most}}}).+$"
    yield from _candidate(seen, name, does, _at(seen, place, regex, "Replace", match=match, value="$1"), check=check)


_Reader = Callable[[Seen, Place, "Schema | None"], Iterator[Candidate]]
_READERS: Final[dict[str, _Reader]] = {
    "wrong type": _wrong_type,
    "property not allowed": _not_allowed,
    "missing property": _missing,
    "length": _length,
}
