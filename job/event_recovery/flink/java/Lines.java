package eventrecovery;

import java.io.IOException;
import java.util.Arrays;
import org.apache.flink.api.common.io.FileInputFormat;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.connector.file.src.FileSourceSplit;
import org.apache.flink.connector.file.src.reader.BulkFormat;
import org.apache.flink.connector.file.src.util.ArrayResultIterator;
import org.apache.flink.connector.file.src.util.CheckpointedPosition;
import org.apache.flink.core.fs.FileInputSplit;
import org.apache.flink.table.data.GenericRowData;

/**
 * Lines of files as rows of one column of bytes, as Flink's adapter for the raw format gives them: a line ends at LF or
 * CR LF, or with its file; a packed file is unpacked by its name; of a file in parts, a part has the lines that begin
 * behind its first byte, up to the first byte behind it.
 *
 * That adapter takes three times as long for a byte, since it looks at each through its fields. And once it was
 * restored and has skipped the lines that a checkpoint says were read, it counts positions from zero: the next
 * checkpoint has one that is too low, and a reader restored from that one reads lines a second time.
 */
public final class Lines implements BulkFormat {
    /** So many lines are handed on together, and are in memory. */
    private static final int BATCH_LINES = 100;
    private static final int BUFFER_BYTES = 256 * 1024;

    private final TypeInformation rows;

    public Lines(TypeInformation rows) {
        this.rows = rows;
    }

    public BulkFormat.Reader createReader(Configuration config, FileSourceSplit split) throws IOException {
        return new Reader(split, 0L);
    }

    public BulkFormat.Reader restoreReader(Configuration config, FileSourceSplit split) throws IOException {
        CheckpointedPosition position = (CheckpointedPosition) split.getReaderPosition().get();
        return new Reader(split, position.getRecordsAfterOffset());
    }

    public boolean isSplittable() {
        return true;
    }

    public TypeInformation getProducedType() {
        return rows;
    }

    private static final class Reader implements BulkFormat.Reader {
        private final Part part;
        private long read = 0L;

        Reader(FileSourceSplit split, long skipped) throws IOException {
            part = new Part(split);
            while (read < skipped && part.next() != null) {
                read++;
            }
        }

        public BulkFormat.RecordIterator readBatch() throws IOException {
            GenericRowData[] lines = new GenericRowData[BATCH_LINES];
            int count = 0;
            while (count < BATCH_LINES) {
                byte[] line = part.next();
                if (line == null) {
                    break;
                }
                lines[count] = new GenericRowData(1);
                lines[count].setField(0, line);
                count++;
            }
            if (count == 0) {
                return null;
            }
            ArrayResultIterator batch = new ArrayResultIterator();
            batch.set(lines, count, CheckpointedPosition.NO_OFFSET, read);
            read += count;
            return batch;
        }

        public void close() throws IOException {
            part.close();
        }
    }

    /** Part of a file; Flink's own class opens it, and unpacks what is packed. */
    private static final class Part extends FileInputFormat {
        private byte[] buffer = new byte[BUFFER_BYTES];
        /** What of the buffer is still to be handed on. */
        private int begin = 0;
        private int end = 0;
        /** Where in the file the buffer begins, and behind which place no line begins that is of this part. */
        private long place;
        private final long last;

        Part(FileSourceSplit split) throws IOException {
            super(split.path());
            open(new FileInputSplit(0, split.path(), split.offset(), split.length(), split.hostnames()));
            place = splitStart;
            // Of a packed file Flink says no length.
            last = splitLength < 0L ? Long.MAX_VALUE : splitStart + splitLength;
            if (splitStart > 0L) {
                stream.seek(splitStart);
                next();
            }
        }

        /** Returns the next line without its end, null when there is none. */
        byte[] next() throws IOException {
            if (place + begin > last) {
                return null;
            }
            int seen = 0;
            while (true) {
                int found = find(buffer, begin + seen, end);
                if (found >= 0) {
                    return take(found, found + 1);
                }
                seen = end - begin;
                if (!fill()) {
                    return seen == 0 ? null : take(end, end);
                }
            }
        }

        private byte[] take(int to, int following) {
            boolean ended = to > begin && buffer[to - 1] == '\r';
            byte[] line = Arrays.copyOfRange(buffer, begin, ended ? to - 1 : to);
            begin = following;
            return line;
        }

        /** Reads on behind what is still to be handed on, and tells whether there was more. */
        private boolean fill() throws IOException {
            if (begin == end || end == buffer.length) {
                byte[] larger = begin == 0 && end > 0 ? new byte[2 * buffer.length] : buffer;
                System.arraycopy(buffer, begin, larger, 0, end - begin);
                buffer = larger;
                place += begin;
                end -= begin;
                begin = 0;
            }
            int count = stream.read(buffer, end, buffer.length - end);
            end += Math.max(count, 0);
            return count >= 0;
        }

        private static int find(byte[] bytes, int from, int to) {
            for (int i = from; i < to; i++) {
                if (bytes[i] == '\n') {
                    return i;
                }
            }
            return -1;
        }

        public boolean reachedEnd() {
            throw new UnsupportedOperationException();
        }

        public Object nextRecord(Object reuse) {
            throw new UnsupportedOperationException();
        }
    }
}
