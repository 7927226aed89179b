package eventrecovery;

import org.apache.flink.api.common.operators.MailboxExecutor;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.ChainingStrategy;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.table.data.RowData;

/**
 * Hands on rows of one column of bytes no faster than a rate. Its one subtask sees all rows, and so holds the whole job
 * to it.
 *
 * Flink limits what sources read, which is not what is sent, and its sinks what is under way at once, which is no rate.
 *
 * Each row has a time before which it does not pass: that of the row before it, and what that one takes at the rate.
 * Rows that come late make up for it, by a second at most and not all at once, as others send to the stream, too.
 */
public final class LimitedRate extends AbstractStreamOperator implements OneInputStreamOperator {
    private static final double LATE_NANOS = 1e9;
    /** While rows are late they pass by so much faster than the rate, apart from those of a moment. */
    private static final double HASTE = 1.25;
    private static final double MOMENT_NANOS = 1e8;
    /** What the sink has to do meanwhile is looked for this often. */
    private static final long SLEEP_MILLIS = 5L;

    private final double nanosPerRecord;
    private final double nanosPerByte;
    private final int bytesPerRecord;
    private transient MailboxExecutor sink;
    private transient double nextByRecords;
    private transient double nextByBytes;
    private transient double nextInHaste;
    private transient long began;

    /** A rate of 0 is no limit; bytesPerRecord are those that the stream counts beside the row's own. */
    public LimitedRate(double recordsPerSecond, double bytesPerSecond, int bytesPerRecord) {
        this.nanosPerRecord = recordsPerSecond == 0 ? 0 : 1e9 / recordsPerSecond;
        this.nanosPerByte = bytesPerSecond == 0 ? 0 : 1e9 / bytesPerSecond;
        this.bytesPerRecord = bytesPerRecord;
        chainingStrategy = ChainingStrategy.ALWAYS;
    }

    public void open() throws Exception {
        super.open();
        sink = getContainingTask().getMailboxExecutorFactory().createExecutor(getOperatorConfig().getChainIndex());
        began = System.nanoTime();
        nextByRecords = 0;
        nextByBytes = 0;
        nextInHaste = 0;
    }

    public void processElement(StreamRecord record) throws Exception {
        double next = Math.max(Math.max(nextByRecords, nextByBytes), nextInHaste);
        for (double wait = next - passed(); wait > 0; wait = next - passed()) {
            // Answers of the stream, and what is due to be sent, are not to wait for the next row.
            if (!sink.tryYield()) {
                Thread.sleep(Math.max(1L, Math.min(SLEEP_MILLIS, (long) (wait / 1e6))));
            }
        }
        double now = passed();
        double byBytes = nanosPerByte * (((RowData) record.getValue()).getBinary(0).length + bytesPerRecord);
        nextByRecords = Math.max(nextByRecords, now - LATE_NANOS) + nanosPerRecord;
        nextByBytes = Math.max(nextByBytes, now - LATE_NANOS) + byBytes;
        nextInHaste = Math.max(nextInHaste, now - MOMENT_NANOS) + Math.max(nanosPerRecord, byBytes) / HASTE;
        output.collect(record);
    }

    private double passed() {
        return (double) (System.nanoTime() - began);
    }
}
