"""The reader of lines, alone in a JVM, beside Flink's own: the same lines, and positions that a reader goes on from."""

from __future__ import annotations

import base64
import bz2
import gzip
import random
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.integration, pytest.mark.timeout(120)]

#: Reads a part of a file by Flink's adapter for the raw format or by ours, from a position, and tells each line with
#: the position that a checkpoint would hold behind it.
HARNESS = """
package eventrecovery;

import java.util.Base64;
import org.apache.flink.api.common.serialization.DeserializationSchema;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.connector.file.src.FileSourceSplit;
import org.apache.flink.connector.file.src.reader.BulkFormat;
import org.apache.flink.connector.file.src.util.CheckpointedPosition;
import org.apache.flink.connector.file.src.util.RecordAndPosition;
import org.apache.flink.connector.file.table.DeserializationSchemaAdapter;
import org.apache.flink.core.fs.Path;
import org.apache.flink.formats.raw.RawFormatDeserializationSchema;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.runtime.typeutils.InternalTypeInfo;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.table.types.logical.VarBinaryType;

public final class Harness {
    public String read(boolean own, String path, long offset, long length, long size, long skipped) throws Exception {
        RowType row = RowType.of(new LogicalType[] {new VarBinaryType(Integer.MAX_VALUE)});
        InternalTypeInfo type = InternalTypeInfo.of(row);
        DeserializationSchema raw = new RawFormatDeserializationSchema(row.getTypeAt(0), type, "UTF-8", true);
        BulkFormat format = own ? (BulkFormat) new Lines(type) : (BulkFormat) new DeserializationSchemaAdapter(raw);
        CheckpointedPosition from = new CheckpointedPosition(CheckpointedPosition.NO_OFFSET, skipped);
        FileSourceSplit split = new FileSourceSplit(
            "1", new Path(path), offset, length, 0L, size, new String[0], skipped == 0L ? null : from);
        BulkFormat.Reader reader = skipped == 0L
            ? format.createReader(new Configuration(), split)
            : format.restoreReader(new Configuration(), split);
        StringBuilder told = new StringBuilder();
        for (BulkFormat.RecordIterator batch = reader.readBatch(); batch != null; batch = reader.readBatch()) {
            for (RecordAndPosition line = batch.next(); line != null; line = batch.next()) {
                byte[] bytes = ((RowData) line.getRecord()).getBinary(0);
                told.append(line.getOffset()).append(' ').append(line.getRecordSkipCount()).append(' ');
                told.append(Base64.getEncoder().encodeToString(bytes)).append('\\n');
            }
            batch.releaseBatch();
        }
        reader.close();
        return told.toString();
    }
}
"""
#: Beyond the reader's buffer of 256 KiB.
LONG = 700_000


class Reader:
    """Both readers, on the files of a folder."""

    def __init__(self, harness: Any, folder: Path) -> None:
        self._harness = harness
        self._folder = folder

    def write(self, name: str, content: bytes) -> None:
        packed = {"gz": gzip.compress, "bz2": bz2.compress}.get(name.rpartition(".")[2])
        (self._folder / name).write_bytes(content if packed is None else packed(content))

    def read(
        self, name: str, *, own: bool = True, offset: int = 0, length: int | None = None, skipped: int = 0
    ) -> list[tuple[int, bytes]]:
        """Return lines, each with the position behind it."""
        path = self._folder / name
        size = path.stat().st_size
        told = self._harness.read(own, str(path), offset, size if length is None else length, size, skipped)
        lines = [line.split(" ") for line in told.splitlines()]
        assert {offset for offset, _, _ in lines} <= {"-1"}, "a position is told by lines alone"
        return [(int(position), base64.b64decode(text)) for _, position, text in lines]


@pytest.fixture(scope="module")
def harness() -> Any:
    from pyflink.java_gateway import get_gateway

    jvm = get_gateway().jvm
    compiler = jvm.org.codehaus.janino.SimpleCompiler()
    compiler.cook(resources.files("event_recovery.flink.java").joinpath("Lines.java").read_text("utf-8"))
    harness = jvm.org.codehaus.janino.SimpleCompiler()
    harness.setParentClassLoader(compiler.getClassLoader())
    harness.cook(HARNESS)
    return harness.getClassLoader().loadClass("eventrecovery.Harness").newInstance()


@pytest.fixture
def reader(harness: Any, tmp_path: Path) -> Reader:
    return Reader(harness, tmp_path)


def odd_lines(seed: int, count: int) -> bytes:
    """Return lines of all lengths, some empty, with CR before their ends and within, the last without an end or not."""
    chance = random.Random(seed)
    ends = [b"\n", b"\n", b"\n", b"\r\n", b"\r\r\n"]
    lines = [chance.randbytes(chance.choice((0, 1, 7, 40))).replace(b"\n", b"\r") for _ in range(count)]
    return b"".join(line + chance.choice(ends) for line in lines) + chance.choice([b"", b"\r", b"tail", b"tail\r"])


@pytest.mark.parametrize("name", ["rows", "rows.gz", "rows.bz2"])
def test_the_lines_and_positions_are_those_of_flink(reader: Reader, name: str) -> None:
    for seed in range(20):
        content = odd_lines(seed, 250)
        reader.write(name, content)
        assert reader.read(name) == reader.read(name, own=False)
        assert [position for position, _ in reader.read(name)] == [*range(1, len(reader.read(name)) + 1)]


@pytest.mark.parametrize("content", [b"", b"\n", b"\r\n", b"\r", b"\n\n", b"one", b"one\n", b"one\r", b"\rone\r\r\n\n"])
def test_a_file_of_little_is_read_as_flink_reads_it(reader: Reader, content: bytes) -> None:
    reader.write("rows", content)
    assert reader.read("rows") == reader.read("rows", own=False)


def test_every_cut_of_a_file_gives_each_line_once(reader: Reader) -> None:
    content = odd_lines(5, 12)
    reader.write("rows", content)
    whole = [line for _, line in reader.read("rows")]
    for cut in range(1, len(content)):
        parts = [reader.read("rows", length=cut), reader.read("rows", offset=cut, length=len(content) - cut)]
        assert [line for part in parts for _, line in part] == whole, cut
        flinks = reader.read("rows", own=False, length=cut)
        assert parts[0] == flinks, cut


def test_lines_longer_than_the_buffer_are_whole(reader: Reader) -> None:
    lines = [b"a" * LONG, b"b", b"c" * 3 * LONG, b"", b"d" * LONG]
    for name in ("rows", "rows.gz"):
        reader.write(name, b"\n".join(lines))
        assert [line for _, line in reader.read(name)] == lines
    reader.write("rows", b"\n".join(lines))
    size = LONG * 5 + 5
    parts = [reader.read("rows", offset=at, length=min(LONG // 2, size - at)) for at in range(0, size, LONG // 2)]
    assert [line for part in parts for _, line in part] == lines


@pytest.mark.parametrize("name", ["rows", "rows.gz"])
def test_a_restored_reader_goes_on_behind_the_position_and_counts_on_from_it(reader: Reader, name: str) -> None:
    reader.write(name, odd_lines(9, 230))
    whole = reader.read(name)
    for skipped in (1, 99, 100, 101, 200, len(whole) - 1, len(whole)):
        assert reader.read(name, skipped=skipped) == whole[skipped:]
    assert reader.read(name, skipped=len(whole) + 5) == []
