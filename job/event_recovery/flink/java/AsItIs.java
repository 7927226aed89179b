package eventrecovery;

import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.binary.BinaryRowDataUtil;
import org.apache.flink.table.runtime.generated.GeneratedProjection;
import org.apache.flink.table.runtime.generated.Projection;

/**
 * What Flink's operator of Python functions asks of the SQL planner, which would write code for it: which columns of a
 * row Python gets, and which pass it by. All are for Python and none passes by, so that there is nothing to write.
 */
public final class AsItIs extends GeneratedProjection {
    private final boolean whole;

    /** Whole rows, or rows of no column. */
    public AsItIs(boolean whole) {
        super("", "", new Object[0]);
        this.whole = whole;
    }

    public Object newInstance(ClassLoader loader) {
        return whole ? (Object) new Whole() : new None();
    }

    private static final class Whole implements Projection {
        public RowData apply(RowData row) {
            return row;
        }
    }

    private static final class None implements Projection {
        public RowData apply(RowData row) {
            return BinaryRowDataUtil.EMPTY_ROW;
        }
    }
}
