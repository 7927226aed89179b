"""Ask Java anew, and record what it says.

    PYTHONPATH=tests python -m conformance.enrich.record JARS-1.0.70 JARS-1.0.76

Each argument is a folder of jars: com.networknt:json-schema-validator of that version with what it needs, as
``mvn dependency:copy-dependencies`` collects them. Needs a JDK 17.
"""

from __future__ import annotations

import base64
import gzip
import json
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from conformance.enrich.cells import cells, recorded
from conformance.enrich.made_up import formats, pairs, texts

HERE = Path(__file__).parent
COUNTS = {"1.0.70": (6_000, 1), "1.0.76": (3_000, 2)}
TEXTS = (6_000, 3)


def main() -> None:
    """Record the schemas for both versions of the validator, the cells, and the texts."""
    for folder, (version, (count, seed)) in zip(sys.argv[1:], COUNTS.items(), strict=True):
        cases = list(dict.fromkeys([*formats(), *pairs(count, seed)]))
        lines = [f'{{"schema":{schema},"value":{value}}}' for schema, value in cases]
        answers = ask("SchemaOracle", lines, classpath=f"{folder}/*")
        write(
            f"schemas-{version}.jsonl.gz",
            [json.dumps([*case, json.loads(answer)]) for case, answer in zip(cases, answers, strict=True)],
        )
    write("cells.jsonl.gz", [recorded(cell) for cell in cells()])
    asked = list(dict.fromkeys(texts(*TEXTS)))
    answers = ask("TextOracle", [f"{kind}\t{encoded(text)}" for kind, text in asked], classpath=".")
    read = [base64.b64decode(answer).decode() for answer in answers]
    write("texts.jsonl.gz", [json.dumps([*one, answer]) for one, answer in zip(asked, read, strict=True)])


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def ask(program: str, lines: list[str], *, classpath: str) -> list[str]:
    """Compile one of the programs beside this file, and give it lines to answer."""
    with TemporaryDirectory() as folder:
        source = str(HERE / f"{program}.java")
        subprocess.run(["javac", "-nowarn", "-cp", classpath, "-d", folder, source], check=True)
        command = ["java", "-Xss8m", "-cp", f"{classpath}:{folder}", program]
        done = subprocess.run(command, input="\n".join(lines) + "\n", capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def write(name: str, lines: list[str]) -> None:
    """Write lines, to the same bytes each time."""
    data = "".join(f"{line}\n" for line in lines).encode()
    (HERE / name).write_bytes(gzip.compress(data, mtime=0))


if __name__ == "__main__":
    main()
