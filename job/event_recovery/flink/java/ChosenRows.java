package eventrecovery;

import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.ChainingStrategy;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;

/**
 * Of what Python makes of lines, hands on those with some codes, as rows of one of their columns of bytes. What comes has
 * one column, a row, of which the first column is the code.
 */
public final class ChosenRows extends AbstractStreamOperator implements OneInputStreamOperator {
    private final int columns;
    private final int column;
    private final int[] codes;

    public ChosenRows(int columns, int column, int[] codes) {
        this.columns = columns;
        this.column = column;
        this.codes = codes;
        chainingStrategy = ChainingStrategy.ALWAYS;
    }

    public void processElement(StreamRecord record) {
        RowData row = ((RowData) record.getValue()).getRow(0, columns);
        byte code = row.getByte(0);
        for (int i = 0; i < codes.length; i++) {
            if (codes[i] == code) {
                output.collect(new StreamRecord(GenericRowData.of(new Object[] {row.getBinary(column)})));
            }
        }
    }
}
