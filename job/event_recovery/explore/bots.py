"""Which user agents say that they are bots, by a list that is kept up to date elsewhere."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Final

#: A longer user agent is looked at so far.
_READ: Final = 500
_ESCAPED: Final = re.compile(r"\\([^a-zA-Z0-9])")
_SPECIAL: Final = re.compile(r"[\\.^$*+?()\[\]{}|]")


# A bucket has as many user agents as browsers have versions.
@lru_cache(maxsize=16_384)
def is_bot(user_agent: str) -> bool:
    """Tell whether a user agent is that of a crawler, a script or another program that is nobody's browser."""
    text = user_agent[:_READ]
    texts, patterns = _patterns()
    return any(part in text for part in texts) or any(pattern.search(text) for pattern in patterns)


@cache
def _patterns() -> tuple[tuple[str, ...], tuple[re.Pattern[str], ...]]:
    """Return the list as texts and, for the few that are more than a text, as regexes: a text is found far faster."""
    # A megabyte of JSON, which only whoever counts bots needs.
    from crawleruseragents import CRAWLER_USER_AGENTS_DATA  # type: ignore[import-untyped]

    texts, patterns = [], []
    for one in CRAWLER_USER_AGENTS_DATA:
        pattern = one["pattern"]
        if _SPECIAL.search(_ESCAPED.sub("", pattern)) or re.search(r"\\[a-zA-Z0-9]", pattern):
            patterns.append(re.compile(pattern))
        else:
            texts.append(_ESCAPED.sub(r"\1", pattern))
    return tuple(texts), tuple(patterns)
