package eventrecovery;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.apache.flink.api.common.operators.MailboxExecutor;
import org.apache.flink.api.connector.sink2.Committer;
import org.apache.flink.api.connector.sink2.CommitterInitContext;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.api.connector.sink2.StatefulSinkWriter;
import org.apache.flink.api.connector.sink2.SupportsCommitter;
import org.apache.flink.api.connector.sink2.SupportsWriterState;
import org.apache.flink.api.connector.sink2.WriterInitContext;
import org.apache.flink.connector.file.sink.FileSink;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.streaming.api.connector.sink2.CommittableMessage;
import org.apache.flink.streaming.api.connector.sink2.CommittableSummary;
import org.apache.flink.streaming.api.connector.sink2.CommittableWithLineage;
import org.apache.flink.streaming.api.connector.sink2.SupportsPreCommitTopology;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.BoundedOneInput;
import org.apache.flink.streaming.api.operators.ChainingStrategy;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.runtime.tasks.mailbox.TaskMailbox;

/**
 * A sink of files, each of which is committed under the number of the checkpoint that it became complete with.
 *
 * Flink 1.20.0 has one number, which is no checkpoint's, for all that is complete at the end of the input
 * (FLINK-25920). A job that goes on from a checkpoint with something under that number ends its input again, and fails
 * on finding the number taken. Later versions of Flink give these files a checkpoint's number themselves.
 */
public final class NumberedCommits implements Sink, SupportsWriterState, SupportsCommitter, SupportsPreCommitTopology {
    private final FileSink files;

    public NumberedCommits(FileSink files) {
        this.files = files;
    }

    public SinkWriter createWriter(Sink.InitContext context) throws IOException {
        return files.createWriter(context);
    }

    public SinkWriter createWriter(WriterInitContext context) throws IOException {
        return files.createWriter(context);
    }

    public StatefulSinkWriter restoreWriter(WriterInitContext context, Collection state) throws IOException {
        return files.restoreWriter(context, state);
    }

    public SimpleVersionedSerializer getWriterStateSerializer() {
        return files.getWriterStateSerializer();
    }

    public Committer createCommitter(CommitterInitContext context) throws IOException {
        return files.createCommitter(context);
    }

    public SimpleVersionedSerializer getCommittableSerializer() {
        return new Serializer(files);
    }

    public SimpleVersionedSerializer getWriteResultSerializer() {
        return new Serializer(files);
    }

    public DataStream addPreCommitTopology(DataStream commits) {
        return files.addPreCommitTopology(commits.transform("Numbers", commits.getType(), new Numbers()).uid("Numbers"));
    }

    /**
     * What Flink keeps of files that are to be committed.
     *
     * To make the one of a sink of files takes the file system, which Flink's client would load for that alone: it makes
     * serializers and uses none. The file system is S3's, and its loading a sixth of what the client does.
     */
    private static final class Serializer implements SimpleVersionedSerializer {
        private final FileSink files;
        private SimpleVersionedSerializer made;

        Serializer(FileSink files) {
            this.files = files;
        }

        public int getVersion() {
            return made().getVersion();
        }

        public byte[] serialize(Object committable) throws IOException {
            return made().serialize(committable);
        }

        public Object deserialize(int version, byte[] serialized) throws IOException {
            return made().deserialize(version, serialized);
        }

        private SimpleVersionedSerializer made() {
            if (made == null) {
                made = files.getCommittableSerializer();
            }
            return made;
        }
    }

    /**
     * Gives what comes at the end of the input the number of the next checkpoint, once no earlier one is under way.
     *
     * Flink 1.20.0 takes any checkpoint that it hears of after the end for the last one. It would commit at once what
     * only the next one is to keep; and what it is sent after that, it waits for until the job is killed. So it must not
     * hear the end of the input before it has heard of every checkpoint that began before.
     */
    public static final class Numbers extends AbstractStreamOperator
            implements OneInputStreamOperator, BoundedOneInput {
        private final List held = new ArrayList();
        /** Runs what Flink tells of checkpoints and nothing else, so that no other begins meanwhile. */
        private transient MailboxExecutor tidings;
        /** The newest checkpoint that began here, and the newest that is known to be complete or given up. */
        private transient long begun;
        private transient long over;

        public Numbers() {
            chainingStrategy = ChainingStrategy.ALWAYS;
        }

        public void initializeState(StateInitializationContext context) throws Exception {
            super.initializeState(context);
            begun = over = context.getRestoredCheckpointId().orElse(0L);
        }

        public void open() throws Exception {
            super.open();
            tidings = getContainingTask().getMailboxExecutorFactory().createExecutor(TaskMailbox.MAX_PRIORITY);
        }

        public void processElement(StreamRecord record) {
            CommittableMessage message = (CommittableMessage) record.getValue();
            if (message.getCheckpointId().orElse(Long.MAX_VALUE) == Long.MAX_VALUE) {
                held.add(message);
            } else {
                output.collect(record);
            }
        }

        public void prepareSnapshotPreBarrier(long checkpoint) {
            begun = checkpoint;
        }

        public void notifyCheckpointComplete(long checkpoint) {
            over = Math.max(over, checkpoint);
        }

        public void notifyCheckpointAborted(long checkpoint) {
            over = Math.max(over, checkpoint);
        }

        public void endInput() throws Exception {
            while (!held.isEmpty() && over < begun) {
                tidings.yield();
            }
            for (int i = 0; i < held.size(); i++) {
                output.collect(new StreamRecord(numbered((CommittableMessage) held.get(i), begun + 1)));
            }
            held.clear();
        }

        private static CommittableMessage numbered(CommittableMessage message, long checkpoint) {
            if (message instanceof CommittableWithLineage) {
                Object committable = ((CommittableWithLineage) message).getCommittable();
                return new CommittableWithLineage(committable, checkpoint, message.getSubtaskId());
            }
            CommittableSummary summary = (CommittableSummary) message;
            return new CommittableSummary(
                summary.getSubtaskId(),
                summary.getNumberOfSubtasks(),
                checkpoint,
                summary.getNumberOfCommittables(),
                summary.getNumberOfPendingCommittables(),
                summary.getNumberOfFailedCommittables());
        }
    }
}
