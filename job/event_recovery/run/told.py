"""What a run says before it begins: what it reads, what is wrong with that, and how fast it sends."""

from __future__ import annotations

from event_recovery.contract import DamagedFile, JobOptions
from event_recovery.inputs.choice import Selection, described
from event_recovery.inputs.volume import of_rows
from event_recovery.run.preflight import Checked
from event_recovery.text.words import duration


def damaged_files(checked: Checked) -> dict[str, DamagedFile]:
    """Return the files of the input that cannot be read to their end, by URI."""
    return {scan.file.location.uri: DamagedFile(scan.reason, scan.rows) for scan in checked.given.damaged}


def told(checked: Checked, options: JobOptions) -> list[str]:
    """Say what the checks found, a line each."""
    given = checked.given
    lines = list(checked.warnings)
    lines += [f"warning: --input {text}: {why}" for text, why in given.choice.nothing_in.items()]
    if passed_over := described(given.choice.passed_over):
        lines.append(f"{len(given.choice.files):,} files are read; not read: {passed_over}")
    if rows := Selection.asked_by(options).rows:
        lines.append(f"only rows {rows} are recovered, and those that cannot be judged; the others are skipped")
    lines += [f"warning: {warning}" for warning in given.found.warnings()]
    lines += [
        f"warning: {uri} cannot be read to its end: {damage}; the rows before that are processed"
        for uri, damage in damaged_files(checked).items()
    ]
    return lines


def told_rate(checked: Checked) -> list[str]:
    """Say at which rate is sent at most, and how long that takes; nothing when there is no limit."""
    rate = checked.rate
    if rate is None:
        return []
    volume = of_rows(checked.given.rows)
    takes = duration(rate.seconds(volume.records, volume.size))
    return [f"at most {rate} are sent: if all of about {volume.records:,} rows are recovered, that takes about {takes}"]
