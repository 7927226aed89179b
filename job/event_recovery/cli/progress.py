"""How far the files are read, shown on a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from event_recovery.cli.console import err, is_interactive
from event_recovery.cli.inputs import Found, Wanted


class ReadingProgress:
    """A bar over the bytes of the files as they are stored."""

    def __init__(self, bar: Progress, task: TaskID) -> None:
        self._bar, self._task = bar, task

    def read(self, size: int) -> None:
        """Move on by so many bytes."""
        self._bar.advance(self._task, size)

    @contextmanager
    def hidden(self) -> Iterator[None]:
        """Take the bar away while something else is printed."""
        if self._bar.disable:
            yield
            return
        self._bar.stop()
        yield
        self._bar.start()


@contextmanager
def reading_progress(what: str, wanted: Wanted, found: Found) -> Iterator[ReadingProgress]:
    """Show a bar while files are read, on a terminal only.

    :param what: what is done to the rows
    """
    with Progress(
        TextColumn(what),
        BarColumn(),
        DownloadColumn(),
        TimeRemainingColumn(),
        console=err,
        transient=True,
        disable=not is_interactive(),
    ) as bar:
        # How much of the files a sample needs shows only at its end.
        yield ReadingProgress(bar, bar.add_task("rows", total=found.size if wanted.sample is None else None))
