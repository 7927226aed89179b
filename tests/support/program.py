"""A Python program in a process of its own, so that its JVM is one, and what it prints last."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping


def last_line(program: str, environment: Mapping[str, str] = os.environ) -> str:
    """Run a program to its end and return its last line of output; AssertionError, with its errors, when it fails."""
    done = subprocess.run(
        [sys.executable, "-c", program], env=dict(environment), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[-1]
