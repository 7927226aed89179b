"""See what a path of a condition or step skips, misses or finds by accident."""

from __future__ import annotations

import re
from collections.abc import Iterator

from event_recovery.config.lint.regexes import anchor_warning
from event_recovery.flows.path import TOKEN, Field, FieldKind, Filter, PathError, Segment, compile_path, tokenize

_HARMLESS = frozenset("$.[]()?@=~'")
_WORD = re.compile(r"[A-Za-z0-9_-]+")
_TOLD = 3

# The parameters of the tracker protocol: what a filter on names is run against.
_TRACKER_PARAMETERS = tuple(
    """
    e p aid tna eid dtm stm ttm tz tv uid duid nuid tnuid fp vid sid ip ua res vp ds url page refr cs lang cd cookie
    f_pdf f_qt f_realp f_wma f_dir f_fla f_java f_gears f_ag mac tid co cx ue_pr ue_px se_ca se_ac se_la se_pr se_va
    tr_id tr_af tr_tt tr_tx tr_sh tr_ci tr_st tr_co tr_cu ti_id ti_sk ti_nm ti_ca ti_pr ti_qu ti_cu pp_mix pp_max
    pp_miy pp_may
    """.split(),
)


def compiled(path: str) -> tuple[Segment, ...] | None:
    """Compile a path, or return None for one that loading refuses."""
    try:
        return compile_path(path)
    except PathError:
        return None


def path_warnings(path: str, *, may_end_at_pair: bool = False) -> Iterator[str]:
    """Tell what is wrong with a path wherever it stands.

    :param may_end_at_pair: whether it is of a step that changes which name/value pairs there are
    """
    yield from _skipped(path)
    segments = compiled(path) or ()
    ends_at_pair = len(segments) > 1 and not isinstance(segments[-1], Field) and _holds_pairs(segments[-2])
    if ends_at_pair and not may_end_at_pair:
        yield f"the path ends at a whole name/value pair, where every operation fails: write {path}.value"
    for position, segment in enumerate(segments):
        if isinstance(segment, Filter):
            before = segments[position - 1] if position else None
            yield from _filter_warnings(segment, before, segments[position + 1 :])


def _skipped(path: str) -> Iterator[str]:
    gaps = TOKEN.split(path)[:: TOKEN.groups + 1]
    between = "".join(gaps)
    names = tokenize(path)
    reading = f"the path is read as {' → '.join(names) or 'the root'}"
    if "?" in between or "@" in between or any(name.startswith("[?") and not _is_filter(name) for name in names):
        yield (
            f"the filter is not understood: {reading}; a filter is [?(@.field=~regex)], its field of letters, digits "
            "and dots"
        )
        return
    odd = list(dict.fromkeys(character for character in between if character not in _HARMLESS))
    if odd:
        wildcard = "; there are no wildcards, a filter goes through elements" if "*" in odd else ""
        yield (
            f"{', '.join(map(repr, odd))} cannot be part of a path and {'is' if len(odd) == 1 else 'are'} skipped: "
            f"{reading}; names are made of ASCII letters, digits, _ and -{wildcard}"
        )
    if ".." in _between_filters(path):
        yield f"there is no recursive search: {reading}; write the path out"
    if negative := re.search(r"\[(-[0-9]+)\]", _between_filters(path)):
        yield f"[{negative[1]}] is read as a field called {negative[1]}: positions count from the start, from [0]"


def _between_filters(path: str) -> str:
    return TOKEN.sub(lambda token: "" if token[0].startswith("[?") else token[0], path)


def _is_filter(name: str) -> bool:
    segments = compiled(name)
    return segments is None or isinstance(segments[0], Filter)


def _holds_pairs(segment: Segment | None) -> bool:
    return isinstance(segment, Field) and bool(segment.kind & FieldKind.PAIRS)


def _filter_warnings(filtered: Filter, before: Segment | None, after: tuple[Segment, ...]) -> Iterator[str]:
    regex = filtered.search.pattern.text
    quotes = anchor_warning(regex)
    if quotes:
        yield quotes
    on_names = filtered.path == ("name",) and _holds_pairs(before)
    if on_names and isinstance(before, Field):
        yield from _other_names(before.name, regex)
    elif "null" not in regex and filtered.search.pattern.found_in("null"):
        yield (
            f"the filter also takes elements without `{'.'.join(filtered.path)}`, which are searched as the text null: "
            'put quotes into the regex, such as [?(@.x=~"…")], to find strings only'
        )
    if "name" in filtered.path:
        yield from _special_names(filtered, after)


def _other_names(pairs: str, word: str) -> Iterator[str]:
    others = [name for name in _TRACKER_PARAMETERS if word in name and name != word]
    if not _WORD.fullmatch(word) or not others:
        return
    told = ", ".join(f"`{name}`" for name in others[:_TOLD]) + (", …" if len(others) > _TOLD else "")
    yield (
        f"the filter finds {told} as well as `{word}`, since {word} may stand anywhere in the name: "
        f'write {pairs}.{word} for the first such parameter, or [?(@.name=~"{word}")] for all of that very name'
        + (" (whose values are then plain text)" if _special(word) else "")
    )


def _special_names(filtered: Filter, after: tuple[Segment, ...]) -> Iterator[str]:
    regex = filtered.search.pattern.text
    next_field = after[0].name if after and isinstance(after[0], Field) else None
    if filtered.context & (FieldKind.TEXT | FieldKind.BASE64) and next_field not in {"value", None}:
        yield (
            f"everything below this filter is decoded as `{regex}` is, also `.{next_field}`, which fails: "
            f'write [?(@.name=~"{regex}")].{next_field}'
        )
    bare = re.sub(r"[^A-Za-z_]", "", regex)
    if bare != regex and _special(bare) and next_field == "value" and len(after) > 1:
        yield (
            f"the value stays text here and has nothing below it: `{bare}` is only decoded when the regex is exactly "
            f"that name; write [?(@.name=~{bare})] or address the parameter by name"
        )


def _special(name: str) -> bool:
    return bool(Field(name).context & (FieldKind.TEXT | FieldKind.BASE64))
