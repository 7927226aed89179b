package eventrecovery;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URLDecoder;
import java.util.ArrayList;
import java.util.Collection;
import org.apache.flink.connector.file.src.FileSourceSplit;
import org.apache.flink.connector.file.src.enumerate.FileEnumerator;
import org.apache.flink.core.fs.Path;

/**
 * Reads what is to be read from a list, and asks for no file: Flink's own enumerators ask for each, one after the other
 * and on the thread on which the JobManager answers its heartbeats.
 *
 * A line of the list has offset, length and size of the file in bytes, and its URI in the form of a URL's query; parted by tabs.
 */
public final class ListedSplits implements FileEnumerator, FileEnumerator.Provider {
    public FileEnumerator create() {
        return this;
    }

    public Collection enumerateSplits(Path[] lists, int minDesiredSplits) throws IOException {
        ArrayList splits = new ArrayList();
        for (int i = 0; i < lists.length; i++) {
            BufferedReader list = new BufferedReader(new InputStreamReader(lists[i].getFileSystem().open(lists[i]), "UTF-8"));
            try {
                for (String line = list.readLine(); line != null; line = list.readLine()) {
                    splits.add(split(line.split("\t", 4), splits.size()));
                }
            } finally {
                list.close();
            }
        }
        return splits;
    }

    private static FileSourceSplit split(String[] fields, int number) throws IOException {
        Path file = new Path(URLDecoder.decode(fields[3], "UTF-8"));
        long offset = Long.parseLong(fields[0]);
        long length = Long.parseLong(fields[1]);
        return new FileSourceSplit("split-" + number, file, offset, length, 0L, Long.parseLong(fields[2]));
    }
}
