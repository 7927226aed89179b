"""From a schema to a function that checks values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from event_recovery.verify.dialect import combining, keywords
from event_recovery.verify.dialect.by_type import TYPES, by_type, of_any_type
from event_recovery.verify.dialect.formats import format_check
from event_recovery.verify.dialect.patience import Patience
from event_recovery.verify.dialect.reports import ByType, Check, Reports, UnusableSchema
from event_recovery.verify.generations import Generation


@dataclass(slots=True)
class Compiler:
    """Compiles one schema, for the validator of one generation of Enrich.

    :param root: the whole schema, which references are resolved in
    :param in_one_of: whether what is compiled is an alternative of ``oneOf``, or within one
    """

    root: Mapping[str, Any]
    generation: Generation
    patience: Patience
    in_one_of: bool = False
    _references: dict[str, Check] = field(default_factory=dict)

    def compile(self, schema: Any, parent: Mapping[str, Any] | None = None) -> Check:
        """Compile a schema. What Enrich's validator would stumble over fails only when it is asked.

        :param parent: the schema that this one stands in
        """
        return of_any_type(self.compile_by_type(schema, parent or {}))

    def compile_by_type(self, schema: Any, parent: Mapping[str, Any]) -> ByType:
        """Compile a schema for each type of value; see ``compile``."""
        try:
            return by_type(self._checks(schema, parent), _decided_by_names(schema))
        except UnusableSchema as error:
            reason = str(error)

            def unusable(value: Any) -> Reports:
                raise UnusableSchema(reason)

            return dict.fromkeys(TYPES, unusable)

    def _checks(self, schema: Any, parent: Mapping[str, Any]) -> dict[str, Check]:
        if not isinstance(schema, Mapping):
            raise UnusableSchema("it has something else where a schema belongs")
        if "$ref" in schema and self.generation.references_stand_alone:
            return {"$ref": self._reference(schema["$ref"])}
        built = {keyword: self._keyword(keyword, schema, parent) for keyword in schema}
        return {keyword: check for keyword, check in built.items() if check is not None}

    def _keyword(  # noqa: C901 - one line a keyword
        self, keyword: str, schema: Mapping[str, Any], parent: Mapping[str, Any]
    ) -> Check | None:
        value = schema[keyword]
        plain = keywords.PLAIN.get(keyword)
        if plain is not None:
            return plain(value, schema)
        match keyword:
            case "type":
                of_parent = _is_nullable(parent) and not self.generation.has_the_newest_validator
                nullable = _is_nullable(schema) or of_parent
                return keywords.type_check(value, nullable=nullable, union_is_type=self.generation.union_is_type)
            case "pattern":
                return keywords.pattern_check(value, self.patience)
            case "format":
                return format_check(value, self.generation, self.patience)
            case "required":
                return combining.required_check(value)
            case "properties":
                return self._properties(value, schema)
            case "additionalProperties":
                return self._additional(value, schema)
            case "patternProperties":
                found = [
                    (keywords.finder(name, self.patience), self.compile(child, schema)) for name, child in value.items()
                ]
                return combining.pattern_properties_check(found)
            case "items":
                return self._items(value, schema)
            case "dependencies":
                names = {name: needed for name, needed in value.items() if isinstance(needed, list)}
                others = {name: self.compile(child, schema) for name, child in value.items() if name not in names}
                return combining.dependencies_check(names, others)
            case "not":
                return combining.not_check(value, self.compile(value, schema))
            case "allOf":
                return combining.all_of_check([self.compile(part, schema) for part in value])
            case "anyOf":
                types = [self._type_for_any_of(part) for part in value]
                return combining.any_of_check([self.compile(part, schema) for part in value], types)
            case "oneOf":
                parts = Compiler(self.root, self.generation, self.patience, in_one_of=True)
                return combining.one_of_check(value, [parts.compile(part, schema) for part in value])
            case "$ref":
                return self._reference(value)
        return None

    def _additional(self, value: Any, schema: Mapping[str, Any]) -> Check | None:
        if value is True:
            return None
        known = frozenset(schema.get("properties", {}))
        patterns = [keywords.finder(name, self.patience) for name in schema.get("patternProperties", {})]
        return combining.additional_check(
            known, patterns, None if value is False else self.compile_by_type(value, schema)
        )

    def _items(self, value: Any, schema: Mapping[str, Any]) -> Check:
        if not isinstance(value, list):
            return combining.items_check(self.compile_by_type(value, schema))
        extra = schema.get("additionalItems", True)
        others = self.compile(extra, schema) if isinstance(extra, Mapping) else None
        return combining.tuple_check(
            [self.compile(one, schema) for one in value], others, may_have_extra=extra is not False
        )

    def _properties(self, properties: Mapping[str, Any], schema: Mapping[str, Any]) -> Check:
        check = combining.properties_check(
            {name: self.compile_by_type(child, schema) for name, child in properties.items()}
        )
        required = schema.get("required")
        if not self.in_one_of or not required or self.generation.has_the_newest_validator:
            return check
        return combining.if_nothing_is_missing(check, frozenset(properties), frozenset(required))

    def _type_for_any_of(self, part: Any) -> tuple[str, bool] | None:
        """Return the type that a part asks for, and whether null will do too."""
        name = part.get("type")
        if not self.generation.any_of_names_types or not isinstance(name, str):
            return None
        return name, _is_nullable(part)

    def _reference(self, reference: Any) -> Check:
        """Compile what a reference leads to, once, when it is first asked for: it may lead back here."""
        if not isinstance(reference, str):
            raise UnusableSchema("its $ref is no text")
        if reference.startswith(("http://", "https://")) and "#" not in reference:
            return _anything
        known = self._references.get(reference)
        if known is None:
            target = self._resolve(reference)
            compiled: list[ByType] = []

            def known(value: Any) -> Reports:
                self.patience.follow()
                if not compiled:
                    compiled.append(self.compile_by_type(target, {}))
                check = compiled[0][type(value)]
                return None if check is None else check(value)

            self._references[reference] = known
        return known

    def _resolve(self, reference: str) -> Any:
        # The validator finds no pointer that is escaped.
        steps = reference.removeprefix("#").split("/")[1:]
        node: Any = self.root
        for step in steps:
            if isinstance(node, Mapping) and "~" not in step and step in node:
                node = node[step]
            elif isinstance(node, list) and step.isdecimal() and int(step) < len(node):
                node = node[int(step)]
            else:
                node = None
        if not reference.startswith("#") or node is None:
            raise UnusableSchema(f"its reference {reference} cannot be resolved")
        return node


def _decided_by_names(schema: Mapping[str, Any]) -> set[str]:
    """Return the keywords that look at nothing of an object but the names of its properties."""
    has_rest = schema.get("additionalProperties") is not False or "patternProperties" in schema
    return {"required", "minProperties", "maxProperties"} | (set() if has_rest else {"additionalProperties"})


def _is_nullable(schema: Mapping[str, Any]) -> bool:
    return schema.get("nullable") is True


def _anything(value: Any) -> Reports:
    return None
