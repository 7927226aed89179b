"""Our Java classes, compiled in the client's JVM by the compiler of Flink's SQL, and given to the job as a jar.

So there is neither a compiled file in the package nor a JDK to be had, on a node or on a laptop.
"""

from __future__ import annotations

import atexit
import zipfile
from importlib import resources
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from pyflink.datastream import StreamExecutionEnvironment
from pyflink.java_gateway import get_gateway

_PACKAGE = "eventrecovery"


def add_classes(env: StreamExecutionEnvironment) -> Any:
    """Add the classes to the job and to this client, and return their package, whose members make objects of them."""
    with NamedTemporaryFile(prefix="event-recovery-", suffix=".jar", delete=False) as jar:
        atexit.register(Path(jar.name).unlink, missing_ok=True)
        with zipfile.ZipFile(jar, "w") as members:
            for name, code in _compiled():
                members.writestr(f"{name.replace('.', '/')}.class", code)
    env.add_jars(Path(jar.name).as_uri())
    return getattr(get_gateway().jvm, _PACKAGE)


def _compiled() -> list[tuple[str, bytes]]:
    found: list[tuple[str, bytes]] = []
    for source in sorted(resources.files(__package__).iterdir(), key=lambda one: one.name):
        if source.name.endswith(".java"):
            compiler = get_gateway().jvm.org.codehaus.janino.SimpleCompiler()
            compiler.cook(source.read_text("utf-8"))
            codes = compiler.getBytecodes()
            found += [(str(name), bytes(codes.get(name))) for name in codes.keySet()]
    return found
