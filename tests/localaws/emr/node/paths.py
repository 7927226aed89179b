"""A node's absolute paths, made to lie below the folder that plays the node."""

from __future__ import annotations

import re
from pathlib import Path

from localaws.machine import PROGRAMS, needed_folders

ROOT_VARIABLE = "EMR_NODE_ROOT"

_HADOOP = r"(?:flink|hadoop|hbase|hive|spark|tez|zookeeper)(?:-[\w-]+)?"
_NODE_PATH = (
    rf"/usr/lib/(?:{_HADOOP}|jvm)|/usr/bin/(?:{PROGRAMS})|/usr/share/aws|/etc/{_HADOOP}|/var/(?:log|lib|run)/{_HADOOP}"
    r"|/var/(?:lib/)?aws|/home/hadoop|/mnt\d?|/emr|/opt/[\w.-]+"
)
_BEGIN, _END = r"(?:(?<![\w./-])|(?<=file://))", r"(?![\w.-])"


def translate(text: str, root: Path) -> str:
    """Return ``text`` with every path of the node made to lie below ``root``, whatever this machine has there itself.

    Only this Python, this checkout and the node's folder may lie in such a place and are left alone.
    """
    kept = "|".join(re.escape(str(folder)) for folder in (root, *needed_folders()) if re.match(_NODE_PATH, str(folder)))
    pattern = f"{_BEGIN}(?:(?P<kept>{kept or '(?!)'})|{_NODE_PATH}){_END}"
    return re.sub(pattern, lambda found: found[0] if found["kept"] else f"{root}{found[0]}", text)
