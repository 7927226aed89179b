package eventrecovery;

import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.Iterator;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeutils.base.LongSerializer;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.BoundedOneInput;
import org.apache.flink.streaming.api.operators.ChainingStrategy;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;

/**
 * Counts rows, or adds up counts, and hands on one row with the number as text once there are no more; none for 0.
 *
 * The number is kept in checkpoints. Once it is handed on it is 0: a job that begins again from a checkpoint of that time
 * comes to the end of its rows a second time, and has told the number already.
 */
public final class RowCount extends AbstractStreamOperator implements OneInputStreamOperator, BoundedOneInput {
    private final boolean ofCounts;
    private transient ListState kept;
    private transient long count;

    /** Of counts that others have handed on, or of rows. */
    public RowCount(boolean ofCounts) {
        this.ofCounts = ofCounts;
        chainingStrategy = ChainingStrategy.ALWAYS;
    }

    public void initializeState(StateInitializationContext context) throws Exception {
        super.initializeState(context);
        kept = context.getOperatorStateStore().getListState(new ListStateDescriptor("count", LongSerializer.INSTANCE));
        count = 0;
        // Several where the job had more subtasks before.
        for (Iterator before = ((Iterable) kept.get()).iterator(); before.hasNext();) {
            count += ((Long) before.next()).longValue();
        }
    }

    public void snapshotState(StateSnapshotContext context) throws Exception {
        super.snapshotState(context);
        kept.update(Collections.singletonList(Long.valueOf(count)));
    }

    public void processElement(StreamRecord record) {
        count += ofCounts ? Long.parseLong(text((RowData) record.getValue())) : 1L;
    }

    public void endInput() {
        if (count > 0) {
            byte[] number = Long.toString(count).getBytes(StandardCharsets.US_ASCII);
            output.collect(new StreamRecord(GenericRowData.of(new Object[] {number})));
        }
        count = 0;
    }

    private static String text(RowData row) {
        return new String(row.getBinary(0), StandardCharsets.US_ASCII);
    }
}
