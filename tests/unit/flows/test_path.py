"""How paths are cut into segments, and what each segment means."""

from __future__ import annotations

import pytest
from event_recovery.flows.path import Field, FieldKind, Filter, Index, PathError, compile_path, tokenize

pytestmark = pytest.mark.unit

CUTS = {
    "$.raw.parameters.aid": ["raw", "parameters", "aid"],
    "$": [],
    "": [],
    "raw.vendor": ["raw", "vendor"],
    ".raw.vendor": ["raw", "vendor"],
    "$.raw.vendor.": ["raw", "vendor"],
    "$.a[0].b": ["a", "[0]", "b"],
    "$.a.[0].b": ["a", "[0]", "b"],
    "$['a']['b']": ["a", "b"],
    "$..a": ["a"],
    "a..b": ["a", "b"],
    "$.a.[*].b": ["a", "b"],
    "$.a.[-1]": ["a", "-1"],
    "$.foo bar": ["foo", "bar"],
    "$.a:b": ["a", "b"],
    "$.a/b": ["a", "b"],
    "$.naïve": ["na", "ve"],
    "$.a.{b}.c": ["a", "b", "c"],
    "$.a.[?(@.x == 1)].b": ["a", "x", "1", "b"],
    "$.a.[?(@.my_field=~x)].b": ["a", "my_field", "x", "b"],
    "$.a.[?(@.x=~foo]": ["a", "x", "foo"],
    "$.a[?(@.x=~1)]b": ["a", "[?(@.x=~1)]", "b"],
    "$.a.[?(@.x=~foo)].b.[1].c": ["a", "[?(@.x=~foo)]", "b", "[1]", "c"],
    "$.a.[?(@.x=~1)].b.[?(@.y=~2)].c": ["a", "[?(@.x=~1)].b.[?(@.y=~2)]", "c"],
    "root.x": ["root", "x"],
    "$.a.[?(@.x=~[0-9]+)].b": ["a", "[?(@.x=~[0-9]+)]", "b"],
    "$.a.[?(@.x.y=~1)]": ["a", "[?(@.x.y=~1)]"],
}


@pytest.mark.parametrize(("path", "segments"), CUTS.items(), ids=[repr(path) for path in CUTS])
def test_cuts(path: str, segments: list[str]) -> None:
    assert list(tokenize(path)) == segments


def test_segments() -> None:
    field, index, filtered = compile_path("$.a.[01].[?(@.x.y=~1)]")
    assert field == Field("a")
    assert index == Index(1)
    assert isinstance(filtered, Filter)
    assert (filtered.path, filtered.search.pattern.text) == (("x", "y"), "1")


@pytest.mark.parametrize(
    ("path", "names"),
    [("$.a.[2147483648]", "[2147483648]"), ("$.a.[?(@.x-y=~1)]", "[?(@.x-y=~1)]")],
    ids=["index-beyond-32-bits", "hyphen-in-a-filter"],
)
def test_what_looks_like_more_but_is_a_name(path: str, names: str) -> None:
    assert compile_path(path)[-1] == Field(names)


@pytest.mark.parametrize(("inner", "path"), [("x..y", ("x", "", "y")), ("x.y..", ("x", "y")), (".x", ("", "x"))])
def test_inner_paths_of_filters(inner: str, path: tuple[str, ...]) -> None:
    (filtered,) = compile_path(f"[?(@.{inner}=~1)]")
    assert isinstance(filtered, Filter)
    assert filtered.path == path


def test_largest_index() -> None:
    assert compile_path("[2147483647]") == (Index(2147483647),)


SPECIAL: dict[str, int] = {
    "parameters": FieldKind.PAIRS,
    "querystring": FieldKind.PAIRS,
    "co": FieldKind.TEXT,
    "ue_pr": FieldKind.TEXT,
    "contexts": FieldKind.TEXT,
    "derived_contexts": FieldKind.TEXT,
    "cx": FieldKind.BASE64,
    "ue_px": FieldKind.BASE64,
    "unstruct_event": FieldKind.NONE,
    "aid": FieldKind.NONE,
}


@pytest.mark.parametrize(("name", "kind"), SPECIAL.items())
def test_special_names(name: str, kind: int) -> None:
    assert (Field(name).kind, Field(name).context) == (kind, kind)
    assert Field(name.upper()).kind == kind
    assert Field(name.upper()).context == FieldKind.NONE


@pytest.mark.parametrize(
    ("path", "context"),
    [
        ("[?(@.name=~ue_pr)]", FieldKind.TEXT),
        ("[?(@.a.name=~cx)]", FieldKind.BASE64),
        ('[?(@.name=~"ue_pr")]', FieldKind.NONE),
        ("[?(@.other=~ue_pr)]", FieldKind.NONE),
        ("[?(@.name=~UE_PR)]", FieldKind.NONE),
    ],
)
def test_q26_a_filter_decodes_when_its_regex_is_exactly_a_special_name(path: str, context: int) -> None:
    (filtered,) = compile_path(path)
    assert isinstance(filtered, Filter)
    assert filtered.context == context


def test_q19_two_filters_in_one_path_are_refused() -> None:
    with pytest.raises(PathError, match="two filters in one path"):
        compile_path("$.a.[?(@.x=~1)].b.[?(@.y=~2)].c")


def test_paths_beyond_any_event_are_refused() -> None:
    assert len(compile_path("a" + ".a" * 99)) == 100
    with pytest.raises(PathError, match="at most 100 segments, got 101"):
        compile_path("a" + ".a" * 100)


def test_q3_a_filter_with_an_invalid_regex_is_refused() -> None:
    with pytest.raises(PathError, match="regex is refused"):
        compile_path("$.a.[?(@.x=~(b)]")
