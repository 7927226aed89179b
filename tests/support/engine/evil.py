"""Bad rows that bring a script, in every text that they hold."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from generator.known import KNOWN
from generator.known_rows import known_rows

#: Ends whatever it may stand in: a text, an attribute of either quotes, a comment, a script.
EVIL = "'\"--></script></pre></title><img src=x onerror=run()><script>run()</script>"
_KEPT = ("iglu:com.snowplowanalytics.snowplow.badrows/",)
#: What tells the form of a failure; the row would be of another group without it.
_FORMS = ("error", "type", "keyword")


def evil_rows() -> Iterator[bytes]:
    """Yield a row of each known kind, the script behind every text, and in the name of a property and of a file."""
    for known, line in known_rows(len(KNOWN), seed=8, products=1):
        if not known.type:
            yield line + EVIL.encode()
            continue
        document = json.loads(line)
        data = document["data"]
        document["data"] = {name: one if name == "processor" else _evil(one, name) for name, one in data.items()}
        yield json.dumps(document).encode()


def _evil(value: Any, name: str) -> Any:
    if isinstance(value, dict):
        return {**{key: _evil(one, key) for key, one in value.items()}, EVIL: EVIL}
    if isinstance(value, list):
        return [_evil(one, name) for one in value]
    if isinstance(value, str) and not value.startswith(_KEPT):
        return value if name in _FORMS and value in ("ValidationError", "ResolutionError") else value + EVIL
    return value
