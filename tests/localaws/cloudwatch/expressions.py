"""The part of CloudWatch's expressions that people use to add metrics up: arithmetic, a few functions, plain SEARCH.

Anything else is refused with a clear error: an answer that is empty or wrong would be worse than none.
"""

from __future__ import annotations

import ast
import itertools
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from localaws.cloudwatch.store import MetricError, MetricKey, Series

Value = Series | list[Series] | float

_METRICS = "METRICS()"
_OPERATORS: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_ACROSS: dict[str, Callable[[list[float]], float]] = {
    "SUM": sum,
    "MAX": max,
    "MIN": min,
    "AVG": lambda values: sum(values) / len(values),
}
_SEARCH = re.compile(r"SEARCH\(\s*'\{([^}]*)\}\s*(.*?)'\s*,\s*'([\w.]+)'\s*(?:,\s*(\d+)\s*)?\)", re.DOTALL)
_TERM = re.compile(r'(\w+)\s*=\s*"?([^"\s]+)"?')


@dataclass(frozen=True, slots=True)
class Search:
    """A parsed SEARCH: metrics of one namespace with exactly these dimension names, and these values."""

    namespace: str
    dimension_names: tuple[str, ...]
    terms: tuple[tuple[str, str], ...]
    stat: str
    period: int | None

    def finds(self, key: MetricKey) -> bool:
        """Tell whether the search finds this metric."""
        values = dict(key.dimensions)
        return (
            key.namespace == self.namespace
            and tuple(sorted(values)) == self.dimension_names
            and all((key.name if name == "MetricName" else values.get(name)) == value for name, value in self.terms)
        )


def parse_search(expression: str) -> Search | None:
    """Parse a SEARCH expression; None if it is something else."""
    found = _SEARCH.fullmatch(expression.strip())
    if found is None:
        return None
    namespace, *names = (word.strip().strip('"') for word in found[1].split(","))
    terms = tuple((name, value) for name, value in _TERM.findall(found[2]))
    return Search(namespace, tuple(sorted(names)), terms, found[3], int(found[4]) if found[4] else None)


def evaluate(expression: str, series: Mapping[str, Series], metrics: Sequence[Series]) -> Series:
    """Evaluate a metric math expression over the series of other queries; MetricError for what it cannot do.

    ``metrics`` are what METRICS() stands for: those series that are metrics and not expressions.
    """
    try:
        value = _evaluate(ast.parse(expression.strip(), mode="eval").body, {**series, _METRICS: [*metrics]})
    except (SyntaxError, KeyError, TypeError, IndexError):
        raise _unsupported(expression) from None
    if not isinstance(value, dict):
        raise _unsupported(expression)
    return value


def _evaluate(node: ast.expr, series: Mapping[str, Value]) -> Value:
    match node:
        case ast.Constant(value=int() | float() as number):
            return float(number)
        case ast.Name(id=name):
            return series[name]
        case ast.BinOp(left=left, op=op, right=right):
            return _combine(_evaluate(left, series), _evaluate(right, series), _OPERATORS[type(op)])
        case ast.List(elts=elements):
            return [_series(_evaluate(element, series)) for element in elements]
        case ast.Call(func=ast.Name(id="METRICS"), args=[]):
            return series[_METRICS]
        case ast.Call(func=ast.Name(id=name), args=[argument]) if name in _ACROSS:
            return _across(_evaluate(argument, series), _ACROSS[name])
        case ast.Call(func=ast.Name(id="RATE"), args=[argument]):
            points = sorted(_series(_evaluate(argument, series)).items())
            return {at: (value - before) / (at - then) for (then, before), (at, value) in itertools.pairwise(points)}
        case ast.Call(func=ast.Name(id="FILL"), args=[argument, filler]):
            known, instead = _series(_evaluate(argument, series)), _evaluate(filler, series)
            every = sorted({at for values in series.values() if isinstance(values, dict) for at in values})
            return {at: known.get(at, _number(instead)) for at in every}
    raise TypeError(ast.dump(node))


def _combine(left: Value, right: Value, apply: Callable[[float, float], float]) -> Value:
    """Apply an operator point by point; division by zero gives no point, as points missing on one side do not."""
    if isinstance(left, float) and isinstance(right, float):
        return apply(left, right)
    times = [set(side) for side in (left, right) if isinstance(side, dict)]
    result: Series = {}
    for at in sorted(set.intersection(*times)):
        one = left if isinstance(left, float) else _series(left)[at]
        other = right if isinstance(right, float) else _series(right)[at]
        if apply is not operator.truediv or other:
            result[at] = apply(one, other)
    return result


def _across(value: Value, function: Callable[[list[float]], float]) -> Series:
    many = value if isinstance(value, list) else [_series(value)]
    times = sorted({at for one in many for at in one})
    return {at: function([one[at] for one in many if at in one]) for at in times}


def _series(value: Value) -> Series:
    if not isinstance(value, dict):
        raise TypeError("expected one series")
    return value


def _number(value: Value) -> float:
    if not isinstance(value, float):
        raise TypeError("expected a number")
    return value


def _unsupported(expression: str) -> MetricError:
    return MetricError(f"Error in expression '{expression}': the local CloudWatch cannot evaluate it.")
