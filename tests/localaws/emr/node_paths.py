"""A node's absolute paths, made to lie below the folder that plays the node."""

from __future__ import annotations

import re
from pathlib import Path

ROOT_VARIABLE = "EMR_NODE_ROOT"

_NODE_PATH = re.compile(
    r"(?:(?<![\w./-])|(?<=file://))(?:/usr/lib/flink|/usr/bin/(?:flink-yarn-session|flink|yarn)|/etc/flink|/home/hadoop|/mnt|/emr"
    r"|/opt/[\w.-]+)(?![\w.-])"
)
_ALWAYS_THE_NODES = ("/mnt", "/emr")


def translate(text: str, root: Path) -> str:
    """Return `text` with every path of the node made to lie below `root`, unless this machine has that path itself."""

    def place(found: re.Match[str]) -> str:
        path = found[0]
        return path if path not in _ALWAYS_THE_NODES and Path(path).exists() else f"{root}{path}"

    return _NODE_PATH.sub(place, text)
