package io.millrace.binlog.row;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * One step of a partial JSON update.
 *
 * @param path a JSON path of the changed member
 * @param value in the server's binary form; empty for {@link Operation#REMOVE}
 * @see <a href="https://dev.mysql.com/doc/refman/8.4/en/replication-options-binary-log.html">binlog_row_value_options</a>
 */
public record JsonDiff(Operation operation, String path, ByteBuffer value) {
    /** In the order of the server's codes. */
    public enum Operation {
        REPLACE, INSERT, REMOVE
    }

    /** A document and what is done to it, as bytes that are equal only where both are. */
    public static ByteBuffer appended(ByteBuffer document, List<JsonDiff> steps) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        add(bytes, document);
        for (JsonDiff step : steps) {
            add(bytes, ByteBuffer.wrap((step.operation() + step.path()).getBytes(StandardCharsets.UTF_8)));
            add(bytes, step.value());
        }
        return ByteBuffer.wrap(bytes.toByteArray());
    }

    private static void add(ByteArrayOutputStream bytes, ByteBuffer part) {
        byte[] copy = new byte[part.remaining()];
        part.get(part.position(), copy);
        bytes.writeBytes(ByteBuffer.allocate(Integer.BYTES).putInt(copy.length).array());
        bytes.writeBytes(copy);
    }

    static List<JsonDiff> read(ByteBuffer field) {
        ByteBuffer bytes = field.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        List<JsonDiff> diffs = new ArrayList<>();
        while (bytes.hasRemaining()) {
            Operation operation = Operation.values()[bytes.get()];
            byte[] path = new byte[(int) Lenenc.read(bytes)];
            bytes.get(path);
            int length = operation == Operation.REMOVE ? 0 : (int) Lenenc.read(bytes);
            diffs.add(new JsonDiff(operation, new String(path, StandardCharsets.UTF_8), bytes.slice(bytes.position(), length)));
            bytes.position(bytes.position() + length);
        }
        return diffs;
    }
}
