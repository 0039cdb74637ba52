package io.millrace.protocol;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Rows of the text protocol: each value a length-encoded string.
 *
 * @see <a href="https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_com_query_response_text_resultset_row.html">Text Resultset
 *      Row</a>
 */
public final class TextRow {
    /** What {@link #nextLength} gives for NULL. */
    public static final long NULL = -1;

    private TextRow() {
    }

    /** The length of the value at the packet's position, which then stands at the value's first byte; or {@link #NULL}. */
    public static long nextLength(ByteBuffer packet) {
        int first = packet.get() & 0xff;
        return switch (first) {
            case 0xfb -> NULL;
            case 0xfc -> packet.getShort() & 0xffff;
            case 0xfd -> packet.getShort() & 0xffff | (packet.get() & 0xff) << 16;
            case 0xfe -> packet.getLong();
            default -> first;
        };
    }

    /** All values as text; null stands for NULL. */
    public static List<@Nullable String> read(ByteBuffer packet, int columns) {
        List<@Nullable String> values = new ArrayList<>(columns);
        for (int i = 0; i < columns; i++) {
            values.add(value(packet));
        }
        return values;
    }

    private static @Nullable String value(ByteBuffer packet) {
        long length = nextLength(packet);
        if (length == NULL) {
            return null;
        }
        byte[] text = new byte[Math.toIntExact(length)];
        packet.get(text);
        return new String(text, StandardCharsets.UTF_8);
    }
}
