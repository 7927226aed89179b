package eventrecovery;

import java.io.IOException;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.connector.file.src.FileSourceSplit;
import org.apache.flink.connector.file.src.reader.BulkFormat;
import org.apache.flink.connector.file.src.util.CheckpointedPosition;
import org.apache.flink.connector.file.src.util.MutableRecordAndPosition;
import org.apache.flink.connector.file.src.util.RecordAndPosition;

/**
 * A format of lines whose positions count from the beginning of the split, also after it was restored.
 *
 * Flink's own adapter skips the lines that a checkpoint says were read, and then counts from zero: the next checkpoint
 * has a position that is too low, and a reader restored from that one reads lines a second time.
 */
public final class CountedLines implements BulkFormat {
    private final BulkFormat lines;

    public CountedLines(BulkFormat lines) {
        this.lines = lines;
    }

    public BulkFormat.Reader createReader(Configuration config, FileSourceSplit split) throws IOException {
        return lines.createReader(config, split);
    }

    public BulkFormat.Reader restoreReader(Configuration config, FileSourceSplit split) throws IOException {
        CheckpointedPosition position = (CheckpointedPosition) split.getReaderPosition().get();
        return new Restored(lines.restoreReader(config, split), position.getRecordsAfterOffset());
    }

    public boolean isSplittable() {
        return lines.isSplittable();
    }

    public TypeInformation getProducedType() {
        return lines.getProducedType();
    }

    private static final class Restored implements BulkFormat.Reader {
        private final BulkFormat.Reader reader;
        private final long skipped;

        Restored(BulkFormat.Reader reader, long skipped) {
            this.reader = reader;
            this.skipped = skipped;
        }

        public BulkFormat.RecordIterator readBatch() throws IOException {
            BulkFormat.RecordIterator batch = reader.readBatch();
            return batch == null ? null : new Batch(batch, skipped);
        }

        public void close() throws IOException {
            reader.close();
        }
    }

    private static final class Batch implements BulkFormat.RecordIterator {
        private final BulkFormat.RecordIterator batch;
        private final long skipped;
        private final MutableRecordAndPosition moved = new MutableRecordAndPosition();

        Batch(BulkFormat.RecordIterator batch, long skipped) {
            this.batch = batch;
            this.skipped = skipped;
        }

        public RecordAndPosition next() {
            RecordAndPosition next = batch.next();
            if (next == null) {
                return null;
            }
            moved.set(next.getRecord(), next.getOffset(), next.getRecordSkipCount() + skipped);
            return moved;
        }

        public void releaseBatch() {
            batch.releaseBatch();
        }
    }
}
