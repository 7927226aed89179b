"""A folder that plays a node for the bundle's scripts, with the two commands that only a real node has."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

from localaws.machine import hide_programs

STATSD_CLASS = "org/apache/flink/metrics/statsd/StatsDReporterFactory.class"
S3_CLASS = "org/apache/flink/fs/s3hadoop/S3FileSystemFactory.class"
SINK_CLASS = "org/apache/flink/connector/kinesis/sink/KinesisStreamsSink.class"
FILES = Path(__file__).resolve().parents[3] / "job/event_recovery/bundle/files"

# Installs the agent's command when asked to, and notes what it was asked.
FAKE_DNF = """#!/bin/sh
here=$(cd "$(dirname "$0")" && pwd)
echo "dnf $*" >>"$here/calls"
case "$*" in
  *amazon-cloudwatch-agent*)
    cat >"$here/amazon-cloudwatch-agent-ctl" <<'EOF'
#!/bin/sh
here=$(cd "$(dirname "$0")" && pwd)
echo "agent $*" >>"$here/calls"
case "$*" in *status*) echo '{"status": "running"}' ;; esac
EOF
    chmod +x "$here/amazon-cloudwatch-agent-ctl" ;;
esac
"""


def write_program(path: Path, text: str) -> None:
    """Write a script that can be run."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)


def write_jar(path: Path, *entries: str) -> Path:
    """Write a jar with empty classes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as jar:
        for entry in entries:
            jar.writestr(entry, b"")
    return path


@dataclass(frozen=True, slots=True)
class FakeNode:
    """``root`` has ``bin`` (first on PATH), ``app`` (the job's home) and ``flink`` (Flink's home)."""

    root: Path

    @property
    def app(self) -> Path:
        return self.root / "app"

    @property
    def flink(self) -> Path:
        return self.root / "flink"

    @property
    def calls(self) -> list[str]:
        """What ``dnf`` and the agent's command were asked, in order."""
        file = self.root / "bin/calls"
        return file.read_text().splitlines() if file.exists() else []

    def prepare(self) -> FakeNode:
        write_program(self.root / "bin/dnf", FAKE_DNF)
        write_program(self.root / "bin/sudo", '#!/bin/sh\nexec "$@"\n')
        write_program(self.root / "bin/python3.11", f'#!/bin/sh\nexec "{sys.base_prefix}/bin/python3.11" "$@"\n')
        return self

    def install_flink(self, version: str = "1.20.0-amzn-7", *, s3_in: str = "opt") -> FakeNode:
        """Lay out what EMR installs; ``s3_in`` is the folder with the S3 jar, none if empty."""
        write_program(self.flink / "bin/flink", f"#!/bin/sh\necho 'Version: {version}, Commit ID: abc'\n")
        write_program(self.root / "bin/java", "#!/bin/sh\necho 'openjdk version \"17.0.1\"' >&2\n")
        write_jar(self.flink / f"opt/flink-python-{version}.jar")
        write_jar(self.flink / f"plugins/metrics-statsd/flink-metrics-statsd-{version}.jar", STATSD_CLASS)
        (self.flink / "lib").mkdir()
        if s3_in:
            write_jar(self.flink / s3_in / f"flink-s3-fs-hadoop-{version}.jar", S3_CLASS)
        return self

    def run(self, script: Path, *args: object, **env: str) -> subprocess.CompletedProcess[str]:
        """Run a script with no package index to turn to."""
        machine = self.root.with_name(f"{self.root.name}-machine")
        shutil.rmtree(machine, ignore_errors=True)
        environment = {
            "HOME": str(self.root),
            "PATH": f"{self.root / 'bin'}{os.pathsep}{hide_programs('/usr/bin:/bin', machine)}",
            "PIP_NO_INDEX": "1",
            "APP_HOME": str(self.app),
            "FLINK_HOME": str(self.flink),
            "RETRY_SECONDS": "0",
            **env,
        }
        argv = ["bash", str(script), *map(str, args)]
        return subprocess.run(argv, env=environment, capture_output=True, text=True, check=False, timeout=240)

    def snapshot(self) -> dict[str, tuple[int, int]]:
        """Inode and time of every file of the node, to see whether a second run touched it."""
        return {
            str(path.relative_to(self.root)): (path.lstat().st_ino, path.lstat().st_mtime_ns)
            for path in self.root.rglob("*")
            if not path.is_dir() and "__pycache__" not in path.parts and path.name != "calls"
        }


def copy_script(name: str, folder: Path) -> Path:
    """A copy of a script of the package beside nothing else."""
    folder.mkdir(parents=True, exist_ok=True)
    return Path(shutil.copy(FILES / name, folder))
